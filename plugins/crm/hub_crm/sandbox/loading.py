"""Loads many records in one go, parents with their children: for trials with much data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from hub_crm.sandbox.org import Org
from hub_crm.sandbox.schema import FieldDef, ObjectDef
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write


def load(
    org: Org, name: str, records: Sequence[Mapping[str, Any]], write: Write
) -> tuple[list[str], dict[str, int]]:
    """Make records of one object; give their ids, and how many of each object were made.

    A record holds its children under the name of their relationship: `"CaseComments": [{…}]`.
    All are made or none; ApiError names the record that was refused, counted from 1.
    """
    definition = org.object(name)
    children = _children(org, definition)
    counts: Counter[str] = Counter()
    ids: list[str] = []
    mark = org.begin()
    try:
        for record in records:
            made = _one(org, definition, children, record, write, counts)
            ids.append(made)
    except ApiError as error:
        org.roll_back(mark)
        message = f"record {len(ids) + 1}: {error.message}"
        raise ApiError(error.status, error.code, message, error.fields) from None
    org.commit()
    return ids, dict(counts)


def _children(org: Org, definition: ObjectDef) -> dict[str, tuple[ObjectDef, FieldDef]]:
    return {
        field.children: (child, field)
        for child in org.objects.values()
        for field in child.references
        if field.children and definition.name in field.references
    }


def _one(
    org: Org,
    definition: ObjectDef,
    children: Mapping[str, tuple[ObjectDef, FieldDef]],
    record: Mapping[str, Any],
    write: Write,
    counts: Counter[str],
) -> str:
    values = {name: value for name, value in record.items() if name not in children}
    made = str(org.insert(definition, values, write)["Id"])
    counts[definition.name] += 1
    for name in record.keys() & children.keys():
        child, field = children[name]
        for below in record[name]:
            org.insert(child, {**below, field.name: made}, write)
            counts[child.name] += 1
    return made
