"""Out of hours: who is called when, until somebody acknowledges; each once, and in order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.plugins import PluginHost
from hub.handbook import Handbook, load_handbook
from hub.handbook.rotashapes import CallStepShape
from hub.models import ACKNOWLEDGE_HERE, Event, Fields, PublicText, SendReply
from hub.rules.after_hours import AfterHoursRules
from hub.rules.notices import NoticeRules
from tests.rules.lives import SHANGHAI, WHY, Life, wall

WANG, ZHANG, ZHOU, ZHENG = (
    f"{name}@vendor.example" for name in ("wang.lei", "zhang.min", "zhou.jing", "zheng.hao")
)
HOLIDAY = "2026-10-01 02:13"


@lru_cache
def shipped() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(Path(__file__).parents[2] / "config" / "handbook")


@dataclass
class Night(Life):
    """One case under the rules of the night."""

    def __post_init__(self) -> None:
        """Put these rules alone in force."""
        super().__post_init__()
        self.host = PluginHost.of(("after_hours", AfterHoursRules(self.handbook)))

    def acknowledges(self, by: str) -> Night:
        """Have somebody acknowledge by a link, a command or the API."""
        turn = self._turn("hub", "request")
        turn.raise_event(
            Event(name="told", change=turn.change, data={"what": "acknowledged", "by": by})
        )
        self._settle(turn)
        return self

    def answers(self, sender: str, **fields: object) -> Night:
        """Have somebody answer the mail of a call."""
        given: Fields = {"from_email": sender, "auto": "", **fields}  # type: ignore[dict-item]
        turn = self._turn("mail", "mail", text=PublicText("收到"), fields=given)
        turn.raise_event(Event(name="mail_received", change=turn.change, part="mail:3"))
        self._settle(turn)
        return self

    def called(self) -> list[tuple[str, str]]:
        """Give who was called, and when by the wall clock."""
        marks = self.item.fields.get("called") or []
        assert isinstance(marks, list)
        told = []
        for mark in marks:
            at, _, person = str(mark).split(" ")
            told.append((self._clock(at), person.partition("@")[0]))
        return told

    @staticmethod
    def _clock(text: str) -> str:
        return datetime.fromisoformat(text).astimezone(SHANGHAI).strftime("%H:%M")


def night(when: str = HOLIDAY, severity: str = "critical", **fields: object) -> Night:
    """Have a case come in the night."""
    life = Night(shipped(), wall(when))
    life.opens(severity=severity, **fields)
    return life


def test_a_critical_case_goes_up_from_who_is_on_duty_until_nobody_is_left() -> None:
    """Person on duty, reserve, service manager, general manager; then it is on record."""
    life = night()

    life.until("2026-10-01 08:00")

    assert life.called() == [
        ("02:13", "wang.lei"), ("02:28", "zhang.min"), ("02:43", "zhou.jing"),
        ("02:58", "zheng.hao"),
    ]  # fmt: skip
    assert [WANG, ZHANG, ZHOU, ZHENG] == [each.to for each in life.told]
    assert life.item.text("call") == "unanswered"
    assert life.timers == {}
    assert life.item.fields["after_hours"] is True


def test_who_is_called_learns_how_to_acknowledge_and_who_is_next() -> None:
    """The subject says what it is; the link is put in by who sends the mail."""
    life = night()

    (told,) = life.told
    assert told.subject.startswith("[非常紧迫] 值班呼叫，请确认接手：登录失败")
    assert "[#ABCDEFGHJKLMNPQR]" in told.subject
    assert ACKNOWLEDGE_HERE in life.texts[0]
    assert "15 min" in life.texts[0]
    assert "否则将呼叫：张敏" in life.texts[0]


@pytest.mark.parametrize("way", ["mail", "command", "state", "public answer"])
def test_whoever_acknowledges_ends_the_call(way: str) -> None:
    """By answering the mail, by link or command, by taking it up in the CRM, by answering."""
    life = night()
    life.until("2026-10-01 02:30")

    if way == "mail":
        life.answers(ZHANG)
    elif way == "command":
        life.acknowledges(ZHANG)
    elif way == "state":
        life.sets(state="in_progress")
    else:
        life.answered()
    life.until("2026-10-01 12:00")

    assert [name for _, name in life.called()] == ["wang.lei", "zhang.min"]
    assert life.item.text("call") == ""
    assert life.item.text("acknowledged_by") in (ZHANG, WANG)
    assert life.local("acknowledged_at") == "2026-10-01 02:30"
    assert life.item.text("state") == ("routed" if way == "nothing" else "in_progress")


def test_those_who_were_called_before_are_told_who_has_it() -> None:
    """Two people at one outage at three in the morning is one too many."""
    life = night()
    life.until("2026-10-01 02:30").told.clear()

    life.answers(ZHANG)

    assert [(each.to, each.subject[:7]) for each in life.told] == [(WANG, "张敏 已接手 ")]


def test_who_acknowledges_and_holds_the_role_owns_the_case() -> None:
    """A customer specialist on duty does not become the engineer."""
    engineer, specialist = night(owner=""), night(owner="")

    engineer.acknowledges(WANG)
    specialist.acknowledges(ZHANG)

    assert engineer.item.text("owner") == WANG
    assert specialist.item.text("owner") == ""
    assert specialist.item.text("acknowledged_by") == ZHANG


@pytest.mark.parametrize(
    ("sender", "fields"),
    [
        ("chen@pku.edu.cn", {}),
        (ZHANG, {"auto": "reply"}),
        (ZHOU, {}),
        ("stranger@vendor.example", {"authenticated": True}),
    ],
)
def test_no_other_mail_acknowledges(sender: str, fields: dict[str, object]) -> None:
    """Not the customer's, no out-of-office reply, nobody who was not called, no stranger."""
    life = night()
    life.until("2026-10-01 02:30")

    life.answers(sender, **fields)

    assert life.item.text("call") == "at_once backup_at_once"


def test_a_colleague_whose_mail_is_authenticated_can_take_it_uncalled() -> None:
    """What our own border vouches for is no forgery."""
    life = night()

    life.answers(ZHOU, authenticated=True)

    assert life.item.text("acknowledged_by") == ZHOU


def test_urgent_cases_have_an_hour_and_normal_ones_wait() -> None:
    """By severity, as the table says."""
    urgent, normal = night(severity="urgent"), night(severity="normal")

    urgent.until("2026-10-01 09:00")
    normal.until("2026-10-01 09:00")

    assert urgent.called() == [
        ("02:13", "wang.lei"),
        ("03:13", "zhang.min"),
        ("04:13", "zhou.jing"),
    ]
    assert normal.called() == []
    assert normal.item.fields["after_hours"] is True
    assert normal.timers == {}


def test_by_day_nobody_is_called() -> None:
    """A make-up Saturday is a working day; the same Saturday a year later is none."""
    makeup, saturday = night("2025-02-08 10:00"), night("2026-02-07 10:00")

    assert makeup.called() == []
    assert "after_hours" not in makeup.item.fields
    assert saturday.called() == [("10:00", "wang.lei")]
    assert saturday.item.fields["after_hours"] is True


def test_a_case_that_becomes_critical_in_the_night_is_called_then() -> None:
    """And a call for something that turns out to be normal ends."""
    life = night(severity="normal")

    life.until("2026-10-01 03:00")
    life.sets(severity="critical")
    life.until("2026-10-01 03:16")
    life.sets(severity="normal")
    life.until("2026-10-01 06:00")

    assert life.called() == [("03:00", "wang.lei"), ("03:15", "zhang.min")]
    assert life.item.text("call") == ""
    assert "因" in life.handbook.provisions["call_quiet"].zh


def test_what_is_solved_meanwhile_is_called_no_more() -> None:
    """The cause has gone."""
    life = night()

    life.sets(state="resolved")
    life.until("2026-10-01 06:00")

    assert [name for _, name in life.called()] == ["wang.lei"]
    assert life.timers == {}


def test_what_the_person_on_duty_enters_is_theirs() -> None:
    """Who takes the call by telephone and records it need not be called."""
    life = Night(shipped(), wall(HOLIDAY))
    turn = life._turn("crm", "case", actor=WANG)
    given: Fields = {"state": "routed", "severity": "critical", "owner": WANG,
                     "role": "support_engineer", "received_at": life.now.isoformat()}  # fmt: skip
    turn.set_fields(given, "test", WHY)
    turn.raise_event(Event(name="item_opened", change=turn.change, part="case"))

    life._settle(turn)

    assert life.called() == []
    assert life.item.text("acknowledged_by") == WANG
    assert life.item.text("state") == "in_progress"


def test_by_day_acknowledging_accepts_a_hand_off() -> None:
    """`hub ack` and the API serve the handler by day as well; twice is once."""
    life = night("2026-03-02 10:00")

    life.acknowledges(WANG).acknowledges(WANG)

    assert life.item.text("state") == "in_progress"
    assert life.item.text("acknowledged_by") == WANG
    assert "nothing is open that" in life.notes[-1]


@pytest.mark.parametrize(
    ("severity", "by"),
    [("critical", "2026-10-01 02:43"), ("urgent", "2026-10-01 04:13"),
     ("normal", "2026-10-08 10:00")],
)  # fmt: skip
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_customer_is_told_at_night_by_when_we_answer_and_whom_to_call(
    make: SimpleNamespace, severity: str, by: str, language: str
) -> None:
    """In their language, with the emergency number; a holiday's week counts as none."""
    item = make.item(severity=severity, after_hours=True, language=language,
                     received_at=wall(HOLIDAY).isoformat())  # fmt: skip
    around = make.context()
    around = type(around)(now=wall("2026-10-01 02:14"))

    actions = NoticeRules(shipped()).hub_react(item, Event(name="case_recorded"), around)

    (mail,) = make.effects(actions, SendReply)
    assert by in mail.text.text
    assert shipped().after_hours.emergency_phone in mail.text.text
    assert ("非工作时间" in mail.text.text) is (language == "zh")


MOVES = st.one_of(
    st.tuples(st.just("severity"), st.sampled_from(("normal", "urgent", "critical"))),
    st.tuples(st.just("state"), st.sampled_from(("routed", "in_progress", "resolved", "reopened"))),
    st.tuples(st.just("acknowledges"), st.sampled_from((WANG, ZHANG, ZHOU, "nobody"))),
    st.tuples(st.just("answers"), st.sampled_from((WANG, ZHANG, ZHOU, "chen@pku.edu.cn"))),
    st.tuples(st.just("rings"), st.just("call")),
)


TELL = ("on_duty", "backup", "support_engineer", "service_manager", "general_manager",
        "customer_specialist", "sales_manager")  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(TELL), st.sampled_from(("1 min", "15 min", "1 h"))),
    min_size=1, max_size=6,
)  # fmt: skip


def other(first: list[tuple[str, str]], second: list[tuple[str, str]]) -> Handbook:
    """Give the shipped handbook with other calls."""
    shape = shipped().after_hours
    calls = tuple(
        call.model_copy(update={"steps": tuple(_step(call.id, *each) for each in enumerate(steps))})
        for call, steps in zip(shape.calls, (first, second), strict=True)
    )
    return replace(shipped(), after_hours=shape.model_copy(update={"calls": calls}))


def _step(call: str, number: int, given: tuple[str, str]) -> CallStepShape:
    tell, wait = given
    return CallStepShape(id=f"{call}{number}", zh="步", en="step", tell=tell, wait=wait,
                         clause="P02", origin="default", source="after_hours.yaml:1")  # fmt: skip


@given(
    st.lists(st.tuples(st.integers(0, 90), MOVES), max_size=10),
    st.sampled_from(("normal", "urgent", "critical")),
    STEPS,
    STEPS,
)
def test_no_step_of_a_call_is_taken_twice_or_out_of_order_and_nobody_is_called_twice(
    history: list[tuple[int, tuple[str, str]]],
    severity: str,
    first: list[tuple[str, str]],
    second: list[tuple[str, str]],
) -> None:
    """Whatever happens in a night, by whatever calls; and a call that runs always has its timer."""
    life = Night(other(first, second), wall(HOLIDAY))
    life.opens(severity=severity)
    watch(life)

    for minutes, (what, value) in history:
        life.until(life.now + timedelta(minutes=minutes))
        if what in ("acknowledges", "answers", "rings"):
            getattr(life, what)(value)
        else:
            life.sets(**{what: value})
        watch(life)


def watch(life: Night) -> None:
    """Hold what must always be so."""
    assert [] == life.failures
    running = life.item.text("call")
    assert ("call" in life.timers) == (running not in ("", "unanswered"))
    calls = {step.id: (call.id, number) for call in life.handbook.after_hours.calls
             for number, step in enumerate(call.steps)}  # fmt: skip
    called = life.item.fields.get("called") or []
    assert isinstance(called, list)
    steps = [calls[str(mark).split(" ")[1]] for mark in called]
    for name in {name for name, _ in steps}:
        assert sorted({n for c, n in steps if c == name}) == [n for c, n in steps if c == name]
    people = [str(mark).rpartition(" ")[2] for mark in called]
    assert len({name for name, _ in steps}) > 1 or len(set(people)) == len(people)


def test_at_noon_nobody_has_gone_home() -> None:
    """A break is working time: nobody is called, nothing is marked."""
    life = night("2026-03-02 12:30")

    assert life.called() == []
    assert "after_hours" not in life.item.fields
