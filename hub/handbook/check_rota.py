"""Checks of the rota: nights that nobody has or two have, swaps and absences that do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import combinations, pairwise
from typing import Final

from hub.errors import Problem
from hub.handbook.places import Checker
from hub.handbook.rota import dates, limits, person_of
from hub.handbook.rotashapes import AbsenceShape, SwapShape, TurnsShape

_DAY: Final = timedelta(days=1)
_SURVEYED: Final = 400
"""So many nights of turns without an end are looked through for clashes."""


def check_rota(checker: Checker) -> Iterator[Problem]:
    """Give the problems of `rota.yaml`."""
    yield from _check_names(checker)
    shape = checker.handbook.roster.shape
    for line in shape.lines:
        rows = [row for row in shape.turns if row.line == line.id]
        if not rows:
            yield checker.at(line, f"nobody ever has duty in {line.id}", "give it turns")
        yield from _check_spans(checker, line.id, rows)
    yield from _check_swaps(checker)
    yield from _check_absences(checker)
    yield from _check_doubled(checker)


def _check_names(checker: Checker) -> Iterator[Problem]:
    book = checker.handbook
    shape, people = book.roster.shape, book.people
    yield from checker.known("role", people.roles, "rota.yaml", "role", [shape.role])
    lined: list[TurnsShape | SwapShape] = [*shape.turns, *shape.swaps]
    for row in lined:
        yield from checker.known("line", book.roster.lines, row, f"{row.id}, line", [row.line])
    named: list[tuple[TurnsShape | SwapShape | AbsenceShape, Sequence[str]]] = [
        *((row, row.people) for row in shape.turns),
        *((row, (row.giver, row.taker, row.approved_by)) for row in shape.swaps),
        *((row, [p for p in (row.person, row.stand_in) if p]) for row in shape.absences),
    ]
    for named_row, names in named:
        lowered = [name.lower() for name in names]
        yield from checker.known("person", people.persons, named_row, named_row.id, lowered)
    for swap in shape.swaps:
        if swap.approved_by.lower() in {swap.giver.lower(), swap.taker.lower()}:
            what = f"{swap.id}: {swap.approved_by} approves a swap of their own"
            yield checker.at(swap, what, "nobody approves their own request")


def _check_spans(checker: Checker, line: str, rows: Sequence[TurnsShape]) -> Iterator[Problem]:
    """Gaps and overlaps of the turns of one line."""
    for row in rows:
        first, last = limits(row)
        if last is not None and last < first:
            yield checker.at(row, f"{row.id} ends on {last}, before it begins on {first}")
            return
    for before, after in pairwise(sorted(rows, key=lambda row: row.first)):
        _, last = limits(before)
        first, _ = limits(after)
        if last is None or last >= first:
            what = f"{line}: {after.id} and {before.id} both cover the night of {first}"
            remedy = f"end {before.id} ({before.source}) with until: {first - _DAY}"
            yield checker.at(after, what, remedy)
        elif last + _DAY < first:
            begin, end = last + _DAY, first - _DAY
            gap = f"on {begin}" if begin == end else f"from {begin} to {end}"
            remedy = f"let {after.id} begin on {begin}, or {before.id} end on {end}"
            yield checker.at(after, f"{line}: nobody has duty {gap}", remedy)


def _check_swaps(checker: Checker) -> Iterator[Problem]:
    roster = checker.handbook.roster
    seen: dict[tuple[str, date], SwapShape] = {}
    for swap in roster.shape.swaps:
        for night in dates(swap.nights):
            other = seen.setdefault((swap.line, night), swap)
            if other is not swap:
                what = f"{swap.id}: the night of {night} is swapped twice"
                yield checker.at(swap, what, f"also by {other.source}")
                break
            row = roster.turns_of(swap.line, night)
            whose = person_of(row, night) if row else "nobody's"
            if whose != swap.giver.lower():
                what = f"{swap.id}: {swap.giver} has no duty in {swap.line} on {night}"
                yield checker.at(swap, what, f"that night is {whose}")
                break


def _check_absences(checker: Checker) -> Iterator[Problem]:
    roster = checker.handbook.roster
    seen: dict[tuple[str, date], AbsenceShape] = {}
    for row in roster.shape.absences:
        if row.stand_in.lower() == row.person.lower():
            yield checker.at(row, f"{row.id}: {row.person} stands in for themselves")
        for day in dates(row.days):
            other = seen.setdefault((row.person.lower(), day), row)
            if other is not row:
                what = f"{row.id}: {row.person} is away twice on {day}"
                yield checker.at(row, what, f"also by {other.source}")
                break
            lost = [line for line in roster.lines if _lost(checker, line, day, row.person)]
            if lost:
                what = f"{row.id}: {row.person} is away on {day} and has duty ({', '.join(lost)})"
                yield checker.at(row, what, "name a stand_in who is there, or swap the nights")
                break


def _lost(checker: Checker, line: str, night: date, person: str) -> bool:
    """Say whether a night is a person's, and nobody is there for them."""
    roster = checker.handbook.roster
    row = roster.turns_of(line, night)
    swap = next(
        (s for s in roster.shape.swaps if s.line == line and night in dates(s.nights)), None
    )
    whose = swap.taker.lower() if swap else person_of(row, night) if row else ""
    return whose == person.lower() and roster.duty_of(line, night) is None


def _check_doubled(checker: Checker) -> Iterator[Problem]:
    """Two lines in one night with the same person: who is in reserve is nobody."""
    roster = checker.handbook.roster
    spans = [limits(row) for row in roster.shape.turns]
    if not spans:
        return
    start = min(first for first, _ in spans)
    end = max(last or first + _SURVEYED * _DAY for first, last in spans)
    for one, other in combinations(roster.lines, 2):
        for number in range(min((end - start).days, 3 * _SURVEYED) + 1):
            night = start + number * _DAY
            first, second = roster.duty_of(one, night), roster.duty_of(other, night)
            if first and second and first.person == second.person:
                what = f"{first.person} has duty in {one} and in {other} on the night of {night}"
                remedy = f"both follow from {first.source} and {second.source}; change one"
                yield checker.at(second.rows[-1], what, remedy)
                break
