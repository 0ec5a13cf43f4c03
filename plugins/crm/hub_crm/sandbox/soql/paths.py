"""Finds what the names of a query mean: fields, parents, children, and how to read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub_crm.sandbox.schema import NAME_OBJECT, FieldDef, ObjectDef
from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.nodes import Path, Query
from hub_crm.sandbox.wire import ApiError

if TYPE_CHECKING:
    from hub_crm.sandbox.org import Org

Row = dict[str, Any]
Getter = Callable[[Row], Any]
MOST_PARENTS = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A step to a parent: the reference, and the object it is read as."""

    field: FieldDef
    target: ObjectDef


@dataclass(frozen=True, slots=True)
class Bound:
    """A path with its meaning: the steps to the parents, the field, how to read it."""

    steps: tuple[Way, ...]
    field: FieldDef
    read: Getter


class Names:
    """Resolves names of one query against the organisation's objects."""

    def __init__(self, org: Org, query: Query, definition: ObjectDef) -> None:
        self._org = org
        self._query = query
        self.definition = definition

    def bind(self, path: Path) -> Bound:
        """Resolve a path; INVALID_FIELD if a name in it means nothing."""
        parts = list(path.parts)
        own = {self._query.alias.lower(), self.definition.name.lower()} - {""}
        if len(parts) > 1 and parts[0].lower() in own and not self.definition.way(parts[0]):
            parts.pop(0)
        definition, steps = self.definition, []
        for part in parts[:-1]:
            step = self._step(definition, part, path)
            steps.append(step)
            definition = step.target
        if len(steps) > MOST_PARENTS:
            raise self._fail(path, "SOQL relationships may not have more than 5 levels")
        field = definition.field(parts[-1])
        if field is None or field.name in self._org.hidden_fields(definition.name):
            raise self._fail(
                path,
                f"No such column '{parts[-1]}' on entity '{definition.name}'. If you are "
                "attempting to use a custom field, be sure to append the '__c' after the custom "
                "field name. Please reference your WSDL or the describe call for the appropriate "
                "names.",
            )
        return Bound(tuple(steps), field, self._reader(steps, field))

    def _step(self, definition: ObjectDef, part: str, path: Path) -> Way:
        field = definition.way(part)
        if field is None or field.name in self._org.hidden_fields(definition.name):
            raise self._fail(
                path,
                f"Didn't understand relationship '{part}' in field path. If you are attempting to "
                "use a custom relationship, be sure to append the '__r' after the custom "
                "relationship name. Please reference your WSDL or the describe call for the "
                "appropriate names.",
            )
        polymorphic = len(field.references) > 1
        return Way(field, NAME_OBJECT if polymorphic else self._org.objects[field.references[0]])

    def _fail(self, path: Path, what: str) -> ApiError:
        return malformed(self._query.text, path.at, what, "INVALID_FIELD")

    def _reader(self, steps: list[Way], field: FieldDef) -> Getter:
        name = field.name
        if not steps:
            return lambda row: row.get(name)

        def read(row: Row) -> Any:
            current: Row | None = row
            for step in steps:
                current = parent(self._org, current, step) if current else None
            return current.get(name) if current else None

        return read


def parent(org: Org, row: Row, way: Way) -> Row | None:
    """Give the record that a reference points to, as the query may read it."""
    record_id = row.get(way.field.name)
    definition = org.object_of(record_id) if record_id else None
    found = org.tables[definition.name].get(record_id or "") if definition else None
    if found is None or definition is None:
        return None
    if way.target is NAME_OBJECT:
        kind = "Queue" if found.get("Type") == "Queue" else definition.name
        return {**found, "Type": kind}
    return found


def child_source(org: Org, definition: ObjectDef, query: Query) -> tuple[ObjectDef, FieldDef]:
    """Give the object and the reference behind a child relationship's name."""
    for child in org.objects.values():
        for field in child.fields.values():
            named = field.children and field.children.lower() == query.source.lower()
            if named and definition.name in field.references:
                return child, field
    raise malformed(
        query.text,
        query.source_at,
        f"Didn't understand relationship '{query.source}' in FROM part of query call. If you are "
        "attempting to use a custom relationship, be sure to append the '__r' after the custom "
        "relationship name. Please reference your WSDL or the describe call for the appropriate "
        "names.",
        "INVALID_TYPE",
    )
