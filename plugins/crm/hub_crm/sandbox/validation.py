"""Turns the values of a call into a record's values, or refuses them as the system does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.schema import FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.wire import ApiError

Row = dict[str, Any]
Resolve = Callable[[FieldDef, str], None]

_EMAIL: Final = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+\.[^\s@.]+")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def clean(
    definition: ObjectDef, values: Mapping[str, Any], *, creating: bool, hidden: frozenset[str]
) -> Row:
    """Give the record's values for a call's; ApiError for the first that can not be taken."""
    row: Row = {}
    for name, value in values.items():
        if name == "attributes" or name.lower() == "id":
            continue
        field = definition.field(name)
        if field is None or field.name in hidden:
            raise ApiError(
                400,
                "INVALID_FIELD",
                f"No such column '{name}' on sobject of type {definition.name}",
            )
        _check_right(field, creating)
        row[field.name] = _value(field, value)
    if creating:
        _check_required(definition, row)
    return row


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


def _check_required(definition: ObjectDef, row: Row) -> None:
    missing = [f.name for f in definition.fields.values() if f.required and row.get(f.name) is None]
    if missing:
        raise _missing(missing)


def _missing(names: list[str]) -> ApiError:
    message = f"Required fields are missing: [{', '.join(names)}]"
    return ApiError(400, "REQUIRED_FIELD_MISSING", message, names)


def _value(field: FieldDef, value: Any) -> Any:
    if isinstance(value, str):
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
        raise ApiError(
            400,
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            f"{field.title}: bad value for restricted picklist field: {text}",
            [field.name],
        )
    return text


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
    return int(number) if field.type is FieldType.INT else number


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
    except ValueError:
        raise _unreadable(field, value) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).replace(microsecond=0)


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
    FieldType.INT: _number,
    FieldType.DOUBLE: _number,
    FieldType.CURRENCY: _number,
    FieldType.PERCENT: _number,
    FieldType.DATE: _date,
    FieldType.DATETIME: _moment,
    FieldType.REFERENCE: _reference,
}
