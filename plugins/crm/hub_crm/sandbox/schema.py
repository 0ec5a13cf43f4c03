"""How an object is declared: its fields with type, length, references and rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final


class FieldType(StrEnum):
    """The types of fields, by the names that describe uses."""

    ID = "id"
    STRING = "string"
    TEXTAREA = "textarea"
    PICKLIST = "picklist"
    MULTIPICKLIST = "multipicklist"
    COMBOBOX = "combobox"
    EMAIL = "email"
    PHONE = "phone"
    URL = "url"
    BOOLEAN = "boolean"
    INT = "int"
    DOUBLE = "double"
    CURRENCY = "currency"
    PERCENT = "percent"
    DATE = "date"
    DATETIME = "datetime"
    TIME = "time"
    REFERENCE = "reference"
    BASE64 = "base64"
    ADDRESS = "address"
    LOCATION = "location"


TEXTUAL: Final = frozenset(
    {FieldType.STRING, FieldType.TEXTAREA, FieldType.PICKLIST, FieldType.COMBOBOX,
     FieldType.EMAIL, FieldType.PHONE, FieldType.URL}
)  # fmt: skip
NUMERIC: Final = frozenset({FieldType.INT, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT})
IDS: Final = frozenset({FieldType.ID, FieldType.REFERENCE})
_COMPOUND: Final = frozenset({FieldType.BASE64, FieldType.ADDRESS, FieldType.LOCATION})
_UNGROUPED: Final = frozenset(
    {FieldType.DATETIME, FieldType.TIME, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDef:
    """One field.

    Args:
        length: most characters; `byte_length` most bytes, where the system counts those.
        values: a picklist's values; `restricted` refuses all others.
        references: objects that a reference may point to; several make it polymorphic.
        relationship: name of the way to the parent; `children` the name of the way back.
        cascade: deleting the parent deletes this record.
        calculated: set by the system alone, as are those with neither right.
    """

    name: str
    type: FieldType = FieldType.STRING
    label: str = ""
    length: int = 0
    byte_length: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    values: tuple[str, ...] = ()
    restricted: bool = False
    default: Any = None
    references: tuple[str, ...] = ()
    relationship: str = ""
    children: str = ""
    cascade: bool = False
    external_id: bool = False
    unique: bool = False
    auto_number: bool = False
    calculated: bool = False
    name_field: bool = False

    @property
    def title(self) -> str:
        """Give the label that messages use."""
        return self.label or self.name

    @property
    def custom(self) -> bool:
        """Tell whether the organisation made this field itself."""
        return self.name.endswith("__c")

    @property
    def filterable(self) -> bool:
        """Tell whether SOQL may filter by it: long texts and compound values it may not."""
        long = self.type is FieldType.TEXTAREA and self.length > 255
        return not (long or self.type in _COMPOUND)

    @property
    def sortable(self) -> bool:
        """Tell whether SOQL may sort by it: what can be filtered, but for multi-select lists."""
        return self.filterable and self.type is not FieldType.MULTIPICKLIST

    @property
    def groupable(self) -> bool:
        """Tell whether SOQL may group by it: no instants, no fractions, no running numbers."""
        return self.sortable and self.type not in _UNGROUPED and not self.auto_number

    @property
    def required(self) -> bool:
        """Tell whether a record can not be made without it."""
        return not self.nillable and self.createable and self.default is None


@dataclass(frozen=True)
class ObjectDef:
    """One object: its key prefix, fields and rights."""

    name: str
    prefix: str
    own: Sequence[FieldDef]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    plural: str = ""
    extras: Mapping[str, FieldDef] = field(default_factory=dict)

    @cached_property
    def fields(self) -> Mapping[str, FieldDef]:
        """Give all fields by name, in the order of describe."""
        standard = _standard_fields(self.deletable)
        return MappingProxyType(
            {f.name: f for f in [standard[0], *self.own, *self.extras.values(), *standard[1:]]}
        )

    @cached_property
    def _folded(self) -> Mapping[str, FieldDef]:
        return {name.lower(): definition for name, definition in self.fields.items()}

    @cached_property
    def _ways(self) -> Mapping[str, FieldDef]:
        return {f.relationship.lower(): f for f in self.fields.values() if f.relationship}

    def field(self, name: str) -> FieldDef | None:
        """Give a field by its name, in whatever case it is written."""
        return self._folded.get(name.lower())

    def way(self, name: str) -> FieldDef | None:
        """Give the reference that a relationship's name stands for."""
        return self._ways.get(name.lower())

    @property
    def custom(self) -> bool:
        """Tell whether the organisation made this object itself."""
        return self.name.endswith("__c")

    def with_field(self, definition: FieldDef) -> ObjectDef:
        """Give the object with one more field."""
        extras = {**self.extras, definition.name: definition}
        return ObjectDef(
            self.name, self.prefix, self.own, self.createable, self.updateable, self.deletable,
            self.plural, extras,
        )  # fmt: skip


def _standard_fields(deletable: bool) -> list[FieldDef]:
    fixed: dict[str, Any] = {"createable": False, "updateable": False, "nillable": False}
    moment: dict[str, Any] = {"type": FieldType.DATETIME, **fixed}
    user: dict[str, Any] = {"type": FieldType.REFERENCE, "references": ("User",), **fixed}
    fields = [
        FieldDef(name="Id", type=FieldType.ID, length=18, label="Record ID", **fixed),
        FieldDef(name="CreatedDate", label="Created Date", **moment),
        FieldDef(name="CreatedById", label="Created By ID", relationship="CreatedBy", **user),
        FieldDef(name="LastModifiedDate", label="Last Modified Date", **moment),
        FieldDef(
            name="LastModifiedById", label="Last Modified By ID", relationship="LastModifiedBy",
            **user,
        ),
        FieldDef(name="SystemModstamp", label="System Modstamp", **moment),
    ]  # fmt: skip
    if deletable:
        fields.insert(
            1, FieldDef(name="IsDeleted", label="Deleted", type=FieldType.BOOLEAN, **fixed)
        )
    return fields


NAME_OBJECT: Final = ObjectDef(
    "Name",
    "000",
    (
        FieldDef(name="Name", name_field=True),
        FieldDef(name="Type", type=FieldType.PICKLIST),
        FieldDef(name="Email", type=FieldType.EMAIL),
        FieldDef(name="Username"),
        FieldDef(name="FirstName"),
        FieldDef(name="LastName"),
        FieldDef(name="Alias"),
        FieldDef(name="Title"),
        FieldDef(name="Phone", type=FieldType.PHONE),
        FieldDef(name="IsActive", type=FieldType.BOOLEAN),
        FieldDef(name="ProfileId", type=FieldType.ID),
    ),
)
"""What a polymorphic reference points to in SOQL: the fields that users and queues share."""
