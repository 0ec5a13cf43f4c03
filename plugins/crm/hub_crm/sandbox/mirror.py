"""Objects about objects: the rows of `EntityDefinition` and `FieldDefinition`."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, Final

from hub_crm.ids import make_id
from hub_crm.sandbox.describing import summary
from hub_crm.sandbox.schema import NUMERIC, FieldDef, FieldType, ObjectDef

if TYPE_CHECKING:
    from hub_crm.sandbox.records import Records

MIRRORED: Final = frozenset({"EntityDefinition", "FieldDefinition"})
_TYPES: Final = {
    FieldType.STRING: "Text({length})", FieldType.TEXTAREA: "Long Text Area({length})",
    FieldType.PICKLIST: "Picklist", FieldType.MULTIPICKLIST: "Picklist (Multi-Select)",
    FieldType.COMBOBOX: "Picklist", FieldType.EMAIL: "Email", FieldType.PHONE: "Phone",
    FieldType.URL: "URL({length})", FieldType.ENCRYPTED: "Text (Encrypted)({length})",
    FieldType.BOOLEAN: "Checkbox", FieldType.INT: "Number(9, 0)", FieldType.LONG: "Number(18, 0)",
    FieldType.DOUBLE: "Number({whole}, {scale})", FieldType.CURRENCY: "Currency({whole}, {scale})",
    FieldType.PERCENT: "Percent({whole}, {scale})", FieldType.DATE: "Date",
    FieldType.DATETIME: "Date/Time", FieldType.TIME: "Time", FieldType.ADDRESS: "Address",
    FieldType.LOCATION: "Geolocation", FieldType.ID: "Id", FieldType.BASE64: "Base64",
    FieldType.ANY: "Any",
}  # fmt: skip


def mirror(org: Records) -> None:
    """Let both objects hold what is declared now; nothing is done if they do already."""
    declared = tuple(org.objects.values())
    same = map(operator.is_, declared, org.mirrored)
    if len(declared) == len(org.mirrored) and all(same):
        return
    org.mirrored = declared
    entities, fields = list[dict[str, Any]](), list[dict[str, Any]]()
    for number, definition in enumerate(org.objects.values(), start=1):
        entity = _entity(org, definition, number)
        entities.append(entity)
        for field in definition.fields.values():
            fields.append(_field(entity["DurableId"], field, len(fields) + 1))
    org.fill("EntityDefinition", entities)
    org.fill("FieldDefinition", fields)


def _entity(org: Records, definition: ObjectDef, number: int) -> dict[str, Any]:
    told = summary(org, definition, "")
    custom = definition.custom
    return {
        "Id": make_id("4ie", number),
        "DurableId": make_id("01I", number)[:15] if custom else definition.name,
        "QualifiedApiName": definition.name,
        "DeveloperName": definition.name.removesuffix("__c"),
        "MasterLabel": definition.title,
        "Label": definition.title,
        "PluralLabel": told["labelPlural"],
        "KeyPrefix": definition.prefix,
        "IsCustomizable": custom or told["layoutable"],
        "IsCustomSetting": False,
        "IsDeprecatedAndHidden": False,
        "IsEverCreatable": definition.createable,
        "IsEverUpdatable": definition.updateable,
        "IsEverDeletable": definition.deletable,
        "IsQueryable": told["queryable"],
        "IsRetrieveable": told["retrieveable"],
        "IsReplicateable": told["replicateable"],
        "IsSearchable": told["searchable"],
        "IsLayoutable": told["layoutable"],
        "IsTriggerable": told["triggerable"],
    }


def _field(owner: str, field: FieldDef, number: int) -> dict[str, Any]:
    numeric = field.type in NUMERIC
    name = make_id("00N", number)[:15] if field.custom else field.name.removesuffix("Id")
    key = field.external_id or field.unique
    return {
        "Id": make_id("4fe", number),
        "DurableId": f"{owner}.{name}",
        "QualifiedApiName": field.name,
        "EntityDefinitionId": owner,
        "DeveloperName": name if not field.custom else field.name.removesuffix("__c"),
        "MasterLabel": field.title,
        "Label": field.title,
        "Description": field.help or None,
        "DataType": _data_type(field),
        "ValueTypeId": field.type.value,
        "Length": field.length,
        "Precision": field.precision if numeric else 0,
        "Scale": field.scale if numeric else 0,
        "RelationshipName": field.relationship or None,
        "IsApiFilterable": field.filterable,
        "IsApiGroupable": field.groupable,
        "IsApiSortable": field.sortable,
        "IsCalculated": field.calculated,
        "IsCompound": field.type in {FieldType.ADDRESS, FieldType.LOCATION},
        "IsIndexed": key or field.type in {FieldType.ID, FieldType.REFERENCE},
        "IsNameField": field.name_field,
        "IsNillable": field.nillable,
        "IsPolymorphicForeignKey": len(field.references) > 1,
    }


def _data_type(field: FieldDef) -> str:
    if field.number:
        return "Auto Number"
    if field.references:
        kind = "Master-Detail" if field.custom and field.cascade else "Lookup"
        return f"{kind}({','.join(field.references)})"
    whole = field.precision - field.scale
    short = field.type is FieldType.TEXTAREA and field.length <= 255
    form = "Text Area({length})" if short else _TYPES[field.type]
    shown = form.format(length=field.length, whole=whole, scale=field.scale)
    return f"Formula ({shown.partition('(')[0]})" if field.formula else shown
