"""Checks of calendars' use, targets, limits and ladders: what can never be met, told or reached."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from hub.calendar import parse_length
from hub.errors import Problem
from hub.handbook.handbook import Provision
from hub.handbook.places import Checker
from hub.handbook.tables import Rule
from hub.handbook.targetshapes import HANDLER, LadderShape, RungShape, TargetShape
from hub.handbook.words import TARGET_PROVISIONS

FILE: Final = "targets.yaml"
LISTENERS: Final = 3
"""So many roles at most are told by one rung: who tells everybody tells nobody."""
LONGEST_DAYS: Final = 366


def check_targets(checker: Checker) -> Iterator[Problem]:
    """Give the problems of `targets.yaml`."""
    yield from _check_shapes(checker)
    yield from _check_limits(checker)
    yield from _check_ladders(checker)
    yield from _check_pauses(checker)
    yield from _check_provisions(checker)


def _check_shapes(checker: Checker) -> Iterator[Problem]:
    targets = checker.handbook.targets
    ladders = {ladder.id for ladder in targets.ladders}
    shown: dict[str, str] = {}
    for shape in targets.targets:
        if shape.id in _RESERVED:
            yield checker.at(shape, f"a target can not be called {shape.id}", "choose another id")
        for place, states in (("ended_in", shape.ended_in), ("runs_in", shape.runs_in)):
            yield from checker.known("state", checker.states, shape, f"{shape.id}, {place}", states)
        if shape.ladder:
            place = f"{shape.id}, ladder"
            yield from checker.known("ladder", ladders, shape, place, [shape.ladder])
        if not (shape.ends or shape.ended_in or shape.runs_in):
            what = f"{shape.id}: nothing ever ends its clock"
            yield checker.at(shape, what, "give ends, ended_in or runs_in")
        if set(shape.ended_in) & set(shape.runs_in):
            what = f"{shape.id}: it would end in the states in which alone it runs"
            yield checker.at(shape, what, "take them out of ended_in or runs_in")
        if not (shape.ladder or shape.due):
            what = f"{shape.id}: nobody is told of it and no field shows it"
            yield checker.at(shape, what, "give it a ladder or a due field")
        yield from _check_due(checker, shape, shown)


_RESERVED: Final = ("waiting", "agreed", "review", "calendar")


def _check_due(checker: Checker, shape: TargetShape, shown: dict[str, str]) -> Iterator[Problem]:
    if not shape.due:
        return
    place = f"{shape.id}, due"
    yield from checker.known("field", checker.fields, shape, place, [shape.due])
    field = checker.fields.get(shape.due)
    if field is not None and field.values != "instants":
        what = f"{place}: the field {shape.due} holds no instants"
        yield checker.at(shape, what, "give it values: instants in intake.yaml")
    if shape.due in shown:
        what = f"{place}: {shape.due} already shows {shown[shape.due]}"
        yield checker.at(shape, what, "give each target a field of its own")
    shown[shape.due] = shape.id


def _check_limits(checker: Checker) -> Iterator[Problem]:
    book = checker.handbook
    table = book.tables["limits"]
    known = [shape.id for shape in book.targets.targets]
    if table.rules:
        names = [name for name in table.outputs if name != "calendar"]
        yield from checker.known("target", known, table.rules[0], "limits", names)
    if table.hit == "collect":
        what = "limits: several rows at once would promise several times"
        yield checker.problem(FILE, what, "use the hit policy first or unique")
    promised: set[str] = set()
    for rule in table.rules:
        for name in known:
            if rule.then.get(name) is not None:
                promised.add(name)
                yield from check_length(checker, rule, name)
    for shape in book.targets.targets:
        if shape.id not in promised:
            what = f"{shape.id}: no row of the limits gives it any time"
            yield checker.at(shape, what, "add it to the rows, or take it out")


def check_length(checker: Checker, rule: Rule, name: str) -> Iterator[Problem]:
    """Give what is wrong with a length of time that a row of a table gives, on its calendar."""
    book, text = checker.handbook, str(rule.then.get(name))
    place = f"row {rule.id}, {name}"
    try:
        length = parse_length(text)
    except ValueError as error:
        yield checker.at(rule, f"{place}: {error}", "hours are those of the row's calendar")
        return
    if length.number == 0:
        yield checker.at(rule, f"{place}: no time at all can never be met", "give it some time")
    calendar = book.calendars.get(str(rule.then.get("calendar") or book.working))
    if calendar is None:
        return
    week = sum(calendar.weekly(), start=calendar.nominal * 0)
    if not week or length.on(calendar) > week / 7 * LONGEST_DAYS:
        what = f"{place}: {text} do not pass within a year on that calendar"
        yield checker.at(rule, what, "give a shorter time, or another calendar")


def _check_ladders(checker: Checker) -> Iterator[Problem]:
    targets = checker.handbook.targets
    used = {shape.ladder for shape in targets.targets}
    seen: dict[str, str] = {}
    for ladder in targets.ladders:
        if ladder.id in seen:
            what = f"the ladder {ladder.id} is given twice"
            yield checker.at(ladder, what, f"it also stands in {seen[ladder.id]}")
        seen.setdefault(ladder.id, ladder.source)
        if ladder.id not in used:
            what = f"no target climbs the ladder {ladder.id}"
            yield checker.at(ladder, what, "name it in a target, or take it out")
        yield from check_severities(checker, ladder, f"{ladder.id}, any_hour", ladder.any_hour)
        yield from _check_order(checker, ladder)
        for rung in ladder.rungs:
            yield from _check_rung(checker, ladder, rung)
    yield from check_told(checker, targets.review, "review", targets.review.tell)


def _check_order(checker: Checker, ladder: LadderShape) -> Iterator[Problem]:
    seen: set[str] = set()
    for rung in ladder.rungs:
        if rung.id in seen:
            yield checker.at(rung, f"{ladder.id}: the rung {rung.id} is given twice")
        seen.add(rung.id)
    for lower, higher in pairwise(ladder.rungs):
        if higher.at <= lower.at:
            what = f"{ladder.id}: {higher.id} at {higher.at} % does not come after {lower.id}"
            yield checker.at(higher, what, f"{lower.id} is at {lower.at} %; write them in order")
        if lower.every:
            what = f"{ladder.id}: {lower.id} is told again, and rungs follow it"
            yield checker.at(lower, what, "only the last rung can be repeated")
    severities = [row.id for row in checker.handbook.intake.severities]
    for severity in severities:
        if all(rung.severities and severity not in rung.severities for rung in ladder.rungs):
            what = f"the ladder {ladder.id} leads nowhere for {severity}"
            yield checker.at(ladder, what, "give it a rung without severities, or one with it")


def _check_rung(checker: Checker, ladder: LadderShape, rung: RungShape) -> Iterator[Problem]:
    place = f"{ladder.id}, {rung.id}"
    yield from check_severities(checker, rung, f"{place}, severities", rung.severities)
    yield from check_told(checker, rung, place, rung.tell)
    if rung.times != 1 and not rung.every:
        yield checker.at(rung, f"{place}: told {rung.times} times, and how often?", "give every")
    if rung.every and rung.times == 1:
        what = f"{place}: every {rung.every}, but told once"
        yield checker.at(rung, what, "give times; 0 is until the cause is gone")
    if rung.every and parse_length(rung.every).number == 0:
        yield checker.at(rung, f"{place}: told without a pause", "give every some time")


def check_told(
    checker: Checker, row: Provision, place: str, roles: tuple[str, ...]
) -> Iterator[Problem]:
    """Give a problem for each role that nobody knows, holds or can tell, and if it is everybody."""
    known = [HANDLER, *checker.handbook.people.roles]
    yield from checker.known("role", known, row, place, roles)
    named = [role for role in roles if role != HANDLER]
    for role in named:
        yield from checker.held(role, row, f"{place} tells {role}")
    yield from checker.not_told(row, place, named)
    if len(roles) > LISTENERS:
        what = f"{place} tells {len(roles)} roles at once"
        yield checker.at(row, what, f"name {LISTENERS} at most: who tells everybody tells nobody")


def check_severities(
    checker: Checker, row: Provision, place: str, names: tuple[str, ...]
) -> Iterator[Problem]:
    """Give a problem for each severity that there is not."""
    known = [severity.id for severity in checker.handbook.intake.severities]
    yield from checker.known("severity", known, row, place, names)


def _check_pauses(checker: Checker) -> Iterator[Problem]:
    pauses = checker.handbook.targets.pauses
    yield from checker.known("state", checker.states, pauses, "pauses", pauses.states)
    yield from checker.known("field", checker.fields, pauses, "pauses, until", [pauses.until])


def _check_provisions(checker: Checker) -> Iterator[Problem]:
    rows = checker.handbook.targets.provisions
    missing = [name for name in TARGET_PROVISIONS if name not in {row.id for row in rows}]
    if missing:
        what = f"provisions are missing: {', '.join(missing)}"
        yield checker.problem(FILE, what, "the rules cite them for what they do")
    for row in rows:
        if row.id not in TARGET_PROVISIONS:
            what = f"no rule cites the provision {row.id}"
            yield checker.at(row, what, f"known: {', '.join(TARGET_PROVISIONS)}")
