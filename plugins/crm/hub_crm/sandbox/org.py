"""The organisation: its objects and records in memory, written one at a time under one lock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final

from hub.clock import Clock
from hub_crm.ids import make_id, normal_id
from hub_crm.sandbox.automation import Write, complete
from hub_crm.sandbox.index import Index
from hub_crm.sandbox.objects import OBJECTS
from hub_crm.sandbox.schema import FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.validation import Row, clean
from hub_crm.sandbox.wire import ApiError

_NOBODY: Final = "no record"


class Org:
    """All records of one organisation.

    `assign_to` is the queue to which the active case assignment rule gives cases; `hidden` are
    fields that the integration user may not see, as (object, field).
    """

    def __init__(self, clock: Clock) -> None:
        self.lock = RLock()
        self.clock = clock
        self.objects: dict[str, ObjectDef] = {o.name: o for o in OBJECTS}
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in self.objects}
        self.hidden: set[tuple[str, str]] = set()
        self.purged: list[tuple[str, str, datetime]] = []
        self.assign_to = ""
        self._numbers: dict[str, int] = defaultdict(int)
        self.index = Index(OBJECTS)
        self._undo: list[tuple[str, str, Row | None]] | None = None

    def now(self) -> datetime:
        """Give the present instant, as coarse as the system's stamps are."""
        return self.clock.now().replace(microsecond=0)

    def next_number(self, sequence: str) -> int:
        """Give the next number of a sequence; the first is 1."""
        self._numbers[sequence] += 1
        return self._numbers[sequence]

    def object(self, name: str) -> ObjectDef:
        """Give an object by its name in whatever case; NOT_FOUND if there is none."""
        for known, definition in self.objects.items():
            if known.lower() == name.lower():
                return definition
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")

    def object_of(self, record_id: str) -> ObjectDef | None:
        """Give the object to which an id's prefix belongs."""
        return next((o for o in self.objects.values() if o.prefix == record_id[:3]), None)

    def hidden_fields(self, name: str) -> frozenset[str]:
        """Give the fields of an object that the integration user may not see."""
        return frozenset(field for owner, field in self.hidden if owner == name)

    def rows(self, name: str, *, deleted: bool = False) -> Iterator[Row]:
        """Give the records of an object, those in the recycle bin only if asked."""
        for row in self.tables[name].values():
            if deleted or not row.get("IsDeleted"):
                yield row

    def find(self, definition: ObjectDef, field: FieldDef, value: str) -> list[Row]:
        """Give the live records that have a value in an external-id or unique field."""
        if field.name == "Id":
            row = self.tables[definition.name].get(normal_id(value) or "")
            return [row] if row and not row.get("IsDeleted") else []
        if not field.external_id and not field.unique:
            message = (
                f"Provided external ID field does not exist or is not accessible: {field.name}"
            )
            raise ApiError(404, "NOT_FOUND", message)
        return list(self.having(definition.name, field.name, value))

    def having(self, name: str, field: str, value: str, *, deleted: bool = False) -> Iterator[Row]:
        """Give the records that have a value in a field that `index` knows, in order of id."""
        table = self.tables[name]
        for record_id in sorted(self.index.find(name, field, value)):
            row = table[record_id]
            if deleted or not row.get("IsDeleted"):
                yield row

    def get(self, definition: ObjectDef, record_id: str) -> Row:
        """Give one live record; NOT_FOUND or ENTITY_IS_DELETED if there is none."""
        row = self.tables[definition.name].get(normal_id(record_id) or _NOBODY)
        if row is None:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        if row.get("IsDeleted"):
            raise ApiError(404, "ENTITY_IS_DELETED", "entity is deleted")
        return row

    def insert(self, definition: ObjectDef, values: Mapping[str, Any], write: Write) -> Row:
        """Make a record."""
        if not definition.createable:
            raise ApiError(
                400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                f"entity type {definition.name} does not support create",
            )  # fmt: skip
        hidden = self.hidden_fields(definition.name)
        row = clean(definition, values, creating=True, hidden=hidden)
        complete(self, definition.name, None, row, write)
        stamp = self._stamp(write)
        row |= {
            "Id": make_id(definition.prefix, self.next_number(definition.name)),
            "CreatedDate": stamp,
            "CreatedById": write.user_id or None,
        }
        if definition.deletable:
            row["IsDeleted"] = False
        self._save(definition, None, row, stamp, write)
        return row

    def update(
        self, definition: ObjectDef, row: Row, values: Mapping[str, Any], write: Write
    ) -> Row:
        """Change a record; what is not named stays as it is."""
        if not definition.updateable:
            raise ApiError(
                400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
                f"entity type {definition.name} does not support update",
            )  # fmt: skip
        hidden = self.hidden_fields(definition.name)
        changed = {**row, **clean(definition, values, creating=False, hidden=hidden)}
        complete(self, definition.name, row, changed, write)
        self._save(definition, row, changed, self._stamp(write), write)
        return changed

    def delete(self, definition: ObjectDef, row: Row, write: Write) -> None:
        """Put a record and what belongs to it into the recycle bin."""
        if not definition.deletable:
            raise ApiError(
                400, "INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"
            )
        for child in self.objects.values():
            for field in child.fields.values():
                if field.cascade and definition.name in field.references:
                    for below in list(self.having(child.name, field.name, row["Id"])):
                        self.delete(child, below, write)
        self._save(definition, row, {**row, "IsDeleted": True}, self._stamp(write), write)

    def undelete(self, definition: ObjectDef, record_id: str, write: Write) -> Row:
        """Take a record out of the recycle bin again."""
        row = self.tables[definition.name].get(normal_id(record_id) or _NOBODY)
        if row is None or not row.get("IsDeleted"):
            raise ApiError(400, "UNDELETE_FAILED", "Entity is not in the recycle bin")
        live = {**row, "IsDeleted": False}
        self._save(definition, row, live, self._stamp(write), write)
        return live

    def purge(self) -> int:
        """Empty the recycle bin; give how many records went."""
        count = 0
        for name, table in self.tables.items():
            for record_id in [i for i, row in table.items() if row.get("IsDeleted")]:
                self.index.remove(name, table[record_id])
                self.purged.append((name, record_id, table.pop(record_id)["SystemModstamp"]))
                count += 1
        return count

    def add_field(self, name: str, field: FieldDef) -> None:
        """Give an object one more custom field; its records have it empty."""
        self.objects[name] = self.objects[name].with_field(field)
        self.index.watch(name, field)
        for row in self.tables[name].values():
            row.setdefault(field.name, False if field.type is FieldType.BOOLEAN else None)

    def begin(self) -> None:
        """Begin to note what is written, so that it can be undone."""
        self._undo = []

    def commit(self) -> None:
        """Keep what was written since `begin`."""
        self._undo = None

    def roll_back(self) -> None:
        """Undo what was written since `begin`."""
        for name, record_id, before in reversed(self._undo or []):
            self.index.remove(name, self.tables[name].pop(record_id))
            if before is not None:
                self.tables[name][record_id] = before
                self.index.enter(name, before)
        self._undo = None

    def _stamp(self, write: Write) -> datetime:
        return self.now() - timedelta(seconds=int(write.stale_seconds))

    def _save(
        self, definition: ObjectDef, old: Row | None, row: Row, stamp: datetime, write: Write
    ) -> None:
        self._check_references(definition, old, row)
        self._check_unique(definition, row)
        row["LastModifiedDate"] = row["SystemModstamp"] = stamp
        row["LastModifiedById"] = write.user_id or None
        if self._undo is not None:
            self._undo.append((definition.name, row["Id"], old))
        if old is not None:
            self.index.remove(definition.name, old)
        self.tables[definition.name][row["Id"]] = row
        self.index.enter(definition.name, row)

    def _check_references(self, definition: ObjectDef, old: Row | None, row: Row) -> None:
        for field in definition.fields.values():
            value = row.get(field.name)
            if field.type is not FieldType.REFERENCE or value is None:
                continue
            if old is not None and old.get(field.name) == value:
                continue
            self._check_reference(field, value)

    def _check_reference(self, field: FieldDef, value: str) -> None:
        target = self.object_of(value)
        if target is None or target.name not in field.references:
            message = f"{field.title}: id value of incorrect type: {value}"
            raise ApiError(400, "MALFORMED_ID", message, [field.name])
        row = self.tables[target.name].get(value)
        if row is None:
            raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        if row.get("IsDeleted"):
            raise ApiError(400, "ENTITY_IS_DELETED", "entity is deleted")
        if field.name == "OwnerId" and target.name == "User" and not row["IsActive"]:
            message = f"operation performed with inactive user [{value}] as owner"
            raise ApiError(400, "INACTIVE_OWNER_OR_USER", message)

    def _check_unique(self, definition: ObjectDef, row: Row) -> None:
        for field in definition.fields.values():
            value = row.get(field.name)
            if not field.unique or value is None:
                continue
            for other in self.having(definition.name, field.name, value):
                if other["Id"] != row["Id"]:
                    message = (
                        f"duplicate value found: {field.name} duplicates value on record with "
                        f"id: {other['Id'][:15]}"
                    )
                    raise ApiError(400, "DUPLICATE_VALUE", message)
