"""The list of the night: at opening time, to the desk and the manager, once."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from hub.core.morning import MorningList
from hub.core.store import items, outbox
from hub.handbook import Handbook, load_handbook
from hub.models import Item, SendNotice
from hub.testing.clock import FrozenClock
from tests.rules.lives import wall

DESK, MANAGER = "zhang.min@vendor.example", "zhou.jing@vendor.example"


@lru_cache
def shipped() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(Path(__file__).parents[2] / "config" / "handbook")


def case(name: str, received: str, **fields: object) -> Item:
    """Give a case that came at an instant of Shanghai's clock."""
    at = wall(received)
    updated = wall(str(fields.pop("updated", received)))
    given: Any = {
        "subject": f"问题{name}",
        "severity": "normal",
        "state": "routed",
        "case_number": name,
        "received_at": at.isoformat(),
        "after_hours": True,
        **fields,
    }
    return Item(id=f"CASE{name}", kind="case", fields=given, opened_at=at, updated_at=updated)


class House:
    """A store with cases, and the clock of the department."""

    def __init__(self, database: Any) -> None:
        self.database = database
        self.session = database.session()
        self.clock = FrozenClock(wall("2026-10-08 08:59"))
        self.lists = MorningList(shipped(), self.clock)

    def holds(self, *cases: Item) -> None:
        """Put cases into the store."""
        with self.session.write("cases") as connection:
            items.save_items(connection, [(each, 1) for each in cases])

    def at(self, text: str) -> int:
        """Let the clock show a time, and look."""
        self.clock.jump(wall(text))
        return self.lists.step(self.session)

    def mails(self) -> list[SendNotice]:
        """Give the mails that are wanted, oldest first."""
        with self.session.read() as connection:
            taken = outbox.take_open(connection, "mail", self.clock.now() + timedelta(days=999), 99)
        effects = [entry.command.effect for entry in taken]
        return [effect for effect in effects if isinstance(effect, SendNotice)]


@pytest.fixture
def house(database: Any) -> Any:
    """Give a house, and close it."""
    made = House(database)
    yield made
    made.session.close()


def test_the_list_comes_when_the_department_opens_and_once(house: House) -> None:
    """After the holiday's week all of it; a second look, another process, a restart add nothing."""
    house.holds(case("1", "2026-09-30 18:00"), case("2", "2026-10-05 12:00"))

    before = house.at("2026-10-08 08:59")
    opened = house.at("2026-10-08 09:00")
    again = house.at("2026-10-08 09:00"), house.at("2026-10-08 13:00")
    other = MorningList(shipped(), house.clock).step(house.session)

    assert (before, opened, again, other) == (0, 2, (0, 0), 0)
    assert {DESK, MANAGER} == {mail.to[0] for mail in house.mails()}


def test_it_tells_the_most_severe_first_who_was_called_and_who_has_it(house: House) -> None:
    """What is not of this night is not on it."""
    called = [f"{wall('2026-10-01 02:13').isoformat()} duty_at_once wang.lei@vendor.example"]
    house.holds(
        case("1", "2026-10-01 01:00"),
        case("2", "2026-10-01 02:13", severity="critical", called=called,
             acknowledged_by="wang.lei@vendor.example", state="in_progress",
             acknowledged_at=wall("2026-10-01 02:20").isoformat()),
        case("3", "2026-09-30 17:59", after_hours=None),
        case("4", "2026-09-29 22:00", updated="2026-10-01 12:00"),
        case("5", "2026-09-30 15:00", after_hours=None, severity="urgent",
             called=[f"{wall('2026-10-02 00:00').isoformat()} duty_soon wang.lei@vendor.example"],
             updated="2026-10-02 00:00"),
    )  # fmt: skip

    count = house.at("2026-10-08 09:30")

    mail = house.mails()[0]
    assert count == 3
    assert mail.subject == "非工作时间问题清单 2026-10-08 09:00（3 件）"
    text = mail.text.text
    assert "2026-09-30 18:00 至 2026-10-08 09:00" in text
    assert text.index("问题2") < text.index("问题5") < text.index("问题1")
    assert "呼叫 2026-10-01 02:13 王磊；确认 王磊 2026-10-01 02:20" in text
    assert "问题3" not in text
    assert "问题4" not in text


def test_a_quiet_night_has_no_list(house: House) -> None:
    """Nobody reads a list of nothing; the lunch break is no night."""
    house.holds(case("1", "2026-10-08 12:30"))

    assert house.at("2026-10-08 09:00") == 0
    assert house.at("2026-10-08 13:00") == 0
    assert house.at("2026-10-09 09:00") == 0
    assert house.mails() == []


def test_it_comes_on_working_days_alone(house: House) -> None:
    """A make-up Saturday is a morning like any other; an ordinary one is none."""
    house.holds(case("1", "2026-10-09 22:00"), case("2", "2026-10-16 22:00"))

    makeup, ordinary, monday = (house.at(f"2026-10-{day} 09:00") for day in ("10", "17", "19"))

    assert (makeup, ordinary, monday) == (1, 0, 1)
