"""A field or function that has found its meaning, and how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from hub_crm.sandbox.schema import FieldDef, ObjectDef
from hub_crm.sandbox.soql.dates import Calendar
from hub_crm.sandbox.soql.nodes import Call, Path
from hub_crm.sandbox.wire import ApiError

Row = dict[str, Any]
Getter = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Way:
    """A step to a parent: the reference, and the object it is read as."""

    field: FieldDef
    target: ObjectDef


@dataclass(frozen=True, slots=True)
class Bound:
    """A field or function with its meaning.

    Args:
        steps: the steps to the parents.
        source: the field that is read.
        field: what the value is: the field itself, or a function's result.
        read: gives the value for a row (or for a group of rows).
        local: gives the value for the row at the end of the steps.
        function: the function over the field, if any.
    """

    steps: tuple[Way, ...]
    source: FieldDef
    field: FieldDef
    read: Getter
    local: Getter
    function: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """Give what tells this field or function from others of the same query."""
        ways = (way.field.name for way in self.steps)
        return (self.function, *ways, self.source.name)


def getter(name: str) -> Getter:
    """Give the reader of one value of a row."""
    return lambda row: row.get(name)


def computed(bound: Bound, function: str, field: FieldDef, apply: Callable[[Any], Any]) -> Bound:
    """Give a function over a field; null stays null."""
    read, local = bound.read, bound.local

    def over(get: Getter) -> Getter:
        def result(row: Any) -> Any:
            value = get(row)
            return None if value is None else apply(value)

        return result

    return replace(bound, function=function, field=field, read=over(read), local=over(local))


class Scope(Protocol):
    """What conditions and functions need of the query they stand in."""

    calendar: Calendar

    def bind(self, operand: Path | Call) -> Bound:
        """Resolve a field or function."""
        ...

    def fail(self, at: int, what: str, code: str = ...) -> ApiError:
        """Give an error that points into the query."""
        ...
