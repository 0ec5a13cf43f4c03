"""What of a mail is its text, and what are its files (M9, M13)."""

from __future__ import annotations

from email.message import EmailMessage
from time import monotonic
from typing import Any

import pytest
from hub_mail.bodies import unflow
from hub_mail.markup import to_text


def mail(**headers: str) -> EmailMessage:
    """Begin a mail."""
    message = EmailMessage()
    for name, value in ({"From": "a@b.cn", "Subject": "x"} | headers).items():
        message[name] = value
    return message


def test_plain_text_is_preferred_to_html(read: Any) -> None:
    """Of two forms of one text, the plain one is read."""
    message = mail()
    message.set_content("plain\n")
    message.add_alternative("<p>rich</p>", subtype="html")

    assert read.text(message.as_bytes()) == "plain"


def test_an_empty_plain_form_gives_way_to_html(read: Any) -> None:
    """Some programs send an empty plain form."""
    message = mail()
    message.set_content(" \n")
    message.add_alternative("<p>登录<br>失败</p>", subtype="html")

    assert read.text(message.as_bytes()) == "登录\n失败"


def test_html_alone_becomes_text(read: Any) -> None:
    """A mail of HTML only is read as people see it."""
    message = mail()
    message.set_content("<div>您好</div><ul><li>一</li><li>二</li></ul>", subtype="html")

    assert read.text(message.as_bytes()) == "您好\n- 一\n- 二"


def test_an_attached_mail_is_a_file(read: Any) -> None:
    """Text and files of an attached mail are not this mail's."""
    inner = mail(Subject="inner")
    inner.set_content("inner text\n")
    inner.add_attachment(b"x", maintype="application", subtype="pdf", filename="inner.pdf")
    outer = mail()
    outer.set_content("outer text\n")
    outer.add_attachment(inner)

    change = read(outer.as_bytes())

    assert change.text.text == "outer text"
    assert [file.media_type for file in change.attachments] == ["message/rfc822"]
    assert change.attachments[0].size > 100


def test_files_keep_their_names_sizes_and_places(read: Any) -> None:
    """Two files of one name are two files."""
    message = mail()
    message.set_content("see files\n")
    for content in (b"abc", b"defgh"):
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename="日志.zip"
        )

    files = read(message.as_bytes()).attachments

    assert [(file.name, file.size) for file in files] == [("日志.zip", 3), ("日志.zip", 5)]
    assert [file.id for file in files] == ["2", "3"]


def test_inline_text_around_a_picture_is_all_text(read: Any) -> None:
    """Text before and behind a picture belongs together."""
    message = mail()
    message.make_mixed()
    for text in ("before\n", "after\n"):
        part = EmailMessage()
        part.set_content(text)
        message.attach(part)
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")

    change = read(message.as_bytes())

    assert change.text.text == "before\n\nafter"
    assert [file.name for file in change.attachments] == ["a.png"]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/ms-tnef; name=winmail.dat", "winmail.dat"),
        ("application/pkcs7-mime; name=smime.p7m; smime-type=enveloped-data", "smime.p7m"),
        ("text/calendar; name=invite.ics", "invite.ics"),
    ],
)
def test_what_is_no_text_is_a_file(read: Any, kind: str, name: str) -> None:
    """TNEF, encrypted mail and invitations are kept as files, with no text."""
    raw = f"From: a@b.cn\r\nSubject: x\r\nContent-Type: {kind}\r\n\r\nabc".encode()

    change = read(raw)

    assert [name] == [file.name for file in change.attachments]
    assert change.text.text == ""


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.cn\r\nSubject: x\r\n\r\n",
        b"From: a@b.cn\r\nSubject: x\r\n",
        b"From: a@b.cn\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n",
        b"From: a@b.cn\r\nSubject: x\r\nContent-Type: multipart/mixed\r\n\r\n",
    ],
)
def test_a_mail_may_be_empty(read: Any, raw: bytes) -> None:
    """No body is no error."""
    assert read.text(raw) == ""


def test_bad_base64_is_read_as_far_as_it_goes(read: Any) -> None:
    """A broken transfer encoding loses no mail."""
    head = b"From: a@b.cn\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n"
    raw = head + b"Content-Transfer-Encoding: base64\r\n\r\n5b2V5b2V@@@5b2\r\n"

    assert read.text(raw).startswith("录录")


def test_a_boundary_that_never_closes_still_gives_the_text(read: Any) -> None:
    """A mail cut off on its way is read as far as it came."""
    raw = (
        b"From: a@b.cn\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: image/png\r\n\r\nxx"
    )

    assert read.text(raw) == "hello"


def test_flowed_text_is_joined() -> None:
    """Soft line ends are undone, with and without the space (RFC 3676)."""
    assert unflow("one \ntwo\nthree", delete_space=False) == "one two\nthree"
    assert unflow("登录 \n失败", delete_space=True) == "登录失败"
    assert unflow("> q \n> q\nnew", delete_space=False) == "> q q\nnew"
    assert unflow("a \n-- \nsig", delete_space=False).replace("a\n-- ", "a\n--") == "a\n--\nsig"


HIDDEN = [
    '<span style="display:none">no</span>',
    '<p style="VISIBILITY: hidden">no</p>',
    '<div style="font-size:0px;">no</div>',
    '<div style="mso-hide:all">no</div>',
    "<div hidden>no</div>",
    "<style>no</style>",
    "<script>no</script>",
    "<!-- no -->",
    "<head><title>no</title></head>",
    '<div style="display:none"><p>no<br>no</p></div>',
]


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_is_hidden_is_not_read(hidden: str) -> None:
    """Text that people do not see does not count as said (M21)."""
    assert to_text(f"<p>yes</p>{hidden}<p>yes</p>") == "yes\nyes"


@pytest.mark.parametrize(
    "html",
    [
        "<" * 100_000,
        "<a " * 100_000,
        "<!--" * 100_000,
        "&#" * 200_000,
        "<div>" * 50_000,
        "</p>" * 90_000,
    ],
)
def test_hostile_html_does_not_hold_up_the_box(html: str) -> None:
    """Markup made to be slow is read within seconds."""
    began = monotonic()

    to_text(html)

    assert monotonic() - began < 30
