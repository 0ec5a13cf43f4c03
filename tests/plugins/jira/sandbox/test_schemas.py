"""The emulated Jira Cloud answers as Atlassian's published description says.

`fixtures/cloud_schemas.json` holds, without their prose, the schemas of that description
(version 1001.0.0, Apache 2.0) that these answers are made of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

SCHEMAS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "fixtures" / "cloud_schemas.json").read_text(encoding="utf-8")
)
TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


def defects(value: Any, schema: dict[str, Any], at: str = "$") -> Iterator[str]:
    """Give where a value departs from a schema."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    for part in schema.get("allOf", ()):
        yield from defects(value, part, at)
    kind = schema.get("type")
    if value is None or kind is None:
        return
    if not isinstance(value, TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        yield f"{at}: {value!r:.60} is not of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if kind == "array":
        for number, entry in enumerate(value):
            yield from defects(entry, schema.get("items", {}), f"{at}[{number}]")
    if kind == "object":
        yield from object_defects(value, schema, at)


def object_defects(value: dict[str, Any], schema: dict[str, Any], at: str) -> Iterator[str]:
    """Give where an object departs from a schema."""
    known = schema.get("properties", {})
    more = schema.get("additionalProperties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield f"{at}: {name} is missing"
    for name, entry in value.items():
        if name in known:
            yield from defects(entry, known[name], f"{at}.{name}")
        elif more is False:
            yield f"{at}: {name} is not described"
        elif isinstance(more, dict):
            yield from defects(entry, more, f"{at}.{name}")


@pytest.fixture
def furnished(cloud: Any) -> Any:
    """Give a site with an issue that has lived."""
    cloud.create(description="正文", labels=["a"], assignee="chen.rd@vendor.example")
    cloud.act("comment", issue="RND-1", text="公开", public=True)
    cloud.act("transition", issue="RND-1", to="Done", resolution="Fixed")
    return cloud


JQL = {"jql": "project = RND", "fields": "*all", "properties": "hub.cmd"}


@pytest.mark.parametrize(
    ("path", "params", "schema"),
    [
        ("search/jql", JQL, "SearchAndReconcileResults"),
        ("issue/RND-1", {"expand": "changelog,names"}, "IssueBean"),
        ("issue/RND-1/comment", {"expand": "properties"}, "PageOfComments"),
        ("issue/RND-1/transitions", {"expand": "transitions.fields"}, "Transitions"),
        ("issue/RND-1/changelog", {}, "PageBeanChangelog"),
        ("issue/RND-1/editmeta", {}, "IssueUpdateMetadata"),
        ("issue/RND-1/properties", {}, "PropertyKeys"),
        ("issue/RND-1/properties/hub.cmd", {}, "EntityProperty"),
        ("issue/createmeta/RND/issuetypes", {}, "PageOfCreateMetaIssueTypes"),
        ("issue/createmeta/RND/issuetypes/10200", {}, "PageOfCreateMetaIssueTypeWithField"),
        ("myself", {}, "User"),
        ("serverInfo", {}, "ServerInformation"),
        ("project/RND", {}, "Project"),
        ("project/search", {}, "PageBeanProject"),
        ("project/RND/statuses", {}, ["IssueTypeWithStatus"]),
        ("mypermissions", {"permissions": "BROWSE_PROJECTS"}, "Permissions"),
        ("field", {}, ["FieldDetails"]),
        ("status", {}, ["StatusDetails"]),
        ("priority", {}, ["Priority"]),
        ("resolution", {}, ["Resolution"]),
        ("issuetype", {}, ["IssueTypeDetails"]),
        ("user/search", {"query": "chen"}, ["User"]),
    ],
)
def test_an_answer_fits_its_description(
    furnished: Any, path: str, params: dict[str, str], schema: str | list[str]
) -> None:
    """Types, required members, enumerations and closed objects are all as described."""
    answer = furnished.connector._client.get(path, **params)
    entries = answer if isinstance(schema, list) else [answer]
    name = schema[0] if isinstance(schema, list) else schema

    found = [text for entry in entries for text in defects(entry, SCHEMAS[name])]

    assert entries
    assert not found


def test_what_is_created_fits_its_description(furnished: Any) -> None:
    """The answers to writes."""
    client = furnished.connector._client
    fields = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}
    body = {"body": {"type": "doc", "version": 1, "content": [{"type": "rule"}]}}

    created = client.post("issue", {"fields": fields})
    comment = client.post("issue/RND-1/comment", body)

    assert not list(defects(created, SCHEMAS["CreatedIssue"]))
    assert not list(defects(comment, SCHEMAS["Comment"]))


def test_the_checker_of_this_file_finds_defects() -> None:
    """A wrong type, a missing member and a member that nobody described are found."""
    found = list(defects({"isLast": "yes", "surprise": 1}, SCHEMAS["SearchAndReconcileResults"]))
    keys = list(defects({"keys": [{"key": 1}]}, SCHEMAS["PropertyKeys"]))

    assert any("isLast" in text for text in found)
    assert keys
