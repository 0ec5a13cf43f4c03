"""Turns conditions into predicates over records, with the system's rules of comparing.

Text is compared without regard to case; null equals only null; an order against null is false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.schema import IDS, NUMERIC, TEXTUAL, FieldDef, FieldType
from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.literals import span
from hub_crm.sandbox.soql.nodes import (
    Both,
    Compare,
    Condition,
    DateLiteral,
    Either,
    Literal,
    Negation,
    Query,
    Text,
    Within,
)
from hub_crm.sandbox.soql.paths import Bound, Names, Row
from hub_crm.sandbox.wire import ApiError

Predicate = Callable[[Row], bool]
Selected = Callable[[Query], frozenset[Any]]

_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_KINDS: Final = {
    **dict.fromkeys(TEXTUAL | IDS, "string"),
    **dict.fromkeys(NUMERIC, "number"),
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "dateTime",
}


class Conditions:
    """Compiles the conditions of one query.

    Args:
        names: resolves the query's names.
        query: the query, for errors that point into it.
        today: the day that words for dates count from.
        selected: gives the values that a query inside `IN (…)` selects.
    """

    def __init__(self, names: Names, query: Query, today: date, selected: Selected) -> None:
        self._names = names
        self._query = query
        self._today = today
        self._selected = selected

    def compile(self, condition: Condition) -> Predicate:
        """Give the predicate of a condition."""
        match condition:
            case Both(parts):
                inner = [self.compile(part) for part in parts]
                return lambda row: all(holds(row) for holds in inner)
            case Either(parts):
                inner = [self.compile(part) for part in parts]
                return lambda row: any(holds(row) for holds in inner)
            case Negation(part):
                holds = self.compile(part)
                return lambda row: not holds(row)
            case Within():
                return self._within(condition)
            case Compare():
                return self._compare(condition)

    def _filterable(self, condition: Compare | Within) -> Bound:
        bound = self._names.bind(condition.path)
        if not bound.field.filterable:
            name = bound.field.name
            what = f"field '{name}' can not be filtered in a query call"
            raise malformed(self._query.text, condition.path.at, what, "INVALID_FIELD")
        return bound

    def _within(self, condition: Within) -> Predicate:
        bound = self._filterable(condition)
        if isinstance(condition.values, Query):
            wanted = self._selected(condition.values)
        else:
            wanted = frozenset(self._key(bound.field, v, condition.at) for v in condition.values)
        read, negated = folding(bound), condition.negated
        return lambda row: (read(row) in wanted) is not negated

    def _compare(self, condition: Compare) -> Predicate:
        bound = self._filterable(condition)
        read, sign, value = folding(bound), condition.operator, condition.value
        if sign == "LIKE":
            return self._like(bound, condition)
        if isinstance(value, DateLiteral):
            return self._days(bound, sign, value, condition.at)
        wanted = self._key(bound.field, value, condition.at)
        if sign == "=":
            return lambda row: bool(read(row) == wanted)
        if sign == "!=":
            return lambda row: bool(read(row) != wanted)
        if wanted is None or bound.field.type is FieldType.BOOLEAN:
            raise self._misfit(bound.field, sign)
        compare = _ORDERS[sign]

        def holds(row: Row) -> bool:
            found = read(row)
            return found is not None and compare(found, wanted)

        return holds

    def _like(self, bound: Bound, condition: Compare) -> Predicate:
        if bound.field.type not in TEXTUAL or not isinstance(condition.value, Text):
            raise self._misfit(bound.field, "LIKE")
        pattern, read = _like_pattern(condition.value.pattern), bound.read
        return lambda row: pattern.fullmatch(read(row) or "") is not None

    def _days(self, bound: Bound, sign: str, literal: DateLiteral, at: int) -> Predicate:
        if bound.field.type not in {FieldType.DATE, FieldType.DATETIME}:
            raise self._mistyped(bound.field, at)
        first, after = span(literal, self._today)
        read = bound.read

        def day(row: Row) -> date | None:
            value = read(row)
            return value.astimezone(UTC).date() if isinstance(value, datetime) else value

        tests: dict[str, Callable[[date], bool]] = {
            "=": lambda d: first <= d < after,
            "<": lambda d: d < first,
            "<=": lambda d: d < after,
            ">": lambda d: d >= after,
            ">=": lambda d: d >= first,
        }
        if sign == "!=":
            return lambda row: (d := day(row)) is None or not first <= d < after
        return lambda row: (d := day(row)) is not None and tests[sign](d)

    def _key(self, field: FieldDef, value: Literal, at: int) -> Any:
        if value is None:
            return None
        kind = field.type
        if kind in IDS and isinstance(value, Text):
            found = normal_id(value.value)
            if found is None:
                what = f"invalid ID field: {value.value}"
                raise malformed(self._query.text, at, what, "INVALID_QUERY_FILTER_OPERATOR")
            return found
        fits = (
            (kind in TEXTUAL and isinstance(value, Text))
            or (kind is FieldType.BOOLEAN and isinstance(value, bool))
            or (kind in NUMERIC and type(value) in {int, Decimal})
            or (kind is FieldType.DATETIME and isinstance(value, datetime))
            or (kind is FieldType.DATE and type(value) is date)
        )
        if not fits:
            raise self._mistyped(field, at)
        # An empty text is how the system stores nothing.
        return (value.value.lower() or None) if isinstance(value, Text) else value

    def _mistyped(self, field: FieldDef, at: int) -> ApiError:
        kind = _KINDS[field.type]
        quotes = "should" if kind == "string" else "should not"
        what = (
            f"value of filter criterion for field '{field.name}' must be of type {kind} and "
            f"{quotes} be enclosed in quotes"
        )
        return malformed(self._query.text, at, what, "INVALID_FIELD")

    def _misfit(self, field: FieldDef, sign: str) -> ApiError:
        return ApiError(
            400, "INVALID_QUERY_FILTER_OPERATOR",
            f"invalid operator on {field.type.value} field: {sign}",
        )  # fmt: skip


def folding(bound: Bound) -> Callable[[Row], Any]:
    """Give how a record's value is read for comparing: text in lower case, ids as they are."""
    read = bound.read
    if bound.field.type not in TEXTUAL:
        return read

    def folded(row: Row) -> Any:
        value = read(row)
        return value.lower() if isinstance(value, str) else value

    return folded


def _like_pattern(pattern: str) -> re.Pattern[str]:
    parts, signs = [], iter(pattern)
    for sign in signs:
        if sign == "\\":
            parts.append(re.escape(next(signs, "\\")))
        else:
            parts.append({"%": ".*", "_": "."}.get(sign, re.escape(sign)))
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
