"""The domains of a decision table's columns: what values a column can hold at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from hub.handbook.cells import Key, key_of


@dataclass(frozen=True, slots=True)
class Domain:
    """What a column holds: one of some values, a number, or text.

    `optional` columns may also be unset; numbers and texts always may.
    """

    kind: Literal["enum", "number", "text"]
    values: tuple[Key, ...] = ()
    optional: bool = False

    @property
    def all_values(self) -> tuple[Key, ...]:
        """Give all that an enumerated column can hold, unset included."""
        return (*self.values, None) if self.optional else self.values

    def __str__(self) -> str:
        return ", ".join(str(value) for value in self.values) if self.values else self.kind


def parse_domain(data: Any, vocabularies: Mapping[str, tuple[str, ...]]) -> Domain:
    """Read a column's domain; ValueError says what is wrong with it.

    It is `text`, `number`, `boolean`, the name of a vocabulary (`types`, `roles`, …), a list of
    values, or `{values: one of these, optional: true}`.
    """
    if isinstance(data, Mapping):
        if not set(data) <= {"values", "optional"} or "values" not in data:
            raise ValueError("a domain is written {values: …, optional: true}")
        inner = parse_domain(data["values"], vocabularies)
        return Domain(inner.kind, inner.values, data.get("optional") is True)
    if isinstance(data, list):
        values = tuple(key_of(value) for value in data)
        if not values or None in values or len(set(values)) < len(values):
            raise ValueError("a domain's values are one or more, all different, none empty")
        return Domain("enum", values)
    if data == "boolean":
        return Domain("enum", ("true", "false"))
    if data == "text":
        return Domain("text")
    if data == "number":
        return Domain("number")
    if isinstance(data, str) and data in vocabularies:
        return Domain("enum", vocabularies[data])
    known = ", ".join(["text", "number", "boolean", *sorted(vocabularies)])
    raise ValueError(f"unknown domain {data!r} (known: {known}, or a list of values)")
