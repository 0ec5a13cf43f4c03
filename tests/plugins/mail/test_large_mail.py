"""Mails larger than the cap: neither lost nor in the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hub.models import Change

MEBI = 1024 * 1024


def big(megabytes: int, *, text_first: bool = True, html: bool = False) -> bytes:
    """Build a mail with one large file."""
    kind = b"text/html" if html else b"text/plain"
    words = "<p>日志见附件</p>" if html else "日志见附件"
    text = b"--b\r\nContent-Type: " + kind + b"; charset=gb2312\r\n\r\n" + words.encode("gbk")
    file = (
        b"--b\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''%E6%97%A5%E5%BF%97.zip\r\n\r\n"
        + (b"QUJD" * 19 + b"\r\n")
        * (megabytes * MEBI // 78)
    )
    parts = [text, file] if text_first else [file, text]
    return (
        b"From: li@pku.edu.cn\r\nSubject: =?gb2312?B?yNXWvg==?=\r\nMessage-ID: <big@pku.edu.cn>\r\n"
        b"In-Reply-To: <before@vendor.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"\r\n".join(parts)
        + b"\r\n--b--\r\n"
    )


@pytest.mark.parametrize("text_first", [True, False])
@pytest.mark.parametrize("html", [True, False])
def test_of_a_50_mb_mail_header_and_text_are_read(post: Any, text_first: bool, html: bool) -> None:
    """The matter becomes a case; the file stays on the server, and the text says so."""
    post.deliver(big(50, text_first=text_first, html=html))
    post.deliver(subject="behind it")

    page = post.connector().poll(None)

    large, small = page.changes
    assert isinstance(large, Change)
    assert large.fields["subject"] == "日志"
    assert large.text is not None
    assert large.text.text.startswith("日志见附件\n\n[附件过大")
    assert [file.name for file in large.attachments] == ["日志.zip"]
    assert large.attachments[0].size > 49 * MEBI
    assert large.mentions[0] == "message-id:before@vendor.example"
    assert small.fields["subject"] == "behind it"
    assert json.loads(page.cursor)["uid"] == 2


def test_a_large_mail_costs_no_large_transfer(post: Any, monkeypatch: Any) -> None:
    """What is over the cap is never fetched whole."""
    post.deliver(big(2))
    fetched: list[int] = []
    connector = post.connector(max_mail_bytes=MEBI)
    connector.poll(None)
    client = connector._reading._client
    original = client._connection.read

    def reading(size: int) -> bytes:
        fetched.append(size)
        return bytes(original(size))

    monkeypatch.setattr(client._connection, "read", reading)
    connector.poll(None)

    assert sum(fetched) < 100_000


def test_one_huge_text_is_cut(post: Any) -> None:
    """A mail that is all text is read as far as is reasonable."""
    head = b"From: li@pku.edu.cn\r\nSubject: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    post.deliver(head + ("一行日志\r\n" * 300_000).encode())

    (change,) = post.connector(max_mail_bytes=MEBI).poll(None).changes

    assert change.text.text.startswith("一行日志")
    assert len(change.text.text) < 250_000


def test_a_large_mail_without_text_is_its_header_and_files(post: Any) -> None:
    """A fax that is one picture still becomes a case."""
    head = b"From: fax@x.cn\r\nSubject: fax\r\nContent-Type: image/tiff; name=fax.tif\r\n"
    post.deliver(
        head + b"Content-Transfer-Encoding: base64\r\n\r\n" + (b"QUJD" * 19 + b"\r\n") * 30_000
    )

    (change,) = post.connector(max_mail_bytes=MEBI).poll(None).changes

    assert change.fields["subject"] == "fax"
    assert [(f.name, f.media_type) for f in change.attachments] == [("fax.tif", "image/tiff")]
