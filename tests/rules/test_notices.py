"""Facts about notices: what the customer and the colleagues are told, and what never."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hub.handbook import Handbook
from hub.models import Event, PublicText, SendNotice, SendReply
from hub.rules.notices import NoticeRules

RECORDED = Event(name="case_recorded", part="case")
STAFF = "wang.lei@vendor.example"


@pytest.fixture
def rules(handbook: Handbook) -> NoticeRules:
    """Give the rules under test."""
    return NoticeRules(handbook)


def test_the_acknowledgement_answers_in_the_thread_with_number_and_tag(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """It says number, type, severity and next step, in public text."""
    actions = rules.hub_react(make.item(), RECORDED, make.context())

    (mail,) = make.effects(actions, SendReply)
    assert (mail.to, mail.thread) == (("chen@pku.edu.cn",), ("<1@pku.edu.cn>",))
    assert mail.subject == "Re: 登录失败 [#ABCDEFGHJKLMNPQR]"
    assert isinstance(mail.text, PublicText)
    for words in ("00001001", "技术问题", "紧迫", "产品支持工程师将与您联系"):
        assert words in mail.text.text
    assert mail.automatic


def test_an_english_customer_is_answered_in_english(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """The language of the first mail is kept."""
    actions = rules.hub_react(make.item(language="en"), RECORDED, make.context())

    (mail,) = make.effects(actions, SendReply)
    assert "technical problem" in mail.text.text
    assert mail.language == "en"


def test_the_handler_and_all_whom_the_routing_names_are_told_once(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """Each person gets one mail, in the words meant for them."""
    item = make.item(notify=["account_manager", "service_manager", "support_engineer"])

    notices = make.effects(rules.hub_react(item, RECORDED, make.context()), SendNotice)

    assert [notice.to[0] for notice in notices] == [
        STAFF, "li.qiang@vendor.example", "zhou.jing@vendor.example",
    ]  # fmt: skip
    assert "您的客户提出问题" in notices[1].subject
    assert all("[#ABCDEFGHJKLMNPQR]" in notice.subject for notice in notices)


def test_the_desk_hears_why_it_has_to_look(rules: NoticeRules, make: SimpleNamespace) -> None:
    """An unknown customer's case comes with its reason."""
    item = make.item(
        role="customer_specialist", owner="zhang.min@vendor.example", desk_reason="客户不明",
        customer_status="unknown", customer_name=None,
    )  # fmt: skip

    notices = make.effects(rules.hub_react(item, RECORDED, make.context()), SendNotice)

    assert len(notices) == 1
    assert "客户不明" in notices[0].text.text


def test_a_case_of_the_crm_is_acknowledged_when_it_opens(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """It has its number from the start."""
    event = Event(name="item_opened", change=make.case(), part="case")

    assert len(make.effects(rules.hub_react(make.item(), event, make.context()), SendReply)) == 1


def test_a_mailed_case_is_acknowledged_only_when_it_has_its_number(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """Opening alone mails nobody."""
    event = Event(name="item_opened", change=make.mail(), part="mail:x")

    assert rules.hub_react(make.item(), event, make.context()) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"contact_email": ""}, "no mail address"),
        ({"contact_email": "service@vendor.example"}, "our own"),
        ({"undeliverable": ["chen@pku.edu.cn"]}, "bounces"),
        ({"channel": "fax"}, "no acknowledgement by mail"),
    ],
)
def test_who_can_not_be_mailed_is_not_mailed_and_it_is_said_why(
    rules: NoticeRules, make: SimpleNamespace, fields: dict[str, object], reason: str
) -> None:
    """The journal keeps why no mail went out."""
    actions = rules.hub_react(make.item(**fields), RECORDED, make.context())

    assert make.effects(actions, SendReply) == []
    assert any(reason in note for note in make.notes(actions))


def _comment(make: SimpleNamespace, name: str = "comment_added", **kind: object) -> Event:
    change = make.comment("crm", "请重启服务", **{"public": True, "actor": STAFF, **kind})
    return Event(name=name, change=change, part=f"comment:{change.ref}")


def test_a_handlers_public_comment_is_mailed_to_the_customer(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """It is a person's answer, in the customer's thread."""
    actions = rules.hub_react(make.item(), _comment(make), make.context())

    (mail,) = make.effects(actions, SendReply)
    assert "请重启服务" in mail.text.text
    assert "王磊" in mail.text.text
    assert not mail.automatic
    assert make.sets(actions) == {"answered": ["crm:case_comment:7"]}


@pytest.mark.parametrize(
    "kind",
    [{"public": False}, {"actor": "chen@pku.edu.cn"}, {"key": "k1"}],
    ids=["internal", "by the customer", "made by the hub"],
)
def test_other_comments_are_not_mailed(
    rules: NoticeRules, make: SimpleNamespace, kind: dict[str, object]
) -> None:
    """Internal text, the customer's own words and copies never go out."""
    assert rules.hub_react(make.item(), _comment(make, **kind), make.context()) == []


def test_what_rnd_writes_is_not_mailed(rules: NoticeRules, make: SimpleNamespace) -> None:
    """The engineer answers the customer, not R&D."""
    change = make.comment("rnd", "fixed", public=True, actor="dev@x.example")
    event = Event(name="comment_added", change=change, part=f"comment:{change.ref}")

    assert rules.hub_react(make.item(), event, make.context()) == []


def test_an_internal_comment_that_is_published_later_is_mailed_once(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """Publishing is a person's act; further edits are not mailed again."""
    published = _comment(make, "comment_changed")
    first = rules.hub_react(make.item(), published, make.context())
    item = make.item(**make.sets(first))

    second = rules.hub_react(item, published, make.context())

    assert len(make.effects(first, SendReply)) == 1
    assert make.effects(second, SendReply) == []
    assert len(make.notes(second)) == 1


def test_a_customers_further_mail_is_told_to_handler_and_account_manager(
    rules: NoticeRules, make: SimpleNamespace
) -> None:
    """Automatic mail and colleagues' mail is not."""
    event = Event(name="mail_received", change=make.mail(text="还没好吗"), part="mail:x")
    silent = [make.mail(auto="bounce"), make.mail("zhang.min@vendor.example")]

    told = make.effects(rules.hub_react(make.item(), event, make.context()), SendNotice)

    assert [notice.to[0] for notice in told] == [STAFF, "li.qiang@vendor.example"]
    for mail in silent:
        quiet = Event(name="mail_received", change=mail, part="mail:x")
        assert rules.hub_react(make.item(), quiet, make.context()) == []


def test_a_change_besides_the_state_mails_nobody(rules: NoticeRules, make: SimpleNamespace) -> None:
    """An edit of a solved case is not news to the customer."""
    event = Event(name="fields_changed", before={"severity": "normal"})

    assert rules.hub_react(make.item(state="resolved"), event, make.context()) is None


def test_a_conflict_is_put_on_a_persons_desk(rules: NoticeRules, make: SimpleNamespace) -> None:
    """Both values are shown to the desk and the handler."""
    event = Event(name="conflict", data={"field": "subject", "ours": "a", "theirs": "b"})

    notices = make.effects(rules.hub_react(make.item(), event, make.context()), SendNotice)

    assert [notice.to[0] for notice in notices] == ["zhang.min@vendor.example", STAFF]
    assert "“a”" in notices[0].text.text
