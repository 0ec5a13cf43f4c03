"""Reads objects and fields from YAML: those of every organisation, and those that a team adds.

A file maps names of objects to their declaration. One that is already known is extended: its
fields are added, or take the place of those of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field

from hub.errors import ConfigError, Problem
from hub.settings import Document, Location, Settings, load_yaml, parse_settings
from hub_crm.sandbox.formula import Formula, FormulaError, parse_formula
from hub_crm.sandbox.schema import (
    PICKED,
    DuplicateRule,
    FieldDef,
    FieldType,
    ObjectDef,
    RecordType,
    ValidationRule,
    Value,
)

SHIPPED: Final = Path(__file__).parent / "objects"
_KIND: Final = re.compile(r"(\w+)(?:\(([^()]*)\))?")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_LENGTHS: Final = {
    FieldType.STRING: 255, FieldType.TEXTAREA: 255, FieldType.PICKLIST: 255, FieldType.EMAIL: 80,
    FieldType.MULTIPICKLIST: 4099, FieldType.COMBOBOX: 255, FieldType.PHONE: 40,
    FieldType.URL: 255, FieldType.ENCRYPTED: 175, FieldType.ID: 18, FieldType.REFERENCE: 18,
    FieldType.ANY: 255,
}  # fmt: skip
_DIGITS: Final = {
    FieldType.DOUBLE: (18, 2), FieldType.CURRENCY: (18, 2), FieldType.PERCENT: (18, 2),
}  # fmt: skip
Item = TypeVar("Item")


def _kind(text: str) -> str:
    found = _KIND.fullmatch(text)
    if not found or found[1] not in set(FieldType):
        raise ValueError(f"{text!r} is no type; known: {', '.join(FieldType)}")
    kind, inner = FieldType(found[1]), found[2]
    if kind is FieldType.REFERENCE and not inner:
        raise ValueError("a reference names its objects: reference(Account)")
    if inner and kind is not FieldType.REFERENCE and not re.fullmatch(r"\d+(,\d+)?", inner):
        raise ValueError(f"the size in {text!r} is no number")
    return text


def _readable(text: str) -> str:
    if text:
        try:
            parse_formula(text)
        except FormulaError as error:
            raise ValueError(str(error)) from None
    return text


Kind = Annotated[str, AfterValidator(_kind)]
FormulaText = Annotated[str, AfterValidator(_readable)]


class _Value(Settings):
    value: str
    label: str = ""
    active: bool = True
    closed: bool = False
    within: tuple[str, ...] = ()


class _Field(Settings):
    type: Kind = "string"
    label: str = ""
    required: bool = False
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    read_only: bool = False
    create_only: bool = False
    values: tuple[Annotated[_Value, BeforeValidator(lambda v: _mapped(v, "value"))], ...] = ()
    restricted: bool = False
    controller: str = ""
    default: str | bool | int | float | None = None
    customs: bool = False
    by: str = ""
    way: str = ""
    children: str = ""
    on_delete: Literal["clear", "cascade", "restrict"] = "clear"
    bytes: int = 0
    auto_number: str = ""
    formula: FormulaText = ""
    name: bool = False
    help: str = ""


class _RecordType(Settings):
    label: str = ""
    default: bool = False
    active: bool = True
    values: dict[str, list[str]] = Field(default_factory=dict)


class _Validation(Settings):
    name: str
    when: FormulaText
    message: str
    field: str = ""


class _Duplicate(Settings):
    name: str
    fields: tuple[str, ...]
    action: Literal["block", "allow"] = "block"
    message: str = "Use one of these records?"


class _Object(Settings):
    prefix: str = ""
    label: str = ""
    plural: str = ""
    searchable: bool = True
    may: tuple[Literal["create", "update", "delete", "remove", "merge"], ...] = (
        "create",
        "update",
        "delete",
    )
    fields: dict[str, Annotated[_Field, BeforeValidator(lambda v: _mapped(v, "type"))]] = Field(
        default_factory=dict
    )
    record_types: dict[str, _RecordType] = Field(default_factory=dict)
    validations: tuple[_Validation, ...] = ()
    duplicates: tuple[_Duplicate, ...] = ()


def _mapped(value: Any, key: str) -> Any:
    if value is None and key == "type":
        return {}
    return value if isinstance(value, Mapping | Settings) else {key: str(value)}


@cache
def shipped(name: str) -> Document:
    """Give a file that comes with the emulator."""
    return load_yaml(SHIPPED / f"{name}.yaml")


STANDARD: Final = (
    "people",
    "customers",
    "sales",
    "cases",
    "upkeep",
    "files",
    "activities",
    "definitions",
)


@cache
def standard_objects() -> Mapping[str, ObjectDef]:
    """Give the objects that every organisation has."""
    return merged({}, [shipped(name) for name in STANDARD])


@cache
def shipped_objects(*names: str) -> Mapping[str, ObjectDef]:
    """Give the standard objects with what named shipped files add."""
    return merged(standard_objects(), [shipped(name) for name in names])


def merged(known: Mapping[str, ObjectDef], documents: Iterable[Document]) -> dict[str, ObjectDef]:
    """Give objects with what files add to them; ConfigError with file and line for each defect."""
    objects, problems = dict(known), list[Problem]()
    places: dict[tuple[str, str], tuple[Document, Location]] = {}
    for document in documents:
        data = document.data if document.data is not None else {}
        if not isinstance(data, Mapping):
            raise ConfigError([document.problem((), "objects by name were expected")])
        for name in data:
            if not _NAME.fullmatch(name):
                problems.append(document.problem((name,), f"{name!r} is no API name"))
                continue
            try:
                declared = parse_settings(_Object, document, (name,))
            except ConfigError as error:
                problems.extend(error.problems)
                continue
            objects[name] = _extended(objects, name, declared)
            places |= {(name, f): (document, (name, "fields", f)) for f in declared.fields}
            places[name, ""] = (document, (name,))
    problems += [
        document.problem(at, what)
        for (name, field), (document, at) in places.items()
        for what in (_field_flaws(objects, name, field) if field else _flaws(objects[name]))
    ]
    if problems:
        raise ConfigError(problems)
    return objects


def _extended(objects: Mapping[str, ObjectDef], name: str, declared: _Object) -> ObjectDef:
    fields = tuple(field_def(key, field) for key, field in declared.fields.items())
    known = objects.get(name)
    if known is None:
        if not any(field.name_field for field in fields) and name.endswith("__c"):
            fields = (field_def("Name", _Field(type="string(80)", name=True)), *fields)
        known = ObjectDef(
            name=name,
            prefix=declared.prefix or _free_prefix(objects),
            own=(),
            createable="create" in declared.may,
            updateable="update" in declared.may,
            deletable="delete" in declared.may or "remove" in declared.may,
            binned="delete" in declared.may,
            mergeable="merge" in declared.may,
            searchable=declared.searchable,
        )
    if declared.record_types and "RecordTypeId" not in known.fields:
        kind = _Field(type="reference(RecordType)", way="RecordType", label="Record Type ID")
        fields = (*fields, field_def("RecordTypeId", kind))
    return _ruled(known.with_fields(*fields), declared)


def _ruled(known: ObjectDef, declared: _Object) -> ObjectDef:
    label = declared.label or known.label or labelled(known.name)
    types = {
        key: RecordType(
            name=key, label=kind.label or labelled(key), default=kind.default, active=kind.active,
            values={field: tuple(values) for field, values in kind.values.items()},
        )
        for key, kind in declared.record_types.items()
    }  # fmt: skip
    rules = [
        ValidationRule(name=r.name, when=parse_formula(r.when), message=r.message, field=r.field)
        for r in declared.validations
    ]
    pairs = [
        DuplicateRule(name=r.name, fields=tuple(r.fields), action=r.action, message=r.message)
        for r in declared.duplicates
    ]
    return known.changed(
        label=label,
        plural=declared.plural or known.plural or f"{label}s",
        record_types=_by_name(*known.record_types, *types.values()),
        validations=_by_name(*known.validations, *rules),
        duplicates=_by_name(*known.duplicates, *pairs),
    )


def _by_name(*items: Item) -> tuple[Item, ...]:
    """Give things of which the later takes the place of an earlier one of its name."""
    return tuple({str(getattr(item, "name", "")): item for item in items}.values())


def field_def(name: str, declared: _Field) -> FieldDef:
    """Make a field of its declaration."""
    found = _KIND.fullmatch(declared.type)
    kind, inner = FieldType(found[1] if found else "string"), (found[2] or "") if found else ""
    sizes = [int(part) for part in inner.split(",")] if inner[:1].isdigit() else []
    digits = sizes if kind in _DIGITS and len(sizes) == 2 else _DIGITS.get(kind, (0, 0))
    fixed = declared.read_only or bool(declared.formula or declared.auto_number)
    formula: Formula | None = parse_formula(declared.formula) if declared.formula else None
    custom = name.endswith("__c")
    targets = tuple(inner.split()) if kind is FieldType.REFERENCE else ()
    if declared.by:
        kind = FieldType.STRING
    way = declared.way or (f"{name[:-1]}r" if custom and targets else "")
    return FieldDef(
        name=name,
        type=kind,
        label=declared.label or labelled(name),
        length=sizes[0] if sizes and kind not in _DIGITS else _LENGTHS.get(kind, 0),
        byte_length=declared.bytes,
        precision=digits[0],
        scale=digits[1],
        nillable=not declared.required and kind is not FieldType.BOOLEAN,
        createable=not fixed,
        updateable=not fixed and not declared.create_only,
        entries=tuple(
            Value(value=v.value, label=v.label or v.value, active=v.active, closed=v.closed,
                  within=tuple(v.within))
            for v in declared.values
        ),
        restricted=declared.restricted,
        controller=declared.controller,
        default=_default(kind, declared),
        references=targets,
        customs=declared.customs,
        by=declared.by,
        relationship=way,
        children=declared.children,
        on_delete=declared.on_delete,
        external_id=declared.external_id,
        unique=declared.unique,
        case_sensitive=declared.case_sensitive,
        number=declared.auto_number,
        formula=formula,
        calculated=formula is not None,
        name_field=declared.name,
        help=declared.help,
    )  # fmt: skip


def make_field(name: str, declared: Mapping[str, Any]) -> FieldDef:
    """Make a field of plain values; ValueError says what is wrong with them."""
    return field_def(name, _Field.model_validate(declared))


def _default(kind: FieldType, declared: _Field) -> Any:
    if declared.default is None and kind is FieldType.BOOLEAN and not declared.formula:
        return False
    if isinstance(declared.default, int | float) and kind in PICKED:
        return str(declared.default)
    return declared.default


def labelled(name: str) -> str:
    """Give the label that a name suggests: `AccountId` is `Account ID`."""
    words = re.sub(r"__(c|r|kav|ka|e)$", "", name).replace("_", " ")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", words)
    return re.sub(r"\bId$", "ID", words)


def _free_prefix(objects: Mapping[str, ObjectDef]) -> str:
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    taken = {definition.prefix for definition in objects.values()}
    numbered = (f"a{a}{b}" for a in signs for b in signs)
    return next(prefix for prefix in numbered if prefix not in taken)


def _field_flaws(objects: Mapping[str, ObjectDef], name: str, field_name: str) -> Iterable[str]:
    definition = objects[name]
    field = definition.fields.get(field_name)
    if field is None or not _NAME.fullmatch(field_name):
        yield f"{field_name!r} is no API name"
        return
    for target in field.references:
        if target not in objects:
            yield f"{name}.{field_name} refers to {target}, which is no object here"
    if field.controller and field.controller not in definition.fields:
        yield f"{name}.{field_name} is controlled by {field.controller}, which is no field here"
    if field.formula:
        yield from _unknown_paths(objects, definition, field.formula)


def _flaws(definition: ObjectDef) -> Iterable[str]:
    if not re.fullmatch(r"[0-9A-Za-z]{3}", definition.prefix):
        yield f"the prefix {definition.prefix!r} is not three letters or digits"
    for rule in definition.validations:
        yield from _unknown_paths({definition.name: definition}, definition, rule.when)
    for pair in definition.duplicates:
        for name in pair.fields:
            if name not in definition.fields:
                yield f"{definition.name} has no field {name}, of which {pair.name} speaks"


def _unknown_paths(
    objects: Mapping[str, ObjectDef], definition: ObjectDef, formula: Formula
) -> Iterable[str]:
    for path in formula.paths:
        current: ObjectDef | None = definition
        for step in path[:-1]:
            way = current.way(step) if current else None
            if current is not None and way is None:
                yield f"{current.name} has no relationship {step}, in {'.'.join(path)}"
                current = None
            elif way is not None:
                current = objects.get(way.references[0])
        if current is not None and current.field(path[-1]) is None:
            yield f"{current.name} has no field {path[-1]}, in {'.'.join(path)}"
