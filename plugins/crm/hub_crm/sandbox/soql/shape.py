"""How the selected fields of a record are written as JSON, parents and children within."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub_crm.sandbox.schema import NAME_OBJECT, ObjectDef
from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.nodes import Path, Query
from hub_crm.sandbox.soql.paths import Names, Row, Way, parent

if TYPE_CHECKING:
    from hub_crm.sandbox.org import Org

Children = Callable[[Row], dict[str, Any] | None]


def plain(value: Any) -> Any:
    """Give a value as the system writes it in JSON."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return value


@dataclass
class Shape:
    """The selected fields of one object, in the order in which they were named."""

    definition: ObjectDef
    entries: dict[str, str | tuple[Way, Shape] | Children] = field(default_factory=dict)

    def write(self, org: Org, row: Row, base: str) -> dict[str, Any]:
        """Give a record as JSON."""
        real = org.object_of(row["Id"]) if self.definition is NAME_OBJECT else self.definition
        place = (real or self.definition).name
        result: dict[str, Any] = {
            "attributes": {
                "type": self.definition.name,
                "url": f"{base}/sobjects/{place}/{row['Id']}",
            }
        }
        for label, entry in self.entries.items():
            if isinstance(entry, str):
                result[label] = plain(row.get(entry))
            elif isinstance(entry, tuple):
                above = parent(org, row, entry[0])
                result[label] = entry[1].write(org, above, base) if above else None
            else:
                result[label] = entry(row)
        return result


def shape_of(
    names: Names, query: Query, paths: list[Path | Query], children: Callable[[Query], Children]
) -> Shape:
    """Give the shape that a query's fields ask for; a field named twice is refused."""
    shape = Shape(names.definition)
    for path in paths:
        if isinstance(path, Query):
            shape.entries[path.source] = children(path)
            continue
        bound = names.bind(path)
        current = shape
        for way in bound.steps:
            entry = current.entries.setdefault(way.field.relationship, (way, Shape(way.target)))
            assert isinstance(entry, tuple)  # noqa: S101  # a relationship's name is no field's
            current = entry[1]
        if bound.field.name in current.entries:
            what = f"duplicate field selected: {bound.field.name}"
            raise malformed(query.text, path.at, what, "INVALID_FIELD")
        current.entries[bound.field.name] = bound.field.name
    return shape
