"""`hub duty`: who has duty, now or at any time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

CONFIG = Path(__file__).parents[2] / "config" / "hub.yaml"


def test_it_tells_who_has_duty_on_a_night_and_by_which_rows(hub: Any) -> None:
    """Two in the morning belongs to the night before."""
    ran = hub("duty", "--at", "2026-10-01 02:13", "--config", CONFIG, "--json")

    assert ran.code == 0
    assert (ran.json["night"], ran.json["working_time"]) == ("2026-09-30", False)
    first, second = ran.json["duty"]
    assert (first["line"], first["person"]) == ("on_duty", "wang.lei@vendor.example")
    assert (second["line"], second["person"]) == ("backup", "zhang.min@vendor.example")
    assert first["source"].startswith("rota.yaml:")


def test_by_day_it_says_that_nobody_is_called(hub: Any) -> None:
    """A make-up Saturday is a working day."""
    ran = hub("duty", "--at", "2026-10-10 10:00", "--config", CONFIG)

    assert ran.code == 0
    assert "the department is at work" in ran.out
