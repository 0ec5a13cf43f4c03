"""Turns conditions into predicates over rows, with the system's rules of comparing.

Text is compared without regard to case; null equals only null; an order against null is false.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, Final

from hub_crm.sandbox.schema import IDS, TEXTUAL, FieldType
from hub_crm.sandbox.soql.bound import Bound, Getter, Scope
from hub_crm.sandbox.soql.dates import span
from hub_crm.sandbox.soql.nodes import (
    Both,
    Call,
    Compare,
    Condition,
    DateLiteral,
    Either,
    Literal,
    Negation,
    Path,
    Query,
    Text,
    Within,
)
from hub_crm.sandbox.soql.values import Values
from hub_crm.sandbox.wire import ApiError

Predicate = Callable[[Any], bool]
Selected = Callable[[Query], frozenset[Any]]
MOST_JOINS: Final = 2

_ORDERS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_DATED: Final = frozenset({FieldType.DATE, FieldType.DATETIME})


class Conditions:
    """Compiles the conditions of one query.

    Args:
        scope: resolves the query's names.
        selected: gives the values that a query inside `IN (…)` selects.
    """

    def __init__(self, scope: Scope, selected: Selected) -> None:
        self._scope = scope
        self._values = Values(scope.fail)
        self._selected = selected
        self._joins = 0

    def compile(self, condition: Condition, *, beside: str = "AND") -> Predicate:
        """Give the predicate of a condition; `beside` is the word that joins it to others."""
        match condition:
            case Both(parts):
                word = "nested" if beside == "OR" else beside
                inner = [self.compile(part, beside=word) for part in parts]
                return lambda row: all(holds(row) for holds in inner)
            case Either(parts):
                inner = [self.compile(part, beside="OR") for part in parts]
                return lambda row: any(holds(row) for holds in inner)
            case Negation(part):
                holds = self.compile(part, beside=beside)
                return lambda row: not holds(row)
            case Within(values=Query()):
                return self._join(condition, beside)
            case Within():
                return self._within(condition)
            case Compare():
                return self._compare(condition)

    def _filterable(self, operand: Path | Call) -> Bound:
        bound = self._scope.bind(operand)
        if bound.function in {"FORMAT", "CONVERTCURRENCY"}:
            what = f"Function {bound.function} can not be used in a filter"
            raise self._scope.fail(operand.at, what, "MALFORMED_QUERY")
        if bound.field.type is FieldType.ADDRESS:
            what = "Address fields can only be filtered using Distance expressions"
            raise self._scope.fail(operand.at, what)
        if not bound.field.filterable:
            name = bound.field.name
            what = f"field '{name}' can not be filtered in a query call"
            raise self._scope.fail(operand.at, what)
        return bound

    def _join(self, condition: Within, beside: str) -> Predicate:
        assert isinstance(condition.values, Query)  # noqa: S101  # compile saw to it
        bound = self._filterable(condition.operand)
        self._joins += 1
        problem = None
        if beside == "OR":
            problem = "Semi join sub-selects are not allowed with the 'OR' operator"
        elif beside == "nested":
            problem = (
                "Semi join sub-selects are only allowed at the top level WHERE expressions and "
                "not in nested WHERE expressions."
            )
        elif self._joins > MOST_JOINS:
            problem = f"Maximum {MOST_JOINS} semi join sub-selects are allowed."
        elif bound.field.type not in IDS:
            problem = (
                "The left operand field in the where expression for outer query should be an id "
                f"field, cannot use: '{bound.field.name}'"
            )
        if problem or condition.operator not in {"IN", "NOT IN"}:
            problem = problem or f"unexpected token: '{condition.operator}'"
            raise self._scope.fail(condition.at, problem, "MALFORMED_QUERY")
        wanted, read = self._selected(condition.values), bound.read
        if condition.operator == "IN":
            return lambda row: read(row) in wanted
        return lambda row: read(row) not in wanted

    def _within(self, condition: Within) -> Predicate:
        bound, sign = self._filterable(condition.operand), condition.operator
        assert not isinstance(condition.values, Query)  # noqa: S101  # a join is read elsewhere
        if sign in {"INCLUDES", "EXCLUDES"}:
            return self._choices(bound, sign, condition.values, condition.at)
        if any(isinstance(value, DateLiteral) for value in condition.values):
            signs = [(value, condition.at) for value in condition.values]
            tests = [self._test(bound, "=", value, at) for value, at in signs]
            return lambda row: any(test(row) for test in tests) is (sign == "IN")
        wanted = frozenset(
            self._values.key(bound.field, value, condition.at) for value in condition.values
        )
        read = folding(bound)
        if sign == "IN":
            return lambda row: read(row) in wanted
        return lambda row: read(row) not in wanted

    def _choices(self, bound: Bound, sign: str, values: tuple[Literal, ...], at: int) -> Predicate:
        if bound.field.type is not FieldType.MULTIPICKLIST:
            raise self._misfit(bound)
        if not all(isinstance(value, Text) for value in values):
            raise self._values.mistyped(bound.field, at)
        wanted = [_split(value.value) for value in values if isinstance(value, Text)]
        read = bound.read

        def holds(row: Any) -> bool:
            chosen = _split(read(row) or "")
            return any(some <= chosen for some in wanted) is (sign == "INCLUDES")

        return holds

    def _compare(self, condition: Compare) -> Predicate:
        bound = self._filterable(condition.operand)
        return self._test(bound, condition.operator, condition.value, condition.at)

    def _test(self, bound: Bound, sign: str, value: Literal, at: int) -> Predicate:
        if bound.function == "DISTANCE" and sign not in {"<", ">"}:
            what = f"DISTANCE can be compared by < and > only, not {sign}"
            raise self._scope.fail(at, what, "MALFORMED_QUERY")
        if sign == "LIKE":
            return self._like(bound, value, at)
        if isinstance(value, DateLiteral):
            return self._days(bound, sign, value, at)
        wanted = self._values.key(bound.field, value, at)
        read = folding(bound)
        if sign == "=":
            return lambda row: bool(read(row) == wanted)
        if sign == "!=":
            return lambda row: bool(read(row) != wanted)
        if wanted is None and isinstance(value, Text):
            wanted = ""  # an empty text stands before every other
        if wanted is None or bound.field.type in {FieldType.BOOLEAN, FieldType.MULTIPICKLIST}:
            raise self._misfit(bound)
        compare = _ORDERS[sign]

        def holds(row: Any) -> bool:
            found = read(row)
            return found is not None and compare(found, wanted)

        return holds

    def _like(self, bound: Bound, value: Literal, at: int) -> Predicate:
        if bound.field.type not in TEXTUAL:
            raise self._misfit(bound)
        if not isinstance(value, Text):
            raise self._values.mistyped(bound.field, at)
        matches, read = like(value.pattern), bound.read
        return lambda row: matches((read(row) or "").lower())

    def _days(self, bound: Bound, sign: str, literal: DateLiteral, at: int) -> Predicate:
        if bound.field.type not in _DATED:
            raise self._values.mistyped(bound.field, at)
        first, after = self._bounds(bound.field.type, literal, at)
        read = bound.read
        tests: dict[str, Callable[[Any], bool]] = {
            "=": lambda d: first <= d < after,
            "<": lambda d: d < first,
            "<=": lambda d: d < after,
            ">": lambda d: d >= after,
            ">=": lambda d: d >= first,
        }
        if sign == "!=":
            return lambda row: (d := read(row)) is None or not first <= d < after
        test = tests[sign]
        return lambda row: (d := read(row)) is not None and test(d)

    def _bounds(
        self, kind: FieldType, literal: DateLiteral, at: int
    ) -> tuple[date, date] | tuple[datetime, datetime]:
        calendar = self._scope.calendar
        try:
            first, after = span(literal, calendar)
            if kind is FieldType.DATE:
                return first, after
            return calendar.instant(first), calendar.instant(after)
        except (ValueError, OverflowError):
            what = f"Invalid date: {literal.name}:{literal.number}"
            raise self._scope.fail(at, what, "MALFORMED_QUERY") from None

    def _misfit(self, bound: Bound) -> ApiError:
        what = f"invalid operator on {bound.field.type.value} field"
        return ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", what)


def folding(bound: Bound) -> Getter:
    """Give how a row's value is read for comparing: text in lower case, ids as they are."""
    read, kind = bound.read, bound.field.type
    if kind is FieldType.MULTIPICKLIST:
        return lambda row: _split(value) if (value := read(row)) else None
    if kind not in TEXTUAL:
        return read

    def folded(row: Any) -> Any:
        value = read(row)
        return value.lower() if isinstance(value, str) else value

    return folded


def _split(text: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in text.split(";") if part.strip())


def like(pattern: str) -> Callable[[str], bool]:
    """Give a test of a lower-case text against a pattern of `%` and `_`, escaped by a backslash."""
    pieces: list[list[str]] = [[]]
    signs = iter(pattern.lower())
    for sign in signs:
        if sign == "%":
            pieces.append([])
        elif sign == "_":
            pieces[-1].append(".")
        else:
            pieces[-1].append(re.escape(next(signs, "\\") if sign == "\\" else sign))
    first, *middle = (re.compile("".join(piece), re.DOTALL) for piece in pieces)
    if not middle:
        return lambda text: first.fullmatch(text) is not None
    last, length = middle.pop(), len(pieces[-1])

    def holds(text: str) -> bool:
        # Each piece takes the first place where it fits: enough, and never a look back.
        found = first.match(text)
        for piece in middle:
            found = piece.search(text, found.end()) if found else None
        start = len(text) - length
        return found is not None and start >= found.end() and bool(last.fullmatch(text, start))

    return holds
