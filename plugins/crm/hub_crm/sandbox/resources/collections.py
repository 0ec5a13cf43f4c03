"""Up to 200 records in one call; HTTP 200 with a result for each, whatever became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, Final, TypeGuard

from hub_crm.ids import normal_id
from hub_crm.sandbox.resources.records import as_json, field_named, saved
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site, rolled_back
from hub_crm.sandbox.wire import Answer, ApiError, Call

MOST: Final = 200
MOST_CHUNKS: Final = 10
MOST_RETRIEVED: Final = 2000
Save = Callable[[dict[str, Any]], dict[str, Any]]
Results = list[dict[str, Any]]


def create(site: Site, call: Call) -> Answer:
    """Make records."""
    records, strict = _records(call.json_object())
    return Answer(200, create_each(site, call, records, strict=strict))


def update(site: Site, call: Call) -> Answer:
    """Change records, each named by its id."""
    records, strict = _records(call.json_object())
    return Answer(200, update_each(site, call, records, strict=strict))


def upsert(site: Site, call: Call) -> Answer:
    """Change the records that have an external id, or make them."""
    records, strict = _records(call.json_object())
    definition = site.org.object(call.segments["object"])
    for record in records:
        if type_of(site, record) is not definition:
            message = f"attributes.type of each record must be {definition.name}"
            raise ApiError(400, "INVALID_INPUT", message)
    key = call.segments["field"]
    return Answer(200, upsert_each(site, call, records, key, strict=strict))


def delete(site: Site, call: Call) -> Answer:
    """Delete the records named by `ids`."""
    ids = [i for i in call.query.get("ids", "").split(",") if i]
    if not ids:
        raise ApiError(400, "INVALID_INPUT", "ids parameter is required")
    _check_number(ids)
    return Answer(200, delete_each(site, call, ids, strict=call.flag("allOrNone")))


def create_each(site: Site, call: Call, records: Results, *, strict: bool) -> Results:
    """Make records; give a result for each."""
    write = site.write(call)

    def save(record: dict[str, Any]) -> dict[str, Any]:
        definition = type_of(site, record)
        if any(name.lower() == "id" and value for name, value in record.items()):
            message = "cannot specify Id in an insert call"
            raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, ["Id"])
        return saved(site.org.insert(definition, record, write))

    return each(site, records, save, strict=strict)


def update_each(site: Site, call: Call, records: Results, *, strict: bool) -> Results:
    """Change records; give a result for each."""
    write = site.write(call)

    def save(record: dict[str, Any]) -> dict[str, Any]:
        definition = type_of(site, record)
        row = target(site, definition, _given_id(record))
        return saved(site.org.update(definition, row, record, write))

    return each(site, records, save, strict=strict)


def upsert_each(site: Site, call: Call, records: Results, field: str, *, strict: bool) -> Results:
    """Change or make records by a key; give a result for each."""
    write = site.write(call)

    def save(record: dict[str, Any]) -> dict[str, Any]:
        definition = type_of(site, record)
        key = field_named(site, definition, field)
        value = next((v for k, v in record.items() if k.lower() == key.name.lower()), None)
        if key.name == "Id":
            return _by_id(definition, record, value)
        if value is None:
            raise ApiError(400, "MISSING_ARGUMENT", f"{key.name} not specified", [key.name])
        rows = site.org.find(definition, key, str(value))
        if len(rows) > 1:
            message = f"{key.name}: more than one record found for external id field"
            raise ApiError(400, "DUPLICATE_EXTERNAL_ID", message, [key.name])
        if not rows:
            return saved(site.org.insert(definition, record, write), created=True)
        return saved(site.org.update(definition, rows[0], record, write), created=False)

    def _by_id(definition: ObjectDef, record: dict[str, Any], value: Any) -> dict[str, Any]:
        if value is None:
            return saved(site.org.insert(definition, record, write), created=True)
        row = target(site, definition, str(value))
        return saved(site.org.update(definition, row, record, write), created=False)

    return each(site, records, save, strict=strict)


def delete_each(site: Site, call: Call, ids: Sequence[str], *, strict: bool) -> Results:
    """Delete records; give a result for each."""
    write = site.write(call)

    def remove(record: dict[str, Any]) -> dict[str, Any]:
        definition = site.org.object_of(record["id"])
        if definition is None or normal_id(record["id"]) is None:
            raise ApiError(400, "MALFORMED_ID", "malformed id " + record["id"])
        row = target(site, definition, record["id"])
        site.org.delete(definition, row, write)
        return saved(row)

    return each(site, [{"id": i} for i in ids], remove, strict=strict)


def retrieve(site: Site, call: Call) -> Answer:
    """Give records of one object by their ids, null for each that is not there."""
    definition = site.org.object(call.segments["object"])
    if call.method == "POST":
        body = call.json_object()
        ids, fields = body.get("ids"), body.get("fields")
    else:
        ids, fields = _listed(call, "ids"), _listed(call, "fields")
    if not (_texts(ids) and _texts(fields)):
        raise ApiError(400, "MALFORMED_QUERY", "ids and fields are required, as lists of texts")
    if len(ids) > MOST_RETRIEVED:
        message = f"at most {MOST_RETRIEVED} ids are allowed in one call"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", message)
    names = [field_named(site, definition, name).name for name in fields]
    rows = (site.org.tables[definition.name].get(normal_id(i) or "") for i in ids)
    return Answer(
        200,
        [
            as_json(site, call, definition, row, ["Id", *(n for n in names if n != "Id")])
            if row and not row.get("IsDeleted")
            else None
            for row in rows
        ],
    )


def _listed(call: Call, name: str) -> list[str]:
    return [part for part in call.query.get(name, "").split(",") if part]


def _texts(values: Any) -> TypeGuard[list[str]]:
    return isinstance(values, list) and bool(values) and all(isinstance(v, str) for v in values)


def _records(body: dict[str, Any]) -> tuple[Results, bool]:
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(r, dict) for r in records):
        raise ApiError(400, "INVALID_INPUT", "Records are required, as a list of objects")
    if not records:
        raise ApiError(400, "INVALID_INPUT", "Unable to find records in the request")
    _check_number(records)
    types = groupby(records, key=lambda record: _type_name(record).lower())
    if sum(1 for _ in types) > MOST_CHUNKS:
        message = f"too many chunks of types in one call (limit {MOST_CHUNKS})"
        raise ApiError(400, "INVALID_INPUT", message)
    return records, body.get("allOrNone") in {True, "true"}


def _check_number(records: Sequence[object]) -> None:
    if len(records) > MOST:
        message = f"record limit reached. cannot submit more than {MOST} records into this call"
        raise ApiError(400, "EXCEEDED_MAX_SIZE_REQUEST", message)


def _type_name(record: dict[str, Any]) -> str:
    attributes = record.get("attributes")
    return str(attributes.get("type") or "") if isinstance(attributes, dict) else ""


def type_of(site: Site, record: dict[str, Any]) -> ObjectDef:
    """Give the object that a record says it is of."""
    name = _type_name(record)
    if not name:
        raise ApiError(400, "INVALID_INPUT", "attributes.type is required on each record")
    try:
        return site.org.object(name)
    except ApiError:
        raise ApiError(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.") from None


def _given_id(record: dict[str, Any]) -> str:
    value = next((v for k, v in record.items() if k.lower() == "id"), None)
    if not value:
        raise ApiError(400, "MISSING_ARGUMENT", "Id not specified in an update call", ["Id"])
    return str(value)


def target(site: Site, definition: ObjectDef, record_id: str) -> dict[str, Any]:
    """Give the live record that a call names by its id."""
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


def each(site: Site, records: Iterable[dict[str, Any]], save: Save, *, strict: bool) -> Results:
    """Save records one by one; if `strict`, what was saved is undone when one fails."""
    mark = site.org.begin()
    results = [_one(site, record, save) for record in records]
    if strict and not all(result["success"] for result in results):
        site.org.roll_back(mark)
        return [_failed(rolled_back()) if r["success"] else r for r in results]
    site.org.commit()
    return results


def _one(site: Site, record: dict[str, Any], save: Save) -> dict[str, Any]:
    mark = site.org.begin()
    try:
        site.check_faults()
        result = save(record)
    except ApiError as error:
        site.org.roll_back(mark)
        return _failed(error)
    site.org.commit()
    return result


def _failed(error: ApiError) -> dict[str, Any]:
    return {"success": False, "errors": error.entries()}
