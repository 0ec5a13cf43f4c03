"""Facts about hand-offs: when one is made, what it leaves behind, how R&D gives back."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hub.handbook import Handbook
from hub.models import AddComment, CreateRecord, Event, InternalText, SendNotice
from hub.rules.handoff import HandOffRules

FILLED = {
    "handling_method": "查看日志", "handling_result": "定位到缺陷", "open_items": "待修复",
    "next_handler": "研发部",
}  # fmt: skip
ASKED = Event(name="fields_changed", before={"next_handler": None})


@pytest.fixture
def rules(handbook: Handbook) -> HandOffRules:
    """Give the rules under test."""
    return HandOffRules(handbook)


def test_naming_rnd_makes_the_jira_issue(rules: HandOffRules, make: SimpleNamespace) -> None:
    """The issue carries what R&D needs; the case waits for the receipt."""
    actions = rules.hub_react(make.item(**FILLED), ASKED, make.context())

    (want,) = make.wants(actions)
    assert (want.connector, want.part, want.then) == ("rnd", "issue", "handed_to_rnd")
    assert isinstance(want.effect, CreateRecord)
    assert want.effect.fields["summary"] == "[00001001] 登录失败"
    for words in ("北京大学", "无法登录", "查看日志", "定位到缺陷", "王磊"):
        assert words in str(want.effect.fields["description"])
    assert make.sets(actions) == {"hand_off_to": "rnd"}
    assert (want.why.rule, want.why.clause) == ("to_rnd", "P01/研发部")


@pytest.mark.parametrize("lacking", ["handling_method", "handling_result", "open_items"])
def test_without_the_four_items_nothing_is_handed_over(
    rules: HandOffRules, handbook: Handbook, make: SimpleNamespace, lacking: str
) -> None:
    """The record says what is missing, in the handbook's words."""
    item = make.item(**{**FILLED, lacking: " "})

    actions = rules.hub_react(item, ASKED, make.context())

    (comment,) = make.effects(actions, AddComment)
    label = next(row.zh for row in handbook.intake.fields if row.id == lacking)
    assert isinstance(comment.text, InternalText)
    assert label in comment.text.text
    assert make.sets(actions) == {}


def test_what_was_missing_completes_the_hand_off_without_asking_again(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """Filling in the last item makes it; while others are missing nobody is nagged."""
    later = Event(name="fields_changed", before={"handling_result": None})

    waiting = rules.hub_react(make.item(**{**FILLED, "open_items": ""}), later, make.context())
    made = rules.hub_react(make.item(**FILLED), later, make.context())

    assert make.wants(waiting) == []
    assert len(make.notes(waiting)) == 1
    assert len(make.effects(made, CreateRecord)) == 1


def test_a_hand_off_under_way_is_not_made_twice(rules: HandOffRules, make: SimpleNamespace) -> None:
    """Edits between the command and its receipt change nothing."""
    later = Event(name="fields_changed", before={"handling_result": "x"})
    item = make.item(**FILLED, hand_off_to="rnd")

    for event in (ASKED, later):
        assert make.wants(rules.hub_react(item, event, make.context())) == []


@pytest.mark.parametrize("role", ["customer_specialist", "trainer", "account_manager"])
def test_rnd_takes_from_the_support_engineer_alone(
    rules: HandOffRules, make: SimpleNamespace, role: str
) -> None:
    """Others are told whom they can hand to."""
    item = make.item(**FILLED, role=role)

    actions = rules.hub_react(item, ASKED, make.context())

    assert make.effects(actions, CreateRecord) == []
    (comment,) = make.effects(actions, AddComment)
    assert "只通过 JIRA 接受产品支持工程师的转交" in comment.text.text


def test_an_unknown_next_handler_is_said_to_be_unknown(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """The name is repeated as it was written."""
    item = make.item(**{**FILLED, "next_handler": "李四"})

    (comment,) = make.effects(rules.hub_react(item, ASKED, make.context()), AddComment)

    assert "李四" in comment.text.text


def test_the_receipt_puts_the_case_with_rnd_and_tells_all(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """State, role and record change when the issue stands, not before."""
    item = make.item(**{**FILLED, "next_handler": "rnd"}, hand_off_to="rnd", jira_key="RND-7")
    event = Event(name="handed_to_rnd", part="issue", data={"key": "RND-7"})

    actions = rules.hub_react(item, event, make.context())

    assert make.sets(actions) == {
        "state": "waiting_rnd", "role": "rnd", "hand_off_to": None, "hand_offs": 1,
        "handlers": ["support_engineer wang.lei@vendor.example"],
    }  # fmt: skip
    (comment,) = make.effects(actions, AddComment)
    for words in ("RND-7", "查看日志", "定位到缺陷", "待修复", "研发部"):
        assert words in comment.text.text
    told = [notice.to[0] for notice in make.effects(actions, SendNotice)]
    assert told == ["li.qiang@vendor.example", "zhang.min@vendor.example"]


def test_a_receipt_that_nobody_waits_for_changes_nothing(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """The case was closed or handed elsewhere meanwhile."""
    event = Event(name="handed_to_rnd", part="issue")

    actions = rules.hub_react(make.item(), event, make.context())

    assert (make.wants(actions), make.sets(actions)) == ([], {})
    assert len(make.notes(actions)) == 1


def test_a_second_hand_off_uses_the_issue_there_is(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """It is commented and reopened, never made twice."""
    item = make.item(**FILLED, jira_key="RND-7", rnd_status_category="done", hand_offs=2)
    context = make.context(links=[make.link("rnd", "issue"), make.link("crm", "case")])

    actions = rules.hub_react(item, ASKED, context)

    assert make.effects(actions, CreateRecord) == []
    assert [want.connector for want in make.wants(actions)][:2] == ["rnd", "crm"]
    sets = make.sets(actions)
    assert (sets["state"], sets["rnd_status"], sets["hand_offs"]) == ("waiting_rnd", "To Do", 3)


def test_handing_to_another_role_changes_role_and_person(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """The new handler is told with the case, the others of the hand-off."""
    item = make.item(**{**FILLED, "next_handler": "培训师"})

    actions = rules.hub_react(item, ASKED, make.context())

    sets = make.sets(actions)
    assert (sets["role"], sets["owner"], sets["state"]) == (
        "trainer", "zhao.qian@vendor.example", "routed",
    )  # fmt: skip
    told = [notice.to[0] for notice in make.effects(actions, SendNotice)]
    assert told == [
        "li.qiang@vendor.example", "zhang.min@vendor.example", "zhao.qian@vendor.example",
    ]  # fmt: skip


def test_a_person_can_be_named_as_next_handler(rules: HandOffRules, make: SimpleNamespace) -> None:
    """A name or an address means that person, in their role."""
    item = make.item(**{**FILLED, "next_handler": "孙涛"})

    assert make.sets(rules.hub_react(item, ASKED, make.context()))["owner"] == (
        "sun.tao@vendor.example"
    )


def test_a_solved_case_stays_solved_when_it_is_handed_on(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """The specialist confirms with the customer without reopening the case."""
    item = make.item(**{**FILLED, "next_handler": "客户专员"}, state="resolved")

    assert "state" not in make.sets(rules.hub_react(item, ASKED, make.context()))


def test_a_closed_case_is_handed_to_nobody(rules: HandOffRules, make: SimpleNamespace) -> None:
    """It has to be reopened first."""
    actions = rules.hub_react(make.item(**FILLED, state="closed"), ASKED, make.context())

    assert (make.wants(actions), len(make.notes(actions))) == ([], 1)


@pytest.mark.parametrize("named", ["", "产品支持工程师", "wang.lei@vendor.example"])
def test_naming_who_has_the_case_already_does_nothing(
    rules: HandOffRules, make: SimpleNamespace, named: str
) -> None:
    """Nor does clearing the field."""
    item = make.item(**{**FILLED, "next_handler": named})

    assert rules.hub_react(item, ASKED, make.context()) == []


def test_a_request_by_command_fills_the_record(rules: HandOffRules, make: SimpleNamespace) -> None:
    """The hand-off then follows from the record, as if it had been entered there."""
    data = {"to": "研发", "method": "m", "result": "r", "open_items": "o", "by": "ops"}
    event = Event(name="hand_off_requested", data=data)

    actions = rules.hub_react(make.item(), event, make.context())

    assert make.sets(actions) == {
        "handling_method": "m", "handling_result": "r", "open_items": "o", "next_handler": "rnd",
    }  # fmt: skip
    assert make.wants(actions) == []


def test_a_request_that_changes_nothing_on_the_record_is_made_at_once(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """Asking again for what the record already says still hands over."""
    event = Event(name="hand_off_requested", data={"to": "rnd"})
    item = make.item(**{**FILLED, "next_handler": "rnd"})

    assert len(make.effects(rules.hub_react(item, event, make.context()), CreateRecord)) == 1


DONE = Event(name="fields_changed", before={"rnd_status_category": "indeterminate"})


def test_solved_in_jira_returns_to_the_engineer(rules: HandOffRules, make: SimpleNamespace) -> None:
    """Advice and result are R&D's; engineer and account manager are told."""
    item = make.item(
        state="waiting_rnd", role="rnd", rnd_status_category="done", rnd_status="Done",
        rnd_resolution="Fixed", rnd_advice="升级到 9.1.2", jira_key="RND-7", hand_offs=1,
    )  # fmt: skip

    actions = rules.hub_react(item, DONE, make.context())

    sets = make.sets(actions)
    assert (sets["state"], sets["role"], sets["next_handler"], sets["owner"]) == (
        "in_progress", "support_engineer", "support_engineer", "wang.lei@vendor.example",
    )  # fmt: skip
    assert sets["handling_advice"] == "升级到 9.1.2"
    assert str(sets["handling_result"]).endswith("Fixed")
    (comment,) = make.effects(actions, AddComment)
    assert "升级到 9.1.2" in comment.text.text
    told = [notice.to[0] for notice in make.effects(actions, SendNotice)]
    assert told == ["wang.lei@vendor.example", "li.qiang@vendor.example"]
    assert actions is not None
    assert actions[0].why.rule == "returned_solved"


def test_what_rnd_declines_returns_as_unsolved(rules: HandOffRules, make: SimpleNamespace) -> None:
    """A resolution can mean that nothing was solved."""
    item = make.item(state="waiting_rnd", rnd_status_category="done", rnd_resolution="Won't Do")

    actions = rules.hub_react(item, DONE, make.context())

    assert actions is not None
    assert actions[0].why.rule == "returned_unsolved"
    assert "未解决" in str(make.sets(actions)["handling_result"])


@pytest.mark.parametrize(
    "fields",
    [
        {"state": "waiting_rnd", "rnd_status_category": "indeterminate"},
        {"state": "closed", "rnd_status_category": "done"},
        {"state": "in_progress", "rnd_status_category": "done"},
    ],
)
def test_other_moves_in_jira_return_nothing(
    rules: HandOffRules, make: SimpleNamespace, fields: dict[str, str]
) -> None:
    """Work in progress, and issues whose case is not with R&D, stay where they are."""
    assert not rules.hub_react(make.item(**fields), DONE, make.context())


def test_what_rnd_writes_last_is_kept_as_its_advice(
    rules: HandOffRules, make: SimpleNamespace
) -> None:
    """Comments of the hub itself, and of the CRM, are not R&D's."""
    theirs, copy, ours = (
        make.comment("rnd", "升级即可"),
        make.comment("rnd", "x", key="k"),
        make.comment("crm", "x"),
    )

    sets = []
    for change in (theirs, copy, ours):
        event = Event(name="comment_added", change=change, part=f"comment:{change.ref}")
        sets.append(make.sets(rules.hub_react(make.item(), event, make.context())))

    assert sets == [{"rnd_advice": "升级即可"}, {}, {}]
