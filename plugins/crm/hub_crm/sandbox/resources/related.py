"""What stands below a record's path: its files, its parents and its children."""

from __future__ import annotations

from typing import Final

from hub_crm.sandbox.blobs import Blob
from hub_crm.sandbox.resources import records
from hub_crm.sandbox.resources.records import as_json, by_id, field_named
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import Answer, ApiError, Call

_OCTETS: Final = "application/octetstream"


def read(site: Site, call: Call) -> Answer:
    """Give a record by its external id, a file's bytes, a parent, or the children of a record."""
    definition = site.org.object(call.segments["object"])
    first, second = call.segments["field"], call.segments["value"]
    key = definition.field(first)
    if key is not None:
        return records.read_external(site, call)
    row = by_id(site, definition, records.at(call, id=first))
    if (blob := definition.field(second)) is not None and blob.type == "base64":
        return _bytes(site, definition, row, blob.name)
    if (way := definition.way(second)) is not None:
        return _parent(site, call, row, way.name)
    return _children(site, call, definition, row)


def _bytes(site: Site, definition: ObjectDef, row: Row, name: str) -> Answer:
    field_named(site, definition, name)
    blob = row[name]
    if not isinstance(blob, Blob):
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
    return Answer(200, blob.data, media_type=_OCTETS)


def _parent(site: Site, call: Call, row: Row, name: str) -> Answer:
    above = site.org.row(row.get(name))
    kind = site.org.object_of(str(above["Id"])) if above else None
    if above is None or kind is None or above.get("IsDeleted"):
        message = f"The requested resource does not exist: {name}"
        raise ApiError(404, "NOT_FOUND", message)
    return Answer(200, records.shown(site, call, kind, above))


def _children(site: Site, call: Call, definition: ObjectDef, row: Row) -> Answer:
    wanted = call.segments["value"].lower()
    for child in site.org.objects.values():
        for field in child.references:
            if field.children.lower() == wanted and definition.name in field.references:
                found = list(site.org.having(child.name, field.name, str(row["Id"])))
                asked = [n for n in call.query.get("fields", "").split(",") if n]
                names = [field_named(site, child, name).name for name in asked]
                listed = [as_json(site, call, child, below, names) for below in found]
                return Answer(200, {"totalSize": len(found), "done": True, "records": listed})
    message = f"The requested resource does not exist: {call.segments['value']}"
    raise ApiError(404, "NOT_FOUND", message)


def change_parent(site: Site, call: Call) -> Answer:
    """Change the parent of a record by its path, or upsert by external id."""
    definition = site.org.object(call.segments["object"])
    way = definition.way(call.segments["value"])
    if definition.field(call.segments["field"]) is not None or way is None:
        return records.upsert(site, call)
    above = _above(site, call, definition, way.name)
    return records.update(site, records.at(call, object=above[0], id=above[1]))


def delete(site: Site, call: Call) -> Answer:
    """Delete the parent of a record by its path, or the record of an external id."""
    definition = site.org.object(call.segments["object"])
    way = definition.way(call.segments["value"])
    if definition.field(call.segments["field"]) is not None or way is None:
        return records.delete_external(site, call)
    above = _above(site, call, definition, way.name)
    return records.delete(site, records.at(call, object=above[0], id=above[1]))


def _above(site: Site, call: Call, definition: ObjectDef, name: str) -> tuple[str, str]:
    row = by_id(site, definition, records.at(call, id=call.segments["field"]))
    kind = site.org.object_of(str(row.get(name) or ""))
    if kind is None:
        raise ApiError(404, "NOT_FOUND", f"The requested resource does not exist: {name}")
    return kind.name, str(row[name])
