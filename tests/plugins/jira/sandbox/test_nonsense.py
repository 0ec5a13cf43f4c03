"""Nonsense is refused in Jira's words: whatever is sent to whatever operation, never a 500."""

from __future__ import annotations

import ast
import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx
import hub_jira.sandbox.resources as resources_package
import pytest
from hub_jira.sandbox.acts import Acts
from hub_jira.sandbox.call import Route
from hub_jira.sandbox.planning import Board, Component, Filter, Sprint, Version
from hub_jira.sandbox.resources import ROUTES
from hub_jira.sandbox.seed import APP_TOKEN, HUB_TOKEN, furnish
from hub_jira.sandbox.settings import Context, Dashboard, Gadget
from hub_jira.sandbox.site import Site
from hub_jira.sandbox.web import App

from hub.sandbox import FaultPlan
from hub.testing import FrozenClock
from tests.plugins.jira.witness import Witness

DEEP: Final = "[" * 100_000
JUNK: Final[tuple[Any, ...]] = (
    None, True, -1, 2.5, 10**30, "", "x", "9" * 30, "\0", [], ["x"], [7], [[]], [None], [{}], {},
    {"id": None}, {"id": {}}, {"key": 5}, {"name": []}, {"set": 1}, {"set": {}}, [{"add": None}],
    [{"key": None}], [{"key": [], "value": {}}], {"type": "doc", "version": 1, "content": [5]},
)  # fmt: skip
LIKELY: Final[tuple[Any, ...]] = (
    "RND", "10000", 10000, "2026-01-05", "project = RND", ["RND-1"], {"id": "10000"}, "group",
    "77", 77, "software", "Bug", {"key": "RND"}, [{"type": "group"}], "active", "x@y.example",
)  # fmt: skip
FIELDS: Final = (
    "project", "issuetype", "summary", "description", "labels", "priority", "assignee", "reporter",
    "duedate", "parent", "timetracking", "customfield_10050", "customfield_10051", "comment",
    "worklog", "issuelinks", "attachment", "status", "nonsense", "components", "fixVersions",
)  # fmt: skip
GOOD: Final = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}
PLACES: Final = (
    "RND", "RND-1", "10000", "77", "77", "10200", "customfield_10050", "中", "-1", "%00",
)  # fmt: skip
TURNS: Final = 12
SHARE: Final = 700
Request = tuple[str, str, Any, dict[str, str]]


def read_names() -> list[str]:
    """Give the names of all members and parameters that operations read."""
    folder = Path(resources_package.__file__).parents[1]
    names = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    names.add(first.value)
    return sorted(name for name in names if name.isidentifier())


NAMES: Final = read_names()


def built(flavour: Any) -> Site:
    """Give a furnished site with an issue, and with a plan of each kind, all of one id."""
    site = Site(flavour, FrozenClock())
    furnish(site)
    Acts(site).perform("create_issue", {"summary": "x"})
    hub = site.find_user("hub" if site.cloud else "admin")
    assert hub is not None
    owner, planning, settings = hub.account_id, site.planning, site.settings
    planning.components["77"] = Component(id="77", project="10100", name="c")
    planning.versions["77"] = Version(id="77", project="10100", name="v")
    planning.filters["77"] = Filter(id="77", name="f", owner=owner, jql="project = RND")
    planning.boards[77] = Board(id=77, name="b", kind="scrum", filter="77")
    planning.sprints[77] = Sprint(id=77, name="s", board=77, created=site.now())
    gadget = Gadget(id=77, title="g", uri="u", module="", color="blue", row=0, column=0)
    settings.dashboards["77"] = Dashboard(id="77", name="d", owner=owner, gadgets=[gadget])
    settings.contexts["customfield_10050"] = [Context(id="77", name="c")]
    return site


def issue_requests() -> Iterator[Request]:
    """Give those about issues with one field of a wrong shape."""
    for name in FIELDS:
        for value in JUNK:
            for body in (
                {"fields": {**GOOD, name: value}},
                {"fields": GOOD, "update": {name: value}},
                {"fields": GOOD, "update": {name: [{"add": value, "set": value}]}},
                {"transition": {"id": "31"}, "fields": {name: value}},
            ):
                yield "POST", "issue", body, {}
                yield "PUT", "issue/RND-1", body, {}
                yield "POST", "issue/RND-1/transitions", body, {}


def route_requests(route: Route, chance: Random) -> Iterator[Request]:
    """Give those to one operation: all members at once, one at a time, nothing, no object."""
    for turn in range(TURNS):
        place = chance.choice(PLACES)
        path = re.sub(r"\{\w+\}", place, route.path)
        odd = 0.5 if turn % 3 == 0 else 0.05
        body: Any = {
            name: chance.choice(JUNK if chance.random() < odd else LIKELY)
            for name in NAMES
            if chance.random() < 0.8
        }
        if turn % 4 == 1:
            body = {chance.choice(NAMES): chance.choice(JUNK)}
        if turn % 8 == 0:
            body = chance.choice(JUNK)
        query = {name: str(chance.choice(JUNK)) for name in NAMES if chance.random() < 0.06}
        yield route.method, path, None if route.method in {"GET", "DELETE"} else body, query


async def ask_all(site: Site, asked: list[Request], witness: Witness) -> list[str]:
    """Make requests of a site that no server serves; give those that broke it."""
    context = "" if site.cloud else "/jira"
    app = witness._edge(site, App(site, FaultPlan(), context))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    auth = ("hub@vendor.example", HUB_TOKEN) if site.cloud else ("admin", "admin")
    broken = []
    async with httpx.AsyncClient(transport=transport, base_url="http://jira.example") as client:
        for method, path, body, query in asked:
            login: dict[str, Any] = {"auth": auth}
            if path.startswith("webhook"):
                login = {"headers": {"authorization": f"Bearer {APP_TOKEN}"}}
            api = f"/rest/api/{3 if site.cloud else 2}"
            url = context + (path if path.startswith("/") else f"{api}/{path}")
            sent = {} if body is None else {"json": body}
            answer = await client.request(method, url, params=query, **login, **sent)
            if answer.status_code >= 500:
                broken.append(f"{method} {url} {body}"[:300])
    return broken


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_no_field_of_an_issue_breaks_an_operation(flavour: str) -> None:
    """A share of all wrong shapes, and each answer is as described."""
    witness = Witness()
    chosen = Random(0).sample(list(issue_requests()), SHARE)

    broken = asyncio.run(ask_all(built(flavour), chosen, witness))

    assert broken == []
    assert witness.take() == []


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_no_operation_breaks(flavour: str) -> None:
    """On members and parameters of wrong types, empty, or too long; each answer is as described."""
    witness = Witness()
    broken = []
    for number, route in enumerate(ROUTES):
        if route.cloud if flavour == "cloud" else route.server:
            asked = list(route_requests(route, Random(number)))
            broken += asyncio.run(ask_all(built(flavour), asked, witness))

    assert broken == []
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
