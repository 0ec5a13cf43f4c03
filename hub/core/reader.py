"""Reads one system: the one poller of a connector, in whichever process it is."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hub.connector import Connector
from hub.core import log
from hub.core.health import Health
from hub.core.intake import Intake
from hub.core.store import Locks, Session, Signals, inbox
from hub.errors import ConnectorError, StoreError

WATCH_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 1.0


@dataclass(slots=True)
class Reader:
    """Polls and fetches, while this process is the connector's elected reader.

    A poll is due at the start, and whenever `want` is called: by the schedule, by IDLE.
    `after` names connectors whose reference records must first have been read completely.
    """

    intake: Intake
    health: Health
    locks: Locks
    signals: Signals
    after: Sequence[str] = ()
    _due: bool = True
    _elected: bool = False

    @property
    def name(self) -> str:
        """Give the connector's name."""
        return self.intake.name

    def want(self) -> None:
        """Have a poll made soon."""
        self._due = True
        self.signals.raise_all([f"fetch:{self.name}"])

    def step(self, session: Session, stopping: threading.Event) -> int:
        """Fetch what was asked for and poll if that is due; give how many changes were new."""
        if not self._elected:
            self._elected = bool(self.locks.claim(session, f"reader:{self.name}", [0]))
        if not self._elected or self.health.paused() > 0 or self._too_early(session):
            return 0
        try:
            count = self.intake.fetch(session)
            if self._due:
                self._due = False
                count += self._poll(session, stopping)
                self.health.worked()
        except ConnectorError as error:
            self._failed(error)
            return 0
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - a connector's bug must not end its reader
            self._failed(ConnectorError(f"{type(error).__name__}: {error}", operation="poll"))
            return 0
        return count

    def _too_early(self, session: Session) -> bool:
        if self.after:
            with session.read() as connection:
                self.after = inbox.unread(connection, self.after)
        return bool(self.after)

    def _poll(self, session: Session, stopping: threading.Event) -> int:
        count, more = 0, True
        while more and not stopping.is_set():
            added, more = self.intake.poll(session)
            count += added
        return count

    def _failed(self, error: ConnectorError) -> None:
        self._due = True
        self.health.failed(error)
        log.event("connector.poll_failed", connector=self.name, error=error)


def watch(reader: Reader, connector: Connector, stopping: threading.Event) -> None:
    """Have the system polled as soon as it says that something happened, until stopping."""
    while not stopping.is_set():
        if reader.health.state != "ready":
            stopping.wait(PATIENCE_SECONDS)
            continue
        try:
            if connector.watch(WATCH_SECONDS, stopping):
                reader.want()
        except ConnectorError:
            # The poll goes on beside it, and tells what is wrong.
            stopping.wait(PATIENCE_SECONDS)
