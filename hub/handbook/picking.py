"""Picking a person in a role: in the ways that the handbook gives, of who is there. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeAlias

from hub.calendar import Calendar
from hub.handbook.people import People
from hub.handbook.rota import Roster
from hub.handbook.shapes import Row
from hub.models import Context, Fields, Item

NOBODY: Final = "nobody_available"
SKILLED_IN: Final = ("subtype", "product", "issue_type", "language", "channel")
"""The item's fields that a person's skills can name."""
Pool: TypeAlias = Sequence[str]


class Book(Protocol):
    """What picking asks of a handbook."""

    @property
    def people(self) -> People:
        """Give who holds which role."""
        ...

    @property
    def roster(self) -> Roster:
        """Give who is on duty, and who is away."""
        ...

    @property
    def calendars(self) -> Mapping[str, Calendar]:
        """Give the calendars."""
        ...

    @property
    def working(self) -> str:
        """Name the calendar of working hours."""
        ...

    def ways(self, role: str) -> tuple[str, ...]:
        """Give the ways in which a person is picked in a role."""
        ...

    def assignment(self, role: str) -> Row | str:
        """Give the provision for that."""
        ...

    def fallback(self, role: str) -> tuple[str, ...]:
        """Give the roles that take over where nobody of a role is there."""
        ...


@dataclass(frozen=True, slots=True)
class Picked:
    """Who was picked, in which role, by which row, and what was known of those who could be."""

    person: str
    role: str
    row: Row | str
    inputs: Fields

    @property
    def fell_back(self) -> bool:
        """Say whether nobody of the role that was asked for was there."""
        return self.row == NOBODY


def pick(book: Book, role: str, item: Item, context: Context) -> Picked:
    """Pick who is given an item; who is away is passed over, their stand-in is not.

    Where nobody of the role is there, it falls to the roles that the handbook names for that, and
    at last to the desk, there or not: an item is never without a person.
    """
    asked: Fields = {"role": role}
    for other in dict.fromkeys((role, *book.fallback(role), book.people.desk)):
        found = _in_role(book, other, item, context)
        if found is None:
            continue
        if other == role:
            return found
        return Picked(found.person, other, NOBODY, {**found.inputs, **asked})
    desk = book.people.desk
    return Picked(book.people.share(desk, item.id), desk, NOBODY, asked)


def _in_role(book: Book, role: str, item: Item, context: Context) -> Picked | None:
    row = book.assignment(role)
    pool: Pool = present(book, role, context.now)
    members = book.people.members(role)
    inputs: Fields = {
        "assigned_in": role,
        "there": [_told(person, context) for person in pool],
        "away": [person for person in members if book.roster.away(person, context.now)],
    }
    for way in book.ways(role):
        named = _NAMED.get(way)
        if named is not None:
            person = next(iter(named(book, role, item, context.now)), "")
            if person:
                return Picked(person, role, row, {**inputs, "by": way})
            continue
        pool = _NARROWED[way](book, pool, item, context)
        if len(pool) == 1:
            return Picked(pool[0], role, row, {**inputs, "by": way})
    return Picked(_shared(book, pool, item)[0], role, row, inputs) if pool else None


def _told(person: str, context: Context) -> str:
    load = context.workload
    return f"{person} ({load.open.get(person, 0)} open, turn {load.turns.get(person, 0)})"


def present(book: Book, role: str, now: datetime) -> tuple[str, ...]:
    """Give who shares a role's work now: its members, and the stand-ins of those who are away."""
    reached = (book.roster.reached(person, now) for person in book.people.members(role))
    return tuple(sorted({person for person in reached if person}))


# Ways that name a person.


def _account_owner(book: Book, role: str, item: Item, now: datetime) -> Iterator[str]:
    del role
    yield from _reached(book, item.text("account_manager"), now)


def _own_engineer(book: Book, role: str, item: Item, now: datetime) -> Iterator[str]:
    engineer = item.text("engineer").lower()
    if book.people.holds(engineer, role):
        yield from _reached(book, engineer, now)


def _duty(book: Book, role: str, item: Item, now: datetime) -> Iterator[str]:
    del item
    if book.calendars[book.working].attended(now):
        return
    for line in book.roster.lines:
        duty = book.roster.on_duty(line, now)
        if duty and (role == book.roster.shape.role or book.people.holds(duty.person, role)):
            yield duty.person


def _reached(book: Book, person: str, now: datetime) -> Iterator[str]:
    reached = book.roster.reached(person, now) if person else ""
    if reached:
        yield reached


_NAMED: Final[dict[str, Callable[[Book, str, Item, datetime], Iterator[str]]]] = {
    "account_owner": _account_owner,
    "own_engineer": _own_engineer,
    "duty": _duty,
}

# Ways that leave fewer to choose from.


def _skill(book: Book, pool: Pool, item: Item, context: Context) -> Pool:
    del context
    wanted = {item.text(name) for name in SKILLED_IN} - {""}
    known = {p: len(wanted.intersection(book.people.skills(p))) for p in pool}
    most = max(known.values(), default=0)
    return [person for person in pool if known[person] == most]


def _load(book: Book, pool: Pool, item: Item, context: Context) -> Pool:
    del book, item
    fewest = min((context.workload.open.get(p, 0) for p in pool), default=0)
    return [person for person in pool if context.workload.open.get(person, 0) == fewest]


def _round_robin(book: Book, pool: Pool, item: Item, context: Context) -> Pool:
    del book, item
    return [min(pool, key=lambda p: (context.workload.turns.get(p, 0), p))] if pool else []


def _shared(book: Book, pool: Pool, item: Item, context: Context | None = None) -> Pool:
    del context
    return [book.people.sharer(pool, item.id)] if pool else []


_NARROWED: Final[dict[str, Callable[[Book, Pool, Item, Context], Pool]]] = {
    "skill": _skill,
    "load": _load,
    "round_robin": _round_robin,
    "member": _shared,
}


def who_is_told(book: Book, role: str, item: Item, now: datetime) -> str:
    """Give who reads what a role is told about an item: the same person each time.

    That is who has the item in this role, or whom the handbook names for it, or one of those who
    share the role; for who is away their stand-in; empty if nobody is there at all.
    """
    for other in dict.fromkeys((role, *book.fallback(role), book.people.desk)):
        person = _reader(book, other, item, now)
        if person:
            return person
    return book.people.share(book.people.desk, item.id)


def _reader(book: Book, role: str, item: Item, now: datetime) -> str:
    owner = item.text("owner").lower()
    if item.text("role") == role and book.people.holds(owner, role):
        reached = book.roster.reached(owner, now)
        if reached:
            return reached
    for way in book.ways(role):
        named = _NAMED.get(way)
        person = next(iter(named(book, role, item, now)), "") if named else ""
        if person:
            return person
    pool = present(book, role, now)
    return book.people.sharer(pool, item.id) if pool else ""
