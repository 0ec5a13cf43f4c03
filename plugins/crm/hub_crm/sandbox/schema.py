"""How an object is declared: its fields with type, length, references and rights, and its rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, Literal

from hub_crm.sandbox.formula import Formula


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
    ENCRYPTED = "encryptedstring"
    BOOLEAN = "boolean"
    INT = "int"
    LONG = "long"
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
    ANY = "anyType"


TEXTUAL: Final = frozenset(
    {FieldType.STRING, FieldType.TEXTAREA, FieldType.PICKLIST, FieldType.COMBOBOX,
     FieldType.EMAIL, FieldType.PHONE, FieldType.URL, FieldType.ENCRYPTED, FieldType.ANY}
)  # fmt: skip
INTEGRAL: Final = frozenset({FieldType.INT, FieldType.LONG})
NUMERIC: Final = INTEGRAL | {FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT}
IDS: Final = frozenset({FieldType.ID, FieldType.REFERENCE})
PICKED: Final = frozenset({FieldType.PICKLIST, FieldType.MULTIPICKLIST, FieldType.COMBOBOX})
_COMPOUND: Final = frozenset({FieldType.BASE64, FieldType.ADDRESS, FieldType.LOCATION})
_UNFILTERED: Final = _COMPOUND | {FieldType.ENCRYPTED, FieldType.ANY}
_UNGROUPED: Final = frozenset(
    {FieldType.DATETIME, FieldType.TIME, FieldType.DOUBLE, FieldType.CURRENCY, FieldType.PERCENT}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a picklist: `within` are the controlling field's values that allow it."""

    value: str
    label: str
    active: bool = True
    closed: bool = False
    within: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDef:
    """One field.

    Args:
        length: most characters; `byte_length` most bytes, where the system counts those.
        precision: most digits of a number, `scale` of them after the point.
        entries: a picklist's values; `restricted` refuses all others.
        controller: the field whose value decides which entries may be chosen.
        references: objects that a reference may point to; several make it polymorphic. With
            `customs` every object that the organisation made itself is among them.
        by: the parent's field by which it is named, where that is not its id.
        relationship: name of the way to the parent; `children` the name of the way back.
        on_delete: what deleting the parent does: empty the reference, delete, or be refused.
        number: how the system numbers records (`{00000000}`); makes it an auto number.
        formula: what the system computes the value from.
        calculated: set by the system alone, as are those with neither right.
    """

    name: str
    type: FieldType = FieldType.STRING
    label: str = ""
    length: int = 0
    byte_length: int = 0
    precision: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    entries: tuple[Value, ...] = ()
    restricted: bool = False
    controller: str = ""
    default: Any = None
    references: tuple[str, ...] = ()
    customs: bool = False
    by: str = ""
    relationship: str = ""
    children: str = ""
    on_delete: Literal["clear", "cascade", "restrict"] = "clear"
    external_id: bool = False
    unique: bool = False
    case_sensitive: bool = False
    number: str = ""
    formula: Formula | None = None
    calculated: bool = False
    name_field: bool = False
    help: str = ""

    def pointing(self, old: str, new: str) -> FieldDef:
        """Give the reference with an object that it points to under another name."""
        return replace(self, references=tuple(new if r == old else r for r in self.references))

    def open_to(self, names: Iterable[str]) -> FieldDef:
        """Give the reference with these objects among those that it points to."""
        return replace(self, references=tuple(dict.fromkeys([*self.references, *names])))

    @property
    def title(self) -> str:
        """Give the label that messages use."""
        return self.label or self.name

    @property
    def values(self) -> tuple[str, ...]:
        """Give the values of a picklist that may be chosen."""
        return tuple(entry.value for entry in self.entries if entry.active)

    @property
    def custom(self) -> bool:
        """Tell whether the organisation made this field itself."""
        return self.name.endswith("__c")

    @property
    def auto_number(self) -> bool:
        """Tell whether the system numbers the records here."""
        return bool(self.number)

    @property
    def cascade(self) -> bool:
        """Tell whether deleting the parent deletes this record."""
        return self.on_delete == "cascade"

    @property
    def filterable(self) -> bool:
        """Tell whether SOQL may filter by it: long texts and compound values it may not."""
        long = self.type is FieldType.TEXTAREA and self.length > 255
        return not (long or self.type in _UNFILTERED)

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


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordType:
    """A kind of record of one object; `values` narrows picklists, by field."""

    name: str
    label: str
    default: bool = False
    active: bool = True
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationRule:
    """A record for which `when` is true is refused with `message`, at `field` if it is named."""

    name: str
    when: Formula
    message: str
    field: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateRule:
    """Live records that agree in all of `fields` are duplicates: refused, or only reported."""

    name: str
    fields: tuple[str, ...]
    action: Literal["block", "allow"] = "block"
    message: str = "Use one of these records?"


@dataclass(frozen=True, kw_only=True)
class ObjectDef:
    """One object: its key prefix, fields, rights and rules.

    `binned`: what is deleted waits in the recycle bin, and records tell whether they are there.
    """

    name: str
    prefix: str
    own: Sequence[FieldDef]
    createable: bool = True
    updateable: bool = True
    deletable: bool = True
    binned: bool = True
    mergeable: bool = False
    searchable: bool = True
    label: str = ""
    plural: str = ""
    record_types: Sequence[RecordType] = ()
    validations: Sequence[ValidationRule] = ()
    duplicates: Sequence[DuplicateRule] = ()

    @cached_property
    def fields(self) -> Mapping[str, FieldDef]:
        """Give all fields by name, in the order of describe."""
        standard = _standard_fields(self.binned)
        return MappingProxyType({f.name: f for f in [standard[0], *self.own, *standard[1:]]})

    @cached_property
    def blank(self) -> Mapping[str, Any]:
        """Give the values with which a record begins."""
        return MappingProxyType(
            {f.name: None if f.default == "" else f.default for f in self.fields.values()}
        )

    @cached_property
    def required(self) -> tuple[str, ...]:
        """Give the fields without which no record can be made."""
        return tuple(f.name for f in self.fields.values() if f.required)

    @cached_property
    def references(self) -> tuple[FieldDef, ...]:
        """Give the fields that point to other records."""
        return tuple(f for f in self.fields.values() if f.type is FieldType.REFERENCE)

    @cached_property
    def unique(self) -> tuple[FieldDef, ...]:
        """Give the fields of which no two live records share a value."""
        return tuple(f for f in self.fields.values() if f.unique)

    @cached_property
    def formulas(self) -> tuple[FieldDef, ...]:
        """Give the fields that are computed."""
        return tuple(f for f in self.fields.values() if f.formula is not None)

    @cached_property
    def numbered(self) -> tuple[FieldDef, ...]:
        """Give the fields in which the system numbers the records."""
        return tuple(f for f in self.fields.values() if f.number)

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Give the names of the compound addresses."""
        return tuple(f.name for f in self.fields.values() if f.type is FieldType.ADDRESS)

    @cached_property
    def name_field(self) -> FieldDef | None:
        """Give the field that names a record."""
        return next((f for f in self.fields.values() if f.name_field), None)

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

    @property
    def title(self) -> str:
        """Give the label that people see."""
        return self.label or self.name

    def with_fields(self, *definitions: FieldDef) -> ObjectDef:
        """Give the object with more fields, or others in place of those of the same name."""
        own = {f.name: f for f in self.own} | {f.name: f for f in definitions}
        return replace(self, own=tuple(own.values()))

    def changed(self, **parts: Any) -> ObjectDef:
        """Give the object with other parts than it has."""
        return replace(self, **parts)

    def without_field(self, name: str) -> ObjectDef:
        """Give the object without one field."""
        return replace(self, own=tuple(f for f in self.own if f.name != name))


def _standard_fields(binned: bool) -> list[FieldDef]:
    fixed: dict[str, Any] = {"createable": False, "updateable": False, "nillable": False}
    moment: dict[str, Any] = {"type": FieldType.DATETIME, **fixed}
    user: dict[str, Any] = {
        "type": FieldType.REFERENCE, "length": 18, "references": ("User",), **fixed,
    }  # fmt: skip
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
    if binned:
        fields.insert(
            1, FieldDef(name="IsDeleted", label="Deleted", type=FieldType.BOOLEAN, **fixed)
        )
    return fields


NAME_OBJECT: Final = ObjectDef(
    name="Name",
    prefix="000",
    own=(
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
