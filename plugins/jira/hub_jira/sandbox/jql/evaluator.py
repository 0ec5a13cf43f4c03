"""Checks a query against a site, and turns it into a predicate and an order over issues.

A field without a value is neither equal nor unequal to anything: NOT is pushed down to the
operators, so that `NOT assignee = x` finds what `assignee != x` finds, and no unassigned issue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql.asker import Asker
from hub_jira.sandbox.jql.customfields import lookup
from hub_jira.sandbox.jql.kinds import (
    PAST,
    DateField,
    FieldSpec,
    KeyField,
    NumberField,
    QueryField,
    SetField,
    TextField,
)
from hub_jira.sandbox.jql.lexer import NO_VALUE, JqlError
from hub_jira.sandbox.jql.operands import Operands, check_usage
from hub_jira.sandbox.jql.parser import parse
from hub_jira.sandbox.jql.past import Past
from hub_jira.sandbox.jql.syntax import Clause, Empty, FieldName, Group, Node, Not, Order, Value
from hub_jira.sandbox.jql.texts import matcher
from hub_jira.sandbox.site import Site

Test = Callable[[Issue], bool]
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_PAIRS: Final = (
    ("=", "!="), ("<", ">="), (">", "<="), ("~", "!~"), ("IN", "NOT IN"), ("IS", "IS NOT"),
    ("WAS", "WAS NOT"), ("WAS IN", "WAS NOT IN"),
)  # fmt: skip
_OPPOSITE: Final = {**dict(_PAIRS), **{b: a for a, b in _PAIRS}}
_DEEPEST: Final = 20


@dataclass(frozen=True, slots=True)
class Search:
    """A compiled query."""

    matches: Test
    order: tuple[tuple[FieldSpec, bool], ...]
    bounded: bool

    def sort(self, issues: list[Issue]) -> list[Issue]:
        """Put issues in the query's order; equal ones by id, so that pages are stable."""
        issues.sort(key=lambda issue: int(issue.id), reverse=not self.order)
        for spec, descending in reversed(self.order):
            key = spec.sort_key
            if key is not None:
                filled = [issue for issue in issues if key(issue) is not None]
                empty = [issue for issue in issues if key(issue) is None]
                filled.sort(key=key, reverse=descending)
                issues = [*filled, *empty]
        return issues


def compile_query(text: str, site: Site, asker: Asker) -> Search:
    """Compile a query; `JqlError` with Jira's messages if it can not be answered."""
    query = parse(text)
    compiler = _Compiler(site, asker)
    matches = compiler.node(query.where) if query.where else _all
    order = tuple(filter(None, (compiler.order(entry) for entry in query.order)))
    if compiler.errors:
        raise JqlError(*dict.fromkeys(compiler.errors))
    return Search(matches, order, query.where is not None)


def _all(_: Issue) -> bool:
    return True


class _Compiler:
    """Compiles a tree; what is wrong with its clauses is gathered in `errors`."""

    def __init__(self, site: Site, asker: Asker, depth: int = 0) -> None:
        self._site = site
        self._asker = asker
        self._depth = depth
        self._operands = Operands(site, asker)
        self._past = Past(self._operands, asker)
        self.errors: list[str] = []

    def order(self, entry: Order) -> tuple[FieldSpec, bool] | None:
        try:
            spec = lookup(self._site, entry.field)
        except JqlError:
            self.errors.append(f"Not able to sort using field '{entry.field}'.")
            return None
        if spec.sort_key is None:
            self.errors.append(f"Field '{entry.field}' does not support sorting.")
            return None
        return spec, spec.sorts_down if entry.descending is None else entry.descending

    def node(self, node: Node, *, negated: bool = False) -> Test:
        if isinstance(node, Not):
            return self.node(node.node, negated=not negated)
        if isinstance(node, Group):
            return self._group(node, negated=negated)
        try:
            return self._clause(node, negated=negated)
        except JqlError as error:
            self.errors += error.messages
            return _all

    def _group(self, group: Group, *, negated: bool) -> Test:
        tests = [self.node(node, negated=negated) for node in group.nodes]
        if group.all is not negated:
            return lambda issue: all(test(issue) for test in tests)
        return lambda issue: any(test(issue) for test in tests)

    def _clause(self, clause: Clause, *, negated: bool) -> Test:
        spec = lookup(self._site, clause.field)
        check_usage(clause)
        if clause.operator not in spec.operators:
            raise _unsupported(clause)
        if clause.operator in PAST:
            return self._looking_back(spec, clause, negated=negated)
        if negated:
            opposite = _OPPOSITE[clause.operator]
            clause = Clause(clause.field, opposite, clause.operand, clause.predicates)
        if self._asks_for_empty(clause):
            return self._empty(spec, clause)
        return self._of_kind(spec, clause)

    def _looking_back(self, spec: FieldSpec, clause: Clause, *, negated: bool) -> Test:
        if not isinstance(spec, SetField):
            raise _unsupported(clause)
        if clause.operator == "CHANGED":
            test = self._past.changed(spec, clause)
        else:
            test = self._past.was(spec, clause)
        return (lambda issue: not test(issue)) if negated else test

    def _asks_for_empty(self, clause: Clause) -> bool:
        return isinstance(clause.operand, Empty)

    def _empty(self, spec: FieldSpec, clause: Clause) -> Test:
        if not spec.has_empty:
            raise JqlError(
                f"The field '{clause.field}' does not support searching for EMPTY values."
            )
        wanted = clause.operator in {"IS", "=", "~"}
        return lambda issue: spec.is_empty(issue) is wanted

    def _of_kind(self, spec: FieldSpec, clause: Clause) -> Test:
        if isinstance(spec, DateField):
            return self._date(spec, clause)
        if isinstance(spec, NumberField):
            return self._number(spec, clause)
        if isinstance(spec, TextField):
            return self._text(spec, clause)
        if isinstance(spec, KeyField):
            return self._key(spec, clause)
        if isinstance(spec, SetField):
            return self._set(spec, clause)
        if isinstance(spec, QueryField):
            return self._saved(spec, clause)
        raise _unsupported(clause)

    def _date(self, spec: DateField, clause: Clause) -> Test:
        zone = ZoneInfo(self._asker.zone)
        filled = [operand for operand in clause.operands if not isinstance(operand, Empty)]
        moments = [self._operands.moment(x, f"field '{clause.field}'") for x in filled]
        days = [moment.astimezone(zone).date() for moment in moments]

        def limits(value: datetime | date) -> list[Any]:
            return moments if isinstance(value, datetime) else days

        compare = _COMPARE.get(clause.operator)
        if compare is None:
            return _in_list(clause, spec, lambda x: (at := spec.value(x)) and at in limits(at))
        return lambda x: (at := spec.value(x)) is not None and compare(at, limits(at)[0])

    def _number(self, spec: NumberField, clause: Clause) -> Test:
        filled = [operand for operand in clause.operands if not isinstance(operand, Empty)]
        numbers = [self._operands.number(operand, clause.field) for operand in filled]
        compare = _COMPARE.get(clause.operator)
        if compare is None:
            return _in_list(clause, spec, lambda x: spec.value(x) in numbers)
        return lambda x: (value := spec.value(x)) is not None and compare(value, numbers[0])

    def _text(self, spec: TextField, clause: Clause) -> Test:
        operand = clause.operands[0]
        if not isinstance(operand, Value):
            raise JqlError(
                f"A value provided by the function '{operand}' is invalid for the field "
                f"'{clause.field}'."
            )
        found = matcher(operand.text, str(clause.field))
        if clause.operator == "~":
            return lambda issue: any(found(text) for text in spec.texts(issue))
        return lambda issue: (
            not spec.is_empty(issue) and not any(found(text) for text in spec.texts(issue))
        )

    def _key(self, spec: KeyField, clause: Clause) -> Test:
        issues: dict[str, Issue] = {}
        for operand in clause.operands:
            issues |= self._operands.issues(operand, clause.field)
        if clause.operator in {"=", "IN"}:
            return lambda issue: issue.id in issues
        if clause.operator in {"!=", "NOT IN"}:
            return lambda issue: issue.id not in issues
        compare = _COMPARE[clause.operator]
        limits = [(issue.project, spec.key(issue)) for issue in issues.values()]
        return lambda issue: any(
            issue.project == project and compare(spec.key(issue), limit)
            for project, limit in limits
        )

    def _set(self, spec: SetField, clause: Clause) -> Test:
        wanted: set[str | None] = set()
        for operand in clause.operands:
            wanted |= self._operands.members(spec, operand, clause.field)
        if clause.operator in {"=", "IN"}:
            return lambda issue: self._meets(spec, issue, wanted)
        if clause.operator in {"!=", "NOT IN"}:
            return lambda issue: not spec.is_empty(issue) and not wanted & spec.members(issue)
        compare = _COMPARE[clause.operator]
        limits = [rank for x in wanted if (rank := spec.rank(x)) is not None]
        return lambda issue: any(
            compare(rank, limit)
            for member in spec.members(issue)
            if (rank := spec.rank(member)) is not None
            for limit in limits
        )

    def _meets(self, spec: SetField, issue: Issue, wanted: set[str | None]) -> bool:
        return bool(wanted & spec.members(issue)) or (None in wanted and spec.is_empty(issue))

    def _saved(self, spec: QueryField, clause: Clause) -> Test:
        tests = [self._inner(spec, operand, clause.field) for operand in clause.operands]
        wanted = clause.operator in {"=", "IN"}
        return lambda issue: any(test(issue) for test in tests) is wanted

    def _inner(self, spec: QueryField, operand: Any, field: FieldName) -> Test:
        text = operand.text if isinstance(operand, Value) else str(operand)
        jql = spec.resolve(text, self._asker.user) if isinstance(operand, Value) else None
        if jql is None:
            raise JqlError(f"The value '{text}' {NO_VALUE} '{field}'.")
        if self._depth >= _DEEPEST:
            raise JqlError(f"The filter '{text}' contains itself.")
        where = parse(jql).where
        inner = _Compiler(self._site, self._asker, self._depth + 1)
        test = inner.node(where) if where else _all
        self.errors += inner.errors
        return test


def _in_list(clause: Clause, spec: FieldSpec, listed: Callable[[Issue], Any]) -> Test:
    """Test for IN and NOT IN of values that may name EMPTY."""
    empty = any(isinstance(operand, Empty) for operand in clause.operands)
    if clause.operator == "IN":
        return lambda x: empty if spec.is_empty(x) else bool(listed(x))
    return lambda x: not spec.is_empty(x) and not listed(x)


def _unsupported(clause: Clause) -> JqlError:
    if clause.operator in PAST:
        return JqlError(f"History searches do not support the '{clause.field}' field.")
    return JqlError(
        f"The operator '{clause.operator.lower()}' is not supported by the '{clause.field}' field."
    )
