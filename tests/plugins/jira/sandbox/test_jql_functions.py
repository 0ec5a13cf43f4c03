"""JQL's functions, and the fields of people, links, work and levels."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest


@pytest.fixture(scope="module")
def found() -> Any:
    """Give a search on a site of four issues, in which much has happened."""
    from hub_jira.sandbox import JiraSandbox  # noqa: PLC0415
    from jira import JIRA  # noqa: PLC0415

    from hub.sandbox import SandboxOptions  # noqa: PLC0415

    sandbox = JiraSandbox.server(SandboxOptions())
    facts = sandbox.start()
    client = JIRA(facts["url"], basic_auth=("admin", "admin"), max_retries=0)
    happen(client, sandbox)

    def search(jql: str) -> list[str]:
        return [issue.key for issue in client.search_issues(f"{jql} ORDER BY key")]

    yield search
    client.close()
    sandbox.stop()


def happen(client: Any, sandbox: Any) -> None:
    """Have things happen on a site."""
    client.create_component("core", "RND", leadUserName="admin")
    client.create_version("1.0", "RND").update(released=True)
    client.create_version("2.0", "RND")
    client.create_version("3.0", "RND")
    base = {"project": "RND", "issuetype": {"name": "Bug"}}
    client.create_issue(summary="a", components=[{"name": "core"}], **base)
    client.create_issue(
        summary="b", fixVersions=[{"name": "1.0"}], security={"id": "10000"}, **base
    )
    client.create_issue(summary="c", fixVersions=[{"name": "2.0"}, {"name": "3.0"}], **base)
    parent = {"project": "RND", "issuetype": {"name": "Sub-task"}, "parent": {"key": "RND-1"}}
    client.create_issue(summary="d", **parent)
    client.create_issue_link("Blocks", "RND-1", "RND-3")
    client.add_watcher("RND-2", "jira_user")
    client.remove_watcher("RND-4", "admin")
    sandbox.act("comment", {"issue": "RND-3", "text": "x", "author": "jira_user"})
    client.add_worklog("RND-1", "2h", comment="soldered")
    client.create_filter("kept", "", "key = RND-2")
    client.add_attachment("RND-2", filename="x.txt", attachment=BytesIO(b"x"))
    client.issue("RND-4")


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project in projectsLeadByUser()", "1234"),
        ("project in projectsLeadByUser(jira_user)", ""),
        ("project in projectsWhereUserHasRole(Administrators)", "1234"),
        ('project in projectsWhereUserHasPermission("Create Issues")', "1234"),
        ("component in componentsLeadByUser()", "1"),
        ("component = core and component is not EMPTY", "1"),
        ("fixVersion in releasedVersions()", "2"),
        ("fixVersion in unreleasedVersions(RND)", "3"),
        ("fixVersion = latestReleasedVersion(RND)", "2"),
        ("fixVersion = earliestUnreleasedVersion(RND)", "3"),
        ('fixVersion > "1.0"', "3"),
        ('fixVersion <= "2.0"', "23"),
        ("issuetype in standardIssueTypes()", "123"),
        ("issuetype in subtaskIssueTypes()", "4"),
        ("parent = RND-1", "4"),
        ("parent in (RND-1)", "4"),
        ("issue in linkedIssues(RND-1)", "3"),
        ("issue in linkedIssues(RND-3, 'is blocked by')", "1"),
        ("issue in linkedIssues(RND-1, 'is blocked by')", ""),
        ("issueLinkType = blocks", "13"),
        ("issueLinkType is EMPTY", "24"),
        ("watcher = jira_user", "23"),
        ("watcher = jira_user AND watchers > 1", "23"),
        ("issue in watchedIssues()", "123"),
        ("issue in votedIssues()", ""),
        ("votes = 0", "1234"),
        ("issue in updatedBy(jira_user)", "3"),
        ('issue in updatedBy(jira_user, "-1d", "1d")', "3"),
        ('issue in updatedBy(jira_user, "-2d", "-1d")', ""),
        ("timespent = 7200", "1"),
        ("worklogAuthor = currentUser()", "1"),
        ("worklogComment ~ soldered", "1"),
        ("attachments is not EMPTY", "2"),
        ("level = Internal", "2"),
        ("filter = kept", "2"),
        ("NOT filter = kept", "134"),
        ("assignee in membersOf(jira-users) OR assignee is EMPTY", "1234"),
        ("issue in issueHistory() AND key = RND-4", "4"),
        ("projectType = service_desk", "1234"),
        ("category is EMPTY", "1234"),
    ],
)
def test_a_function_finds(found: Callable[[str], list[str]], jql: str, keys: str) -> None:
    """As the administrator sees it."""
    assert [f"RND-{number}" for number in keys] == found(jql)


def test_a_level_hides_an_issue_from_who_is_not_let_in(server: Any, http: Any) -> None:
    """It is not found, and Data Center says of it that it is hidden, not that there is none."""
    key = server.create(key="k").ref.id
    sign = ("admin", "admin")
    root = f"{server.facts['url']}/rest/api/2"
    http.put(f"{root}/issue/{key}", auth=sign, json={"fields": {"security": {"id": "10000"}}})
    other = ("jira_user", "jira")

    read = http.get(f"{root}/issue/{key}", auth=other)
    searched = http.get(f"{root}/search", auth=other, params={"jql": "project = RND"})

    assert (read.status_code, http.get(f"{root}/issue/NOPE-1", auth=other).status_code) == (
        403,
        404,
    )
    assert http.get(f"{root}/issue/{key}").json()["errorMessages"][1] == "Login Required"
    assert searched.json()["total"] == 0
    assert http.get(f"{root}/issue/{key}", auth=sign).status_code == 200
