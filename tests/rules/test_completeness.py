"""Facts about what a record must have: a task for the desk, one question, and its answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from hub.handbook import Handbook
from hub.models import CreateRecord, Event, SendNotice, SendReply, UpdateRecord
from hub.rules.completeness import TASK, CompletenessRules
from hub.rules.notices import NoticeRules

RECORDED = Event(name="case_recorded", part="case")
CHANGED = Event(name="fields_changed", before={"contact_phone": None})


@pytest.fixture
def rules(handbook: Handbook) -> CompletenessRules:
    """Give the rules under test."""
    return CompletenessRules(handbook)


@pytest.fixture
def notices(handbook: Handbook) -> NoticeRules:
    """Give the rules that acknowledge."""
    return NoticeRules(handbook)


def test_what_is_missing_is_a_task_of_the_desk_and_told_to_it(
    rules: CompletenessRules, make: SimpleNamespace
) -> None:
    """The task stands beneath the case, and cites the row that demands it."""
    item = make.item(channel="hotline", contact_phone="")

    actions = rules.hub_react(item, RECORDED, make.context())

    assert make.sets(actions) == {"missing": ["contact_phone"]}
    (want,) = make.wants(actions, "crm")
    assert (want.part, want.parent_part) == (TASK, "case")
    assert isinstance(want.effect, CreateRecord)
    assert want.effect.fields["owner"] == "zhang.min@vendor.example"
    assert "电话" in str(want.effect.fields["description"])
    assert want.why.rule == "needs_phone"
    assert any("电话" in n.text.text for n in make.effects(actions, SendNotice))


@pytest.mark.parametrize(
    ("fields", "missing"),
    [
        ({"channel": "front_desk", "contact_phone": ""}, ["contact_phone"]),
        ({"channel": "fax"}, ["contact_fax"]),
        ({"channel": "mail"}, None),
        ({"channel": "", "contact_name": ""}, ["contact_name"]),
        ({"channel": "hotline", "contact_phone": "", "desk_reason": "客户不明"}, None),
    ],
)
def test_the_channel_says_what_a_record_must_have(
    rules: CompletenessRules,
    make: SimpleNamespace,
    fields: dict[str, str],
    missing: list[str] | None,
) -> None:
    """Whose case it is comes before what else is missing."""
    sets = make.sets(rules.hub_react(make.item(**fields), RECORDED, make.context()))

    assert sets.get("missing") == missing


def _with_task(make: SimpleNamespace) -> Any:
    return make.context(links=[make.link("crm", "case"), make.link("crm", TASK)])


def test_the_task_is_done_when_the_record_is_complete(
    rules: CompletenessRules, make: SimpleNamespace
) -> None:
    """Whoever completed it, in the CRM or elsewhere."""
    item = make.item(channel="hotline", contact_phone="010-1", missing=["contact_phone"])

    actions = rules.hub_react(item, CHANGED, _with_task(make))

    assert make.sets(actions) == {"missing": []}
    assert make.effects(actions, UpdateRecord) == [UpdateRecord(fields={"closed": True})]


def test_a_part_of_what_was_missing_changes_the_task(
    rules: CompletenessRules, make: SimpleNamespace
) -> None:
    """It says what is still missing, and no second task is made."""
    missing = ["contact_name", "contact_phone"]
    item = make.item(channel="hotline", contact_phone="", missing=missing)

    actions = rules.hub_react(item, CHANGED, _with_task(make))

    (update,) = make.effects(actions, UpdateRecord)
    assert update.fields["closed"] is False
    assert "联系人" not in str(update.fields["description"])
    assert make.effects(actions, CreateRecord) == []


def test_nothing_changes_as_long_as_the_same_is_missing(
    rules: CompletenessRules, make: SimpleNamespace
) -> None:
    """Each change of a field is looked at; most concern nobody here."""
    item = make.item(channel="hotline", contact_phone="", missing=["contact_phone"])

    assert rules.hub_react(item, CHANGED, _with_task(make)) == []


def test_the_customer_is_asked_once_in_the_acknowledgement(
    notices: NoticeRules, make: SimpleNamespace
) -> None:
    """Where the handbook allows it, in the customer's language."""
    item = make.item(language="en", contact_name="Chen")

    actions = notices.hub_react(item, RECORDED, make.context())

    (mail,) = make.effects(actions, SendReply)
    assert "version of the product:" in mail.text.text
    asked = make.sets(actions)
    assert asked == {"asked": ["product_version"]}
    again = notices.hub_react(make.item(**asked), RECORDED, make.context())
    (second,) = make.effects(again, SendReply)
    assert "产品版本" not in second.text.text


def test_what_is_known_is_not_asked(notices: NoticeRules, make: SimpleNamespace) -> None:
    """The form has asked already."""
    item = make.item(product_version="9.1")

    actions = notices.hub_react(item, RECORDED, make.context())

    (mail,) = make.effects(actions, SendReply)
    assert "产品版本" not in mail.text.text
    assert make.sets(actions) == {}


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("您好，\n产品版本：9.1 SP2\n谢谢", "9.1 SP2"),
        ("> 产品版本： 9.1", "9.1"),
        ("Version of the product: 9.1", "9.1"),
        ("版本是 9.1", None),
        ("产品版本：", None),
    ],
)
def test_the_answer_to_the_question_goes_into_the_record(
    rules: CompletenessRules, make: SimpleNamespace, text: str, version: str | None
) -> None:
    """Only what stands behind the field's name; nothing is guessed from words."""
    item = make.item(asked=["product_version"])
    event = Event(name="mail_received", change=make.mail(text=text), part="mail:x")

    sets = make.sets(rules.hub_react(item, event, make.context()))

    assert sets.get("product_version") == version


def test_a_colleagues_mail_is_no_answer(rules: CompletenessRules, make: SimpleNamespace) -> None:
    """Nor is what nobody asked for."""
    mail = make.mail("wang.lei@vendor.example", text="产品版本：9.1")
    event = Event(name="mail_received", change=mail, part="mail:x")

    assert rules.hub_react(make.item(asked=["product_version"]), event, make.context()) == []
    theirs = Event(name="mail_received", change=make.mail(text="产品版本：9.1"), part="mail:x")
    assert rules.hub_react(make.item(), theirs, make.context()) == []
