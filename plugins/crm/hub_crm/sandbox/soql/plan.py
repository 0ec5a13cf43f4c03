"""Chooses how the records of a query are found: by an index where one helps, else all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub_crm.ids import normal_id
from hub_crm.sandbox.schema import IDS, FieldDef
from hub_crm.sandbox.soql.bound import Row
from hub_crm.sandbox.soql.conditions import Selected
from hub_crm.sandbox.soql.nodes import Both, Compare, Condition, Path, Query, Text, Within
from hub_crm.sandbox.soql.paths import Names

if TYPE_CHECKING:
    from hub_crm.sandbox.org import Org


@dataclass(frozen=True, slots=True)
class Lookup:
    """Finding records by the values of one indexed field."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Plan:
    """How the records of a query are found; without a lookup all are read."""

    definition: str
    lookup: Lookup | None = field(default=None)

    def rows(self, org: Org, *, deleted: bool) -> Iterable[Row]:
        """Give the records that may fit, in order of id where an index is used."""
        if self.lookup is None:
            return org.rows(self.definition, deleted=deleted)
        if self.lookup.field == "Id":
            return _by_id(org, self.definition, self.lookup.values, deleted)
        return _by_value(org, self.definition, self.lookup, deleted)

    def cost(self, org: Org) -> int:
        """Give how many records are looked at."""
        if self.lookup is None:
            return len(org.tables[self.definition])
        if self.lookup.field == "Id":
            return len(self.lookup.values)
        name = self.lookup.field
        values = self.lookup.values
        return sum(len(org.index.find(self.definition, name, value)) for value in values)


def _by_id(org: Org, name: str, ids: Iterable[str], deleted: bool) -> Iterator[Row]:
    table = org.tables[name]
    for record_id in sorted(ids):
        row = table.get(record_id)
        if row is not None and (deleted or not row.get("IsDeleted")):
            yield row


def _by_value(org: Org, name: str, lookup: Lookup, deleted: bool) -> Iterator[Row]:
    for value in sorted(lookup.values):
        yield from org.having(name, lookup.field, value, deleted=deleted)


def plan(names: Names, where: Condition | None, selected: Selected) -> Plan:
    """Give the plan that looks at the fewest records."""
    definition = names.definition
    parts = where.parts if isinstance(where, Both) else (where,) if where else ()
    plans = [Plan(definition.name)]
    for part in parts:
        lookup = _lookup(names, part, selected)
        if lookup is not None:
            plans.append(Plan(definition.name, lookup))
    return min(reversed(plans), key=lambda p: p.cost(names.org))


def _lookup(names: Names, part: Condition, selected: Selected) -> Lookup | None:
    if not isinstance(part, Compare | Within) or not isinstance(part.operand, Path):
        return None
    bound = names.bind(part.operand)
    indexed = bound.field.name == "Id" or names.org.index.knows(
        names.definition.name, bound.field.name
    )
    if bound.steps or not indexed or part.operator not in {"=", "IN"}:
        return None
    values: Iterable[Any]
    if isinstance(part, Compare):
        values = (part.value,)
    elif isinstance(part.values, Query):
        return Lookup(bound.field.name, frozenset(selected(part.values)))
    else:
        values = part.values
    if not all(isinstance(value, Text) and value.value for value in values):
        return None
    return Lookup(bound.field.name, _keys(bound.field, values))


def _keys(field_: FieldDef, values: Iterable[Any]) -> frozenset[str]:
    texts = [value.value for value in values]
    if field_.type in IDS:
        return frozenset(found for found in map(normal_id, texts) if found)
    return frozenset(text.lower() for text in texts)
