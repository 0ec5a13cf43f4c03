"""Checks of what is owed outside working hours: calls that reach nobody, times without sense."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hub.calendar import parse_length
from hub.errors import Problem
from hub.handbook.check_targets import check_length
from hub.handbook.places import Checker
from hub.handbook.rotashapes import CallShape

FILE = "after_hours.yaml"


def check_after_hours(checker: Checker) -> Iterator[Problem]:
    """Give the problems of `after_hours.yaml`."""
    book = checker.handbook
    shape = book.after_hours
    if not any(sign.isdigit() for sign in shape.emergency_phone):
        what = f"emergency_phone: {shape.emergency_phone!r} is no number to call"
        yield checker.problem(FILE, what, "customers are told to call it")
    yield from _check_rows(checker)
    seen: dict[str, str] = {}
    for call in shape.calls:
        if call.id in seen:
            what = f"the call {call.id} is given twice"
            yield checker.at(call, what, f"it also stands in {seen[call.id]}")
        seen.setdefault(call.id, call.source)
        yield from _check_call(checker, call)
    for role in shape.morning.tell:
        yield from checker.known("role", book.people.roles, shape.morning, "morning, tell", [role])
        yield from checker.held(role, shape.morning, f"morning tells {role}")
    yield from checker.not_told(shape.morning, "morning", shape.morning.tell)


def _check_rows(checker: Checker) -> Iterator[Problem]:
    shape = checker.handbook.after_hours
    calls = {call.id: call for call in shape.calls}
    used = set()
    for rule in checker.handbook.tables["after_hours"].rules:
        name = str(rule.then.get("call") or "")
        if name:
            used.add(name)
            yield from checker.known("call", calls, rule, f"row {rule.id}", [name])
        if rule.then.get("answer") is not None:
            yield from check_length(checker, rule, "answer")
    for call in shape.calls:
        if call.id not in used:
            what = f"no row of the rules makes the call {call.id}"
            yield checker.at(call, what, "name it in a row, or take it out")


def _check_call(checker: Checker, call: CallShape) -> Iterator[Problem]:
    book = checker.handbook
    known = [*book.roster.lines, *book.people.roles]
    for step in call.steps:
        place = f"{call.id}, {step.id}"
        yield from checker.known("line or role", known, step, place, [step.tell])
        yield from checker.held(step.tell, step, f"{place} calls {step.tell}")
        yield from checker.not_told(step, place, [step.tell])
        if parse_length(step.wait).number == 0:
            what = f"{place}: nobody can acknowledge within {step.wait}"
            yield checker.at(step, what, "give them some minutes")
    for before, after in pairwise(call.steps):
        if before.tell == after.tell:
            what = f"{call.id}: {after.id} calls {after.tell} again"
            yield checker.at(after, what, "each step calls somebody else")
    if all(step.tell in book.roster.lines for step in call.steps):
        what = f"the call {call.id} ends with {call.steps[-1].tell}: nobody else is ever called"
        yield checker.at(call.steps[-1], what, "let its last step name a role")
