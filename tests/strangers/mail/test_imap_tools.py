"""The mail emulator under imap-tools: sorting, tokens, quirks of search, many at once."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator
from typing import Any

import pytest
from imap_tools import AND, H, MailBox, MailBoxUnencrypted, MailMessage


@pytest.fixture
def box(service: Any) -> Iterator[MailBoxUnencrypted]:
    """Give a client that is logged in."""
    at = service.at
    with MailBoxUnencrypted(at["imap_host"], at["imap_port"], timeout=10).login(
        at["user"], at["password"]
    ) as made:
        yield made


def test_it_logs_in_with_a_token_and_in_utf8(service: Any) -> None:
    """XOAUTH2 and AUTHENTICATE PLAIN; not with an expired one."""
    at = service.at

    def connected() -> MailBox:
        return MailBox(at["imap_host"], at["imaps_port"], timeout=10, ssl_context=service.trust)

    with connected().xoauth2(at["user"], at["password"]) as one:
        assert one.folder.get() == "INBOX"
    with connected().login_utf8(at["user"], at["password"]) as one:
        assert one.folder.get() == "INBOX"
    other = connected()
    with pytest.raises(imaplib.IMAP4.error, match="AUTHENTICATIONFAILED"):
        other.xoauth2(at["user"], "expired")
    other.client.shutdown()


def test_mails_come_sorted_and_numbered(service: Any, box: MailBoxUnencrypted) -> None:
    """SORT by the server; numbers and UIDs of the same mails."""
    for subject in ("b", "Re: a", "c"):
        service.deliver(subject)
    box.delete("1")

    assert box.uids(sort="SUBJECT") == ["2", "3"]
    assert box.uids(sort="REVERSE ARRIVAL") == ["3", "2"]
    assert box.numbers() == ["1", "2"]
    assert box.numbers_to_uids(["1", "2"]) == ["2", "3"]


def test_mails_come_in_bulk_reversed_limited_and_as_headers_only(
    service: Any, box: MailBoxUnencrypted
) -> None:
    """All ways of `fetch`."""
    for number in range(25):
        service.deliver(f"mail {number}", text="x" * 3000, headers={"X-N": str(number)})

    bulk = [mail.subject for mail in box.fetch(bulk=10, mark_seen=False)]
    last = [mail.subject for mail in box.fetch(limit=2, reverse=True, mark_seen=False)]
    heads = list(box.fetch(headers_only=True, mark_seen=False, limit=slice(3, 5), bulk=True))
    found = list(box.fetch(AND(header=[H("X-N", "17")]), mark_seen=True))

    assert bulk == [f"mail {number}" for number in range(25)]
    assert last == ["mail 24", "mail 23"]
    assert [(mail.subject, mail.text) for mail in heads] == [("mail 3", ""), ("mail 4", "")]
    assert [mail.subject for mail in found] == ["mail 17"]
    assert [m["subject"] for m in service.mails() if "\\Seen" in m["flags"]] == ["mail 17"]


def test_a_mail_goes_round_through_append(service: Any, box: MailBoxUnencrypted) -> None:
    """What was appended is the same to the byte."""
    raw = b"Subject: =?utf-8?b?55m75b2V?=\r\nX: 1\r\n\r\nbody\r\n"

    box.append(MailMessage.from_bytes(raw), "Drafts", flag_set=["\\Draft"])

    box.folder.set("Drafts")
    (mail,) = box.fetch()
    assert (mail.subject, mail.flags, mail.obj.as_bytes()) == (
        "登录",
        ("\\Draft", "\\Seen", "\\Recent"),
        raw.replace(b"\r\n", b"\n"),
    )


def test_a_stale_search_misses_what_is_new(service: Any, box: MailBoxUnencrypted) -> None:
    """As an index does that lags; the mail can be fetched by its UID all the same."""
    service.deliver("new")
    service.fault("stale_search", "IMAP SEARCH", seconds=3600, times=1)

    assert box.uids() == []
    assert box.uids() == ["1"]
