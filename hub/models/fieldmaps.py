"""How fields of an item and of a linked record correspond: plain values the engine merges by."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from hub.models.records import Fields, Value


class Direction(StrEnum):
    """Which way a field travels."""

    BOTH = "both"
    IN = "in"
    OUT = "out"


class Policy(StrEnum):
    """Who wins when both sides changed a field since the shadow."""

    THEIRS = "theirs"
    OURS = "ours"
    NEWEST = "newest"
    ASK = "ask"


class FieldMap(msgspec.Struct, frozen=True, kw_only=True):
    """One field's correspondence.

    `values` maps the item's value to the record's; `inbound` the record's to the item's, for
    values that several map to one. A value in neither passes as it is, unless `closed`: then an
    unknown value of the record leaves the item alone. An empty string in `values` means: this
    value of the item is not written.
    """

    item: str
    record: str
    direction: Direction = Direction.BOTH
    policy: Policy = Policy.THEIRS
    values: dict[str, str] = {}
    inbound: dict[str, str] = {}
    closed: bool = False


class RecordMap(msgspec.Struct, frozen=True, kw_only=True):
    """All field maps of one kind of record of one connector."""

    connector: str
    kind: str
    fields: tuple[FieldMap, ...]


def outward(field: FieldMap, value: Value) -> tuple[bool, Value]:
    """Give (whether to write, the record's value) for an item's value."""
    if isinstance(value, str) and field.values:
        if value in field.values:
            mapped = field.values[value]
            return (mapped != "", mapped)
        return (not field.closed, value)
    return (True, value)


def inward(field: FieldMap, value: Value) -> tuple[bool, Value]:
    """Give (whether it is known, the item's value) for a record's value."""
    if isinstance(value, str):
        if value in field.inbound:
            return (True, field.inbound[value])
        for ours, theirs in field.values.items():
            if theirs == value and theirs != "":
                return (True, ours)
        return (not field.closed, value)
    return (True, value)


def normal(value: Value) -> Value:
    """Give the normal form in which values are compared: line ends, outer space, empty as None."""
    if isinstance(value, str):
        if "\r" in value:
            value = value.replace("\r\n", "\n").replace("\r", "\n")
        return value.strip() or None
    if isinstance(value, list):
        return sorted(value) or None
    return value


def same(one: Value, other: Value) -> bool:
    """Say whether two values have one normal form."""
    return one == other or normal(one) == normal(other)


def outbound_fields(record: RecordMap, item: Fields) -> Fields:
    """Give all fields of a record that follow from an item's fields."""
    result: Fields = {}
    for field in record.fields:
        if field.direction is Direction.IN or field.item not in item:
            continue
        write, value = outward(field, item[field.item])
        if write:
            result[field.record] = value
    return result
