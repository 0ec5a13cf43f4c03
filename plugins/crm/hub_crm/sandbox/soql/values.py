"""Which values fit which fields, and the form in which the two are compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.schema import IDS, NUMERIC, TEXTUAL, FieldDef, FieldType
from hub_crm.sandbox.soql.nodes import Literal, Money, Text
from hub_crm.sandbox.wire import ApiError

_KINDS: Final = {
    **dict.fromkeys(TEXTUAL | IDS | {FieldType.MULTIPICKLIST}, "string"),
    **dict.fromkeys(NUMERIC, "number"),
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.DATETIME: "dateTime",
    FieldType.TIME: "time",
}
_FITS: Final[dict[str, Callable[[Literal], bool]]] = {
    "string": lambda value: isinstance(value, Text),
    "number": lambda value: type(value) in {int, Decimal},
    "boolean": lambda value: isinstance(value, bool),
    "date": lambda value: type(value) is date,
    "dateTime": lambda value: isinstance(value, datetime),
    "time": lambda value: isinstance(value, time),
}


class Values:
    """Reads the values of one query; `fail` words an error that points into it."""

    def __init__(self, fail: Callable[..., ApiError]) -> None:
        self._fail = fail

    def key(self, field: FieldDef, value: Literal, at: int) -> Any:
        """Give a value in the form in which the field's values are compared."""
        if value is None:
            return None
        kind = field.type
        if kind in IDS and isinstance(value, Text):
            return self._id(value.value, at)
        if isinstance(value, Money) and kind is FieldType.CURRENCY:
            return value.amount
        if not _FITS[_KINDS[kind]](value):
            raise self.mistyped(field, at)
        if not isinstance(value, Text):
            return value
        if kind is FieldType.MULTIPICKLIST:
            chosen = (part.strip().lower() for part in value.value.split(";"))
            return frozenset(part for part in chosen if part) or None
        # An empty text is how the system stores nothing.
        return value.value.lower() or None

    def _id(self, text: str, at: int) -> str | None:
        if not text:
            return None
        found = normal_id(text)
        if found is None:
            what = f"invalid ID field: {text}"
            raise self._fail(at, what, "INVALID_QUERY_FILTER_OPERATOR")
        return found

    def mistyped(self, field: FieldDef, at: int) -> ApiError:
        """Give the error that a value is of another type than the field."""
        kind = _KINDS[field.type]
        quotes = "should" if kind == "string" else "should not"
        if kind == "number":
            kind = {FieldType.INT: "int", FieldType.CURRENCY: "currency"}.get(field.type, "double")
        what = (
            f"value of filter criterion for field '{field.name}' must be of type {kind} and "
            f"{quotes} be enclosed in quotes"
        )
        return self._fail(at, what)
