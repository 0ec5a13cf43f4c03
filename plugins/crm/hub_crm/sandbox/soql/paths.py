"""Finds what the names of a query mean: fields, parents, children, and how to read them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub_crm.sandbox.schema import NAME_OBJECT, FieldDef, ObjectDef
from hub_crm.sandbox.soql.bound import Bound, Getter, Row, Way, getter
from hub_crm.sandbox.soql.dates import Calendar
from hub_crm.sandbox.soql.functions import scalar
from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.nodes import Call, Path, Query
from hub_crm.sandbox.wire import ApiError

if TYPE_CHECKING:
    from hub_crm.sandbox.org import Org

MOST_PARENTS = 5


class Names:
    """Resolves names of one query against the organisation's objects."""

    def __init__(self, org: Org, query: Query, definition: ObjectDef, calendar: Calendar) -> None:
        self.org = org
        self.query = query
        self.definition = definition
        self.calendar = calendar
        self._aliases = {definition.name.lower(): ()} | {
            alias.lower(): way for alias, way in query.aliases
        }

    def bind(self, operand: Path | Call) -> Bound:
        """Resolve a field or function; INVALID_FIELD if a name in it means nothing."""
        if isinstance(operand, Path):
            return self._path(operand)
        return scalar(self, operand)

    def _path(self, path: Path) -> Bound:
        definition, steps = self.definition, []
        parts = self._own(path)
        for part in parts[:-1]:
            step = self.step(definition, part, path.at)
            steps.append(step)
            definition = step.target
        if len(steps) > MOST_PARENTS:
            raise self.fail(path.at, "SOQL relationships may not have more than 5 levels")
        field = self.field(definition, parts[-1], path.at)
        return Bound(tuple(steps), field, field, self._reader(steps, field), getter(field.name))

    def _own(self, path: Path) -> list[str]:
        parts = list(path.parts)
        for _ in range(MOST_PARENTS):
            first = parts[0].lower()
            if len(parts) == 1 or self.definition.way(first) or first not in self._aliases:
                break
            parts[:1] = self._aliases[first]
        return parts

    def field(self, definition: ObjectDef, name: str, at: int) -> FieldDef:
        """Give a field that may be seen."""
        field = definition.field(name)
        if field is None or field.name in self.org.hidden_fields(definition.name):
            raise self.fail(
                at,
                f"No such column '{name}' on entity '{definition.name}'. If you are "
                "attempting to use a custom field, be sure to append the '__c' after the custom "
                "field name. Please reference your WSDL or the describe call for the appropriate "
                "names.",
            )
        return field

    def of(self, definition: ObjectDef) -> Names:
        """Give the names of the same query as seen from another object."""
        return Names(self.org, self.query, definition, self.calendar)

    def step(self, definition: ObjectDef, part: str, at: int) -> Way:
        """Give the step to a parent; INVALID_FIELD if there is no such way."""
        field = definition.way(part)
        if field is None or field.name in self.org.hidden_fields(definition.name):
            raise self._no_way(part, at)
        polymorphic = len(field.references) > 1
        target = NAME_OBJECT if polymorphic else self.org.objects.get(field.references[0])
        if target is None:
            raise self._no_way(part, at)
        return Way(field, target)

    def _no_way(self, name: str, at: int) -> ApiError:
        return self.fail(
            at,
            f"Didn't understand relationship '{name}' in field path. If you are attempting to "
            "use a custom relationship, be sure to append the '__r' after the custom "
            "relationship name. Please reference your WSDL or the describe call for the "
            "appropriate names.",
        )

    def fail(self, at: int, what: str, code: str = "INVALID_FIELD") -> ApiError:
        """Give an error that points into the query."""
        return malformed(self.query.text, at, what, code)

    def _reader(self, steps: list[Way], field: FieldDef) -> Getter:
        name, org = field.name, self.org
        if not steps:
            return getter(name)

        def read(row: Row) -> Any:
            current: Row | None = row
            for step in steps:
                current = parent(org, current, step) if current else None
            return current.get(name) if current else None

        return read


def parent(org: Org, row: Row, way: Way) -> Row | None:
    """Give the record that a reference points to, as the query may read it."""
    record_id = row.get(way.field.name)
    if not record_id:
        return None
    if way.field.by:
        return next(org.having(way.target.name, way.field.by, record_id), None)
    if way.target is not NAME_OBJECT:
        return org.tables[way.target.name].get(record_id)
    definition = org.object_of(record_id)
    found = org.tables[definition.name].get(record_id) if definition else None
    if found is None or definition is None:
        return None
    kind = "Queue" if found.get("Type") == "Queue" else definition.name
    return {**found, "Type": kind}


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
