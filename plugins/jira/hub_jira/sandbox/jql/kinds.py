"""The kinds of fields that JQL knows: what they hold, which operators they take."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from typing import Any, Final

from hub_jira.sandbox.issue import Issue
from hub_jira.sandbox.model import User

EQUAL: Final = frozenset({"=", "!=", "IN", "NOT IN", "IS", "IS NOT"})
ORDERED: Final = EQUAL | {"<", "<=", ">", ">="}
MATCHED: Final = frozenset({"~", "!~", "IS", "IS NOT"})
PAST: Final = frozenset({"WAS", "WAS NOT", "WAS IN", "WAS NOT IN", "CHANGED"})

Members = Callable[[Issue], set[str | None]]
Resolve = Callable[[str, User | None], Iterable[str] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """A field of JQL. Without `sort_key` results can not be ordered by it.

    `past` names the field in changelogs, if its history can be searched. `type` is the type that
    Jira's reference data gives it.
    """

    operators: frozenset[str]
    sort_key: Callable[[Issue], Any] | None = None
    sorts_down: bool = False
    past: str = ""
    type: str = "java.lang.String"
    has_empty: bool = True

    def is_empty(self, issue: Issue) -> bool:
        """Say whether an issue has no value here."""
        return self.sort_key is None or self.sort_key(issue) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class DateField(FieldSpec):
    """A moment, or a day without a time in nobody's zone."""

    value: Callable[[Issue], datetime | date | None]

    def is_empty(self, issue: Issue) -> bool:
        """Say whether there is no moment."""
        return self.value(issue) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberField(FieldSpec):
    """A number."""

    value: Callable[[Issue], float | None]

    def is_empty(self, issue: Issue) -> bool:
        """Say whether there is no number."""
        return self.value(issue) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextField(FieldSpec):
    """One text, or several that are searched together."""

    texts: Callable[[Issue], list[str]]

    def is_empty(self, issue: Issue) -> bool:
        """Say whether there is no text at all."""
        return not any(self.texts(issue))


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyField(FieldSpec):
    """The issue itself, by key or id."""

    key: Callable[[Issue], tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetField(FieldSpec):
    """A choice: `resolve` finds ids by what a query names, None if there is none."""

    members: Members
    resolve: Resolve
    rank: Callable[[str | None], Any] = attribute(default=lambda _: None)
    functions: Sequence[str] = ()

    def is_empty(self, issue: Issue) -> bool:
        """Say whether nothing is chosen."""
        return self.members(issue) <= {None, ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryField(FieldSpec):
    """A saved filter: it stands for the query that it holds."""

    resolve: Callable[[str, User | None], str | None]
