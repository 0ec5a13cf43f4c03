"""Up to 200 records in one call; HTTP 200 with a result for each, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.resources.records import as_json, field_named, saved
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site, rolled_back
from hub_crm.sandbox.wire import Answer, ApiError, Call

MOST: Final = 200
MOST_CHUNKS: Final = 10
Save = Callable[[dict[str, Any]], dict[str, Any]]


def create(site: Site, call: Call) -> Answer:
    """Make records."""
    body = call.json_object()
    write = site.write(call)

    def save(record: dict[str, Any]) -> dict[str, Any]:
        return saved(site.org.insert(_type(site, record), record, write))

    return _each(site, _records(body), bool(body.get("allOrNone")), save)


def update(site: Site, call: Call) -> Answer:
    """Change records, each named by its id."""
    body = call.json_object()
    write = site.write(call)

    def save(record: dict[str, Any]) -> dict[str, Any]:
        definition = _type(site, record)
        row = _target(site, definition, _given_id(record))
        return saved(site.org.update(definition, row, record, write))

    return _each(site, _records(body), bool(body.get("allOrNone")), save)


def upsert(site: Site, call: Call) -> Answer:
    """Change the records that have an external id, or make them."""
    body = call.json_object()
    write = site.write(call)
    definition = site.org.object(call.segments["object"])
    key = field_named(site, definition, call.segments["field"])

    def save(record: dict[str, Any]) -> dict[str, Any]:
        value = next((v for k, v in record.items() if k.lower() == key.name.lower()), None)
        if value is None:
            raise ApiError(400, "MISSING_ARGUMENT", f"{key.name} not specified", [key.name])
        rows = site.org.find(definition, key, str(value))
        if len(rows) > 1:
            message = f"{key.name}: more than one record found for external id field"
            raise ApiError(400, "DUPLICATE_EXTERNAL_ID", message, [key.name])
        if not rows:
            return saved(site.org.insert(definition, record, write), created=True)
        return saved(site.org.update(definition, rows[0], record, write), created=False)

    return _each(site, _records(body), bool(body.get("allOrNone")), save)


def delete(site: Site, call: Call) -> Answer:
    """Delete the records named by `ids`."""
    ids = [{"id": i} for i in call.query.get("ids", "").split(",") if i]
    write = site.write(call)

    def remove(record: dict[str, Any]) -> dict[str, Any]:
        definition = site.org.object_of(record["id"])
        if definition is None:
            raise ApiError(404, "MALFORMED_ID", "malformed id " + record["id"])
        row = _target(site, definition, record["id"])
        site.org.delete(definition, row, write)
        return saved(row)

    return _each(site, ids, call.flag("allOrNone"), remove)


def retrieve(site: Site, call: Call) -> Answer:
    """Give records of one object by their ids, null for each that is not there."""
    definition = site.org.object(call.segments["object"])
    if call.method == "POST":
        body = call.json_object()
        ids, fields = body.get("ids", []), body.get("fields", [])
    else:
        ids, fields = call.query.get("ids", "").split(","), call.query.get("fields", "").split(",")
    query = {"fields": ",".join(["Id", *(f for f in fields if f.lower() != "id")])}
    asked = Call(call.method, call.path, query, version=call.version)
    rows = (site.org.tables[definition.name].get(normal_id(i) or "") for i in ids)
    return Answer(
        200,
        [
            as_json(site, asked, definition, row) if row and not row.get("IsDeleted") else None
            for row in rows
        ],
    )


def _records(body: dict[str, Any]) -> list[dict[str, Any]]:
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise ApiError(400, "INVALID_INPUT", "Records are required, as a list of objects")
    if len(records) > MOST:
        message = f"record limit reached. cannot submit more than {MOST} records into this call"
        raise ApiError(400, "EXCEEDED_MAX_SIZE_REQUEST", message)
    types = groupby(records, key=lambda r: str((r.get("attributes") or {}).get("type", "")).lower())
    if sum(1 for _ in types) > MOST_CHUNKS:
        message = f"too many chunks of types in one call (limit {MOST_CHUNKS})"
        raise ApiError(400, "INVALID_INPUT", message)
    return records


def _type(site: Site, record: dict[str, Any]) -> ObjectDef:
    name = (record.get("attributes") or {}).get("type")
    if not name:
        raise ApiError(400, "INVALID_INPUT", "attributes.type is required on each record")
    try:
        return site.org.object(str(name))
    except ApiError:
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.") from None


def _given_id(record: dict[str, Any]) -> str:
    value = next((v for k, v in record.items() if k.lower() == "id"), None)
    if not value:
        raise ApiError(400, "MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    return str(value)


def _target(site: Site, definition: ObjectDef, record_id: str) -> dict[str, Any]:
    if normal_id(record_id) is None or not record_id.startswith(definition.prefix):
        message = f"{definition.name} ID: id value of incorrect type: {record_id}"
        raise ApiError(400, "MALFORMED_ID", message, ["Id"])
    try:
        return site.org.get(definition, record_id)
    except ApiError as error:
        if error.code == "NOT_FOUND":
            message = "invalid cross reference id"
            raise ApiError(404, "INVALID_CROSS_REFERENCE_KEY", message) from None
        raise


def _each(site: Site, records: Iterable[dict[str, Any]], strict: bool, save: Save) -> Answer:
    mark = site.org.begin()
    results = [_one(site, record, save) for record in records]
    if strict and not all(result["success"] for result in results):
        site.org.roll_back(mark)
        results = [_failed(rolled_back()) if r["success"] else r for r in results]
    else:
        site.org.commit()
    return Answer(200, results)


def _one(site: Site, record: dict[str, Any], save: Save) -> dict[str, Any]:
    try:
        site.check_faults()
        return save(record)
    except ApiError as error:
        return _failed(error)


def _failed(error: ApiError) -> dict[str, Any]:
    return {"success": False, "errors": error.entries()}
