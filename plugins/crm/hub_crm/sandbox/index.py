"""Finds records by what stands in their external ids, unique fields and references."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final

from hub_crm.sandbox.schema import FieldDef, FieldType, ObjectDef

_NONE: Final[AbstractSet[str]] = frozenset()


class Index:
    """Ids of records by object, field and value; values are compared without regard to case."""

    def __init__(self, objects: Iterable[ObjectDef]) -> None:
        self._fields: dict[str, dict[str, dict[str, set[str]]]] = {}
        for definition in objects:
            for field in definition.fields.values():
                self.watch(definition.name, field)

    def watch(self, name: str, field: FieldDef) -> None:
        """Keep an object's field from now on, if it is one to find records by."""
        fields = self._fields.setdefault(name, {})
        if field.external_id or field.unique or field.type is FieldType.REFERENCE:
            fields.setdefault(field.name, {})

    def forget(self, name: str) -> None:
        """Forget an object and its records."""
        self._fields.pop(name, None)

    def knows(self, name: str, field: str) -> bool:
        """Tell whether records can be found by a field."""
        return field in self._fields.get(name, ())

    def find(self, name: str, field: str, value: str) -> AbstractSet[str]:
        """Give the ids of the records that have a value, deleted ones among them."""
        return self._fields[name][field].get(value.lower(), _NONE)

    def enter(self, name: str, row: Mapping[str, Any]) -> None:
        """Note a record."""
        for field, values in self._fields[name].items():
            value = row.get(field)
            if value is not None:
                values.setdefault(str(value).lower(), set()).add(row["Id"])

    def remove(self, name: str, row: Mapping[str, Any]) -> None:
        """Forget a record as it was noted."""
        for field, values in self._fields[name].items():
            value = row.get(field)
            if value is None:
                continue
            ids = values.get(str(value).lower())
            if ids is not None:
                ids.discard(row["Id"])
                if not ids:
                    del values[str(value).lower()]
