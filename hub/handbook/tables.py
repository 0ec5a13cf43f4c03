"""Decision tables, as DMN has them: compiled once, decided fast, and able to say why not.

Columns that compare values or look for words are answered for all rows at once by bit masks; only
the rows that remain are tested for ranges, whole words and expressions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal, TypeAlias

from hub.handbook.cells import ANY, AnyCell, Cell, Key, Values, Words, fold, key_of, shown
from hub.handbook.domains import Domain
from hub.handbook.expressions import Expression
from hub.models import Fields, Value

HitPolicy: TypeAlias = Literal["first", "unique", "collect"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One compiled row: its cells by column (absent ones accept anything), and what follows."""

    id: str
    cells: Mapping[str, Cell]
    then: Mapping[str, Value]
    condition: Expression | None = None
    clause: str = ""
    origin: str = "default"
    source: str = ""
    zh: str = ""
    en: str = ""

    def cell(self, column: str) -> Cell:
        """Give the cell of a column."""
        return self.cells.get(column, ANY)

    def label(self, language: str) -> str:
        """Give the row's name in a language, else in the other, else its id."""
        first, second = (self.en, self.zh) if language == "en" else (self.zh, self.en)
        return first or second or self.id


@dataclass(frozen=True, slots=True)
class Miss:
    """One cell that did not accept: the column, what the cell asks for, what it saw."""

    column: str
    wanted: str
    seen: str

    def __str__(self) -> str:
        return f"{self.column}: wanted {self.wanted}, was {self.seen}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one row stood to some inputs: chosen, matching but too late, or missed at some cells."""

    rule: Rule
    chosen: bool
    misses: tuple[Miss, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a table decided: the row (for `collect` the first), all rows that count, the inputs.

    Under `unique` more than one row means that expressions or words overlapped; the first stands.
    """

    rule: Rule
    rules: tuple[Rule, ...]
    inputs: Fields

    def text(self, output: str) -> str:
        """Give an output of the row as text; empty if it has none."""
        value = self.rule.then.get(output)
        return "" if value is None else str(value)

    def words(self, fields: Mapping[str, Value]) -> str:
        """Give the words that made the row fit, as the text has them; empty if none did."""
        found = (
            cell.first(fields.get(name))
            for name, cell in self.rule.cells.items()
            if isinstance(cell, Words) and not cell.negated
        )
        return ", ".join(word for word in found if word)

    def listed(self, output: str) -> tuple[str, ...]:
        """Give an output as a list, over all rows that count, each value once."""
        found: dict[str, None] = {}
        for rule in self.rules:
            value = rule.then.get(output)
            if value is not None:
                many = value if isinstance(value, list) else [str(value)]
                found.update(dict.fromkeys(many))
        return tuple(found)


class _Column:
    """Bit masks of the rows that accept a value, for one column."""

    __slots__ = ("_by_key", "_other")

    def __init__(self, cells: Sequence[Cell]) -> None:
        keys = {key for cell in cells if isinstance(cell, Values) for key in cell.keys}
        self._by_key: dict[Key, int] = dict.fromkeys(keys, 0)
        self._other = 0
        for index, cell in enumerate(cells):
            bit = 1 << index
            # Ranges and words are tested later, row by row: here they let everything pass.
            if not isinstance(cell, Values) or cell.negated:
                self._other |= bit
            for key in keys:
                if not isinstance(cell, Values) or (key in cell.keys) is not cell.negated:
                    self._by_key[key] |= bit

    def rows(self, value: Value) -> int:
        return self._by_key.get(key_of(value), self._other)


class _WordColumn:
    """Bit masks of the rows whose words a text may contain, by the words' first two signs."""

    __slots__ = ("_always", "_by_pair", "_pairs")

    def __init__(self, cells: Sequence[Cell]) -> None:
        self._always = 0
        self._by_pair: dict[tuple[str, str], int] = {}
        for index, cell in enumerate(cells):
            pairs = cell.pairs() if isinstance(cell, Words) else None
            if pairs is None:
                self._always |= 1 << index
            for pair in pairs or ():
                self._by_pair[pair] = self._by_pair.get(pair, 0) | 1 << index
        self._pairs = frozenset(self._by_pair)

    def rows(self, text: str) -> int:
        found = self._always
        for pair in self._pairs.intersection(pairwise(text)):
            found |= self._by_pair[pair]
        return found


@dataclass(frozen=True, slots=True)
class _Slow:
    """What is left to test of a row once the masks have been asked."""

    words: tuple[tuple[str, Words], ...]
    others: tuple[tuple[str, Cell], ...]
    condition: Expression | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A compiled decision table; `sound` says that every cell could be read."""

    name: str
    hit: HitPolicy
    inputs: Mapping[str, Domain]
    outputs: Mapping[str, Domain]
    rules: tuple[Rule, ...]
    source: str = ""
    sound: bool = True
    _columns: tuple[tuple[str, _Column], ...] = field(default=(), init=False, repr=False)
    _texts: tuple[tuple[str, _WordColumn], ...] = field(default=(), init=False, repr=False)
    _slow: tuple[_Slow, ...] = field(default=(), init=False, repr=False)

    def __post_init__(self) -> None:
        columns, texts = [], []
        for name in self.inputs:
            cells = [rule.cell(name) for rule in self.rules]
            if any(isinstance(cell, Values) for cell in cells):
                columns.append((name, _Column(cells)))
            if any(isinstance(cell, Words) for cell in cells):
                texts.append((name, _WordColumn(cells)))
        object.__setattr__(self, "_texts", tuple(texts))
        object.__setattr__(self, "_columns", tuple(columns))
        object.__setattr__(self, "_slow", tuple(_slow_part(rule) for rule in self.rules))

    def decide(self, fields: Mapping[str, Value]) -> Answer | None:
        """Give the row or rows that match, by the hit policy; None if none does."""
        matched = self._matches(fields, first=self.hit == "first")
        if not matched:
            return None
        return Answer(matched[0], matched, self.seen(fields))

    def seen(self, fields: Mapping[str, Value]) -> Fields:
        """Give the inputs that the table looks at, long texts shortened."""
        return {
            name: shown(value) if isinstance(value := fields.get(name), str) else value
            for name in self.inputs
        }

    def explain(self, fields: Mapping[str, Value]) -> tuple[Verdict, ...]:
        """Say of every row whether it was chosen, and if it missed, at which cells."""
        matched = {id(rule) for rule in self._matches(fields, first=self.hit == "first")}
        return tuple(
            Verdict(rule, id(rule) in matched, self._misses(rule, fields)) for rule in self.rules
        )

    def _matches(self, fields: Mapping[str, Value], *, first: bool) -> tuple[Rule, ...]:
        left = (1 << len(self.rules)) - 1
        for name, column in self._columns:
            left &= column.rows(fields.get(name))
        found: list[Rule] = []
        folded: dict[str, str] = {}
        for name, words in self._texts:
            text = folded[name] = fold(fields.get(name))
            left &= words.rows(text)
        while left:
            lowest = left & -left
            left ^= lowest
            index = lowest.bit_length() - 1
            slow = self._slow[index]
            if slow is _NOTHING or self._passes(slow, fields, folded):
                found.append(self.rules[index])
                if first:
                    break
        return tuple(found)

    @staticmethod
    def _passes(slow: _Slow, fields: Mapping[str, Value], folded: Mapping[str, str]) -> bool:
        for name, cell in slow.others:
            if not cell.test(fields.get(name)):
                return False
        for name, words in slow.words:
            if not words.test_folded(folded[name]):
                return False
        return slow.condition is None or slow.condition.test(fields)

    def _misses(self, rule: Rule, fields: Mapping[str, Value]) -> tuple[Miss, ...]:
        missed = [
            Miss(name, str(cell), shown(fields.get(name)))
            for name, cell in rule.cells.items()
            if not cell.test(fields.get(name))
        ]
        if rule.condition is not None and not rule.condition.test(fields):
            seen = ", ".join(f"{name}={shown(fields.get(name))}" for name in rule.condition.fields)
            missed.append(Miss("if", str(rule.condition), seen))
        return tuple(missed)


_NOTHING: Final = _Slow((), (), None)


def _slow_part(rule: Rule) -> _Slow:
    words = tuple((n, cell) for n, cell in rule.cells.items() if isinstance(cell, Words))
    others = tuple(
        (n, cell)
        for n, cell in rule.cells.items()
        if not isinstance(cell, Words | Values | AnyCell)
    )
    return _Slow(words, others, rule.condition) if words or others or rule.condition else _NOTHING


def as_value(data: Any) -> Value:
    """Read an output as written in YAML; ValueError if it is no plain value or list of texts."""
    if data is None or isinstance(data, str | int | float | bool):
        return data
    if isinstance(data, list) and all(isinstance(part, str | int | float) for part in data):
        return [str(part) for part in data]
    raise ValueError(f"an output is a plain value or a list of texts, not {data!r}")
