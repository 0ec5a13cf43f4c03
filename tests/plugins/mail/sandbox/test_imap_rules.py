"""Rules of IMAP that testers of servers ask for: MODSEQs, removals, addresses, subscriptions."""

from __future__ import annotations

from typing import Any

import pytest

MAIL = b"From: a@b.cn\r\nSubject: one\r\n\r\ntext\r\n"


def put(wire: Any, raw: bytes = MAIL, folder: bytes = b"inbox") -> None:
    """Append a mail without waiting for leave."""
    wire.say(b"APPEND %s {%d+}\r\n%s" % (folder, len(raw), raw))


@pytest.mark.parametrize(
    "command",
    [
        b"FETCH 1 (MODSEQ)",
        b"FETCH 1 FLAGS (CHANGEDSINCE 1)",
        b"SEARCH MODSEQ 1",
        b"STORE 1 (UNCHANGEDSINCE 1) +FLAGS (x)",
        b"STATUS inbox (HIGHESTMODSEQ)",
        b"ENABLE CONDSTORE",
    ],
)
def test_what_asks_for_modseqs_turns_them_on(wires: Any, command: bytes) -> None:
    """The selected mailbox's highest is told at once, each change's from then on (RFC 7162)."""
    wire = wires()
    put(wire)

    first = wire.say(command)
    then = wire.say(b"STORE 1 +FLAGS (\\Flagged)")

    assert b"* OK [HIGHESTMODSEQ " in first
    assert b"MODSEQ (" in then
    assert b"OK [HIGHESTMODSEQ" not in wire.say(command)


def test_a_search_for_ends_tells_their_modseqs(wires: Any) -> None:
    """The lowest's for MIN, the highest's for MAX, that of all otherwise (RFC 4731)."""
    wire = wires()
    for _ in range(3):
        put(wire)
    wire.say(b"FETCH 1:3 MODSEQ")
    for number in (1, 3, 2):
        wire.say(b"STORE %d +FLAGS (\\Seen)" % number)

    told = [
        int(wire.say(b"SEARCH RETURN (%s) MODSEQ 1" % what).split(b"MODSEQ ")[1].split()[0])
        for what in (b"MIN", b"MAX", b"MIN MAX", b"ALL")
    ]

    assert told == [told[0], told[0] + 1, told[0] + 1, told[0] + 2]


def test_a_removed_mail_has_its_number_until_that_is_told(wires: Any) -> None:
    """By what the session holds of it; its content is gone, and writing to it does nothing."""
    one, other = wires(), wires()
    put(one)
    put(one)
    other.say(b"NOOP")
    one.say(b"STORE 1 FLAGS (\\Deleted)")
    one.say(b"EXPUNGE")

    assert b"* 1 FETCH (UID 1 FLAGS (" in other.say(b"FETCH 1 (UID FLAGS)")
    assert other.say(b"FETCH 1 (UID BODY.PEEK[])") == b"t OK FETCH completed\r\n"
    assert other.say(b"STORE 1 FLAGS (x)") == b"t OK STORE completed\r\n"
    assert b"* 1 EXPUNGE" in other.say(b"NOOP")
    assert b"* 1 FETCH (UID 2)" in other.say(b"FETCH 1 UID")


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        (
            b"team: a@b.cn;, c@d.cn",
            b'((NIL NIL "team" NIL)(NIL NIL "a" "b.cn")(NIL NIL NIL NIL)(NIL NIL "c" "d.cn"))',
        ),
        (b"undisclosed-recipients:;", b'((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL))'),
        (b"<@one,@two:a@b.cn>", b'((NIL "@one,@two" "a" "b.cn"))'),
        (b'"a: b, c; (d" <a@b.cn> (x; (y))', b'(("a: b, c; (d" NIL "a" "b.cn"))'),
        (b"=?utf-8?B?5ZGo?= <a@b.cn>", b'(("=?utf-8?B?5ZGo?=" NIL "a" "b.cn"))'),
        (b"nobody", b'((NIL NIL "nobody" ""))'),
        (b"<>, ,", b"NIL"),
    ],
)
def test_an_envelope_shows_groups_and_routes(wires: Any, field: bytes, shown: bytes) -> None:
    """A group has its beginning and its end; signs in quotes and comments part nothing."""
    wire = wires()
    put(wire, b"From: x@y.cn\r\nTo: " + field + b"\r\n\r\n")

    assert shown in wire.say(b"FETCH 1 ENVELOPE")


def test_a_search_for_an_address_looks_past_comments(wires: Any) -> None:
    """It is the address that is searched, as the envelope has it."""
    wire = wires()
    put(wire, b"From: <a (comment)@ (comment) b.cn>\r\nSubject: a@b.cn\r\n\r\n")

    assert b"* SEARCH 1\r\n" in wire.say(b"SEARCH FROM a@b.cn")
    assert b"* SEARCH\r\n" in wire.say(b"SEARCH TO a@b.cn")


def test_making_a_mailbox_subscribes_to_nothing(wires: Any) -> None:
    """Subscribed ones are told of by LSUB; above them stands what holds them (RFC 3501, 6.3.9)."""
    wire = wires()
    for name in (b"x", b"x/y", b"x/y/z", b"x/w"):
        wire.say(b"CREATE " + name)
    wire.say(b"SUBSCRIBE x/y/z")

    assert b'LSUB (\\HasNoChildren) "/" "x/y/z"' in wire.say(b'LSUB "" x/*')
    assert b'* LSUB (\\Noselect) "/" "x/y"\r\nt OK' in wire.say(b'LSUB "" x/%')
    assert b"LIST" not in wire.say(b'LIST (SUBSCRIBED) "" x/w').replace(b"OK LIST", b"")


def test_a_list_tells_of_what_lies_beneath(wires: Any) -> None:
    """RECURSIVEMATCH names what holds a subscribed mailbox that is not listed itself (RFC 5258)."""
    wire = wires()
    for name in (b"x/y", b"x/w"):
        wire.say(b"CREATE " + name)
    wire.say(b"SUBSCRIBE x/y")

    above = wire.say(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" x')
    both = wire.say(b'LIST (SUBSCRIBED RECURSIVEMATCH) "" (x x/y)')

    assert b'* LIST (\\HasChildren) "/" "x" ("CHILDINFO" ("SUBSCRIBED"))\r\n' in above
    assert b"CHILDINFO" not in both
    assert b'(\\HasNoChildren \\Subscribed) "/" "x/y"' in both
    assert b"t BAD" in wire.say(b'LIST (RECURSIVEMATCH) "" x')
    assert b"t BAD" in wire.say(b'LIST (RECURSIVEMATCH REMOTE) "" x')


@pytest.mark.parametrize("name", [b"/x", b"x//y"])
def test_a_level_without_a_name_is_refused(wires: Any, name: bytes) -> None:
    """By CREATE as by RENAME."""
    wire = wires()
    wire.say(b"CREATE old")

    assert b"t NO [CANNOT]" in wire.say(b"CREATE " + name)
    assert b"t NO [CANNOT]" in wire.say(b"RENAME old " + name)


def test_mails_are_sorted_by_what_their_subjects_are_about(wires: Any) -> None:
    """Marks of answers and forwards do not count, nor does the case (RFC 5256, 2.1)."""
    wire = wires()
    for subject in (
        b"a", b"C", b"b", b"_", b"[foo] Fwd: [bar] Re: fw: b (fWd)  (fwd)", b"b (a)",
        b"Re: [FWD: c]", b"[xyz]", b"", b"Re: Re[2]: [list] b",
    ):  # fmt: skip
        put(wire, b"Subject: " + subject + b"\r\n\r\nx\r\n")

    told = wire.say(b"SORT (SUBJECT) UTF-8 ALL")

    assert b"* SORT 9 1 3 5 10 6 2 7 8 4\r\n" in told
