"""Work on many issues at once, and pictures: what is refused, and what is told of each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Web = Callable[..., httpx.Response]
OWNER = "universal_avatar/type/project/owner"


@pytest.fixture
def web(cloud: Any, access: Callable[..., Web]) -> Web:
    """Give raw access to a Cloud as its user `hub`."""
    return access(cloud)


def made(web: Web, **more: Any) -> str:
    """Make an issue; give its key."""
    plain = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}
    key: str = web("POST", "issue", {"fields": {**plain, **more}}).json()["key"]
    return key


def test_what_fails_of_a_task_is_told_by_issue(web: Web) -> None:
    """The others are done all the same; what can not be seen is only counted."""
    key = made(web)
    identifier = web("GET", f"issue/{key}").json()["id"]
    step = {"selectedIssueIdsOrKeys": [key, "RND-9999"], "transitionId": "9999"}

    task = web("POST", "bulk/issues/transition", {"bulkTransitionInputs": [step]}).json()["taskId"]
    told = web("GET", f"bulk/queue/{task}").json()

    assert told["status"] == "COMPLETE"
    assert [identifier] == list(told["failedAccessibleIssues"])
    assert told["processedAccessibleIssues"] == []
    assert (2, 1) == (told["totalIssueCount"], told["invalidOrInaccessibleIssueCount"])


def test_subtasks_go_with_their_parent(web: Web) -> None:
    """Whether they are selected besides or not."""
    parent = made(web)
    child = made(web, issuetype={"name": "Sub-task"}, parent={"key": parent})

    web("POST", "bulk/issues/delete", {"selectedIssueIdsOrKeys": [parent, child]})

    assert [404, 404] == [web("GET", f"issue/{key}").status_code for key in (parent, child)]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "bulk/issues/delete", {"selectedIssueIdsOrKeys": []}),
        ("POST", "bulk/issues/delete", {"selectedIssueIdsOrKeys": ["RND-1"] * 1001}),
        ("POST", "bulk/issues/watch", {"selectedIssueIdsOrKeys": "RND-1"}),
        ("POST", "bulk/issues/transition", {"bulkTransitionInputs": [{"transitionId": "1"}]}),
        ("GET", "bulk/issues/transition", None),
        ("GET", "bulk/queue/1", None),
    ],
)
def test_what_names_nothing_is_refused(web: Web, method: str, path: str, body: Any) -> None:
    """No issue, too many, no list, or no such task."""
    answer = web(method, path, body)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]


def test_a_task_is_its_submitters_alone(cloud: Any, access: Callable[..., Web], web: Web) -> None:
    """Others are told that there is none."""
    task = web("POST", "bulk/issues/watch", {"selectedIssueIdsOrKeys": [made(web)]}).json()

    answer = access(cloud, "chen.rd")("GET", f"bulk/queue/{task['taskId']}")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"content-type": "image/png"}, b"\x89PNG\r\n\x1a\n", 403),
        ({"content-type": "image/png", "x-atlassian-token": "no-check"}, b"no picture", 400),
        ({"content-type": "text/plain", "x-atlassian-token": "no-check"}, b"GIF89a", 400),
        ({"content-type": "image/gif", "x-atlassian-token": "no-check"}, b"GIF89a", 201),
    ],
)
def test_only_pictures_are_taken_in(
    http: httpx.Client, cloud: Any, headers: dict[str, str], body: bytes, status: int
) -> None:
    """And only from who says that it is no forgery."""
    user = cloud.sandbox.site.find_user("hub")
    project = cloud.sandbox.site.find_project("RND").id
    url = f"{cloud.facts['url']}/rest/api/3/{OWNER}/{project}"

    answer = http.post(url, content=body, headers=headers, auth=(user.email, user.secret))

    assert status == answer.status_code


def test_who_is_no_administrator_uploads_no_picture(cloud: Any, access: Callable[..., Web]) -> None:
    """Seeing the pictures is for all."""
    project = cloud.sandbox.site.find_project("RND").id
    web = access(cloud, "chen.rd")

    assert 403 == web("POST", f"{OWNER}/{project}").status_code
    assert 200 == web("GET", f"{OWNER}/{project}").status_code
    assert 403 == web("POST", f"{OWNER}/{project}").status_code
    assert 404 == web("GET", "universal_avatar/view/type/cat").status_code
    assert 404 == web("GET", "universal_avatar/view/type/project", size="huge").status_code


def test_what_lacks_its_parameters_is_refused(web: Web) -> None:
    """Statuses without a name, fields without a type of issue, transitions of a hidden issue."""
    hidden = web("GET", "bulk/issues/transition", issueIdsOrKeys="RND-9999")

    assert 400 == hidden.status_code
    assert "invalid" in hidden.json()["errors"][0]["message"]
    assert 400 == web("GET", "statuses/byNames").status_code
    assert 400 == web("GET", "projects/fields", workTypeId="1").status_code
