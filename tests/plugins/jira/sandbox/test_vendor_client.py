"""A client library that we did not write works on the emulator, on both faces."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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


def find(jira: Any, library: JIRA) -> Callable[[str], Any]:
    """Give the search that fits the face."""
    return library.enhanced_search_issues if jira.cloud else library.search_issues


def make(library: JIRA, summary: str = "由库创建") -> Any:
    """Make an issue."""
    return library.create_issue(
        project="RND", summary=summary, description="文本", issuetype={"name": "Bug"}
    )


def test_it_knows_the_site_and_itself(jira: Any, library: JIRA) -> None:
    """Deployment type, user and time zone are told."""
    assert library.deploymentType == ("Cloud" if jira.cloud else "Server")
    assert library.myself()["timeZone"] == "Asia/Shanghai"


def test_an_issue_lives(jira: Any, library: JIRA) -> None:
    """Create, read, edit, search, transition, delete."""
    issue = make(library)
    issue.update(summary="geändert", labels=[{"add": "x"}])
    found = find(jira, library)('summary ~ "geändert"')
    library.transition_issue(issue, "Start progress")
    library.transition_issue(issue, "31", fields={"resolution": {"name": "Fixed"}})
    again = library.issue(issue.key)

    assert [issue.key] == [entry.key for entry in found]
    assert (again.fields.status.name, again.fields.resolution.name) == ("Done", "Fixed")
    assert again.fields.labels == ["x"]
    again.delete()
    with pytest.raises(JIRAError) as caught:
        library.issue(issue.key)
    assert caught.value.status_code == 404


def test_comments_live(jira: Any, library: JIRA) -> None:
    """Add, list, edit, delete; an internal one is internal."""
    issue = make(library)
    comment = library.add_comment(issue, "公开")
    library.add_comment(issue, "内部", is_internal=True)
    comment.update(body="改过")

    texts = [entry.body for entry in library.comments(issue)]
    comment.delete()

    assert texts == ["改过", "内部"]
    assert [entry["public"] for entry in jira.comments()] == [False]


def test_lists_are_there(library: JIRA) -> None:
    """Projects, statuses, priorities, resolutions, fields, types."""
    assert {"RND", "LIB"} == {project.key for project in library.projects()}
    assert library.project("RND").name == "研发"
    assert "In Review" in {status.name for status in library.statuses()}
    assert library.priority("1").name == "Highest"
    assert "Fixed" in {resolution.name for resolution in library.resolutions()}
    assert "summary" in {field["id"] for field in library.fields()}
    assert "Bug" in {kind.name for kind in library.issue_types()}


def test_pages_are_followed(jira: Any, library: JIRA) -> None:
    """All issues are found though they do not fit a page."""
    for number in range(120):
        jira.issue(f"n {number}")

    found = find(jira, library)("project = RND", maxResults=0)  # type: ignore[call-arg]

    assert len(found) == 120


def test_several_issues_are_made_at_once(library: JIRA) -> None:
    """Those that fail are told by number."""
    good = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "gut"}
    bad = {**good, "summary": "zwei\nZeilen"}

    results = library.create_issues([good, bad], prefetch=False)

    assert [result["status"] for result in results] == ["Success", "Error"]


def test_an_unknown_query_is_refused_with_jiras_message(jira: Any, library: JIRA) -> None:
    """The library shows what Jira would say."""
    with pytest.raises(JIRAError) as caught:
        find(jira, library)("colour = red")

    assert caught.value.status_code == 400
    assert "Field 'colour' does not exist" in caught.value.text
