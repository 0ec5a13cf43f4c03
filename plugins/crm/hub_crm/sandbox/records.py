"""Records and what the system itself does with them, past rights and rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from hub.clock import Clock
from hub_crm.ids import make_id, normal_id
from hub_crm.sandbox.blobs import Blob
from hub_crm.sandbox.catalogue import shipped_objects
from hub_crm.sandbox.computing import Computing
from hub_crm.sandbox.rights import Rights
from hub_crm.sandbox.schema import FieldDef, ObjectDef
from hub_crm.sandbox.store import Row, Store
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write

_NOBODY: Final = "no record"
_NUMBER: Final = re.compile(r"\{(0+)\}")


class Records(Store):
    """All records of one organisation.

    `assign_to` is the queue to which the active case assignment rule gives cases, `rule_id` the
    rule's id; `rights` say what the integration user may not see or do; `purged` are records that
    left the recycle bin, `deleted_with` those in it that went with another, which they name;
    `declared_at` is when an object was last declared or changed; `mirrored` are the declarations
    that the objects about objects tell of.
    """

    def __init__(self, clock: Clock, objects: Mapping[str, ObjectDef] | None = None) -> None:
        super().__init__(clock, shipped_objects("service_desk") if objects is None else objects)
        self.rights = Rights()
        self.purged: list[tuple[str, str, datetime]] = []
        self.deleted_with: dict[str, str] = {}
        self.assign_to = ""
        self.rule_id = ""
        self.declared_at = self.now()
        self.mirrored: tuple[ObjectDef, ...] = ()
        self.computing = Computing(self)

    def declare(self, definition: ObjectDef) -> None:
        """Add or change an object; what is computed of its fields is computed anew."""
        super().declare(definition)
        if hasattr(self, "computing"):
            self.declared_at = self.now()
            self.computing.learn()

    def add_field(self, name: str, field: FieldDef) -> None:
        """Give an object one more custom field; its records have it empty."""
        self.declare(self.objects[name].with_fields(field))

    def hidden_fields(self, name: str) -> frozenset[str]:
        """Give the fields of an object that the integration user may not see."""
        return self.rights.hidden_fields(name)

    def find(self, definition: ObjectDef, field: FieldDef, value: str) -> list[Row]:
        """Give the live records that have a value in an external-id or unique field."""
        if field.name == "Id":
            row = self.tables[definition.name].get(normal_id(value) or "")
            return [row] if row and not row.get("IsDeleted") else []
        if not (field.external_id or field.unique):
            message = (
                f"Provided external ID field does not exist or is not accessible: {field.name}"
            )
            raise ApiError(404, "NOT_FOUND", message)
        return [
            row
            for row in self.having(definition.name, field.name, value)
            if not field.case_sensitive or row[field.name] == value
        ]

    def get(self, definition: ObjectDef, record_id: str) -> Row:
        """Give one live record; NOT_FOUND or ENTITY_IS_DELETED if there is none."""
        row = self.tables[definition.name].get(normal_id(record_id) or _NOBODY)
        if row is None:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        if row.get("IsDeleted"):
            raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted")
        return row

    def put(self, name: str, values: Mapping[str, Any], write: Write) -> Row:
        """Make a record as the system itself does: of typed values, past rights and rules."""
        definition = self.objects[name]
        row = {**definition.blank, **values}
        self.number(definition, row)
        row |= self.born(definition, write)
        self.finish(definition, None, row, write)
        return self.tables[name][row["Id"]]

    def amend(self, name: str, row: Row, values: Mapping[str, Any], write: Write) -> Row:
        """Change a record as the system itself does: of typed values, past rights and rules."""
        changed = {**row, **values}
        self.finish(self.objects[name], row, changed, write)
        return changed

    def stamp(self, write: Write) -> datetime:
        """Give the instant that a write is stamped with."""
        return self.now() - timedelta(seconds=int(write.stale_seconds))

    def number(self, definition: ObjectDef, row: Row) -> None:
        """Number a new record."""
        for field in definition.numbered:
            number = self.next_number(f"{definition.name}.{field.name}")
            row[field.name] = _NUMBER.sub(
                lambda found, n=number: str(n).zfill(len(found[1])),  # type: ignore[misc]
                field.number,
            )

    def born(self, definition: ObjectDef, write: Write) -> Row:
        """Give what a new record is born with: its id, its maker, its instant."""
        born: Row = {
            "Id": make_id(definition.prefix, self.next_number(definition.name)),
            "CreatedDate": self.stamp(write),
            "CreatedById": write.user_id or None,
        }
        if definition.binned:
            born["IsDeleted"] = False
        return born

    def finish(self, definition: ObjectDef, old: Row | None, row: Row, write: Write) -> None:
        """Stamp a record, compute what is computed of it, and save it."""
        stamp = self.stamp(write)
        row["LastModifiedDate"] = row["SystemModstamp"] = stamp
        row["LastModifiedById"] = write.user_id or None
        for name in definition.addresses:
            row[name] = _address(definition, row, name.removesuffix("Address"))
        for name, value in row.items():
            if isinstance(value, bytes):
                row[name] = Blob(definition.name, row["Id"], name, value)
        self.computing.compute(definition, row)
        self.save(definition.name, row["Id"], row)
        if old is not None:
            self.computing.spread(definition, row)


def _address(definition: ObjectDef, row: Row, prefix: str) -> dict[str, Any] | None:
    parts = {
        key: row.get(f"{prefix}{key[0].upper()}{key[1:]}")
        for key in ("city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode",
                    "state", "street")
        if definition.field(f"{prefix}{key}") or key in {"geocodeAccuracy", "latitude", "longitude"}
    }  # fmt: skip
    if all(value is None for value in parts.values()):
        return None
    return {key: float(v) if v is not None and key.endswith("tude") else v
            for key, v in parts.items()}  # fmt: skip
