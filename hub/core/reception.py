"""What stands behind the HTTP app: webhooks, wishes and questions reach the store from here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import Connection

from hub.clock import Clock, Ids
from hub.connector import Connector, WebhookRequest
from hub.core import inquiry, log
from hub.core.desk import Desk, HandOff, Told
from hub.core.intake import Intake
from hub.core.metrics import Backlog
from hub.core.store import Database
from hub.errors import UnknownError

T = TypeVar("T")

TOLD: Final = 20
"""A log line names so many records at most."""


@dataclass(frozen=True, slots=True)
class Reception:
    """Answers the HTTP app; each call has a session of its own."""

    database: Database
    clock: Clock
    ids: Ids
    connectors: Mapping[str, tuple[Connector, Intake]]

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Put a question to the store."""
        session = self.database.session()
        try:
            with session.read() as connection:
                return question(connection)
        finally:
            session.close()

    def backlog(self) -> Backlog:
        """Give what waits."""
        return self.ask(lambda connection: inquiry.backlog(connection, self.clock.now()))

    def item(self, asked: str) -> inquiry.ItemView | None:
        """Give one item with its links and what waits."""
        return self.ask(lambda connection: inquiry.item_view(connection, asked))

    def dead(self) -> list[inquiry.Letter]:
        """Give the open dead letters."""
        return self.ask(inquiry.letters)

    def receive(self, name: str, request: WebhookRequest) -> int:
        """Hand a webhook to its connector; give how many records are to be fetched.

        UnknownError if there is no such connector, or it takes no webhooks.
        """
        if name not in self.connectors:
            raise UnknownError(f"no connector is called {name!r}")
        connector, intake = self.connectors[name]
        if not connector.capabilities.webhook:
            raise UnknownError(f"{name} takes no webhooks as it is configured: it is polled")
        refs = connector.receive(request)
        session = self.database.session()
        try:
            intake.want(session, refs)
        finally:
            session.close()
        told = [str(ref) for ref in refs[:TOLD]]
        log.event("webhook.received", connector=name, count=len(refs), refs=told)
        return len(refs)

    def hand_off(self, asked: str, wish: HandOff) -> None:
        """Take a wish to hand off an item."""
        session = self.database.session()
        try:
            Desk(session, self.clock, self.ids).hand_off(asked, wish)
        finally:
            session.close()

    def tell(self, asked: str, told: Told) -> None:
        """Take what somebody tells of an item."""
        session = self.database.session()
        try:
            Desk(session, self.clock, self.ids).tell(asked, told)
        finally:
            session.close()
