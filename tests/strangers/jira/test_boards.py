"""The `jira` package plans: boards, sprints, backlog, ranks, epics, service desks."""

from __future__ import annotations

from typing import Any

import pytest
from jira import JIRA, JIRAError


@pytest.fixture
def board(site: Any, admin: JIRA) -> Any:
    """Give a scrum board over a new project of three issues."""
    key = site.project(admin)
    for number in range(3):
        site.issue(admin, key, f"issue {number}")
    saved = admin.create_filter(f"of {key}", "", f"project = {key} ORDER BY Rank", favourite=True)
    place = {"location_type": "project", "location_id": key} if site.cloud else {}
    made = admin.create_board(f"board of {key}", saved.id, preset="scrum", **place)
    made.key = key
    return made


def sprint_field(admin: JIRA) -> str:
    """Give the id of the field in which sprints stand."""
    return next(str(field["id"]) for field in admin.fields() if field["name"] == "Sprint")


def told(sprint: Any) -> tuple[str, str]:
    """Give name and state of a sprint in its field: Server has a text there, not an object."""
    if not isinstance(sprint, str):
        return sprint.name, sprint.state
    assert sprint.startswith("com.atlassian.greenhopper.service.sprint.Sprint@")
    parts = dict(part.split("=", 1) for part in sprint.partition("[")[2].rstrip("]").split(","))
    return parts["name"], parts["state"].lower()


def test_a_board_is_made_found_and_deleted(admin: JIRA, board: Any) -> None:
    """By its type, its name and its project."""
    assert isinstance(board.id, int)
    assert [board.id] == [entry.id for entry in admin.boards(name=board.name)]
    assert [board.id] == [entry.id for entry in admin.boards(projectKeyOrID=board.key)]
    assert admin.boards(type="kanban") == []
    board.delete()
    assert admin.boards() == []


def test_a_sprint_lives(site: Any, admin: JIRA, board: Any) -> None:
    """Planned, filled, started, closed; what is left goes back to the backlog."""
    field, key = sprint_field(admin), f"{board.key}-1"
    sprint = admin.create_sprint("one", board.id, goal="all")
    admin.add_issues_to_sprint(sprint.id, [key, f"{board.key}-2"])
    inside = admin.issue(key).get_field(field)
    found = admin.enhanced_search_issues if site.cloud else admin.search_issues
    before = found("sprint in openSprints()")
    dates = {"startDate": "2026-01-05T09:00:00.000+08:00", "endDate": "2026-01-19T09:00:00.000Z"}
    admin.update_sprint(sprint.id, "one", state="active", **dates)
    during = found("sprint in openSprints() ORDER BY Rank")
    admin.move_to_backlog([key])
    after = admin.issue(key).get_field(field)
    admin.update_sprint(sprint.id, state="closed")

    assert (sprint.state, sprint.goal) == ("future", "all")
    assert [("one", "future")] == [told(entry) for entry in inside]
    assert before == []
    assert [key, f"{board.key}-2"] == [issue.key for issue in during]
    assert after is None
    assert admin.sprint(sprint.id).state == "closed"
    assert admin.sprints(board.id, state="closed")[0].completeDate
    assert admin.sprints(board.id, state="active") == []


def test_two_sprints_of_one_name_confuse_the_library(admin: JIRA, board: Any) -> None:
    """They may be made all the same."""
    admin.create_sprint("same", board.id)
    first = admin.sprints_by_name(board.id)
    admin.create_sprint("same", board.id)

    assert {"same"} == set(first)
    with pytest.raises(JIRAError):
        admin.sprints_by_name(board.id)


def test_a_sprint_without_dates_is_not_started(admin: JIRA, board: Any) -> None:
    """Nor does a future one close, and a deleted one is gone."""
    sprint = admin.create_sprint("one", board.id)

    for state in ("active", "closed"):
        with pytest.raises(JIRAError) as refused:
            admin.update_sprint(sprint.id, state=state)
        assert refused.value.status_code == 400
    sprint.delete()
    with pytest.raises(JIRAError):
        admin.sprint(sprint.id)


def test_issues_are_ranked(site: Any, admin: JIRA, board: Any) -> None:
    """Before another, after another; the order is that of `ORDER BY Rank`."""
    found = admin.enhanced_search_issues if site.cloud else admin.search_issues

    def order() -> list[str]:
        issues = found(f"project = {board.key} ORDER BY Rank ASC")
        return [issue.key.rpartition("-")[2] for issue in issues]

    first = order()
    admin.rank(f"{board.key}-3", next_issue=f"{board.key}-1")
    second = order()
    admin.rank(f"{board.key}-3", prev_issue=f"{board.key}-1")

    assert (first, second, order()) == (["1", "2", "3"], ["3", "1", "2"], ["1", "3", "2"])


def test_an_epic_gathers_issues(site: Any, admin: JIRA, board: Any) -> None:
    """They name it in their Epic Link."""
    names = {field["name"]: field["id"] for field in admin.fields()}
    epic = admin.create_issue(
        project=board.key, summary="great", issuetype={"name": "Epic"}, **{names["Epic Name"]: "G"}
    )
    admin.add_issues_to_epic(epic.id, f"{board.key}-1,{board.key}-2")
    found = admin.enhanced_search_issues if site.cloud else admin.search_issues

    assert admin.issue(f"{board.key}-1").get_field(names["Epic Link"]) == epic.key
    assert 2 == len(found(f'"Epic Link" = {epic.key}'))


def test_a_customer_raises_a_request(site: Any, admin: JIRA) -> None:
    """At a service desk, by a type of request."""
    desk = next(entry for entry in admin.service_desks() if entry.projectKey == "RND")
    kinds = admin.request_types(desk)
    customer = admin.create_customer("new@customer.example", "Neu")
    request = admin.create_customer_request(
        {
            "serviceDeskId": desk.id,
            "requestTypeId": int(kinds[0].id),
            "requestFieldValues": {"summary": "Hilfe", "description": "bitte"},
        }
    )

    assert admin.supports_service_desk()
    assert admin.service_desk(desk.id).projectKey == "RND"
    assert customer.displayName == "Neu"
    assert request.fields.summary == "Hilfe"
    with pytest.raises(JIRAError):
        admin.create_customer("new@customer.example", "Again")
