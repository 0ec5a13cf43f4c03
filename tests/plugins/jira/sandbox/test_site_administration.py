"""Issue types, default actors of roles, preferences: what administrators and users set up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Web = Callable[..., httpx.Response]


@pytest.fixture
def web(jira: Any, access: Callable[..., Web]) -> Web:
    """Give raw access as the administrator `hub`, through the version that both faces have."""
    return access(jira, api=2)


def create(web: Web, kind: str) -> httpx.Response:
    """Create an issue of a type, by the type's id."""
    plain = {"project": {"key": "RND"}, "issuetype": {"id": kind}, "summary": "x"}
    return web("POST", "issue", {"fields": plain})


def test_an_issue_type_lives(jira: Any, web: Web) -> None:
    """Made, used, renamed, and deleted when another takes its place."""
    made = web("POST", "issuetype", {"name": "事故", "description": "first"})
    kind = made.json()["id"]
    key = create(web, kind).json()["key"]
    renamed = web("PUT", f"issuetype/{kind}", {"name": "Incident"}).json()
    others = web("GET", f"issuetype/{kind}/alternatives").json()
    bug = next(x["id"] for x in others if x["name"] == "Bug")

    refused = web("DELETE", f"issuetype/{kind}")
    done = web("DELETE", f"issuetype/{kind}", alternativeIssueTypeId=bug)

    assert (made.status_code, made.json()["subtask"]) == (201, False)
    assert (renamed["name"], renamed["description"]) == ("Incident", "first")
    assert kind not in {x["id"] for x in others}
    assert not any(x["subtask"] for x in others)
    assert (refused.status_code, done.status_code) == (404, 204)
    assert web("GET", f"issue/{key}").json()["fields"]["issuetype"]["name"] == "Bug"
    assert web("GET", f"issuetype/{kind}").status_code == 404
    assert create(web, kind).status_code == 400


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": "x" * 61}, 400),
        ({"name": "bug"}, 409),
        ({"name": "Theme", "type": "planet"}, 400),
        ({"name": "Theme", "hierarchyLevel": 7}, 400),
    ],
)
def test_an_issue_type_that_can_not_be_is_refused(
    web: Web, body: dict[str, Any], status: int
) -> None:
    """A name that is taken is a conflict."""
    assert web("POST", "issuetype", body).status_code == status


def test_a_subtask_takes_no_standard_types_place(web: Web) -> None:
    """Nor can a type that is used take its own."""
    kind = web("POST", "issuetype", {"name": "Incident"}).json()["id"]
    part = web("POST", "issuetype", {"name": "Part", "type": "subtask"}).json()["id"]
    create(web, kind)

    for other in (kind, part):
        refused = web("DELETE", f"issuetype/{kind}", alternativeIssueTypeId=other)
        assert refused.status_code == 409


def test_who_is_no_administrator_sets_up_nothing(jira: Any, access: Callable[..., Web]) -> None:
    """Neither types nor who plays which role."""
    chen = access(jira, "chen.rd", 2)

    assert chen("POST", "issuetype", {"name": "Incident"}).status_code == 403
    assert chen("GET", "role/10002/actors").status_code == 403


def test_an_issue_type_has_properties(web: Web) -> None:
    """Any JSON, gone with the type."""
    kind = web("POST", "issuetype", {"name": "Incident"}).json()["id"]
    path = f"issuetype/{kind}/properties/sla"

    assert web("PUT", path, {"hours": 4}).status_code == 201
    assert web("GET", path).json()["value"] == {"hours": 4}
    assert web("DELETE", path).status_code == 204
    assert web("GET", path).status_code == 404


def test_who_plays_a_role_in_projects_to_come_is_said_once(jira: Any, web: Web) -> None:
    """Projects that are there keep those whom they have."""
    added = web("POST", "role/10001/actors", {"group": ["jira-users"]}).json()["actors"]
    lead = "leadAccountId" if jira.cloud else "lead"
    me = jira.sandbox.site.find_user("hub")
    web("POST", "project", {
        "key": "NEW", "name": "New", "projectTypeKey": "software",
        lead: me.account_id if jira.cloud else me.name,
    })  # fmt: skip
    left = web("DELETE", "role/10001/actors", group="jira-users").json()["actors"]

    assert ["jira-users"] == [actor["name"] for actor in added]
    assert left == []
    assert len(web("GET", "project/NEW/role/10001").json()["actors"]) == 1
    assert web("GET", "project/RND/role/10001").json()["actors"] == []


def test_a_preference_is_the_sites_until_it_is_set(jira: Any, web: Web) -> None:
    """Who does not want to watch what they make does not."""
    key = "user.autowatch.disabled"
    before = web("GET", "mypreferences", key=key).json()
    put = web("PUT", "mypreferences", "true", key=key)
    issue = create(web, "10200").json()["key"]
    during = web("GET", "mypreferences", key=key).json()
    deleted = web("DELETE", "mypreferences", key=key)

    assert (before, put.status_code, during) == ("false", 204, "true")
    assert web("GET", f"issue/{issue}").json()["fields"]["watches"]["watchCount"] == 0
    assert (deleted.status_code, web("GET", "mypreferences", key=key).json()) == (204, "false")
    assert web("DELETE", "mypreferences", key=key).status_code == 404
    assert web("GET", "mypreferences", key="no.such").status_code == 404
    assert web("GET", "mypreferences").status_code == 404


def test_cloud_users_choose_their_language(cloud: Any, access: Callable[..., Web]) -> None:
    """As Java names it."""
    web = access(cloud)

    assert web("PUT", "mypreferences/locale", {"locale": "en_US"}).status_code == 204
    assert web("GET", "mypreferences/locale").json() == {"locale": "en_US"}
    assert web("PUT", "mypreferences/locale", {"locale": "English"}).status_code == 400
    assert web("GET", "myself").json()["locale"] == "en_US"


def test_data_center_users_change_themselves(server: Any, access: Callable[..., Web]) -> None:
    """If they know their password."""
    chen = access(server, "chen.rd", 2)
    secret = server.sandbox.site.find_user("chen.rd").secret
    wrong = chen("PUT", "myself", {"displayName": "x", "password": "guess"})
    changed = chen("PUT", "myself", {"displayName": "陈先生", "password": secret})
    guessed = chen("PUT", "myself/password", {"password": "n", "currentPassword": "guess"})
    renewed = chen("PUT", "myself/password", {"password": "new", "currentPassword": secret})

    assert (wrong.status_code, changed.json()["displayName"]) == (400, "陈先生")
    assert (guessed.status_code, renewed.status_code) == (400, 204)
    assert chen("GET", "myself").status_code == 401
    assert access(server, "chen.rd", 2)("GET", "myself").status_code == 200


def test_data_center_archives_an_issue_with_its_subtasks(
    server: Any, access: Callable[..., Web]
) -> None:
    """They are listed with it, leave the picker with it, and come back with it."""
    web = access(server, api=2)
    parent = create(web, "10200").json()["key"]
    part = {
        "project": {"key": "RND"}, "issuetype": {"name": "Sub-task"}, "summary": "part",
        "parent": {"key": parent},
    }  # fmt: skip
    child = web("POST", "issue", {"fields": part}).json()["key"]

    listed = web("GET", f"issue/{parent}/subtask").json()
    archived = web("PUT", f"issue/{parent}/archive")
    flags = [server.sandbox.site.find_issue(key).archived for key in (parent, child)]
    restored = web("PUT", f"issue/{parent}/restore")

    assert [child] == [entry["key"] for entry in listed]
    assert (archived.status_code, restored.status_code) == (204, 204)
    assert flags == [True, True]
    assert not server.sandbox.site.find_issue(child).archived
