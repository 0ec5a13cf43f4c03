"""What an administrator demands: conditions of transitions, required fields, roles in use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Web = Callable[..., httpx.Response]


@pytest.fixture
def web(jira: Any, access: Callable[..., Web]) -> Web:
    """Give raw access as the user `hub`, through the version that both faces have."""
    return access(jira, api=2)


def names(web: Web, **params: Any) -> list[str]:
    """Give the transitions that are offered."""
    told = web("GET", "issue/RND-1/transitions", **params).json()["transitions"]
    return [entry["name"] for entry in told]


def test_only_the_assignee_makes_a_transition_that_is_theirs(
    jira: Any, web: Web, access: Callable[..., Web]
) -> None:
    """Others are not offered it, and can not make it all the same."""
    jira.issue()
    jira.act("condition", name="Start progress", only="assignee")
    jira.act("assign", issue="RND-1", to="chen.rd")
    chen = access(jira, "chen.rd", 2)
    move = {"transition": {"id": "11"}}

    offered, refused = names(web), web("POST", "issue/RND-1/transitions", move)
    made = chen("POST", "issue/RND-1/transitions", move)

    assert (offered, refused.status_code, made.status_code) == ([], 400, 204)


def test_a_transition_may_need_a_permission(jira: Any, web: Web) -> None:
    """Whoever has lost it is not offered the transition."""
    jira.issue()
    jira.act("condition", name="Start progress", permission="CLOSE_ISSUES")
    before = names(web)
    jira.act("permission", user="hub", permission="CLOSE_ISSUES", allow=False)

    assert (before, names(web)) == (["Start progress"], [])
    jira.act("condition", name="Start progress")
    assert names(web) == ["Start progress"]


def test_cloud_tells_of_transitions_that_are_not_offered_if_asked(
    cloud: Any, access: Callable[..., Web]
) -> None:
    """And that it is a condition which keeps them."""
    cloud.issue()
    cloud.act("condition", name="Start progress", only="reporter")
    web = access(cloud)

    path = "issue/RND-1/transitions"
    told = web("GET", path, includeUnavailableTransitions="true").json()["transitions"]

    assert names(web) == []
    assert [("Start progress", True, False)] == [
        (entry["name"], entry["isConditional"], entry["isAvailable"]) for entry in told
    ]


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("condition", {"name": "Fly"}),
        ("condition", {"name": "Close", "only": "passer-by"}),
        ("condition", {"name": "Close", "permission": "FLY"}),
        ("require_field", {"field": "colour"}),
        ("version", {"version": "nine"}),
    ],
)
def test_demands_that_can_not_be_are_refused(
    jira: Any, action: str, arguments: dict[str, Any]
) -> None:
    """They would change nothing, and be looked for in vain."""
    with pytest.raises(ValueError, match=r"no such|there is no field|three numbers"):
        jira.act(action, **arguments)


def test_a_required_field_is_demanded_on_create_and_kept_on_edit(jira: Any, web: Web) -> None:
    """The screens say so before; when it is no longer required, nothing is."""
    jira.act("require_field", field="customfield_10050")
    jira.act("require_field", field="components")
    fields = {"project": {"key": "RND"}, "issuetype": {"name": "Bug"}, "summary": "x"}
    kind = web("GET", "project/RND").json()["issueTypes"][0]["id"]

    missing = web("POST", "issue", {"fields": fields})
    screen = web("GET", f"issue/createmeta/RND/issuetypes/{kind}").json()
    jira.act("require_field", field="components", on=False)
    made = web("POST", "issue", {"fields": {**fields, "customfield_10050": "ACME"}})
    key = made.json()["key"]
    emptied = web("PUT", f"issue/{key}", {"fields": {"customfield_10050": None}})
    changed = web("PUT", f"issue/{key}", {"fields": {"summary": "y"}})

    assert missing.status_code == 400
    assert missing.json()["errors"] == {
        "customfield_10050": "Customer is required.",
        "components": "Components is required.",
    }
    needed = [x["fieldId"] for x in screen.get("fields") or screen["values"] if x["required"]]
    assert {"summary", "components", "customfield_10050"} <= set(needed)
    assert emptied.json()["errors"] == {"customfield_10050": "Customer is required."}
    assert (made.status_code, changed.status_code) == (201, 204)
    edit = web("GET", f"issue/{key}/editmeta").json()["fields"]
    assert edit["customfield_10050"]["required"]


@pytest.mark.parametrize(
    "limit", [("group", "jira-software-users"), ("role", "Watchers of this test")]
)
def test_a_restricted_comment_is_read_by_those_it_is_for(
    jira: Any, web: Web, access: Callable[..., Web], limit: tuple[str, str]
) -> None:
    """In the list, by its number and in the issue; others find it nowhere."""
    jira.issue()
    role = web("POST", "role", {"name": "Watchers of this test"}).json()["id"]
    ids = [jira.sandbox.site.find_user(name).account_id for name in ("hub", "chen.rd")]
    who = ids if jira.cloud else ["hub", "chen.rd"]
    web("POST", f"project/RND/role/{role}", {"user": who})
    jira.sandbox.site.find_user("li.rd").groups = ("jira-users",)
    body = {"body": "只给你们", "visibility": {"type": limit[0], "value": limit[1]}}

    made = web("POST", "issue/RND-1/comment", body).json()

    def seen(name: str) -> tuple[int, int, int]:
        reader = access(jira, name, 2)
        listed = reader("GET", "issue/RND-1/comment").json()["comments"]
        issue = reader("GET", "issue/RND-1").json()["fields"]["comment"]
        one = reader("GET", f"issue/RND-1/comment/{made['id']}")
        return len(listed), issue["total"], one.status_code

    assert made["visibility"]["value"] == limit[1]
    assert (1, 1, 200) == seen("chen.rd")
    assert (0, 0, 404) == seen("li.rd")


def test_a_role_in_use_is_deleted_only_if_another_takes_its_place(jira: Any, web: Web) -> None:
    """What is restricted to it is then restricted to the other; until then it is a conflict."""
    jira.issue()
    role, heir = (web("POST", "role", {"name": name}).json()["id"] for name in ("Old", "New"))
    me = jira.sandbox.site.find_user("hub")
    for number in (role, heir):
        named = me.account_id if jira.cloud else me.name
        web("POST", f"project/RND/role/{number}", {"user": [named]})
    body = {"body": "x", "visibility": {"type": "role", "value": "Old"}}
    comment = web("POST", "issue/RND-1/comment", body).json()["id"]

    refused = web("DELETE", f"role/{role}")
    done = web("DELETE", f"role/{role}", swap=heir)

    assert (refused.status_code, done.status_code) == (409, 204)
    shown = web("GET", f"issue/RND-1/comment/{comment}").json()
    assert shown["visibility"]["value"] == "New"
    assert web("POST", "role", {"name": "new"}).status_code == 409
