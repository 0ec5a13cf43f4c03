"""The metadata calls: custom objects and fields made, read, changed, renamed, listed, deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from hub.errors import ConfigError
from hub.settings import Document
from hub_crm.ids import make_id
from hub_crm.sandbox.catalogue import merged
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap import fields
from hub_crm.sandbox.soap.components import component
from hub_crm.sandbox.soap.deploying import DEPLOYING
from hub_crm.sandbox.soap.envelope import XSI, Raw, Request, Typed, children, text, tree
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import ApiError, Call

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
MOST: Final = 10
_KINDS: Final = ("CustomObject", "CustomField")
Operation = Callable[[Site, Call, Request], Any]
Wanted = tuple[str, dict[str, Any]]


def _wanted(request: Request) -> list[Wanted]:
    found = children(request.body, "metadata")
    _check_number(len(found))
    return [
        (str(element.get(f"{{{XSI}}}type") or "").rpartition(":")[2], told)
        for element in found
        if isinstance(told := tree(element), dict)
    ]


def _check_number(count: int) -> None:
    if count > MOST:
        raise ApiError(500, "LIMIT_EXCEEDED", f"at most {MOST} components in one call")


def _each(
    site: Site, wanted: list[Wanted], act: Callable[[Site, str, dict[str, Any]], dict[str, Any]]
) -> list[Any]:
    results = []
    for kind, told in wanted:
        name = str(told.get("fullName") or "")
        try:
            more = act(site, kind, told)
            results.append({"fullName": name, "success": True, **more})
        except ApiError as error:
            entry = {"fields": error.fields, "message": error.message, "statusCode": error.code}
            results.append({"errors": [entry], "fullName": name, "success": False})
    return results


def _create(site: Site, _http: Call, request: Request) -> list[Any]:
    return _each(site, _wanted(request), _make)


def _update(site: Site, _http: Call, request: Request) -> list[Any]:
    return _each(site, _wanted(request), _change)


def _upsert(site: Site, _http: Call, request: Request) -> list[Any]:
    def put(site: Site, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        known = _known(site, kind, str(told.get("fullName") or ""))
        _declare(site, kind, told)
        return {"created": not known}

    return [{"created": False, **each} for each in _each(site, _wanted(request), put)]


def _make(site: Site, kind: str, told: dict[str, Any]) -> dict[str, Any]:
    name = str(told.get("fullName") or "")
    if _known(site, kind, name):
        message = f"There is already a component named {name} of type {kind}"
        raise ApiError(400, "DUPLICATE_DEVELOPER_NAME", message, ["fullName"])
    _declare(site, kind, told)
    return {}


def _change(site: Site, kind: str, told: dict[str, Any]) -> dict[str, Any]:
    _find(site, kind, str(told.get("fullName") or ""))
    _declare(site, kind, told)
    return {}


def _known(site: Site, kind: str, name: str) -> bool:
    owner, _, field = name.partition(".")
    definition = site.org.objects.get(owner)
    if kind == "CustomField":
        return definition is not None and field in definition.fields
    return definition is not None


def _find(site: Site, kind: str, name: str) -> ObjectDef:
    if kind not in _KINDS:
        raise ApiError(400, "INVALID_TYPE", f"{kind} is not supported here")
    if not _known(site, kind, name):
        message = f"In field: fullName - no {kind} named {name} found"
        raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", message)
    return site.org.objects[name.partition(".")[0]]


def _declare(site: Site, kind: str, told: dict[str, Any]) -> None:
    owner, _, field = str(told.get("fullName") or "").partition(".")
    if kind == "CustomField":
        known = site.org.objects.get(owner)
        if known is None or not field.endswith("__c"):
            message = f"Entity Enumeration Or ID: no such object, or no custom field: {owner}"
            raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", message, ["fullName"])
        declared = {owner: {"fields": {field: fields.declared_field(told)}}}
    elif kind == "CustomObject":
        if not owner.endswith("__c"):
            message = "The name of a custom object ends in __c"
            raise ApiError(400, "INVALID_FIELD_FOR_INSERT_UPDATE", message, ["fullName"])
        declared = {owner: fields.declared_object(told)}
    else:
        raise ApiError(400, "INVALID_TYPE", f"{kind} is not supported here")
    try:
        objects = merged(site.org.objects, [Document(Path("metadata"), declared)])
    except ConfigError as error:
        message = "; ".join(problem.what for problem in error.problems)
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message) from None
    site.org.declare(objects[owner])


def _delete(site: Site, _http: Call, request: Request) -> list[Any]:
    kind, names = _named(request)

    def remove(site: Site, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        name = str(told["fullName"])
        definition = _find(site, kind, name)
        if not name.endswith("__c"):
            raise ApiError(400, "CANNOT_DELETE_MANAGED_OBJECT", "Cannot delete standard component")
        if kind == "CustomObject":
            site.org.forget(definition.name)
        else:
            site.org.declare(definition.without_field(name.partition(".")[2]))
        return {}

    return _each(site, [(kind, {"fullName": name}) for name in names], remove)


def _named(request: Request) -> tuple[str, list[str]]:
    names = [(element.text or "").strip() for element in children(request.body, "fullNames")]
    _check_number(len(names))
    return text(request.body, "type") or "", names


def _rename(site: Site, _http: Call, request: Request) -> list[Any]:
    old = text(request.body, "oldFullName") or ""
    new = text(request.body, "newFullName") or ""

    def rename(site: Site, kind: str, told: dict[str, Any]) -> dict[str, Any]:
        definition = _find(site, kind, str(told["fullName"]))
        if kind != "CustomObject" or not new.endswith("__c") or new in site.org.objects:
            message = f"{told['fullName']} can not be renamed to {new}"
            raise ApiError(400, "INVALID_NAME", message)
        site.org.rename(definition.name, new)
        return {}

    return _each(site, [(text(request.body, "type") or "", {"fullName": old})], rename)


def _read(site: Site, http: Call, request: Request) -> Any:
    kind, names = _named(request)
    records = []
    for name in names:
        if kind not in _KINDS:
            raise ApiError(500, "INVALID_TYPE", f"{kind} is not supported here")
        if not _known(site, kind, name):
            continue
        owner, _, field = name.partition(".")
        definition = site.org.objects[owner]
        if kind == "CustomObject":
            told = fields.told_object(definition)
        else:
            told = fields.told_field(definition.fields[field], http.version, owner)
        records.append(Typed(kind, Raw(component(told))))
    return {"records": records}


def _list(site: Site, _http: Call, request: Request) -> list[Any]:
    results = []
    for query in children(request.body, "queries"):
        kind = text(query, "type") or ""
        if kind not in _KINDS:
            continue
        for number, (name, _) in enumerate(_components(site, kind), start=1):
            results.append(_properties(site, kind, name, number))
    return results


def _components(site: Site, kind: str) -> list[tuple[str, ObjectDef]]:
    found = []
    for definition in site.org.objects.values():
        if kind == "CustomObject":
            found.append((definition.name, definition))
        else:
            custom = (f for f in definition.fields.values() if f.custom)
            found += [(f"{definition.name}.{field.name}", definition) for field in custom]
    return found


def _properties(site: Site, kind: str, name: str, number: int) -> dict[str, Any]:
    user = site.org.tables["User"][site.integration_user]
    moment = plain(site.org.declared_at)
    return {
        "createdById": user["Id"],
        "createdByName": user["Name"],
        "createdDate": moment,
        "fileName": f"objects/{name.partition('.')[0]}.object",
        "fullName": name,
        "id": make_id("01I" if kind == "CustomObject" else "00N", number),
        "lastModifiedById": user["Id"],
        "lastModifiedByName": user["Name"],
        "lastModifiedDate": moment,
        "namespacePrefix": "",
        "type": kind,
    }


def _describe(_site: Site, _http: Call, _request: Request) -> Any:
    kind = {
        "childXmlNames": ["CustomField"], "directoryName": "objects", "inFolder": False,
        "metaFile": False, "suffix": "object", "xmlName": "CustomObject",
    }  # fmt: skip
    return {
        "metadataObjects": [kind], "organizationNamespace": "", "partialSaveAllowed": True,
        "testRequired": False,
    }  # fmt: skip


OPERATIONS: Final[Mapping[str, Operation]] = {
    "createMetadata": _create,
    "readMetadata": _read,
    "updateMetadata": _update,
    "upsertMetadata": _upsert,
    "deleteMetadata": _delete,
    "renameMetadata": _rename,
    "listMetadata": _list,
    "describeMetadata": _describe,
    **DEPLOYING,
}
