"""Facts about intake: which mails and records open a case, join one, or are left alone."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from hub.handbook import Handbook
from hub.models import Change, Context, Fields, Ignored, Opening, PublicText, Record, Ref
from hub.rules.intake import IntakeRules

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def rules(handbook: Handbook) -> IntakeRules:
    """Give the rules under test."""
    return IntakeRules(handbook)


def _opening(rules: IntakeRules, change: Change, context: Context) -> Opening:
    answer = rules.hub_open_item(change, context)
    assert isinstance(answer, Opening)
    return answer


def _ignored(rules: IntakeRules, change: Change, context: Context) -> str:
    answer = rules.hub_open_item(change, context)
    assert isinstance(answer, Ignored)
    return answer.why.rule


def test_a_customers_mail_opens_a_case_with_its_customer(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """Contact, account and account manager come from the CRM's records."""
    context = make.context(make.contact("003A", "chen@pku.edu.cn"), make.account())

    opening = _opening(rules, make.mail(subject="Re: 回复：登录 [#ABCDEFGHJKLMNPQR]"), context)

    expected = {
        "state": "new", "channel": "mail", "subject": "登录", "contact": "003A",
        "contact_name": "陈老师", "contact_phone": "010-6275", "account": "001A",
        "customer_name": "北京大学", "account_manager": "li.qiang@vendor.example",
        "customer_status": "formal", "thread": ["<2@pku.edu.cn>"],
    }  # fmt: skip
    assert {name: opening.fields.get(name) for name in expected} == expected
    assert opening.part == "mail:<2@pku.edu.cn>"
    assert (opening.why.rule, opening.why.inputs["match"]) == ("mail_opens_case", "contact")


def test_an_unknown_address_is_matched_by_its_domain(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """A new colleague of a known customer is a formal customer at once."""
    opening = _opening(rules, make.mail("new@pku.edu.cn"), make.context(make.account()))

    assert opening.fields["customer_name"] == "北京大学"
    assert opening.fields["customer_status"] == "formal"
    assert "contact" not in opening.fields


def test_a_free_mail_domain_says_nothing_about_the_customer(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """An account with qq.com as its domain does not own all senders there."""
    context = make.context(make.account(domain="qq.com"))

    opening = _opening(rules, make.mail("someone@qq.com"), context)

    assert opening.fields["customer_status"] == "unknown"


def test_an_unknown_sender_goes_to_the_desk_with_a_reason(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """Nobody is dropped: the case is opened and says what has to be found out."""
    opening = _opening(rules, make.mail("who@nowhere.example"), make.context())

    assert opening.fields["customer_status"] == "unknown"
    assert "没有该发件人" in str(opening.fields["desk_reason"])


def test_several_contacts_with_one_address_go_to_the_desk(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """Who of them wrote is for a person to say; the account they share is known."""
    mail = "office@pku.edu.cn"
    context = make.context(make.contact("003A", mail), make.contact("003B", mail), make.account())

    opening = _opening(rules, make.mail(mail), context)

    assert opening.fields["customer_status"] == "unknown"
    assert "contact" not in opening.fields
    assert opening.fields["account"] == "001A"


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"contract_no": "试用-2026"}, "trial"),
        ({"service_until": "2026-03-01"}, "expired"),
        ({"service_until": "2026-03-02"}, "formal"),
        ({"service_until": "not a date", "contract_no": None}, "formal"),
    ],
)
def test_the_account_decides_what_a_customer_is(
    rules: IntakeRules, make: SimpleNamespace, fields: dict[str, object], status: str
) -> None:
    """Trial and expired customers are recognised; the last day of service still counts."""
    opening = _opening(rules, make.mail(), make.context(make.account(**fields)))

    assert opening.fields["customer_status"] == status


@pytest.mark.parametrize("auto", ["auto_reply", "list", "own"])
def test_automatic_mail_opens_nothing(rules: IntakeRules, make: SimpleNamespace, auto: str) -> None:
    """Not even if it mentions a case: nothing may answer it."""
    context = make.context(related=[make.item()])

    assert _ignored(rules, make.mail(auto=auto), context) == "ignore_automatic"


def test_our_own_mail_opens_nothing(rules: IntakeRules, make: SimpleNamespace) -> None:
    """A copy of what we sent is no customer."""
    mail = make.mail("Service@vendor.example")

    assert _ignored(rules, mail, make.context()) == "ignore_automatic"


def test_a_bounce_joins_the_case_whose_mail_came_back(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """It is noted there; a bounce of foreign mail is left alone."""
    bounce = make.mail("mailer-daemon@x.example", auto="bounce", bounce_recipient="a@b.c")

    joined = _opening(rules, bounce, make.context(related=[make.item()]))

    assert joined.join == "ABCDEFGHJKLMNPQR"
    assert _ignored(rules, bounce, make.context()) == "bounce_marks"


@pytest.mark.parametrize(
    ("sender", "because"),
    [
        ("chen@pku.edu.cn", "has taken part before"),
        ("CHEN@pku.edu.cn", "has taken part before"),
        ("copied@tsinghua.edu.cn", "has taken part before"),
        ("dean@pku.edu.cn", "of the same domain pku.edu.cn"),
        ("wang.lei@vendor.example", "a colleague"),
        ("private@qq.com", "of the same customer"),
    ],
)
def test_an_answer_joins_its_case_if_its_sender_belongs_to_it(
    rules: IntakeRules, make: SimpleNamespace, sender: str, because: str
) -> None:
    """Contact, earlier participants, colleagues and the customer's own people belong."""
    item = make.item(participants=["chen@pku.edu.cn", "copied@tsinghua.edu.cn"])
    records = [make.contact("003Q", "private@qq.com"), make.account()]

    opening = _opening(rules, make.mail(sender), make.context(*records, related=[item]))

    assert opening.join == item.id
    assert opening.why.inputs["sender"] == because


def test_a_stranger_who_cites_a_case_gets_a_case_of_their_own(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """A guessed or forwarded tag opens nobody's case to strangers."""
    mail = make.mail("evil@elsewhere.example", subject="x [#ABCDEFGHJKLMNPQR]")

    opening = _opening(rules, mail, make.context(related=[make.item()]))

    assert (opening.join, opening.why.rule) == ("", "stranger_opens_case")
    assert opening.fields["subject"] == "x"
    assert opening.why.inputs["mentions"] == "ABCDEFGHJKLMNPQR"


def test_neighbours_at_a_free_mail_provider_are_strangers(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """The same qq.com is not the same customer."""
    item = make.item(contact_email="a@qq.com", participants=["a@qq.com"], account="")

    opening = _opening(rules, make.mail("b@qq.com"), make.context(related=[item]))

    assert opening.join == ""


@pytest.mark.parametrize(
    ("closed", "joins"), [("2026-02-10T02:00:00+00:00", True), ("2026-02-09T02:00:00+00:00", False)]
)
def test_a_closed_case_can_be_reopened_for_a_while(
    rules: IntakeRules, make: SimpleNamespace, closed: str, joins: bool
) -> None:
    """Ten working days, holidays left out; then an answer opens a new case, and says so."""
    item = make.item(state="closed", closed_at=closed)

    opening = _opening(rules, make.mail(), make.context(related=[item]))

    assert bool(opening.join) is joins
    assert opening.why.rule == ("join_by_sender" if joins else "reopen_window")


def test_who_is_put_in_copy_may_answer_later(rules: IntakeRules, make: SimpleNamespace) -> None:
    """Copies count as participants, colleagues apart; the thread goes on."""
    mail = make.mail(cc=["Dean@tsinghua.edu.cn", "wang.lei@vendor.example"])

    opening = _opening(rules, mail, make.context(related=[make.item()]))

    assert opening.fields["participants"] == ["chen@pku.edu.cn", "dean@tsinghua.edu.cn"]
    assert opening.fields["thread"] == ["<1@pku.edu.cn>", "<2@pku.edu.cn>"]


def test_a_colleagues_mail_without_a_case_opens_nothing(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """Colleagues record cases in the CRM."""
    mail = make.mail("zhang.min@vendor.example")

    assert _ignored(rules, mail, make.context()) == "ignore_staff"


def test_a_mail_without_subject_and_sender_still_opens_a_case(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """What can not be answered can still be looked at by the desk."""
    mail = make.mail("", text=" ", subject="", from_name=None, message_id="")

    opening = _opening(rules, mail, make.context())

    assert opening.fields["subject"] == "（无主题）"
    assert opening.fields["description"] == "（无主题）"
    assert "contact_email" not in opening.fields


def test_a_case_entered_in_the_crm_is_taken_up(rules: IntakeRules, make: SimpleNamespace) -> None:
    """Its record is the case; its customer's standing comes from the account."""
    change = make.case(account="001A", contact_email="Chen@pku.edu.cn")

    opening = _opening(rules, change, make.context(make.account()))

    assert (opening.part, opening.why.rule) == ("case", "crm_case_opens")
    assert opening.fields["customer_status"] == "formal"
    assert opening.fields["language"] == "zh"
    assert opening.fields["participants"] == ["chen@pku.edu.cn"]


def test_a_case_that_was_closed_before_the_hub_came_is_left_alone(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """The first census does not mail yesteryear's customers."""
    assert _ignored(rules, make.case(closed=True), make.context()) == "closed_when_first_seen"


def test_a_comment_joins_its_records_item(rules: IntakeRules, make: SimpleNamespace) -> None:
    """Whatever system it stands in, it is a part named by its own address."""
    comment = make.comment("rnd", "fixed")

    opening = _opening(rules, comment, make.context(related=[make.item()]))

    assert (opening.join, opening.part) == ("ABCDEFGHJKLMNPQR", "comment:rnd:comment:7")


def test_what_jira_holds_besides_is_left_alone(rules: IntakeRules, make: SimpleNamespace) -> None:
    """Issues and comments of R&D's own work open nothing."""
    issue = Change(ref=Ref("rnd", "issue", "10002"), version="1", seen_at=make.now)

    assert _ignored(rules, issue, make.context()) == "unlinked_rnd"
    assert _ignored(rules, make.comment("rnd", "x"), make.context()) == "unlinked_rnd"


def test_a_comment_of_an_unknown_case_is_left_alone(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """Its reason is kept."""
    assert _ignored(rules, make.comment("crm", "x"), make.context()) == "nothing_follows"


def test_other_systems_records_are_for_other_plugins(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """The rules leave open what they know nothing of."""
    change = Change(ref=Ref("erp", "order", "1"), version="1", seen_at=make.now)

    assert rules.hub_open_item(change, make.context()) is None


def test_a_mail_of_any_length_opens_a_case_that_the_systems_take(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """What is too long is shortened, and says so; nobody is left without a case."""
    mail = make.mail(text="很长的文字。" * 30_000, subject="x" * 5_000, from_name="陈" * 500)

    opening = _opening(rules, mail, make.context())

    subject, description = str(opening.fields["subject"]), str(opening.fields["description"])
    assert len(str(opening.fields["contact_name"])) == 80
    assert (240, "…") == (len(subject), subject[-1])
    assert len(description) == 20_000
    assert description.endswith("……（过长，其余从略，全文见原文）")


def _submission(actor: str = "", **fields: object) -> Change:
    given: Fields = {
        "channel": "platform", "subject": "教师无法登录", "customer_name": "北京大学",
        "contact_name": "陈晓", "contact_email": "Chen@pku.edu.cn", "language": "zh",
    }  # fmt: skip
    given |= fields  # type: ignore[arg-type]
    ref = Ref("hub", "submission", "AB-12")
    text = PublicText("提示 502")
    return Change(ref=ref, version="1", seen_at=NOW, fields=given, text=text, actor=actor)


def test_what_a_customer_hands_in_opens_a_case_of_their_channel(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """Whose it is the CRM says; who they are and how to call them, they say themselves."""
    context = make.context(make.contact("003A", "chen@pku.edu.cn"), make.account())

    opening = _opening(rules, _submission(contact_phone="010-1"), context)

    expected = {
        "state": "new", "channel": "platform", "subject": "教师无法登录", "account": "001A",
        "description": "提示 502", "contact": "003A", "contact_name": "陈晓",
        "contact_phone": "010-1", "contact_email": "chen@pku.edu.cn", "customer_status": "formal",
        "participants": ["chen@pku.edu.cn"],
    }  # fmt: skip
    assert {name: opening.fields.get(name) for name in expected} == expected
    assert (opening.part, opening.why.rule) == ("submission:AB-12", "submitted")


def test_a_name_alone_says_whose_case_it_is_only_from_a_colleague(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """A stranger can write any customer's name into a form."""
    account = make.account()
    named = Record(ref=account.ref, fields=account.fields, aliases=("name:北京大学",))
    call = {"channel": "hotline", "contact_email": None}

    entered = _opening(rules, _submission("zhang.min", **call), make.context(named))
    claimed = _opening(rules, _submission(**call), make.context(named))

    assert (entered.fields["account"], entered.fields["customer_status"]) == ("001A", "formal")
    assert claimed.fields["customer_status"] == "unknown"
    assert "account" not in claimed.fields


def test_a_submission_without_a_subject_takes_its_first_words(
    rules: IntakeRules, make: SimpleNamespace
) -> None:
    """Every case has a subject by which people know it."""
    opening = _opening(rules, _submission(subject=None), make.context())

    assert opening.fields["subject"] == "提示 502"
