"""Calls that build on one another: composite, graphs of them, and trees of records."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from hub_crm.sandbox.resources.records import saved
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call

MOST: Final = 25
MOST_GRAPHS: Final = 75
MOST_NODES: Final = 500
MOST_TREE: Final = 200
DEEPEST_TREE: Final = 5
_REFERENCE: Final = re.compile(r"@\{([^{}]+)\}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_STEP: Final = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_HALTED: Final = [
    {
        "errorCode": "PROCESSING_HALTED",
        "message": "The transaction was rolled back since another operation in the same "
        "transaction failed.",
    }
]


def composite(site: Site, call: Call) -> Answer:
    """Answer up to 25 calls in order; later ones may name what earlier ones gave."""
    body = call.json_object()
    requests = _requests(body.get("compositeRequest"), "compositeRequest", MOST)
    strict = body.get("allOrNone") in {True, "true"}
    results, _ = _run(site, call, requests, strict=strict)
    return Answer(200, {"compositeResponse": results})


def graphs(site: Site, call: Call) -> Answer:
    """Answer graphs of calls, each of which succeeds or fails as a whole."""
    body = call.json_object()
    wanted = body.get("graphs")
    if not isinstance(wanted, list) or not wanted or not all(isinstance(g, dict) for g in wanted):
        raise ApiError(400, "INVALID_INPUT", "graphs is required, as a list of objects")
    if len(wanted) > MOST_GRAPHS:
        raise ApiError(400, "INVALID_INPUT", f"at most {MOST_GRAPHS} graphs are allowed")
    nodes = [_requests(g.get("compositeRequest"), "compositeRequest", MOST_NODES) for g in wanted]
    if sum(map(len, nodes)) > MOST_NODES:
        raise ApiError(400, "INVALID_INPUT", f"at most {MOST_NODES} nodes are allowed")
    told = [_graph(site, call, g, n) for g, n in zip(wanted, nodes, strict=True)]
    return Answer(200, {"graphs": told})


def _graph(
    site: Site, call: Call, graph: Mapping[str, Any], requests: list[dict[str, Any]]
) -> dict[str, Any]:
    results, good = _run(site, call, requests, strict=True)
    return {
        "graphId": str(graph.get("graphId", "")),
        "graphResponse": {"compositeResponse": results},
        "isSuccessful": good,
    }


def _requests(value: Any, name: str, most: int) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value or not all(isinstance(r, dict) for r in value):
        raise ApiError(400, "INVALID_INPUT", f"{name} is required, as a list of objects")
    if len(value) > most:
        raise ApiError(400, "INVALID_INPUT", f"{name}: at most {most} subrequests are allowed")
    seen: set[str] = set()
    for request in value:
        given = request.get("referenceId")
        if not isinstance(given, str) or not _NAME.fullmatch(given):
            message = "referenceId is required on each subrequest, of letters, digits and _"
            raise ApiError(400, "INVALID_INPUT", message)
        if given in seen:
            message = f"Duplicate ReferenceId provided: {given}"
            raise ApiError(400, "INVALID_INPUT", message)
        seen.add(given)
    return value


def _run(
    site: Site, call: Call, requests: list[dict[str, Any]], *, strict: bool
) -> tuple[list[dict[str, Any]], bool]:
    mark = site.org.begin()
    bodies: dict[str, Any] = {}
    results: list[dict[str, Any]] = []
    failed = False
    for request in requests:
        halted = failed and strict
        answer = Answer(400, _HALTED) if halted else _one(site, call, request, bodies)
        failed = failed or answer.status >= 400 or (strict and _partly(answer.body))
        if answer.status < 400:
            bodies[request["referenceId"]] = answer.body
        results.append(_result(request["referenceId"], answer))
    if failed and strict:
        site.org.roll_back(mark)
        return [_undone(result) for result in results], False
    site.org.commit()
    return results, not failed


def _partly(body: Any) -> bool:
    """Tell whether a collection's answer has a record that failed."""
    return isinstance(body, list) and any(
        isinstance(one, dict) and one.get("success") is False for one in body
    )


def _one(site: Site, call: Call, request: Mapping[str, Any], bodies: Mapping[str, Any]) -> Answer:
    try:
        inner = _inner(call, request, bodies)
    except ApiError as error:
        return Answer(error.status, error.body())
    return site.dispatch(inner)


def _inner(call: Call, request: Mapping[str, Any], bodies: Mapping[str, Any]) -> Call:
    split = urlsplit(str(_filled(str(request.get("url", "")), bodies)))
    if not re.match(r"/services/data/v\d+\.0/", split.path):
        message = f"The url is not below /services/data/vXX.0/: {split.path}"
        raise ApiError(400, "INVALID_INPUT", message)
    if re.search(r"/composite(/(batch|graph|tree).*)?$", split.path):
        raise ApiError(400, "INVALID_INPUT", "Composite resources can not be nested")
    headers = request.get("httpHeaders") or {}
    if not isinstance(headers, dict):
        raise ApiError(400, "INVALID_INPUT", "httpHeaders must be an object")
    body = _filled(request["body"], bodies) if request.get("body") is not None else None
    return replace(
        call,
        method=str(request.get("method", "GET")).upper(),
        path=split.path,
        query=dict(parse_qsl(split.query, keep_blank_values=True)),
        headers={**call.headers, **{k.lower(): str(v) for k, v in headers.items()},
                 "content-type": "application/json"},
        body=json.dumps(body, default=str).encode() if body is not None else b"",
        segments={},
        parts=(),
    )  # fmt: skip


def _filled(value: Any, bodies: Mapping[str, Any]) -> Any:
    """Give a value with each `@{reference.path}` replaced by what it names."""
    if isinstance(value, dict):
        return {key: _filled(inner, bodies) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, bodies) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _named(whole[1], bodies)
    return _REFERENCE.sub(lambda found: str(_named(found[1], bodies)), value)


def _named(path: str, bodies: Mapping[str, Any]) -> Any:
    steps = [name or int(number) for name, number in _STEP.findall(path)]
    current: Any = bodies
    try:
        for step in steps:
            current = current[step]
    except (KeyError, IndexError, TypeError):
        message = f"Invalid reference specified. No value for {path} found in the request"
        raise ApiError(400, "PROCESSING_HALTED", message) from None
    return current


def _result(reference: str, answer: Answer) -> dict[str, Any]:
    headers = {k: v for k, v in answer.headers.items() if k == "Location"}
    return {
        "body": answer.body,
        "httpHeaders": headers,
        "httpStatusCode": answer.status,
        "referenceId": reference,
    }


def _undone(result: dict[str, Any]) -> dict[str, Any]:
    if result["httpStatusCode"] >= 400 or _partly(result["body"]):
        return result
    return {**result, "body": _HALTED, "httpHeaders": {}, "httpStatusCode": 400}


def tree(site: Site, call: Call) -> Answer:
    """Make records with those that hang on them: all, or with 400 none."""
    definition = site.org.object(call.segments["object"])
    records = call.json_object().get("records")
    if not isinstance(records, list) or not records:
        raise ApiError(400, "INVALID_INPUT", "Records are required, as a list of objects")
    planting = _Planting(site, call)
    mark = site.org.begin()
    for record in records:
        planting.plant(definition, record, {}, 1)
    if planting.errors:
        site.org.roll_back(mark)
        return Answer(400, {"hasErrors": True, "results": planting.errors})
    site.org.commit()
    return Answer(201, {"hasErrors": False, "results": planting.made})


class _Planting:
    """Makes the records of a tree, those above before those below."""

    def __init__(self, site: Site, call: Call) -> None:
        self._site = site
        self._write = site.write(call)
        self._seen: set[str] = set()
        self.made: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []

    def plant(self, definition: ObjectDef, record: Any, above: dict[str, str], depth: int) -> None:
        """Make a record and what hangs on it."""
        reference = self._reference(record)
        if depth > DEEPEST_TREE or len(self._seen) > MOST_TREE:
            message = f"a tree has at most {MOST_TREE} records, in {DEEPEST_TREE} levels"
            raise ApiError(400, "INVALID_INPUT", message)
        below = {k: v for k, v in record.items() if isinstance(v, dict) and "records" in v}
        values = {k: v for k, v in record.items() if k not in below} | above
        try:
            self._site.check_faults()
            row = self._site.org.insert(definition, values, self._write)
        except ApiError as error:
            self.errors.append({"referenceId": reference, "errors": error.entries()})
            return
        self.made.append({"referenceId": reference, "id": saved(row)["id"]})
        for name, inner in below.items():
            child, field = self._child(definition, name)
            for one in inner["records"] if isinstance(inner["records"], list) else ():
                self.plant(child, one, {field: row["Id"]}, depth + 1)

    def _reference(self, record: Any) -> str:
        attributes = record.get("attributes") if isinstance(record, dict) else None
        reference = attributes.get("referenceId") if isinstance(attributes, dict) else None
        if not isinstance(reference, str) or not attributes or not attributes.get("type"):
            message = "attributes.type and attributes.referenceId are required on each record"
            raise ApiError(400, "INVALID_INPUT", message)
        if reference in self._seen:
            raise ApiError(400, "INVALID_INPUT", f"Duplicate ReferenceId provided: {reference}")
        self._seen.add(reference)
        return reference

    def _child(self, definition: ObjectDef, name: str) -> tuple[ObjectDef, str]:
        for child in self._site.org.objects.values():
            for field in child.references:
                if field.children.lower() == name.lower() and definition.name in field.references:
                    return child, field.name
        message = f"No such relation '{name}' on sobject of type {definition.name}"
        raise ApiError(400, "INVALID_FIELD", message)
