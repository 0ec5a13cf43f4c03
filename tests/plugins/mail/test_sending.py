"""Sending each mail once: refusals, lost answers, evidence, caps."""

from __future__ import annotations

from typing import Any

import pytest

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    InvalidPayloadError,
    PreconditionFailedError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from hub.models import Delivery, InternalText, Receipt, SendNotice

SENT = {"sent_folder": "Sent"}
LI, WANG = "li@pku.edu.cn", "wang@pku.edu.cn"


def sent(connector: Any, delivery: Delivery) -> Receipt:
    """Send a mail that must go out."""
    (outcome,) = connector.apply([delivery])
    assert isinstance(outcome, Receipt)
    return outcome


def test_a_reply_reaches_the_customer_in_his_thread(post: Any, make_reply: Any) -> None:
    """Subject, thread, sender and the mark of a machine arrive as they were meant."""
    receipt = sent(post.connector(), make_reply("k1", LI, thread=("<a@x>", "b@pku.edu.cn")))

    (mail,) = post.mails(LI)
    assert mail["subject"] == "Re: 登录 [#23456789ABCDEFGH]"
    assert mail["in_reply_to"] == "b@pku.edu.cn"
    assert mail["references"] == ["a@x", "b@pku.edu.cn"]
    assert mail["auto_submitted"] == "auto-generated"
    assert mail["text"] == "已收到\n"
    assert (f"message-id:{mail['message_id']}",) == receipt.aliases


def test_a_notice_may_hold_internal_text(post: Any) -> None:
    """Colleagues read what customers must not."""
    effect = SendNotice(to=(WANG,), subject="转交", text=InternalText("内部"))

    sent(post.connector(), Delivery(key="n1", item_id="X", effect=effect))

    assert [mail["text"] for mail in post.mails(WANG)] == ["内部\n"]


def test_the_receipt_names_the_record_that_a_copy_would_have(post: Any, make_reply: Any) -> None:
    """The blind copy that comes back is the same record, marked as ours, with its key."""
    connector = post.connector(copy_to="service@vendor.example")

    receipt = sent(connector, make_reply("key-7"))
    (copy,) = connector.poll(None).changes

    assert receipt.ref == copy.ref
    assert copy.fields["auto"] == "own"
    assert copy.key == "key-7"


def test_a_refused_recipient_does_not_keep_the_others_from_theirs(
    post: Any, make_reply: Any
) -> None:
    """A permanent refusal of some is a remark on the receipt (M22)."""
    receipt = sent(post.connector(), make_reply("k", LI, "nobody@gone.invalid"))

    assert len(post.mails(LI)) == 1
    assert "nobody@gone.invalid: 550" in receipt.note
    assert receipt.fields["refused"] == ["nobody@gone.invalid"]


@pytest.mark.parametrize("restarted", [False, True])
def test_only_who_was_put_off_is_tried_again(post: Any, make_reply: Any, restarted: bool) -> None:
    """After a passing refusal of one, the others get no second copy, also after a restart."""
    connector = post.connector(imap=SENT)
    post.fault("server_error", f"SMTP RCPT {WANG}", status=450, times=1)

    (first,) = connector.apply([make_reply("k", LI, WANG)])
    again = make_reply("k", LI, WANG, attempt=2)
    connector = post.connector(imap=SENT) if restarted else connector
    looked_up = connector.find(again)
    sent(connector, again)

    assert isinstance(first, UnavailableError)
    assert "450" in str(first)
    assert looked_up is None
    assert [len(post.mails(LI)), len(post.mails(WANG))] == [1, 1]


def test_all_refused_is_a_dead_letter(post: Any, make_reply: Any) -> None:
    """If nobody can be reached for good, it is said who and why."""
    (outcome,) = post.connector().apply([make_reply("k", "nobody@gone.invalid")])

    assert isinstance(outcome, RejectedError)
    assert "nobody@gone.invalid: 550 5.1.2 Host unknown" in str(outcome)


@pytest.mark.parametrize(
    ("operation", "status", "expected"),
    [
        ("SMTP MAIL", 451, UnavailableError),
        ("SMTP MAIL", 552, RejectedError),
        ("SMTP MAIL", 530, AuthenticationError),
        ("SMTP RCPT *", 450, UnavailableError),
        ("SMTP RCPT *", 550, RejectedError),
        ("SMTP RCPT *", 421, UnavailableError),
        ("SMTP DATA", 452, UnavailableError),
        ("SMTP DATA", 554, RejectedError),
        ("SMTP AUTH", 535, AuthenticationError),
        ("SMTP AUTH", 454, UnavailableError),
    ],
)
def test_replies_are_classed(
    post: Any, make_reply: Any, operation: str, status: int, expected: type[ConnectorError]
) -> None:
    """4xx is tried again, 5xx is for a person, refused logins pause the connector (M23)."""
    post.fault("server_error", operation, status=status)

    (outcome,) = post.connector().apply([make_reply()])

    assert expected is type(outcome)
    assert post.at["password"] not in str(outcome)
    assert post.mails(LI) == []


def test_a_line_lost_before_the_dot_was_not_sent(post: Any, make_reply: Any) -> None:
    """What broke before the mail was handed over is known not to be sent, also by `find`."""
    post.fault("drop_before", "SMTP MAIL", times=1)
    connector = post.connector()

    (outcome,) = connector.apply([make_reply()])

    assert isinstance(outcome, UnavailableError)
    assert connector.find(make_reply(attempt=2)) is None
    sent(connector, make_reply(attempt=2))
    assert len(post.mails(LI)) == 1


def test_a_line_lost_after_the_dot_is_unknown(post: Any, make_reply: Any) -> None:
    """Accepted or not: nobody can say, so it is not simply tried again (M23)."""
    post.fault("drop_after", "SMTP DATA", times=1)

    (outcome,) = post.connector().apply([make_reply()])

    assert isinstance(outcome, DeadlineExceededError)
    assert len(post.mails(LI)) == 1


@pytest.mark.parametrize("lost", ["drop_after", "drop_before"])
def test_the_blind_copy_proves_what_became_of_a_mail(post: Any, make_reply: Any, lost: str) -> None:
    """With a blind copy to ourselves, a lost answer is cleared up: exactly one mail goes out."""
    evident = {"copy_to": "service@vendor.example"}
    post.fault(lost, "SMTP DATA", times=1)
    post.connector(**evident).apply([make_reply()])
    restarted = post.connector(**evident)

    found = restarted.find(make_reply(attempt=2))
    if found is None:
        sent(restarted, make_reply(attempt=2))

    assert (lost == "drop_after") == (found is not None)
    assert len(post.mails(LI)) == 1


def test_a_copy_may_take_its_time(post: Any, make_reply: Any) -> None:
    """Shortly after sending, the absence of the copy is not believed yet."""
    connector = post.connector(copy_to="service@vendor.example", lookup_seconds=60.0)

    with pytest.raises(UnavailableError):
        connector.find(make_reply())


def test_a_saved_copy_is_found_after_a_crash(post: Any, make_reply: Any) -> None:
    """The copy in the sent folder says that the mail went out."""
    receipt = sent(post.connector(imap=SENT), make_reply())

    found = post.connector(imap=SENT).find(make_reply(attempt=2))

    assert found is not None
    assert found.found
    assert receipt.ref == found.ref
    assert post.mails("service@vendor.example/Sent")[0]["flags"] == ["\\Seen"]


@pytest.mark.parametrize(("policy", "uncertain"), [("hold", True), ("resend", None)])
def test_what_nobody_can_know_is_decided_by_policy(
    post: Any, make_reply: Any, policy: str, uncertain: bool | None
) -> None:
    """Without evidence a mail is held as perhaps sent, or sent again, as the settings say."""
    post.fault("drop_after", "SMTP DATA", times=1)
    connector = post.connector(uncertain=policy)
    connector.apply([make_reply()])

    found = connector.find(make_reply(attempt=2))

    assert uncertain == (found.uncertain if found else None)
    assert found is None or "perhaps sent" in found.note


def test_a_copy_that_can_not_be_kept_is_a_remark(post: Any, make_reply: Any) -> None:
    """The mail is sent; a full sent folder does not make it fail."""
    post.fault("server_error", "IMAP APPEND")

    receipt = sent(post.connector(imap=SENT), make_reply())

    assert "copy could not be kept" in receipt.note
    assert len(post.mails(LI)) == 1


def test_one_bad_mail_of_a_batch_fails_alone(post: Any, make_reply: Any) -> None:
    """Each delivery has its own outcome, also when the connection broke between them."""
    post.fault("drop_before", "SMTP DATA", skip=1, times=1)
    batch = [make_reply("a"), make_reply("b"), make_reply("c", "no address"), make_reply("d")]

    outcomes = post.connector().apply(batch)

    kinds = [Receipt, DeadlineExceededError, InvalidPayloadError, Receipt]
    assert kinds == [type(outcome) for outcome in outcomes]
    assert len(post.mails(LI)) == 2


def test_the_providers_hourly_limit_is_kept(post: Any, make_reply: Any) -> None:
    """What exceeds the limit waits until the hour is over."""
    connector = post.connector(limits={"sends_per_hour": 2})

    outcomes = connector.apply([make_reply(f"k{n}", f"c{n}@x.cn") for n in range(3)])

    assert [Receipt, Receipt, RateLimitedError] == [type(outcome) for outcome in outcomes]
    assert 0 < outcomes[2].retry_after <= 3600


def test_two_robots_do_not_write_to_one_another_for_ever(post: Any, make_reply: Any) -> None:
    """Automatic mails to one recipient are capped; a person's answer is not (M18)."""
    connector = post.connector(limits={"automatic_per_recipient_per_hour": 2})

    outcomes = connector.apply([make_reply(f"k{n}") for n in range(3)])
    by_hand = connector.apply([make_reply("hand", automatic=False)])

    assert [Receipt, Receipt, PreconditionFailedError] == [type(outcome) for outcome in outcomes]
    assert [Receipt] == [type(outcome) for outcome in by_hand]


def test_failed_tries_do_not_count_as_sent(post: Any, make_reply: Any) -> None:
    """A server that is down for an hour does not use up the caps."""
    connector = post.connector(limits={"automatic_per_recipient_per_hour": 2, "sends_per_hour": 2})
    post.fault("server_error", "SMTP MAIL", status=451)
    for _ in range(4):
        connector.apply([make_reply()])
    post.sandbox.faults.clear()

    sent(connector, make_reply())
    assert len(post.mails(LI)) == 1


def test_a_server_that_is_away_is_tried_once_for_a_batch(post: Any, make_reply: Any) -> None:
    """Each delivery has its error; the server is not knocked at for each of them."""
    post.fault("drop_before", "SMTP EHLO")

    outcomes = post.connector().apply([make_reply("a"), make_reply("b"), make_reply("c")])

    assert [type(outcome) for outcome in outcomes] == [UnavailableError] * 3
    assert post.sandbox.faults.listing()[0]["struck"] == 1


def test_a_chinese_address_travels_by_smtputf8(post: Any, make_reply: Any) -> None:
    """A local part outside ASCII needs SMTPUTF8; a domain outside ASCII is encoded (M24)."""
    sent(post.connector(), make_reply("k", "李@pku.edu.cn", "wang@大学.example"))

    assert len(post.mails("李@pku.edu.cn")) == 1
    assert len(post.mails("wang@xn--pss25c.example")) == 1


def test_lines_that_are_a_dot_arrive_as_they_were(post: Any, make_reply: Any) -> None:
    """A line of one dot does not end the mail."""
    sent(post.connector(), make_reply(text="a\n.\n..b\n.c"))

    assert post.mails(LI)[0]["text"] == "a\n.\n..b\n.c\n"


def test_sending_works_over_starttls(post: Any, make_reply: Any) -> None:
    """The usual way of submission."""
    sent(post.connector(smtp={"tls": "starttls"}), make_reply())

    assert len(post.mails(LI)) == 1
