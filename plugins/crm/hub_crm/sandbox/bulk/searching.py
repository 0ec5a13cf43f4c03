"""Finds records for a bulk query, which allows less than SOQL does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hub_crm.sandbox.soql import Runner, parse
from hub_crm.sandbox.soql.bound import Getter, Row
from hub_crm.sandbox.soql.nodes import Call as Function
from hub_crm.sandbox.soql.nodes import Query, Selected, TypeOf
from hub_crm.sandbox.soql.reader import AGGREGATES
from hub_crm.sandbox.soql.shape import Shape
from hub_crm.sandbox.wire import ApiError


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found: the object, the columns, and the rows that are read as they are asked."""

    name: str
    columns: list[str]
    rows: list[Row]
    runner: Runner
    shape: Shape

    def cells(self, start: int, end: int) -> list[list[Any]]:
        """Give the values of some rows, in the order of the columns."""
        read = self.runner.cells(self.shape)
        return [read(row) for row in self.rows[start:end]]

    def records(self, render: Getter) -> list[dict[str, Any]]:
        """Give all rows as JSON, each value as `render` has it."""
        return [self.runner.write(self.shape, row, render) for row in self.rows]


def find(runner: Runner, text: str, *, nested: bool = False) -> Found:
    """Run a query; `nested` allows queries within it, which a table has no place for."""
    query = parse(text)
    _check(query, nested)
    result = runner.run(query)
    assert result.shape is not None  # noqa: S101  # aggregates were refused
    name = result.shape.definition.name
    return Found(name, list(result.shape.paths()), result.rows, runner, result.shape)


def found_before(runner: Runner, text: str, rows: Callable[[str], list[Row]]) -> Found:
    """Give again what a query found: `rows` gives the records, by the name of their object."""
    shape = runner.watch(parse(text)).shape
    name = shape.definition.name
    return Found(name, list(shape.paths()), rows(name), runner, shape)


def _check(query: Query, nested: bool) -> None:
    problem = ""
    if query.group or any(_counts(item) for item in query.items):
        problem = "Aggregate Relationships not supported in Bulk Query"
    elif query.offset:
        problem = "OFFSET not supported in Bulk Query"
    elif any(isinstance(item, TypeOf) for item in query.items):
        problem = "TYPEOF not supported in Bulk Query"
    elif not nested and any(isinstance(item, Query) for item in query.items):
        problem = "Nested queries are not supported in Bulk Query"
    if problem:
        raise ApiError(400, "FEATURENOTENABLED", f"FeatureNotEnabled : {problem}")


def _counts(item: object) -> bool:
    return (
        isinstance(item, Selected)
        and isinstance(item.what, Function)
        and item.what.function in AGGREGATES
    )
