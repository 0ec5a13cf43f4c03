"""The mail emulator under Python's imaplib: every command that it has and we offer."""

from __future__ import annotations

import imaplib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

RAW = b"From: a@b.cn\r\nTo: c@d.cn\r\nSubject: appended\r\nMessage-ID: <1@b.cn>\r\n\r\nbody\r\n"


@pytest.fixture
def client(service: Any) -> Iterator[imaplib.IMAP4]:
    """Give a client that is logged in, with the inbox selected."""
    made = imaplib.IMAP4(service.at["imap_host"], service.at["imap_port"], timeout=10)
    made.login(service.at["user"], service.at["password"])
    made.select()
    yield made
    made.shutdown()


def test_it_logs_in_in_every_way(service: Any) -> None:
    """LOGIN, PLAIN, CRAM-MD5, XOAUTH2; over STARTTLS and over IMAPS."""
    at = service.at
    plain = f"\0{at['user']}\0{at['password']}".encode()
    bearer = f"user={at['user']}\1auth=Bearer {at['password']}\1\1".encode()
    ways: list[Any] = [
        lambda one: one.login(at["user"], at["password"]),
        lambda one: one.authenticate("PLAIN", lambda _: plain),
        lambda one: one.login_cram_md5(at["user"], at["password"]),
        lambda one: one.authenticate("XOAUTH2", lambda _: bearer),
        lambda one: one.authenticate("OAUTHBEARER", lambda _: b"n,a=" + bearer[5:]),
    ]

    for way in ways:
        with imaplib.IMAP4(at["imap_host"], at["imap_port"], timeout=10) as one:
            one.starttls(service.trust)
            assert way(one)[0] == "OK"
    with imaplib.IMAP4_SSL(
        at["imap_host"], at["imaps_port"], ssl_context=service.trust, timeout=10
    ) as secure:
        assert ways[0](secure)[0] == "OK"


@pytest.mark.parametrize("mechanism", ["PLAIN", "OAUTHBEARER", "XOAUTH2", "NTLM"])
def test_wrong_credentials_are_refused_in_every_way(service: Any, mechanism: str) -> None:
    """NO, and the connection may try again."""
    at = service.at
    told = b"\0x\0y" if mechanism == "PLAIN" else b"user=x\1auth=Bearer y\1\1"

    with imaplib.IMAP4(at["imap_host"], at["imap_port"], timeout=10) as one:
        with pytest.raises(imaplib.IMAP4.error, match=r"wrong user|offered"):
            one.authenticate(mechanism, lambda challenge: told if not challenge else b"")
        assert one.login(at["user"], at["password"])[0] == "OK"


def test_a_mail_is_appended_with_flags_and_date(client: imaplib.IMAP4) -> None:
    """APPEND tells the new UID; the date is kept as the instant that it is."""
    at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)

    answer = client.append("INBOX", r"(\Seen urgent)", imaplib.Time2Internaldate(at), RAW)
    _, data = client.uid("FETCH", "1", "(FLAGS INTERNALDATE RFC822.SIZE)")

    assert b"APPENDUID" in answer[1][0]
    assert b'INTERNALDATE "01-Mar-2026 12:30:00 +0000"' in data[0]
    assert imaplib.ParseFlags(data[0]) == (b"\\Seen", b"urgent", b"\\Recent")
    parsed = imaplib.Internaldate2tuple(data[0])
    assert parsed is not None
    assert time.mktime(parsed) == at.timestamp()


def test_messages_are_found_sorted_and_stored(service: Any, client: imaplib.IMAP4) -> None:
    """SEARCH, SORT, STORE, COPY, EXPUNGE, by number and by UID."""
    for subject, size in (("b", 10), ("Re: a", 500), ("c", 100)):
        service.deliver(subject, text="x" * size)

    assert client.search(None, "ALL")[1] == [b"1 2 3"]
    assert client.sort("(SUBJECT)", "UTF-8", "ALL")[1] == [b"2 1 3"]
    assert client.uid("SORT", "(REVERSE SIZE ARRIVAL)", "UTF-8", "ALL")[1] == [b"2 3 1"]
    assert client.search(None, "YOUNGER", "600")[1] == [b"1 2 3"]
    assert client.search(None, "OLDER", "600")[1] == [b""]
    assert client.copy("1:2", "Archive")[0] == "OK"
    assert client.store("2", "+FLAGS", r"(\Deleted)")[0] == "OK"
    assert client.expunge()[1] == [b"2"]
    assert [mail["subject"] for mail in service.mails()] == ["b", "c"]
    assert len(service.mails("service@vendor.example/Archive")) == 2


def test_a_search_may_ask_for_less_than_all(service: Any, client: imaplib.IMAP4) -> None:
    """ESEARCH: the smallest, the largest, the number, the set."""
    for subject in ("a", "b", "a", "a"):
        service.deliver(subject)

    client.uid("SEARCH", "RETURN", "(MIN MAX COUNT ALL)", "SUBJECT", "a")

    (told,) = client.response("ESEARCH")[1]
    assert told.endswith(b"UID MIN 1 MAX 4 COUNT 3 ALL 1,3:4")


def test_mailboxes_are_made_listed_and_removed(service: Any, client: imaplib.IMAP4) -> None:
    """CREATE, LIST, LSUB, SUBSCRIBE, RENAME, STATUS, DELETE, quota, namespace."""
    name = '"&XYpbaA-/2026"'
    for done in (
        client.create(name),
        client.subscribe(name),
        client.rename(name, '"&XYpbaA-/2027"'),
        client.unsubscribe(name),
        client.subscribe('"gone by now"'),
    ):
        assert done[0] == "OK"

    assert client.list('""', '"&XYpbaA-/%"')[1] == [b'(\\HasNoChildren) "/" "&XYpbaA-/2027"']
    assert b'(\\NonExistent) "/" "gone by now"' in client.lsub()[1]
    assert client.status('"&XYpbaA-/2027"', "(MESSAGES SIZE)")[1] == [
        b'"&XYpbaA-/2027" (MESSAGES 0 SIZE 0)'
    ]
    assert client.getquota('""')[1][0].startswith(b'"" (STORAGE 0 ')
    assert client.getquotaroot("INBOX")[1][0] == [b'"INBOX" ""']
    assert client.namespace()[1] == [b'(("" "/")) NIL NIL']
    assert client.delete('"&XYpbaA-/2027"')[0] == "OK"
    assert client.select('"&XYpbaA-/2027"')[0] == "NO"


def test_a_list_may_bring_the_status_of_each(service: Any, client: imaplib.IMAP4) -> None:
    """LIST-EXTENDED and LIST-STATUS, SPECIAL-USE."""
    service.deliver("one")

    client._simple_command("LIST", '""', "(INBOX Sent)", "RETURN (STATUS (UNSEEN) SUBSCRIBED)")

    assert client.response("STATUS")[1] == [b'"INBOX" (UNSEEN 1)', b'"Sent" (UNSEEN 0)']
    assert client.response("LIST")[1] == [
        b'(\\HasNoChildren \\Subscribed) "/" "INBOX"',
        b'(\\HasNoChildren \\Sent \\Subscribed) "/" "Sent"',
    ]
    client._simple_command("LIST", "(SPECIAL-USE)", '""', '"*"')
    assert len(client.response("LIST")[1]) == 5


def test_what_one_session_does_another_is_told(service: Any, client: imaplib.IMAP4) -> None:
    """EXISTS, flags and EXPUNGE arrive with the next command."""
    service.deliver("one")
    client.noop()
    at = service.at
    with imaplib.IMAP4(at["imap_host"], at["imap_port"], timeout=10) as other:
        other.login(at["user"], at["password"])
        other.select()
        other.store("1", "+FLAGS", r"(\Deleted)")
        client.noop()
        other.expunge()
        client.noop()

    assert client.response("EXISTS")[1][-1:] == [b"1"]
    assert b"\\Deleted" in client.response("FETCH")[1][0]
    assert client.response("EXPUNGE")[1] == [b"1"]


def test_a_deleted_mailbox_ends_the_sessions_in_it(service: Any, client: imaplib.IMAP4) -> None:
    """They can not go on with what is not there."""
    client.create("gone")
    client.select("gone")
    at = service.at
    with imaplib.IMAP4(at["imap_host"], at["imap_port"], timeout=10) as other:
        other.login(at["user"], at["password"])
        other.delete("gone")

    with pytest.raises(imaplib.IMAP4.abort):
        client.noop()


def test_a_parent_comes_with_its_child_and_nothing_lies_beneath_itself(
    client: imaplib.IMAP4,
) -> None:
    """RENAME makes what is lacking above, and refuses what can not be."""
    client.create("a")

    assert client.rename("a", "x/y/a")[0] == "OK"
    assert len(client.list('""', '"x*"')[1]) == 3
    assert client.rename("x", "x/y/z")[0] == "NO"
