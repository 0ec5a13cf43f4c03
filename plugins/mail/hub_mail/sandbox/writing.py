"""Writes the mails of the emulator's people: plain ones, and replies with quotes.

Bytes are put together by hand, so that wrong charsets and raw headers can be written too.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import format_datetime, getaddresses
from typing import Any


def mail(arguments: Mapping[str, Any], *, now: datetime, message_id: str) -> bytes:
    """Write a mail from `from`, `to`, `subject`, `text`, `charset`, `in_reply_to`, `headers`."""
    charset = str(arguments.get("charset", "utf-8"))
    lines = [
        ("From", _mailbox(str(arguments["from"]), charset)),
        ("To", str(arguments["to"])),
        ("Subject", word(str(arguments.get("subject", "")), charset)),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id),
        ("In-Reply-To", str(arguments.get("in_reply_to", ""))),
        ("References", _references(arguments)),
        ("MIME-Version", "1.0"),
        ("Content-Type", f"text/plain; charset={charset}"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    extra = {str(k): str(v) for k, v in dict(arguments.get("headers", {})).items()}
    replaced = {name.lower() for name in extra}
    head = [(n, v) for n, v in lines if v and n.lower() not in replaced] + list(extra.items())
    body = str(arguments.get("text", "")).encode(charset, "replace")
    header = "".join(f"{name}: {value}\r\n" for name, value in head)
    return header.encode("utf-8") + b"\r\n" + base64.encodebytes(body).replace(b"\n", b"\r\n")


def _references(arguments: Mapping[str, Any]) -> str:
    value = arguments.get("references", arguments.get("in_reply_to", ""))
    return value if isinstance(value, str) else "\r\n ".join(str(one) for one in value)


def _mailbox(text: str, charset: str) -> str:
    pairs = getaddresses([text])
    shown, address = pairs[0] if pairs else ("", text)
    return f"{word(shown, charset)} <{address}>" if shown else address


def word(text: str, charset: str) -> str:
    """Give a header's text: as it is if it is ASCII, else as one encoded word."""
    if text.isascii():
        return text
    encoded = base64.b64encode(text.encode(charset, "replace")).decode()
    return f"=?{charset}?B?{encoded}?="


def reply_arguments(answered: bytes, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Give the arguments of a reply to a mail: addresses, subject, thread, quoted text."""
    original = message_from_bytes(answered)
    subject = header(original, "subject")
    own_id = str(original.get("message-id", "")).strip()
    references = [*str(original.get("references", "")).split(), own_id]
    text = str(arguments.get("text", ""))
    if arguments.get("quote", True):
        text += _quote(original, str(arguments.get("style", "gmail")))
    result: dict[str, Any] = {
        "to": address(original, "reply-to") or address(original, "from"),
        "subject": subject if subject.lower().startswith("re:") else f"Re: {subject}",
        "in_reply_to": own_id,
        "references": references,
        "text": text,
    }
    kept = {k: v for k, v in arguments.items() if k in {"from", "subject", "charset", "headers"}}
    return result | kept


def _quote(original: Message, style: str) -> str:
    sender, subject = header(original, "from"), header(original, "subject")
    date, body = str(original.get("date", "")), text_of(original)
    if style == "qq":
        return (
            f"\n\n------------------ 原始邮件 ------------------\n发件人: {sender};\n"
            f"发送时间: {date}\n收件人: {header(original, 'to')};\n主题: {subject}\n\n{body}"
        )
    if style == "outlook":
        return (
            f"\n\n发件人：{sender}\n发送时间：{date}\n收件人：{header(original, 'to')}\n"
            f"主题：{subject}\n\n{body}"
        )
    quoted = "\n".join(f"> {line}" for line in body.splitlines())
    return f"\n\n在 {date}，{sender} 写道：\n{quoted}\n"


def text_of(message: Message) -> str:
    """Give the first plain text of a mail."""
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if part.get_content_type() == "text/plain" and isinstance(payload, bytes):
            return payload.decode(part.get_content_charset("utf-8"), "replace").replace(
                "\r\n", "\n"
            )
    return ""


def header(message: Message, name: str) -> str:
    """Give a decoded header field in one line; empty if there is none."""
    values = (str(v) for k, v in message.raw_items() if k.lower() == name)
    return " ".join(decoded(next(values, "")).split())


def decoded(value: str) -> str:
    """Give the text of a header's raw value: encoded words, or bytes (as surrogates) of UTF-8."""
    text = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        return str(make_header(decode_header(text)))
    except (LookupError, ValueError, UnicodeError):
        return text


def address(message: Message, name: str) -> str:
    """Give the first address of a header field."""
    found = getaddresses([str(message.get(name, ""))])
    return found[0][1] if found else ""
