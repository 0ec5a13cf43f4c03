"""What a live Jira Cloud does and its description leaves open, as strangers' suites saw it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Web = Callable[..., httpx.Response]


@pytest.fixture
def web(cloud: Any, access: Callable[..., Web]) -> Web:
    """Give raw access to a Cloud as its user `hub`."""
    return access(cloud)


@pytest.fixture
def issue(web: Web) -> dict[str, Any]:
    """Give a new issue's id and key."""
    fields = {"project": {"key": "LIB"}, "issuetype": {"name": "Task"}, "summary": "x"}
    made: dict[str, Any] = web("POST", "issue", {"fields": fields}).json()
    return made


def test_votes_come_and_go_as_often_as_one_likes(web: Web, issue: dict[str, Any]) -> None:
    """One account, one vote; taking back what is not there is no error."""
    path = f"issue/{issue['key']}/votes"

    given = [web("POST", path).status_code for _ in range(2)]
    votes = web("GET", path).json()["votes"]
    taken = [web("DELETE", path).status_code for _ in range(2)]

    assert ([204, 204], 1, [204, 204]) == (given, votes, taken)


def test_pictures_of_what_is_not_there_are_those_of_all(web: Web) -> None:
    """A kind that is not there has none; neither is an error."""
    systems = {
        kind: len(web("GET", f"avatar/{kind}/system").json()["system"])
        for kind in ("project", "issuetype", "user", "priority", "nonsense")
    }
    nobody = web("GET", "universal_avatar/type/project/owner/99999999").json()

    assert systems.pop("nonsense") == 0
    assert all(systems.values())
    assert nobody["custom"] == []
    assert len(nobody["system"]) == systems["project"]


def test_a_query_that_names_nothing_matches_nothing(web: Web, issue: dict[str, Any]) -> None:
    """A field that is not there is an error all the same."""
    jqls = ["project = LIB", "project = NOSUCH", "colour = red"]

    matches = web("POST", "jql/match", {"issueIds": [int(issue["id"])], "jqls": jqls}).json()

    told = [(len(each["matchedIssues"]), len(each["errors"])) for each in matches["matches"]]
    assert told == [(1, 0), (0, 0), (0, 1)]


def test_a_filter_has_columns_of_its_own_or_none(web: Web) -> None:
    """One without any is a 404."""
    made = web("POST", "filter", {"name": "f", "jql": "project = LIB"}).json()
    path = f"filter/{made['id']}/columns"

    before = web("GET", path).status_code
    web("PUT", path, {"columns": ["summary", "status"]})
    columns = web("GET", path).json()
    strange = web("PUT", path, {"columns": ["nonsense"]})
    web("DELETE", path)

    assert (404, 404) == (before, web("GET", path).status_code)
    assert columns == [
        {"label": "Summary", "value": "summary"},
        {"label": "Status", "value": "status"},
    ]
    assert strange.status_code == 400


def test_the_case_of_a_projects_key_matters(web: Web) -> None:
    """In paths; not in queries."""
    found = web("GET", "search/jql", jql="project = lib", fields="key")

    assert [200, 404] == [web("GET", f"project/{key}").status_code for key in ("LIB", "lib")]
    assert found.status_code == 200


def test_an_issue_may_be_ranked_by_itself(cloud: Any, http: httpx.Client, issue: Any) -> None:
    """It stays where it is; the backlog of a board that is not there takes none."""
    user = cloud.sandbox.site.find_user("hub")
    root, login = f"{cloud.facts['url']}/rest/agile/1.0", (user.email, user.secret)
    body = {"issues": [issue["key"]], "rankAfterIssue": issue["key"]}

    ranked = http.put(f"{root}/issue/rank", json=body, auth=login)
    moved = http.post(f"{root}/backlog/99999999/issue", json=body, auth=login)

    assert (204, 404) == (ranked.status_code, moved.status_code)


def test_a_version_tells_the_states_of_its_issues_if_asked(
    cloud: Any, web: Web, issue: dict[str, Any]
) -> None:
    """By how far they are."""
    project = int(cloud.sandbox.site.find_project("LIB").id)
    version = web("POST", "version", {"name": "1", "projectId": project}).json()["id"]
    web("PUT", f"issue/{issue['key']}", {"fields": {"fixVersions": [{"id": version}]}})

    plain = web("GET", f"version/{version}").json()
    asked = web("GET", f"version/{version}", expand="issuesstatus").json()

    assert "issuesStatusForFixVersion" not in plain
    states = {"unmapped": 0, "toDo": 1, "inProgress": 0, "done": 0}
    assert asked["issuesStatusForFixVersion"] == states


def test_components_are_found_over_projects(web: Web) -> None:
    """By part of their name."""
    for key, name in (("LIB", "kernel"), ("RND", "Kernel two"), ("RND", "other")):
        web("POST", "component", {"name": name, "project": key})

    every = web("GET", "component", query="kern").json()
    some = web("GET", "component", query="kern", projectIdsOrKeys="RND").json()

    assert ["kernel", "Kernel two"] == [entry["name"] for entry in every["values"]]
    assert ["Kernel two"] == [entry["name"] for entry in some["values"]]


def test_groups_can_be_left_out_by_id(web: Web) -> None:
    """As by name."""
    first = web("GET", "groups/picker").json()["groups"][0]

    rest = web("GET", "groups/picker", excludeId=first["groupId"]).json()["groups"]

    assert rest
    assert first["groupId"] not in {group["groupId"] for group in rest}


def test_a_property_is_set_on_many_issues_as_a_task(web: Web, issue: dict[str, Any]) -> None:
    """Those that the filter names; the answer points to the task."""
    other = web("POST", "issue", {"fields": {**_fields(), "summary": "y"}}).json()
    wanted = {"entityIds": [int(issue["id"]), int(other["id"])]}

    def held() -> list[Any]:
        paths = [f"issue/{each['id']}/properties/k" for each in (issue, other)]
        return [web("GET", path).json().get("value") for path in paths]

    begun = web("PUT", "issue/properties/k", {"value": 1, "filter": wanted})
    task = web("GET", begun.headers["location"].partition("/rest/api/3/")[2]).json()
    assert (303, "COMPLETE", 100) == (begun.status_code, task["status"], task["progress"])
    assert held() == [1, 1]

    web("PUT", f"issue/{other['id']}/properties/k", 2)
    web("PUT", "issue/properties/k", {"value": 3, "filter": {"currentValue": 2}})
    assert held() == [1, 3]
    web("DELETE", "issue/properties/k", {**wanted, "currentValue": 1})
    assert held() == [None, 3]
    web("PUT", "issue/properties/k", {"value": 4, "filter": {**wanted, "hasProperty": False}})
    assert held() == [4, 3]


def _fields() -> dict[str, Any]:
    return {"project": {"key": "LIB"}, "issuetype": {"name": "Task"}}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "task/99999999", None, 404),
        ("PUT", "issue/properties/k", {"expression": "issue.key"}, 400),
        ("PUT", "issue/properties/k", {"value": 1, "filter": {"entityIds": 5}}, 400),
        ("GET", "project/LIB/hierarchy", None, 404),
    ],
)
def test_what_can_not_be_is_refused(
    web: Web, method: str, path: str, body: Any, status: int
) -> None:
    """A task that is not there, values by expression, a hierarchy of a company's project."""
    answer = web(method, path, body)

    assert status == answer.status_code
    assert answer.json()["errorMessages"]


def test_a_wrong_token_is_served_as_anyone_and_a_header_tells(
    cloud: Any, http: httpx.Client
) -> None:
    """What needs a login refuses; the rest looks as if there were nothing."""
    root, login = f"{cloud.facts['url']}/rest/api/3", ("hub@vendor.example", "was-never-valid")

    def ask(path: str) -> tuple[int, str | None]:
        answer = http.get(f"{root}/{path}", auth=login)
        return answer.status_code, answer.headers.get("x-seraph-loginreason")

    empty = http.get(f"{root}/search/jql", params={"jql": "project = RND"}, auth=login)
    right = http.get(f"{root}/serverInfo", auth=("hub@vendor.example", cloud.facts["api_token"]))
    assert (200, "AUTHENTICATED_FAILED") == ask("serverInfo") == ask("project/search")
    assert (401, "AUTHENTICATED_FAILED") == ask("myself")
    assert "x-seraph-loginreason" not in right.headers
    assert empty.json().get("issues", []) == []


def test_types_tell_their_level_and_what_they_may_become(web: Web) -> None:
    """Sub-tasks are below, epics above; a type becomes one of its own level."""
    types = {entry["name"]: entry for entry in web("GET", "issuetype").json()}
    task = types["Task"]["id"]

    others = web("GET", f"issuetype/{task}/alternatives").json()

    levels = {name: types[name]["hierarchyLevel"] for name in ("Sub-task", "Task", "Epic")}
    assert levels == {"Sub-task": -1, "Task": 0, "Epic": 1}
    assert types["Task"] not in others
    assert not any(entry["subtask"] for entry in others)
    assert 404 == web("GET", "issuetype/99999999/alternatives").status_code


def test_priorities_have_colours_and_none_is_told_as_the_default(web: Web) -> None:
    """By their search."""
    values = web("GET", "priority/search").json()["values"]

    assert all(entry["statusColor"].startswith("#") for entry in values)
    assert {False} == {entry["isDefault"] for entry in values}


def test_people_and_rights_are_asked_for_by_name(web: Web) -> None:
    """Without a name, or with a right that there is not, the question is refused."""
    browsing = web("GET", "user/viewissue/search", projectKey="RND")
    strange = web("POST", "permissions/project", {"permissions": ["NO_SUCH"]})
    me = web("GET", "myself", expand="applicationRoles").json()

    assert (400, 400) == (browsing.status_code, strange.status_code)
    assert len(me["applicationRoles"]["items"]) == me["applicationRoles"]["size"]


def test_a_board_lists_what_is_below_no_epic(cloud: Any, web: Web, http: httpx.Client) -> None:
    """Neither epics nor what they hold."""
    user = cloud.sandbox.site.find_user("hub")
    root, login = f"{cloud.facts['url']}/rest/agile/1.0", (user.email, user.secret)
    body = {"key": "EPX", "name": "Epics", "leadAccountId": user.account_id}
    template = "com.pyxis.greenhopper.jira:gh-simplified-scrum-classic"
    web("POST", "project", {**body, "projectTypeKey": "software", "projectTemplateKey": template})
    epic, inside, outside = (
        web(
            "POST",
            "issue",
            {"fields": {"project": {"key": "EPX"}, "issuetype": {"name": kind}, "summary": kind}},
        ).json()["key"]
        for kind in ("Epic", "Task", "Bug")
    )
    http.post(f"{root}/epic/{epic}/issue", json={"issues": [inside]}, auth=login)
    board = http.get(f"{root}/board", params={"name": "EPX"}, auth=login).json()["values"][0]["id"]

    found = http.get(f"{root}/board/{board}/epic/none/issue", auth=login).json()["issues"]

    assert [outside] == [entry["key"] for entry in found]
