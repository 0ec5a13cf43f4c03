"""Charsets and header fields as mails really carry them (M8–M12, M14)."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest
from hub_mail import headers
from hub_mail.charsets import decode, scrub


def mail(head: str | bytes, body: str | bytes = b"text", charset: str = "utf-8") -> bytes:
    """Build a mail from header lines and a body."""
    raw = head if isinstance(head, bytes) else head.encode(charset)
    text = body if isinstance(body, bytes) else body.encode(charset)
    return raw.replace(b"\n", b"\r\n") + b"\r\n\r\n" + text


@pytest.mark.parametrize(
    ("raw", "label", "text"),
    [
        ("朱镕基 €".encode("gb18030"), "gb2312", "朱镕基 €"),
        ("朱镕基".encode("gbk"), "GBK", "朱镕基"),
        ("登录".encode("gb18030"), "", "登录"),
        ("登录".encode(), "us-ascii", "登录"),
        ("登录".encode("gb18030"), "us-ascii", "登录"),
        ("登录".encode(), "x-no-such-charset", "登录"),
        ("登录".encode("gb18030"), "unknown-8bit", "登录"),
        ("登錄".encode("big5"), "big5", "登錄"),
        ("登录".encode("hz"), "hz-gb-2312", "登录"),
        ("caf\xe9 ’".encode("cp1252"), "iso-8859-1", "café ’"),
        (b"abc", "zlib", "abc"),
        (b"abc", "undefined", "abc"),
        ("登录失败".encode("gb18030")[:-1], "gb2312", "登录失\ufffd"),
    ],
)
def test_text_is_decoded_whatever_its_label_says(raw: bytes, label: str, text: str) -> None:
    """gb2312 is GB18030 in truth; what the label can not read is guessed."""
    assert text == decode(raw, label)


def test_what_a_database_refuses_is_taken_out() -> None:
    """No lone surrogate, no NUL, one kind of line end."""
    assert scrub("a\udcffb\x00\r\nc\rd") == "a\ufffdb\nc\nd"


def word(text: str, charset: str, encoding: str = "B") -> str:
    """Write an encoded word."""
    return f"=?{charset}?{encoding}?{base64.b64encode(text.encode('gb18030')).decode()}?="


@pytest.mark.parametrize(
    ("head", "subject"),
    [
        (f"Subject: {word('朱镕基报告', 'gb2312')}", "朱镕基报告"),
        (f"Subject: {word('登录', 'GBK')}\n {word('失败', 'GBK')}", "登录失败"),
        (
            f"Subject: Re: {word('登录', 'gb2312')} [#23456789ABCDEFGH]",
            "Re: 登录 [#23456789ABCDEFGH]",
        ),
        ("Subject: =?gb2312?B?tcfC?=\n =?gb2312?B?vA==?=", "登录"),
        ("Subject: =?utf-8?Q?=E7=99=BB=E5=BD=95 x?=", "登录 x"),
        ("Subject: =?no-such?B?5b2V?=", "录"),
        ("Subject: =?utf-8?B?!!!?= tail", "tail"),
        ("Subject: =?utf-8*zh?B?5b2V?=", "录"),
        ("Subject: two\n\tlines", "two lines"),
        ("Subject:", ""),
        ("X: no subject", ""),
    ],
)
def test_a_subject_is_decoded(read: Any, head: str, subject: str) -> None:
    """Encoded words of every kind, cut inside a character too; folding; absence."""
    assert subject == read(mail(f"From: a@b.cn\n{head}")).fields["subject"]


@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
def test_a_raw_8_bit_subject_is_read(read: Any, charset: str) -> None:
    """Headers without any encoding keep their characters (M10)."""
    change = read(mail("From: 李明 <li@pku.edu.cn>\nSubject: 登录失败", charset=charset))

    assert (change.fields["subject"], change.fields["from_name"]) == ("登录失败", "李明")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Mon, 02 Mar 2026 09:00:00 +0800", "2026-03-02T01:00:00+00:00"),
        ("Mon, 02 Mar 2026 09:00:00 -0000", "2026-03-02T09:00:00+00:00"),
        ("2 Mar 2026 09:00 +0800", "2026-03-02T01:00:00+00:00"),
        ("Mon, 32 Mar 2026 99:00:00 +0800", "2026-03-02T09:30:00+00:00"),
        ("昨天", "2026-03-02T09:30:00+00:00"),
        ("", "2026-03-02T09:30:00+00:00"),
    ],
)
def test_a_date_that_is_none_gives_way_to_the_servers(read: Any, value: str, expected: str) -> None:
    """An absent or invalid Date is replaced by INTERNALDATE, which also orders the mails (M12)."""
    change = read(mail(f"From: a@b.cn\nDate: {value}\nSubject: x"))

    assert expected == change.fields["date"]
    assert datetime(2026, 3, 2, 9, 30, tzinfo=UTC) == change.at


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A.pdf", "报告.pdf"),
        ("attachment; filename*0*=gb2312''%B1%A8; filename*1*=%B8%E6.pdf", "报告.pdf"),
        (f'attachment; filename="{word("报告.pdf", "gb2312")}"', "报告.pdf"),
        ('attachment; filename="报告.pdf"', "报告.pdf"),
        ('attachment; filename="C:\\\\temp\\\\report.pdf"', "report.pdf"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="a\u202efdp.exe"', "afdp.exe"),
        ('attachment; filename=".."', "attachment-1.pdf"),
        ("attachment", "attachment-1.pdf"),
    ],
)
def test_a_file_name_is_read_and_made_safe(read: Any, value: str, name: str) -> None:
    """RFC 2231, encoded words in quotes, raw bytes; no path, no control, never empty (M11)."""
    raw = mail(
        f"From: a@b.cn\nSubject: x\nContent-Type: application/pdf\nContent-Disposition: {value}",
        b"%PDF",
    )

    assert [name] == [file.name for file in read(raw).attachments]


@pytest.mark.parametrize(
    ("value", "first", "count"),
    [
        ("李 <Li@PKU.edu.cn>", "li@pku.edu.cn", 1),
        ("<evil@x.cn> <boss@y.cn>", "evil@x.cn", 2),
        (f"{word('老板', 'gb2312')} <evil@x.cn> <boss@y.cn>", "evil@x.cn", 2),
        ("a@x.cn, b@y.cn", "a@x.cn", 2),
        ('"boss@y.cn" <evil@x.cn>', "evil@x.cn", 1),
        ("not an address", "", 0),
        ("", "", 0),
    ],
)
def test_a_sender_is_one_address(read: Any, value: str, first: str, count: int) -> None:
    """The first address is the sender; several are noticed, so that nothing is approved (M14)."""
    raw = mail(f"From: {value}\nSubject: x")

    assert first == read(raw).fields["from_email"]
    assert count == headers.sender_count(message_from_bytes(raw))


PASS = "mx.vendor.example; dmarc=pass header.from=pku.edu.cn"


@pytest.mark.parametrize(
    ("results", "sender", "trusted"),
    [
        ([PASS], "li@pku.edu.cn", True),
        (["mx.vendor.example; dmarc=fail"], "li@pku.edu.cn", False),
        (["mx.evil.example; dmarc=pass"], "li@pku.edu.cn", False),
        (["mx.vendor.example; dmarc=fail", PASS], "li@pku.edu.cn", False),
        ([PASS], "li@pku.edu.cn, boss@y.cn", False),
        ([], "li@pku.edu.cn", False),
    ],
)
def test_only_our_border_vouches_for_a_sender(
    read: Any, results: list[str], sender: str, trusted: bool
) -> None:
    """The topmost Authentication-Results counts, by our server's name, for one sender (M20)."""
    lines = "\n".join(f"Authentication-Results: {one}" for one in results)
    raw = mail(f"{lines}\nFrom: {sender}\nSubject: x".strip())

    assert trusted == read(raw).fields["authenticated"]
