"""The emulator under a client that we did not write: imap-tools."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any

import pytest
from imap_tools import AND, NOT, OR, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import MailboxFolderSelectError, MailboxLoginError


@pytest.fixture
def box(post: Any) -> Iterator[MailBoxUnencrypted]:
    """A stranger, logged in."""
    at = post.at
    opened = MailBoxUnencrypted(at["imap_host"], at["imap_port"], timeout=10)
    with opened.login(at["user"], at["password"]) as one:
        yield one


def subjects(box: Any, criteria: Any = "ALL", charset: str = "UTF-8") -> list[str]:
    """Give the subjects of the mails that match."""
    return [mail.subject for mail in box.fetch(criteria, charset=charset, mark_seen=False)]


def test_mails_are_listed_and_read(post: Any, box: Any) -> None:
    """Subject, sender, text, date and size arrive."""
    post.deliver(
        subject="登录", text="不能登录", charset="gb18030", **{"from": "李 <li@pku.edu.cn>"}
    )

    (mail,) = box.fetch()

    assert (mail.subject, mail.from_, mail.from_values.name) == ("登录", "li@pku.edu.cn", "李")
    assert mail.text == "不能登录"
    assert mail.size > 100
    assert "\\Seen" in post.mails()[0]["flags"]


def test_searches_find_what_they_should(post: Any, box: Any) -> None:
    """Keys of RFC 3501, alone and combined."""
    post.deliver(subject="alpha", text="登录失败", flags=["\\Seen"])
    post.deliver(subject="beta", text="other", flags=["\\Flagged", "urgent"], **{"from": "w@x.cn"})
    post.deliver(subject="伽马", text="x" * 5000, headers={"X-Tag": "red"})

    assert subjects(box, AND(seen=True)) == ["alpha"]
    assert subjects(box, AND(from_="w@x.cn")) == ["beta"]
    assert subjects(box, AND(subject="伽马")) == ["伽马"]
    assert subjects(box, AND(text="登录")) == ["alpha"]
    assert subjects(box, AND(body="登录")) == ["alpha"]
    assert subjects(box, AND(size_gt=4000)) == ["伽马"]
    assert subjects(box, AND(keyword="urgent")) == ["beta"]
    assert subjects(box, OR(subject=["alpha", "beta"])) == ["alpha", "beta"]
    assert subjects(box, NOT(AND(flagged=True))) == ["alpha", "伽马"]
    assert subjects(box, AND(uid="2")) == ["beta"]
    assert subjects(box, "HEADER X-Tag red") == ["伽马"]
    assert subjects(box, "SENTSINCE 1-Jan-2100") == []
    assert subjects(box, "2:* UNSEEN") == ["beta", "伽马"]


def test_flags_are_set_and_mails_deleted(post: Any, box: Any) -> None:
    """STORE and EXPUNGE."""
    for name in ("one", "two", "three"):
        post.deliver(subject=name)

    box.flag(["1", "3"], MailMessageFlags.FLAGGED, value=True)
    box.flag(["3"], MailMessageFlags.FLAGGED, value=False)
    box.delete(["2"])

    assert [mail["flags"] for mail in post.mails()] == [["\\Flagged"], []]
    assert subjects(box) == ["one", "three"]


def test_folders_are_managed(post: Any, box: Any) -> None:
    """CREATE, LIST, STATUS, RENAME, SUBSCRIBE, DELETE, with names in Chinese and with `&`."""
    for name in ("归档/2026", "R&D"):
        box.folder.create(name)
    box.folder.rename("归档", "存档")
    box.folder.subscribe("R&D", value=False)

    names = [folder.name for folder in box.folder.list()]
    subscribed = [folder.name for folder in box.folder.list(subscribed_only=True)]
    assert {"存档", "存档/2026", "R&D", "INBOX", "Sent"} <= set(names)
    assert "R&D" not in subscribed
    assert box.folder.exists("存档/2026")
    assert {"MESSAGES": 0, "UIDNEXT": 1}.items() <= box.folder.status("存档/2026").items()

    box.folder.delete("存档/2026")
    assert not box.folder.exists("存档/2026")
    with pytest.raises(MailboxFolderSelectError):
        box.folder.set("存档/2026")


def test_mails_are_copied_moved_and_appended(post: Any, box: Any) -> None:
    """COPY, MOVE and APPEND give new UIDs in the other folder."""
    for name in ("one", "two"):
        post.deliver(subject=name)

    box.copy(["1"], "Trash")
    box.move(["2"], "Trash")
    box.append(b"Subject: three\r\n\r\ntext", "Trash", flag_set=[MailMessageFlags.SEEN])

    assert subjects(box) == ["one"]
    assert [mail["subject"] for mail in post.mails("service@vendor.example/Trash")] == [
        "one",
        "two",
        "three",
    ]


def test_idle_tells_of_mail_and_of_other_sessions(post: Any, box: Any) -> None:
    """A waiting client hears of arrivals and removals."""
    post.deliver(subject="one")
    box.folder.set("INBOX")

    with box.idle as idle:
        post.deliver(subject="two")
        arrived = idle.poll(timeout=10)
    with box.idle as idle:
        post.sandbox.act("expunge", {"uids": [1]})
        removed = idle.poll(timeout=10)

    assert b"* 2 EXISTS" in arrived
    assert b"* 1 EXPUNGE" in removed
    assert subjects(box) == ["two"]


def test_attachments_come_whole(post: Any, box: Any) -> None:
    """Parts are delimited as they were sent."""
    raw = (
        b"From: a@b.cn\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: application/zip\r\nContent-Disposition: attachment; filename=a.zip\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nUEs=\r\n--b--\r\n"
    )
    post.deliver(raw)

    (mail,) = box.fetch()

    assert [(file.filename, file.payload) for file in mail.attachments] == [("a.zip", b"PK")]


def test_a_stranger_comes_in_by_every_door(post: Any) -> None:
    """IMAPS, STARTTLS, AUTHENTICATE; and not with a wrong password."""
    post.deliver(subject="x")
    at, context = post.at, ssl.create_default_context(cafile=post.at["ca_file"])
    over_tls = MailBox(at["imap_host"], at["imaps_port"], ssl_context=context, timeout=10)
    with over_tls.login_utf8(at["user"], at["password"]) as box:
        assert subjects(box) == ["x"]
    starttls = MailBoxStartTls(at["imap_host"], at["imap_port"], ssl_context=context, timeout=10)
    with starttls.login(at["user"], at["password"]) as box:
        assert subjects(box) == ["x"]
    refused = MailBoxUnencrypted(at["imap_host"], at["imap_port"], timeout=10)
    with pytest.raises(MailboxLoginError):
        refused.login(at["user"], "wrong")
    refused.client.shutdown()


def test_a_customer_looks_into_his_own_mailbox(post: Any, make_reply: Any) -> None:
    """Who got a mail can log in and read it."""
    post.connector().apply([make_reply("k", "li@pku.edu.cn")])
    at = post.at
    opened = MailBoxUnencrypted(at["imap_host"], at["imap_port"], timeout=10)

    with opened.login("li@pku.edu.cn", at["password"]) as box:
        assert subjects(box) == ["Re: 登录 [#23456789ABCDEFGH]"]
