"""The OpenAPI document of the hub's own HTTP, made from its operations and their types."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from hub import __version__
from hub.core.web.operation import Answer, Operation
from hub.core.web.operations import OPERATIONS

_REF: Final = "#/components/schemas/{name}"
_PARAMETERS: Final = {
    "purpose": "What the link is for: confirm, rate or feedback.",
    "item": "The item's id.",
    "round": "Which solution it is about; 0 where that does not matter.",
    "sign": "The link's signature.",
    "connector": "A connector's name in `hub.yaml`.",
    "link": "The signed part of a link that a notice brought.",
    "reference": "What was told when it was handed in.",
    "id": "An item's id, a case number, a JIRA key, or CONNECTOR:KIND:ID.",
}


def document() -> dict[str, Any]:
    """Give the document (OpenAPI 3.1)."""
    types = {answer.type for each in OPERATIONS for answer in each.answers.values()}
    types |= {each.body for each in OPERATIONS}
    known = sorted((each for each in types if each is not None), key=lambda one: one.__name__)
    _, schemas = msgspec.json.schema_components(known, ref_template=_REF)
    for schema in schemas.values():
        schema["description"] = inspect.cleandoc(schema.get("description", ""))
    paths: dict[str, dict[str, Any]] = {}
    for each in OPERATIONS:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Handbook Hub", "version": __version__},
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(one: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": one.id,
        "summary": one.summary,
        "responses": {str(status): _answer(answer) for status, answer in one.answers.items()},
    }
    parameters = [
        *_in_path(one),
        *_named("header", one.headers),
        *_named("query", one.query),
    ]
    if parameters:
        told["parameters"] = parameters
    if one.body is not None:
        content = {"application/json": {"schema": _schema(one.body)}}
        told["requestBody"] = {"required": True, "content": content}
    elif one.raw:
        told["requestBody"] = {"required": True, "content": {"*/*": {}}}
    if one.token:
        told["security"] = [{"token": []}]
    return told


def _in_path(one: Operation) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _PARAMETERS[name],
            "schema": {"type": "string"},
        }
        for name in re.findall(r"{(\w+)}", one.path)
    ]


def _named(place: str, of: Mapping[str, str] | None) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": place, "description": meaning, "schema": {"type": "string"}}
        for name, meaning in (of or {}).items()
    ]


def _answer(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = {"description": answer.meaning}
    if answer.type is not None:
        told["content"] = {"application/json": {"schema": _schema(answer.type)}}
    return told


def _schema(of: type[Any]) -> dict[str, str]:
    return {"$ref": _REF.format(name=of.__name__)}
