"""Text that strangers make so that a search over it takes time to its square.

A search holds the whole process up. Each of these took minutes to days before it was linear.
"""

from __future__ import annotations

from email import message_from_bytes

import pytest
from hub_mail import automatic, bodies, headers, quotes

LONG = 500_000


@pytest.mark.parametrize("unit", ["\n", " \n", " ", "-", "- \n", "在"])
def test_no_text_holds_up_the_search_for_a_forwarded_mail(unit: str) -> None:
    """Empty lines and rules without end are looked through once."""
    assert not quotes.is_forwarded(unit * LONG)


def test_a_forwarded_mail_is_known_by_its_line() -> None:
    """What webmail puts above the mail that it forwards is found on a line of its own."""
    assert quotes.is_forwarded("请看\n-------- 转发邮件信息 --------\n发件人:a")


@pytest.mark.parametrize("unit", ["a", "-", "在", "a.", "\n", " \n", "Message-ID: "])
def test_no_text_holds_up_the_reading_of_a_bounce(unit: str) -> None:
    """A bounce's plain text is searched for address and id in one pass."""
    message = message_from_bytes(b"From: mailer-daemon@x.example\r\n\r\n")

    assert automatic.bounce_of(message, unit * LONG).recipient == ""


def test_no_line_end_holds_up_the_joining_of_lines() -> None:
    """Blanks that end no line are left as they are."""
    assert bodies.unflow("\t" * LONG + "x", delete_space=False) == "\t" * LONG + "x"


@pytest.mark.parametrize("unit", ["a", "=?", "a.", "("])
def test_no_sender_holds_up_the_reading_of_addresses(unit: str) -> None:
    """A From without an address is no address, however long it is."""
    message = message_from_bytes(b"From: " + unit.encode() * LONG + b"\r\n\r\n")

    assert headers.sender_count(message) == 0
