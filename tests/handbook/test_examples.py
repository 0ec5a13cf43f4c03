"""Examples: the owner's tests of a handbook, run against the rules themselves."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hub.core.plugins import PluginHost
from hub.errors import ConfigError
from hub.handbook import Handbook, load_handbook
from hub.handbook.examples import load_examples
from hub.testing.examples import Report, try_examples

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Copy the shipped handbook, without its examples."""
    copied = tmp_path / "handbook"
    shutil.copytree(SHIPPED, copied, ignore=shutil.ignore_patterns("examples"))
    (copied / "examples").mkdir()
    return copied


def tried(folder: Path, text: str = "") -> Report:
    """Run a handbook's examples: its own, or these."""
    if text:
        (folder / "examples" / "mine.yaml").write_text(text, encoding="utf-8")
    handbook: Handbook = load_handbook(folder)
    return try_examples(handbook, PluginHost.load([]), load_examples(handbook))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shipped_examples_hold_and_exercise_every_row_rung_and_calendar(
    tmp_path: Path, language: str
) -> None:
    """Nothing of the default handbook is left untried, whichever language it is kept in."""
    kept = shutil.copytree(SHIPPED, tmp_path / "kept")
    about = kept / "handbook.yaml"
    text = about.read_text(encoding="utf-8")
    about.write_text(text.replace("language: zh", f"language: {language}"), encoding="utf-8")

    report = tried(kept)

    assert [] == [each.example.shape.id for each in report.tried if not each.ok]
    assert {} == report.unexercised


def test_a_demand_that_does_not_follow_is_told_with_what_came_and_the_rows(folder: Path) -> None:
    """The owner sees at once which rules decided otherwise."""
    report = tried(
        folder,
        "examples:\n"
        "  - {id: x, zh: 宕机, en: down, given: {customer_status: formal, subject: 系统宕机},\n"
        "     then: {severity: normal, role: support_engineer}}\n",
    )

    (failed,) = report.tried
    (short,) = failed.shortfalls
    assert ("severity", "normal", "critical") == (short.what, short.wanted, short.came)
    assert {"type_outage", "severity_critical", "technical_critical"} == {
        rule.id for rule in failed.rows
    }


def test_another_row_than_the_one_named_is_a_failure(folder: Path) -> None:
    """The right answer for the wrong reason does not pass."""
    report = tried(
        folder,
        "examples:\n"
        "  - {id: x, zh: 试用, en: trial, table: senders, row: sender_unknown,\n"
        "     given: {match: ambiguous}, then: {customer_status: unknown}}\n",
    )

    (failed,) = report.tried
    assert ["row"] == [short.what for short in failed.shortfalls]


def test_rows_that_no_example_reaches_are_named_by_table(folder: Path) -> None:
    """What is never tried can break unnoticed."""
    report = tried(folder)

    assert {
        "senders",
        "required",
        "routing",
        "limits",
        "after_hours",
        "answers",
        "returns",
        "classification.type",
        "classification.severity",
        "ladders",
        "calendars",
    } == {*report.unexercised}


@pytest.mark.parametrize(
    ("example", "line", "told"),
    [
        ("{id: x, zh: a, en: b, given: {}}", 2, "an example must say what follows"),
        ("{id: x, zh: a, en: b, row: y, then: {role: z}}", 2, "row needs table"),
        ("{id: x, zh: a, en: b, table: sender, then: {role: z}}", 2, "no table 'sender'"),
        ("{id: x, zh: a, en: b, given: {sbject: y}, then: {role: z}}", 2, "no field 'sbject'"),
        ("{id: x, zh: a, en: b, then: {rol: z}}", 2, "no outcome 'rol'"),
        ("{id: x, zh: a, en: b, table: returns, row: y}", 2, "no row of returns 'y'"),
        ("{id: x, zh: a, en: b, tabel: returns, row: y}", 2, "tabel"),
        ("{id: x, zh: a, en: b, target: plan, then: {due: z}}", 2, "started goes with target"),
        ("{id: x, zh: a, en: b, started: noon, then: {due: z}}", 2, "'noon' is no local time"),
        (
            "{id: x, zh: a, en: b, calendar: office, started: 2026-03-02 09:00, then: {due: z}}",
            2,
            "length goes with calendar",
        ),
        (
            (
                "{id: x, zh: a, en: b, calendar: ofice, started: 2026-03-02 09:00, length: 1 bh,"
                " then: {due: z}}"
            ),
            2,
            "no calendar 'ofice'",
        ),
        (
            (
                "{id: x, zh: a, en: b, target: plan, started: 2026-03-02 09:00,"
                " told: [{rung: half, at: 2026-03-02 10:00}]}"
            ),
            2,
            "no rung of plan 'half'",
        ),
        (
            "{id: x, zh: a, en: b, target: plam, started: 2026-03-02 09:00, then: {due: z}}",
            2,
            "no target 'plam'",
        ),
        ("{id: x, zh: a, en: b, told: [{rung: half, at: 2026-03-02 10:00}]}", 2, "told needs"),
        (
            "{id: x, zh: a, en: b, table: limits, target: plan, then: {due: z}}",
            2,
            "an example asks one of table, target and calendar",
        ),
    ],
)
def test_an_example_that_can_not_be_meant_is_told_with_its_line(
    folder: Path, example: str, line: int, told: str
) -> None:
    """Each defect says what is wrong and where."""
    with pytest.raises(ConfigError) as caught:
        tried(folder, f"examples:\n  - {example}\n")

    problem = caught.value.problems[0]
    assert told in f"{problem.what} {problem.remedy}"
    assert (line, "mine.yaml") == (problem.line, Path(problem.file).name)


def test_an_example_given_twice_is_refused(folder: Path) -> None:
    """An id names one example."""
    one = "{id: x, zh: a, en: b, then: {role: z}}"
    with pytest.raises(ConfigError, match="the example x is given twice"):
        tried(folder, f"examples:\n  - {one}\n  - {one}\n")


CLIMB = """\
examples:
  - id: x
    zh: 逐级
    en: climb
    target: response
    given: {severity: urgent}
    started: "2026-03-02 09:00"
    then: {due: "2026-03-02 11:00"}
    told:
      - {rung: half, at: "2026-03-02 10:00"}
      - {rung: %s, at: "%s"}
"""


def test_a_ladder_is_climbed_rung_by_rung_at_its_times(folder: Path) -> None:
    """Only the rungs that are demanded count as exercised."""
    report = tried(folder, CLIMB % ("most", "2026-03-02 10:36"))

    (climbed,) = report.tried
    left = {row.id for row in report.unexercised["ladders"]}
    assert climbed.ok
    assert {"half", "most"}.isdisjoint(left)
    assert "over" in left
    assert ["around_the_clock"] == [row.id for row in report.unexercised["calendars"]]


@pytest.mark.parametrize(
    ("rung", "at"), [("most", "2026-03-02 10:37"), ("over", "2026-03-02 10:36")]
)
def test_a_rung_at_another_time_or_of_another_order_is_a_failure(
    folder: Path, rung: str, at: str
) -> None:
    """What was demanded and what came stand side by side."""
    report = tried(folder, CLIMB % (rung, at))

    (failed,) = report.tried
    (short,) = failed.shortfalls
    assert ("told", f"{rung} at {at}") == (short.what, short.wanted[1])
    assert "most at 2026-03-02 10:36" == short.came[1]
