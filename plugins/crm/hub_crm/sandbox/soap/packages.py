"""Packages of metadata: what a zip file holds of custom objects is declared, or told as a zip."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from xml.etree.ElementTree import Element, ParseError
from zipfile import BadZipFile, ZipFile, ZipInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hub.errors import ConfigError
from hub.settings import Document
from hub_crm.sandbox.catalogue import merged
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap import fields
from hub_crm.sandbox.soap.components import component
from hub_crm.sandbox.soap.envelope import children, text, tree
from hub_crm.sandbox.wire import ApiError

NAMESPACE: Final = "http://soap.sforce.com/2006/04/metadata"
MOST_FILES: Final = 10_000
LARGEST: Final = 39_000_000
_PACKAGE: Final = "package.xml"
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a package, and what is wrong with it, if anything."""

    kind: str
    name: str
    file: str
    problem: str = ""
    created: bool = False


@dataclass(slots=True)
class Package:
    """What a zip file holds: its name, its objects as declarations by file, and its parts."""

    name: str = ""
    declared: dict[str, dict[str, Any]] = field(default_factory=dict)
    removed: list[tuple[str, str]] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)


def unzipped(content: str) -> dict[PurePosixPath, bytes]:
    """Give the files of a zip in base64; ApiError if it is none, or too large."""
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
        with ZipFile(io.BytesIO(data)) as archive:
            files = [info for info in archive.infolist() if not info.is_dir()]
            if len(files) > MOST_FILES or sum(info.file_size for info in files) > LARGEST:
                message = "Maximum size of request reached. Maximum size of request is 52428800"
                raise ApiError(400, "LIMIT_EXCEEDED", message)
            return {PurePosixPath(info.filename): archive.read(info) for info in files}
    except (BadZipFile, binascii.Error, ValueError, NotImplementedError, RuntimeError) as error:
        raise ApiError(400, "INVALID_PARAMETER_VALUE", f"zipFile is no zip file: {error}") from None


def read_package(site: Site, files: Mapping[PurePosixPath, bytes]) -> Package:
    """Give what the files of a package declare; parts that can not be read say so."""
    at = next((path for path in sorted(files) if path.name == _PACKAGE), None)
    if at is None or len(at.parts) > 2:
        return Package(parts=[Component("", _PACKAGE, _PACKAGE, "No package.xml found")])
    package, named = Package(), set[tuple[str, str]]()
    try:
        manifest = fromstring(files[at])
    except (ParseError, DefusedXmlException) as error:
        return Package(parts=[Component("", _PACKAGE, str(at), f"Error parsing file: {error}")])
    package.name = text(manifest, "fullName") or ""
    for path, data in sorted(files.items()):
        if path == at or not path.is_relative_to(at.parent):
            continue
        inner = path.relative_to(at.parent)
        if inner.name.startswith("destructiveChanges"):
            package.removed += _destroyed(package, path, data)
        elif inner.parts[0] == "objects" and inner.suffix == ".object":
            named |= _read_object(site, package, path, data)
        elif not inner.name.endswith("-meta.xml"):
            kind = _FOLDERS.get(inner.parts[0], inner.parts[0])
            named.add((kind, inner.stem))
            problem = f"{kind} is not supported by this emulator"
            package.parts.append(Component(kind, inner.stem, str(path), problem))
    package.parts += [_missing(kind, name) for kind, name in _members(manifest)
                      if name != "*" and (kind, name) not in named]  # fmt: skip
    return package


def _destroyed(package: Package, path: PurePosixPath, data: bytes) -> list[tuple[str, str]]:
    try:
        return _members(fromstring(data))
    except (ParseError, DefusedXmlException) as error:
        package.parts.append(Component("", path.name, str(path), f"Error parsing file: {error}"))
        return []


_FOLDERS: Final = {
    "classes": "ApexClass", "triggers": "ApexTrigger", "pages": "ApexPage", "layouts": "Layout",
    "components": "ApexComponent", "profiles": "Profile", "permissionsets": "PermissionSet",
    "workflows": "Workflow", "reports": "Report", "dashboards": "Dashboard", "flows": "Flow",
    "approvalProcesses": "ApprovalProcess", "tabs": "CustomTab", "labels": "CustomLabels",
}  # fmt: skip


def _missing(kind: str, name: str) -> Component:
    problem = (
        f"An object '{name}' of type {kind} was named in package.xml, but was not found in zipped "
        "directory"
    )
    return Component(kind, name, _PACKAGE, problem)


def _members(manifest: Element) -> list[tuple[str, str]]:
    return [
        (text(kind, "name") or "", (member.text or "").strip())
        for kind in children(manifest, "types")
        for member in children(kind, "members")
    ]


def _read_object(
    site: Site, package: Package, path: PurePosixPath, data: bytes
) -> set[tuple[str, str]]:
    name, kind = path.stem, "CustomObject"
    known = site.org.objects.get(name)
    try:
        told = tree(fromstring(data))
        declared = _declaration(name, told if isinstance(told, dict) else {}, known)
    except (ParseError, DefusedXmlException) as error:
        package.parts.append(Component(kind, name, str(path), f"Error parsing file: {error}"))
        return {(kind, name)}
    except ApiError as error:
        package.parts.append(Component(kind, name, str(path), error.message))
        return {(kind, name)}
    package.declared[str(path)] = {name: declared}
    package.parts.append(Component(kind, name, str(path), created=known is None))
    listed = [key for key in declared["fields"] if key.endswith("__c")]
    old = known.fields if known else {}
    package.parts += [
        Component("CustomField", f"{name}.{key}", str(path), created=key not in old)
        for key in listed
    ]
    return {(kind, name), *(("CustomField", f"{name}.{key}") for key in listed)}


def _declaration(name: str, told: Mapping[str, Any], known: ObjectDef | None) -> dict[str, Any]:
    if name.endswith("__c") and (known is None or told.get("nameField")):
        return fields.declared_object(told)
    if known is None:
        raise ApiError(400, "INVALID_TYPE", f"There is no standard object {name}")
    return {"fields": fields.declared_fields(told)}


def checked(site: Site, package: Package) -> dict[str, ObjectDef]:
    """Give the objects as the package would have them; its parts are told what is wrong."""
    documents = [Document(Path(file), told) for file, told in package.declared.items()]
    try:
        objects = merged(site.org.objects, documents)
    except ConfigError as error:
        for flaw in error.problems:
            package.parts = [_blamed(part, flaw.file, flaw.what) for part in package.parts]
        return {}
    for kind, name in package.removed:
        owner, _, key = name.partition(".")
        there = owner in objects and (kind == "CustomObject" or key in objects[owner].fields)
        problem = "" if there and name.endswith("__c") else f"No {kind} named: {name} found"
        package.parts.append(Component(kind, name, "destructiveChanges.xml", problem))
    return objects


def _blamed(part: Component, file: str, what: str) -> Component:
    if part.file != file or part.kind != "CustomObject":
        return part
    return Component(part.kind, part.name, part.file, what, part.created)


def applied(site: Site, package: Package, objects: Mapping[str, ObjectDef]) -> None:
    """Let the organisation be as the package has it."""
    for told in package.declared.values():
        for name in told:
            site.org.declare(objects[name])
    for kind, name in package.removed:
        owner, _, key = name.partition(".")
        if kind == "CustomObject":
            site.org.forget(owner)
        else:
            site.org.declare(site.org.objects[owner].without_field(key))


def zipped(
    org_objects: Mapping[str, ObjectDef],
    members: Iterable[tuple[str, str]],
    version: str,
    root: str,
) -> tuple[bytes, list[str]]:
    """Give the objects and fields of these names as a zip, and the names of its files."""
    wanted = dict(_wanted(org_objects, members))
    files = {f"{root}objects/{name}.object": _object_file(org_objects[name], only)
             for name, only in sorted(wanted.items())}  # fmt: skip
    files[f"{root}{_PACKAGE}"] = _manifest(wanted, version)
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(ZipInfo(name, _MOMENT), content)
    return target.getvalue(), list(files)


def _wanted(
    objects: Mapping[str, ObjectDef], members: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, frozenset[str] | None]]:
    """Give the objects that are named, with those of their fields; None stands for all."""
    single: dict[str, set[str]] = {}
    for kind, name in members:
        owner, _, key = name.partition(".")
        if kind == "CustomObject" and name == "*":
            yield from ((known.name, None) for known in objects.values() if known.custom)
        elif kind == "CustomObject" and name in objects:
            yield name, None
        elif kind == "CustomField" and owner in objects and key in objects[owner].fields:
            single.setdefault(owner, set()).add(key)
    yield from ((owner, frozenset(keys)) for owner, keys in single.items())


def _object_file(definition: ObjectDef, only: frozenset[str] | None) -> str:
    told = fields.told_object(definition)
    if only is not None:
        listed = [one for one in told["fields"] if one["fullName"] in only]
        told = {"fields": listed}
    told.pop("fullName", None)
    return _document("CustomObject", component(told))


def _manifest(wanted: Mapping[str, frozenset[str] | None], version: str) -> str:
    whole = sorted(name for name, only in wanted.items() if only is None)
    single = sorted(f"{name}.{key}" for name, only in wanted.items() for key in only or ())
    types = [
        component({"members": listed, "name": kind})
        for kind, listed in (("CustomField", single), ("CustomObject", whole))
        if listed
    ]
    inner = "".join(f"<types>{one}</types>" for one in types)
    return _document("Package", f"{inner}<version>{version}</version>")


def _document(name: str, inner: str) -> str:
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{head}<{name} xmlns="{NAMESPACE}">{inner}</{name}>\n'
