"""The emulator's IMAP by the letter: literals, sections, partials, errors, two sessions."""

from __future__ import annotations

import imaplib
import re
from typing import Any

import pytest

NESTED = (
    b"From: a@b.cn\r\nSubject: outer\r\n"
    b"Content-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n"
    b"--o\r\nContent-Type: text/plain\r\nX-One: 1\r\n\r\nfirst\r\n"
    b"--o\r\nContent-Type: message/rfc822\r\n\r\n"
    b"From: c@d.cn\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
    b"--i\r\nContent-Type: text/plain\r\n\r\ninner plain\r\n"
    b"--i\r\nContent-Type: text/html\r\n\r\n<p>inner</p>\r\n--i--\r\n"
    b'\r\n--o\r\nContent-Type: image/png; name="a b.png"\r\nContent-Transfer-Encoding: base64\r\n'
    b"Content-ID: <pic>\r\n\r\niVBO\r\n--o--\r\nepilogue\r\n"
)


@pytest.mark.parametrize(
    ("section", "content"),
    [
        (b"1", b"first"),
        (b"1.MIME", b"Content-Type: text/plain\r\nX-One: 1\r\n\r\n"),
        (b"2.HEADER.FIELDS (Subject)", b"Subject: inner\r\n\r\n"),
        (b"2.HEADER.FIELDS.NOT (subject content-type)", b"From: c@d.cn\r\n\r\n"),
        (b"2.1", b"inner plain"),
        (b"2.2", b"<p>inner</p>"),
        (b"2.1.MIME", b"Content-Type: text/plain\r\n\r\n"),
        (b"3", b"iVBO"),
        (b"HEADER.FIELDS (From X-None)", b"From: a@b.cn\r\n\r\n"),
        (b"", NESTED),
        (b"HEADER", NESTED[: NESTED.index(b"preamble")]),
        (b"TEXT", NESTED[NESTED.index(b"preamble") :]),
    ],
)
def test_a_section_is_cut_out_to_the_byte(
    post: Any, wires: Any, section: bytes, content: bytes
) -> None:
    """BODY[…] of parts, of attached mails, of headers (RFC 3501, 6.4.5)."""
    post.deliver(NESTED)

    answer = wires().say(b"FETCH 1 BODY.PEEK[" + section + b"]")

    assert b"{%d}\r\n" % len(content) + content in answer
    assert post.mails()[0]["flags"] == []


@pytest.mark.parametrize("section", [b"4", b"1.1", b"2.3", b"1.HEADER", b"9.MIME"])
def test_a_part_that_is_not_there_is_nil(post: Any, wires: Any, section: bytes) -> None:
    """An absent part is no error."""
    post.deliver(NESTED)

    assert b"] NIL" in wires().say(b"FETCH 1 BODY.PEEK[" + section + b"]")


def test_a_partial_fetch_gives_its_range(post: Any, wires: Any) -> None:
    """`<start.count>`, also beyond the end."""
    post.deliver(NESTED)
    wire = wires()

    assert b"BODY[1]<1> {3}\r\nirs" in wire.say(b"FETCH 1 BODY.PEEK[1]<1.3>")
    assert b"BODY[1]<99> {0}\r\n" in wire.say(b"FETCH 1 BODY.PEEK[1]<99.5>")


def test_the_structure_of_a_mail_is_told(post: Any, wires: Any) -> None:
    """BODYSTRUCTURE with parameters, sizes, the attached mail's envelope."""
    post.deliver(NESTED)

    answer = wires().say(b"FETCH 1 (ENVELOPE BODYSTRUCTURE)")

    assert b'"outer" ((NIL NIL "a" "b.cn"))' in answer
    assert b'("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 5 0 NIL NIL NIL NIL)' in answer
    assert b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT"' in answer
    assert b'"inner" ((NIL NIL "c" "d.cn"))' in answer
    assert b'("IMAGE" "PNG" ("NAME" "a b.png") "<pic>" NIL "BASE64" 4 NIL NIL NIL NIL)' in answer
    assert b'"MIXED" ("BOUNDARY" "o") NIL NIL NIL)' in answer


def test_literals_come_in_both_forms(wires: Any, post: Any) -> None:
    """`{n}` waits for the go-ahead, `{n+}` does not."""
    wire = wires(login=False)
    user, password = post.at["user"].encode(), post.at["password"].encode()
    wire.socket.sendall(b"a LOGIN {%d}\r\n" % len(user))
    assert wire.hear(b"+").startswith(b"+ ")
    wire.socket.sendall(user + b" {%d+}\r\n" % len(password) + password + b"\r\n")

    assert b"a OK [CAPABILITY " in wire.hear(b"a ")


def test_an_unsolicited_removal_waits_for_its_moment(post: Any, wires: Any) -> None:
    """During FETCH, STORE and SEARCH by number, numbers do not change; NOOP tells (7.4.1)."""
    for name in ("one", "two", "three"):
        post.deliver(subject=name)
    first, second = wires(), wires()

    second.say(b"STORE 1 +FLAGS.SILENT (\\Deleted)")
    second.say(b"EXPUNGE")
    during = first.say(b"FETCH 1:3 BODY.PEEK[]")
    after = first.say(b"NOOP")

    assert b"EXPUNGE" not in during
    assert b"* 1 FETCH" not in during
    assert b"* 1 EXPUNGE\r\n" in after
    assert b"* 2 FETCH" in first.say(b"FETCH 1:* UID")


def test_flags_set_in_one_session_are_told_in_another(post: Any, wires: Any) -> None:
    """A change of flags by others is an untagged FETCH."""
    post.deliver()
    first, second = wires(), wires()

    second.say(b"UID STORE 1 FLAGS (\\Flagged $Label)")

    assert b"* 1 FETCH (UID 1 FLAGS ($Label \\Flagged" in first.say(b"NOOP")
    assert b"FETCH" not in first.say(b"NOOP")


def test_uid_expunge_spares_the_others(post: Any, wires: Any) -> None:
    """UIDPLUS: only the named UIDs go."""
    for name in ("one", "two"):
        post.deliver(subject=name, flags=["\\Deleted"])
    wire = wires()

    wire.say(b"UID EXPUNGE 2")

    assert [mail["subject"] for mail in post.mails()] == ["one"]


def test_condstore_tells_what_changed(post: Any, wires: Any) -> None:
    """MODSEQ grows with each change; CHANGEDSINCE and UNCHANGEDSINCE stand on it (RFC 7162)."""
    for name in ("one", "two"):
        post.deliver(subject=name)
    wire = wires()
    selected = wire.say(b"SELECT INBOX (CONDSTORE)")
    found = re.search(rb"HIGHESTMODSEQ (\d+)", selected)
    assert found is not None
    highest = found[1]

    stored = wire.say(b"STORE 2 +FLAGS (\\Seen)")
    changed = wire.say(b"FETCH 1:* (FLAGS) (CHANGEDSINCE " + highest + b")")
    refused = wire.say(b"STORE 2 (UNCHANGEDSINCE " + highest + b") +FLAGS (\\Deleted)")

    assert b"MODSEQ" in stored
    assert re.findall(rb"\* (\d+) FETCH", changed) == [b"2"]
    assert b"[MODIFIED 2]" in refused


def test_an_examined_folder_is_not_written(post: Any, wires: Any) -> None:
    """EXAMINE is read-only: no flag by reading, none by STORE."""
    post.deliver()
    wire = wires(select=False)
    wire.say(b"EXAMINE INBOX")

    wire.say(b"FETCH 1 BODY[]")

    assert b"t NO [READ-ONLY]" in wire.say(b"STORE 1 +FLAGS (\\Seen)")
    assert post.mails()[0]["flags"] == []


def test_a_renumbered_mailbox_ends_its_sessions(post: Any, wires: Any) -> None:
    """Under a new UIDVALIDITY no session may go on with old UIDs."""
    post.deliver()
    wire = wires()

    post.sandbox.act("uidvalidity", {})

    assert b"* BYE" in wire.say(b"UID FETCH 1 FLAGS")


@pytest.mark.parametrize(
    "line",
    [
        b"NONSENSE",
        b"FETCH x FLAGS",
        b"FETCH 1 NONSENSE",
        b"FETCH 1 BODY[",
        b"STORE 1 FLAGS",
        b"SEARCH NONSENSE",
        b"SEARCH SINCE yesterday",
        b"UID NOOP",
        b"STATUS INBOX (NONSENSE)",
        b"LOGIN",
        b'LIST "" "unclosed',
        b"CAPABILITY extra (",
    ],
)
def test_what_is_not_understood_is_bad_and_the_session_goes_on(wires: Any, line: bytes) -> None:
    """A wrong command is answered with BAD; the next one works."""
    wire = wires()

    answer = wire.say(line)

    assert b"t BAD" in answer or line.startswith(b"CAPABILITY")
    assert b"t OK" in wire.say(b"NOOP")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"SELECT Nowhere", b"[NONEXISTENT]"),
        (b"COPY 1 Nowhere", b"[TRYCREATE]"),
        (b"CREATE Sent", b"[ALREADYEXISTS]"),
        (b"DELETE INBOX", b"[CANNOT]"),
        (b"SEARCH CHARSET nonsense SUBJECT x", b"[BADCHARSET"),
        (b"AUTHENTICATE GSSAPI", b"[CANNOT]"),
    ],
)
def test_what_can_not_be_is_refused_with_its_code(
    post: Any, wires: Any, line: bytes, code: bytes
) -> None:
    """A refusal carries the response code of RFC 5530."""
    post.deliver()

    assert b"t NO " + code in wires().say(line)


def test_nobody_reads_without_logging_in(wires: Any) -> None:
    """Commands have their states."""
    wire = wires(login=False)

    assert wire.greeting.startswith(b"* OK [CAPABILITY IMAP4rev1 ")
    assert b"t NO" in wire.say(b"SELECT INBOX")
    assert b"t NO" in wires(select=False).say(b"FETCH 1 FLAGS")


def test_namespace_id_and_enable_are_answered(wires: Any) -> None:
    """What modern clients ask first."""
    wire = wires()

    assert b'* NAMESPACE (("" "/")) NIL NIL' in wire.say(b"NAMESPACE")
    assert b'* ID ("name"' in wire.say(b'ID ("name" "x")')
    assert b"* ENABLED CONDSTORE" in wire.say(b"ENABLE CONDSTORE QRESYNC")
    assert b'(\\HasNoChildren \\Sent) "/" "Sent"' in wire.say(b'LIST (SPECIAL-USE) "" "*"')


def test_the_standard_library_drives_it(post: Any) -> None:
    """imaplib, with append and a search by header."""
    with imaplib.IMAP4(post.at["imap_host"], post.at["imap_port"], timeout=10) as client:
        client.login(post.at["user"], post.at["password"])
        client.append(
            "Drafts", "(\\Draft)", '"02-Mar-2026 09:00:00 +0800"', b"Message-ID: <m@x>\n\ny"
        )
        client.select("Drafts")
        _, found = client.uid("SEARCH", "HEADER", "Message-ID", '"<m@x>"')
        _, fetched = client.uid("FETCH", "1", "(INTERNALDATE BODY.PEEK[])")

    assert found == [b"1"]
    assert b'INTERNALDATE "02-Mar-2026 01:00:00 +0000"' in fetched[0][0]
    assert fetched[0][1] == b"Message-ID: <m@x>\r\n\r\ny"
