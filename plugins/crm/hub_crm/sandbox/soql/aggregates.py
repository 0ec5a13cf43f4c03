"""Groups rows and counts, sums and compares them: the rows called AggregateResult."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import combinations
from typing import Any, Final

from hub_crm.sandbox.schema import NUMERIC, FieldDef, FieldType
from hub_crm.sandbox.soql.bound import Bound, Row
from hub_crm.sandbox.soql.conditions import folding
from hub_crm.sandbox.soql.functions import scalar
from hub_crm.sandbox.soql.nodes import Call, Path, Query, Selected
from hub_crm.sandbox.soql.paths import Names
from hub_crm.sandbox.soql.reader import AGGREGATES
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import ApiError

MOST_ROWS: Final = 2000
_ARITHMETIC: Final = frozenset({"SUM", "AVG"})
_FUNCTIONS: Final[dict[str, Callable[[Sequence[Any]], Any]]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len({_folded(value) for value in values}),
    "MIN": lambda values: min(values, default=None, key=_folded),
    "MAX": lambda values: max(values, default=None, key=_folded),
    "SUM": lambda values: sum(values, Decimal(0)) if values else None,
    "AVG": lambda values: sum(values, Decimal(0)) / len(values) if values else None,
}


@dataclass(frozen=True, slots=True)
class Group:
    """Rows that agree on the keys which are grouped by; `keys` are the numbers of those keys."""

    rows: list[Row]
    keys: frozenset[int]


class Groups:
    """Resolves names over groups: keys that are grouped by, and aggregate functions."""

    def __init__(self, names: Names, query: Query) -> None:
        self.calendar = names.calendar
        self.fail = names.fail
        self._names = names
        self._query = query
        self._keys = [self._key(operand) for operand in query.group]
        self._aliases: dict[str, Path | Call] = {
            item.alias.lower(): item.what
            for item in query.items
            if isinstance(item, Selected) and item.alias
        }

    def _key(self, operand: Path | Call) -> Bound:
        bound = self._names.bind(operand)
        if not bound.field.groupable or bound.function in {"TOLABEL", "FORMAT", "DISTANCE"}:
            what = f"field '{bound.field.name}' can not be grouped in a query call"
            raise self.fail(operand.at, what, "MALFORMED_QUERY")
        return bound

    def bind(self, operand: Path | Call) -> Bound:
        """Resolve a key or an aggregate function over the rows of a group."""
        if isinstance(operand, Call) and operand.function in AGGREGATES:
            return self._aggregate(operand)
        if isinstance(operand, Call) and operand.function == "GROUPING":
            return self._grouping(operand)
        if isinstance(operand, Call) and operand.function in {"FORMAT", "CONVERTCURRENCY"}:
            return scalar(self, operand)
        bound = self._names.bind(operand)
        number = self._number(bound, operand)
        read = bound.read

        def key(group: Group) -> Any:
            return read(group.rows[0]) if number in group.keys else None

        return replace(bound, read=key, local=key)

    def _number(self, bound: Bound, operand: Path | Call) -> int:
        for number, key in enumerate(self._keys):
            if key.key == bound.key:
                return number
        what = f"Field must be grouped or aggregated: {bound.source.name}"
        raise self.fail(operand.at, what, "MALFORMED_QUERY")

    def order_key(self, operand: Path | Call) -> Bound:
        """Resolve a key of the order, which may be an alias too."""
        if isinstance(operand, Path) and len(operand.parts) == 1:
            return self.bind(self._aliases.get(operand.parts[0].lower(), operand))
        return self.bind(operand)

    def _grouping(self, call: Call) -> Bound:
        if len(call.arguments) != 1 or not isinstance(call.arguments[0], Path | Call):
            raise self.fail(call.at, "GROUPING takes one field", "MALFORMED_QUERY")
        bound = self._names.bind(call.arguments[0])
        number = self._number(bound, call.arguments[0])
        field = FieldDef(name=bound.field.name, type=FieldType.INT)

        def read(group: Group) -> int:
            return int(number not in group.keys)

        return replace(bound, function="GROUPING", field=field, read=read, local=read)

    def _aggregate(self, call: Call) -> Bound:
        function = _FUNCTIONS[call.function]
        if not call.arguments:
            read: Callable[[Group], Any] = lambda group: len(group.rows)  # noqa: E731
            field = FieldDef(name="Id", type=FieldType.INT)
            return Bound((), field, field, read, read, "COUNT")
        if len(call.arguments) != 1 or not isinstance(call.arguments[0], Path | Call):
            raise self.fail(call.at, f"{call.function} takes one field", "MALFORMED_QUERY")
        bound = self._names.bind(call.arguments[0])
        if not _aggregates(call.function, bound):
            what = f"field {bound.field.name} does not support aggregate operator {call.function}"
            raise self.fail(call.at, what, "MALFORMED_QUERY")
        inner = bound.read

        def over(group: Group) -> Any:
            return function([v for v in map(inner, group.rows) if v is not None])

        kind = FieldType.INT if call.function.startswith("COUNT") else bound.field.type
        if call.function == "AVG":
            kind = FieldType.DOUBLE
        field = FieldDef(name=bound.field.name, type=kind)
        function_key = f"{call.function}/{bound.function}"
        return replace(bound, function=function_key, field=field, read=over, local=over)

    def split(self, rows: Iterable[Row]) -> Iterator[Group]:
        """Give the groups of the rows, for ROLLUP and CUBE those of the totals too."""
        rows = list(rows)
        readers = [folding(key) for key in self._keys]
        for keys in self._sets():
            groups: dict[tuple[Any, ...], list[Row]] = {}
            if not keys and not self._query.group:
                groups[()] = []
            for row in rows:
                groups.setdefault(tuple(readers[k](row) for k in keys), []).append(row)
            for members in groups.values():
                yield Group(members, frozenset(keys))

    def _sets(self) -> list[tuple[int, ...]]:
        every = tuple(range(len(self._keys)))
        if self._query.grouping == "ROLLUP":
            return [every[:end] for end in range(len(every), -1, -1)]
        if self._query.grouping == "CUBE":
            sizes = range(len(every), -1, -1)
            return [chosen for size in sizes for chosen in combinations(every, size)]
        return [every]


def _aggregates(function: str, bound: Bound) -> bool:
    kind = bound.field.type
    if bound.function in {"FORMAT", "DISTANCE"} or not bound.field.sortable:
        return False
    if function in _ARITHMETIC:
        return kind in NUMERIC and not bound.function
    return kind is not FieldType.BOOLEAN


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def columns(groups: Groups, query: Query) -> dict[str, Bound]:
    """Give what an aggregate query selects, by label: alias, field, or `expr0` and on."""
    result: dict[str, Bound] = {}
    unnamed = 0
    for item in query.items:
        if not isinstance(item, Selected):
            at = query.source_at if isinstance(item, Query) else item.at
            what = "Grouped query can not select nested queries, FIELDS or TYPEOF"
            raise groups.fail(at, what, "MALFORMED_QUERY")
        bound = groups.bind(item.what)
        label = item.alias or bound.field.name
        if not item.alias and isinstance(item.what, Call):
            label = f"expr{unnamed}"
            unnamed += 1
        if label.lower() in {known.lower() for known in result}:
            raise groups.fail(item.what.at, f"duplicate alias: {label}", "MALFORMED_QUERY")
        result[label] = bound
    return result


def written(found: dict[str, Bound], group: Group) -> dict[str, Any]:
    """Give one row of an aggregate query as JSON."""
    row: dict[str, Any] = {"attributes": {"type": "AggregateResult"}}
    return row | {label: plain(bound.read(group)) for label, bound in found.items()}


def check_size(count: int) -> None:
    """Refuse an aggregate result of more rows than one page: it can not be paged."""
    if count > MOST_ROWS:
        raise ApiError(
            400,
            "EXCEEDED_ID_LIMIT",
            "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a "
            "single batch",
        )
