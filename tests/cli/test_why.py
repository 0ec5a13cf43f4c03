"""`hub why` with the rows behind decisions, and why not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

ASK = ("why", "00000001", "-l", "en", "-c")


def test_rows_are_shown_under_the_decision_they_made(hub: Any, recorded: Path) -> None:
    """Each with its place; the one that was chosen is marked, the others say where they missed."""
    ran = hub(*ASK, recorded, "--rows")

    assert 0 == ran.code
    assert "✓ routing.yaml:" in ran.out
    assert "severity: critical ≠ normal" in ran.out
    assert "set role = 'support_engineer'" in ran.out


def test_rows_are_there_for_programs(hub: Any, recorded: Path) -> None:
    """The chain, and for each decision of it the tables."""
    told = hub(*ASK, recorded, "--rows", "--json").json

    tables = {reason["table"] for each in told["because"] for reason in each["reasons"]}
    assert {"routing", "limits", "classification.type"} <= tables
    assert "登录失败 报错" == told["chain"]["fields"]["subject"]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "no next handler is named"), ("zh", "下一环节接手人未填")]
)
def test_why_not_is_answered_in_the_reader_s_language(
    hub: Any, recorded: Path, language: str, said: str
) -> None:
    """Causes with their places; for programs the same."""
    ran = hub("why", "00000001", "-c", recorded, "--not", "hand-off", "-l", language)
    told = hub("why", "00000001", "-c", recorded, "--not", "hand-off", "-l", language, "--json")

    assert said in ran.out
    assert "[four_items handoff.yaml:" in ran.out
    assert said in told.json["causes"][0]["text"]


def test_what_can_not_be_asked_is_a_usage_error(hub: Any, recorded: Path) -> None:
    """It says what can."""
    ran = hub(*ASK, recorded, "--not", "weather")
    unknown = hub("why", "00000009", "-c", recorded, "--not", "notice")

    assert (2, 1) == (ran.code, unknown.code)
    assert "notice, escalation, hand-off, assignment, deadline" in ran.err
    assert "00000009" in unknown.err
