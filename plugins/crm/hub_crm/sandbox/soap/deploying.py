"""Deploying and retrieving packages: done at once, told when somebody asks for the state."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.etree.ElementTree import Element

from hub_crm.ids import make_id
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap.envelope import Request, child, children, text
from hub_crm.sandbox.soap.packages import (
    Component,
    Package,
    applied,
    checked,
    read_package,
    unzipped,
    zipped,
)
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import Answer, ApiError, Call, read_json

Operation = Callable[[Site, Call, Request], Any]
MOST_KEPT: Final = 100


def deployed(site: Site, user_id: str, content: str, options: Mapping[str, Any]) -> str:
    """Deploy a zip in base64; give the id under which the result is told."""
    package = read_package(site, unzipped(content))
    objects = checked(site, package)
    failed = [part for part in package.parts if part.problem]
    only_check = options.get("checkOnly") is True
    if not failed and not only_check:
        applied(site, package, objects)
        if package.name:
            site.packages[package.name] = [(p.kind, p.name) for p in package.parts]
    deploy_id = make_id("0Af", site.org.next_number("deploy"))
    _keep(site, deploy_id, _result(site, deploy_id, user_id, package, only_check=only_check))
    return deploy_id


def _keep(site: Site, key: str, told: dict[str, Any]) -> None:
    site.told[key] = told
    while len(site.told) > MOST_KEPT:
        site.told.pop(next(iter(site.told)))


def told_of(site: Site, key: str, *, details: bool) -> dict[str, Any]:
    """Give the result of a deployment or retrieval; ApiError if there is none of this id."""
    found = site.told.get(key) or next((v for k, v in site.told.items() if k[:15] == key), None)
    if found is None:
        message = f"invalid id: {key}"
        raise ApiError(404, "INVALID_ID_FIELD", message)
    return found if details else {k: v for k, v in found.items() if k != "details"}


def _result(
    site: Site, deploy_id: str, user_id: str, package: Package, *, only_check: bool
) -> dict[str, Any]:
    failed = [part for part in package.parts if part.problem]
    done, now = len(package.parts) - len(failed), plain(site.org.now())
    user = site.org.tables["User"][user_id]
    return {
        "id": deploy_id,
        "checkOnly": only_check,
        "completedDate": now,
        "createdBy": user["Id"],
        "createdByName": user["Name"],
        "createdDate": now,
        "details": {
            "componentFailures": [_part(p, package, now) for p in failed],
            "componentSuccesses": [_part(p, package, now) for p in package.parts if not p.problem],
            "runTestResult": {"numFailures": 0, "numTestsRun": 0, "totalTime": 0.0},
        },
        "done": True,
        "ignoreWarnings": False,
        "lastModifiedDate": now,
        "numberComponentErrors": len(failed),
        "numberComponentsDeployed": done,
        "numberComponentsTotal": len(package.parts),
        "numberTestErrors": 0,
        "numberTestsCompleted": 0,
        "numberTestsTotal": 0,
        "rollbackOnError": True,
        "runTestsEnabled": False,
        "startDate": now,
        "status": "Failed" if failed else "Succeeded",
        "success": not failed,
    }


def _part(part: Component, package: Package, now: str) -> dict[str, Any]:
    told = {
        "changed": not part.problem, "componentType": part.kind, "created": part.created,
        "createdDate": now, "fileName": part.file, "fullName": part.name,
        "deleted": (part.kind, part.name) in package.removed, "success": not part.problem,
    }  # fmt: skip
    return told | {"problem": part.problem, "problemType": "Error"} if part.problem else told


def _deploy(site: Site, http: Call, request: Request) -> dict[str, Any]:
    options = child(request.body, "DeployOptions")
    check = options is not None and _flag(options, "checkOnly")
    content = text(request.body, "ZipFile") or ""
    deploy_id = deployed(site, http.user_id, content, {"checkOnly": check})
    return {"done": False, "id": deploy_id, "state": "Queued"}


def _flag(element: Element, name: str) -> bool:
    return (text(element, name) or "").lower() == "true"


def _deploy_status(site: Site, _http: Call, request: Request) -> dict[str, Any]:
    details = _flag(request.body, "includeDetails")
    return told_of(site, text(request.body, "asyncProcessId") or "", details=details)


def _retrieve(site: Site, http: Call, request: Request) -> dict[str, Any]:
    asked = child(request.body, "retrieveRequest")
    asked = asked if asked is not None else child(request.body, "request")
    if asked is None:
        raise ApiError(400, "MISSING_ARGUMENT", "retrieveRequest is needed")
    version = text(asked, "apiVersion") or f"{http.version:.1f}"
    members, root, messages = list[tuple[str, str]](), "unpackaged", list[dict[str, str]]()
    for named in children(asked, "packageNames"):
        name = (named.text or "").strip()
        if name in site.packages:
            members += site.packages[name]
            root = name
        else:
            problem = f"No package named '{name}' found"
            messages.append({"fileName": "package.xml", "problem": problem})
    listed = child(asked, "unpackaged")
    for kind in children(listed, "types") if listed is not None else ():
        name = text(kind, "name") or ""
        members += [(name, (m.text or "").strip()) for m in children(kind, "members")]
    root = "" if _flag(asked, "singlePackage") else f"{root}/"
    data, names = zipped(site.org.objects, members, version, root)
    key = make_id("09S", site.org.next_number("retrieve"))
    told = {
        "done": True, "id": key, "status": "Succeeded", "success": True, "messages": messages,
        "fileProperties": [_file(site, http, name, n) for n, name in enumerate(names, start=1)],
        "zipFile": base64.b64encode(data).decode(),
    }  # fmt: skip
    _keep(site, key, told)
    return {"done": False, "id": key, "state": "Queued"}


def _file(site: Site, http: Call, name: str, number: int) -> dict[str, Any]:
    user, now = site.org.tables["User"][http.user_id], plain(site.org.declared_at)
    kind = "Package" if name.endswith("package.xml") else "CustomObject"
    stem = name.rpartition("/")[2].removesuffix(".object")
    return {
        "createdById": user["Id"], "createdByName": user["Name"], "createdDate": now,
        "fileName": name, "fullName": stem, "id": make_id("01I", number),
        "lastModifiedById": user["Id"], "lastModifiedByName": user["Name"],
        "lastModifiedDate": now, "type": kind,
    }  # fmt: skip


def _retrieve_status(site: Site, _http: Call, request: Request) -> dict[str, Any]:
    told = told_of(site, text(request.body, "asyncProcessId") or "", details=True)
    if text(request.body, "includeZip") == "false":
        return {key: value for key, value in told.items() if key != "zipFile"}
    return told


def _status(site: Site, _http: Call, request: Request) -> list[Any]:
    """Tell, as older clients ask it, that what was begun is done."""
    keys = [(element.text or "").strip() for element in children(request.body, "asyncProcessId")]
    told = [told_of(site, key, details=False) for key in keys]
    return [{"done": True, "id": one["id"], "state": "Completed"} for one in told]


def from_form(site: Site, call: Call) -> Answer:
    """Deploy the zip of a form, whose other part tells how: 201."""
    archive = next((part.data for part in call.parts if part.filename), None)
    told = next((part.data for part in call.parts if not part.filename), b"{}")
    asked = read_json(told)
    options: Any = asked.get("deployOptions") if isinstance(asked, dict) else None
    if archive is None:
        raise ApiError(400, "MISSING_ARGUMENT", "A form with a zip file was expected")
    options = options if isinstance(options, dict) else {}
    deploy_id = deployed(site, call.user_id, base64.b64encode(archive).decode(), options)
    place = f"{call.base}/metadata/deployRequest/{deploy_id}"
    pending = {"id": deploy_id, "done": False, "status": "Pending", "success": False}
    body = {"id": deploy_id, "url": place, "deployOptions": options, "deployResult": pending}
    return Answer(201, body, {"Location": place})


def state(site: Site, call: Call) -> Answer:
    """Give the state of a deployment."""
    deploy_id = call.segments["deploy"]
    told = told_of(site, deploy_id, details=call.flag("includeDetails"))
    place = f"{call.base}/metadata/deployRequest/{deploy_id}"
    return Answer(200, {"id": deploy_id, "url": place, "deployResult": told})


DEPLOYING: Final[Mapping[str, Operation]] = {
    "checkStatus": _status,
    "deploy": _deploy,
    "checkDeployStatus": _deploy_status,
    "retrieve": _retrieve,
    "checkRetrieveStatus": _retrieve_status,
}
