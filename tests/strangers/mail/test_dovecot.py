"""The emulator beside a real server: what both are asked alike, both answer alike."""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hub_mail.sandbox.dovecot import DovecotSandbox, dovecot

from hub.sandbox import Fault, SandboxOptions

pytestmark = pytest.mark.skipif(dovecot() is None, reason="needs Dovecot")

PLAIN = (
    b'From: =?utf-8?b?5p2O?= <li@pku.edu.cn>\r\nTo: a@b.cn, "C, D" <c@d.cn>\r\nCc: e@f.cn\r\n'
    b"Subject: =?utf-8?b?55m75b2V?= failed\r\nDate: Mon, 2 Mar 2026 09:30:00 +0800\r\n"
    b"Message-ID: <1@pku.edu.cn>\r\nIn-Reply-To: <0@pku.edu.cn>\r\n\r\nline 1\r\nline 2\r\n"
)
NESTED = b"\r\n".join([
    b"From: a@b.cn", b"Subject: nested", b"Date: Sun, 1 Mar 2026 09:30:00 +0800",
    b"MIME-Version: 1.0",
    b'Content-Type: multipart/mixed; boundary="o"', b"",
    b"--o", b'Content-Type: multipart/alternative; boundary="i"', b"",
    b"--i", b"Content-Type: text/plain; charset=utf-8", b"", b"plain",
    b"--i", b"Content-Type: text/html; charset=utf-8", b"Content-Transfer-Encoding: 8bit", b"",
    b"<b>html</b>", b"", b"--i--",
    b"--o", b"Content-Type: message/rfc822", b"", b"Subject: inner", b"From: x@y.cn", b"",
    b"inner body", b"",
    b"--o", b'Content-Type: application/pdf; name="a.pdf"',
    b'Content-Disposition: attachment; filename="a.pdf"', b"Content-Transfer-Encoding: base64",
    b"Content-ID: <pdf@b.cn>", b"", b"JVBERi0xLjQ=", b"--o--", b"",
])  # fmt: skip
FETCHED = (
    "(FLAGS RFC822.SIZE ENVELOPE)", "BODY", "BODYSTRUCTURE", "BODY.PEEK[]", "BODY.PEEK[HEADER]",
    "BODY.PEEK[TEXT]", "BODY.PEEK[1]", "BODY.PEEK[1.2]", "BODY.PEEK[1.2.MIME]", "BODY.PEEK[2]",
    "BODY.PEEK[2.HEADER]", "BODY.PEEK[2.TEXT]", "BODY.PEEK[2.1]", "BODY.PEEK[3]",
    "BODY.PEEK[]<5.20>", "BODY.PEEK[TEXT]<3.100000>", "BODY.PEEK[HEADER.FIELDS (Subject FROM)]",
    "BODY.PEEK[HEADER.FIELDS.NOT (subject)]", "BODY.PEEK[7]", "RFC822.HEADER",
)  # fmt: skip
SEARCHED = (
    "ALL", "SEEN", "UNSEEN", "NOT SEEN", "FROM pku", "TO d.cn", "CC e@", "SUBJECT failed",
    "OR SUBJECT nested SUBJECT failed", "BODY inner", "TEXT pdf", "LARGER 300", "SMALLER 300",
    "SENTON 2-Mar-2026", "SENTBEFORE 2-Mar-2026", "SENTSINCE 1-Jan-2026", "KEYWORD urgent",
    "UNKEYWORD urgent", "HEADER Message-ID 1@pku", 'HEADER In-Reply-To ""', "2", "1:*", "UID 1",
    "CHARSET UTF-8 SUBJECT {6+}\r\n登录", "(SEEN NOT FLAGGED)", "DRAFT", "OLD",
)  # fmt: skip


@pytest.fixture
def real() -> Iterator[Mapping[str, Any]]:
    """Give where a real server is."""
    made = DovecotSandbox(SandboxOptions())
    yield made.start()
    made.stop()


def answers(at: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a server everything; give what it answers, in a form that may be compared."""
    with imaplib.IMAP4(at["imap_host"], at["imap_port"], timeout=20) as client:
        client.login(at["user"], at["password"])
        return _asked(client)


def _asked(client: Any) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for raw, flags in ((PLAIN, r"(\Seen urgent)"), (NESTED, "()")):
        client.append("INBOX", flags, '" 2-Mar-2026 10:00:00 +0000"', raw)
    client.select("INBOX")
    for items in FETCHED:
        for number in ("1", "2"):
            if (number, items) == ("2", "BODY.PEEK[1]"):
                continue  # Dovecot counts the break before a boundary to the part (RFC 2046, 5.1.1)
            seen[f"{number} {items}"] = _plain(client.fetch(number, items)[1])
    for keys in SEARCHED:
        seen[keys] = sorted(client.search(None, keys.encode())[1][0].split())
    seen["store"] = _plain(client.store("1", "+FLAGS", r"(\Flagged)")[1])
    seen["copy"] = [client.copy("1:2", "INBOX")[0], client.select("INBOX")[1]]
    seen["missing"] = client.copy("1", "nowhere")[0]
    seen["expunged"] = [client.store("2", "+FLAGS.SILENT", r"(\Deleted)")[0], client.expunge()[1]]
    seen["names"] = [client.create('"&XYpbaA-"')[0], _plain(client.list('""', '"&XYpbaA-"')[1])]
    return seen


def _plain(found: list[Any]) -> list[bytes]:
    """Give an answer in one form, without what is each server's own choice.

    That is the case of names, quotes where an atom would do, nothing or an empty string for an
    absent part, the flag Recent, and the UID beside flags.
    """
    text = b"".join(
        b"%s\r\n%s" % (piece[0], piece[1]) if isinstance(piece, tuple) else bytes(piece or b"")
        for piece in found
    )
    for choice, plain in (
        (rb" ?\\Recent", b""),
        (rb"\{0\}\r\n", b"NIL"),
        (rb"\(UID \d+ FLAGS", b"(FLAGS"),
        (rb'"(&[^"]*)"', rb"\1"),
    ):
        text = re.sub(choice, plain, text)
    return sorted(text.upper().split(b"\r\n"))


def test_both_answer_alike(service: Any, real: Mapping[str, Any]) -> None:
    """FETCH of every item, SEARCH by every key, and what changes."""
    ours, theirs = answers(service.at), answers(real)

    different = {
        asked: (ours[asked], theirs[asked]) for asked in ours if ours[asked] != theirs[asked]
    }
    assert different == {}


def test_a_mail_can_be_put_into_it_and_is_shown(real: Mapping[str, Any]) -> None:
    """By the control API, as into the emulator."""
    made = DovecotSandbox(SandboxOptions())
    made.start()
    try:
        made.act("deliver", {"from": "li@pku.edu.cn", "subject": "登录", "text": "不能登录"})
        (mail,) = made.records()["service@vendor.example"]
        with pytest.raises(ValueError, match="plays no faults"):
            made.faults.add(Fault(kind="latency"))
    finally:
        made.stop()

    assert (mail["subject"], mail["text"]) == ("登录", "不能登录")
