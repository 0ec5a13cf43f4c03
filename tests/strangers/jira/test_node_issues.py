"""The emulated Jira Cloud under jira.js, unchanged: both versions of the API."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize("version", [3, 2])
def test_jira_js_drives_all_that_an_issue_has(node: Any, cloud: Any, version: int) -> None:
    """Fields, transitions, comments, files, work, links, people, properties."""
    told = node("jira/issues.mjs", {"jira_cloud": {**cloud.at, "version": version}})

    assert told == {
        "many": [1, 1],
        "issue": ["重启时崩溃", "正文", ["a", "b"], "k1", 1],
        "editable": True,
        "types": True,
        "fetched": [1, 1],
        "lacking": True,
        "log": [3, 2, False],
        "chosen": 1,
        "comment": ["公开", "Administrators", False, ["mark", "sd.public.comment"], 1],
        "file": ["0123456789", "日志.txt", 10, True],
        "work": [10_800],
        "since": 1,
        "link": ["Blocks", True, True],
        "linkTypes": 4,
        "remote": [True, 1],
        "people": [1, 404, True],
        "property": {"deep": [1]},
        "picked": [True],
        "archived": 1,
        "gone": 404,
    }
