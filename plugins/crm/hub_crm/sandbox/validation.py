"""Turns the values of a call into a record's values, or refuses them as the system does."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.records import Records
from hub_crm.sandbox.schema import INTEGRAL, FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write

_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+\.[^\s@.]+")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NOT_NAMED: Final = frozenset({"attributes", "id", "type"})


def clean(
    org: Records, definition: ObjectDef, values: Mapping[str, Any], write: Write, *, creating: bool
) -> Row:
    """Give the record's values for a call's; ApiError for the first that can not be taken."""
    hidden = org.hidden_fields(definition.name)
    narrowed = _narrowed(org, definition, values)
    row: Row = {}
    for name, given in values.items():
        field, value = definition.field(name), given
        if field is None and name.lower() in _NOT_NAMED:
            continue
        if field is not None and field.type is FieldType.ID and field.name == "Id":
            continue
        if field is None and isinstance(given, dict) and (way := definition.way(name)):
            field, value = way, _by_key(org, way, given)
        if field is None or field.name in hidden:
            raise _no_column(definition, name)
        _check_right(field, creating)
        if creating and _defaulted(field, value):
            continue
        row[field.name] = _value(field, value, write, narrowed.get(field.name))
    if creating:
        missing = [name for name in definition.required if row.get(name) is None]
        if missing:
            raise _missing(missing)
    return row


def _defaulted(field: FieldDef, value: Any) -> bool:
    """Tell whether a new record takes a list's default: it needs a value, and has none."""
    empty = value is None or (isinstance(value, str) and not value.strip())
    return empty and field.type is FieldType.PICKLIST and not field.nillable and bool(field.default)


def _no_column(definition: ObjectDef, name: str) -> ApiError:
    message = f"No such column '{name}' on sobject of type {definition.name}"
    return ApiError(400, "INVALID_FIELD", message)


def _narrowed(
    org: Records, definition: ObjectDef, values: Mapping[str, Any]
) -> Mapping[str, tuple[str, ...]]:
    """Give the values that the record type leaves of each picklist that it narrows."""
    if not definition.record_types:
        return {}
    chosen = org.row(values.get("RecordTypeId"))
    for kind in definition.record_types:
        if chosen is not None and chosen["DeveloperName"] == kind.name:
            return kind.values
    return {}


def _by_key(org: Records, way: FieldDef, given: Mapping[str, Any]) -> str | None:
    """Give the id of the parent that is named by its external id, as `{"Code__c": "C-1"}`."""
    told = given.get("attributes")
    kind = told.get("type") if isinstance(told, dict) else None
    target = org.object(str(kind or way.references[0]))
    keys = [(name, value) for name, value in given.items() if name != "attributes"]
    if len(keys) != 1:
        message = f"Exactly one external id field of {target.name} names a parent"
        raise ApiError(400, "INVALID_FIELD", message)
    field = target.field(keys[0][0])
    if field is None or not (field.external_id or field.unique or field.type is FieldType.ID):
        message = f"Field name provided, {keys[0][0]} is not an External ID or indexed field for "
        raise ApiError(400, "INVALID_FIELD", message + target.name)
    found = org.find(target, field, str(keys[0][1]))
    if len(found) != 1:
        message = (
            f"Foreign key external ID: {str(keys[0][1]).lower()} not found for field "
            f"{field.name} in entity {target.name}"
        )
        raise ApiError(400, "INVALID_FIELD", message, [field.name])
    return str(found[0]["Id"])


def _check_right(field: FieldDef, creating: bool) -> None:
    if field.createable if creating else field.updateable:
        return
    raise ApiError(
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {field.name}. Please check the security settings of "
        "this field and verify that it is read/write for your profile or permission set.",
        [field.name],
    )


def _missing(names: list[str]) -> ApiError:
    message = f"Required fields are missing: [{', '.join(names)}]"
    return ApiError(400, "REQUIRED_FIELD_MISSING", message, names)


def _value(field: FieldDef, value: Any, write: Write, narrowed: tuple[str, ...] | None) -> Any:
    if isinstance(value, str) and field.type is not FieldType.BASE64:
        value = value.strip() or None
    if value is None:
        return _absent(field)
    if isinstance(value, dict | list):
        raise ApiError(
            400,
            "JSON_PARSER_ERROR",
            f"Cannot deserialize instance of {field.type.value} from "
            f"{'START_OBJECT' if isinstance(value, dict) else 'START_ARRAY'} value",
        )
    if write.truncate and isinstance(value, str) and field.length:
        value = value[: field.length]
    if narrowed is not None and str(value) not in narrowed:
        raise _bad_value(field, str(value))
    reader: Callable[[FieldDef, Any], Any] = _READERS.get(field.type, _text)
    return reader(field, value)


def _absent(field: FieldDef) -> Any:
    if field.nillable:
        return None
    if field.type is FieldType.BOOLEAN:
        return False
    if field.name == "OwnerId":
        raise ApiError(
            400, "INVALID_CROSS_REFERENCE_KEY", "Owner ID: owner cannot be blank", ["OwnerId"]
        )
    raise _missing([field.name])


def _unreadable(field: FieldDef, value: Any) -> ApiError:
    return ApiError(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {field.type.value} from VALUE_STRING value {value} or "
        "request may be missing a required field",
    )


def _text(field: FieldDef, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    too_long = field.length and len(text) > field.length
    if too_long or (field.byte_length and len(text.encode()) > field.byte_length):
        raise ApiError(
            400,
            "STRING_TOO_LONG",
            f"{field.title}: data value too large: {text[:60]} "
            f"(max length={field.byte_length or field.length})",
            [field.name],
        )
    return text


def _email(field: FieldDef, value: Any) -> str:
    text = _text(field, value)
    if not _EMAIL.fullmatch(text):
        message = f"{field.title}: invalid email address: {text}"
        raise ApiError(400, "INVALID_EMAIL_ADDRESS", message, [field.name])
    return text


def _picklist(field: FieldDef, value: Any) -> str:
    text = _text(field, value)
    if field.restricted and text not in field.values:
        raise _bad_value(field, text)
    return text


def _picklists(field: FieldDef, value: Any) -> str:
    chosen = [part.strip() for part in _text(field, value).split(";") if part.strip()]
    for part in chosen:
        if field.restricted and part not in field.values:
            raise _bad_value(field, part)
    order = {known: number for number, known in enumerate(field.values)}
    return ";".join(sorted(dict.fromkeys(chosen), key=lambda part: order.get(part, len(order))))


def _bad_value(field: FieldDef, text: str) -> ApiError:
    return ApiError(
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{field.title}: bad value for restricted picklist field: {text}",
        [field.name],
    )


def _boolean(field: FieldDef, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in {"true", "false", "1", "0"}:
        return str(value).lower() in {"true", "1"}
    raise _unreadable(field, value)


def _number(field: FieldDef, value: Any) -> Any:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise _unreadable(field, value) from None
    if isinstance(value, bool) or not number.is_finite():
        raise _unreadable(field, value)
    most = 10 if field.type in INTEGRAL else max(1, (field.precision or 18) - field.scale)
    if number and number.adjusted() >= most:
        message = f"{field.title}: value outside of valid range on numeric field: {value}"
        raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", message, [field.name])
    # What is finer than the field's scale is kept: only the pages of the system round it.
    return int(number) if field.type in INTEGRAL else number


def _date(field: FieldDef, value: Any) -> date:
    try:
        if _DATE.match(str(value)):
            return date.fromisoformat(str(value)[:10])
    except ValueError:
        pass
    raise _unreadable(field, value)


def _moment(field: FieldDef, value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        raise _unreadable(field, value) from None


def _time(field: FieldDef, value: Any) -> time:
    try:
        return time.fromisoformat(str(value).removesuffix("Z")).replace(tzinfo=None)
    except ValueError:
        raise _unreadable(field, value) from None


def _bytes(field: FieldDef, value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return base64.b64decode("".join(str(value).split()), validate=True)
    except (binascii.Error, ValueError):
        message = f"{field.title}: value not of required type: {str(value)[:40]}"
        raise ApiError(400, "INVALID_TYPE_ON_FIELD_IN_RECORD", message, [field.name]) from None


def _reference(field: FieldDef, value: Any) -> str:
    found = normal_id(value)
    if found is None:
        message = f"{field.title}: id value of incorrect type: {value}"
        raise ApiError(400, "MALFORMED_ID", message, [field.name])
    return found


_READERS: Final[dict[FieldType, Callable[[FieldDef, Any], Any]]] = {
    FieldType.EMAIL: _email,
    FieldType.PICKLIST: _picklist,
    FieldType.BOOLEAN: _boolean,
    FieldType.COMBOBOX: _text,
    FieldType.MULTIPICKLIST: _picklists,
    FieldType.TIME: _time,
    FieldType.BASE64: _bytes,
    FieldType.PERCENT: _number,
    FieldType.LONG: _number,
    FieldType.INT: _number,
    FieldType.DOUBLE: _number,
    FieldType.CURRENCY: _number,
    FieldType.PERCENT: _number,
    FieldType.DATE: _date,
    FieldType.DATETIME: _moment,
    FieldType.REFERENCE: _reference,
    FieldType.ID: _reference,
}
