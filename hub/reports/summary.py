"""Counts what became of the cases of a period. Pure: cases and their moves in, figures out.

What a case was at the end of the period follows from its moves up to then, so that a summary of
the past is the same whenever it is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from hub.handbook.timing import Clock, clocks_of, instant_of
from hub.models import Item, Value

DIMENSIONS: Final = ("issue_type", "product", "customer_name", "severity")
"""By which fields of a case it is counted."""
BANDS: Final = (1, 3, 7, 14, 30)
"""Ageing: open for so many days at most; the last band is longer."""
MOVES: Final = frozenset({"state", "hand_offs", "role", "satisfaction"})
"""The fields whose past a summary needs."""
_SETTLED: Final = ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class Move:
    """That a case's field was set, as the journal has it: one of `MOVES`."""

    item: str
    at: datetime
    field: str
    value: Value


@dataclass(frozen=True, slots=True)
class Figures:
    """How many cases: came in, were resolved and closed within the period, were open at its end.

    `reopened` and `hand_offs` count events, `missed` targets that ran out, within the period.
    """

    opened: int = 0
    resolved: int = 0
    closed: int = 0
    open: int = 0
    reopened: int = 0
    hand_offs: int = 0
    missed: int = 0

    def __add__(self, other: Figures) -> Figures:
        names = self.__dataclass_fields__
        return Figures(**{name: getattr(self, name) + getattr(other, name) for name in names})


@dataclass(frozen=True, slots=True)
class Kept:
    """How often a target was met and missed within the period."""

    target: str
    met: int
    missed: int


@dataclass(frozen=True, slots=True)
class CaseLine:
    """One case of the list: what it is, its state at the end of the period, how old it was."""

    item: str
    number: str
    subject: str
    values: Mapping[str, str]
    state: str
    role: str
    owner: str
    opened_at: datetime
    days_open: int | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a period; `start` and `end` in UTC, `end` excluded.

    `ratings` are the customers' answers to how satisfied they are, given within it.
    """

    start: datetime
    end: datetime
    total: Figures
    groups: Mapping[str, Mapping[str, Figures]]
    targets: tuple[Kept, ...]
    ageing: Mapping[str, tuple[int, ...]]
    receivers: Mapping[str, int]
    ratings: tuple[int, ...]
    cases: tuple[CaseLine, ...]


@dataclass(slots=True)
class _Moves:
    """A case's moves: its latest state and role, and what happened within the period."""

    latest: dict[str, str] = field(default_factory=dict)
    states: list[str] = field(default_factory=list)
    handed_at: list[datetime] = field(default_factory=list)
    roles: dict[datetime, str] = field(default_factory=dict)
    ratings: list[int] = field(default_factory=list)

    def add(self, move: Move, start: datetime) -> None:
        """Take a move in; they come oldest first."""
        value = "" if move.value is None else str(move.value)
        self.latest[move.field] = value
        if move.at < start:
            return
        if move.field == "state":
            self.states.append(value)
        elif move.field == "hand_offs":
            self.handed_at.append(move.at)
        elif move.field == "role":
            self.roles[move.at] = value
        elif move.field == "satisfaction" and value.isdecimal():
            self.ratings.append(int(value))

    def receivers(self) -> list[str]:
        """Give to which roles the case was handed: the role that came with each hand-off."""
        return [self.roles[at] for at in self.handed_at if at in self.roles]


def _moves(moves: Iterable[Move], start: datetime, end: datetime) -> dict[str, _Moves]:
    found: dict[str, _Moves] = {}
    for move in moves:
        if move.at < end:
            found.setdefault(move.item, _Moves()).add(move, start)
    return found


def summarise(
    items: Iterable[Item],
    moves: Iterable[Move],
    start: datetime,
    end: datetime,
    targets: Sequence[str],
) -> Summary:
    """Count cases over a period.

    Args:
        items: all cases, as they are now.
        moves: what the journal has of their states, hand-offs and roles, oldest first.
        start: when the period begins, in UTC.
        end: when it is over, in UTC; no longer part of it.
        targets: the targets that are counted, in the order in which they are shown.

    A target counts as missed when its limit runs out within the period, as met when its clock
    ends there in time; of one that starts again, the latest run can be met.
    """
    by_item = _moves(moves, start, end)
    lines: list[CaseLine] = []
    receivers: Counter[str] = Counter()
    ratings: list[int] = []
    met: Counter[str] = Counter()
    missed: Counter[str] = Counter()
    for item in items:
        if item.kind != "case" or _opened(item) >= end:
            continue
        told = by_item.get(item.id, _Moves())
        line = _line(item, told, start, end)
        if line.figures != Figures():
            lines.append(line)
        receivers.update(told.receivers())
        ratings += told.ratings
        missed.update(target for target, at in _breaches(item) if start <= at < end)
        met.update(_met(item, start, end))
    return Summary(
        start=start,
        end=end,
        total=sum((line.figures for line in lines), Figures()),
        groups={name: _grouped(lines, name) for name in DIMENSIONS},
        targets=tuple(Kept(name, met[name], missed[name]) for name in targets),
        ageing=_ageing(lines),
        receivers=dict(receivers.most_common()),
        ratings=tuple(ratings),
        cases=tuple(lines),
    )


def band_of(days: int) -> int:
    """Give the band of an age in days."""
    return next((number for number, most in enumerate(BANDS) if days <= most), len(BANDS))


def _opened(item: Item) -> datetime:
    return instant_of(item.text("received_at")) or item.opened_at


def _line(item: Item, moves: _Moves, start: datetime, end: datetime) -> CaseLine:
    opened, state = _opened(item), moves.latest.get("state", "")
    is_open = state not in _SETTLED
    figures = Figures(
        opened=int(opened >= start),
        resolved=int("resolved" in moves.states),
        closed=int("closed" in moves.states),
        open=int(is_open),
        reopened=moves.states.count("reopened"),
        hand_offs=len(moves.handed_at),
        missed=sum(start <= at < end for _, at in _breaches(item)),
    )
    return CaseLine(
        item=item.id,
        number=item.text("case_number"),
        subject=item.text("subject"),
        values={name: item.text(name) for name in DIMENSIONS},
        state=state,
        role=moves.latest.get("role", ""),
        owner=item.text("owner"),
        opened_at=opened,
        days_open=-(-(end - opened) // timedelta(days=1)) if is_open else None,
        figures=figures,
    )


def _breaches(item: Item) -> list[tuple[str, datetime]]:
    marks = item.fields.get("breaches")
    pairs = [str(mark).split(" ", 1) for mark in marks] if isinstance(marks, list) else []
    found = [(target, instant_of(at)) for target, at in pairs]
    return [(target, at) for target, at in found if at is not None]


def _met(item: Item, start: datetime, end: datetime) -> Iterable[str]:
    breaches = _breaches(item)
    for target, clock in clocks_of(item).items():
        late = [at for name, at in breaches if name == target]
        if clock.ended is not None and start <= clock.ended < end and _in_time(clock, late):
            yield target


def _in_time(clock: Clock, late: Iterable[datetime]) -> bool:
    ended = clock.ended
    return ended is not None and not any(clock.started <= at <= ended for at in late)


def _grouped(lines: Sequence[CaseLine], name: str) -> Mapping[str, Figures]:
    found: dict[str, Figures] = {}
    for line in lines:
        value = line.values[name]
        found[value] = found.get(value, Figures()) + line.figures
    return _sorted(found, lambda each: each.opened + each.open)


def _sorted(found: Mapping[str, Figures], size: Callable[[Figures], int]) -> Mapping[str, Figures]:
    ordered = sorted(found.items(), key=lambda pair: (-size(pair[1]), pair[0]))
    return dict(ordered)


def _ageing(lines: Iterable[CaseLine]) -> Mapping[str, tuple[int, ...]]:
    """Give how many open cases there are in each band, by severity."""
    found: dict[str, list[int]] = {}
    for line in lines:
        if line.days_open is not None:
            counts = found.setdefault(line.values["severity"], [0] * (len(BANDS) + 1))
            counts[band_of(line.days_open)] += 1
    return {severity: tuple(counts) for severity, counts in sorted(found.items())}
