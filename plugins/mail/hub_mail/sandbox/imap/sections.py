"""BODY[section]<partial>: reading it from a command and cutting it out of a mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hub_mail.sandbox.imap.grammar import Arguments, BadError
from hub_mail.sandbox.imap.structure import Part
from hub_mail.sandbox.imap.wire import quoted

_PATH: Final = re.compile(rb"\d+(?:\.\d+)*")
_FIELD: Final = re.compile(
    rb"(?P<name>[^\s:][^:\r\n]*):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r?\n|\Z)"
)
_KINDS: Final = ("HEADER.FIELDS.NOT", "HEADER.FIELDS", "HEADER", "TEXT", "MIME")


@dataclass(frozen=True, slots=True)
class Section:
    """What of a mail is asked for: a part's path, which piece of it, which header fields."""

    path: tuple[int, ...] = ()
    kind: str = ""
    fields: tuple[bytes, ...] = ()

    def label(self) -> bytes:
        """Give it as the answer names it."""
        pieces = [str(number) for number in self.path] + ([self.kind] if self.kind else [])
        text = ".".join(pieces).encode()
        if self.fields:
            text += b" (" + b" ".join(_field_label(name) for name in self.fields) + b")"
        return text


def _field_label(name: bytes) -> bytes:
    return name if re.fullmatch(rb"[A-Za-z0-9-]+", name) else quoted(name)


@dataclass(frozen=True, slots=True)
class Partial:
    """A range of bytes."""

    start: int
    count: int


def read_section(arguments: Arguments) -> tuple[Section, Partial | None]:
    """Read `[section]` and `<start.count>`."""
    arguments.expect(b"[")
    path: tuple[int, ...] = ()
    if arguments.peek().isdigit():
        path = tuple(int(x) for x in arguments.match(_PATH, "a part")[0].split(b"."))
        if not arguments.skip(b"."):
            arguments.expect(b"]")
            return Section(path), _partial(arguments)
    section = Section(path, *_kind(arguments, path))
    arguments.expect(b"]")
    return section, _partial(arguments)


def _kind(arguments: Arguments, path: tuple[int, ...]) -> tuple[str, tuple[bytes, ...]]:
    if arguments.peek() == b"]" and not path:
        return "", ()
    word = arguments.atom().upper()
    if word not in _KINDS or (word == "MIME" and not path):
        raise BadError(f"unknown section {word}")
    if not word.startswith("HEADER.FIELDS"):
        return word, ()
    arguments.space()
    return word, tuple(arguments.listed(arguments.astring))


def _partial(arguments: Arguments) -> Partial | None:
    if not arguments.skip(b"<"):
        return None
    start = arguments.number()
    arguments.expect(b".")
    count = arguments.number()
    arguments.expect(b">")
    return Partial(start, count)


def cut(root: Part, section: Section) -> bytes | None:
    """Give the bytes of a section; None if the mail has no such part."""
    part = _find(root, section.path)
    if part is None:
        return None
    if section.kind == "":
        return root.raw if not section.path else part.body_bytes
    if section.kind == "MIME":
        return part.header_bytes
    mail = part if not section.path else part.embedded
    return _of_mail(mail, section) if mail is not None else None


def _of_mail(mail: Part, section: Section) -> bytes:
    if section.kind == "HEADER":
        return mail.header_bytes
    if section.kind == "TEXT":
        return mail.body_bytes
    return _fields(mail.header_bytes, section)


def _find(root: Part, path: tuple[int, ...]) -> Part | None:
    part: Part | None = root
    for depth, number in enumerate(path):
        if part is None:
            return None
        if depth == 0 and number == 1 and not part.children:
            continue
        part = part.child(number)
    return part


def _fields(header: bytes, section: Section) -> bytes:
    wanted = {name.lower() for name in section.fields}
    keep = section.kind == "HEADER.FIELDS"
    found = [
        match[0]
        for match in _FIELD.finditer(header)
        if (match["name"].strip().lower() in wanted) == keep
    ]
    return b"".join(found) + b"\r\n"
