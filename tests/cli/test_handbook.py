"""`hub handbook`: check, test, show and schema."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"


def test_check_counts_what_it_found_sound(hub: Any) -> None:
    """The shipped handbook has no defects."""
    ran = hub("handbook", "check", SHIPPED, "--json")

    assert (0, True) == (ran.code, ran.json["ok"])
    assert ran.json["rows"] >= 44


def test_the_handbook_of_a_configuration_is_checked_without_its_secrets(hub: Any) -> None:
    """Who writes a handbook needs no login to any system."""
    config = SHIPPED.parent / "hub.yaml"

    ran = hub("handbook", "check", "--config", config)

    assert (0, "") == (ran.code, ran.err)


def test_check_tells_each_defect_with_file_and_line(hub: Any, tmp_path: Path) -> None:
    """A defect is exit code 78."""
    shutil.copytree(SHIPPED, tmp_path / "book")
    file = tmp_path / "book" / "routing.yaml"
    file.write_text(file.read_text().replace("role: trainer", "role: trainr"), encoding="utf-8")

    ran = hub("handbook", "check", tmp_path / "book")

    assert 78 == ran.code
    assert "routing.yaml:" in ran.err
    assert "trainr" in ran.err


def test_the_shipped_examples_pass(hub: Any) -> None:
    """All of them, and every row is exercised."""
    ran = hub("handbook", "test", SHIPPED)

    assert 0 == ran.code
    assert "0 failed" in ran.out
    assert ", 0 not" in ran.out


def test_an_example_that_fails_is_exit_code_1(hub: Any, tmp_path: Path) -> None:
    """What was wanted, what came and who decided stand together."""
    shutil.copytree(SHIPPED, tmp_path / "book")
    (tmp_path / "book" / "examples" / "more.yaml").write_text(
        "examples:\n"
        "  - {id: mine, zh: 慢, en: slow, given: {subject: 很慢}, then: {role: trainer}}\n",
        encoding="utf-8",
    )

    ran = hub("handbook", "test", tmp_path / "book")
    told = hub("handbook", "test", tmp_path / "book", "--json").json

    assert 1 == ran.code
    assert "examples/more.yaml:2: mine" in ran.err
    assert "role: wanted trainer, came support_engineer" in ran.err
    assert ["mine"] == [each["id"] for each in told["failed"]]


@pytest.mark.parametrize(
    ("language", "told"), [("zh", "产品支持工程师"), ("en", "support engineer")]
)
def test_show_names_things_in_the_reader_s_language(hub: Any, language: str, told: str) -> None:
    """Nobody reads ids."""
    ran = hub("handbook", "show", SHIPPED, "-l", language, "-t", "routing", "-f", "markdown")

    assert 0 == ran.code
    assert told in ran.out
    assert "support_engineer" not in ran.out
    assert "| routing.yaml:" in ran.out


def test_show_as_html_is_one_document_with_every_table(hub: Any) -> None:
    """It can be mailed or printed as it is."""
    page = hub("handbook", "show", SHIPPED, "-f", "html").out

    assert page.startswith("<!doctype html>")
    assert all(f"<h2>{name}</h2>" in page for name in ("senders", "routing", "returns"))
    assert page.rstrip().endswith("</html>")


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("zh", ("时限过半，提醒处理人", "周一–周五 09:00-12:00, 13:00-18:00", "停止计时")),
        ("en", ("half of the time has passed", "Mon–Fri 09:00-12:00, 13:00-18:00", "clock ends")),
    ],
)
def test_show_has_ladders_calendars_and_targets(
    hub: Any, language: str, told: tuple[str, ...]
) -> None:
    """Who is told, when we work and what is promised stand beside the decisions."""
    sections = ("-t", "ladders", "-t", "calendars", "-t", "targets")
    shown = hub("handbook", "show", SHIPPED, "-l", language, *sections, "-f", "markdown").out

    assert all(each in shown for each in told)


@pytest.mark.parametrize(
    ("language", "told"),
    [("zh", ("每周", "周一 09:00", "试用用户")), ("en", ("week", "Mon 09:00"))],
)
def test_show_has_summaries_and_the_names_of_values(
    hub: Any, language: str, told: tuple[str, ...]
) -> None:
    """What is mailed when; values of no vocabulary have the names that the handbook gives them."""
    sections = ("-t", "reports", "-t", "routing")
    shown = hub("handbook", "show", SHIPPED, "-l", language, *sections, "-f", "markdown").out

    assert all(each in shown for each in told), shown


def test_show_refuses_a_table_that_is_not_there(hub: Any) -> None:
    """Wrong usage, and the known ones are named."""
    ran = hub("handbook", "show", SHIPPED, "-t", "rooting")

    assert 2 == ran.code
    assert "routing" in ran.err


def test_graph_prints_a_drawing_or_what_is_drawn(hub: Any) -> None:
    """One SVG that needs nothing else, or nodes and edges."""
    drawing = hub("handbook", "graph", SHIPPED, "-l", "en")
    data = hub("handbook", "graph", SHIPPED, "--json").json["graph"]

    assert drawing.out.startswith("<svg ")
    assert "product support engineer" in drawing.out
    assert {"support_engineer", "trainer"} <= {way["to"] for way in data["routing"]}
    assert [50, 80, 100, 150] == [rung["at"] for rung in data["ladders"][0]["rungs"]]


def test_diff_is_exit_code_0_for_the_same_and_1_for_another_meaning(
    hub: Any, tmp_path: Path
) -> None:
    """As `diff` has it, so that scripts can ask."""
    book = Path(shutil.copytree(SHIPPED, tmp_path / "book"))

    same = hub("handbook", "diff", SHIPPED, book)
    file = book / "targets.yaml"
    file.write_text(file.read_text().replace("response: 2 bh", "response: 1 bh"), encoding="utf-8")
    other = hub("handbook", "diff", SHIPPED, book, "-l", "en")
    told = hub("handbook", "diff", SHIPPED, book, "--json")

    assert (0, 1, 1) == (same.code, other.code, told.code)
    assert "when severity = urgent" in other.out
    assert ["limits"] == [each["table"] for each in told.json["tables"]]


def test_tables_go_out_into_a_sheet_and_come_in_again(hub: Any, tmp_path: Path) -> None:
    """A dry run tells and writes nothing."""
    book = Path(shutil.copytree(SHIPPED, tmp_path / "book"))
    out = hub("handbook", "export", book, tmp_path / "t.xlsx", "-t", "limits")
    file = book / "targets.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("response: 2 bh", "response: 1 bh"), encoding="utf-8")

    tried = hub("handbook", "import", book, tmp_path / "t.xlsx", "--dry-run", "--json").json
    done = hub("handbook", "import", book, tmp_path / "t.xlsx")
    again = hub("handbook", "import", book, tmp_path / "t.xlsx")

    assert (0, "limits") == (out.code, out.out.split(": ")[-1].strip())
    assert (False, ["limits_urgent"]) == (tried["written"], tried["tables"][0]["changed"])
    assert ("limits: changed limits_urgent", "nothing changed") == (
        done.out.strip(),
        again.out.strip(),
    )
    assert text == file.read_text(encoding="utf-8")


def test_export_refuses_tables_and_endings_that_it_does_not_know(hub: Any, tmp_path: Path) -> None:
    """Wrong usage."""
    strange = hub("handbook", "export", SHIPPED, tmp_path / "t.xlsx", "-t", "limit")
    ending = hub("handbook", "export", SHIPPED, tmp_path / "t.csv")

    assert (2, 2) == (strange.code, ending.code)
    assert "no table 'limit' (known: senders, " in strange.err
    assert ".xlsx" in ending.err


def test_schema_writes_one_file_for_each_kind(hub: Any, tmp_path: Path) -> None:
    """An editor finds each property of a row."""
    written = hub("handbook", "schema", "--into", tmp_path, "--json").json["written"]

    names = {Path(path).name for path in written}
    assert {"routing.schema.json", "intake.schema.json", "examples.schema.json"} <= names
    routing = json.loads((tmp_path / "routing.schema.json").read_text(encoding="utf-8"))
    assert "when" in routing["$defs"]["RuleShape"]["properties"]
    assert "source" not in routing["$defs"]["RuleShape"]["properties"]
