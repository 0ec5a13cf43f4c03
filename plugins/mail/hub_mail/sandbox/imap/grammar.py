"""Reads IMAP's command grammar: atoms, quoted strings, literals, lists, sequence sets.

A command arrives as one buffer in which literals stand inline behind their `{n}` line.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from hub_mail import folders

LITERAL: Final = re.compile(rb"\{(\d+)(\+?)\}\r?\n")
TRAILING_LITERAL: Final = re.compile(rb"~?\{(\d+)(\+?)\}\r?\n\Z")
_ATOM: Final = re.compile(rb"[^\x00-\x20\x7f(){%*\"\\\]]+")
_ASTRING: Final = re.compile(rb"[^\x00-\x20\x7f(){%*\"\\]+")
_LIST_NAME: Final = re.compile(rb"[^\x00-\x20\x7f(){\"\\]+")
_FLAG: Final = re.compile(rb"\\?[^\x00-\x20\x7f(){%*\"\\\]]+")
_SET: Final = re.compile(rb"(?:\d+|\*)(?::(?:\d+|\*))?(?:,(?:\d+|\*)(?::(?:\d+|\*))?)*")
_QUOTED: Final = re.compile(rb'"((?:[^"\\\r\n]|\\.)*)"')

Value = TypeVar("Value")


class BadError(Exception):
    """The command is not understood: answered with BAD."""


class NoError(Exception):
    """The command is understood and refused: answered with NO and a response code."""

    def __init__(self, text: str, code: str = "") -> None:
        self.code = code
        super().__init__(f"[{code}] {text}" if code else text)


@dataclass(frozen=True, slots=True)
class SequenceSet:
    """A set of numbers; None stands for `*`, the largest one."""

    ranges: tuple[tuple[int | None, int | None], ...]

    @classmethod
    def parse(cls, text: str) -> SequenceSet:
        """Read `1:3,7,9:*`."""
        ranges = []
        for part in text.split(","):
            low, _, high = part.partition(":")
            ranges.append((_star(low), _star(high or low)))
        return cls(tuple(ranges))

    def select(self, numbers: Sequence[int]) -> list[int]:
        """Give those of some ascending numbers that are in the set."""
        return [numbers[index] for index in self.indices(numbers)]

    def indices(self, numbers: Sequence[int]) -> list[int]:
        """Give where those of some ascending numbers stand that are in the set."""
        if not numbers:
            return []
        top = numbers[-1]
        chosen: set[int] = set()
        for low, high in self.ranges:
            first, last = (top if low is None else low), (top if high is None else high)
            start = bisect_left(numbers, min(first, last))
            chosen.update(range(start, bisect_right(numbers, max(first, last))))
        return sorted(chosen)


def _star(text: str) -> int | None:
    return None if text == "*" else int(text)


class Arguments:
    """The rest of a command, read from left to right."""

    def __init__(self, buffer: bytes) -> None:
        self.buffer = buffer
        self.position = 0

    def peek(self) -> bytes:
        """Give the next byte; empty at the end."""
        return self.buffer[self.position : self.position + 1]

    @property
    def done(self) -> bool:
        """Say whether nothing is left."""
        return self.position >= len(self.buffer)

    @property
    def rest(self) -> bytes:
        """Give what is left, without stepping over it."""
        return self.buffer[self.position :]

    def end(self) -> None:
        """Insist that nothing is left."""
        if not self.done:
            raise BadError("unexpected arguments")

    def skip(self, token: bytes) -> bool:
        """Step over a token if it comes next."""
        if self.buffer.startswith(token, self.position):
            self.position += len(token)
            return True
        return False

    def expect(self, token: bytes) -> None:
        """Step over a token that must come next."""
        if not self.skip(token):
            raise BadError(f"expected {token.decode()!r}")

    def space(self) -> None:
        """Step over the space between two arguments."""
        self.expect(b" ")

    def match(self, pattern: re.Pattern[bytes], what: str) -> re.Match[bytes]:
        """Step over what a pattern matches."""
        found = pattern.match(self.buffer, self.position)
        if found is None:
            raise BadError(f"expected {what}")
        self.position = found.end()
        return found

    def atom(self) -> str:
        """Read an atom."""
        return self.match(_ATOM, "an atom")[0].decode("latin-1")

    def flag(self) -> str:
        """Read a flag, system or keyword."""
        return self.match(_FLAG, "a flag")[0].decode("latin-1")

    def number(self) -> int:
        """Read a number."""
        return int(self.match(re.compile(rb"\d+"), "a number")[0])

    def sequence(self) -> SequenceSet:
        """Read a sequence set."""
        return SequenceSet.parse(self.match(_SET, "a sequence set")[0].decode())

    def string(self) -> bytes:
        """Read a quoted string or a literal."""
        if self.peek() == b'"':
            body = self.match(_QUOTED, "a quoted string")[1]
            return re.sub(rb"\\(.)", rb"\1", body)
        self.skip(b"~")
        size = int(self.match(LITERAL, "a string")[1])
        self.position += size
        return self.buffer[self.position - size : self.position]

    def astring(self) -> bytes:
        """Read an atom or a string."""
        if self.peek() in {b'"', b"{"}:
            return self.string()
        return self.match(_ASTRING, "a string")[0]

    def mailbox(self) -> str:
        """Read a mailbox's name."""
        return folders.decode(self.astring())

    def pattern(self) -> str:
        """Read a mailbox pattern with its wildcards."""
        if self.peek() in {b'"', b"{"}:
            return folders.decode(self.string())
        return folders.decode(self.match(_LIST_NAME, "a mailbox pattern")[0])

    def listed(self, read: Callable[[], Value]) -> list[Value]:
        """Read a list in parentheses."""
        self.expect(b"(")
        result: list[Value] = []
        while not self.skip(b")"):
            if result:
                self.space()
            result.append(read())
        return result

    def many(self, read: Callable[[], Value]) -> list[Value]:
        """Read a list in parentheses, or one value, or several without parentheses."""
        if self.peek() == b"(":
            return self.listed(read)
        result = [read()]
        while self.skip(b" "):
            result.append(read())
        return result

    def date_time(self) -> datetime:
        """Read `"17-Jul-2026 02:44:25 +0800"`."""
        text = self.string().decode("latin-1").strip()
        try:
            return datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z")
        except ValueError:
            raise BadError("not a date and time") from None
