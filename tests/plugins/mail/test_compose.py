"""The bytes of mails to send (M17, M24)."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from hub_mail import compose
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.errors import InvalidPayloadError
from hub.models import Delivery, Enclosure, InternalText, SendNotice, SendReply

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OUTLOOK = f"<{'A' * 60}{'b' * 60}@{'mail' * 10}.prod.outlook.com>"


def outgoing(delivery: Delivery) -> compose.Outgoing:
    """Build a mail."""
    return compose.outgoing(
        delivery, address="service@vendor.example", display_name="服务台", now=NOW
    )


def header(raw: bytes) -> bytes:
    """Give the header's bytes."""
    return raw.split(b"\r\n\r\n", 1)[0]


def test_long_ids_stand_in_the_header_as_they_are(make_reply: Any) -> None:
    """Outlook's ids are longer than a line; encoded as words they would break its threads."""
    raw = outgoing(make_reply(thread=("<a@x>", OUTLOOK))).raw

    assert b"In-Reply-To: " + OUTLOOK.encode() + b"\r\n" in raw
    assert b"References: <a@x>\r\n " + OUTLOOK.encode() + b"\r\n" in raw
    assert b"=?" not in raw[: raw.index(b"From:")]


def test_the_message_id_follows_from_the_key(make_reply: Any) -> None:
    """The same key gives the same id; a key that no id can hold is hashed."""
    plain, odd = outgoing(make_reply("case-1.ack")), outgoing(make_reply("键 with <odd> signs"))

    assert plain.message_id == "hub.case-1.ack@vendor.example"
    assert odd.message_id.startswith("hub-")
    assert odd.message_id == outgoing(make_reply("键 with <odd> signs")).message_id


def test_a_long_thread_keeps_its_first_and_its_newest_mails(make_reply: Any) -> None:
    """References do not grow without bound."""
    raw = outgoing(make_reply(thread=tuple(f"m{n}@x" for n in range(100)))).raw

    references = str(message_from_bytes(raw)["references"]).split()
    assert [
        references[0], references[1], references[-1], len(references),
    ] == ["<m0@x>", "<m81@x>", "<m99@x>", 20]  # fmt: skip


@pytest.mark.parametrize("thread", [("a@x\r\nBcc: evil@x.cn",), ("<a b@x>",), ("",), ("键@x",)])
def test_a_hostile_thread_id_is_left_out(make_reply: Any, thread: tuple[str, ...]) -> None:
    """Nothing from a customer's mail can add a header to ours."""
    raw = outgoing(make_reply(thread=thread)).raw

    assert b"evil" not in raw
    assert b"In-Reply-To" not in raw


def test_a_subject_can_not_add_headers(make_reply: Any) -> None:
    """Line breaks in a subject become spaces."""
    raw = outgoing(make_reply(subject="x\r\nBcc: evil@x.cn\u2028y")).raw

    mail = message_from_bytes(raw, policy=default)
    assert mail["bcc"] is None
    assert mail["subject"] == "x Bcc: evil@x.cn y"


@pytest.mark.parametrize(
    "address", ["a@b.cn\r\nBcc: x@y", "a@b.cn, c@d.cn", "no address", "<a@b.cn>", "", "a@.…."]
)
def test_a_recipient_that_is_no_address_is_refused(make_reply: Any, address: str) -> None:
    """A bad address is the record's error, by field."""
    with pytest.raises(InvalidPayloadError) as refused:
        outgoing(make_reply("k", address))

    assert refused.value.field == "to"


def test_internal_text_never_goes_to_a_customer() -> None:
    """The type is looked at once more where it matters most."""
    effect = SendReply(to=("li@pku.edu.cn",), subject="x", text=InternalText("内部"))  # type: ignore[arg-type]

    with pytest.raises(InvalidPayloadError):
        outgoing(Delivery(key="k", item_id="X", effect=effect))


def test_a_persons_answer_is_not_marked_as_automatic(make_reply: Any) -> None:
    """Only what a machine wrote says that a machine wrote it."""
    by_hand = outgoing(make_reply(automatic=False)).raw
    automatic = outgoing(make_reply()).raw

    assert b"Auto-Submitted" not in by_hand
    assert b"Auto-Submitted: auto-generated\r\n" in automatic
    assert b"X-Auto-Response-Suppress: All\r\n" in automatic


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(subject=st.text(max_size=200), text=st.text(max_size=3000))
def test_what_is_sent_is_lines_that_servers_take(make_reply: Any, subject: str, text: str) -> None:
    """Any subject and text gives 7-bit lines of less than 998 bytes, and can be read back."""
    raw = outgoing(make_reply(subject=subject, text=text)).raw

    assert raw.isascii()
    assert all(len(line) < 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    wanted = compose.one_line(subject)
    assert wanted.split() == str(message_from_bytes(raw, policy=default)["subject"]).split()


def test_a_notice_carries_its_page_and_its_files() -> None:
    """Whoever reads plain text has it, too; a hostile file name adds no header."""
    file = Enclosure(
        name="周报\r\nBcc: x@y.cn.xlsx", media_type="application/zip", content=b"PK\0\xff"
    )
    effect = SendNotice(
        to=("li@vendor.example",),
        subject="周报",
        text=InternalText("数字"),
        html="<p>数字</p>",
        files=(file,),
    )

    raw = outgoing(Delivery(key="k1", item_id="A", effect=effect)).raw

    mail = message_from_bytes(raw, policy=default)
    plain, page = mail.get_body(("plain",)), mail.get_body(("html",))  # type: ignore[attr-defined]
    (enclosed,) = mail.iter_attachments()  # type: ignore[attr-defined]
    assert ("数字", "<p>数字</p>") == (plain.get_content().strip(), page.get_content().strip())
    assert b"PK\0\xff" == enclosed.get_content()
    assert "周报 Bcc: x@y.cn.xlsx" == enclosed.get_filename()
    assert mail["Bcc"] is None
    assert raw.isascii()
