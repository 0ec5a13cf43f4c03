"""Hand-offs to and fro: a case goes back to who had it, or to who stands in for them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from hub.core.plugins import PluginHost
from hub.handbook import Handbook
from hub.handbook.rota import Roster
from hub.models import AddComment, Event, Fields, SendNotice
from hub.rules.after_hours import AfterHoursRules
from hub.rules.escalation import EscalationRules
from hub.rules.handoff import HandOffRules
from hub.rules.targets import TargetRules
from tests.rules.lives import Life, wall

WANG, ZHANG, SUN = (f"{name}@vendor.example" for name in ("wang.lei", "zhang.min", "sun.tao"))
REASON = "这是使用问题，不是故障"
FILLED: Fields = {
    "handling_method": "电话核实", "handling_result": REASON, "open_items": "请重新分派",
}  # fmt: skip
ASKED = Event(name="fields_changed", before={"next_handler": None})


def away(book: Handbook, person: str, stand_in: str) -> Handbook:
    """Give the handbook with somebody away in March 2026."""
    row: Any = {"id": "a", "person": person, "days": ["2026-03-01..2026-03-31"],
                "stand_in": stand_in, "clause": "P01", "origin": "default"}  # fmt: skip
    shape = book.roster.shape
    shape = type(shape).model_validate({**shape.model_dump(by_alias=True), "absences": [row]})
    return replace(book, roster=Roster(shape, book.zone))


def handed(book: Handbook, make: SimpleNamespace, **fields: object) -> tuple[Fields, Any]:
    """Hand a case on; give what is set, and all actions."""
    actions = HandOffRules(book).hub_react(make.item(**{**FILLED, **fields}), ASKED, make.context())
    return make.sets(actions), actions


def test_a_handler_hands_back_with_the_reason(handbook: Handbook, make: SimpleNamespace) -> None:
    """The desk has it again, the record says why, the account manager is told."""
    fields, actions = handed(handbook, make, next_handler="客户专员")

    assert (fields["role"], fields["owner"]) == ("customer_specialist", ZHANG)
    (record,) = make.effects(actions, AddComment)
    assert REASON in record.text.text
    told = {notice.to[0] for notice in make.effects(actions, SendNotice)}
    assert told == {ZHANG, "li.qiang@vendor.example"}


def test_every_hand_off_leaves_who_had_it(handbook: Handbook, make: SimpleNamespace) -> None:
    """Each once, the last one last."""
    before = [f"support_engineer {WANG}", f"customer_specialist {ZHANG}"]

    fields, _ = handed(handbook, make, next_handler="培训师", handlers=before)

    assert fields["handlers"] == [f"customer_specialist {ZHANG}", f"support_engineer {WANG}"]


@pytest.mark.parametrize(
    ("stand_in", "person"), [("", WANG), (SUN, SUN)], ids=["back to them", "to their stand-in"]
)
def test_it_goes_back_to_who_had_it_in_that_role(
    handbook: Handbook, make: SimpleNamespace, stand_in: str, person: str
) -> None:
    """Not to whoever is next in turn."""
    book = away(handbook, WANG, stand_in) if stand_in else handbook
    had = [f"support_engineer {WANG}"]

    fields, _ = handed(
        book, make, role="trainer", owner="zhao.qian@vendor.example",
        next_handler="产品支持工程师", handlers=had,
    )  # fmt: skip

    assert (fields["role"], fields["owner"]) == ("support_engineer", person)


def test_what_rnd_gives_back_reaches_who_is_there(
    handbook: Handbook, make: SimpleNamespace
) -> None:
    """The engineer, or who stands in while they are away; nobody at all: the roles after them."""
    event = Event(name="fields_changed", before={"rnd_status_category": "indeterminate"})
    item = make.item(state="waiting_rnd", role="rnd", rnd_status_category="done", rnd_status="Done")
    books = (handbook, away(handbook, WANG, SUN), away(handbook, WANG, ""))

    found = [make.sets(HandOffRules(b).hub_react(item, event, make.context())) for b in books]

    assert [(each["role"], each["owner"]) for each in found] == [
        ("support_engineer", WANG),
        ("support_engineer", SUN),
        ("service_manager", "zhou.jing@vendor.example"),
    ]


@pytest.mark.parametrize("way", ["in the CRM", "by hub ack", "not at all"])
def test_a_hand_off_that_nobody_accepts_is_told_of(handbook: Handbook, way: str) -> None:
    """An urgent one within an hour: the handler and the desk, unless it was taken up."""
    rules = (TargetRules, EscalationRules, AfterHoursRules)
    life = Life(handbook, wall("2026-03-02 10:00"))
    life.host = PluginHost.of(*((kind.__name__, kind(handbook)) for kind in rules))
    life.opens(severity="urgent").until("2026-03-02 10:30")

    if way == "in the CRM":
        life.sets(state="in_progress")
    elif way == "by hub ack":
        turn = life._turn("hub", "request")
        data: Fields = {"what": "acknowledged", "by": WANG}
        turn.raise_event(Event(name="told", change=turn.change, data=data))
        life._settle(turn)
    life.until("2026-03-02 11:10")

    told = [(each.to, each.subject) for each in life.told if "接手" in each.subject]
    assert [to for to, _ in told] == ([WANG, ZHANG] if way == "not at all" else [])
