"""Facts about recording: every case and mail stands in the CRM; losses and bounces are seen."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from hub.handbook import Handbook
from hub.models import (
    AddComment,
    AttachFile,
    Attachment,
    Change,
    CreateRecord,
    Event,
    InternalText,
    PublicText,
    Ref,
    SendNotice,
)
from hub.rules.recording import RecordingRules


@pytest.fixture
def rules(handbook: Handbook) -> RecordingRules:
    """Give the rules under test."""
    return RecordingRules(handbook)


def test_a_mailed_case_is_created_in_the_crm(rules: RecordingRules, make: SimpleNamespace) -> None:
    """The engine adds the mapped fields; the receipt raises case_recorded."""
    event = Event(name="item_opened", change=make.mail(), part="mail:x")

    (want,) = make.wants(rules.hub_react(make.item(), event, make.context()))

    assert (want.connector, want.part, want.then) == ("crm", "case", "case_recorded")
    assert want.effect == CreateRecord(kind="case")
    assert want.why.rule == "record_case"


def test_the_files_of_a_form_are_attached_to_the_case(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """The customer may see their own; what a colleague hands in stays internal."""
    file = Attachment(id="f1", name="截图.png")
    form = Change(
        ref=Ref("hub", "submission", "A"), version="1", seen_at=make.now, attachments=(file,)
    )
    theirs = Event(name="item_opened", change=form, part="submission:A")
    ours = Event(name="item_opened", change=replace(form, actor="zhang.min"), part="submission:A")

    _, mine = make.wants(rules.hub_react(make.item(), theirs, make.context()))
    _, internal, _ = make.wants(rules.hub_react(make.item(), ours, make.context()))

    assert (mine.part, mine.parent_part) == ("file:f1", "case")
    assert mine.effect == AttachFile(file=file, public=True)
    assert internal.effect == AttachFile(file=file, public=False)


def test_what_has_no_field_in_the_crm_is_noted_on_the_case(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """The customer as they call themselves, the version, the fax; and who entered it."""
    fields = {"customer_name": "北大", "product_version": "9.1", "contact_email": "a@pku.edu.cn"}
    form = Change(ref=Ref("hub", "submission", "A"), version="1", seen_at=make.now, fields=fields)
    call = replace(form, fields={}, actor="zhang.min")

    def noted(change: Change) -> list[str]:
        event = Event(name="item_opened", change=change, part="submission:A")
        actions = rules.hub_react(make.item(channel="platform"), event, make.context())
        found = make.effects(actions, AddComment)
        assert all(isinstance(comment.text, InternalText) for comment in found)
        return [comment.text.text for comment in found]

    assert noted(form) == ["经用户服务平台登记，登记人：—\n单位名称：北大\n产品版本：9.1"]
    assert noted(call) == ["经用户服务平台登记，登记人：zhang.min"]
    assert noted(replace(form, fields={"contact_email": "a@pku.edu.cn"})) == []


def test_a_case_of_the_crm_is_not_created_again(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """It stands there already."""
    event = Event(name="item_opened", change=make.case(), part="case")

    assert rules.hub_react(make.item(), event, make.context()) is None


def test_a_customers_mail_is_a_public_comment(rules: RecordingRules, make: SimpleNamespace) -> None:
    """What the customer wrote, the customer may read."""
    event = Event(name="mail_received", change=make.mail(text="还是不行"), part="mail:x")

    (want,) = make.wants(rules.hub_react(make.item(), event, make.context()))

    assert isinstance(want.effect, AddComment)
    assert want.effect.text == PublicText("陈老师 来信：\n还是不行")
    assert (want.parent_part, want.part) == ("case", "comment:mail:mail:<2@pku.edu.cn>")


def test_a_colleagues_mail_is_an_internal_comment(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """Only a person's act in the CRM publishes; a forged From can not."""
    mail = make.mail("wang.lei@vendor.example", text="重启即可", from_name="王磊")
    event = Event(name="mail_received", change=mail, part="mail:x")

    actions = rules.hub_react(make.item(state="resolved"), event, make.context())

    (comment,) = make.effects(actions, AddComment)
    assert comment.text == InternalText("王磊 来信（内部）：\n重启即可")
    assert make.sets(actions) == {}


@pytest.mark.parametrize(
    ("state", "after"),
    [
        ("waiting_customer", "in_progress"),
        ("suspended", "in_progress"),
        ("resolved", None),
        ("closed", None),
        ("in_progress", None),
        ("waiting_rnd", None),
    ],
)
def test_a_customers_mail_moves_what_waits_for_it(
    rules: RecordingRules, make: SimpleNamespace, state: str, after: str | None
) -> None:
    """Waiting ends, and what was solved is taken up again; work that goes on goes on."""
    event = Event(name="mail_received", change=make.mail(), part="mail:x")

    actions = rules.hub_react(make.item(state=state), event, make.context())

    assert make.sets(actions).get("state") == after


def _bounce(make: SimpleNamespace, recipient: str, status: str = "5.1.1") -> Event:
    mail = make.mail("daemon@x", auto="bounce", bounce_recipient=recipient, bounce_status=status)
    return Event(name="mail_received", change=mail, part="mail:b")


def test_a_bounce_marks_the_address_and_tells_the_desk(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """Nothing is recorded as if the customer had written."""
    actions = rules.hub_react(make.item(), _bounce(make, "chen@pku.edu.cn"), make.context())

    assert make.sets(actions) == {"undeliverable": ["chen@pku.edu.cn"]}
    assert [n.to for n in make.effects(actions, SendNotice)] == [("zhang.min@vendor.example",)]
    assert make.effects(actions, AddComment) == []


def test_a_bounce_from_the_desk_is_not_mailed_to_the_desk(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """Else it would bounce for ever."""
    event = _bounce(make, "zhang.min@vendor.example")

    actions = rules.hub_react(make.item(), event, make.context())

    assert make.effects(actions, SendNotice) == []
    assert len(make.notes(actions)) == 1


def test_a_delay_is_no_loss(rules: RecordingRules, make: SimpleNamespace) -> None:
    """A 4.x.x report is noted and nothing more."""
    event = _bounce(make, "chen@pku.edu.cn", "4.4.1")

    actions = rules.hub_react(make.item(), event, make.context())

    assert (make.sets(actions), make.wants(actions)) == ({}, [])


def test_an_issue_that_vanishes_is_told_and_noted_on_the_case(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """The desk and the handler hear of it, the case says so."""
    context = make.context(links=[make.link("crm", "case"), make.link("rnd", "issue", gone=True)])
    event = Event(name="record_gone", part="issue")

    actions = rules.hub_react(make.item(jira_key="RND-7"), event, context)

    (comment,) = make.effects(actions, AddComment)
    assert comment.text == InternalText("JIRA RND-7 已被删除或不再可见。")
    told = [notice.to[0] for notice in make.effects(actions, SendNotice)]
    assert told == ["zhang.min@vendor.example", "wang.lei@vendor.example"]


def test_a_case_that_vanishes_is_told_without_a_comment(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """There is nothing left to write on."""
    context = make.context(links=[make.link("crm", "case", gone=True)])

    actions = rules.hub_react(make.item(), Event(name="record_gone", part="case"), context)

    assert make.effects(actions, AddComment) == []
    assert len(make.effects(actions, SendNotice)) == 2


def test_a_comment_that_vanishes_is_noted_only(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """Nobody is disturbed for a deleted comment."""
    event = Event(name="record_gone", part="comment:crm:case_comment:7")

    actions = rules.hub_react(make.item(), event, make.context())

    assert (len(make.notes(actions)), make.wants(actions)) == (1, [])


def test_a_long_mail_is_a_comment_that_the_crm_takes(
    rules: RecordingRules, make: SimpleNamespace
) -> None:
    """4,000 bytes are 1,333 Chinese characters: more is shortened, and as public as it was."""
    event = Event(name="mail_received", change=make.mail(text="还是不行" * 1_000), part="mail:x")

    (want,) = make.wants(rules.hub_react(make.item(), event, make.context()))

    assert isinstance(want.effect, AddComment)
    assert isinstance(want.effect.text, PublicText)
    assert len(want.effect.text.text.encode()) <= 3_800
    assert want.effect.text.text.endswith("全文见原文）")
