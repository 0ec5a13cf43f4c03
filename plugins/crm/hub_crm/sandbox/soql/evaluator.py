"""Runs a parsed query over the organisation's records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.soql.aggregates import aggregate
from hub_crm.sandbox.soql.conditions import Conditions, folding
from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.nodes import (
    Aggregate,
    Both,
    Compare,
    Condition,
    Order,
    Path,
    Query,
    Text,
    Within,
)
from hub_crm.sandbox.soql.paths import Names, Row, child_source
from hub_crm.sandbox.soql.shape import Children, Shape, shape_of
from hub_crm.sandbox.wire import ApiError

if TYPE_CHECKING:
    from hub_crm.sandbox.org import Org

MOST_OFFSET: Final = 2000


@dataclass(frozen=True, slots=True)
class Result:
    """What a query found: `rows` with the shape to write them in, or ready aggregate rows."""

    total: int
    rows: list[Row]
    shape: Shape | None = None
    ready: list[dict[str, Any]] | None = None


class Runner:
    """Runs queries; with `deleted` the recycle bin is read too (`queryAll`)."""

    def __init__(self, org: Org, base: str, *, deleted: bool = False) -> None:
        self._org = org
        self._base = base
        self._deleted = deleted

    def run(self, query: Query) -> Result:
        """Run one query."""
        definition = self._object(query)
        names = Names(self._org, query, definition)
        if query.offset > MOST_OFFSET:
            message = f"Maximum SOQL offset allowed is {MOST_OFFSET}"
            raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", message)
        rows = self._matching(query, names)
        if query.group or any(isinstance(field, Aggregate) for field in query.fields):
            return self._aggregate(query, names, rows)
        paths = [field for field in query.fields if not isinstance(field, Aggregate)]
        shape = shape_of(names, query, paths, lambda child: self._children(definition, child))
        found = self._cut(query, self._ordered(query, names, rows))
        return Result(len(found), found, shape)

    def write(self, shape: Shape, row: Row) -> dict[str, Any]:
        """Give a found record as JSON."""
        return shape.write(self._org, row, self._base)

    def _object(self, query: Query) -> ObjectDef:
        for name, definition in self._org.objects.items():
            if name.lower() == query.source.lower():
                return definition
        raise malformed(
            query.text,
            query.source_at,
            f"sObject type '{query.source}' is not supported. If you are attempting to use a "
            "custom object, be sure to append the '__c' after the entity name. Please reference "
            "your WSDL or the describe call for the appropriate names.",
            "INVALID_TYPE",
        )

    def _matching(self, query: Query, names: Names) -> list[Row]:
        if query.where is None:
            return list(self._org.rows(names.definition.name, deleted=self._deleted))
        conditions = Conditions(names, query, self._org.now().date(), self._selected)
        holds = conditions.compile(query.where)
        return [row for row in self._candidates(query.where, names) if holds(row)]

    def _candidates(self, where: Condition, names: Names) -> Iterable[Row]:
        definition = names.definition
        parts = where.parts if isinstance(where, Both) else (where,)
        table = self._org.tables[definition.name]
        for part in parts:
            for_ids = _named_ids(part)
            if for_ids is not None:
                rows = [table[i] for i in for_ids if i in table]
                return [row for row in rows if self._deleted or not row.get("IsDeleted")]
        return self._org.rows(definition.name, deleted=self._deleted)

    def _selected(self, query: Query) -> frozenset[Any]:
        names = Names(self._org, query, self._object(query))
        if len(query.fields) != 1 or not isinstance(query.fields[0], Path):
            raise malformed(query.text, query.source_at, "Only one field may be selected here")
        read = folding(names.bind(query.fields[0]))
        return frozenset(read(row) for row in self._matching(query, names)) - {None}

    def _ordered(self, query: Query, names: Names, rows: list[Row]) -> list[Row]:
        for order in reversed(query.order):
            rows = self._sorted(query, names, order, rows)
        return rows

    def _sorted(self, query: Query, names: Names, order: Order, rows: list[Row]) -> list[Row]:
        bound = names.bind(order.path)
        if not bound.field.filterable:
            what = f"field '{bound.field.name}' can not be sorted in a query call"
            raise malformed(query.text, order.path.at, what, "INVALID_FIELD")
        read = folding(bound)
        absent = [row for row in rows if read(row) is None]
        present = [row for row in rows if read(row) is not None]
        present.sort(key=read, reverse=order.descending)
        return present + absent if order.nulls_last else absent + present

    def _aggregate(self, query: Query, names: Names, rows: list[Row]) -> Result:
        only = query.fields[0]
        if len(query.fields) == 1 and isinstance(only, Aggregate) and only.path is None:
            return Result(len(self._cut(query, rows)), [], ready=[])
        ready = aggregate(names, query, rows)
        ready = ready[: query.limit] if query.limit is not None else ready
        return Result(len(ready), [], ready=ready)

    def _cut(self, query: Query, rows: list[Row]) -> list[Row]:
        end = None if query.limit is None else query.offset + query.limit
        return rows[query.offset : end]

    def _children(self, definition: ObjectDef, query: Query) -> Children:
        child, field = child_source(self._org, definition, query)
        inner = replace(query, source=child.name)
        names = Names(self._org, inner, child)
        if any(not isinstance(f, Path) for f in query.fields):
            raise malformed(query.text, query.source_at, "A nested query may select fields only")
        paths: list[Path | Query] = [f for f in query.fields if isinstance(f, Path)]
        shape = shape_of(names, inner, paths, lambda below: self._children(child, below))

        def read(row: Row) -> dict[str, Any] | None:
            rows = [r for r in self._matching(inner, names) if r[field.name] == row["Id"]]
            rows = self._cut(inner, self._ordered(inner, names, rows))
            if not rows:
                return None
            records = [shape.write(self._org, r, self._base) for r in rows]
            return {"totalSize": len(records), "done": True, "records": records}

        return read


def _named_ids(condition: Condition) -> list[str] | None:
    """Give the ids to which a condition limits the records, if it does so plainly."""
    values: tuple[Any, ...]
    if isinstance(condition, Compare) and condition.operator == "=":
        values = (condition.value,)
    elif isinstance(condition, Within) and isinstance(condition.values, tuple):
        if condition.negated:
            return None
        values = condition.values
    else:
        return None
    if len(condition.path.parts) != 1 or condition.path.parts[0].lower() != "id":
        return None
    texts = [value.value for value in values if isinstance(value, Text)]
    return list(dict.fromkeys(i for i in map(normal_id, texts) if i))
