"""The emulator's SMTP, its faults, and what its people do."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import Any

import pytest

SERVICE = "service@vendor.example"


def letter(to: str = "li@pku.edu.cn", sender: str = SERVICE) -> EmailMessage:
    """Write a mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, "x"
    message.set_content("text\n")
    return message


def client(post: Any, *, login: bool = True) -> smtplib.SMTP:
    """Connect as a stranger."""
    opened = smtplib.SMTP(post.at["smtp_host"], post.at["smtp_port"], timeout=10)
    if login:
        opened.login(post.at["user"], post.at["password"])
    return opened


def test_the_server_says_what_it_can(post: Any) -> None:
    """SIZE, AUTH, STARTTLS and SMTPUTF8 are offered."""
    with client(post) as smtp:
        offered = {name for name in ("size", "auth", "starttls", "smtputf8") if smtp.has_extn(name)}

    assert {"size", "auth", "starttls", "smtputf8"} == offered


def test_a_mail_is_delivered_with_its_trace(post: Any) -> None:
    """Each recipient gets a copy in a mailbox of his own; Bcc shows nowhere."""
    with client(post) as smtp:
        smtp.send_message(
            letter("li@pku.edu.cn, wang@pku.edu.cn"), to_addrs=["li@pku.edu.cn", "b@c.cn"]
        )

    raw = post.sandbox._store.account("b@c.cn").find("INBOX").messages[0].raw
    assert raw.startswith(b"Return-Path: <service@vendor.example>\r\nDelivered-To: b@c.cn\r\n")
    assert b"Received: from" in raw


def test_outsiders_reach_the_service_alone(post: Any) -> None:
    """Without a login, mail goes to our own domain; elsewhere relaying is denied."""
    with client(post, login=False) as smtp:
        smtp.send_message(letter(SERVICE, "li@pku.edu.cn"))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.send_message(letter("other@elsewhere.cn", "li@pku.edu.cn"))

    assert len(post.mails()) == 1


def test_a_wrong_password_is_refused(post: Any) -> None:
    """535, as the world's servers say it."""
    with client(post, login=False) as smtp, pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login(post.at["user"], "wrong")


def test_partial_refusals_name_the_refused(post: Any) -> None:
    """One of two recipients is refused; the mail goes to the other (M22)."""
    with client(post) as smtp:
        refused = smtp.send_message(letter("li@pku.edu.cn, x@gone.invalid"))

    assert list(refused) == ["x@gone.invalid"]
    assert len(post.mails("li@pku.edu.cn")) == 1


def test_a_mail_over_the_size_is_refused(post: Any) -> None:
    """SIZE is meant."""
    with client(post) as smtp:
        code, _ = smtp.mail(SERVICE, [f"SIZE={100 * 1024 * 1024}"])

    assert code == 552


@pytest.mark.parametrize(("kind", "delivered"), [("drop_before", 0), ("drop_after", 1)])
def test_a_cut_line_lost_the_mail_or_only_the_answer(post: Any, kind: str, delivered: int) -> None:
    """Before the effect nothing happened; after it, all but the answer did."""
    post.fault(kind, "SMTP DATA")
    smtp = client(post)

    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.send_message(letter())
    smtp.close()

    assert delivered == len(post.mails("li@pku.edu.cn"))


def test_a_customer_answers_with_quotation(post: Any, make_reply: Any) -> None:
    """The act `reply` writes what mail programs write."""
    post.connector().apply([make_reply("k", "li@pku.edu.cn", text="请问版本？")])

    for style in ("gmail", "qq", "outlook"):
        post.sandbox.act(
            "reply",
            {"mailbox": "li@pku.edu.cn", "text": "5.2 版", "style": style, "charset": "gb18030"},
        )

    changes = post.connector().poll(None).changes
    assert [change.text.text for change in changes] == ["5.2 版"] * 3
    assert {"message-id:hub.k@vendor.example"} == {change.mentions[0] for change in changes}
    assert all("请问版本" in mail["text"] for mail in post.mails())


def test_a_bounce_comes_back(post: Any, make_reply: Any) -> None:
    """The act `bounce` returns a mail of ours as a server would."""
    post.connector().apply([make_reply("k7", "gone@qq.com")])

    post.sandbox.act("bounce", {"message_id": "hub.k7@vendor.example", "status": "5.2.2"})

    (change,) = post.connector().poll(None).changes
    assert tuple(change.fields[name] for name in ("auto", "bounce_recipient", "bounce_status")) == (
        "bounce",
        "gone@qq.com",
        "5.2.2",
    )
    assert change.mentions[0] == "message-id:hub.k7@vendor.example"


def test_acts_say_what_is_wrong(post: Any) -> None:
    """An unknown act, a missing argument, a mail that is not there."""
    for action, arguments in [
        ("dance", {}),
        ("deliver", {}),
        ("reply", {"mailbox": "nobody@x.cn", "text": "x"}),
        ("bounce", {"message_id": "none@x"}),
        ("flag", {"uid": 9, "flags": []}),
    ]:
        with pytest.raises(ValueError, match=r"unknown|needs|no "):
            post.sandbox.act(action, arguments)


def test_records_tell_what_each_mailbox_holds(post: Any, make_reply: Any) -> None:
    """The emulator's content, for comparing and showing."""
    post.deliver(message_id="<m@x>", in_reply_to="<n@x>")
    post.connector(imap={"sent_folder": "Sent"}).apply([make_reply()])

    records = post.sandbox.records()

    assert {SERVICE, f"{SERVICE}/Sent", "li@pku.edu.cn"} == set(records)
    (mail,) = records[SERVICE]
    assert tuple(
        mail[name]
        for name in ("subject", "from", "to", "message_id", "in_reply_to", "references", "text")
    ) == ("登录", "li@pku.edu.cn", SERVICE, "m@x", "n@x", ["n@x"], "不能登录")


def test_a_sandbox_stops_and_starts_on_its_ports(post: Any) -> None:
    """Stopping twice is fine, and frees the ports."""
    post.sandbox.stop()
    post.sandbox.stop()

    with pytest.raises(OSError, match="refused"):
        client(post, login=False)


def test_many_mails_are_loaded_at_once(post: Any) -> None:
    """The act `load`, for tests that need a full mailbox."""
    mails = [{"from": "li@pku.edu.cn", "subject": f"{n}", "text": "x"} for n in range(2000)]

    assert post.sandbox.act("load", {"mails": mails}) == {"loaded": 2000}
    assert [mail["subject"] for mail in post.mails()][-2:] == ["1998", "1999"]
