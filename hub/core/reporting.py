"""Summaries: compiled from the store, and mailed once for each period, by whichever process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from hub.clock import Clock
from hub.core import log
from hub.core.entries import ChangeEntry, decode_entry
from hub.core.mailing import Mailing
from hub.core.store import Session, history, items
from hub.core.wants import idempotency_key
from hub.handbook import Handbook
from hub.handbook.reportshapes import ReportShape
from hub.models import Command, Enclosure, InternalText, Item, SendNotice
from hub.reports import (
    MEDIA_TYPE,
    MOVES,
    Move,
    Period,
    Summary,
    due_at,
    html,
    last_ended,
    summarise,
    text,
    view,
    workbook,
)

PLUGIN: Final = "hub.reports"


def summary_of(connection: Connection, handbook: Handbook, period: Period) -> Summary:
    """Compile the summary of a period from the store."""
    start, end = period.bounds(handbook.zone)
    moves = _moves(connection, end)
    targets = [shape.id for shape in handbook.targets.targets]
    return summarise(history.cases(connection, end), moves, start, end, targets)


def _moves(connection: Connection, end: datetime) -> Iterator[Move]:
    for item, at, written in history.entries_with(connection, MOVES, end):
        entry = decode_entry(written)
        if isinstance(entry, ChangeEntry):
            for decision in entry.decisions:
                for name in MOVES & decision.fields.keys():
                    yield Move(item, at, name, decision.fields[name])


class Reporter:
    """Has the summaries of the handbook mailed when they are due; safe to run in every process."""

    def __init__(self, handbook: Handbook, clock: Clock) -> None:
        self._handbook = handbook
        self._clock = clock
        self._done: set[str] = set()

    def step(self, session: Session) -> int:
        """Mail what is due; give how many summaries that were.

        Of periods that were missed the latest is made up for.
        """
        now = self._clock.now()
        return sum(self._look(session, row, now) for row in self._handbook.reports)

    def _look(self, session: Session, row: ReportShape, now: datetime) -> bool:
        handbook = self._handbook
        working = handbook.calendars[handbook.working]
        period = last_ended(row.every, now, handbook.zone)
        while (due := due_at(row, period, working, handbook.zone)) > now:
            period = period.before
        name = f"report:{row.id}:{period}"
        if name in self._done:
            return False
        with session.read() as connection:
            made = name in items.load_items(connection, [name])
            # A store that was made since has nothing to tell of that period.
            owed = not made and history.any_case(connection, due)
            summary = summary_of(connection, handbook, period) if owed else None
        reported = summary is not None and self._mail(session, row, period, summary, name)
        self._done.add(name)
        return reported

    def _mail(
        self, session: Session, row: ReportShape, period: Period, summary: Summary, name: str
    ) -> bool:
        commands = list(self._commands(row, period, summary, name))
        subject = f"{row.label(self._handbook.about.language)} {period}"
        item = Item(
            id=name,
            kind="report",
            fields={"state": "closed", "subject": subject, "period": str(period)},
            opened_at=self._clock.now(),
        )
        mailing = Mailing(item=item, commands=commands, outcome="reported", plugin=PLUGIN)
        if not mailing.issue(session):
            return False
        log.event("report.mailed", report=row.id, period=str(period), mails=len(commands))
        return True

    def _commands(
        self, row: ReportShape, period: Period, summary: Summary, name: str
    ) -> Iterator[Command]:
        handbook = self._handbook
        people = dict.fromkeys(p for role in row.tell for p in handbook.people.members(role))
        for language in row.languages or (handbook.about.language,):
            shown = view(summary, handbook, row, period, language)
            file = Enclosure(
                name=f"{row.id}-{period}.xlsx", media_type=MEDIA_TYPE, content=workbook(shown)
            )
            for person in people:
                part = f"mail:report:{language}:{person}"
                yield Command(
                    key=idempotency_key(name, handbook.mail, part, name, "report"),
                    item_id=name,
                    connector=handbook.mail,
                    part=part,
                    effect=SendNotice(
                        to=(person,),
                        subject=shown.title,
                        text=InternalText(text(shown)),
                        language=language,
                        html=html(shown),
                        files=(file,),
                    ),
                    why=handbook.why(PLUGIN, row, {"period": str(period), "to": person}),
                )
