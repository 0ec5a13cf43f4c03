"""Machines' mails: auto-replies, lists, bounces, our own (M18, M19)."""

from __future__ import annotations

from typing import Any

import pytest


def mail(*lines: str, body: str = "text") -> bytes:
    """Build a mail from header lines."""
    head = "\r\n".join(lines)
    names = [line.split(":")[0].lower() for line in lines]
    if "from" not in names:
        head = "From: li@pku.edu.cn\r\n" + head
    if "subject" not in names:
        head += "\r\nSubject: x"
    return f"{head}\r\n\r\n{body}".encode()


@pytest.mark.parametrize(
    ("lines", "auto"),
    [
        (["To: service@vendor.example"], ""),
        (["Auto-Submitted: no"], ""),
        (["Subject: Re: 自动回复功能坏了"], ""),
        (["Auto-Submitted: auto-replied"], "auto_reply"),
        (["Auto-Submitted: auto-generated; x=y"], "auto_reply"),
        (["Return-Path: <>"], "auto_reply"),
        (["X-Autoreply: yes"], "auto_reply"),
        (["X-Auto-Response-Suppress: All"], "auto_reply"),
        (["Precedence: auto_reply"], "auto_reply"),
        (["Subject: 自动回复：登录"], "auto_reply"),
        (["Subject: Automatic reply: login"], "auto_reply"),
        (["Subject: Out of Office: login"], "auto_reply"),
        (["Precedence: bulk"], "list"),
        (["Precedence: junk"], "list"),
        (["List-Id: <users.example.org>"], "list"),
        (["From: service@vendor.example"], "own"),
        (["From: 服务台 <Service@Vendor.example>", "Auto-Submitted: auto-generated"], "own"),
        (["Message-ID: <hub.k1@vendor.example>"], "own"),
        (["Message-ID: <hub-0123@vendor.example>"], "own"),
        (["Message-ID: <hub.k1@elsewhere.example>"], ""),
        (["From: MAILER-DAEMON@x.cn", "Subject: 系统退信"], "bounce"),
        (["Return-Path: <>", "Subject: Undelivered Mail Returned to Sender"], "bounce"),
        (["Subject: 退信 的处理办法"], ""),
    ],
)
def test_the_kind_of_writer_is_told(read: Any, lines: list[str], auto: str) -> None:
    """A machine is known by its marks, a person's mail has none."""
    assert auto == read(mail(*lines)).fields["auto"]


def test_a_read_receipt_is_automatic(read: Any) -> None:
    """A disposition notification is no answer of a person."""
    raw = mail('Content-Type: multipart/report; report-type=disposition-notification; boundary="b"')

    assert read(raw).fields["auto"] == "auto_reply"


def report(action: str = "failed", headers_only: bool = True) -> bytes:
    """Build a delivery status notification."""
    returned = (
        "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <hub.k9@vendor.example>\r\n"
        if headers_only
        else "Content-Type: message/rfc822\r\n\r\nMessage-ID: <hub.k9@vendor.example>\r\n"
        "Subject: ours\r\n\r\nbody\r\n"
    )
    return mail(
        "From: Mail Delivery System <mailer-daemon@qq.com>",
        "Subject: Undelivered",
        "Auto-Submitted: auto-replied",
        "References: <older@vendor.example>",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        body=(
            "--b\r\nContent-Type: text/plain\r\n\r\nsorry\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; qq.com\r\n\r\n"
            "Final-Recipient: rfc822; good@qq.com\r\nAction: delivered\r\nStatus: 2.0.0\r\n\r\n"
            f"Final-Recipient: rfc822; Gone@QQ.com\r\nAction: {action}\r\nStatus: 5.1.1 (x)\r\n"
            f"\r\n--b\r\n{returned}\r\n--b--\r\n"
        ),
    )


@pytest.mark.parametrize("headers_only", [True, False])
def test_a_bounce_names_recipient_status_and_the_returned_mail(
    read: Any, headers_only: bool
) -> None:
    """A delivery status notification says which of our mails failed, for whom, and why."""
    change = read(report(headers_only=headers_only))

    assert change.fields["auto"] == "bounce"
    assert change.fields["bounce_recipient"] == "gone@qq.com"
    assert change.fields["bounce_status"] == "5.1.1"
    assert change.mentions[0] == "message-id:hub.k9@vendor.example"


def test_a_delay_is_no_failure(read: Any) -> None:
    """`Action: delayed` tells that the server is still trying."""
    raw = report("delayed").replace(b"Action: delivered", b"Action: delayed")

    assert read(raw).fields["auto"] == "auto_reply"


def test_a_bounce_in_plain_words_is_read_too(read: Any) -> None:
    """Some servers write their bounces as plain text."""
    raw = mail(
        "From: postmaster@163.com",
        "Subject: =?utf-8?B?57O757uf6YCA5L+h?=",
        body=(
            "无法投递到 gone@163.com\n550 5.2.1 User suspended\n\n"
            "Message-ID: <hub.k3@vendor.example>"
        ),
    )

    change = read(raw)

    assert change.fields["auto"] == "bounce"
    assert (
        change.fields["bounce_recipient"],
        change.fields["bounce_status"],
    ) == ("gone@163.com", "5.2.1")
    assert change.mentions[0] == "message-id:hub.k3@vendor.example"


def test_a_forged_mail_of_ours_carries_no_key(read: Any) -> None:
    """Who repeats our Message-ID from outside is not taken for our own echo."""
    change = read(mail("From: evil@x.cn", "Message-ID: <hub.k1@vendor.example>"))

    assert (change.fields["auto"], change.key) == ("own", "")
