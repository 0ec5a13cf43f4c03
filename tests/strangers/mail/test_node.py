"""The mail emulator under nodemailer and imapflow, unchanged."""

from __future__ import annotations

from typing import Any


def test_what_nodemailer_sends_imapflow_reads(node: Any, service: Any) -> None:
    """Over STARTTLS and IMAPS, with the sandbox's authority trusted, names in Chinese."""
    told = node("mail/send_and_read.mjs", service.facts)

    assert told == {
        "accepted": ["service@vendor.example"],
        "sameId": True,
        "subject": "登录失败 – urgent",
        "from": [{"name": "服务台", "address": "service@vendor.example"}],
        "types": ["text/plain", "text/plain"],
        "filename": "截图.txt",
        "complete": True,
    }


def test_imapflow_drives_every_area_that_it_has(node: Any, service: Any) -> None:
    """Logins, mailboxes, messages, searches, changes, and what others do meanwhile."""
    told = node("mail/imapflow.mjs", service.facts)

    doors = {name: [True, True] for name in ("starttls", "imaps", "login", "sasl", "token")}
    assert told["doors"] == {**doors, "wrong": True, "expired": True}
    assert told["server"] == "Handbook Hub sandbox"
    assert told["messages"] == MESSAGES
    assert told["searches"] == SEARCHES
    assert told["mailboxes"] == MAILBOXES
    assert told["changes"] == CHANGES
    assert [told["others"][0], told["others"][-1]] == [["exists", 2], ["expunge", 1]]
    assert ["flags", 1] in told["others"]
    assert told["readOnly"] is True


MESSAGES = {
    "appended": [1, "INBOX"],
    "opened": [3, False, True],
    "first": {
        "flags": ["$label", "\\Recent", "\\Seen"],
        "subject": "one",
        "from": [{"name": "李", "address": "li@pku.edu.cn"}],
        "date": "1970-01-01T00:00:00.000Z",
        "size": 114,
        "header": "Subject: one",
        "piece": "of",
    },
    "structure": ["multipart/mixed", "multipart/alternative", "1.2", "截图.pdf"],
    "parts": ["plain", "Content-Type: text/html; charset=utf-8"],
    "download": ["application/pdf", "截图.pdf", "%PDF-1.4 x"],
    "all": [1, 2, 3],
}
SEARCHES = {
    "all": [1, 2, 3],
    "seen": [2, 3],
    "from": [1, 2],
    "chinese": [1, 2],
    "header": [2],
    "either": [1, 2],
    "not": [2, 3],
    "keyword": [1],
    "since": [2, 3],
    "before": [1],
    "larger": [3],
    "uid": [2, 3],
    "modseq": 3,
    "body": [2],
}
MAILBOXES = {
    "made": ["客户/R&D", True],
    "renamed": "客户/研发",
    "uses": ["\\Archive", "\\Drafts", "\\Inbox", "\\Junk", "\\Sent", "\\Trash"],
    "inbox": 3,
    "tree": True,
    "status": [3, "bigint", "bigint"],
    "removed": "客户/研发",
    "gone": "NO",
    "quota": True,
}
CHANGES = {
    "added": ["$label", "\\Flagged", "\\Seen", "urgent"],
    "coloured": "orange",
    "changed": [2],
    "stale": ["$MailFlagBit0", "\\Answered", "\\Flagged", "late"],
    "copied": [[1, 1], [2, 2]],
    "moved": ["INBOX", [1, 1]],
    "removed": True,
    "left": 1,
}


def test_nodemailer_drives_every_area_that_it_has(node: Any, service: Any) -> None:
    """Logins, a mail with everything in it, refusals, notifications, a pool."""
    told = node("mail/nodemailer.mjs", service.facts)

    assert told == {
        **dict.fromkeys(("starttls", "plaintext", "plain", "login", "token"), True),
        "wrong": ["EAUTH", 535],
        "accepted": 4,
        "partly": [["li@pku.edu.cn"], ["x@nowhere.invalid"], 550],
        "all": ["EENVELOPE", 550],
        "utf8": ["用户@例子.example"],
        "pool": 60,
    }
    assert len(service.mails("pool@b.cn")) == 60
    (secret,) = service.mails("secret@d.cn")
    assert (secret["subject"], secret["to"]) == ("附件 📎", "li@pku.edu.cn")
    assert secret["references"] == ["a@b.cn", "c@d.cn"]
    assert [one["subject"] for one in service.mails()] == ["Successful Mail Delivery Report"]
