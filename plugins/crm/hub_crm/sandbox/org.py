"""The organisation: what happens to a record from the call that writes it until it is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub_crm.sandbox import integrity, recycling
from hub_crm.sandbox.automation import after, before, lines_changed
from hub_crm.sandbox.records import Records
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.validation import clean
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write


class Org(Records):
    """All records of one organisation, written by its rules."""

    def insert(self, definition: ObjectDef, values: Mapping[str, Any], write: Write) -> Row:
        """Make a record."""
        _check_allowed("create", definition, allowed=definition.createable)
        self.rights.check("create", definition.name)
        row = {**definition.blank, **clean(self, definition, values, write, creating=True)}
        return self._add(definition, row, write)

    def update(
        self, definition: ObjectDef, row: Row, values: Mapping[str, Any], write: Write
    ) -> Row:
        """Change a record; what is not named stays as it is."""
        _check_allowed("update", definition, allowed=definition.updateable)
        self.rights.check("edit", definition.name, row)
        changed = {**row, **clean(self, definition, values, write, creating=False)}
        mark = self.begin()
        try:
            before(self, definition.name, row, changed, write)
            self._check(definition, row, changed, write)
            self.finish(definition, row, changed, write)
            after(self, definition.name, row, changed, write)
        except ApiError:
            self.roll_back(mark)
            raise
        self.commit()
        return self.tables[definition.name][row["Id"]]

    def delete(self, definition: ObjectDef, row: Row, write: Write) -> None:
        """Put a record and what belongs to it into the recycle bin."""
        if not definition.deletable:
            message = f"entity type {definition.name} does not support delete"
            raise ApiError(400, "INSUFFICIENT_ACCESS_OR_READONLY", message)
        self.rights.check("delete", definition.name, row)
        mark = self.begin()
        try:
            recycling.delete(self, definition, row, write, root=str(row["Id"]))
            if definition.name == "OpportunityLineItem":
                lines_changed(self, row, row, write)
        except ApiError:
            self.roll_back(mark)
            raise
        self.commit()

    def undelete(self, definition: ObjectDef, record_id: str, write: Write) -> Row:
        """Take a record, and what was deleted with it, out of the recycle bin again."""
        return recycling.undelete(self, definition, record_id, write)

    def merge(
        self, definition: ObjectDef, master: Row, losers: Sequence[Row], write: Write
    ) -> list[str]:
        """Make one record of several: children move to the master, the losers are deleted.

        Gives the ids of the records that were moved.
        """
        return recycling.merge(self, definition, master, losers, write)

    def purge(self) -> int:
        """Empty the recycle bin; give how many records went."""
        return recycling.purge(self)

    def _add(self, definition: ObjectDef, row: Row, write: Write) -> Row:
        mark = self.begin()
        try:
            if "OwnerId" in row and row["OwnerId"] is None:
                row["OwnerId"] = write.user_id
            if definition.record_types and row["RecordTypeId"] is None:
                row["RecordTypeId"] = self._default_type(definition)
            self.number(definition, row)
            row |= self.born(definition, write)
            before(self, definition.name, None, row, write)
            self._check(definition, None, row, write)
            self.finish(definition, None, row, write)
            after(self, definition.name, None, row, write)
        except ApiError:
            self.roll_back(mark)
            raise
        self.commit()
        return self.tables[definition.name][row["Id"]]

    def _default_type(self, definition: ObjectDef) -> str | None:
        names = {kind.name for kind in definition.record_types if kind.default}
        for row in self.rows("RecordType"):
            if row["SobjectType"] == definition.name and row["DeveloperName"] in names:
                return str(row["Id"])
        return None

    def _check(self, definition: ObjectDef, old: Row | None, row: Row, write: Write) -> None:
        integrity.check_references(self, definition, old, row)
        integrity.check_unique(self, definition, row)
        self.computing.compute(definition, row)
        integrity.check_rules(self, definition, old, row)
        integrity.check_duplicates(self, definition, row, write)


def _check_allowed(verb: str, definition: ObjectDef, *, allowed: bool) -> None:
    if not allowed:
        raise ApiError(
            400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY",
            f"entity type {definition.name} does not support {verb}",
        )  # fmt: skip
