"""What is known of an object: its fields with type, length and rights, as describe words them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """One field, as describe words it."""

    name: str
    type: str
    length: int = 0
    byte_length: int = 0
    createable: bool = False
    updateable: bool = False
    required: bool = False
    external_id: bool = False
    unique: bool = False
    restricted: bool = False
    values: tuple[str, ...] = ()
    relationship: str = ""
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """One object: its rights and fields by name."""

    name: str
    createable: bool
    updateable: bool
    fields: Mapping[str, FieldFacts]

    def way(self, relationship: str) -> FieldFacts | None:
        """Give the reference behind a relationship's name."""
        return next((f for f in self.fields.values() if f.relationship == relationship), None)


def read_object(body: Mapping[str, Any]) -> ObjectFacts:
    """Read the answer of a describe call."""
    fields = {field["name"]: _field(field) for field in body["fields"]}
    return ObjectFacts(body["name"], body["createable"], body["updateable"], fields)


def _field(body: Mapping[str, Any]) -> FieldFacts:
    return FieldFacts(
        name=body["name"],
        type=body["type"],
        length=int(body.get("length") or 0),
        byte_length=int(body.get("byteLength") or 0),
        createable=bool(body.get("createable")),
        updateable=bool(body.get("updateable")),
        required=not body.get("nillable", True) and not body.get("defaultedOnCreate", False),
        external_id=bool(body.get("externalId")),
        unique=bool(body.get("unique")),
        restricted=bool(body.get("restrictedPicklist")),
        values=tuple(v["value"] for v in body.get("picklistValues") or () if v.get("active", True)),
        relationship=body.get("relationshipName") or "",
        targets=tuple(body.get("referenceTo") or ()),
    )
