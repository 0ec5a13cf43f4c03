"""JQL over HTTP: parsed, matched, completed, searched in the forms that Cloud has."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def client(cloud: Any) -> Any:
    """Give the connector's client to a site of three issues."""
    for number in range(3):
        cloud.issue(f"issue {number}")
    return cloud.connector._client


def test_a_query_is_shown_by_its_parts(client: Any) -> None:
    """Fields, operands, functions, predicates, order."""
    changes = 'NOT status CHANGED FROM "To Do" AFTER startOfDay(-1d)'
    jql = f'{changes} AND "Epic Link" is EMPTY ORDER BY key'

    (query,) = client.post("jql/parse", {"queries": [jql]})["queries"]

    where = query["structure"]["where"]
    changed = where["clauses"][0]["clauses"][0]
    assert ("and", "not") == (where["operator"], where["clauses"][0]["operator"])
    assert ["from", "after"] == [entry["operator"] for entry in changed["predicates"]]
    assert changed["predicates"][0]["operand"]["encodedValue"] == '"To Do"'
    assert changed["predicates"][1]["operand"]["arguments"] == ["-1d"]
    assert where["clauses"][1]["field"] == {"name": "Epic Link", "encodedName": '"Epic Link"'}
    assert where["clauses"][1]["operand"]["keyword"] == "empty"
    assert query["structure"]["orderBy"] == {
        "fields": [{"field": {"name": "key", "encodedName": "key"}}]
    }


def test_what_is_wrong_is_an_error_or_a_warning_as_asked(client: Any) -> None:
    """Syntax is always an error."""
    queries = {"queries": ["project = NOPE", "project NOPE"]}

    def parsed(validation: str) -> list[dict[str, Any]]:
        answer = client._call("POST", "rest/api/3/jql/parse", {"validation": validation}, queries)
        found: list[dict[str, Any]] = answer["queries"]
        return found

    strict, warned, bare = (parsed(way) for way in ("strict", "warn", "none"))

    assert strict[0]["errors"] == ["The value 'NOPE' does not exist for the field 'project'."]
    assert warned[0]["warnings"] == strict[0]["errors"]
    assert {"query", "structure"} == set(bare[0])
    assert all("errors" in found[1] for found in (strict, warned, bare))


def test_an_editor_learns_the_language(client: Any) -> None:
    """Fields with their operators, functions, reserved words, values."""
    told = client.get("jql/autocompletedata")
    fields = {entry["value"]: entry for entry in told["visibleFieldNames"]}
    values = client.get("jql/autocompletedata/suggestions", fieldName="status", fieldValue="in")

    assert "was" in fields["status"]["operators"]
    assert fields['"Story Points"']["cfid"] == "cf[10016]"
    assert "membersOf" in {
        entry["value"].partition("(")[0] for entry in told["visibleFunctionNames"]
    }
    assert {"select", "and"} <= set(told["jqlReservedWords"])
    assert ["In Progress", "In Review"] == [entry["displayName"] for entry in values["results"]]


def test_a_property_is_searched_once_an_app_declares_it(cloud: Any, client: Any) -> None:
    """Not before: the field does not exist then."""
    client.put("issue/RND-1/properties/sync", {"id": "K7"})
    jql = 'issue.property[sync].id = "K7"'
    before = client.post("jql/match", {"jqls": [jql], "issueIds": []})["matches"][0]
    cloud.act("index_property", key="sync", path="id")

    found = client.get("search/jql", jql=jql, fields="summary")["issues"]

    assert "does not exist" in before["errors"][0]
    assert ["RND-1"] == [issue["key"] for issue in found]


def test_the_old_search_is_back_on_demand(cloud: Any, client: Any) -> None:
    """As it was before Cloud removed it: by offset, with a total."""
    cloud.act("old_search")

    page = client.get("search", jql="project = RND ORDER BY key", startAt=1, maxResults=1)

    assert (3, 1, ["RND-2"]) == (
        page["total"], page["startAt"], [issue["key"] for issue in page["issues"]]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "params", "names"),
    [
        ("priority/search", {"priorityName": "high"}, ["Highest", "High"]),
        ("resolution/search", {"id": "10002"}, ["Duplicate"]),
        ("statuses/search", {"statusCategory": "IN_PROGRESS"}, ["In Progress", "In Review"]),
    ],
)
def test_names_are_found_in_pages(
    client: Any, path: str, params: dict[str, str], names: list[str]
) -> None:
    """Priorities, resolutions, statuses, in Cloud's younger lists."""
    assert names == [entry["name"] for entry in client.get(path, **params)["values"]]
