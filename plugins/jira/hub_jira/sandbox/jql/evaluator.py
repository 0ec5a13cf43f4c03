"""Checks a query against a site, and turns it into a predicate and an order over issues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.jql import dates
from hub_jira.sandbox.jql.fields import DateField, FieldSpec, KeyField, SetField, TextField, field
from hub_jira.sandbox.jql.lexer import JqlError
from hub_jira.sandbox.jql.parser import (
    Clause,
    Empty,
    Function,
    Group,
    Node,
    Not,
    Order,
    Single,
    parse,
)
from hub_jira.sandbox.jql.texts import matcher
from hub_jira.sandbox.model import User
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


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when: dates are read in their zone."""

    user: User | None
    now: datetime

    @property
    def zone(self) -> str:
        """Give the zone in which dates are read."""
        return self.user.time_zone if self.user else "UTC"


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
            filled = [issue for issue in issues if spec.sort_key(issue) is not None]
            empty = [issue for issue in issues if spec.sort_key(issue) is None]
            filled.sort(key=spec.sort_key, reverse=descending)
            issues = [*filled, *empty]
        return issues


def compile_query(text: str, site: Site, asker: Asker) -> Search:
    """Compile a query; `JqlError` with Jira's message if it can not be answered."""
    query = parse(text)
    compiler = _Compiler(site, asker)
    matches = compiler.node(query.where) if query.where else _all
    order = tuple(compiler.order(entry) for entry in query.order)
    return Search(matches, order, query.where is not None)


def _all(_: Issue) -> bool:
    return True


class _Compiler:
    def __init__(self, site: Site, asker: Asker) -> None:
        self._site = site
        self._asker = asker

    def order(self, entry: Order) -> tuple[FieldSpec, bool]:
        spec = field(self._site, entry.field)
        down = spec.sorts_down if entry.descending is None else entry.descending
        return spec, down

    def node(self, node: Node) -> Test:
        if isinstance(node, Clause):
            return self._clause(node)
        if isinstance(node, Not):
            inner = self.node(node.node)
            return lambda issue: not inner(issue)
        return self._group(node)

    def _group(self, group: Group) -> Test:
        tests = [self.node(node) for node in group.nodes]
        if group.all:
            return lambda issue: all(test(issue) for test in tests)
        return lambda issue: any(test(issue) for test in tests)

    def _clause(self, clause: Clause) -> Test:
        spec = field(self._site, clause.field)
        if clause.operator not in spec.operators:
            raise JqlError(
                f"The operator '{clause.operator.lower()}' is not supported by the "
                f"'{clause.field}' field."
            )
        if clause.operator in {"IS", "IS NOT"} or (
            clause.operator in {"=", "!="} and isinstance(clause.operands[0], Empty)
        ):
            wanted = clause.operator in {"IS", "="}
            return lambda issue: spec.is_empty(issue) is wanted
        if isinstance(spec, DateField):
            return self._date(spec, clause)
        if isinstance(spec, TextField):
            return self._text(spec, clause)
        if isinstance(spec, KeyField):
            return self._key(spec, clause)
        if isinstance(spec, SetField):
            return self._set(spec, clause)
        raise TypeError(f"a field of no known kind: {spec}")

    def _instant(self, operand: Single, name: str) -> datetime:
        asker = self._asker
        moment = None
        if isinstance(operand, Function):
            argument = operand.arguments[0] if operand.arguments else ""
            moment = dates.function(operand.name, argument, asker.zone, asker.now)
            if moment is None:
                raise JqlError(f"Unable to find JQL function '{operand.name}()'.")
        elif not isinstance(operand, Empty):
            moment = dates.instant(operand.text, asker.zone, asker.now)
            if moment is None:
                raise JqlError(
                    f"Date value '{operand.text}' for field '{name}' is invalid. Valid formats "
                    "include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', "
                    "'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
                )
        if moment is None:
            raise JqlError(f"The field '{name}' does not support searching for EMPTY in a list.")
        return moment

    def _date(self, spec: DateField, clause: Clause) -> Test:
        moments = [self._instant(operand, clause.field) for operand in clause.operands]
        if clause.operator in {"IN", "NOT IN"}:
            inside = clause.operator == "IN"
            return lambda issue: (at := spec.value(issue)) is not None and (at in moments) is inside
        compare, limit = _COMPARE[clause.operator], moments[0]
        return lambda issue: (at := spec.value(issue)) is not None and compare(at, limit)

    def _text(self, spec: TextField, clause: Clause) -> Test:
        operand = clause.operands[0]
        if isinstance(operand, Empty | Function):
            raise JqlError(f"The field '{clause.field}' needs a text to search for.")
        if clause.operator in {"=", "!="}:
            wanted, same = operand.text, clause.operator == "="
            return lambda issue: not spec.is_empty(issue) and (wanted in spec.texts(issue)) is same
        found = matcher(operand.text)
        if clause.operator == "~":
            return lambda issue: any(found(text) for text in spec.texts(issue))
        return lambda issue: (
            not spec.is_empty(issue) and not any(found(text) for text in spec.texts(issue))
        )

    def _key(self, spec: KeyField, clause: Clause) -> Test:
        issues = [self._issue(operand, clause.field) for operand in clause.operands]
        ids = {issue.id for issue in issues}
        if clause.operator in {"=", "IN"}:
            return lambda issue: issue.id in ids
        if clause.operator in {"!=", "NOT IN"}:
            return lambda issue: issue.id not in ids
        compare, limit = _COMPARE[clause.operator], spec.sort_key(issues[0])
        project = issues[0].project
        return lambda issue: issue.project == project and compare(spec.sort_key(issue), limit)

    def _issue(self, operand: Single, name: str) -> Issue:
        text = "" if isinstance(operand, Empty | Function) else operand.text
        issue = self._site.find_issue(text)
        project = self._site.projects[issue.project] if issue else None
        if issue is None or not self._site.may(self._asker.user, "BROWSE_PROJECTS", project):
            kind = "ID" if text.isdigit() else "key"
            raise JqlError(f"An issue with {kind} '{text}' does not exist for field '{name}'.")
        return issue

    def _set(self, spec: SetField, clause: Clause) -> Test:
        wanted: set[str | None] = set()
        for operand in clause.operands:
            wanted |= self._members(spec, operand, clause.field)
        if clause.operator in {"=", "IN"}:
            return lambda issue: bool(wanted & spec.members(issue))
        if clause.operator in {"!=", "NOT IN"}:  # an empty field is not unequal: it is unknown
            return lambda issue: not spec.is_empty(issue) and not wanted & spec.members(issue)
        compare = _COMPARE[clause.operator]
        limits = [rank for x in wanted if (rank := spec.rank(x)) is not None]
        return lambda issue: (
            (rank := spec.sort_key(issue)) is not None
            and any(compare(rank, limit) for limit in limits)
        )

    def _members(self, spec: SetField, operand: Single, name: str) -> set[str | None]:
        if isinstance(operand, Empty):
            return {None}
        if isinstance(operand, Function):
            members = self._function(operand)
            return set(members)
        found = spec.resolve(operand.text, self._asker.user)
        if found is None:
            raise JqlError(f"The value '{operand.text}' does not exist for the field '{name}'.")
        return set(found)

    def _function(self, call: Function) -> set[str]:
        name = call.name.lower()
        if name == "currentuser":
            return {self._asker.user.account_id} if self._asker.user else set()
        if name == "membersof" and call.arguments:
            users = self._site.users.values()
            return {user.account_id for user in users if call.arguments[0] in user.groups}
        raise JqlError(f"Unable to find JQL function '{call.name}({', '.join(call.arguments)})'.")
