"""`hub replay`: what it prints, in both languages, and how it ends."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
ROUTE = "when: {issue_type: technical}\n      then: {role: support_engineer"


@pytest.fixture
def draft(tmp_path: Path) -> Callable[[str], Path]:
    """Give a maker of drafts: technical cases go to the role named."""

    def make(role: str) -> Path:
        folder = tmp_path / "draft"
        shutil.copytree(SHIPPED, folder)
        text = (folder / "routing.yaml").read_text(encoding="utf-8")
        text = text.replace(ROUTE, ROUTE.replace("support_engineer", role))
        (folder / "routing.yaml").write_text(text, encoding="utf-8")
        return folder

    return make


@pytest.mark.parametrize(
    ("language", "told"),
    [("zh", ("有差异的问题", "处理人", "咨询顾问")), ("en", ("cases that differ", "consultant"))],
)
def test_it_tells_what_differs_in_the_reader_s_language(
    hub: Any, recorded: Path, draft: Any, language: str, told: tuple[str, ...]
) -> None:
    """Names, not ids; the row that decides, with file and line."""
    ran = hub("replay", "--handbook", draft("consultant"), "-c", recorded, "-l", language)

    assert 0 == ran.code
    assert [] == [word for word in told if word not in ran.out]
    assert "technical routing.yaml:" in ran.out
    assert "00000001 登录失败 报错" in ran.out


def test_json_and_html_hold_the_whole_report(
    hub: Any, recorded: Path, draft: Any, tmp_path: Path
) -> None:
    """One for programs, one to be mailed."""
    page = tmp_path / "replay.html"

    told = hub(
        "replay", "--handbook", draft("consultant"), "-c", recorded, "--json", "--html", page
    ).json

    assert (1, 1) == (told["cases"], told["differing"])
    assert {"owner", "role"} <= {each["what"] for each in told["differences"][0]["differences"]}
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "咨询顾问" in page.read_text(encoding="utf-8")


def test_by_the_handbook_in_force_nothing_differs(hub: Any, recorded: Path) -> None:
    """And that is said."""
    ran = hub("replay", "--handbook", SHIPPED, "-c", recorded, "--since", "2026-01-05")

    assert 0 == ran.code
    assert "无差异" in ran.out


def test_a_handbook_with_defects_is_refused_with_file_and_line(
    hub: Any, recorded: Path, draft: Any
) -> None:
    """Nothing is gone through by half a handbook."""
    ran = hub("replay", "--handbook", draft("consultnt"), "-c", recorded)

    assert 78 == ran.code
    assert "routing.yaml:" in ran.err
    assert "consultnt" in ran.err


def test_what_is_no_date_is_refused(hub: Any, recorded: Path) -> None:
    """So is a span in which nothing is recorded."""
    wrong = hub("replay", "--handbook", SHIPPED, "-c", recorded, "--since", "last week")
    late = hub("replay", "--handbook", SHIPPED, "-c", recorded, "--since", "2027-01-01")

    assert (2, 1) == (wrong.code, late.code)
    assert "nothing is recorded after 2027-01-01" in late.err
