"""The `jira` package, unchanged, drives everything that an issue can have, on both faces."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from jira import JIRA, JIRAError


@pytest.fixture
def library(jira: Any) -> Iterator[JIRA]:
    """Log in with the `jira` package as its manual says."""
    facts = jira.facts
    login = (facts["email"], facts["api_token"]) if jira.cloud else ("admin", "admin")
    client = JIRA(facts["url"], basic_auth=login, max_retries=0)
    yield client
    client.close()


@pytest.fixture
def issue(library: JIRA) -> Any:
    """Give a fresh issue."""
    return make(library)


def make(library: JIRA, summary: str = "由库创建", **more: Any) -> Any:
    """Make an issue."""
    fields = {"project": "RND", "summary": summary, "issuetype": {"name": "Bug"}, **more}
    return library.create_issue(fields=fields)


def who(library: JIRA) -> str:
    """Give the name by which the library's user is known on this face."""
    me = library.myself()
    return str(me.get("accountId") or me["name"])


def test_files_are_attached_read_and_deleted(library: JIRA, issue: Any) -> None:
    """Any bytes, a Chinese name, and the metadata that goes with them."""
    content = bytes(range(256)) * 40
    made = library.add_attachment(issue, io.BytesIO(content), filename="截图 1.png")

    found = library.issue(issue.key).fields.attachment[0]
    again = library.attachment(made.id)
    assert (found.id, found.filename, found.size) == (made.id, "截图 1.png", len(content))
    assert found.mimeType == "image/png"
    assert again.filename == "截图 1.png"
    assert content == found.get()
    assert content == b"".join(found.iter_content(1000))
    assert library.attachment_meta()["enabled"] is True

    found.delete()
    assert library.issue(issue.key).fields.attachment == []
    with pytest.raises(JIRAError) as caught:
        library.attachment(made.id)
    assert caught.value.status_code == 404


def test_worklogs_count_against_the_estimate(library: JIRA) -> None:
    """Added, listed, changed, deleted; what remains follows."""
    issue = make(library, timetracking={"originalEstimate": "1d 2h"})
    first = library.add_worklog(issue, timeSpent="3h", comment="查日志")
    second = library.add_worklog(issue, timeSpent="2h", adjustEstimate="leave")

    tracking = library.issue(issue.key).fields.timetracking
    assert tracking.raw == {
        "originalEstimate": "1d 2h",
        "remainingEstimate": "7h",
        "timeSpent": "5h",
        "originalEstimateSeconds": 36_000,
        "remainingEstimateSeconds": 25_200,
        "timeSpentSeconds": 18_000,
    }
    assert [first.id, second.id] == [entry.id for entry in library.worklogs(issue)]

    first.update(timeSpent="1h", comment="只看了一眼")
    assert library.worklog(issue, first.id).timeSpentSeconds == 3600
    second.delete(adjustEstimate="manual", increaseBy="1h")
    remaining = library.issue(issue.key).fields.timetracking.remainingEstimate
    assert remaining == "1d 2h"
    assert len(library.worklogs(issue)) == 1


def test_watchers_come_and_go(library: JIRA, issue: Any) -> None:
    """The list, the count in the issue, and a stranger who is refused."""
    me = who(library)
    library.add_watcher(issue, me)

    assert library.watchers(issue).watchCount == 1
    assert library.issue(issue.key).fields.watches.isWatching is True
    library.remove_watcher(issue, me)
    assert library.watchers(issue).watchCount == 0
    with pytest.raises(JIRAError):
        library.add_watcher(issue, "nobody-of-that-name")


def test_votes_are_for_issues_of_others(jira: Any, library: JIRA, issue: Any) -> None:
    """One's own can be voted for on Cloud only."""
    jira.issue("von anderen")
    other = library.issue("RND-2")

    library.add_vote(other)
    assert library.votes(other).votes == 1
    library.remove_vote(other)
    assert library.votes(other).votes == 0
    if jira.cloud:
        library.add_vote(issue)
        assert library.votes(issue).votes == 1
        return
    with pytest.raises(JIRAError) as caught:
        library.add_vote(issue)
    assert "reported" in caught.value.text


def test_issues_are_linked(library: JIRA, issue: Any) -> None:
    """Both ends see the link in their own words; a comment goes with it."""
    other = make(library, "zweites")
    library.create_issue_link("Blocks", issue, other, comment={"body": "siehe dort"})

    links = library.issue(other.key).fields.issuelinks
    back = library.issue(issue.key).fields.issuelinks
    assert [links[0].inwardIssue.key] == [issue.key]
    assert [back[0].outwardIssue.key] == [other.key]
    assert ["siehe dort"] == [comment.body for comment in library.comments(other)]
    whole = library.issue_link(links[0].id)
    assert (whole.inwardIssue.key, whole.outwardIssue.key) == (issue.key, other.key)

    library.delete_issue_link(links[0].id)
    assert library.issue(issue.key).fields.issuelinks == []


def test_link_types_are_listed(library: JIRA) -> None:
    """Those that a fresh Jira has."""
    kinds = {kind.name: kind for kind in library.issue_link_types()}

    assert {"Blocks", "Cloners", "Duplicate", "Relates"} == set(kinds)
    assert library.issue_link_type(kinds["Blocks"].id).inward == "is blocked by"


def test_remote_links_are_one_by_global_id(library: JIRA, issue: Any) -> None:
    """Setting one with a known global id updates it; what is left out is gone."""
    target = {"url": "http://crm.example/5001", "title": "Case 5001", "summary": "x"}
    first = library.add_remote_link(issue, target, globalId="crm=5001", relationship="case")
    again = library.add_remote_link(issue, {**target, "title": "Fall"}, globalId="crm=5001")

    links = library.remote_links(issue)
    assert first.id == again.id
    assert ["Fall"] == [link.object.title for link in links]
    assert "relationship" not in links[0].raw
    assert library.remote_link(issue, first.id).globalId == "crm=5001"

    links[0].update({"url": "http://crm.example/9", "title": "neun"}, globalId="crm=9")
    assert library.remote_link(issue, first.id).object.title == "neun"
    links[0].delete()
    assert library.remote_links(issue) == []


def test_properties_of_issues(library: JIRA, issue: Any) -> None:
    """Any JSON under a key."""
    library.add_issue_property(issue, "hub", {"zahl": 5, "wort": "价格"})

    assert ["hub"] == [entry.key for entry in library.issue_properties(issue)]
    found = library.issue_property(issue, "hub")
    assert found.value.wort == "价格"
    found.delete()
    with pytest.raises(JIRAError) as caught:
        library.issue_property(issue, "hub")
    assert caught.value.status_code == 404


def test_an_issue_is_assigned(jira: Any, library: JIRA, issue: Any) -> None:
    """To someone whom the search finds, and to nobody."""
    library.assign_issue(issue, "chen.rd@vendor.example" if jira.cloud else "chen.rd")
    assert library.issue(issue.key).fields.assignee.displayName == "陈工"

    library.assign_issue(issue, None)
    assert library.issue(issue.key).fields.assignee is None


def test_subtasks_hang_on_their_parent(library: JIRA, issue: Any) -> None:
    """They need one, and go with it."""
    kind = {"name": "Sub-task"}
    with pytest.raises(JIRAError) as caught:
        make(library, "ohne", issuetype=kind)
    assert "parent issue key" in caught.value.text

    child = make(library, "mit", issuetype=kind, parent={"key": issue.key})
    assert [child.key] == [entry.key for entry in library.issue(issue.key).fields.subtasks]
    assert library.issue(child.key).fields.parent.key == issue.key
    with pytest.raises(JIRAError):
        issue.delete()
    issue.delete(deleteSubtasks=True)
    with pytest.raises(JIRAError):
        library.issue(child.key)


def test_edits_by_verbs(library: JIRA, issue: Any) -> None:
    """Labels are added and removed, the summary is set, a comment is added."""
    issue.update(fields={"labels": ["a", "b"]})
    issue.update(
        update={
            "labels": [{"add": "c"}, {"remove": "a"}],
            "summary": [{"set": "neu"}],
            "comment": [{"add": {"body": "dazu"}}],
        }
    )

    again = library.issue(issue.key)
    assert (again.fields.labels, again.fields.summary) == (["b", "c"], "neu")
    assert ["dazu"] == [comment.body for comment in library.comments(issue)]


def test_what_may_be_edited_and_created_is_told(jira: Any, library: JIRA, issue: Any) -> None:
    """Edit screen, and create screens by project and type."""
    fields = library.editmeta(issue)["fields"]
    assert fields["labels"]["operations"] == ["add", "set", "remove"]
    assert fields["summary"]["required"] is True

    expected = {"summary", "description", "priority", "customfield_10050"}
    if jira.cloud:
        meta = library.createmeta("RND", expand="projects.issuetypes.fields")
        kind = meta["projects"][0]["issuetypes"][0]
        assert (kind["name"], expected <= set(kind["fields"])) == ("Bug", True)
        return
    kinds = library.project_issue_types("RND")
    bug = next(kind for kind in kinds if kind.name == "Bug")
    assert expected <= {field.fieldId for field in library.project_issue_fields("RND", bug.id)}


def test_a_changelog_comes_with_the_issue(library: JIRA, issue: Any) -> None:
    """Expanded, newest first."""
    issue.update(summary="eins")
    issue.update(summary="zwei")

    histories = library.issue(issue.key, expand="changelog").changelog.histories
    assert [("eins", "zwei"), ("由库创建", "eins")] == [
        (entry.items[0].fromString, entry.items[0].toString) for entry in histories
    ]


def test_comments_restricted_to_a_role_are_hidden_from_others(
    jira: Any, library: JIRA, issue: Any
) -> None:
    """Who does not play it does not find the comment, nor its number in the list."""
    limit = {"type": "role", "value": "Administrators"}
    library.add_comment(issue, "für wenige", visibility=limit)
    login = ("chen.rd@vendor.example" if jira.cloud else "chen.rd", "chen.rd-token")
    other = JIRA(jira.facts["url"], basic_auth=login, max_retries=0)

    assert len(library.comments(issue)) == 1
    assert other.comments(issue.key) == []
    assert other.issue(issue.key).fields.comment.total == 0
    other.close()
