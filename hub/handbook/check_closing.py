"""Checks of `closing.yaml`: ends that never come, and people who can not be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hub.calendar import parse_length
from hub.errors import Problem
from hub.handbook.check_targets import check_severities, check_told
from hub.handbook.places import Checker
from hub.handbook.shapes import NamedRow
from hub.handbook.words import ENDING_PROVISIONS

FILE: Final = "closing.yaml"
MAKES_SENSE: Final = 366
"""A wait of more working days is no wait that anybody means."""


def check_closing(checker: Checker) -> Iterator[Problem]:
    """Give the problems of `closing.yaml`."""
    ending = checker.handbook.ending
    closing, unreachable = ending.closing, ending.unreachable
    yield from _check_length(checker, closing, "silent", closing.silent)
    yield from _check_length(checker, closing, "reopen", closing.reopen)
    yield from check_told(checker, closing, "closing, unsettled", closing.unsettled)
    yield from _check_unreachable(checker)
    yield from _check_length(checker, unreachable, "within", unreachable.within)
    yield from check_told(checker, ending.satisfaction, "satisfaction", ending.satisfaction.tell)
    yield from _check_feedback(checker)
    yield from _check_answers(checker)
    yield from _check_provisions(checker)


def _check_length(checker: Checker, row: NamedRow, name: str, text: str) -> Iterator[Problem]:
    calendar = checker.handbook.calendars.get(checker.handbook.working)
    if calendar is None:
        return  # That is told already.
    length = parse_length(text).on(calendar)
    place = f"{row.id}, {name}"
    if not length:
        yield checker.at(row, f"{place}: {text} is no time at all", "give it some time")
    elif length > calendar.nominal * MAKES_SENSE:
        yield checker.at(row, f"{place}: {text} do not pass within a year", "give a shorter time")


def _check_unreachable(checker: Checker) -> Iterator[Problem]:
    row, pauses = checker.handbook.ending.unreachable, checker.handbook.targets.pauses
    yield from checker.known("state", checker.states, row, "unreachable, state", [row.state])
    yield from check_told(checker, row, "unreachable", row.tell)
    if row.state in checker.states and row.state not in pauses.states:
        what = f"unreachable: in {row.state} the clocks run on"
        yield checker.at(row, what, f"add {row.state} to the states of pauses in targets.yaml")


def _check_feedback(checker: Checker) -> Iterator[Problem]:
    row = checker.handbook.ending.feedback
    yield from check_told(checker, row, "feedback, role", (row.role,))
    yield from check_severities(checker, row, "feedback, severities", row.severities)


def _check_answers(checker: Checker) -> Iterator[Problem]:
    table = checker.handbook.tables["answers"]
    if table.hit == "collect":
        what = "answers takes several rows at once: which verdict would hold?"
        yield checker.problem(FILE, what, "write hit: first or unique")
    for rule in table.rules:
        bare = not rule.cells or set(rule.cells) <= {"state", "length"}
        if bare and rule.then.get("verdict") == "confirmed":
            what = f"row {rule.id} takes any words for a confirmation"
            yield checker.at(rule, what, "name the words, under text")


def _check_provisions(checker: Checker) -> Iterator[Problem]:
    rows = checker.handbook.ending.provisions
    missing = [name for name in ENDING_PROVISIONS if name not in {row.id for row in rows}]
    if missing:
        what = f"provisions are missing: {', '.join(missing)}"
        yield checker.problem(FILE, what, "the rules cite them for what they do")
    for row in rows:
        if row.id not in ENDING_PROVISIONS:
            what = f"no rule cites the provision {row.id}"
            yield checker.at(row, what, f"known: {', '.join(ENDING_PROVISIONS)}")
