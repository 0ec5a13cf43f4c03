"""The emulator's JQL finds what Jira's would, and refuses in Jira's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hub_jira.sandbox.acts import Acts
from hub_jira.sandbox.jql import Asker, compile_query
from hub_jira.sandbox.seed import furnish
from hub_jira.sandbox.site import Site

from hub.testing import FrozenClock

NOW = datetime(2026, 1, 5, 6, 3, 7, 123000, tzinfo=UTC)
"""14:03:07 in Shanghai."""


@pytest.fixture(scope="module")
def site() -> Site:
    """Give a site with five issues; the clock stands at NOW."""
    clock = FrozenClock(NOW - timedelta(days=10))
    site = Site("cloud", clock)
    furnish(site)
    acts = Acts(site)
    acts.perform("create_issue", {"summary": "Old crash", "labels": ["a", "b"], "priority": "High"})
    clock.jump(NOW - timedelta(hours=2))
    acts.perform("create_issue", {"summary": "登录 崩溃", "description": "login.page fails"})
    acts.perform("assign", {"issue": "RND-2", "to": "陈工"})
    acts.perform("transition", {"issue": "RND-2", "to": "In Progress"})
    clock.jump(NOW - timedelta(minutes=30))
    acts.perform("create_issue", {"summary": "Printer", "labels": ["b"], "priority": "Lowest"})
    acts.perform("transition", {"issue": "RND-3", "to": "Done", "resolution": "Fixed"})
    acts.perform("comment", {"issue": "RND-3", "text": "the spooler was stuck"})
    clock.jump(NOW)
    acts.perform("create_issue", {"summary": "Elsewhere", "project": "LIB"})
    acts.perform("create_issue", {"summary": 'quote " and back\\slash', "project": "LIB"})
    return site


def found(site: Site, jql: str) -> list[str]:
    """Give the keys of what a query finds, in its order."""
    search = compile_query(jql, site, Asker(site.find_user("hub"), NOW))
    return [
        issue.key for issue in search.sort([i for i in site.issues.values() if search.matches(i)])
    ]


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = RND ORDER BY key", ["RND-1", "RND-2", "RND-3"]),
        ("project = 研发 order by key asc", ["RND-1", "RND-2", "RND-3"]),
        ("project in (RND, LIB) AND NOT project = RND ORDER BY key DESC", ["LIB-2", "LIB-1"]),
        ("project != RND ORDER BY key ASC", ["LIB-1", "LIB-2"]),
        ("key = RND-2", ["RND-2"]),
        ("key in (RND-1, rnd-3) order by id", ["RND-1", "RND-3"]),
        ("project = RND and key > RND-1 order by key", ["RND-2", "RND-3"]),
        ("issuekey >= RND-2 and issuekey < RND-3", ["RND-2"]),
        ('status = "In Progress"', ["RND-2"]),
        ("status = done or status = 3 order by key", ["RND-2", "RND-3"]),
        ("statusCategory = Done", ["RND-3"]),
        ('statusCategory != "Done" and project = RND order by key', ["RND-1", "RND-2"]),
        ("labels = a", ["RND-1"]),
        ("labels in (a, b) order by key", ["RND-1", "RND-3"]),
        ("labels != a", ["RND-3"]),
        ("labels not in (a)", ["RND-3"]),
        ("labels is empty and project = RND", ["RND-2"]),
        ("labels = EMPTY and project = RND", ["RND-2"]),
        ("labels is not EMPTY order by key", ["RND-1", "RND-3"]),
        ("labels = neverused", []),
        ('assignee = "chen.rd@vendor.example"', ["RND-2"]) ,
        ('assignee = "陈工"', ["RND-2"]),
        ("assignee is EMPTY and project = RND order by key", ["RND-1", "RND-3"]),
        ("assignee in (chen.rd, EMPTY) and project = RND and key < RND-3", ["RND-2", "RND-1"]),
        ("assignee = currentUser()", []),
        ('assignee in membersOf("jira-users")', ["RND-2"]),
        ("resolution = Fixed", ["RND-3"]),
        ("resolution = Unresolved and project = RND order by key", ["RND-1", "RND-2"]),
        ("resolution is EMPTY and project = RND order by key", ["RND-1", "RND-2"]),
        ("resolution != Fixed", []),
        ("priority > Medium", ["RND-1"]),
        ("priority <= Low", ["RND-3"]),
        ("priority in (High, Lowest) order by priority", ["RND-1", "RND-3"]),
        ("project = RND order by priority asc, key desc", ["RND-3", "RND-2", "RND-1"]),
        ("issuetype = Bug and project = LIB order by key", ["LIB-1", "LIB-2"]),
        ("summary ~ crash", ["RND-1"]),
        ("summary ~ 崩溃", ["RND-2"]),
        ('summary ~ "old cra*"', ["RND-1"]),
        ("summary !~ crash and project = RND order by key", ["RND-2", "RND-3"]),
        ('text ~ "spooler stuck"', ["RND-3"]),
        ('text ~ "\\"was stuck\\""', ["RND-3"]),
        ("text ~ login.page", ["RND-2"]),
        ("comment ~ spooler", ["RND-3"]),
        ("updated >= -1h and project = RND", ["RND-3"]),
        ('updated >= "-2h 5m" and project = RND order by key', ["RND-2", "RND-3"]),
        ("created < -1w", ["RND-1"]),
        ('created >= "2026-01-05 13:33" and project = RND', ["RND-3"]),
        ('created >= "2026/01/05" and project = RND order by key', ["RND-2", "RND-3"]),
        ('created < "2026-01-05 12:03" and project = RND', ["RND-1"]),
        (f"updated >= {int(NOW.timestamp() * 1000)} order by key", ["LIB-1", "LIB-2"]),
        (f"updated > {int(NOW.timestamp() * 1000)}", []),
        ("created >= startOfDay() and project = RND order by key", ["RND-2", "RND-3"]),
        ("created >= startOfDay(-11d) and created < startOfDay(-9d)", ["RND-1"]),
        ("created <= now() and project = LIB order by key", ["LIB-1", "LIB-2"]),
        ("resolved is not empty", ["RND-3"]),
        ('summary ~ "quote" && project = LIB', ["LIB-2"]),
        ("(project = RND OR key = LIB-2) AND !(key = LIB-2) and labels = b || key = LIB-1",
         ["LIB-1", "RND-3", "RND-1"]),
        ("project = RND order by created DESC", ["RND-3", "RND-2", "RND-1"]),
        ("project = RND order by created ASC", ["RND-1", "RND-2", "RND-3"]),
        ("project = RND order by status, key", ["RND-1", "RND-2", "RND-3"]),
        ("'Customer' ~ x", []),
        ("cf[10050] is EMPTY and project = RND order by key", ["RND-1", "RND-2", "RND-3"]),
        ("", ["LIB-2", "LIB-1", "RND-3", "RND-2", "RND-1"]),
    ],
)  # fmt: skip
def test_a_query_finds(site: Site, jql: str, keys: list[str]) -> None:
    """Fields, operators, functions, dates in the user's zone, order."""
    assert keys == found(site, jql)


def test_dates_are_read_in_the_zone_of_who_asks(site: Site) -> None:
    """The same bare date means another instant to a user elsewhere."""
    berlin = site.find_user("li.rd")
    assert berlin is not None
    berlin.time_zone = "Europe/Berlin"
    jql = 'created >= "2026-01-05 06:33" and project = RND'

    search = compile_query(jql, site, Asker(berlin, NOW))

    assert [i.key for i in site.issues.values() if search.matches(i)] == ["RND-3"]


@pytest.mark.parametrize(
    "value", ['a"b', "back\\slash", "new\nline", "tab\t", "bell\a", "中文 空格"]
)
def test_quoting_protects_every_value(site: Site, value: str) -> None:
    """What the connector's builder quotes is read back as the same value."""
    from hub_jira.jql import quote  # noqa: PLC0415
    from hub_jira.sandbox.jql.parser import parse  # noqa: PLC0415
    from hub_jira.sandbox.jql.syntax import Clause  # noqa: PLC0415

    query = parse(f"labels = {quote(value)}")

    assert isinstance(query.where, Clause)
    operand: Any = query.where.operand
    assert value == operand.text
