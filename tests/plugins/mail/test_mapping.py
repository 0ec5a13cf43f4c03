"""A mail as a change: thread, identity, and bytes of any kind."""

from __future__ import annotations

import re
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.models import Change

LONG = "x" * 150


def mail(*lines: str, body: str = "text") -> bytes:
    """Build a mail from header lines."""
    return (
        "From: li@pku.edu.cn\r\nSubject: x\r\n" + "\r\n".join(lines) + "\r\n\r\n" + body
    ).encode()


def test_what_a_mail_answers_is_mentioned_nearest_first(read: Any) -> None:
    """In-Reply-To, References from the newest, the case's tag, the sender, his domain (M16)."""
    raw = (
        b"From: Li@PKU.edu.cn\r\nSubject: Re: x [#23456789ABCDEFGH]\r\nIn-Reply-To: <c@x>\r\n"
        b"References: <a@x>\r\n <b@x>\r\n\t<c@x>\r\n\r\ntext"
    )

    assert read(raw).mentions == (
        "message-id:c@x",
        "message-id:b@x",
        "message-id:a@x",
        "item:23456789ABCDEFGH",
        "email:li@pku.edu.cn",
        "domain:pku.edu.cn",
    )


@pytest.mark.parametrize(
    "line",
    [
        f"References: =?utf-8?q?=3C{LONG}=40x=3E?=",
        f"References:\r\n <{LONG}@x>",
        f"References: <{LONG}@x>,<y@x>",
        f"References: {LONG}@x",
    ],
)
def test_ids_are_found_however_they_are_written(read: Any, line: str) -> None:
    """Encoded, folded, with commas, without brackets."""
    assert f"message-id:{LONG}@x" in read(mail(line)).mentions


def test_the_tag_of_another_alphabet_is_none(read: Any) -> None:
    """Only an item's id counts as one."""
    raw = b"From: a@b.cn\r\nSubject: [#123] [#23456789ABC0] [#23456789ABCDE]\r\n\r\n"

    assert not [key for key in read(raw).mentions if key.startswith("item:")]


def test_a_mail_without_an_id_is_known_by_its_content(read: Any) -> None:
    """No Message-ID: the same bytes are the same record, other bytes another."""
    first, again, other = read(mail()), read(mail()), read(mail(body="other"))

    assert first.ref == again.ref
    assert first.ref != other.ref
    assert first.aliases == ()


def test_a_mail_of_ours_is_known_by_its_id_alone(read: Any) -> None:
    """A second try of the same mail, at another time, is the same record."""
    head = b"From: service@vendor.example\r\nMessage-ID: <hub.k1@vendor.example>\r\nDate: "
    early, late = (head + b"Mon, 2 Mar 2026 09:00:%d +0800\r\n\r\nx" % s for s in (10, 11))

    assert read(early).ref == read(late).ref
    assert read(early).version == read(late).version


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("您好，系统登录不了，报错 NullPointerException at com.x.Main", "zh"),
        ("Hello, the login of 系统 does not work since yesterday", "en"),
        ("", "en"),
    ],
)
def test_the_language_is_guessed(read: Any, text: str, language: str) -> None:
    """By its letters, a log in English does not make a Chinese mail English."""
    assert language == read(mail(body=text)).fields["language"]


def surrogates(change: Any) -> list[str]:
    """Give all texts in a value that a database would refuse."""
    packed = msgspec.json.encode(change).decode()
    return re.findall(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}|\\u0000", packed)


PIECES = st.sampled_from(
    [
        b"From: ",
        b"<a@b.cn>",
        b"Subject: ",
        b"=?gb2312?B?",
        b"?=",
        b"=?utf-8?Q?=FF",
        b"\r\n",
        b"\n",
        b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=b\r\n",
        b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n",
        b"Content-Type: message/delivery-status\r\n",
        b"Content-Type: message/rfc822\r\n",
        b"Content-Type: text/html; charset=utf-7\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        b"Content-Disposition: attachment; filename*0*=x''%ff",
        b"--b\r\n",
        b"--b--",
        b"Date: ",
        b"References: <",
        b"Auto-Submitted: ",
        b"\x00",
        b"\xd5\xfd",
        b"\xed\xa0\x80",
        b"&#xd800;",
        b"<p hidden>",
        b"<",
        b'"',
        b";",
        b"=",
        b"@",
    ]
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(raw=st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=40).map(b"".join)))
def test_no_bytes_raise_and_none_yield_surrogates(read: Any, raw: bytes) -> None:
    """Whatever arrives becomes a change or an unreadable record that can be stored."""
    told = read.either(raw)

    assert surrogates(told) == []
    if isinstance(told, Change):
        assert told.text is not None
        told.text.text.encode("utf-8")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    subject=st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=60),
    body=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200),
)
def test_a_mail_that_python_writes_is_read_as_it_was(read: Any, subject: str, body: str) -> None:
    """Subjects and texts of all scripts survive the way there and back."""
    message = EmailMessage()
    message["From"] = "a@b.cn"
    message["Subject"] = subject
    message.set_content("x" + body + "\n")

    change = read(message.as_bytes())

    assert " ".join(subject.split()) == " ".join(str(change.fields["subject"]).split())
    assert change.text.text.startswith("x")


def test_parts_nested_without_end_do_not_stop_the_box(read: Any) -> None:
    """Thousands of nested parts are read, or put aside; nothing raises."""
    deep = b"From: a@b.cn\r\nSubject: deep\r\n"
    for number in range(2000):
        deep += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (number, number)

    assert read.either(deep) is not None
