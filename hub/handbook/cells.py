"""The unary tests that stand in a decision table's cells.

A cell is a value, a list of values, a range, words that a text contains, the negation of one of
these, or anything at all. Cells are plain values: they can be tested, shown and compared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias

from hub.models import Value

Key: TypeAlias = str | int | float | None
"""A value in the form in which cells compare it."""

MAX_TEXT: Final = 20_000
_RANGE_KEYS: Final = {"from", "to", "above", "below"}


def key_of(value: object) -> Key:
    """Give the form in which a value is compared: unset and empty are one, truth is a word."""
    if isinstance(value, str):
        return value.strip() or None
    if value is None or isinstance(value, bool):
        return None if value is None else str(value).lower()
    if isinstance(value, int | float):
        return value
    if isinstance(value, Sequence):
        value = ", ".join(str(part) for part in value)
    return str(value).strip() or None


def fold(value: object) -> str:
    """Give a text as words are looked for in it: one width, one case, of bounded length."""
    return "" if value is None else _folded(str(value)[:MAX_TEXT])


@lru_cache(maxsize=64)
def _folded(text: str) -> str:
    # Several tables look at the same texts, one after the other.
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


@dataclass(frozen=True, slots=True)
class AnyCell:
    """Accepts everything."""

    def test(self, value: object) -> bool:  # noqa: ARG002
        """Accept."""
        return True

    def __str__(self) -> str:
        return "any"


@dataclass(frozen=True, slots=True)
class Values:
    """Accepts the values listed, or all but these."""

    keys: frozenset[Key]
    negated: bool = False

    def test(self, value: object) -> bool:
        """Say whether the value is accepted."""
        return (key_of(value) in self.keys) is not self.negated

    def __str__(self) -> str:
        listed = " | ".join(sorted("(empty)" if key is None else str(key) for key in self.keys))
        return f"not {listed}" if self.negated else listed


@dataclass(frozen=True, slots=True)
class Range:
    """Accepts numbers between two bounds; an unset value is in no range."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False
    negated: bool = False

    def test(self, value: object) -> bool:
        """Say whether the value is accepted."""
        return self._within(value) is not self.negated

    def _within(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or not (
            value > self.high or (self.high_open and value == self.high)
        )

    def __str__(self) -> str:
        left = "" if self.low is None else f"{'above' if self.low_open else 'from'} {self.low:g}"
        right = "" if self.high is None else f"{'below' if self.high_open else 'to'} {self.high:g}"
        text = " ".join(part for part in (left, right) if part)
        return f"not ({text})" if self.negated else text


def _pattern(word: str) -> re.Pattern[str] | None:
    """Bound a word written in Latin letters by what is no letter; others may stand anywhere."""
    stem = word.removesuffix("*")
    left = r"(?<![a-z0-9])" if _is_latin(stem[0]) else ""
    right = r"(?![a-z0-9])" if stem == word and _is_latin(stem[-1]) else ""
    return re.compile(left + re.escape(stem) + right) if left or right else None


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


@dataclass(frozen=True, slots=True)
class Words:
    """Accepts texts that contain one of the words, or none of them.

    Words in Latin letters match whole words (`down`, not `download`); a final `*` leaves the end
    open (`install*`). Chinese words match anywhere. Case and width do not matter.
    """

    words: tuple[str, ...]
    negated: bool = False
    _needles: tuple[tuple[str, re.Pattern[str] | None], ...] = field(
        default=(), init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        folded = [fold(word) for word in self.words]
        needles = tuple((word.removesuffix("*"), _pattern(word)) for word in folded)
        object.__setattr__(self, "_needles", needles)

    def test(self, value: object) -> bool:
        """Say whether the text is accepted."""
        return self.test_folded(fold(value))

    def test_folded(self, text: str) -> bool:
        """Say whether a text that was already folded is accepted."""
        return self._found(text) is not self.negated

    def first(self, value: object) -> str:
        """Give the first of the words that a text contains; empty if it has none."""
        text = fold(value)
        for word, (needle, pattern) in zip(self.words, self._needles, strict=True):
            if needle in text and (pattern is None or pattern.search(text)):
                return word
        return ""

    def pairs(self) -> frozenset[tuple[str, str]] | None:
        """Give the first two signs of each word: a text without any of them has no word.

        None if that says nothing, because a word has one sign only or the cell is negated.
        """
        if self.negated or any(len(needle) < 2 for needle, _ in self._needles):
            return None
        return frozenset((needle[0], needle[1]) for needle, _ in self._needles)

    def _found(self, text: str) -> bool:
        for needle, pattern in self._needles:
            if needle in text and (pattern is None or pattern.search(text) is not None):
                return True
        return False

    def covers(self, other: Words) -> bool:
        """Say whether every text with a word of the other's has a word of ours."""
        return all(self._found(_widest(fold(word))) for word in other.words)

    def __str__(self) -> str:
        listed = " | ".join(self.words)
        return f"not contains {listed}" if self.negated else f"contains {listed}"


def _widest(word: str) -> str:
    return f"{word.removesuffix('*')}x" if word.endswith("*") else word


Cell: TypeAlias = AnyCell | Values | Range | Words
ANY: Final = AnyCell()


def parse_cell(data: Any) -> Cell:
    """Read a cell as written in YAML; ValueError says what is wrong with it."""
    if isinstance(data, Mapping):
        return _parse_mapping(data)
    if isinstance(data, list):
        if not data:
            raise ValueError("an empty list accepts nothing: list values, or leave the cell out")
        return Values(frozenset(_literal(value) for value in data))
    if data in {"any", "-"}:
        return ANY
    return Values(frozenset({_literal(data)}))


def _literal(value: Any) -> Key:
    if isinstance(value, Mapping | list):
        raise ValueError(f"a list of values holds plain values only, not {value!r}")  # noqa: TRY004
    return key_of(value)


def _parse_mapping(data: Mapping[str, Any]) -> Cell:
    keys = set(data)
    if keys == {"not"}:
        return _negate(parse_cell(data["not"]))
    if keys == {"is"}:
        return Values(frozenset({_literal(data["is"])}))
    if keys == {"contains"}:
        words = data["contains"] if isinstance(data["contains"], list) else [data["contains"]]
        texts = tuple(str(word) for word in words)
        if not texts or not all(fold(text).strip("* ") for text in texts):
            raise ValueError("contains needs one or more words")
        return Words(texts)
    if keys and keys <= _RANGE_KEYS:
        return _parse_range(data)
    raise ValueError(
        f"no test is written {', '.join(sorted(keys))}: "
        "use a value, a list, {not: …}, {contains: [words]}, {from:, to:, above:, below:} or any"
    )


def _parse_range(data: Mapping[str, Any]) -> Range:
    if {"from", "above"} <= set(data) or {"to", "below"} <= set(data):
        raise ValueError("a range has one lower and one upper bound at most")
    for name, bound in data.items():
        if isinstance(bound, bool) or not isinstance(bound, int | float):
            raise ValueError(f"the bound {name} is no number: {bound!r}")  # noqa: TRY004
    low, high = data.get("from", data.get("above")), data.get("to", data.get("below"))
    cell = Range(low, high, "above" in data, "below" in data)
    if low is not None and high is not None:
        empty = low > high or (low == high and (cell.low_open or cell.high_open))
        if empty:
            raise ValueError(f"no number is {cell}")
    return cell


def _negate(cell: Cell) -> Cell:
    if isinstance(cell, Values):
        return Values(cell.keys, not cell.negated)
    if isinstance(cell, Words):
        return Words(cell.words, not cell.negated)
    if isinstance(cell, Range):
        return Range(cell.low, cell.high, cell.low_open, cell.high_open, not cell.negated)
    raise ValueError("not any accepts nothing")


def values_of(cell: Cell) -> frozenset[Key]:
    """Give the literal values that a cell names, for checking them against a domain."""
    return cell.keys if isinstance(cell, Values) else frozenset()


def shown(value: Value) -> str:
    """Give a value as a sentence shows it."""
    text = "(empty)" if key_of(value) is None else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
