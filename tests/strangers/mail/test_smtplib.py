"""The mail emulator under Python's smtplib: extensions, refusals, notifications."""

from __future__ import annotations

import email
import email.policy
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest


@pytest.fixture
def client(service: Any) -> Iterator[smtplib.SMTP]:
    """Give a client that is logged in over TLS."""
    with smtplib.SMTP(service.at["smtp_host"], service.at["smtp_port"], timeout=10) as made:
        made.starttls(context=service.trust)
        made.login(service.at["user"], service.at["password"])
        yield made


def mail(subject: str = "登录", to: str = "li@pku.edu.cn") -> EmailMessage:
    """Write a mail."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "service@vendor.example", to, subject
    made.set_content("不能登录")
    return made


def notification(service: Any) -> dict[str, str]:
    """Give the fields of the last notification that the service got, and what it returned."""
    account = service.sandbox._store.account("service@vendor.example")
    raw = account.find("INBOX").messages[-1].raw
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert parsed.get_content_type() == "multipart/report"
    _, status, returned = parsed.iter_parts()
    fields = {k: str(v) for block in status.iter_parts() for k, v in block.items()}
    return {**fields, "returned": returned.get_content_type(), "to": str(parsed["to"])}


def test_what_is_offered_is_kept(client: smtplib.SMTP) -> None:
    """Extensions that clients look for."""
    client.ehlo()

    for name in ("size", "8bitmime", "smtputf8", "dsn", "pipelining", "enhancedstatuscodes"):
        assert client.has_extn(name), name
    assert not client.has_extn("starttls")
    assert {"PLAIN", "LOGIN", "XOAUTH2"} <= set(client.esmtp_features["auth"].split())


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2"])
def test_it_logs_in_in_every_way(service: Any, mechanism: str) -> None:
    """And is refused with 535 in every way."""
    at = service.at
    for password, code in ((at["password"], 235), ("expired", 535)):
        with smtplib.SMTP(at["smtp_host"], at["smtp_port"], timeout=10) as one:
            one.ehlo()
            one.user, one.password = at["user"], password
            ways = {
                "PLAIN": one.auth_plain,
                "LOGIN": one.auth_login,
                "XOAUTH2": lambda challenge=None, password=password: (
                    f"user={at['user']}\1auth=Bearer {password}\1\1" if not challenge else ""
                ),
            }
            try:
                got = one.auth(mechanism, ways[mechanism])[0]  # type: ignore[arg-type]
            except smtplib.SMTPAuthenticationError as error:
                got = error.smtp_code
            assert got == code


def test_a_name_outside_ascii_needs_its_extension(service: Any, client: smtplib.SMTP) -> None:
    """SMTPUTF8 carries it; without, the recipient is refused (RFC 6531)."""
    to = "用户@例子.example"

    client.send_message(mail(to=to), to_addrs=[to], mail_options=["SMTPUTF8"])
    client.mail("service@vendor.example")
    client.putcmd("rcpt", f"TO:<{to}>".encode().decode("latin-1"))
    assert client.getreply()[0] in {501, 553}

    assert [one["subject"] for one in service.mails(to)] == ["登录"]


def test_eight_bit_bodies_arrive_as_they_were(service: Any, client: smtplib.SMTP) -> None:
    """8BITMIME; lines that begin with a dot lose nothing."""
    raw = "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n.登录\r\n..\r\n".encode()

    client.sendmail("service@vendor.example", ["li@pku.edu.cn"], raw, ["BODY=8BITMIME"])

    stored = service.sandbox._store.account("li@pku.edu.cn").find("INBOX").messages[0].raw
    assert stored.endswith(raw)


def test_some_are_refused_for_now_and_some_for_good(service: Any, client: smtplib.SMTP) -> None:
    """4xx and 5xx on demand, at each stage; the others get their mail."""
    service.fault("server_error", "SMTP RCPT busy@*", status=450, reason="mailbox busy")
    service.fault("server_error", "SMTP RCPT gone@*", status=550, reason="no such user")
    to = ["busy@a.cn", "gone@a.cn", "li@pku.edu.cn", "x@nowhere.invalid"]

    refused = client.sendmail("service@vendor.example", to, mail().as_bytes())

    assert {address: code for address, (code, _) in refused.items()} == {
        "busy@a.cn": 450,
        "gone@a.cn": 550,
        "x@nowhere.invalid": 550,
    }
    assert b"mailbox busy" in refused["busy@a.cn"][1]
    assert len(service.mails("li@pku.edu.cn")) == 1


@pytest.mark.parametrize(("verb", "status"), [("MAIL", 452), ("DATA", 554), ("DATA", 421)])
def test_each_stage_can_refuse(service: Any, client: smtplib.SMTP, verb: str, status: int) -> None:
    """With the code that was asked for."""
    service.fault("server_error", f"SMTP {verb}", status=status, times=1)

    with pytest.raises(smtplib.SMTPResponseException) as caught:
        client.sendmail("service@vendor.example", ["li@pku.edu.cn"], mail().as_bytes())

    assert caught.value.smtp_code == status
    assert service.mails("li@pku.edu.cn") == []


def test_success_is_told_if_it_was_asked_for(service: Any, client: smtplib.SMTP) -> None:
    """NOTIFY=SUCCESS with ENVID and ORCPT; the header comes back (RFC 3461)."""
    client.sendmail(
        "service@vendor.example",
        ["li@pku.edu.cn"],
        mail().as_bytes(),
        mail_options=["RET=HDRS", "ENVID=case+2B17"],
        rcpt_options=["NOTIFY=SUCCESS,FAILURE", "ORCPT=rfc822;old+2Bname@pku.edu.cn"],
    )

    told = notification(service)
    assert told["Action"] == "delivered"
    assert told["Status"] == "2.1.5"
    assert told["Original-Envelope-Id"] == "case+17"
    assert told["Original-Recipient"] == "rfc822; old+name@pku.edu.cn"
    assert told["returned"] == "text/rfc822-headers"


@pytest.mark.parametrize(
    ("kind", "notify", "action"),
    [
        ("bounce", None, "failed"),
        ("bounce", "NOTIFY=FAILURE", "failed"),
        ("bounce", "NOTIFY=NEVER", None),
        ("delay", "NOTIFY=DELAY", "delayed"),
        ("delay", "NOTIFY=SUCCESS", None),
    ],
)
def test_what_fails_after_it_was_accepted_is_told_as_asked(
    service: Any, client: smtplib.SMTP, kind: str, notify: str | None, action: str | None
) -> None:
    """A mail that bounces is not delivered; one that is late is."""
    service.fault(kind, "SMTP RCPT li@*")

    client.sendmail(
        "service@vendor.example",
        ["li@pku.edu.cn"],
        mail().as_bytes(),
        mail_options=["RET=FULL"],
        rcpt_options=[notify] if notify else [],
    )

    assert len(service.mails("li@pku.edu.cn")) == (kind == "delay")
    if action is None:
        assert service.mails() == []
    else:
        told = notification(service)
        assert (told["Action"], told["returned"]) == (action, "message/rfc822")


def test_a_notification_is_never_answered_by_another(service: Any, client: smtplib.SMTP) -> None:
    """The empty sender gets none."""
    service.fault("bounce", "SMTP RCPT li@*")

    client.sendmail("", ["li@pku.edu.cn"], mail().as_bytes())

    assert service.mails() == []
    assert service.mails("li@pku.edu.cn") == []


@pytest.mark.parametrize("option", ["NOTIFY=NEVER,SUCCESS", "NOTIFY=", "ORCPT=li", "RET=FULL"])
def test_malformed_wishes_are_refused(client: smtplib.SMTP, option: str) -> None:
    """501, and the recipient is not taken."""
    client.ehlo()
    client.mail("service@vendor.example")

    assert client.rcpt("li@pku.edu.cn", [option])[0] in {501, 555}


def test_a_mail_that_is_too_large_is_refused_before_it_is_sent(client: smtplib.SMTP) -> None:
    """By its SIZE."""
    client.ehlo()

    assert client.mail("service@vendor.example", ["SIZE=99999999999"])[0] == 552
