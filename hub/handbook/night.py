"""What is owed to who contacts us outside working hours, and whom a call reaches next. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from hub.calendar import parse_length
from hub.handbook.handbook import Handbook
from hub.handbook.rotashapes import CallShape, CallStepShape
from hub.handbook.scribe import listed
from hub.handbook.tables import Answer
from hub.handbook.templates import Rendered
from hub.handbook.timing import instant_of
from hub.models import Item

TABLE: Final = "after_hours"


@dataclass(frozen=True, slots=True)
class Called:
    """One step of a call, and whom it reaches: empty if nobody who was not called before."""

    step: CallStepShape
    person: str


def contacted(item: Item, now: datetime) -> datetime:
    """Give when the customer contacted us; no later than now."""
    return min(instant_of(item.text("received_at")) or now, now)


def ruled(book: Handbook, item: Item, now: datetime) -> Answer | None:
    """Give the row that says what is owed; None if none does."""
    given = {**item.fields, **book.occasion(contacted(item, now))}
    return book.tables[TABLE].decide(given)


def answer_by(book: Handbook, answer: Answer, item: Item, now: datetime) -> datetime:
    """Give by when the customer is answered, by a row."""
    calendar = book.calendars[answer.text("calendar") or book.working]
    length = parse_length(answer.text("answer")).on(calendar)
    return calendar.add(contacted(item, now), length).at


def call_of(book: Handbook, name: str) -> CallShape | None:
    """Give a call by its id."""
    return next((call for call in book.after_hours.calls if call.id == name), None)


def steps_after(
    book: Handbook, call: CallShape, last: str, item: Item, now: datetime, before: Collection[str]
) -> Iterator[Called]:
    """Give the steps that follow one (all, if it is empty), each with whom it reaches now.

    Nobody is called twice: `before` are those who were called already.
    """
    ids = [step.id for step in call.steps]
    first = ids.index(last) + 1 if last in ids else 0
    for step in call.steps[first:]:
        person = reached(book, step, item, now)
        yield Called(step, "" if person in before else person)


def reached(book: Handbook, step: CallStepShape, item: Item, now: datetime) -> str:
    """Give whom a step calls: who is on duty in a line, or who reads what a role is told."""
    if step.tell in book.roster.lines:
        duty = book.roster.on_duty(step.tell, now)
        return duty.person if duty else ""
    return book.person_for(step.tell, item, now)


@dataclass(frozen=True, slots=True)
class Night:
    """The time from closing to opening, and the date on which the department opens again."""

    closed: datetime
    opened: datetime
    day: date


def is_of_night(item: Item, night: Night) -> bool:
    """Say whether a case came in a night, or somebody was called about it then."""
    called = [str(mark).split(" ")[0] for mark in listed(item.fields.get("called"))]
    received = item.text("received_at") if item.fields.get("after_hours") is True else ""
    moments = [instant_of(text) for text in (received, *called)]
    return any(moment and night.closed <= moment < night.opened for moment in moments)


def listing(book: Handbook, night: Night, cases: Sequence[Item]) -> Rendered:
    """Write the list of a night: the most severe first, each with who was called and who has it."""
    severities = [row.id for row in book.intake.severities]
    ordered = sorted(
        cases,
        key=lambda item: (-_rank(severities, item), item.text("received_at"), item.id),
    )
    local = book.messages.local
    details = {
        "since": local(night.closed),
        "until": local(night.opened),
        "count": str(len(cases)),
        "list": "\n\n".join(_line(book, item) for item in ordered),
    }
    empty = Item(id="", kind="night", fields={}, opened_at=night.opened)
    return book.messages.for_record("notice_night_list", empty, details)


def _rank(severities: Sequence[str], item: Item) -> int:
    name = item.text("severity")
    return severities.index(name) if name in severities else -1


def _line(book: Handbook, item: Item) -> str:
    details = {"called": called_names(book, listed(item.fields.get("called")))}
    return book.messages.for_record("night_list_case", item, details).text.text


def called_names(book: Handbook, called: Sequence[str]) -> str:
    """Give who was called and when, for people to read; empty if nobody was."""
    told = []
    for mark in called:
        at, _, person = mark.split(" ", 2)
        name = book.people.name(person, book.about.language)
        told.append(f"{book.messages.local(datetime.fromisoformat(at))} {name}")
    return "; ".join(told)
