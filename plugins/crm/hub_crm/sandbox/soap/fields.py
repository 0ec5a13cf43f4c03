"""Objects and fields as the metadata description words them, to and from declarations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from hub_crm.sandbox.schema import NUMERIC, FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.wire import ApiError

Tree = Mapping[str, Any]
_TYPES: Final = {
    "Text": "string", "TextArea": "textarea(255)", "LongTextArea": "textarea", "Html": "textarea",
    "EncryptedText": "encryptedstring", "Number": "double", "Currency": "currency",
    "Percent": "percent", "Checkbox": "boolean", "Date": "date", "DateTime": "datetime",
    "Time": "time", "Email": "email", "Phone": "phone", "Url": "url", "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist", "AutoNumber": "string(30)",
}  # fmt: skip
_NAMES: Final = {
    FieldType.STRING: "Text", FieldType.ENCRYPTED: "EncryptedText", FieldType.DOUBLE: "Number",
    FieldType.INT: "Number", FieldType.CURRENCY: "Currency", FieldType.PERCENT: "Percent",
    FieldType.BOOLEAN: "Checkbox", FieldType.DATE: "Date", FieldType.DATETIME: "DateTime",
    FieldType.TIME: "Time", FieldType.EMAIL: "Email", FieldType.PHONE: "Phone",
    FieldType.URL: "Url", FieldType.PICKLIST: "Picklist", FieldType.COMBOBOX: "Picklist",
    FieldType.MULTIPICKLIST: "MultiselectPicklist", FieldType.REFERENCE: "Lookup",
}  # fmt: skip
_FLAGS: Final = {
    "required": "required", "unique": "unique", "externalId": "external_id",
    "caseSensitive": "case_sensitive",
}  # fmt: skip
_SIZED: Final = frozenset({"Text", "LongTextArea", "Html", "EncryptedText"})
_MEASURED: Final = frozenset({"Number", "Currency", "Percent"})


def declared_object(tree: Tree) -> dict[str, Any]:
    """Give the declaration of an object; ApiError if it lacks what it needs."""
    for needed in ("label", "nameField"):
        if not tree.get(needed):
            message = f"Required field is missing: {needed}"
            raise ApiError(400, "REQUIRED_FIELD_MISSING", message, [needed])
    name = {**_name_field(tree["nameField"]), "name": True}
    return {
        "label": str(tree["label"]),
        "plural": str(tree.get("pluralLabel") or tree["label"]),
        "fields": {"Name": name, **declared_fields(tree)},
    }


def declared_fields(tree: Tree) -> dict[str, Any]:
    """Give the declarations of an object's custom fields by name."""
    return {
        str(field.get("fullName", "")): declared_field(field)
        for field in _list(tree.get("fields"))
        if str(field.get("fullName", "")).endswith("__c")
    }


def _name_field(tree: Any) -> dict[str, Any]:
    name: Tree = tree if isinstance(tree, dict) else {}
    declared: dict[str, Any] = {"type": "string(80)", "label": str(name.get("label") or "Name")}
    if name.get("type") == "AutoNumber":
        declared["auto_number"] = str(name.get("displayFormat") or "{0}")
    return declared


def declared_field(tree: Tree) -> dict[str, Any]:
    """Give the declaration of a field; ApiError if its type is not known here."""
    kind = str(tree.get("type", ""))
    declared: dict[str, Any] = {"type": _kind(kind, tree)}
    if tree.get("label"):
        declared["label"] = str(tree["label"])
    for theirs, ours in _FLAGS.items():
        if tree.get(theirs) == "true":
            declared[ours] = True
    if tree.get("inlineHelpText"):
        declared["help"] = str(tree["inlineHelpText"])
    if tree.get("formula"):
        declared["formula"] = str(tree["formula"])
    if kind == "AutoNumber":
        declared["auto_number"] = str(tree.get("displayFormat") or "{0}")
    if kind == "Checkbox" and not tree.get("formula"):
        declared["default"] = tree.get("defaultValue") == "true"
    if kind in {"Picklist", "MultiselectPicklist"}:
        declared |= _values(tree)
    if kind in {"Lookup", "MasterDetail"}:
        declared["children"] = str(tree.get("relationshipName") or "")
        declared["on_delete"] = _on_delete(kind, tree)
        declared["required"] = kind == "MasterDetail" or tree.get("required") == "true"
    return declared


def _kind(kind: str, tree: Tree) -> str:
    if kind in {"Lookup", "MasterDetail"}:
        return f"reference({tree.get('referenceTo') or ''})"
    known = _TYPES.get(kind)
    if known is None:
        message = f"The field type {kind or 'of none'} is not supported"
        raise ApiError(400, "INVALID_TYPE", message, ["type"])
    if kind in _SIZED:
        return f"{known}({tree.get('length') or (32768 if known == 'textarea' else 255)})"
    if kind in _MEASURED:
        return f"{known}({tree.get('precision') or 18},{tree.get('scale') or 0})"
    return known


def _on_delete(kind: str, tree: Tree) -> str:
    if kind == "MasterDetail":
        return "cascade"
    rule = str(tree.get("deleteConstraint") or "SetNull")
    return {"Cascade": "cascade", "Restrict": "restrict"}.get(rule, "clear")


def _values(tree: Tree) -> dict[str, Any]:
    value_set = tree.get("valueSet")
    held: Tree = value_set if isinstance(value_set, dict) else {}
    inner = held.get("valueSetDefinition") or tree.get("picklist") or {}
    listed = inner if isinstance(inner, dict) else {}
    entries = _list(listed.get("value") or listed.get("picklistValues"))
    values = [
        {"value": str(e["fullName"]), "label": str(e.get("label") or e["fullName"])}
        for e in entries
        if e.get("fullName")
    ]
    default = next((str(e["fullName"]) for e in entries if e.get("default") == "true"), None)
    return {"values": values, "restricted": held.get("restricted") == "true", "default": default}


def _list(value: Any) -> list[dict[str, Any]]:
    listed = value if isinstance(value, list) else [value]
    return [one for one in listed if isinstance(one, dict)]


def told_object(definition: ObjectDef) -> dict[str, Any]:
    """Give an object as metadata."""
    name = definition.name_field
    fields = [told_field(f) for f in definition.fields.values() if f.custom]
    told: dict[str, Any] = {
        "fullName": definition.name,
        "fields": fields,
        "label": definition.title,
        "pluralLabel": definition.plural,
    }
    if definition.custom:
        told |= {"deploymentStatus": "Deployed", "sharingModel": "ReadWrite"}
    if name is not None:
        kind = "AutoNumber" if name.number else "Text"
        told["nameField"] = {"label": name.title, "type": kind}
        if name.number:
            told["nameField"]["displayFormat"] = name.number
    return told


def told_field(field: FieldDef, version: float = 62.0, owner: str = "") -> dict[str, Any]:
    """Give a field as metadata; `owner` is written before its name."""
    kind = _NAMES.get(field.type, "LongTextArea" if field.length > 255 else "TextArea")
    told: dict[str, Any] = {
        "fullName": f"{owner}.{field.name}" if owner else field.name,
        "label": field.title,
        "type": "AutoNumber" if field.number else kind,
    }
    if kind in {*_SIZED, "Text"} and not field.number:
        told["length"] = field.length
    if field.type in NUMERIC:
        told |= {"precision": field.precision or 18, "scale": field.scale}
    if field.external_id:
        told["externalId"] = True
    if field.unique:
        told["unique"] = True
    if field.formula is not None:
        told["formula"] = field.formula.text
    if field.number:
        told["displayFormat"] = field.number
    if field.references:
        told |= {"referenceTo": field.references[0], "relationshipName": field.children or None}
    if kind in {"Picklist", "MultiselectPicklist"}:
        told |= _picklist(field, version)
    return {key: value for key, value in told.items() if value is not None}


def _picklist(field: FieldDef, version: float) -> dict[str, Any]:
    values = [
        {"fullName": v.value, "default": v.value == field.default, "label": v.label}
        for v in field.entries
    ]
    if version < 38:
        old = [
            {key: value for key, value in told.items() if key != "label"}
            | ({"converted": True} if entry.closed else {})
            for told, entry in zip(values, field.entries, strict=True)
        ]
        return {"picklist": {"picklistValues": old, "sorted": False}}
    inner = {"sorted": False, "value": values}
    return {"valueSet": {"restricted": field.restricted, "valueSetDefinition": inner}}
