"""Turns WAS and CHANGED clauses into tests of an issue's changelog."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import history
from hub_jira.sandbox.jql.asker import Asker
from hub_jira.sandbox.jql.kinds import SetField
from hub_jira.sandbox.jql.lexer import JqlError
from hub_jira.sandbox.jql.operands import Operands
from hub_jira.sandbox.jql.syntax import Clause, FieldName, Operand, Predicate, Several

Test = Callable[[Issue], bool]


class Past:
    """Compiles the clauses that look back."""

    def __init__(self, operands: Operands, asker: Asker) -> None:
        self._operands = operands
        self._asker = asker

    def was(self, spec: SetField, clause: Clause) -> Test:
        """Compile WAS and its kin: the field had the value at a time that all predicates allow."""
        wanted: set[str | None] = set()
        for operand in clause.operands:
            wanted |= self._operands.members(spec, operand, clause.field)
        holds = [self._hold(predicate) for predicate in clause.predicates]
        negated = "NOT" in clause.operator

        def test(issue: Issue) -> bool:
            found = history.runs(issue, spec.past, spec.members(issue), wanted)
            return any(all(hold(run) for hold in holds) for run in found) is not negated

        return test

    def changed(self, spec: SetField, clause: Clause) -> Test:
        """Compile CHANGED: the field changed in a way that all predicates allow."""
        happens = [self._happen(spec, clause.field, x) for x in clause.predicates]

        def test(issue: Issue) -> bool:
            changes = history.changes(issue, spec.past)
            return any(all(happen(change) for happen in happens) for change in changes)

        return test

    def _span(self, predicate: Predicate) -> tuple[datetime, datetime]:
        """Read the dates of a predicate as the first and the last instant that it names."""
        operand, word = predicate.operand, predicate.word
        singles = operand.flat() if isinstance(operand, Several) else (operand,)
        if word == "DURING" and len(singles) != 2:
            raise JqlError("The DURING predicate must be supplied with exactly 2 date values.")
        if word != "DURING" and len(singles) != 1:
            raise JqlError(f"The {word} predicate must be supplied with only 1 date value.")
        what = f"predicate '{word.lower()}'"
        moments = [self._operands.moment(single, what) for single in singles]
        return self._day(moments[0]) if word == "ON" else (moments[0], moments[-1])

    def _day(self, moment: datetime) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self._asker.zone)
        begin = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        end = (begin.replace(tzinfo=None) + timedelta(days=1)).replace(tzinfo=zone)
        return begin, end - timedelta(milliseconds=1)

    def _hold(self, predicate: Predicate) -> history.Hold:
        if predicate.word == "BY":
            people = self._operands.people(predicate.operand, "by")
            return lambda run: run.by in people
        first, last = self._span(predicate)
        if predicate.word == "AFTER":
            return lambda run: run.until is None or run.until > first
        if predicate.word == "BEFORE":
            return lambda run: run.since < first
        return lambda run: run.since <= last and (run.until is None or run.until > first)

    def _happen(self, spec: SetField, field: FieldName, predicate: Predicate) -> history.Happen:
        word = predicate.word
        if word == "BY":
            people = self._operands.people(predicate.operand, "by")
            return lambda change: change.by in people
        if word in {"FROM", "TO"}:
            values = self._values(spec, field, predicate.operand)
            if word == "FROM":
                return lambda change: change.old in values
            return lambda change: change.new in values
        first, last = self._span(predicate)
        if word == "AFTER":
            return lambda change: change.at > first
        if word == "BEFORE":
            return lambda change: change.at < first
        return lambda change: first <= change.at <= last

    def _values(self, spec: SetField, field: FieldName, operand: Operand) -> set[str | None]:
        values: set[str | None] = set()
        for single in operand.flat() if isinstance(operand, Several) else (operand,):
            values |= self._operands.members(spec, single, field)
        return values | {None} if "" in values else values
