"""The rota: who is on duty, who is away, who stands in; and what can not be in one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.handbook import Handbook, load_handbook
from hub.handbook.rota import Roster
from hub.handbook.rotashapes import RotaShape
from hub.handbook.sections import Sections
from hub.handbook.shapes import Language

ZONE = ZoneInfo("Asia/Shanghai")
WANG, ZHANG, ZHOU = (
    "wang.lei@vendor.example",
    "zhang.min@vendor.example",
    "zhou.jing@vendor.example",
)
ROW = {"clause": "P02/值班表", "origin": "default"}


def roster(**more: Any) -> Roster:
    """Make a rota of two who take weekly turns from Monday 2026-09-28 on."""
    turns = {"id": "weeks", "line": "on_duty", "from": "2026-09-28", "people": [WANG, ZHANG], **ROW}
    line = {"id": "on_duty", "zh": "值班", "en": "on duty", **ROW}
    given = {
        "role": "duty_officer",
        "changeover": "09:00",
        "lines": [line],
        "turns": [turns],
        **more,
    }
    return Roster(RotaShape.model_validate(given), ZONE)


def at(text: str) -> datetime:
    """Give an instant by the wall clock of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(UTC)


def who(rota: Roster, text: str) -> str:
    """Give who is on duty."""
    duty = rota.on_duty("on_duty", at(text))
    return duty.person if duty else ""


@pytest.mark.parametrize(
    ("moment", "person"),
    [
        ("2026-10-01 02:13", WANG),
        ("2026-10-05 08:59", WANG),
        ("2026-10-05 09:00", ZHANG),
        ("2026-10-12 03:00", ZHANG),
        ("2026-10-12 20:00", WANG),
        ("2026-09-28 08:59", ""),
    ],
)
def test_a_night_belongs_to_the_date_on_which_it_begins(moment: str, person: str) -> None:
    """Weeks change at the changeover, so that no night is cut in two."""
    assert person == who(roster(), moment)


def test_a_swap_goes_before_the_turns() -> None:
    """For the nights that it names, and no others."""
    swap = {"id": "s", "line": "on_duty", "nights": ["2026-10-01..2026-10-02"], "from": WANG,
            "to": ZHANG, "approved_by": ZHOU, **ROW}  # fmt: skip

    rota = roster(swaps=[swap])

    nights = ("2026-09-30", "2026-10-01", "2026-10-02", "2026-10-03")
    assert [WANG, ZHANG, ZHANG, WANG] == [who(rota, f"{night} 23:00") for night in nights]


def test_a_stand_in_has_the_duty_of_who_is_away() -> None:
    """Also the stand-in's own; where all are away, nobody is on duty, and that is said."""
    away = {"id": "a", "person": WANG, "days": ["2026-10-01..2026-10-03"], "stand_in": ZHANG, **ROW}
    also = {"id": "b", "person": ZHANG, "days": ["2026-10-02"], "stand_in": ZHOU, **ROW}
    none = {"id": "c", "person": ZHOU, "days": ["2026-10-02"], "stand_in": WANG, **ROW}

    two, three = roster(absences=[away, also]), roster(absences=[away, also, none])

    assert [ZHANG, ZHOU, ZHANG] == [who(two, f"2026-10-0{day} 20:00") for day in (1, 2, 3)]
    assert [ZHANG, "", ZHANG] == [who(three, f"2026-10-0{day} 20:00") for day in (1, 2, 3)]
    assert two.reached(WANG, at("2026-10-02 12:00")) == ZHOU
    assert three.reached(WANG, at("2026-10-02 12:00")) == ""


def test_who_is_on_duty_is_told_with_the_rows_that_say_so(copy: Path) -> None:
    """File and line of the turns, and of the absence that a stand-in covers."""
    path = copy / "rota.yaml"
    row = (
        "absences:\n  - {id: a, person: wang.lei@vendor.example, days: ['2026-01-06'], "
        "stand_in: zhou.jing@vendor.example, clause: P01, origin: default}\n"
    )
    path.write_text(path.read_text().replace("absences: []\n", row), encoding="utf-8")

    duty = load_handbook(copy).roster.on_duty("on_duty", at("2026-01-06 23:00"))

    assert duty is not None
    assert duty.person == ZHOU
    lines = path.read_text().splitlines()
    expected = [n for n, line in enumerate(lines, 1) if "- id: weeks" in line or "{id: a," in line]
    assert duty.source == ", ".join(f"rota.yaml:{number}" for number in expected)


TURNS = """    people: [wang.lei@vendor.example, zhang.min@vendor.example]
    clause: P02/值班表
    origin: default
"""


def following(begin: str) -> str:
    """Give further turns of the first line, in YAML."""
    return (
        f"{TURNS}  - {{id: later, line: on_duty, from: {begin}, people: [wang.lei@vendor.example], "
        "clause: P02, origin: default}\n"
    )


def swap(**changes: str) -> tuple[str, str]:
    """Give the edit that puts a swap into the shipped rota."""
    given = {"from": WANG, "to": ZHANG, "approved_by": ZHOU, "nights": "2026-01-06", **changes}
    nights = given.pop("nights")
    rest = ", ".join(f"{name}: {value}" for name, value in given.items())
    rest += ", clause: P02, origin: default"
    row = f"{{id: swapped, line: on_duty, nights: ['{nights}'], {rest}}}"
    return ("swaps: []\n", f"swaps:\n  - {row}\n")


def absence(person: str, day: str, stand_in: str = "") -> tuple[str, str]:
    """Give the edit that puts an absence into the shipped rota."""
    also = f"stand_in: {stand_in}, " if stand_in else ""
    row = f"{{id: gone, person: {person}, days: ['{day}'], {also}clause: P01, origin: default}}"
    return ("absences: []\n", f"absences:\n  - {row}\n")


END = ("    from: 2026-01-05\n", "    from: 2026-01-05\n    until: 2026-03-01\n")
CASES = [
    (
        [END, (TURNS, following("2026-03-09"))],
        "on_duty: nobody has duty from 2026-03-02 to 2026-03-08",
        "let later begin on 2026-03-02, or weeks end on 2026-03-08",
        "{id: later",
    ),
    (
        [END, (TURNS, following("2026-03-03"))],
        "on_duty: nobody has duty on 2026-03-02",
        "let later begin on 2026-03-02",
        "{id: later",
    ),
    (
        [END, (TURNS, following("2026-02-23"))],
        "on_duty: later and weeks both cover the night of 2026-02-23",
        "with until: 2026-02-22",
        "{id: later",
    ),
    (
        [("from: 2026-01-05\n", "from: 2026-01-05\n    until: 2025-12-31\n")],
        "weeks ends on 2025-12-31, before it begins on 2026-01-05",
        "",
        "- id: weeks",
    ),
    (
        [("people: [wang.lei@", "people: [wang.li@")],
        "weeks: unknown person 'wang.li@vendor.example'",
        "did you mean wang.lei@vendor.example?",
        "- id: weeks",
    ),
    ([("line: backup", "line: reserve")], "backup_weeks, line: unknown line 'reserve'", "known: ",
     "- id: backup_weeks"),
    ([("line: backup", "line: on_duty")], "nobody ever has duty in backup", "give it turns",
     "{id: backup,"),
    (
        [("people: [zhang.min@vendor.example, wang.lei@vendor.example]",
          "people: [wang.lei@vendor.example, zhang.min@vendor.example]")],
        "wang.lei@vendor.example has duty in on_duty and in backup on the night of 2026-01-05",
        "both follow from rota.yaml:",
        "- id: backup_weeks",
    ),
    ([swap(nights="2026-01-13")], "swapped: wang.lei@vendor.example has no duty in on_duty on",
     "that night is zhang.min@vendor.example", "{id: swapped"),
    ([swap(approved_by=WANG)], "swapped: wang.lei@vendor.example approves a swap of their own",
     "nobody approves their own request", "{id: swapped"),
    ([absence(WANG, "2026-01-06")], "is away on 2026-01-06 and has duty (on_duty)",
     "name a stand_in who is there", "{id: gone"),
    ([absence(WANG, "2026-01-06", WANG)], "gone: wang.lei@vendor.example stands in for themselves",
     "", "{id: gone"),
    ([("from: 2026-01-05", "from: 2026-13-05")], "is no date", "", "from: 2026-13-05"),
]  # fmt: skip


@pytest.mark.parametrize(("edits", "what", "remedy", "place"), CASES)
def test_each_defect_of_the_rota_has_its_message_line_and_remedy(
    broken: Callable[..., Any],
    line_of: Callable[[str, str], int],
    edits: list[tuple[str, str]],
    what: str,
    remedy: str,
    place: str,
) -> None:
    """Gaps, overlaps, swaps and absences that do not fit are found before the night comes."""
    problems = broken("rota.yaml", *edits)

    found = next(problem for problem in problems if what in problem.what)
    assert remedy in found.remedy
    assert found.line == line_of("rota.yaml", place)


AFTER_HOURS = [
    (("call: at_once,", "call: at_onec,"), "row after_hours_critical: unknown call 'at_onec'",
     "id: after_hours_critical"),
    (("answer: 30 min", "answer: soon"), "row after_hours_critical, answer:",
     "id: after_hours_critical"),
    (("answer: 30 min", "answer: 400 wd"),
     "answer: 400 wd do not pass within a year", "id: after_hours_critical"),
    (("call: within_two_hours, ", ""), "no row of the rules makes the call within_two_hours",
     "id: within_two_hours"),
    (("tell: backup, wait: 15 min", "tell: bakcup, wait: 15 min"),
     "at_once, backup_at_once: unknown line or role 'bakcup'", "{id: backup_at_once"),
    (("tell: backup, wait: 15 min", "tell: on_duty, wait: 15 min"),
     "at_once: backup_at_once calls on_duty again", "{id: backup_at_once"),
    (("tell: backup, wait: 15 min", "tell: legal, wait: 15 min"),
     "at_once, backup_at_once calls legal, but nobody holds that role", "{id: backup_at_once"),
    (("tell: on_duty, wait: 15 min", "tell: on_duty, wait: 0 min"),
     "at_once, duty_at_once: nobody can acknowledge within 0 min", "{id: duty_at_once"),
    (("tell: service_manager, wait: 1 h", "tell: rnd, wait: 1 h"),
     "within_two_hours, manager_soon: rnd can not be told by mail", "{id: manager_soon"),
    (("tell: [customer_specialist, service_manager]", "tell: [finance]"),
     "morning tells finance, but nobody holds that role", "morning:"),
    (('emergency_phone: "+86 10 5555 0199"', "emergency_phone: ask us"),
     "emergency_phone: 'ask us' is no number to call", None),
    (("  - {id: call_quiet,", "  - {id: call_quite,"), "provisions are missing: call_quiet", None),
    (("when: {severity: urgent}", "when: {severity: urgnt}"),
     "row after_hours_urgent, severity: 'urgnt' can not occur", "severity: urgnt"),
    (("  inputs:\n", "  inputs:\n    moon: text\n"),
     "after_hours: unknown input 'moon'", "id: after_hours_critical"),
]  # fmt: skip


@pytest.mark.parametrize(("edit", "what", "place"), AFTER_HOURS)
def test_each_defect_of_the_night_has_its_message_and_line(
    broken: Callable[..., Any],
    line_of: Callable[[str, str], int],
    edit: tuple[str, str],
    what: str,
    place: str | None,
) -> None:
    """A call that would reach nobody is found by day."""
    problems = broken("after_hours.yaml", edit)

    found = next(problem for problem in problems if what in problem.what)
    assert found.line == (line_of("after_hours.yaml", place) if place else 0)


def test_a_rota_that_ends_is_told_ahead() -> None:
    """Sixty days ahead there is time to write the turns that follow."""
    shape = roster().shape
    turns = shape.turns[0].model_copy(update={"last": "2026-10-25"})
    rota = Roster(shape.model_copy(update={"turns": (turns,)}), ZONE)

    assert rota.ending(at("2026-08-20 12:00"), 60) == [("on_duty", date(2026, 8, 20))]
    assert rota.ending(at("2026-10-01 12:00"), 60) == [("on_duty", date(2026, 10, 26))]
    assert rota.ending(at("2026-10-01 12:00"), 20) == []
    assert roster().ending(at("2026-10-01 12:00"), 60) == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "zh",
            ["人员分派", "其次专长最符合", "王磊，其次张敏", "非工作时间呼叫", "+86 10 5555 0199"],
        ),
        (
            "en",
            ["Assignment", ", then most skilled", "Wang Lei, then Zhang Min", "Calls out of hours"],
        ),
    ],
)
def test_assignment_rota_and_calls_are_shown_to_readers(
    handbook: Handbook, language: Language, words: list[str]
) -> None:
    """Who gets a case and who is woken can be read without YAML."""
    sections = Sections(handbook, language)

    made = [sections.make(name) for name in ("assignment", "rota", "absences", "calls")]

    shown = str(made)
    assert [word for word in words if word not in shown] == []
