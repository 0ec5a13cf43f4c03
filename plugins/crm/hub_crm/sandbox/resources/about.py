"""What the system says of itself: versions, resources, limits, and its objects described."""

from __future__ import annotations

from typing import Any, Final

from hub_crm.sandbox.resources.records import as_json
from hub_crm.sandbox.schema import NUMERIC, FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import NEWEST, OLDEST, Answer, Call

_SOAP_TYPES: Final = {
    FieldType.ID: "tns:ID", FieldType.REFERENCE: "tns:ID", FieldType.BOOLEAN: "xsd:boolean",
    FieldType.INT: "xsd:int", FieldType.DOUBLE: "xsd:double", FieldType.CURRENCY: "xsd:double",
    FieldType.PERCENT: "xsd:double", FieldType.TIME: "xsd:time",
    FieldType.BASE64: "xsd:base64Binary",
    FieldType.ADDRESS: "urn:address", FieldType.LOCATION: "urn:location",
    FieldType.DATE: "xsd:date", FieldType.DATETIME: "xsd:dateTime",
}  # fmt: skip
_RESOURCES: Final = ("composite", "limits", "query", "queryAll", "sobjects")
_SEASONS: Final = ("Spring", "Summer", "Winter")


def versions(_site: Site, _call: Call) -> Answer:
    """Give the versions that are offered, oldest first; anybody may ask."""
    return Answer(
        200,
        [
            {"label": _label(n), "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
            for n in range(OLDEST, NEWEST + 1)
        ],
    )


def _label(number: int) -> str:
    # Version 31 was Summer '14; three seasons a year follow, Winter named for the next year.
    season = (number - 30) % 3
    year = 14 + (number - 30) // 3 + (season == 2)
    return f"{_SEASONS[season]} '{year}"


def resources(_site: Site, call: Call) -> Answer:
    """Give the resources of one version."""
    return Answer(200, {name: f"{call.base}/{name}" for name in _RESOURCES})


def limits(site: Site, _call: Call) -> Answer:
    """Give what is left of the organisation's budgets."""
    left = max(0, site.daily_limit - site.used)
    return Answer(
        200,
        {
            "DailyApiRequests": {"Max": site.daily_limit, "Remaining": left},
            "DataStorageMB": {"Max": 5120, "Remaining": 5000},
            "FileStorageMB": {"Max": 20480, "Remaining": 20000},
            "SingleEmail": {"Max": 5000, "Remaining": 5000},
        },
    )


def global_list(site: Site, call: Call) -> Answer:
    """Give all objects."""
    objects = [_object(call, definition) for definition in site.org.objects.values()]
    return Answer(200, {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})


def basic(site: Site, call: Call) -> Answer:
    """Give one object in short, with the records made last."""
    definition = site.org.object(call.segments["object"])
    recent = [as_json(site, call, definition, row) for row in site.org.rows(definition.name)]
    return Answer(
        200, {"objectDescribe": _object(call, definition), "recentItems": recent[-5:][::-1]}
    )


def describe(site: Site, call: Call) -> Answer:
    """Give one object with its fields and relationships."""
    definition = site.org.object(call.segments["object"])
    hidden = site.org.hidden_fields(definition.name)
    body = _object(call, definition)
    body["fields"] = [_field(f) for f in definition.fields.values() if f.name not in hidden]
    body["childRelationships"] = [
        {
            "cascadeDelete": field.cascade,
            "childSObject": child.name,
            "deprecatedAndHidden": False,
            "field": field.name,
            "junctionIdListNames": [],
            "junctionReferenceTo": [],
            "relationshipName": field.children or None,
            "restrictedDelete": False,
        }
        for child in site.org.objects.values()
        for field in child.fields.values()
        if definition.name in field.references
    ]
    return Answer(200, body | {"recordTypeInfos": [], "supportedScopes": []})


def _object(call: Call, definition: ObjectDef) -> dict[str, Any]:
    place = f"{call.base}/sobjects/{definition.name}"
    name_field = next((f.name for f in definition.fields.values() if f.name_field), None)
    return {
        "activateable": False,
        "createable": definition.createable,
        "custom": definition.custom,
        "customSetting": False,
        "deletable": definition.deletable,
        "deprecatedAndHidden": False,
        "feedEnabled": False,
        "hasSubtypes": False,
        "isInterface": False,
        "isSubtype": False,
        "keyPrefix": definition.prefix,
        "label": definition.name,
        "labelPlural": definition.plural or definition.name,
        "layoutable": True,
        "mergeable": definition.name in {"Account", "Case", "Contact"},
        "mruEnabled": True,
        "name": definition.name,
        "nameField": name_field,
        "queryable": True,
        "replicateable": True,
        "retrieveable": True,
        "searchable": True,
        "triggerable": True,
        "undeletable": definition.deletable,
        "updateable": definition.updateable,
        "urls": {
            "sobject": place,
            "describe": f"{place}/describe",
            "rowTemplate": f"{place}/{{ID}}",
        },
    }


def _field(field: FieldDef) -> dict[str, Any]:
    textual = field.length if field.type not in {FieldType.ID, FieldType.REFERENCE} else 18
    return {
        "aggregatable": field.filterable,
        "autoNumber": field.auto_number,
        "byteLength": field.byte_length or textual * 3,
        "calculated": field.calculated,
        "caseSensitive": False,
        "cascadeDelete": field.cascade,
        "createable": field.createable,
        "custom": field.custom,
        "defaultValue": field.default if field.type is FieldType.BOOLEAN else None,
        "defaultedOnCreate": field.default is not None,
        "dependentPicklist": False,
        "deprecatedAndHidden": False,
        "digits": 8 if field.type is FieldType.INT else 0,
        "encrypted": False,
        "externalId": field.external_id,
        "filterable": field.filterable,
        "groupable": field.groupable,
        "htmlFormatted": False,
        "idLookup": field.external_id or field.type is FieldType.ID,
        "inlineHelpText": None,
        "label": field.title,
        "length": textual,
        "name": field.name,
        "nameField": field.name_field,
        "namePointing": len(field.references) > 1,
        "nillable": field.nillable,
        "permissionable": field.nillable,
        "picklistValues": [
            {"active": True, "defaultValue": v == field.default, "label": v, "value": v}
            for v in field.values
        ],
        "polymorphicForeignKey": len(field.references) > 1,
        "precision": 18 if field.type in NUMERIC else 0,
        "referenceTo": list(field.references),
        "relationshipName": field.relationship or None,
        "restrictedDelete": False,
        "restrictedPicklist": field.restricted,
        "scale": 2 if field.type is FieldType.CURRENCY else 0,
        "soapType": _SOAP_TYPES.get(field.type, "xsd:string"),
        "sortable": field.sortable,
        "type": field.type.value,
        "unique": field.unique,
        "updateable": field.updateable,
        "writeRequiresMasterRead": False,
    }
