"""The emulator refuses what Jira refuses, shows what Jira shows, and hides what Jira hides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

DOC = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": []}]}


def fields(**more: Any) -> dict[str, Any]:
    """Make the body of a create."""
    plain = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}
    return {"fields": {**plain, **more}}


Web = Callable[..., httpx.Response]


@pytest.fixture
def web(cloud: Any, access: Callable[..., Web]) -> Web:
    """Give raw access to a Cloud as its user `hub`, through API version 3."""
    return access(cloud)


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"summary": ""}, "summary", "You must specify a summary of the issue."),
        ({"summary": "a\nb"}, "summary", "contains newline characters"),
        ({"summary": "字" * 255}, "summary", "less than 255 characters"),
        ({"project": {"key": "NOPE"}}, "project", "valid project"),
        ({"issuetype": {"name": "Incident"}}, "issuetype", "issue type"),
        ({"issuetype": None}, "issuetype", "Specify an issue type"),
        ({"description": "a string"}, "description", "Atlassian Document"),
        ({"description": {"type": "doc"}}, "description", "Atlassian Document"),
        ({"labels": ["a b"]}, "labels", "contains spaces"),
        ({"labels": "a"}, "labels", "not an array"),
        ({"priority": {"name": "Now"}}, "priority", "priority selected is invalid"),
        ({"assignee": {"name": "chen.rd"}}, "assignee", "GDPR strict mode"),
        ({"assignee": {"accountId": "nobody"}}, "assignee", "valid value"),
        ({"status": {"name": "Done"}}, "status", "not on the appropriate screen"),
        ({"customfield_99999": "x"}, "customfield_99999", "not on the appropriate screen"),
        ({"duedate": "tomorrow"}, "duedate", "Error parsing date"),
        ({"customfield_10050": 5}, "customfield_10050", "must be a string"),
        ({"parent": {"key": "RND-99"}}, "parent", "Could not find issue"),
    ],
)
def test_a_create_is_refused_by_field(
    web: Web, more: dict[str, Any], field: str, words: str
) -> None:
    """Each refusal stands under its field, in Jira's form."""
    answer = web("POST", "issue", fields(**more))

    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == []
    assert words in answer.json()["errors"][field]


def test_all_refused_fields_are_told_at_once(web: Web) -> None:
    """One bad field fails the whole, and all bad ones are named."""
    answer = web("POST", "issue", fields(summary="", labels=["a b"]))

    assert {"summary", "labels"} == set(answer.json()["errors"])


def test_text_over_the_limit_is_refused(web: Web) -> None:
    """The limit is the site's."""
    long = {"type": "paragraph", "content": [{"type": "text", "text": "字" * 32_768}]}

    answer = web("POST", "issue", fields(description={**DOC, "content": [long]}))

    assert "32,767 characters" in answer.json()["errors"]["description"]


def test_a_field_in_fields_and_update_is_refused(cloud: Any, access: Callable[..., Web]) -> None:
    """It must stand in one of them."""
    cloud.issue()
    body = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}

    answer = access(cloud)("PUT", "issue/RND-1", body)

    assert "cannot appear in both" in answer.json()["errors"]["labels"]


def test_an_operation_that_is_no_object_is_refused(cloud: Any, access: Callable[..., Web]) -> None:
    """A bare label where an operation is expected changes nothing."""
    cloud.issue()

    answer = access(cloud)("PUT", "issue/RND-1", {"update": {"labels": ["x"]}})

    assert answer.status_code == 400


def test_a_status_can_not_be_edited(cloud: Any, access: Callable[..., Web]) -> None:
    """Only a transition moves an issue."""
    cloud.issue()

    answer = access(cloud)("PUT", "issue/RND-1", {"fields": {"status": {"name": "Done"}}})

    assert answer.status_code == 400


def test_transitions_are_strict(cloud: Any, access: Callable[..., Web]) -> None:
    """Not offered, a field that is not on the screen, a required one left out."""
    cloud.issue()
    cloud.act("transition", issue="RND-1", to="In Progress")
    web = access(cloud)

    def make(body: dict[str, Any]) -> dict[str, Any]:
        answer = web("POST", "issue/RND-1/transitions", body)
        assert answer.status_code == 400
        result: dict[str, Any] = answer.json()
        return result

    fixed = {"resolution": {"name": "Fixed"}}
    assert "41" in make({"transition": {"id": "41"}})["errorMessages"][0]
    assert "required" in make({"transition": {"id": "31"}})["errors"]["resolution"]
    assert "screen" in make({"transition": {"id": "21"}, "fields": fixed})["errors"]["resolution"]


def test_the_changelog_tells_oldest_first(cloud: Any, access: Callable[..., Web]) -> None:
    """What was changed, by whom, from what to what."""
    cloud.issue("eins")
    cloud.act("edit", issue="RND-1", fields={"summary": "zwei"}, by="chen.rd")
    cloud.act("transition", issue="RND-1", to="In Progress")

    log = access(cloud)("GET", "issue/RND-1/changelog").json()

    items = [entry["items"][0] for entry in log["values"]]
    assert [(item["field"], item["fromString"], item["toString"]) for item in items] == [
        ("summary", "eins", "zwei"),
        ("status", "To Do", "In Progress"),
    ]


def test_pages_end_without_a_token(cloud: Any, access: Callable[..., Web]) -> None:
    """No total and no startAt; a token of another query is refused; id alone by default."""
    for number in range(5):
        cloud.issue(f"n {number}")
    web = access(cloud)
    first = web("GET", "search/jql", jql="project = RND", maxResults=3).json()
    query = {"jql": "project = RND", "maxResults": 3, "nextPageToken": first["nextPageToken"]}
    second = web("POST", "search/jql", query).json()
    other = web("POST", "search/jql", {**query, "jql": "project = RND and key > RND-1"})

    assert [{"id"}] * 3 == [set(issue) for issue in first["issues"]]
    assert not first["isLast"]
    assert second["isLast"]
    assert "nextPageToken" not in second
    assert len(second["issues"]) == 2
    assert not {"total", "startAt"} & (set(first) | set(second))
    assert other.status_code == 400


def test_searches_that_jira_refuses(
    cloud: Any, access: Callable[..., Web], http: httpx.Client
) -> None:
    """An unbounded query, the old search, a malformed body."""
    web = access(cloud)

    assert web("GET", "search/jql", jql="order by key").status_code == 400
    assert web("GET", "search", jql="project = RND").status_code == 410
    url = f"{cloud.facts['url']}/rest/api/3/search/jql"
    raw = http.post(url, content=b"{", headers={"content-type": "application/json"})
    untyped = http.post(url, content=b"{}")
    assert raw.status_code == 400
    assert untyped.status_code == 415


def test_server_has_no_cloud_paths(server: Any, access: Callable[..., Web]) -> None:
    """Version 2 below its context path, users by name, totals and offsets."""
    server.issue()
    web = access(server, "admin", 2)
    page = web("POST", "search", {"jql": "project = RND", "maxResults": 1}).json()

    assert (page["total"], page["startAt"]) == (1, 0)
    assert isinstance(page["issues"][0]["fields"]["summary"], str)
    assert web("GET", "search/jql", jql="project = RND").status_code == 404
    assert access(server, "admin", 3)("GET", "myself").status_code == 404
    assert web("GET", "myself").json()["name"] == "admin"
    assert "accountId" not in web("GET", "myself").json()


def test_both_versions_show_one_text(cloud: Any, access: Callable[..., Web]) -> None:
    """Version 3 shows a document, version 2 wiki markup, of the same description."""
    cloud.issue(description="eins\nzwei")

    v2 = access(cloud, api=2)("GET", "issue/RND-1").json()["fields"]["description"]
    v3 = access(cloud, api=3)("GET", "issue/RND-1").json()["fields"]["description"]

    assert v2 == "eins\nzwei"
    assert v3["type"] == "doc"


def test_anonymous_visitors_see_nothing(cloud: Any, http: httpx.Client) -> None:
    """Who they are is a 401, an issue a 404, the site's name open."""
    cloud.issue()
    root = f"{cloud.facts['url']}/rest/api/3"

    assert http.get(f"{root}/myself").status_code == 401
    assert http.get(f"{root}/issue/RND-1").status_code == 404
    assert http.get(f"{root}/serverInfo").status_code == 200


def test_a_wrong_login_is_a_401_with_its_reason(jira: Any, http: httpx.Client) -> None:
    """The header says so on both faces."""
    answer = http.get(f"{jira.facts['url']}/rest/api/2/myself", auth=("hub", "wrong"))

    assert answer.status_code == 401
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"


def test_a_hidden_address_is_not_shown(cloud: Any, access: Callable[..., Web]) -> None:
    """Nor is it found by search, but by its owner."""
    hidden = cloud.sandbox.site.find_user("zhou.rd").account_id

    shown = access(cloud)("GET", "user", accountId=hidden).json()
    found = access(cloud)("GET", "user/search", query="zhou.rd@vendor.example").json()
    own = access(cloud, "zhou.rd")("GET", "myself").json()

    assert "emailAddress" not in shown
    assert found == []
    assert own["emailAddress"] == "zhou.rd@vendor.example"


def test_dates_are_shown_in_the_readers_zone(cloud: Any, access: Callable[..., Web]) -> None:
    """Milliseconds, and an offset without colon."""
    cloud.issue()

    created = access(cloud)("GET", "issue/RND-1").json()["fields"]["created"]

    assert created.endswith("+0800")
    assert created[-9] == "."


def test_a_customer_sees_no_issue(cloud: Any, access: Callable[..., Web]) -> None:
    """A portal's customer is no member of the project."""
    cloud.issue()

    assert access(cloud, "reader")("GET", "issue/RND-1").status_code == 404


def test_who_may_not_comment_is_told_so(cloud: Any, access: Callable[..., Web]) -> None:
    """The description has a 400 for it where other rights have a 403."""
    cloud.issue()
    cloud.act("permission", user="hub", permission="ADD_COMMENTS", allow=False)
    body = {"body": {**DOC, "content": [{"type": "rule"}]}}

    answer = access(cloud)("POST", "issue/RND-1/comment", body)

    assert answer.status_code == 400
    assert "do not have the permission" in answer.json()["errorMessages"][0]


def test_comments_are_paged_and_embedded_in_part(cloud: Any, access: Callable[..., Web]) -> None:
    """The issue's own answer shows the last twenty."""
    cloud.issue()
    for number in range(25):
        cloud.act("comment", issue="RND-1", text=f"n {number}")
    web = access(cloud)

    embedded = web("GET", "issue/RND-1").json()["fields"]["comment"]
    page = web("GET", "issue/RND-1/comment", startAt=20, maxResults=3).json()
    reverse = web("GET", "issue/RND-1/comment", orderBy="-created", maxResults=1).json()

    assert (len(embedded["comments"]), embedded["total"]) == (20, 25)
    assert (page["total"], page["startAt"], len(page["comments"])) == (25, 20, 3)
    assert reverse["comments"][0]["id"] == cloud.comments()[-1]["id"]


def test_the_search_lags_and_reading_by_id_does_not(
    frozen: Any, access: Callable[..., Web]
) -> None:
    """A fresh write is found only after the lag; a deleted issue that long too."""
    frozen.sandbox.set_search_lag(10)
    ref = frozen.issue("frisch")
    web = access(frozen)

    def hits() -> int:
        return len(web("GET", "search/jql", jql="project = RND").json()["issues"])

    assert hits() == 0
    assert web("GET", f"issue/{ref.id}").status_code == 200
    frozen.clock.advance(10)
    assert hits() == 1
    frozen.act("delete_issue", issue=ref.id)
    assert hits() == 1
    frozen.clock.advance(10)
    assert hits() == 0


def test_people_walk_the_workflow(cloud: Any) -> None:
    """An act brings an issue to a status over others, with a resolution where one is needed."""
    cloud.issue()

    cloud.act("transition", issue="RND-1", to="Closed")

    (issue,) = cloud.issues()
    assert (issue["status"], issue["resolution"]) == ("Closed", "Done")


@pytest.mark.parametrize(
    ("action", "arguments", "words"),
    [
        ("dance", {}, "no action 'dance'"),
        ("create_issue", {}, "'summary' is missing"),
        ("create_issue", {"summary": "x", "author": "nobody"}, "nobody is called"),
        ("create_issue", {"summary": "a\nb"}, "newline"),
        ("transition", {"issue": "RND-9", "to": "Done"}, "no issue 'RND-9'"),
        ("transition", {"issue": "RND-1", "to": "Nirvana"}, "no status 'Nirvana'"),
        ("remove_transition", {"name": "x"}, "no such transition"),
        ("move", {"issue": "RND-1", "project": "X"}, "no project"),
    ],
)
def test_what_people_can_not_do_is_a_value_error(
    cloud: Any, action: str, arguments: dict[str, Any], words: str
) -> None:
    """The control API tells it to whoever asked."""
    cloud.issue()

    with pytest.raises(ValueError, match=words):
        cloud.sandbox.act(action, arguments)


def test_a_comment_in_a_service_project_is_public_unless_said(
    cloud: Any, access: Callable[..., Web]
) -> None:
    """The platform API's default is the dangerous one; `visibility` is no substitute."""
    cloud.issue()
    body = {"body": {**DOC, "content": [{"type": "rule"}]}}
    restricted = {**body, "visibility": {"type": "role", "value": "Administrators"}}
    web = access(cloud)

    plain = web("POST", "issue/RND-1/comment", body).json()
    role = web("POST", "issue/RND-1/comment", restricted).json()

    assert plain["jsdPublic"] is True
    assert role["jsdPublic"] is True


def test_an_unknown_path_is_html(cloud: Any, http: httpx.Client) -> None:
    """A dead link is a page, as in Jira."""
    answer = http.get(f"{cloud.facts['url']}/rest/nothing/here")

    assert answer.status_code == 404
    assert "html" in answer.headers["content-type"]
