"""Why it was not given to somebody: another role, away, or another one's turn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.core.explain import WhyNot
from hub.handbook import Handbook, load_handbook
from hub.testing.history import History

Ask = Callable[..., WhyNot]
SHIPPED = Path(__file__).parents[2] / "config" / "handbook"


@pytest.fixture
def book(tmp_path: Path) -> Handbook:
    """Give a handbook in which the consultant is a support engineer as well."""
    folder = tmp_path / "two"
    shutil.copytree(SHIPPED, folder)
    text = (folder / "people.yaml").read_text(encoding="utf-8")
    text = text.replace("roles: [consultant]", "roles: [consultant, support_engineer]")
    text = text.replace(
        "members: [wang.lei@vendor.example]",
        "members: [wang.lei@vendor.example, sun.tao@vendor.example]",
    )
    (folder / "people.yaml").write_text(text, encoding="utf-8")
    return load_handbook(folder)


def test_whoever_does_not_hold_the_role_gets_no_case_of_it(history: History, ask: Ask) -> None:
    """The row that decided comes first, with those that did not."""
    history.enters("登录失败 报错")
    history.hours(1)

    answer = ask("assignment", who="li.qiang@vendor.example")

    row, role = answer.causes
    assert "technical" == row.rule
    assert ["technical"] == [each.id for each in row.rows if each.chosen]
    assert "Li Qiang is not product support engineer" == role.text


def test_of_one_role_it_is_another_one_s_turn(history: History, ask: Ask) -> None:
    """Who was there, with how many cases, and by which way one was picked."""
    history.enters("登录失败 报错")
    history.hours(1)
    owner = str(ask("assignment").causes[0].text)
    other = "wang.lei" if "Sun Tao" in owner else "sun.tao"

    answer = ask("assignment", who=f"{other}@vendor.example")

    assert "was picked by" in answer.causes[1].text
    assert f"{other}@vendor.example (0 open" in answer.causes[1].text
