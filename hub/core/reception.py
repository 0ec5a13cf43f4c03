"""What stands behind the HTTP app: webhooks, wishes and questions reach the store from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, BinaryIO, Final, TypeVar

from sqlalchemy import Connection

from hub.clock import Clock, Ids
from hub.connector import Connector, WebhookRequest
from hub.core import explain, inquiry, log
from hub.core.desk import Desk, DuplicateVerdict, HandOff, Told
from hub.core.intake import Intake
from hub.core.metrics import Backlog
from hub.core.store import Database, Session, files
from hub.core.submissions import NewCase, Submissions, Taken, standing
from hub.errors import NotFoundError, UnknownError
from hub.handbook import Handbook
from hub.handbook.shapes import Language
from hub.handbook.submissions import Fault

T = TypeVar("T")

TOLD: Final = 20
"""A log line names so many records at most."""


@dataclass(frozen=True, slots=True)
class Reception:
    """Answers the HTTP app; each call has a session of its own."""

    database: Database
    clock: Clock
    ids: Ids
    handbook: Handbook
    connectors: Mapping[str, tuple[Connector, Intake]]
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def ask(self, question: Callable[[Connection], T]) -> T:
        """Put a question to the store."""
        with self._session() as session, session.read() as connection:
            return question(connection)

    def backlog(self) -> Backlog:
        """Give what waits."""
        return self.ask(lambda connection: inquiry.backlog(connection, self.clock.now()))

    def item(self, asked: str) -> inquiry.ItemView | None:
        """Give one item with its links and what waits."""
        return self.ask(lambda connection: inquiry.item_view(connection, asked))

    def why(self, asked: str, language: str) -> explain.Explained:
        """Explain an item or a record, with the rows behind each decision."""
        return self.ask(
            lambda connection: explain.explained(
                connection, asked, self._books(connection), self._tongue(language)
            )
        )

    def why_not(self, asked: str, what: str, at: str, who: str, language: str) -> explain.WhyNot:
        """Say why something did not happen; ValueError if the question is not understood."""
        return self.ask(
            lambda connection: explain.answered(
                connection,
                asked,
                what,
                self._books(connection),
                self._tongue(language),
                at=at,
                who=who,
            )
        )

    def _books(self, connection: Connection) -> explain.Books:
        return explain.Books(connection, self.handbook, self.functions)

    def _tongue(self, language: str) -> Language:
        return "en" if (language or self.handbook.about.language) == "en" else "zh"

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
        with self._session() as session:
            intake.want(session, refs)
        told = [str(ref) for ref in refs[:TOLD]]
        log.event("webhook.received", connector=name, count=len(refs), refs=told)
        return len(refs)

    @contextmanager
    def _session(self) -> Iterator[Session]:
        session = self.database.session()
        try:
            yield session
        finally:
            session.close()

    def tell(self, asked: str, told: Told) -> None:
        """Take what somebody tells of an item."""
        with self._session() as session:
            Desk(session, self.clock, self.ids).tell(asked, told)

    def new_case(self, wish: NewCase) -> Taken:
        """Keep a submission."""
        with self._session() as session:
            return self._submissions(session).take(wish)

    def faults(self, wish: NewCase) -> list[Fault]:
        """Give what makes a submission unusable."""
        with self._session() as session:
            return self._submissions(session).faults(wish)

    def _submissions(self, session: Session) -> Submissions:
        return Submissions(session, self.clock, self.ids, self.handbook)

    def submission(self, reference: str) -> Taken | None:
        """Give how a submission stands."""
        with self._session() as session:
            return standing(session, reference)

    def duplicate(self, asked: str, verdict: DuplicateVerdict) -> tuple[str, str]:
        """Take a person's word on a likely duplicate."""
        with self._session() as session:
            return Desk(session, self.clock, self.ids).settle_duplicate(asked, verdict)

    def open_file(self, file_id: str) -> BinaryIO:
        """Give a kept file's bytes; NotFoundError if it is kept no more."""
        content = self.ask(lambda connection: files.content(connection, file_id))
        if content is None:
            raise NotFoundError(f"the file {file_id} is kept no more", operation="open file")
        return BytesIO(content)

    def hand_off(self, asked: str, wish: HandOff) -> None:
        """Take a wish to hand off an item."""
        with self._session() as session:
            Desk(session, self.clock, self.ids).hand_off(asked, wish)
