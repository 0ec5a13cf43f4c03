"""Checks of the decision tables: rows that never match, clash, or are missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from hub.errors import Problem
from hub.handbook.analysis import TableAnalysis
from hub.handbook.cells import Key
from hub.handbook.places import Checker
from hub.handbook.tables import Table
from hub.handbook.words import OCCASION

OUTPUTS: Final = {
    "senders": ("customer_status",),
    "routing": ("role", "notify"),
    "returns": ("outcome",),
    "limits": ("calendar",),
    "after_hours": ("answer", "call", "calendar"),
    "answers": ("verdict",),
    "classification.type": ("issue_type", "subtype"),
    "classification.severity": ("severity",),
}
INPUTS: Final = {
    "senders": ("match", "contract", "contract_no"),
    "required": ("channel", "issue_type", "subtype", "severity", "customer_status"),
    "limits": (
        "customer_status", "channel", "issue_type", "subtype", "severity", "account",
        "customer_name", "contract_no", "role",
    ),
    "returns": ("status", "category", "resolution"),
    "answers": ("state", "text", "length"),
    "classification": (
        "customer_status", "channel", "subject", "text", "issue_type", "subtype", "language",
    ),
}  # fmt: skip
"""What the rules hand to each table; a column for anything else would always be empty."""
OPEN: Final = ("routing", "after_hours")
"""Tables that are handed all fields of the item, and what the calendar says of the moment."""


COMPLETE: Final = (
    "senders", "classification.type", "classification.severity", "limits", "after_hours",
    "answers",
)  # fmt: skip
"""Tables in which some row must fit, whatever comes."""


def check_tables(checker: Checker) -> Iterator[Problem]:
    """Give the problems of all tables."""
    for name, table in checker.handbook.tables.items():
        yield from _check_columns(checker, name, table)
        yield from _check_findings(checker, table)
    for name in COMPLETE:
        if name in checker.handbook.tables:
            yield from _check_missing(checker, checker.handbook.tables[name])
    yield from _check_notices(checker)
    yield from _check_receivers(checker)


def _check_columns(checker: Checker, name: str, table: Table) -> Iterator[Problem]:
    inputs = INPUTS.get(name) or INPUTS.get(name.partition(".")[0], ())
    inputs = (*checker.fields, *OCCASION) if name in OPEN else inputs
    yield from (
        checker.known("input", inputs, table.rules[0], name, table.inputs) if (table.rules) else ()
    )
    for output in OUTPUTS.get(name, ())[:1]:
        if output not in table.outputs:
            yield checker.problem(
                table.source.rpartition(":")[0], f"{name}: the output {output} is not declared"
            )
        for rule in () if table.hit == "collect" else table.rules:
            if output in table.outputs and rule.then.get(output) is None:
                yield checker.at(rule, f"row {rule.id} gives no {output}")


def _check_findings(checker: Checker, table: Table) -> Iterator[Problem]:
    if not table.sound:
        # What a broken cell would accept is not known: more would be said than is wrong.
        return
    for finding in TableAnalysis(table).findings():
        others = ", ".join(f"{rule.id} ({rule.source})" for rule in finding.others)
        row = finding.rule
        if finding.kind == "clash":
            what = f"row {row.id} of {table.name} overlaps {others}: unique allows one"
            yield checker.at(row, what, "narrow one of them, or use the hit policy first")
        elif others:
            what = f"row {row.id} of {table.name} is never reached: {others} takes all before it"
            yield checker.at(row, what, "move it up, or take it out")
        else:
            yield checker.at(row, f"row {row.id} of {table.name} accepts nothing that can occur")


def _check_missing(checker: Checker, table: Table) -> Iterator[Problem]:
    if table.hit == "collect" or not table.rules or not table.sound:
        return
    for gap in TableAnalysis(table).missing()[:3]:
        shown = ", ".join(f"{name} = {value}" for name, value in gap.items()) or "anything"
        what = f"{table.name}: no row for {shown}"
        yield checker.at(table.rules[-1], what, "add a row, or a last row without conditions")


def _check_notices(checker: Checker) -> Iterator[Problem]:
    for rule in checker.handbook.tables["routing"].rules:
        told = rule.then.get("notify")
        roles = told if isinstance(told, list) else [str(told)] if told else []
        yield from checker.not_told(rule, f"row {rule.id}", roles)
        for role in roles:
            yield from checker.held(role, rule, f"row {rule.id} tells {role}")


def _check_receivers(checker: Checker) -> Iterator[Problem]:
    """Every type with each of its subtypes and every severity must reach somebody."""
    routing = checker.handbook.tables["routing"]
    rules = tuple(rule for rule in routing.rules if rule.then.get("role"))
    routing = replace(routing, rules=rules)
    for rule in rules:
        role = str(rule.then.get("role", ""))
        yield from checker.held(role, rule, f"row {rule.id} routes to {role}")
        if checker.handbook.received_by_system(role):
            what = f"row {rule.id} routes to {role}, which is reached by hand-off only"
            yield checker.at(rule, what, f"route to {checker.handbook.handoff.engineer}")
    if not routing.rules or not routing.sound:
        return
    analysis = TableAnalysis(routing)
    for row in checker.handbook.intake.types:
        subtypes = frozenset[Key]([None, *(sub.id for sub in row.subtypes)])
        within = {"issue_type": frozenset[Key]([row.id]), "subtype": subtypes}
        known = {name: keys for name, keys in within.items() if name in routing.inputs}
        for gap in analysis.missing(known)[:3]:
            shown = ", ".join(f"{name} {value}" for name, value in gap.items())
            what = f"nobody receives type {row.id}" + (f" with {shown}" if shown else "")
            yield checker.at(routing.rules[-1], what, "add a row for it, or a last row for all")
