"""The mail connector: one service mailbox, read by IMAP, answered by SMTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from threading import Event
from time import monotonic
from typing import Final

from hub.connector import (
    Capabilities,
    ConnectorDefaults,
    Environment,
    FieldInfo,
    Finding,
    Outcome,
    Page,
)
from hub.models import Change, Delivery, Receipt, Ref, Unreadable
from hub_mail import checking
from hub_mail.client import ImapClient
from hub_mail.line import Line
from hub_mail.mapping import KIND, Profile
from hub_mail.reading import Reader
from hub_mail.sending import Sender
from hub_mail.settings import MailSettings

_FIELDS: Final = (
    ("subject", "text"),
    ("from_email", "email"),
    ("from_name", "text"),
    ("to", "emails"),
    ("cc", "emails"),
    ("date", "instant"),
    ("message_id", "text"),
    ("auto", "text"),
    ("bounce_recipient", "email"),
    ("bounce_status", "text"),
    ("language", "text"),
    ("authenticated", "bool"),
    ("note", "text"),
)
_VALUES: Final = {"auto": ("", "auto_reply", "bounce", "list", "own"), "language": ("zh", "en")}


class MailConnector(ConnectorDefaults):
    """Reads a folder by UID, watches it by IDLE, sends replies and notices."""

    capabilities = Capabilities(
        kinds=frozenset({KIND}),
        effects=frozenset({"reply", "notice"}),
        watch=True,
        bulk=10,
        workers=2,
        poll_seconds=30.0,
    )

    def __init__(self, settings: MailSettings, environment: Environment) -> None:
        self._settings = settings
        self._profile = Profile(
            connector=environment.name,
            own_addresses=settings.ours,
            domain=settings.domain,
            authserv_id=settings.authserv_id,
        )
        self._reading, self._watching, self._archive = (Line(settings) for _ in range(3))
        self._reader = Reader(settings, self._profile, environment.clock)
        self._sender = Sender(settings, self._profile, environment.clock, self._archive)

    def __repr__(self) -> str:
        return f"MailConnector({self._profile.connector}: {self._settings.address})"

    def check(self) -> Sequence[Finding]:
        """Look at IMAP and SMTP: reach, login, folders, IDLE, size."""
        return checking.check(self._settings)

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Give the fields of a mail."""
        infos = [
            FieldInfo(name=name, type=kind, writable=False, values=_VALUES.get(name, ()))
            for name, kind in _FIELDS
        ]
        return {KIND: infos}

    def poll(self, cursor: str | None) -> Page:
        """Read the mails behind the cursor, in the order of their UIDs."""
        return self._reading.run(lambda client: self._reader.page(client, cursor))

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change | Unreadable]:
        """Read mails again."""
        return self._reading.run(lambda client: self._reader.fetch(client, refs))

    def watch(self, timeout: float, stop: Event) -> bool:
        """Wait by IDLE, renewed every few minutes, since idle lines are cut in silence."""
        end = monotonic() + timeout
        while not stop.is_set() and (left := end - monotonic()) > 0:
            seconds = min(left, self._settings.imap.idle_renew_seconds)
            news = self._watching.run(partial(self._wait, seconds=seconds, stop=stop))
            if news is None:
                stop.wait(left)
                return False
            if news:
                return True
        return False

    def _wait(self, client: ImapClient, *, seconds: float, stop: Event) -> bool | None:
        """Wait once; None if the server offers no IDLE."""
        box = client.examine(self._settings.imap.folder)
        if box.uid_next and self._reader.known != (box.uid_validity, box.uid_next - 1):
            return True
        if "IDLE" not in client.capabilities:
            return None
        return client.idle(seconds, stop)

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Send mails: a receipt or an error for each."""
        return self._sender.apply(deliveries)

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look whether an earlier try was sent; a receipt may say that it is uncertain."""
        return self._sender.find(delivery)

    def close(self) -> None:
        """Cut all connections."""
        for line in (self._reading, self._watching, self._archive):
            line.close()


def build(settings: MailSettings, environment: Environment) -> MailConnector:
    """Make a connector."""
    return MailConnector(settings, environment)
