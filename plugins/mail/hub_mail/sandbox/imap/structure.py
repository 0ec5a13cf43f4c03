"""The raw parts of a mail, by byte offsets, as BODY[…] must give them back exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email.message import Message as HeaderBlock
from email.parser import BytesHeaderParser
from email.policy import compat32
from functools import cached_property
from typing import Final

_END_OF_HEADER: Final = re.compile(rb"\r?\n\r?\n")
_PARSER: Final = BytesHeaderParser(policy=compat32)
_PARAMETER: Final = re.compile(r';\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)')
_MAX_DEPTH: Final = 30


@dataclass
class Part:
    """One part: where its header and body stand in the mail's bytes."""

    raw: bytes
    start: int
    body: int
    end: int
    default_type: str = "text/plain"
    children: list[Part] = field(default_factory=list)
    embedded: Part | None = None

    @property
    def header_bytes(self) -> bytes:
        """Give the header with the empty line behind it."""
        return self.raw[self.start : self.body]

    @property
    def body_bytes(self) -> bytes:
        """Give the body, still encoded."""
        return self.raw[self.body : self.end]

    @cached_property
    def headers(self) -> HeaderBlock:
        """Give the parsed header."""
        return _PARSER.parsebytes(self.header_bytes)

    @cached_property
    def content_type(self) -> tuple[str, str]:
        """Give type and subtype, in lower case."""
        self.headers.set_default_type(self.default_type)
        main, _, sub = self.headers.get_content_type().partition("/")
        return main, sub

    def fields(self, name: str) -> list[str]:
        """Give the header fields of a name; bytes outside ASCII stay as they are, as surrogates."""
        return [str(v) for k, v in self.headers.raw_items() if k.lower() == name]

    def parameters(self, header: str) -> list[tuple[str, str]]:
        """Give the parameters of a header such as Content-Type, without its value."""
        value = next(iter(self.fields(header)), "")
        found = _PARAMETER.findall(re.sub(r"\r?\n[ \t]", " ", value))
        return [(name, _plain(text.strip())) for name, text in found]

    def child(self, number: int) -> Part | None:
        """Give the part that a number names beneath this one (RFC 3501, 6.4.5)."""
        if self.children:
            return self.children[number - 1] if 0 < number <= len(self.children) else None
        if self.embedded is not None and self.embedded.children:
            return self.embedded.child(number)
        if self.embedded is not None:
            return self.embedded if number == 1 else None
        return None


def _plain(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r"\\(.)", r"\1", value[1:-1])
    return value


def parse(raw: bytes) -> Part:
    """Read a mail's parts."""
    return _parse(raw, 0, len(raw), "text/plain", 0)


def _parse(raw: bytes, start: int, end: int, default_type: str, depth: int) -> Part:
    part = Part(raw, start, _body_start(raw, start, end), end, default_type)
    main, sub = part.content_type
    if depth < _MAX_DEPTH and main == "multipart":
        boundary = dict(part.parameters("content-type")).get("boundary", "")
        inner = "message/rfc822" if sub == "digest" else "text/plain"
        spans = _spans(raw, part.body, end, boundary) if boundary else []
        part.children = [_parse(raw, a, b, inner, depth + 1) for a, b in spans]
    elif depth < _MAX_DEPTH and (main, sub) == ("message", "rfc822"):
        part.embedded = _parse(raw, part.body, end, "text/plain", depth + 1)
    return part


def _body_start(raw: bytes, start: int, end: int) -> int:
    for empty in (b"\r\n", b"\n"):
        if raw.startswith(empty, start, end):
            return start + len(empty)
    found = _END_OF_HEADER.search(raw, start, end)
    return found.end() if found else end


def _spans(raw: bytes, start: int, end: int, boundary: str) -> list[tuple[int, int]]:
    mark = re.escape(boundary.encode("utf-8", "surrogateescape"))
    line = re.compile(rb"--" + mark + rb"(--)?[ \t]*\r?(?:\n|\Z)")
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    position = start
    while (found := line.search(raw, position, end)) is not None:
        position = found.end()
        if found.start() > start and raw[found.start() - 1 : found.start()] != b"\n":
            continue
        if opened is not None:
            spans.append((opened, _before_break(raw, opened, found.start())))
        opened = None if found[1] else found.end()
        if found[1]:
            break
    if opened is not None:
        spans.append((opened, end))
    return spans


def _before_break(raw: bytes, opened: int, position: int) -> int:
    if raw.startswith(b"\n", position - 1):
        position -= 1
        if raw.startswith(b"\r", position - 1):
            position -= 1
    return max(opened, position)
