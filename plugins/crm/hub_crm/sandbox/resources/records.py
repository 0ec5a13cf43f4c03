"""Single records: made, read, changed, deleted, by id or by external id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.blobs import Blob
from hub_crm.sandbox.schema import FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import Answer, ApiError, Call, read_json

BODY_SINCE: Final = 46.0
"""From this version on an upsert that updates answers 200 with a body, before 204 without."""


def create(site: Site, call: Call) -> Answer:
    """Make a record: 201 with its id."""
    definition = site.org.object(call.segments["object"])
    values = posted(call)
    if any(name.lower() == "id" for name in values):
        raise ApiError(
            400, "INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", ["Id"]
        )
    site.check_faults()
    row = site.org.insert(definition, values, site.write(call))
    place = f"{call.base}/sobjects/{definition.name}/{row['Id']}"
    return Answer(201, saved(row), {"Location": place})


def at(call: Call, **segments: str) -> Call:
    """Give a call as if its path named other segments."""
    return replace(call, segments={**call.segments, **segments})


def posted(call: Call) -> dict[str, Any]:
    """Give the values of a call: of its JSON, or of a multipart body with files beside them."""
    if not call.parts:
        return call.json_object()
    values: dict[str, Any] = {}
    for part in call.parts:
        if part.filename or part.name in {"VersionData", "Body"}:
            values[part.name] = part.data
        else:
            told = read_json(part.data)
            values |= told if isinstance(told, dict) else {}
    return values


def saved(row: Row, *, created: bool | None = None) -> dict[str, Any]:
    """Give the body that names a saved record."""
    body: dict[str, Any] = {"id": row["Id"], "success": True, "errors": []}
    if created is not None:
        body["created"] = created
    return body


def read(site: Site, call: Call) -> Answer:
    """Give a record, all fields or those asked for."""
    definition = site.org.object(call.segments["object"])
    try:
        row = by_id(site, definition, call)
    except ApiError as error:
        if error.code == "ENTITY_IS_DELETED":  # who only reads is not told that it was there
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist") from None
        raise
    return Answer(200, shown(site, call, definition, row))


def update(site: Site, call: Call) -> Answer:
    """Change a record: 204."""
    definition = site.org.object(call.segments["object"])
    row = _written(site, definition, call)
    values = posted(call)
    _refuse(values, "Id")
    _check_unmodified(call, row)
    site.check_faults()
    site.org.update(definition, row, values, site.write(call))
    return Answer(204)


def delete(site: Site, call: Call) -> Answer:
    """Put a record into the recycle bin: 204."""
    definition = site.org.object(call.segments["object"])
    row = _written(site, definition, call)
    site.check_faults()
    site.org.delete(definition, row, site.write(call))
    return Answer(204)


def read_external(site: Site, call: Call) -> Answer:
    """Give the record that has an external id."""
    definition, field, value = _external(site, call)
    row = _only(call, definition, site.org.find(definition, field, value))
    if isinstance(row, Answer):
        return row
    if row is None:
        raise _no_such(field)
    return Answer(200, shown(site, call, definition, row))


def upsert(site: Site, call: Call) -> Answer:
    """Change the record that has an external id, or make it: 201, 200 (204), or 300."""
    definition, field, value = _external(site, call)
    values = call.json_object()
    _refuse(values, "Id", field.name)
    row = _only(call, definition, site.org.find(definition, field, value))
    if isinstance(row, Answer):
        return row
    site.check_faults()
    if row is not None:
        changed = site.org.update(definition, row, values, site.write(call))
        if call.version >= BODY_SINCE:
            return Answer(200, saved(changed, created=False))
        return Answer(204)
    if call.flag("updateOnly") or field.name == "Id":
        raise _no_such(field)
    made = site.org.insert(definition, {**values, field.name: value}, site.write(call))
    return Answer(201, saved(made, created=True))


def delete_external(site: Site, call: Call) -> Answer:
    """Delete the record that has an external id: 204."""
    definition, field, value = _external(site, call)
    row = _only(call, definition, site.org.find(definition, field, value))
    if isinstance(row, Answer):
        return row
    if row is None:
        raise _no_such(field)
    site.org.delete(definition, row, site.write(call))
    return Answer(204)


def as_json(
    site: Site, call: Call, definition: ObjectDef, row: Row, names: Sequence[str] = ()
) -> dict[str, Any]:
    """Give a record as JSON: the named fields, or all that may be seen."""
    if not names:
        hidden = site.org.hidden_fields(definition.name)
        names = [name for name in definition.fields if name not in hidden]
    url = f"{call.base}/sobjects/{definition.name}/{row['Id']}"
    result: dict[str, Any] = {"attributes": {"type": definition.name, "url": url}}
    for name in names:
        value = row.get(name)
        result[name] = value.address(call.base) if isinstance(value, Blob) else plain(value)
    return result


def shown(site: Site, call: Call, definition: ObjectDef, row: Row) -> dict[str, Any]:
    """Give a record with the fields of the call's `fields`, those of parents by their paths."""
    site.org.rights.check("read", definition.name)
    asked = [name.strip() for name in call.query.get("fields", "").split(",") if name.strip()]
    own = [field_named(site, definition, name).name for name in asked if "." not in name]
    result = as_json(site, call, definition, row, own)
    if asked and "Id" not in own:
        result["Id"] = row["Id"]
    for name in asked:
        if "." in name:
            _graft(site, call, definition, row, name.split("."), result)
    return result


def _graft(
    site: Site, call: Call, definition: ObjectDef, row: Row, path: list[str],
    result: dict[str, Any],
) -> None:  # fmt: skip
    way = definition.way(path[0])
    if way is None:
        message = f"No such relation '{path[0]}' on sobject of type {definition.name}"
        raise ApiError(400, "INVALID_FIELD", message)
    above = site.org.row(row.get(way.name))
    kind = site.org.object_of(str(above["Id"])) if above else None
    if above is None or kind is None:
        result[way.relationship] = None
        return
    inner = result.get(way.relationship) or as_json(site, call, kind, above, ["Id"])
    result[way.relationship] = inner
    if len(path) == 2:
        name = field_named(site, kind, path[1]).name
        inner |= {name: as_json(site, call, kind, above, [name])[name]}
    else:
        _graft(site, call, kind, above, path[1:], inner)


def field_named(site: Site, definition: ObjectDef, name: str) -> FieldDef:
    """Give a field that the caller may see; INVALID_FIELD if there is none."""
    field = definition.field(name.strip())
    if field is None or field.name in site.org.hidden_fields(definition.name):
        message = f"No such column '{name.strip()}' on sobject of type {definition.name}"
        raise ApiError(400, "INVALID_FIELD", message)
    return field


def by_id(site: Site, definition: ObjectDef, call: Call) -> Row:
    """Give the live record that the path names by its id."""
    record_id = call.segments["id"]
    if normal_id(record_id) is None:
        raise ApiError(
            404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: "
            f"{record_id}",
        )  # fmt: skip
    if not record_id.startswith(definition.prefix):
        message = f"{definition.name} ID: id value of incorrect type: {record_id}"
        raise ApiError(400, "MALFORMED_ID", message, ["Id"])
    return site.org.get(definition, record_id)


def _written(site: Site, definition: ObjectDef, call: Call) -> Row:
    """Give the live record that a call changes or deletes; who writes hears another code."""
    try:
        return by_id(site, definition, call)
    except ApiError as error:
        if error.code != "NOT_FOUND" or normal_id(call.segments["id"]) is None:
            raise
        message = "invalid cross reference id"
        raise ApiError(404, "INVALID_CROSS_REFERENCE_KEY", message) from None


def _external(site: Site, call: Call) -> tuple[ObjectDef, FieldDef, str]:
    definition = site.org.object(call.segments["object"])
    field = definition.field(call.segments["field"])
    hidden = site.org.hidden_fields(definition.name)
    if field is None or field.name in hidden or not _is_key(field):
        name = call.segments["field"]
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise ApiError(404, "NOT_FOUND", message)
    return definition, field, call.segments["value"]


def _is_key(field: FieldDef) -> bool:
    return field.external_id or field.type is FieldType.ID


def _only(call: Call, definition: ObjectDef, rows: list[Row]) -> Row | Answer | None:
    if len(rows) > 1:
        return Answer(300, [f"{call.base}/sobjects/{definition.name}/{row['Id']}" for row in rows])
    return rows[0] if rows else None


def _no_such(field: FieldDef) -> ApiError:
    message = f"Provided external ID field does not exist or is not accessible: {field.name}"
    return ApiError(404, "NOT_FOUND", message)


def _refuse(values: Mapping[str, Any], *names: str) -> None:
    for given in values:
        for name in names:
            if given.lower() == name.lower():
                message = f"The {name} field should not be specified in the sobject data."
                raise ApiError(400, "INVALID_FIELD", message)


def http_date(text: str) -> datetime:
    """Read the instant of a header."""
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        raise ApiError(400, "INVALID_ARGUMENT", f"not an HTTP date: {text}") from None
    return moment.astimezone(UTC)


def _check_unmodified(call: Call, row: Row) -> None:
    text = call.headers.get("if-unmodified-since")
    if text and row["LastModifiedDate"] > http_date(text):
        message = "One or more conditions given in the request header fields didn't match"
        raise ApiError(412, "PRECONDITION_FAILED", message)
