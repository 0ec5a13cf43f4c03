"""FETCH: which items are asked for, and what a message answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from hub_mail.sandbox.imap.envelope import envelope, structure
from hub_mail.sandbox.imap.grammar import Arguments, BadError
from hub_mail.sandbox.imap.sections import Partial, Section, cut, read_section
from hub_mail.sandbox.imap.structure import Part, parse
from hub_mail.sandbox.imap.wire import date_time, flags, listing, literal
from hub_mail.sandbox.model import Message

_MACROS: Final = {
    "ALL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"),
    "FAST": ("FLAGS", "INTERNALDATE", "RFC822.SIZE"),
    "FULL": ("FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"),
}
_SIMPLE: Final = frozenset(
    {
        "BODY", "BODYSTRUCTURE", "ENVELOPE", "FLAGS", "INTERNALDATE", "MODSEQ", "RFC822",
        "RFC822.HEADER", "RFC822.SIZE", "RFC822.TEXT", "UID",
    }
)  # fmt: skip
_LEGACY: Final = {
    "RFC822": Section(),
    "RFC822.HEADER": Section(kind="HEADER"),
    "RFC822.TEXT": Section(kind="TEXT"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing to fetch."""

    name: str
    section: Section | None = None
    partial: Partial | None = None
    peek: bool = True


def read_items(arguments: Arguments) -> list[Item]:
    """Read the items of a FETCH command."""
    if arguments.peek() == b"(":
        return arguments.listed(lambda: _item(arguments))
    word = arguments.buffer[arguments.position :].split(b" ", 1)[0].decode("latin-1").upper()
    if word in _MACROS:
        arguments.atom()
        return [Item(name) for name in _MACROS[word]]
    return [_item(arguments)]


def _item(arguments: Arguments) -> Item:
    rest = arguments.buffer[arguments.position : arguments.position + 10].upper()
    for prefix, peek in ((b"BODY.PEEK[", True), (b"BODY[", False)):
        if rest.startswith(prefix):
            arguments.position += len(prefix) - 1
            section, partial = read_section(arguments)
            return Item("BODY[]", section, partial, peek)
    name = arguments.atom().upper()
    if name not in _SIMPLE:
        raise BadError(f"unknown fetch item {name}")
    return Item(name, _LEGACY.get(name), None, peek=name not in {"RFC822", "RFC822.TEXT"})


def marks_seen(items: list[Item]) -> bool:
    """Say whether fetching these items marks the message as seen."""
    return any(not item.peek for item in items)


class Answer:
    """Makes the answer of one message; its parts are read at most once."""

    def __init__(self, message: Message, *, recent: bool = False) -> None:
        self._message = message
        self._recent = recent
        self._root: Part | None = None

    @property
    def root(self) -> Part:
        """Give the message's parts."""
        if self._root is None:
            self._root = parse(self._message.raw)
        return self._root

    def line(self, number: int, items: list[Item]) -> bytes:
        """Give the untagged FETCH answer."""
        values = [self._value(item) for item in items]
        return b"* %d FETCH " % number + listing(values) + b"\r\n"

    def _value(self, item: Item) -> bytes:
        if item.section is not None:
            return self._section(item, item.section)
        return item.name.encode() + b" " + self._simple(item.name)

    def _simple(self, name: str) -> bytes:
        message = self._message
        match name:
            case "UID":
                return b"%d" % message.uid
            case "FLAGS":
                return flags(message.flags, recent=self._recent)
            case "INTERNALDATE":
                return date_time(message.date)
            case "RFC822.SIZE":
                return b"%d" % len(message.raw)
            case "MODSEQ":
                return b"(%d)" % message.modseq
            case _:
                return self._outline(name)

    def _outline(self, name: str) -> bytes:
        if name == "ENVELOPE":
            return envelope(self.root)
        return structure(self.root, extended=name == "BODYSTRUCTURE")

    def _section(self, item: Item, section: Section) -> bytes:
        label = item.name.encode()
        if item.name == "BODY[]":
            label = b"BODY[" + section.label() + b"]"
        content = self._message.raw if section == Section() else cut(self.root, section)
        if item.partial is not None:
            label += b"<%d>" % item.partial.start
        if content is None:
            return label + b" NIL"
        if item.partial is not None:
            first = item.partial.start
            content = content[first : first + item.partial.count]
        return label + b" " + literal(content)
