"""What is wrong with a decision table before it ever runs: dead, clashing and missing rows.

Columns with a known domain are analysed exactly, by subtracting boxes of values. Words and
expressions can not be enumerated: a row with them counts as covering another only where its cell
provably accepts all that the other's does, and never when it has an expression. So no finding
is false; exotic gaps between texts go unseen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

from hub.handbook.cells import AnyCell, Cell, Key, Range, Values, Words
from hub.handbook.domains import Domain
from hub.handbook.tables import Rule, Table

Box: TypeAlias = tuple[frozenset[Key], ...]
"""A set of values for each column that can be enumerated, in the table's order."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A defect of a row: `dead` (never chosen) or `clash` (another row accepts the same)."""

    kind: str
    rule: Rule
    others: tuple[Rule, ...]


class TableAnalysis:
    """Everything that can be said about one table without running it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.points = {
            name: points_of(name, domain, table.rules)
            for name, domain in table.inputs.items()
            if domain.kind != "text"
        }
        self._texts = [name for name, domain in table.inputs.items() if domain.kind == "text"]
        self._boxes = [self._box(rule) for rule in table.rules]

    def findings(self) -> Iterator[Finding]:
        """Give dead rows (under `first`), clashing pairs (under `unique`), and empty rows."""
        for index, rule in enumerate(self.table.rules):
            if not all(self._boxes[index]):
                yield Finding("dead", rule, ())
            elif self.table.hit == "first":
                covering = self._covering(index)
                if covering is not None:
                    yield Finding("dead", rule, covering)
            elif self.table.hit == "unique":
                clashing = tuple(
                    other
                    for before, other in enumerate(self.table.rules[:index])
                    if self._overlap(before, index)
                )
                if clashing:
                    yield Finding("clash", rule, clashing)

    def missing(self, within: Mapping[str, frozenset[Key]] | None = None) -> list[dict[str, str]]:
        """Give the inputs that no row answers, as sets of values by column.

        `within` restricts columns to some values (a subtype to its own type).
        """
        asked = within or {}
        start = tuple(
            points & asked[name] if name in asked else points
            for name, points in self.points.items()
        )
        left = [start] if all(start) else []
        for index, rule in enumerate(self.table.rules):
            if rule.condition is None and all(
                isinstance(rule.cell(name), AnyCell) for name in self._texts
            ):
                left = [piece for box in left for piece in subtract(box, self._boxes[index])]
        return [self._describe(box, start) for box in left]

    def _box(self, rule: Rule) -> Box:
        return tuple(
            frozenset(point for point in points if rule.cell(name).test(point))
            for name, points in self.points.items()
        )

    def _covering(self, index: int) -> tuple[Rule, ...] | None:
        """Give earlier rows that together take all a row accepts, no more than are needed."""
        rules = self.table.rules
        able = [
            before
            for before in range(index)
            if rules[before].condition is None and self._texts_cover(before, index)
        ]
        if not self._covered(index, able):
            return None
        for before in list(able):
            fewer = [other for other in able if other != before]
            if self._covered(index, fewer):
                able = fewer
        return tuple(rules[before] for before in able)

    def _covered(self, index: int, rows: Sequence[int]) -> bool:
        left = [self._boxes[index]]
        for before in rows:
            left = [piece for box in left for piece in subtract(box, self._boxes[before])]
            if not left:
                return True
        return False

    def _texts_cover(self, first: int, second: int) -> bool:
        one, two = self.table.rules[first], self.table.rules[second]
        return all(covers(one.cell(name), two.cell(name)) for name in self._texts)

    def _overlap(self, first: int, second: int) -> bool:
        one, two = self.table.rules[first], self.table.rules[second]
        if one.condition is not None or two.condition is not None:
            return False
        if any(disjoint(one.cell(name), two.cell(name)) for name in self._texts):
            return False
        return all(a & b for a, b in zip(self._boxes[first], self._boxes[second], strict=True))

    def _describe(self, box: Box, whole: Box) -> dict[str, str]:
        described = {}
        for name, left, everything in zip(self.points, box, whole, strict=True):
            if left != everything:
                shown = sorted("(empty)" if key is None else str(key) for key in left)
                described[name] = " | ".join(shown)
        return described


def covers(first: Cell, second: Cell) -> bool:
    """Say whether a cell provably accepts every text that another accepts."""
    if isinstance(first, AnyCell) or first == second:
        return True
    if isinstance(first, Words) and isinstance(second, Words):
        if first.negated or second.negated:
            return first.negated and second.negated and second.covers(first)
        return first.covers(second)
    if isinstance(second, Values) and not second.negated:
        return all(first.test(key) for key in second.keys)
    if isinstance(first, Values) and isinstance(second, Values) and first.negated:
        return first.keys <= second.keys
    return False


def disjoint(first: Cell, second: Cell) -> bool:
    """Say whether two cells provably accept no text in common."""
    for one, two in ((first, second), (second, first)):
        if isinstance(one, Values) and not one.negated:
            return not any(two.test(key) for key in one.keys)
        if isinstance(one, Words) and isinstance(two, Words) and one.negated and not two.negated:
            return Words(one.words).covers(two)
    return False


def subtract(box: Box, taken: Box) -> Iterator[Box]:
    """Cut a box out of another; the pieces left do not overlap."""
    if not all(a & b for a, b in zip(box, taken, strict=True)):
        yield box
        return
    for index, (mine, theirs) in enumerate(zip(box, taken, strict=True)):
        outside = mine - theirs
        if outside:
            yield (*box[:index], outside, *box[index + 1 :])
            box = (*box[:index], mine & theirs, *box[index + 1 :])


def points_of(name: str, domain: Domain, rules: Iterable[Rule]) -> frozenset[Key]:
    """Give the values of a column that can make a difference."""
    if domain.kind == "enum":
        return frozenset(domain.all_values)
    bounds: set[float] = set()
    for rule in rules:
        cell = rule.cell(name)
        if isinstance(cell, Range):
            bounds |= {bound for bound in (cell.low, cell.high) if bound is not None}
        elif isinstance(cell, Values):
            bounds |= {key for key in cell.keys if isinstance(key, int | float)}
    ordered = sorted(bounds) or [0.0]
    between = [(a + b) / 2 for a, b in pairwise(ordered)]
    return frozenset([None, ordered[0] - 1, *ordered, *between, ordered[-1] + 1])
