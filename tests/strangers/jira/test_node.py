"""Jira's emulator under jira.js, unchanged."""

from __future__ import annotations

from typing import Any


def test_jira_js_drives_a_cloud(node: Any, cloud: Any) -> None:
    """Version 3, version 2 and the agile client: searches, plans, people, rights, fields, hooks."""
    told = node("jira/cloud.mjs", cloud.facts)

    operators = "The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN'"
    told["malformed"][1] = (told["malformed"][1] or "").partition(", 'IS'")[0]
    assert told == {
        "pages": [2, False, 1, True],
        "structure": "was",
        "errors": [
            "Operator 'in' does not support the non-list value '\"test\"' for field 'summary'.",
            "Field 'universe' does not exist or you do not have permission to view it.",
        ],
        "matched": [[1, 0], [0, 1]],
        "reserved": True,
        "malformed": [
            400,
            f"Error in the JQL Query: Expecting operator but got 'NODE'. {operators}",
        ],
        "removed": 410,
        "order": ["2.0", "1.0"],
        "merged": 3,
        "filters": ["node"],
        "members": 1,
        "picked": ["nodes"],
        "several": 1,
        "hidden": None,
        "unseen": 404,
        "choices": ["red", "green"],
        "red": 1,
        "backlog": ["NODE-3"],
        "running": ["NODE-1", "NODE-2"],
        "setUp": [True, "field"],
        "hooks": ["number", 1, 1],
        "lives": True,
        "noApp": 403,
        "second": "NODE",
    }


def test_jira_js_drives_a_data_center(node: Any, server: Any) -> None:
    """What it has of version 2 and of boards is there below the context path."""
    told = node("jira/server.mjs", server.facts)

    assert told == {
        "type": "Server",
        "page": [3, 1, ["RND-2"]],
        "description": "*bold*",
        "reporter": "admin",
        "inside": ["RND-1"],
        "malformed": 400,
    }


def test_jira_js_works_on_many_issues_and_pictures(node: Any, cloud: Any) -> None:
    """A project comes with its board; tasks over many issues tell what came of each."""
    told = node("jira/many.mjs", cloud.facts)

    assert told == {
        "board": [1, "MANY board", "scrum", "future", 0],
        "assignee": True,
        "votes": 1,
        "progress": ["COMPLETE", 2, 1],
        "watchers": [0, 1],
        "gone": 404,
        "status": ["In Progress", "IN_PROGRESS"],
        "fields": [["summary", True], ["labels", False]],
        "pictures": ["image/svg+xml", "image/png", True, [True], 404],
    }
