"""Deleting, the recycle bin, taking out of it, and merging records into one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hub_crm.ids import normal_id
from hub_crm.sandbox.records import Records
from hub_crm.sandbox.schema import FieldDef, ObjectDef
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write

MOST_LOSERS = 2


def delete(org: Records, definition: ObjectDef, row: Row, write: Write, root: str) -> None:
    """Delete a record, what belongs to it, and the references to it; `root` is what was asked."""
    record_id = str(row["Id"])
    for child, field, below in _children(org, definition, record_id):
        if field.on_delete == "restrict":
            number = below.get("CaseNumber") or below.get("Name") or below["Id"]
            message = (
                f"Your attempt to delete {_named(definition, row)} could not be completed because "
                f"it is associated with the following {child.plural.lower()}.: {number}"
            )
            raise ApiError(400, "DELETE_FAILED", message)
    for child, field, below in _children(org, definition, record_id):
        if org.row(below["Id"]) is not below:
            continue
        if field.on_delete == "cascade":
            delete(org, child, below, write, root)
        elif not _hangs_on(child, field):
            org.amend(child.name, below, {field.name: None}, write)
    if not definition.binned:
        org.save(definition.name, record_id, None)
        org.purged.append((definition.name, record_id, org.stamp(write)))
        return
    if record_id != root:
        org.deleted_with[record_id] = root
    org.amend(definition.name, row, {"IsDeleted": True}, write)


def _hangs_on(child: ObjectDef, field: FieldDef) -> bool:
    # What system fields point to stays named, although it is gone.
    return field.name == "MasterRecordId" or not (field.nillable and child.updateable)


def _children(
    org: Records, definition: ObjectDef, record_id: str
) -> Iterator[tuple[ObjectDef, FieldDef, Row]]:
    for child in org.objects.values():
        for field in child.references:
            if definition.name in field.references and org.index.knows(child.name, field.name):
                for below in list(org.having(child.name, field.name, record_id)):
                    yield child, field, below


def _named(definition: ObjectDef, row: Row) -> str:
    name = definition.name_field
    return str(row.get(name.name) if name else row["Id"])


def undelete(org: Records, definition: ObjectDef, record_id: str, write: Write) -> Row:
    """Take a record, and what was deleted with it, out of the recycle bin."""
    found = normal_id(record_id) or ""
    row = org.tables[definition.name].get(found)
    if row is None or not row.get("IsDeleted"):
        raise ApiError(400, "UNDELETE_FAILED", "Entity is not in the recycle bin")
    for field in definition.references:
        above = org.row(row.get(field.name))
        if field.cascade and above is not None and above.get("IsDeleted"):
            message = "Undelete failed because the parent record is deleted"
            raise ApiError(400, "UNDELETE_FAILED", message)
    live = org.amend(definition.name, row, {"IsDeleted": False}, write)
    for below_id in [i for i, root in org.deleted_with.items() if root == found]:
        del org.deleted_with[below_id]
        below = org.row(below_id)
        if below is not None and below.get("IsDeleted"):
            name = org.object_of(below_id)
            org.amend(name.name if name else "", below, {"IsDeleted": False}, write)
    return live


def merge(
    org: Records, definition: ObjectDef, master: Row, losers: Sequence[Row], write: Write
) -> list[str]:
    """Move what hangs on the losers to the master, and delete them; give the ids of the moved."""
    if not definition.mergeable:
        message = f"merge is not supported for {definition.name}"
        raise ApiError(400, "INVALID_OPERATION", message)
    if not 1 <= len(losers) <= MOST_LOSERS:
        raise ApiError(400, "INVALID_NUM_ARGS", "one or two records can be merged into a master")
    if any(loser["Id"] == master["Id"] for loser in losers):
        raise ApiError(400, "INVALID_ID_FIELD", "a record can not be merged with itself")
    mark = org.begin()
    moved = list[str]()
    try:
        for loser in losers:
            for child, field, below in list(_children(org, definition, str(loser["Id"]))):
                org.amend(child.name, org.row(below["Id"]) or below,
                          {field.name: master["Id"]}, write)  # fmt: skip
                moved.append(str(below["Id"]))
            gone = {"MasterRecordId": master["Id"], "IsDeleted": True}
            org.amend(definition.name, org.row(loser["Id"]) or loser, gone, write)
        org.amend(definition.name, org.row(master["Id"]) or master, {}, write)
    except ApiError:
        org.roll_back(mark)
        raise
    org.commit()
    return moved


def purge(org: Records) -> int:
    """Empty the recycle bin; give how many records went."""
    gone = [
        (name, row)
        for name, table in org.tables.items()
        for row in table.values()
        if row.get("IsDeleted")
    ]
    for name, row in gone:
        discard(org, name, row)
    return len(gone)


def discard(org: Records, name: str, row: Row) -> None:
    """Take one record out of the recycle bin for good."""
    record_id = str(row["Id"])
    org.save(name, record_id, None)
    org.purged.append((name, record_id, row["SystemModstamp"]))
    org.deleted_with.pop(record_id, None)
