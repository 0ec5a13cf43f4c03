"""Groups records and counts, sums and compares them: the rows called AggregateResult."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.nodes import Aggregate, Path, Query
from hub_crm.sandbox.soql.paths import Names, Row
from hub_crm.sandbox.soql.shape import plain

_FUNCTIONS: Final[dict[str, Callable[[Sequence[Any]], Any]]] = {
    "COUNT": len,
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "SUM": lambda values: sum(values, Decimal(0)) if values else None,
    "AVG": lambda values: sum(values, Decimal(0)) / len(values) if values else None,
}


def aggregate(names: Names, query: Query, rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Give the rows of an aggregate query."""
    keys = [names.bind(path) for path in query.group]
    groups: dict[tuple[Any, ...], list[Row]] = {}
    if not keys:
        groups[()] = []
    for row in rows:
        groups.setdefault(tuple(key.read(row) for key in keys), []).append(row)
    columns = _columns(names, query)
    return [
        {"attributes": {"type": "AggregateResult"}}
        | {label: plain(column(members)) for label, column in columns.items()}
        for members in groups.values()
    ]


def _columns(names: Names, query: Query) -> dict[str, Callable[[list[Row]], Any]]:
    columns: dict[str, Callable[[list[Row]], Any]] = {}
    grouped = {names.bind(path).field.name for path in query.group}
    unnamed = 0
    for field in query.fields:
        if isinstance(field, Aggregate):
            label = field.alias or f"expr{unnamed}"
            unnamed += not field.alias
            columns[label] = _column(names, field)
        elif isinstance(field, Path):
            bound = names.bind(field)
            if bound.field.name not in grouped:
                what = f"Field must be grouped or aggregated: {bound.field.name}"
                raise malformed(query.text, field.at, what)
            read = bound.read
            columns[bound.field.name] = lambda rows, read=read: read(rows[0])  # type: ignore[misc]
    return columns


def _column(names: Names, field: Aggregate) -> Callable[[list[Row]], Any]:
    function = _FUNCTIONS[field.function]
    if field.path is None:
        return len
    read = names.bind(field.path).read
    return lambda rows: function([v for v in map(read, rows) if v is not None])
