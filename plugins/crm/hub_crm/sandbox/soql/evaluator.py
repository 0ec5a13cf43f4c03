"""Runs a parsed query over the organisation's records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from hub_crm.sandbox.activities import ACTIVITIES
from hub_crm.sandbox.schema import IDS, FieldType, ObjectDef
from hub_crm.sandbox.soql.aggregates import Groups, check_size, columns, written
from hub_crm.sandbox.soql.bound import Bound, Getter, Row
from hub_crm.sandbox.soql.conditions import Conditions, Predicate, folding
from hub_crm.sandbox.soql.dates import Calendar
from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.nodes import Call, Path, Query, Selected
from hub_crm.sandbox.soql.paths import Names, child_source
from hub_crm.sandbox.soql.plan import Plan, plan
from hub_crm.sandbox.soql.reader import AGGREGATES
from hub_crm.sandbox.soql.selection import shape_of
from hub_crm.sandbox.soql.shape import Children, Shape, plain
from hub_crm.sandbox.views import refresh
from hub_crm.sandbox.wire import ApiError

if TYPE_CHECKING:
    from hub_crm.sandbox.org import Org

MOST_OFFSET: Final = 2000
MOST_LEVELS: Final = 5
_SEEN: Final = {
    "VIEW": ("LastViewedDate", "LastReferencedDate"),
    "REFERENCE": ("LastReferencedDate",),
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a query found: `rows` with the shape to write them in, or ready aggregate rows."""

    total: int
    rows: list[Row]
    shape: Shape | None = None
    ready: list[dict[str, Any]] | None = None


Pager = Callable[[Result], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a query watches: which records of an object, and what it tells of them.

    `names` are the object's own fields that it selects, `filtered` those in its conditions.
    """

    definition: ObjectDef
    shape: Shape
    holds: Predicate | None
    names: frozenset[str]
    filtered: frozenset[str]


class Runner:
    """Runs queries of one user; with `deleted` the recycle bin is read too (`queryAll`).

    `pager` gives the first page of children as JSON, where they are too many for one; `hides` says
    which records are not found, though they are there.
    """

    def __init__(
        self,
        org: Org,
        base: str,
        *,
        deleted: bool = False,
        user_id: str = "",
        calendar: Calendar | None = None,
        pager: Pager | None = None,
        hides: Predicate | None = None,
    ) -> None:
        self._org = org
        self._base = base
        self._deleted = deleted
        self._user_id = user_id
        self._calendar = calendar or Calendar(org.now().date())
        self._pager = pager or self._whole
        self._hides = hides
        self._chosen: dict[int, frozenset[Any]] = {}

    def run(self, query: Query) -> Result:
        """Run one query."""
        names = self._names(query, self.object(query))
        _check_range(query)
        rows = self._matching(query, names)
        if query.group or any(_counts(item) for item in query.items):
            return self._aggregate(query, names, rows)
        shape = shape_of(names, query, lambda child: self._children(names.definition, child, 1))
        found = self._cut(query, self._ordered(query, names, rows))
        self._note(query, names.definition, found)
        return Result(len(found), found, shape)

    def write(self, shape: Shape, row: Row, render: Getter = plain) -> dict[str, Any]:
        """Give a found record as JSON, each value as `render` has it."""
        return shape.write(self._org, row, self._base, render)

    def cells(self, shape: Shape) -> Callable[[Row], list[Any]]:
        """Give what reads the values of a found record in the order of `shape.paths()`."""
        readers = list(shape.cells(self._org))
        return lambda row: [read(row) for read in readers]

    def watch(self, query: Query) -> Watched:
        """Give what a query would find, for records to be held against it one by one."""
        names = self._names(query, self.object(query))
        shape = shape_of(names, query, lambda child: self._children(names.definition, child, 1))
        own = frozenset(names.definition.fields)
        text = query.text.lower()
        _, _, where = text.partition(" where ")
        mentioned = frozenset(n for n in own if re.search(rf"\b{n.lower()}\b", where))
        return Watched(
            names.definition, shape, self._compiled(query, names), own & shape.fields.keys(),
            mentioned,
        )  # fmt: skip

    def plan(self, query: Query) -> tuple[Plan, ObjectDef]:
        """Give how a query's records would be found."""
        names = self._names(query, self.object(query))
        self._compiled(query, names)
        return plan(names, query.where, self._selected), names.definition

    def object(self, query: Query) -> ObjectDef:
        """Give the object that a query reads; INVALID_TYPE if there is none."""
        try:
            definition = self._org.object(query.source)
        except ApiError:
            raise self._unknown(query) from None
        if not self._org.rights.may("read", definition.name):
            raise self._unknown(query)
        if definition.name in ACTIVITIES:
            message = f"entity type {definition.name} does not support query"
            raise ApiError(400, "INVALID_TYPE_FOR_OPERATION", message)
        refresh(self._org, definition.name)
        return definition

    def _unknown(self, query: Query) -> ApiError:
        return malformed(
            query.text,
            query.source_at,
            f"sObject type '{query.source}' is not supported. If you are attempting to use a "
            "custom object, be sure to append the '__c' after the entity name. Please reference "
            "your WSDL or the describe call for the appropriate names.",
            "INVALID_TYPE",
        )

    def _names(self, query: Query, definition: ObjectDef) -> Names:
        return Names(self._org, query, definition, self._calendar)

    def _compiled(self, query: Query, names: Names) -> Predicate | None:
        scope = self._scope(query, names)
        if query.where is None:
            return scope
        holds = Conditions(names, self._selected).compile(query.where)
        if scope is None:
            return holds
        return lambda row: scope(row) and holds(row)

    def _scope(self, query: Query, names: Names) -> Predicate | None:
        if query.scope in {"", "everything"}:
            return None
        if query.scope != "mine" or "OwnerId" not in names.definition.fields:
            what = f"Scope '{query.scope}' is not supported for entity {names.definition.name}"
            raise names.fail(query.source_at, what, "MALFORMED_QUERY")
        return lambda row: bool(row.get("OwnerId") == self._user_id)

    def _matching(self, query: Query, names: Names) -> list[Row]:
        holds = self._compiled(query, names)
        rows = plan(names, query.where, self._selected).rows(self._org, deleted=self._deleted)
        found = [row for row in rows if holds(row)] if holds else list(rows)
        hides = self._hides
        return [row for row in found if not hides(row)] if hides else found

    def _selected(self, query: Query) -> frozenset[Any]:
        if id(query) not in self._chosen:
            self._chosen[id(query)] = self._choose(query)
        return self._chosen[id(query)]

    def _choose(self, query: Query) -> frozenset[Any]:
        names = self._names(query, self.object(query))
        item = query.items[0]
        problem = None
        if len(query.items) != 1 or not isinstance(item, Selected):
            problem = "Only one field may be selected in a semi join sub-select"
        elif query.order or query.group or query.limit is not None or query.offset:
            problem = "A semi join sub-select may not be ordered, grouped or limited"
        if problem or not isinstance(item, Selected):
            raise names.fail(query.source_at, problem or "", "MALFORMED_QUERY")
        bound = names.bind(item.what)
        if bound.field.type not in IDS or bound.function:
            what = (
                "The inner select field of a semi join should be an id field, cannot use: "
                f"'{bound.field.name}'"
            )
            raise names.fail(item.what.at, what, "MALFORMED_QUERY")
        return frozenset(bound.read(row) for row in self._matching(query, names)) - {None}

    def _ordered(self, query: Query, names: Names, rows: list[Row]) -> list[Row]:
        for order in reversed(query.order):
            bound = names.bind(order.operand)
            _check_sortable(names, bound, order.operand)
            rows = _sorted(rows, _sort_key(bound), order.descending, order.nulls_last)
        return rows

    def _aggregate(self, query: Query, names: Names, rows: list[Row]) -> Result:
        if _bare_count(query):
            return Result(len(self._cut(query, rows)), [], ready=[])
        if not query.group and (query.limit is not None or query.offset):
            what = (
                "Non-grouped query that uses overall aggregate functions cannot also use "
                f"{'LIMIT' if query.limit is not None else 'OFFSET'}"
            )
            raise names.fail(query.source_at, what, "MALFORMED_QUERY")
        groups = Groups(names, query)
        found = list(groups.split(rows))
        selected = columns(groups, query)
        if query.having is not None:
            holds = Conditions(groups, self._selected).compile(query.having)
            found = [group for group in found if holds(group)]
        for order in reversed(query.order):
            bound = groups.order_key(order.operand)
            _check_sortable(names, bound, order.operand)
            found = _sorted(found, _sort_key(bound), order.descending, order.nulls_last)
        found = self._cut(query, found)
        check_size(len(found))
        ready = [written(selected, group) for group in found]
        return Result(len(ready), [], ready=ready)

    def _cut(self, query: Query, rows: list[Any]) -> list[Any]:
        end = None if query.limit is None else query.offset + query.limit
        return rows[query.offset : end]

    def _note(self, query: Query, definition: ObjectDef, rows: Iterable[Row]) -> None:
        """Note on the records that they were looked at: FOR VIEW and FOR REFERENCE ask for it."""
        names = [name for purpose in query.purposes for name in _SEEN.get(purpose, ())]
        known = [name for name in names if name in definition.fields]
        table = self._org.tables[definition.name]
        for row in rows if known else ():
            table[row["Id"]] = {**row, **dict.fromkeys(known, self._org.now())}

    def _children(self, definition: ObjectDef, query: Query, level: int) -> tuple[str, Children]:
        child, field = child_source(self._org, definition, query)
        refresh(self._org, child.name)
        inner = replace(query, source=child.name)
        names = self._names(inner, child)
        _check_range(inner)
        if level > MOST_LEVELS - 1 or query.group or any(_counts(item) for item in query.items):
            what = "A nested query may select fields only, at most 5 levels deep"
            raise names.fail(query.source_at, what, "MALFORMED_QUERY")
        shape = shape_of(names, inner, lambda below: self._children(child, below, level + 1))
        holds = self._compiled(inner, names)
        self._ordered(inner, names, [])
        org, reference = self._org, field.name

        def read(row: Row) -> dict[str, Any] | None:
            rows = list(org.having(child.name, reference, row["Id"], deleted=self._deleted))
            rows = [below for below in rows if holds(below)] if holds else rows
            rows = self._cut(inner, self._ordered(inner, names, rows))
            return self._pager(Result(len(rows), rows, shape)) if rows else None

        return field.children, read

    def _whole(self, result: Result) -> dict[str, Any]:
        assert result.shape is not None  # noqa: S101  # children are records
        records = [self.write(result.shape, row) for row in result.rows]
        return {"totalSize": len(records), "done": True, "records": records}


def _counts(item: object) -> bool:
    return isinstance(item, Selected) and _aggregates(item.what)


def _aggregates(operand: object) -> bool:
    if not isinstance(operand, Call):
        return False
    return operand.function in AGGREGATES | {"GROUPING"} or any(map(_aggregates, operand.arguments))


def _bare_count(query: Query) -> bool:
    item = query.items[0]
    bare = isinstance(item, Selected) and isinstance(item.what, Call) and not item.alias
    return bare and not item.what.arguments and len(query.items) == 1 and not query.group  # type: ignore[union-attr]


def _check_range(query: Query) -> None:
    if query.offset > MOST_OFFSET:
        message = f"Maximum SOQL offset allowed is {MOST_OFFSET}"
        raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", message)


def _check_sortable(names: Names, bound: Bound, operand: Path | Call) -> None:
    if not bound.field.sortable or bound.function in {"FORMAT", "TOLABEL"}:
        what = f"field '{bound.field.name}' can not be sorted in a query call"
        raise names.fail(operand.at, what, "MALFORMED_QUERY")


def _sort_key(bound: Bound) -> Getter:
    """Give what rows are sorted by: picklists in their own order, text without regard to case."""
    if bound.field.type is not FieldType.PICKLIST or not bound.field.values:
        return folding(bound)
    ranks = {value: (rank, "") for rank, value in enumerate(bound.field.values)}
    beyond, read = len(ranks), bound.read

    def key(row: Any) -> Any:
        value = read(row)
        return None if value is None else ranks.get(value, (beyond, str(value).lower()))

    return key


def _sorted(rows: list[Any], read: Getter, descending: bool, nulls_last: bool) -> list[Any]:
    keyed = [(read(row), row) for row in rows]
    absent = [row for key, row in keyed if key is None]
    present = [pair for pair in keyed if pair[0] is not None]
    present.sort(key=lambda pair: pair[0], reverse=descending)
    found = [row for _, row in present]
    return found + absent if nulls_last else absent + found
