"""The emulated Jira Cloud answers as Atlassian's published description says.

Every answer in the whole test run is judged so (see `witness`); here are operations that no
other test needs, and the judge itself.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.plugins.jira.description import Description
from tests.plugins.jira.witness import Witness

DESCRIPTION = Description()


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

    found = [text for entry in entries for text in DESCRIPTION.defects(entry, name)]

    assert entries
    assert not found


def test_what_is_created_fits_its_description(furnished: Any) -> None:
    """The answers to writes."""
    client = furnished.connector._client
    fields = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}
    body = {"body": {"type": "doc", "version": 1, "content": [{"type": "rule"}]}}

    created = client.post("issue", {"fields": fields})
    comment = client.post("issue/RND-1/comment", body)

    assert not list(DESCRIPTION.defects(created, "CreatedIssue"))
    assert not list(DESCRIPTION.defects(comment, "Comment"))


def judged(method: str, path: str, status: int, body: Any) -> list[str]:
    """Have the witness judge one answer."""
    text = json.dumps(body).encode()
    return list(Witness().defects(method, path, status, "application/json", text))


def test_the_description_finds_defects() -> None:
    """A wrong type, a missing member and a member that nobody described are found."""
    wrong = {"isLast": "yes", "surprise": 1}
    found = list(DESCRIPTION.defects(wrong, "SearchAndReconcileResults"))
    keys = list(DESCRIPTION.defects({"keys": [{"key": 1}]}, "PropertyKeys"))

    assert any("isLast" in text for text in found)
    assert keys


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "words"),
    [
        ("GET", "/rest/api/3/issue/RND-1", 200, {"id": 5}, "not of type string"),
        ("GET", "/rest/api/3/issue/RND-1", 418, {}, "status is not described"),
        ("GET", "/rest/api/3/issue/RND-1", 404, {"error": "no"}, "error is not described"),
        ("GET", "/rest/api/3/surprise", 200, {}, "operation is not described"),
    ],
)
def test_the_witness_finds_defects(
    method: str, path: str, status: int, body: Any, words: str
) -> None:
    """Bodies, statuses, errors' bodies and operations are judged."""
    assert words in judged(method, path, status, body)[0]


def test_the_witness_lets_pass_what_fits_and_what_is_listed() -> None:
    """An answer as described; a removed search; a webhook's own API."""
    good = {"id": "1", "key": "RND-1", "self": "http://x/", "fields": {}}

    assert judged("GET", "/rest/api/3/issue/RND-1", 200, good) == []
    assert judged("GET", "/rest/api/3/search", 410, {"errorMessages": ["gone"]}) == []
    assert judged("GET", "/rest/webhooks/1.0/webhook", 200, [{"any": 1}]) == []


def test_the_witness_sees_the_answers_of_a_running_emulator(cloud: Any, http: Any) -> None:
    """It stands between the emulator and whoever calls it."""
    witness = Witness()
    judged = witness._edge(cloud.sandbox.site, _wrong)
    scope = {"method": "GET", "raw_path": b"/rest/api/2/myself", "path": "/rest/api/2/myself"}

    asyncio.run(judged(scope, None, _nowhere))

    assert ["GET /rest/api/2/myself 200: $.key: 5 is not of type string"] == witness.take()
    assert witness.take() == []


async def _wrong(_scope: Any, _receive: Any, send: Any) -> None:
    head = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": head})
    await send({"type": "http.response.body", "body": b'{"key": 5}'})


async def _nowhere(_message: Any) -> None:
    """Send nothing."""
