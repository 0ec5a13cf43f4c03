"""The parts of a mail: which of them are its text, which are its files.

An attached mail is a file: its text and files are not this mail's (RFC 2046, message/rfc822).
"""

from __future__ import annotations

import hashlib
import mimetypes
from dataclasses import dataclass, field
from email.message import Message
from typing import Final

from hub.filenames import safe_name
from hub.models import Attachment
from hub_mail import headers
from hub_mail.charsets import decode
from hub_mail.markup import to_text

MAX_TEXT: Final = 200_000
_MAX_DEPTH: Final = 20
_MAX_PARTS: Final = 500


@dataclass(slots=True)
class Content:
    """What was found: texts in order, files, and a digest of each file."""

    texts: list[str] = field(default_factory=list)
    plain: bool = False
    files: list[Attachment] = field(default_factory=list)
    digests: list[str] = field(default_factory=list)
    parts: int = 0

    @property
    def text(self) -> str:
        """Give all texts as one."""
        joined = "\n\n".join(text.strip("\n") for text in self.texts if text.strip())
        return joined[:MAX_TEXT]


def read(message: Message) -> Content:
    """Sort the parts of a mail into text and files."""
    content = Content()
    _walk(message, "", content, 0)
    return content


def _walk(part: Message, path: str, content: Content, depth: int) -> None:
    content.parts += 1
    if content.parts > _MAX_PARTS or depth > _MAX_DEPTH:
        return
    children = _children(part)
    if children is None:
        _leaf(part, path or "1", content)
        return
    if part.get_content_subtype() == "alternative":
        _alternative(children, path, content, depth)
        return
    for number, child in enumerate(children, 1):
        _walk(child, f"{path}.{number}" if path else str(number), content, depth + 1)


def _children(part: Message) -> list[Message] | None:
    """Give the parts of a multipart; None for a leaf, which an attached mail is too."""
    if part.get_content_maintype() != "multipart":
        return None
    payload = part.get_payload()
    if not isinstance(payload, list):
        return None
    return [child for child in payload if isinstance(child, Message)]


def _alternative(children: list[Message], path: str, content: Content, depth: int) -> None:
    """Take the plain form if it says anything, else the last form that does."""
    chosen: Content | None = None
    for number, child in enumerate(children, 1):
        found = Content(parts=content.parts)
        _walk(child, f"{path}.{number}" if path else str(number), found, depth + 1)
        content.parts = found.parts
        content.files += found.files
        content.digests += found.digests
        if found.text.strip() and not (chosen is not None and chosen.plain):
            chosen = found
    if chosen is not None:
        content.texts += chosen.texts
        content.plain = chosen.plain


def _leaf(part: Message, path: str, content: Content) -> None:
    kind = part.get_content_type()
    disposition = headers.text(part, "content-disposition").split(";")[0].strip().lower()
    named = _file_name(part)
    is_text = kind in {"text/plain", "text/html"} and disposition != "attachment"
    if part.get_content_maintype() == "multipart":
        is_text = True
    if not is_text or (named and disposition):
        _file(part, path, named, content)
        return
    content.plain = content.plain or kind != "text/html"
    content.texts.append(_text(part, kind))


def _text(part: Message, kind: str) -> str:
    raw = payload(part)
    declared = headers.parameters(part, "content-type")
    text = decode(raw, declared.get("charset", ""))
    if kind == "text/html":
        return to_text(text)
    if declared.get("format", "").lower() == "flowed":
        return unflow(text, delete_space=declared.get("delsp", "").lower() == "yes")
    return text


def payload(part: Message) -> bytes:
    """Give the decoded bytes of a leaf; an attached mail's bytes as they are."""
    try:
        if part.get_content_maintype() == "message" or part.is_multipart():
            inner = part.get_payload()
            whole = inner[0] if isinstance(inner, list) and inner else part
            return whole.as_bytes() if isinstance(whole, Message) else b""
        decoded = part.get_payload(decode=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return str(part.get_payload()).encode("utf-8", "surrogateescape")
    return decoded if isinstance(decoded, bytes) else b""


def _file_name(part: Message) -> str:
    named = headers.parameters(part, "content-disposition").get("filename", "")
    return named or headers.parameters(part, "content-type").get("name", "")


def _file(part: Message, path: str, named: str, content: Content) -> None:
    raw = payload(part)
    kind = part.get_content_type()
    ending = mimetypes.guess_extension(kind) or (".eml" if kind == "message/rfc822" else ".bin")
    name = safe_name(named, f"attachment-{len(content.files) + 1}{ending}")
    content.files.append(Attachment(id=path, name=name, media_type=kind, size=len(raw)))
    content.digests.append(hashlib.sha256(raw).hexdigest())


def unflow(text: str, *, delete_space: bool) -> str:
    """Undo `format=flowed` (RFC 3676): join the lines that were wrapped for the way only."""
    result: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")
        flows = content.endswith(" ") and content != "-- "
        if open_depth == depth and content != "-- ":
            result[-1] += content
        else:
            result.append(("> " * depth if depth else "") + content)
        if flows and delete_space:
            result[-1] = result[-1][:-1]
        open_depth = depth if flows else None
    return "\n".join(line.rstrip(" \t") for line in result)
