"""Whatever is sent, no operation fails on it: it is refused, or done."""

from __future__ import annotations

import ast
import asyncio
import random
from pathlib import Path
from typing import Any, Final

import hub_jira.sandbox.resources as resources_package
import pytest
from httpx import ASGITransport, AsyncClient
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

JUNK: Final[tuple[Any, ...]] = (
    None, 0, -1, 10**17, True, "", "x", "9" * 30, "\0", [], ["x"], [7], [{}], [None], {},
    {"id": "x"}, {"name": []}, {"set": 1},
)  # fmt: skip
LIKELY: Final[tuple[Any, ...]] = (
    "RND", "10000", 10000, "2026-01-05", "project = RND", ["RND-1"], {"id": "10000"}, "group",
    "77", 77, "software", "Bug", {"key": "RND"}, [{"type": "group"}], "active", "x@y.example",
)  # fmt: skip
TURNS: Final = 16
PLACES: Final = ("RND", "RND-1", "10000", "77", "77", "10200", "customfield_10050", "中", "-1")


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


def own(route: Route, flavour: str) -> bool:
    """Say whether a face has an operation."""
    return route.cloud if flavour == "cloud" else route.server


async def struck(route: Route, site: Site, number: int) -> list[str]:
    """Call one operation with all kinds of junk; give what broke it."""
    context = "" if site.cloud else "/jira"
    transport = ASGITransport(App(site, FaultPlan(), context), raise_app_exceptions=False)
    auth = ("hub@vendor.example", HUB_TOKEN) if site.cloud else ("admin", "admin")
    login: dict[str, Any] = {"auth": auth}
    if route.path.startswith("webhook"):
        login = {"headers": {"authorization": f"Bearer {APP_TOKEN}"}}
    broken = []
    async with AsyncClient(transport=transport, base_url="http://jira.example", **login) as client:
        chance = random.Random(number)
        for turn in range(TURNS):
            place = chance.choice(PLACES)
            parts = [place if part[:1] == "{" else part for part in route.path.split("/")]
            path = "/".join(parts)
            url = context + (path if path.startswith("/") else f"/rest/api/2/{path}")
            odd = 0.5 if turn % 3 == 0 else 0.05
            body = {
                name: chance.choice(JUNK if chance.random() < odd else LIKELY)
                for name in NAMES
                if chance.random() < 0.8
            }
            if turn % 8 == 0:
                body = chance.choice(JUNK)
            query = {name: str(chance.choice(JUNK)) for name in NAMES if chance.random() < 0.2}
            more = {} if route.method in {"GET", "DELETE"} else {"json": body}
            answer = await client.request(route.method, url, params=query, **more)
            if answer.status_code >= 500:
                broken.append(f"{route.method} {url}")
    return broken


@pytest.mark.parametrize("flavour", ["cloud", "server"])
def test_no_operation_breaks(flavour: str) -> None:
    """All members at once are of a wrong type, empty, or too long; so are the parameters."""
    broken = []
    for number, route in enumerate(ROUTES):
        if own(route, flavour):
            broken += asyncio.run(struck(route, built(flavour), number))

    assert broken == []
