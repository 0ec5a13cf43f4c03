"""Objects and fields as describe calls tell them."""

from __future__ import annotations

import base64
from typing import Any, Final

from hub_crm.sandbox.activities import ACTIVITIES
from hub_crm.sandbox.records import Records
from hub_crm.sandbox.schema import INTEGRAL, PICKED, FieldDef, FieldType, ObjectDef, Value

SOAP_TYPES: Final = {
    FieldType.ID: "tns:ID", FieldType.REFERENCE: "tns:ID", FieldType.BOOLEAN: "xsd:boolean",
    FieldType.INT: "xsd:int", FieldType.LONG: "xsd:long", FieldType.DOUBLE: "xsd:double",
    FieldType.CURRENCY: "xsd:double", FieldType.PERCENT: "xsd:double", FieldType.TIME: "xsd:time",
    FieldType.BASE64: "xsd:base64Binary", FieldType.ADDRESS: "urn:address",
    FieldType.LOCATION: "urn:location", FieldType.DATE: "xsd:date",
    FieldType.DATETIME: "xsd:dateTime", FieldType.ANY: "xsd:anyType",
}  # fmt: skip
_LAYOUTLESS: Final = frozenset(
    {"Organization", "Profile", "RecordType", "CaseStatus", "TaskStatus", "CaseHistory",
     "GroupMember", "QueueSobject", "SolutionStatus", "AssignmentRule", "BusinessHours",
     "ContentDocumentLink", "EmailMessageRelation", "CaseArticle", "CaseSolution", "CronTrigger",
     "SlaProcess", "MilestoneType", "CaseTeamRole", "Folder", "EmailTemplate", "PermissionSet",
     "PermissionSetAssignment", "Holiday", "ActivityHistory", "OpenActivity", "EntityDefinition",
     "FieldDefinition", "ApexClass", "ApexTrigger"}
)  # fmt: skip
_FILES: Final = frozenset({FieldType.BASE64, FieldType.ADDRESS, FieldType.LOCATION})
MASTER: Final = "012000000000000AAA"
"""The id of the record type that every object has."""


def summary(org: Records, definition: ObjectDef, base: str) -> dict[str, Any]:
    """Give one object as the global list shows it."""
    place = f"{base}/sobjects/{definition.name}"
    layout = definition.name not in _LAYOUTLESS
    may = org.rights.may
    urls = {"sobject": place, "describe": f"{place}/describe", "rowTemplate": f"{place}/{{ID}}"}
    if layout:
        urls |= {
            "approvalLayouts": f"{place}/describe/approvalLayouts",
            "compactLayouts": f"{place}/describe/compactLayouts",
            "defaultValues": f"{place}/defaultValues?recordTypeId&fields",
            "layouts": f"{place}/describe/layouts",
            "listviews": f"{place}/listviews",
            "quickActions": f"{place}/quickActions",
        }
    return {
        "activateable": False,
        "associateEntityType": "History" if definition.name.endswith("History") else None,
        "associateParentEntity": "Case" if definition.name == "CaseHistory" else None,
        "createable": definition.createable and may("create", definition.name),
        "custom": definition.custom,
        "customSetting": False,
        "deepCloneable": False,
        "deletable": definition.deletable and may("delete", definition.name),
        "deprecatedAndHidden": False,
        "feedEnabled": definition.name in {"Account", "Case", "Contact", "User", "Opportunity"},
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": definition.prefix,
        "label": definition.title,
        "labelPlural": definition.plural or definition.title,
        "layoutable": layout,
        "mergeable": definition.mergeable,
        "mruEnabled": layout,
        "name": definition.name,
        "queryable": definition.name not in ACTIVITIES and may("read", definition.name),
        "replicateable": definition.name != "CaseStatus",
        "retrieveable": definition.name not in ACTIVITIES and may("read", definition.name),
        "searchable": definition.searchable and layout,
        "triggerable": definition.createable,
        "undeletable": definition.deletable and definition.binned,
        "updateable": definition.updateable and may("edit", definition.name),
        "urls": urls,
    }


def whole(org: Records, definition: ObjectDef, base: str) -> dict[str, Any]:
    """Give one object with its fields, record types and child relationships."""
    hidden = org.hidden_fields(definition.name)
    body = summary(org, definition, base)
    urls = body.pop("urls")
    return body | {
        "actionOverrides": [],
        "childRelationships": _child_relationships(org, definition),
        "compactLayoutable": body["layoutable"],
        "dataTranslationEnabled": None,
        "defaultImplementation": None,
        "extendedBy": None,
        "extendsInterfaces": None,
        "fields": [
            field_body(definition, field)
            for field in definition.fields.values()
            if field.name not in hidden
        ],
        "implementedBy": None,
        "implementsInterfaces": None,
        "listviewable": None,
        "lookupLayoutable": None,
        "namedLayoutInfos": [{"name": "UserAlt"}] if definition.name == "User" else [],
        "networkScopeFieldName": None,
        "recordTypeInfos": record_types(org, definition, base),
        "searchLayoutable": body["searchable"],
        "sobjectDescribeOption": "FULL",
        "supportedScopes": [
            {"label": f"All {definition.plural.lower()}", "name": "everything"},
            {"label": f"My {definition.plural.lower()}", "name": "mine"},
        ],
        "urls": urls
        | {
            "uiDetailTemplate": "/{ID}",
            "uiEditTemplate": "/{ID}/e",
            "uiNewRecord": f"/{definition.prefix}/e",
        },
    }


def _child_relationships(org: Records, definition: ObjectDef) -> list[dict[str, Any]]:
    return [
        {
            "cascadeDelete": field.cascade,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": field.children or None,
            "restrictedDelete": field.on_delete == "restrict",
        }
        for child in org.objects.values()
        for field in child.references
        if definition.name in field.references and field.name not in org.hidden_fields(child.name)
    ]


def record_types(org: Records, definition: ObjectDef, base: str) -> list[dict[str, Any]]:
    """Give the record types of an object, the master last."""
    place = f"{base}/sobjects/{definition.name}/describe/layouts"
    ids = {
        row["DeveloperName"]: row["Id"]
        for row in org.rows("RecordType")
        if row["SobjectType"] == definition.name
    }
    kinds = [
        (kind.name, kind.label, kind.default, kind.active, ids[kind.name])
        for kind in definition.record_types
        if kind.name in ids
    ]
    kinds.append(("Master", "Master", not any(kind[2] for kind in kinds), True, MASTER))
    return [
        {
            "active": active,
            "available": active,
            "defaultRecordTypeMapping": default,
            "developerName": name,
            "master": name == "Master",
            "name": label,
            "recordTypeId": record_id,
            "urls": {"layout": f"{place}/{record_id}"},
        }
        for name, label, default, active, record_id in kinds
    ]


def field_body(definition: ObjectDef, field: FieldDef) -> dict[str, Any]:
    """Give one field."""
    body = _kind(field) | _rights(field)
    return body | {
        "aiPredictionField": False,
        "calculatedFormula": field.formula.text if field.formula else None,
        "compoundFieldName": _compound(definition, field),
        "controllerName": field.controller or None,
        "dependentPicklist": bool(field.controller),
        "encrypted": field.type is FieldType.ENCRYPTED,
        "extraTypeInfo": _extra(definition, field),
        "filteredLookupInfo": None,
        "formulaTreatNullNumberAsZero": False,
        "highScaleNumber": False,
        "htmlFormatted": False,
        "inlineHelpText": field.help or None,
        "label": field.title,
        "mask": None,
        "maskType": None,
        "name": field.name,
        "picklistValues": picklist(definition, field),
        "queryByDistance": field.type is FieldType.LOCATION,
        "referenceTargetField": field.by or None,
        "referenceTo": list(field.references),
        "relationshipName": field.relationship or None,
        "relationshipOrder": 0 if field.custom and field.cascade else None,
        "restrictedDelete": field.on_delete == "restrict",
        "restrictedPicklist": field.restricted,
        "searchPrefilterable": field.type is FieldType.REFERENCE,
        "writeRequiresMasterRead": False,
    }


def _kind(field: FieldDef) -> dict[str, Any]:
    length = 0 if field.type in _FILES else field.length
    default = field.default if field.type is FieldType.BOOLEAN else None
    shown = default if default is not None or not field.default else str(field.default)
    return {
        "byteLength": field.byte_length or length * (1 if field.type is FieldType.ID else 3),
        "defaultValue": shown,
        "defaultValueFormula": None,
        "digits": (9 if field.type is FieldType.INT else 18) if field.type in INTEGRAL else 0,
        "length": length,
        "precision": field.precision,
        "scale": field.scale,
        "soapType": SOAP_TYPES.get(field.type, "xsd:string"),
        "type": field.type.value,
    }


def _rights(field: FieldDef) -> dict[str, Any]:
    free = field.createable or field.calculated
    return {
        "aggregatable": field.sortable and field.type is not FieldType.BOOLEAN,
        "autoNumber": field.auto_number,
        "calculated": field.calculated,
        "cascadeDelete": field.cascade,
        "caseSensitive": field.case_sensitive,
        "createable": field.createable,
        "custom": field.custom,
        "defaultedOnCreate": field.default is not None or not (free or field.nillable),
        "deprecatedAndHidden": False,
        "displayLocationInDecimal": False,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "idLookup": field.external_id or field.type is FieldType.ID or field.unique,
        "nameField": field.name_field,
        "namePointing": len(field.references) > 1,
        "nillable": field.nillable,
        "permissionable": field.nillable and free and field.type is not FieldType.ADDRESS,
        "polymorphicForeignKey": len(field.references) > 1,
        "sortable": field.sortable,
        "unique": field.unique,
        "updateable": field.updateable,
    }


def _extra(definition: ObjectDef, field: FieldDef) -> str | None:
    if field.type is FieldType.TEXTAREA:
        return "plaintextarea"
    if field.name in {"FirstName", "LastName"} and _compound(definition, field):
        return "personname"
    return None


def _compound(definition: ObjectDef, field: FieldDef) -> str | None:
    if field.name in {"FirstName", "LastName", "Salutation"} and "Name" in definition.fields:
        return "Name"
    for name in definition.addresses:
        prefix = name.removesuffix("Address")
        rest = field.name.removeprefix(prefix) if field.name.startswith(prefix) else ""
        if rest in {"Street", "City", "State", "PostalCode", "Country", "Latitude", "Longitude",
                    "GeocodeAccuracy"}:  # fmt: skip
            return name
    return None


def picklist(definition: ObjectDef, field: FieldDef) -> list[dict[str, Any]]:
    """Give the values of a picklist, each with the controlling values that allow it."""
    if field.type not in PICKED:
        return []
    controller = definition.fields.get(field.controller)
    return [
        {
            "active": entry.active,
            "defaultValue": entry.value == field.default,
            "label": entry.label,
            "validFor": _valid_for(controller, entry) if controller else None,
            "value": entry.value,
        }
        for entry in field.entries
    ]


def _valid_for(controller: FieldDef, entry: Value) -> str:
    """Give the bits of the controlling values that allow an entry, first value first, base64."""
    if controller.type is FieldType.BOOLEAN:
        order = ["false", "true"]
    else:
        order = [known.value for known in controller.entries]
    bits = bytearray((len(order) + 7) // 8 or 1)
    for number, value in enumerate(order):
        if value in entry.within:
            bits[number >> 3] |= 0x80 >> (number & 7)
    return base64.b64encode(bytes(bits)).decode()
