"""How the selected fields of a record are written as JSON, parents and children within."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub_crm.sandbox.schema import NAME_OBJECT, ObjectDef
from hub_crm.sandbox.soql.bound import Getter, Row, Way
from hub_crm.sandbox.soql.paths import parent

if TYPE_CHECKING:
    from hub_crm.sandbox.org import Org

Children = Callable[[Row], dict[str, Any] | None]


def plain(value: Any) -> Any:
    """Give a value as the system writes it in JSON."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, datetime):
        return (
            f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
            f"T{value.hour:02d}:{value.minute:02d}:{value.second:02d}.000+0000"
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return f"{value:%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    if isinstance(value, Decimal):
        return float(value)
    return value


@dataclass
class Parent:
    """A parent within a record: the way to it, and its shape by object (`*` for any other)."""

    way: Way
    shapes: dict[str, Shape]

    def write(self, org: Org, row: Row, base: str, render: Getter) -> dict[str, Any] | None:
        """Give the parent as JSON; null if there is none, or no fields of its kind were asked."""
        above = parent(org, row, self.way)
        if above is None:
            return None
        real = org.object_of(above["Id"])
        shape = self.shapes.get(real.name if real else "*", self.shapes.get("*"))
        return shape.write(org, above, base, render) if shape else None

    def cells(self, org: Org) -> Iterator[Getter]:
        """Give the readers of the parent's fields, from the record below; null without parent."""
        for read in self.shapes["*"].cells(org):
            yield lambda row, read=read: (  # type: ignore[misc]
                read(above) if (above := parent(org, row, self.way)) else None
            )


@dataclass
class Shape:
    """The selected fields of one object, in the order in which they were named."""

    definition: ObjectDef
    fields: dict[str, Getter] = field(default_factory=dict)
    parents: dict[str, Parent] = field(default_factory=dict)
    children: dict[str, Children] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)

    def write(self, org: Org, row: Row, base: str, render: Getter = plain) -> dict[str, Any]:
        """Give a record as JSON."""
        name = place = self.definition.name
        if self.definition is NAME_OBJECT:
            real = org.object_of(row["Id"])
            place = real.name if real else name
        result: dict[str, Any] = {
            "attributes": {"type": name, "url": f"{base}/sobjects/{place}/{row['Id']}"}
        }
        for label in self.order:
            if label in self.fields:
                result[label] = render(self.fields[label](row))
            elif label in self.parents:
                result[label] = self.parents[label].write(org, row, base, render)
            else:
                result[label] = self.children[label](row)
        return result

    def add(self, label: str, read: Getter) -> bool:
        """Add a field; tell whether it was not there yet."""
        if label in self.fields:
            return False
        self.fields[label] = read
        self.order.append(label)
        return True

    def above(self, way: Way) -> Shape:
        """Give the shape of a parent, which is added if it is not there yet."""
        name = way.field.relationship
        if name not in self.parents:
            self.parents[name] = Parent(way, {"*": Shape(way.target)})
            self.order.append(name)
        return self.parents[name].shapes["*"]

    def paths(self, prefix: str = "") -> Iterator[str]:
        """Give the paths of all fields: the heads of a table's columns."""
        for label in self.order:
            if label in self.fields:
                yield prefix + label
            elif label in self.parents:
                yield from self.parents[label].shapes["*"].paths(f"{prefix}{label}.")

    def cells(self, org: Org) -> Iterator[Getter]:
        """Give the readers of all fields, in the order of `paths`."""
        for label in self.order:
            if label in self.fields:
                yield self.fields[label]
            elif label in self.parents:
                yield from self.parents[label].cells(org)
