"""Nonsense is refused in Jira's words: whatever is sent to whatever operation, never a 500."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from random import Random
from typing import Any, Final

import httpx
import pytest
from hub_jira.sandbox import JiraSandbox
from hub_jira.sandbox.resources import ROUTES
from hub_jira.sandbox.site import Site
from hub_jira.sandbox.web import App

from hub.sandbox import FaultPlan, SandboxOptions
from tests.plugins.jira.witness import Witness

DEEP: Final = "[" * 100_000
VALUES: Final = (
    None, True, -1, 2.5, 10**30, "", "x", "RND-1", "\u0000", [], [None], [[]], ["x"], [{}], {},
    {"id": None}, {"id": {}}, {"id": []}, {"key": 5}, {"name": []}, {"set": {}}, [{"add": None}],
    [{"key": None}], [{"key": [], "value": {}}], {"type": "doc", "version": 1, "content": [5]},
)  # fmt: skip
NAMES: Final = (
    "fields", "update", "properties", "transition", "issueUpdates", "issueIdsOrKeys", "ids",
    "body", "visibility", "comment", "type", "inwardIssue", "outwardIssue", "object", "application",
    "globalId", "timeSpent", "timeSpentSeconds", "started", "accountId", "name", "key", "to",
    "changelogIds", "fieldIds", "maxResults", "nextPageToken", "issueIds", "expand", "jql", "url",
    "events", "filters", "relationship", "inward",
)  # fmt: skip
FIELDS: Final = (
    "project", "issuetype", "summary", "description", "labels", "priority", "assignee", "reporter",
    "duedate", "parent", "timetracking", "customfield_10050", "customfield_10051", "comment",
    "worklog", "issuelinks", "attachment", "status", "nonsense", "components", "fixVersions",
)  # fmt: skip
GOOD: Final = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}
QUERY: Final = "startAt=a&maxResults=-&since=x&expand=,&fields=,&orderBy=x&adjustEstimate=x"
SHARE: Final = 1500


def bodies() -> Iterator[Any]:
    """Give bodies of every wrong shape."""
    yield from VALUES
    for name in NAMES:
        yield from ({name: value} for value in VALUES)


def issue_bodies() -> Iterator[Any]:
    """Give bodies of issues with one field of a wrong shape."""
    for name in FIELDS:
        for value in VALUES:
            yield {"fields": {**GOOD, name: value}}
            yield {"fields": GOOD, "update": {name: value}}
            yield {"fields": GOOD, "update": {name: [{"add": value, "set": value}]}}
            yield {"transition": {"id": "31"}, "fields": {name: value}}


def requests(site: Site) -> Iterator[tuple[str, str, Any]]:
    """Give requests of every kind of nonsense, as (method, path, body), to all operations."""
    api = f"/rest/api/{3 if site.cloud else 2}"
    for body in issue_bodies():
        yield "POST", f"{api}/issue", body
        yield "PUT", f"{api}/issue/RND-1", body
        yield "POST", f"{api}/issue/RND-1/transitions", body
    for route in (x for x in ROUTES if (x.cloud if site.cloud else x.server)):
        path = route.path if route.path.startswith("/") else f"{api}/{route.path}"
        for word in ("RND-1", "10000", "nonsense", "%00", "-1"):
            filled = re.sub(r"\{\w+\}", word, path)
            yield route.method, filled, None
            yield route.method, f"{filled}?{QUERY}", None
        if route.method in {"POST", "PUT"}:
            filled = re.sub(r"\{\w+\}", "RND-1" if "issue" in path else "10000", path)
            yield from ((route.method, filled, body) for body in bodies())


@pytest.fixture(params=["cloud", "server"])
def site(request: pytest.FixtureRequest) -> Site:
    """Give a site with an issue, which no server serves: its app is called by itself."""
    make = JiraSandbox.cloud if request.param == "cloud" else JiraSandbox.server
    sandbox = make(SandboxOptions())
    sandbox.act("create_issue", {"summary": "x"})
    return sandbox.site


def test_nonsense_of_every_kind_is_no_error_of_the_emulator(site: Site) -> None:
    """A share of it each time it is run here; no answer is a 500, each is as described."""
    witness = Witness()
    app = witness._edge(site, App(site, FaultPlan()))
    chosen = Random(0).sample(list(requests(site)), SHARE)

    async def ask_all() -> None:
        user = "hub@vendor.example:sandbox-api-token" if site.cloud else "admin:admin"
        login = tuple(user.split(":"))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, auth=login, base_url="http://jira.example"
        ) as client:
            for method, path, body in chosen:
                sent = {} if body is None else {"json": body}
                answer = await client.request(method, path, **sent)
                assert answer.status_code < 500, (method, path, body)

    asyncio.run(ask_all())

    assert witness.take() == []


@pytest.fixture
def ask(jira: Any, http: httpx.Client) -> Any:
    """Give what asks as the administrator."""
    facts = jira.facts
    login = (facts["email"], facts["api_token"]) if jira.cloud else ("admin", "admin")

    def make(method: str, url: str, **more: Any) -> int:
        return http.request(method, url, auth=login, **more).status_code

    return make


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (DEEP.encode(), "application/json", 400),
        (b'{"fields": {"summary": "\\ud800"}}', "application/json", 400),
        (b"{}", "text/plain", 415),
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"--x\r\nnothing", "multipart/form-data; boundary=x", 400),
        (b"nothing", "multipart/form-data", 400),
    ],
)
def test_bodies_that_are_no_json_are_refused(
    jira: Any, ask: Any, content: bytes, kind: str, status: int
) -> None:
    """Broken, of a wrong encoding, without end, of another type."""
    url = f"{jira.facts['url']}/rest/api/2/issue"

    assert status == ask("POST", url, content=content, headers={"content-type": kind})


def test_a_body_beyond_all_bounds_is_refused(cloud: Any, http: httpx.Client) -> None:
    """It is not even read to its end."""
    url = f"{cloud.facts['url']}/rest/api/3/issue"
    chunk = b"x" * 2**20

    def endless() -> Iterator[bytes]:
        while True:
            yield chunk

    try:
        answer = http.post(url, content=endless(), headers={"content-type": "application/json"})
    except httpx.TransportError:
        return  # the server closed the door while we were still sending
    assert answer.status_code == 413


@pytest.mark.parametrize("fields", [5, True, 2.5, {}])
def test_a_search_for_fields_that_are_no_list_is_refused(server: Any, fields: Any) -> None:
    """A number is no list of names."""
    url = f"{server.facts['url']}/rest/api/2/search"

    answer = httpx.post(url, json={"fields": fields}, auth=("admin", "admin"))

    assert answer.status_code == 400
