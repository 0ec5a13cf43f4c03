"""Reads one system: the one poller of a connector, in whichever process it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hub.connector import Connector
from hub.core import log
from hub.core.health import Health
from hub.core.intake import Intake
from hub.core.rounds import Rounds
from hub.core.store import Locks, Session, Signals, TryAgainError, inbox
from hub.errors import ConnectorError, StoreError

WATCH_SECONDS: Final = 60.0
PATIENCE_SECONDS: Final = 1.0


@dataclass(slots=True)
class Reader:
    """Polls and fetches, while this process is the connector's elected reader.

    A poll is due at the start, and whenever `want` is called: by the schedule, by IDLE.
    `after` names connectors whose reference records must first have been read completely.
    `rounds` read linked records afresh; one step of them is due when `want_round` is called.
    """

    intake: Intake
    health: Health
    locks: Locks
    signals: Signals
    after: Sequence[str] = ()
    rounds: Rounds | None = None
    _due: bool = True
    _round_due: bool = False
    _elected: Session | None = None

    @property
    def name(self) -> str:
        """Give the connector's name."""
        return self.intake.name

    def want(self) -> None:
        """Have a poll made soon."""
        self._due = True
        self.signals.raise_all([f"fetch:{self.name}"])

    def want_round(self) -> None:
        """Have some linked records read afresh soon."""
        self._round_due = True
        self.signals.raise_all([f"fetch:{self.name}"])

    def step(self, session: Session, stopping: threading.Event) -> int:
        """Poll if that is due and fetch what was asked for; give how many changes were new.

        Neither stands in the other's way: a record may be out of reach while the search works.
        """
        if self._elected is not session and self.locks.claim(session, f"reader:{self.name}", [0]):
            self._elected = session
        if self._elected is not session or self._too_early(session):
            return 0
        count = self._tried(lambda: self.intake.fetch(session))
        if self._due:
            count += self._tried(lambda: self._poll(session, stopping))
        if self._round_due and self.rounds is not None:
            rounds, self._round_due = self.rounds, False
            count += self._tried(lambda: rounds.step(session))
        return count

    def _tried(self, work: Callable[[], int]) -> int:
        if self.health.paused() > 0:
            return 0
        try:
            return work()
        except (StoreError, TryAgainError):
            raise
        except ConnectorError as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 - a connector's bug must not end its reader
            told = f"{type(error).__name__}: {error}"
            return self._failed(ConnectorError(told, operation="read"))

    def _too_early(self, session: Session) -> bool:
        if self.after:
            with session.read() as connection:
                self.after = inbox.unread(connection, self.after)
        return bool(self.after)

    def _poll(self, session: Session, stopping: threading.Event) -> int:
        count, more = 0, True
        self._due = False
        try:
            while more and not stopping.is_set():
                added, more = self.intake.poll(session)
                count += added
        except BaseException:
            self._due = True
            raise
        self.health.worked()
        return count

    def _failed(self, error: ConnectorError) -> int:
        self.health.failed(error)
        log.event(
            "connector.poll_failed",
            connector=self.name,
            error=error,
            operation=error.operation,
            retry_in=round(self.health.paused(), 1),
        )
        return 0


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
