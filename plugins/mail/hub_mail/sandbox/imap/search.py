"""SEARCH: keys read from a command into a predicate over messages."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Final

from hub_mail.sandbox.imap.addresses import read_addresses
from hub_mail.sandbox.imap.grammar import Arguments, BadError, NoError
from hub_mail.sandbox.model import Message, canonical
from hub_mail.sandbox.writing import decoded

_FLAGS: Final = ("ANSWERED", "DELETED", "DRAFT", "FLAGGED", "SEEN")
_HEADERS: Final = ("BCC", "CC", "FROM", "SUBJECT", "TO")
_ADDRESSES: Final = frozenset({"bcc", "cc", "from", "to"})


class Candidate:
    """A message under search; what is decoded for one key is kept for the next."""

    def __init__(self, number: int, message: Message, *, recent: bool) -> None:
        self.number = number
        self.message = message
        self.recent = recent

    @cached_property
    def head(self) -> list[tuple[str, str]]:
        """Give the header's fields, decoded."""
        end = re.search(rb"\r?\n\r?\n", self.message.raw)
        parsed = message_from_bytes(self.message.raw[: end.end() if end else None])
        return [(name.lower(), decoded(str(value))) for name, value in parsed.raw_items()]

    @cached_property
    def headers(self) -> list[str]:
        """Give all values of the header and of the parts' headers, decoded."""
        parts = message_from_bytes(self.message.raw).walk()
        return [decoded(str(value)) for part in parts for _, value in part.raw_items()]

    @cached_property
    def body(self) -> str:
        """Give the text parts, decoded."""
        texts = []
        for part in message_from_bytes(self.message.raw).walk():
            if part.get_content_maintype() != "text":
                continue
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                texts.append(_decode(payload, part.get_content_charset("utf-8")))
        return "\n".join(texts)

    def has(self, field: str, text: str) -> bool:
        """Say whether a header field contains a text."""
        return any(name == field and text in value.casefold() for name, value in self.head)

    def names(self, field: str, text: str) -> bool:
        """Say whether an address of a field, without comments and folds, contains a text."""
        if field not in _ADDRESSES:
            return False
        values = [value for name, value in self.head if name == field]
        return any(
            text in f"{entry.name or ''} <{entry.local}@{entry.host}>".casefold()
            for entry in read_addresses(values)
        )

    def field(self, name: str) -> str:
        """Give the first header field of a name; empty if there is none."""
        return next((value for found, value in self.head if found == name), "")

    @property
    def sent(self) -> date | None:
        """Give the day of the Date field."""
        try:
            return parsedate_to_datetime(self.field("date")).date()
        except ValueError:
            return None


def _decode(payload: bytes, charset: str) -> str:
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("latin-1")


Test = Callable[[Candidate], bool]


_RECENCY: Final[Mapping[str, Test]] = {
    "RECENT": lambda one: one.recent,
    "OLD": lambda one: not one.recent,
    "NEW": lambda one: one.recent and "\\Seen" not in one.message.flags,
}


class SearchProgram:
    """A search as a program: all tests must hold."""

    def __init__(
        self, arguments: Arguments, numbers: Sequence[int], uids: Sequence[int], now: datetime
    ) -> None:
        self._arguments = arguments
        self._numbers = numbers
        self._uids = uids
        self._now = now
        self._charset = "utf-8"
        self.uses_modseq = False

    def read(self, charset: str = "") -> list[Test]:
        """Read `[CHARSET name] key key …`; the name alone if it was read already."""
        arguments = self._arguments
        if not charset and arguments.rest.upper().startswith(b"CHARSET "):
            arguments.position += 8
            charset = arguments.astring().decode("latin-1")
            arguments.space()
        self._charset = charset or self._charset
        try:
            codecs.lookup(self._charset)
        except LookupError:
            raise NoError("unknown charset", "BADCHARSET (US-ASCII UTF-8)") from None
        tests = [self._key()]
        while arguments.skip(b" "):
            if arguments.done:
                break
            tests.append(self._key())
        arguments.end()
        return tests

    def _key(self) -> Test:
        arguments = self._arguments
        if arguments.peek() == b"(":
            tests = arguments.listed(self._key)
            return lambda one: all(test(one) for test in tests)
        if arguments.peek().isdigit() or arguments.peek() == b"*":
            numbers = set(arguments.sequence().select(self._numbers))
            return lambda one: one.number in numbers
        return self._named(arguments.atom().upper())

    def _named(self, word: str) -> Test:
        for read in (self._flag_key, self._text_key, self._date_key, self._other_key):
            test = read(word)
            if test is not None:
                return test
        raise BadError(f"unknown search key {word}")

    def _flag_key(self, word: str) -> Test | None:
        if word in _FLAGS:
            return _flagged(f"\\{word}", wanted=True)
        if word.startswith("UN") and word[2:] in _FLAGS:
            return _flagged(f"\\{word[2:]}", wanted=False)
        if word in {"KEYWORD", "UNKEYWORD"}:
            self._arguments.space()
            return _flagged(self._arguments.atom(), wanted=word == "KEYWORD")
        return _RECENCY.get(word)

    def _text_key(self, word: str) -> Test | None:
        if word in _HEADERS:
            text = self._text()
            return lambda one: one.has(word.lower(), text) or one.names(word.lower(), text)
        if word == "HEADER":
            self._arguments.space()
            name = self._arguments.astring().decode("latin-1").lower()
            value = self._text()
            return lambda one: one.has(name, value)
        if word == "BODY":
            text = self._text()
            return lambda one: text in one.body.casefold()
        if word == "TEXT":
            text = self._text()
            return lambda one: (
                text in one.body.casefold() or any(text in v.casefold() for v in one.headers)
            )
        return None

    def _date_key(self, word: str) -> Test | None:
        by_header = word.startswith("SENT")
        relation = word.removeprefix("SENT")
        if relation not in {"BEFORE", "ON", "SINCE"}:
            return None
        day = self._day()

        def holds(one: Candidate) -> bool:
            its = one.sent if by_header else one.message.date.astimezone(UTC).date()
            if its is None:
                return False
            return {"BEFORE": its < day, "ON": its == day, "SINCE": its >= day}[relation]

        return holds

    def _other_key(self, word: str) -> Test | None:
        arguments = self._arguments
        match word:
            case "ALL":
                return lambda _: True
            case "NOT" | "OR":
                return self._combined(word)
            case "UID":
                arguments.space()
                uids = set(arguments.sequence().select(self._uids))
                return lambda one: one.message.uid in uids
            case "LARGER" | "SMALLER" | "MODSEQ":
                return self._number_key(word)
            case "OLDER" | "YOUNGER":
                return self._within(older=word == "OLDER")
            case _:
                return None

    def _combined(self, word: str) -> Test:
        self._arguments.space()
        first = self._key()
        if word == "NOT":
            return lambda one: not first(one)
        self._arguments.space()
        second = self._key()
        return lambda one: first(one) or second(one)

    def _number_key(self, word: str) -> Test:
        self._arguments.space()
        if word == "MODSEQ" and self._arguments.peek() == b'"':
            self._arguments.string()
            self._arguments.space()
            self._arguments.atom()
            self._arguments.space()
        limit = self._arguments.number()
        if word == "LARGER":
            return lambda one: len(one.message.raw) > limit
        if word == "SMALLER":
            return lambda one: len(one.message.raw) < limit
        self.uses_modseq = True
        return lambda one: one.message.modseq >= limit

    def _within(self, *, older: bool) -> Test:
        self._arguments.space()
        border = self._now - timedelta(seconds=self._arguments.number())
        return lambda one: (one.message.date <= border) == older

    def _text(self) -> str:
        self._arguments.space()
        raw = self._arguments.astring()
        try:
            return raw.decode(self._charset).casefold()
        except UnicodeDecodeError:
            return raw.decode("latin-1").casefold()

    def _day(self) -> date:
        self._arguments.space()
        text = self._arguments.astring().decode("latin-1")
        try:
            return datetime.strptime(text, "%d-%b-%Y").replace(tzinfo=UTC).date()
        except ValueError:
            raise BadError("not a date") from None


def _flagged(flag: str, *, wanted: bool) -> Test:
    name = canonical(flag).lower()
    return lambda one: (name in {f.lower() for f in one.message.flags}) == wanted
