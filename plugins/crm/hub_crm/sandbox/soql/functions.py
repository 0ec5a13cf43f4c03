"""The functions over one value: parts of dates, labels, formats, distances."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from hub_crm.sandbox.schema import NUMERIC, FieldDef, FieldType
from hub_crm.sandbox.soql.bound import Bound, Scope, computed
from hub_crm.sandbox.soql.dates import PARTS, Calendar
from hub_crm.sandbox.soql.nodes import Call, Operand, Path, Text
from hub_crm.sandbox.wire import ApiError

_EARTH: Final = {"km": 6371.0088, "mi": 3958.7613}
_DATED: Final = frozenset({FieldType.DATE, FieldType.DATETIME})


def scalar(scope: Scope, call: Call) -> Bound:
    """Resolve a function over one value; MALFORMED_QUERY if it can not stand here."""
    if call.function == "DISTANCE":
        return _distance(scope, call)
    if call.function in PARTS or call.function in {"DAY_ONLY", "HOUR_IN_DAY"}:
        return _part(scope, call)
    maker = _MAKERS.get(call.function)
    if maker is None:
        raise scope.fail(call.at, f"unexpected token: '{call.function}'", "MALFORMED_QUERY")
    return maker(scope, call, scope.bind(_only(scope, call)))


def _only(scope: Scope, call: Call) -> Path | Call:
    if len(call.arguments) == 1 and isinstance(call.arguments[0], Path | Call):
        return call.arguments[0]
    what = f"Invalid number or kind of arguments of function {call.function}"
    raise scope.fail(call.at, what, "MALFORMED_QUERY")


def _refusal(scope: Scope, call: Call, bound: Bound) -> ApiError:
    what = f"field {bound.field.name} does not support function {call.function}"
    return scope.fail(call.at, what, "MALFORMED_QUERY")


def _part(scope: Scope, call: Call) -> Bound:
    inner, zoned = _only(scope, call), False
    if isinstance(inner, Call) and inner.function == "CONVERTTIMEZONE":
        inner, zoned = _only(scope, inner), True
    bound, calendar = scope.bind(inner), scope.calendar
    whole_days = call.function not in {"DAY_ONLY", "HOUR_IN_DAY"}
    fits = bound.field.type in _DATED if whole_days else bound.field.type is FieldType.DATETIME
    if not fits or bound.function or (zoned and bound.field.type is not FieldType.DATETIME):
        raise _refusal(scope, call, bound)

    def local(value: date) -> Any:
        return value.astimezone(calendar.zone) if zoned and isinstance(value, datetime) else value

    name = f"{call.function}{'/zoned' if zoned else ''}"
    if call.function == "DAY_ONLY":
        field = FieldDef(name=bound.field.name, type=FieldType.DATE)
        return computed(bound, name, field, lambda value: local(value).date())
    field = FieldDef(name=bound.field.name, type=FieldType.INT)
    if call.function == "HOUR_IN_DAY":
        return computed(bound, name, field, lambda value: local(value).hour)
    take = PARTS[call.function]
    return computed(bound, name, field, lambda value: take(local(value), calendar))


def _labelled(scope: Scope, call: Call, bound: Bound) -> Bound:
    if bound.function:
        raise _refusal(scope, call, bound)
    labels = {entry.value: entry.label for entry in bound.field.entries}
    return computed(bound, "TOLABEL", bound.field, lambda value: _label(labels, value))


def _label(labels: Mapping[str, str], value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return ";".join(labels.get(part, part) for part in value.split(";"))


def _formatted(scope: Scope, call: Call, bound: Bound) -> Bound:
    if bound.function == "FORMAT":
        raise _refusal(scope, call, bound)
    kind, calendar = bound.field.type, scope.calendar
    field = FieldDef(name=bound.field.name, type=FieldType.STRING)
    return computed(bound, "FORMAT", field, lambda value: _shown(kind, value, calendar))


def _shown(kind: FieldType, value: Any, calendar: Calendar) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(calendar.zone)
        return f"{_day(value, calendar)} {_clock(value, calendar)}"
    if isinstance(value, date):
        return _day(value, calendar)
    if kind is FieldType.CURRENCY:
        return f"{value:,.2f}"
    if kind in NUMERIC:
        return f"{value:,}"
    return str(value)


def _day(day: date, calendar: Calendar) -> str:
    if calendar.locale == "en_US":
        return f"{day.month}/{day.day}/{day.year}"
    return f"{day.year}/{day.month}/{day.day}"


def _clock(moment: datetime, calendar: Calendar) -> str:
    if calendar.locale == "en_US":
        return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"
    return f"{moment.hour}:{moment.minute:02d}"


def _converted(scope: Scope, call: Call, bound: Bound) -> Bound:
    if bound.field.type is not FieldType.CURRENCY or bound.function:
        raise _refusal(scope, call, bound)
    # The organisation keeps one currency, so that every amount is in the user's already.
    return computed(bound, "CONVERTCURRENCY", bound.field, lambda value: value)


_MAKERS: Final[dict[str, Callable[[Scope, Call, Bound], Bound]]] = {
    "TOLABEL": _labelled,
    "FORMAT": _formatted,
    "CONVERTCURRENCY": _converted,
}


def _distance(scope: Scope, call: Call) -> Bound:
    """Resolve `DISTANCE(Field__c, GEOLOCATION(37.7,-122.4), 'mi')`: along a great circle."""
    if len(call.arguments) != 3:
        raise scope.fail(call.at, "DISTANCE takes two places and a unit", "MALFORMED_QUERY")
    unit = call.arguments[2]
    radius = _EARTH.get(unit.value.lower()) if isinstance(unit, Text) else None
    if radius is None:
        raise scope.fail(call.at, "DISTANCE takes the unit 'mi' or 'km'", "MALFORMED_QUERY")
    (lat1, lon1, bound), (lat2, lon2, other) = (
        _place(scope, call, argument) for argument in call.arguments[:2]
    )
    known = bound or other
    if known is None:
        raise scope.fail(call.at, "DISTANCE takes at least one field", "MALFORMED_QUERY")

    def read(row: Any) -> Any:
        found = [get(row) for get in (lat1, lon1, lat2, lon2)]
        return None if None in found else _arc(*map(float, found)) * radius

    field = FieldDef(name="DISTANCE", type=FieldType.DOUBLE)
    return replace(known, function="DISTANCE", field=field, read=read, local=read)


Reading = Callable[[Any], Any]


def _place(scope: Scope, call: Call, place: Operand) -> tuple[Reading, Reading, Bound | None]:
    if isinstance(place, Call) and place.function == "GEOLOCATION":
        numbers = [a for a in place.arguments if isinstance(a, int | Decimal)]
        if len(numbers) != 2 or len(place.arguments) != 2:
            raise scope.fail(place.at, "GEOLOCATION takes two numbers", "MALFORMED_QUERY")
        latitude, longitude = numbers
        return (lambda _: latitude), (lambda _: longitude), None
    if not isinstance(place, Path):
        raise scope.fail(call.at, "DISTANCE takes places", "MALFORMED_QUERY")
    name = place.parts[-1]
    stem = name[: -len("Address")] if name.lower().endswith("address") else name[:-3]
    ends = ("Latitude", "Longitude") if stem + "Address" == name else (
        "__Latitude__s", "__Longitude__s",
    )  # fmt: skip
    first, second = (scope.bind(Path((*place.parts[:-1], stem + end), place.at)) for end in ends)
    return first.read, second.read, first


def _arc(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    a1, o1, a2, o2 = map(math.radians, (lat1, lon1, lat2, lon2))
    half = math.sin((a2 - a1) / 2) ** 2
    half += math.cos(a1) * math.cos(a2) * math.sin((o2 - o1) / 2) ** 2
    return 2 * math.asin(min(1.0, math.sqrt(half)))
