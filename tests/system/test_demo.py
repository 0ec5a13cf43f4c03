"""The demo is a new user's first run: it must tell the truth."""

from __future__ import annotations

import json
import subprocess
import sys


def test_the_demo_ends_with_one_json_object_that_says_ok() -> None:
    """Headless, the story is played to its end and judged by what the systems hold."""
    command = [sys.executable, "-m", "hub", "demo", "--once", "--json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)

    result = json.loads(ended.stdout.splitlines()[-1])
    assert ended.returncode == 0, ended.stderr
    assert result["failed"] == []
    assert result["ok"] is True
    wanted = {"cases": 10, "jira_issues": 1, "mails_in": 15, "dead_letters": 0}
    assert wanted == {name: result[name] for name in wanted}
    assert result["mails_out"] > 20
    assert result["comments_mirrored"] >= 5
