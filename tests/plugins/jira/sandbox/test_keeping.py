"""What a site holds outlives the emulator; thousands of issues are loaded in one stroke."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hub_jira.sandbox import JiraSandbox, keeping
from jira import JIRA

from hub.clock import SystemClock
from hub.sandbox import SandboxOptions


@pytest.fixture
def restart() -> Iterator[Callable[[Any], tuple[Any, JIRA]]]:
    """Give what makes a fresh emulator of one's state, with a client of it."""
    open_: list[Any] = []

    def again(jira: Any) -> tuple[Any, JIRA]:
        dumped = jira.sandbox.dump()
        make = JiraSandbox.cloud if jira.cloud else JiraSandbox.server
        fresh = make(SandboxOptions(clock=SystemClock()))
        fresh.load(dumped)
        client = login(jira, fresh.start())
        open_.extend((client.close, fresh.stop))
        return fresh, client

    yield again
    for close in open_:
        close()


def login(jira: Any, facts: Any) -> JIRA:
    """Log in as the administrator."""
    who = (facts["email"], facts["api_token"]) if jira.cloud else ("admin", "admin")
    return JIRA(facts["url"], basic_auth=who, max_retries=0)


def test_all_of_an_issue_is_there_after_a_restart(
    jira: Any, restart: Callable[[Any], tuple[Any, JIRA]]
) -> None:
    """Fields, rich custom fields, comments, files, worklogs, links, properties, history."""
    with_client = login(jira, jira.facts)
    make = {"project": "RND", "summary": "重启前", "issuetype": {"name": "Bug"}}
    one = with_client.create_issue(
        fields={**make, "customfield_10051": "步骤", "duedate": "2026-05-01", "labels": ["a"]}
    )
    two = with_client.create_issue(fields={**make, "summary": "zwei"})
    with_client.add_comment(one, "评论", is_internal=True)
    with_client.add_attachment(one, io.BytesIO(b"\x00\xff"), filename="a.bin")
    with_client.add_worklog(one, timeSpent="1h")
    with_client.create_issue_link("Blocks", one, two)
    with_client.add_issue_property(one, "hub", {"a": [1, None, "x"]})
    with_client.transition_issue(one, "Start progress")
    before = with_client.issue(one.key, expand="changelog").raw
    with_client.close()

    fresh, client = restart(jira)

    after = client.issue(one.key, expand="changelog").raw
    old, new = jira.facts["url"], fresh.site.base_url
    assert str(before).replace(old, new) == str(after)
    assert client.issue(one.key).fields.attachment[0].get() == b"\x00\xff"
    assert client.issue_property(one.key, "hub").raw["value"] == {"a": [1, None, "x"]}
    assert jira.comments()[0]["public"] is False
    third = client.create_issue(fields={**make, "summary": "drei"})
    assert third.key == "RND-3"
    assert int(third.id) > int(before["id"])


def test_a_dump_leaves_nothing_out(jira: Any) -> None:
    """Whatever a site gets one day is kept, found again, or said to be passing."""
    known = set(keeping.TABLES) | keeping.DERIVED | keeping.PASSING

    assert known == set(vars(jira.sandbox.site))


@pytest.mark.parametrize("dumped", [b"", b"junk", b"\x80"])
def test_what_is_no_dump_is_refused(cloud: Any, dumped: bytes) -> None:
    """And the site is as it was."""
    with pytest.raises(ValueError, match="no state of this emulator"):
        cloud.sandbox.load(dumped)

    assert "RND" in {project.key for project in cloud.sandbox.site.projects.values()}


def test_the_state_of_a_cloud_is_none_of_a_server(cloud: Any, server: Any) -> None:
    """Users are named otherwise there."""
    with pytest.raises(ValueError, match="another emulator"):
        server.sandbox.load(cloud.sandbox.dump())


def test_issues_are_loaded_by_the_thousand(jira: Any) -> None:
    """With comments, by anyone, at any time; they are found at once."""
    said = [{"text": "公开", "public": True, "author": "li.rd"}, {"text": "内部"}]
    entries = [
        {
            "summary": f"n {number}",
            "status": "Done",
            "priority": "High",
            "assignee": "chen.rd",
            "created": "2026-01-05T08:00:00+08:00",
            "comments": said,
        }
        for number in range(1000)
    ]

    told = jira.act("load", issues=entries)

    assert told == {"issues": 1000, "comments": 2000, "first": "RND-1", "last": "RND-1000"}
    client = login(jira, jira.facts)
    issue = client.issue("RND-1000")
    assert (issue.fields.status.name, issue.fields.assignee.displayName) == ("Done", "陈工")
    assert issue.fields.created == "2026-01-05T08:00:00.000+0800"
    assert ["公开", "内部"] == [comment.body for comment in client.comments(issue)]
    client.close()


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({}, "summary"),
        ({"summary": "x", "status": "Nowhere"}, "no status 'Nowhere'"),
        ({"summary": "x", "color": "red"}, "color"),
        ({"summary": "x", "assignee": "nobody"}, "nobody is called 'nobody'"),
        ({"summary": "x", "created": "2026-01-05T08:00:00"}, "no time zone"),
        ({"summary": "x", "project": "NOPE"}, "no project"),
    ],
)
def test_a_load_with_a_mistake_loads_nothing(cloud: Any, entry: Any, words: str) -> None:
    """It tells what is wrong."""
    with pytest.raises(ValueError, match=words):
        cloud.act("load", issues=[{"summary": "gut"}, entry])

    assert cloud.issues() == []
