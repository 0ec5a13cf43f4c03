"""The list of the night: when the department opens, its desk and its manager get it, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from hub.clock import Clock
from hub.core import log
from hub.core.mailing import Mailing
from hub.core.store import Session, history, items
from hub.core.wants import idempotency_key
from hub.handbook import Handbook
from hub.handbook.night import Night, is_of_night, listing
from hub.models import Command, Item, SendNotice

PLUGIN: Final = "hub.morning"


class MorningList:
    """Has the list of each night mailed when the department opens; safe in every process."""

    def __init__(self, handbook: Handbook, clock: Clock) -> None:
        self._handbook = handbook
        self._clock = clock
        self._done = ""

    def step(self, session: Session) -> int:
        """Mail the list of the last night, if that is owed; give how many cases are on it.

        A night without cases has no list. Of nights that were missed the latest is made up for.
        """
        now, calendar = self._clock.now(), self._handbook.calendars[self._handbook.working]
        span = calendar.morning(now)
        if span is None:
            return 0
        night = Night(*span, span[1].astimezone(calendar.zone).date())
        name = f"night:{night.day}"
        if name == self._done:
            return 0
        with session.read() as connection:
            made = name in items.load_items(connection, [name])
            found = [] if made else history.cases_since(connection, night.closed)
            cases = [case for case in found if is_of_night(case, night)]
        count = self._mail(session, name, night, cases, now) if cases else 0
        self._done = name
        return count

    def _mail(
        self, session: Session, name: str, night: Night, cases: list[Item], now: datetime
    ) -> int:
        book = self._handbook
        fields = {"state": "closed", "subject": book.after_hours.morning.label(book.about.language)}
        item = Item(id=name, kind="night", fields={**fields, "cases": [x.id for x in cases]},
                    opened_at=now)  # fmt: skip
        commands = list(self._commands(item, night, cases))
        mailing = Mailing(item=item, commands=commands, outcome="reported", plugin=PLUGIN)
        if not mailing.issue(session):
            return 0
        log.event("night.listed", night=str(night.day), cases=len(cases), mails=len(commands))
        return len(cases)

    def _commands(self, item: Item, night: Night, cases: list[Item]) -> Iterator[Command]:
        book, row = self._handbook, self._handbook.after_hours.morning
        rendered = listing(book, night, cases)
        people = book.persons_for(row.tell, item, night.opened)
        for person in people:
            part = f"mail:night:{person}"
            yield Command(
                key=idempotency_key(item.id, book.mail, part, item.id, "night"),
                item_id=item.id,
                connector=book.mail,
                part=part,
                effect=SendNotice(
                    to=(person,),
                    subject=rendered.subject,
                    text=rendered.text,
                    language=book.about.language,
                ),
                why=book.why(PLUGIN, row, {"cases": len(cases), "to": person}),
            )
