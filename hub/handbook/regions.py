"""Where two decision tables answer differently: sets of inputs, as few and as wide as can be.

Each input with a known domain is an axis of all values that can make a difference. Texts and
expressions can not be enumerated: each distinct test of one is an axis of yes and no, named as it
is written. A row is a box in this space; boxes are cut out of one another until what is left is
answered by one row of each table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Final, TypeAlias

from hub.handbook.analysis import Box, covers, disjoint, points_of, subtract
from hub.handbook.cells import AnyCell, Cell, Key, Values, Words
from hub.handbook.tables import Rule, Table
from hub.models import Value

YES: Final = frozenset[Key]({"true"})
NO: Final = frozenset[Key]({"false"})
BOTH: Final = YES | NO
MOST: Final = 40
"""So many pieces of one difference are made as wide as can be; more are joined where they meet."""

Answer: TypeAlias = tuple[tuple[str, str], ...] | None
"""What a table answers: outputs by name, in one form; None if no row fits."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction of the space: a column's values, or yes and no to a test of a text."""

    column: str
    points: frozenset[Key]
    test: Cell | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """Inputs that get another answer: where, what, and by which rows.

    `before_rows` and `after_rows` are all rows that answer somewhere in it.
    """

    where: Box
    before: Answer
    after: Answer
    before_rows: tuple[Rule, ...]
    after_rows: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    box: Box
    answer: Answer
    rule: Rule | None


class Space:
    """The inputs of two tables together.

    Args:
        before, after: the tables.
        impossible: sets of values, by column, that never come together.
    """

    def __init__(
        self,
        before: Table,
        after: Table,
        impossible: Iterable[Mapping[str, frozenset[Key]]] = (),
    ) -> None:
        self.tables = (before, after)
        self.axes = tuple(_axes(before, after))
        self.whole: Box = tuple(axis.points for axis in self.axes)
        self._clashes = list(self._clashing())
        self._never = [self._box_of(each) for each in impossible if self._has(each)]

    def regions(self) -> Iterator[Region]:
        """Give the inputs that are answered differently."""
        if self.tables[0].hit == self.tables[1].hit == "collect":
            groups = self._collected()
        else:
            groups = self._first()
        for (before, after), pieces in groups.items():
            boxes = [box for box, _, _ in pieces]
            for wide in self._widened(boxes):
                met = [(a, b) for box, a, b in pieces if _meet(box, wide)]
                yield Region(
                    wide, before, after, _unique(a for a, _ in met), _unique(b for _, b in met)
                )

    # Rows as boxes.

    def _has(self, columns: Iterable[str]) -> bool:
        named = {axis.column for axis in self.axes if axis.test is None}
        return named.issuperset(columns)

    def _box_of(self, values: Mapping[str, frozenset[Key]]) -> Box:
        return tuple(
            values.get(a.column, a.points) if a.test is None and not a.condition else a.points
            for a in self.axes
        )

    def _rows(self, table: Table) -> list[_Row]:
        rows = [_Row(self._box(rule), answer_of(rule.then), rule) for rule in table.rules]
        return [*self._strange(table), *rows, _Row(self.whole, None, None)]

    def _strange(self, table: Table) -> Iterator[_Row]:
        """Give the values that a table can not be asked about: only the other knows them."""
        for number, axis in enumerate(self.axes):
            domain = table.inputs.get(axis.column)
            if axis.test is None and domain is not None and domain.kind == "enum":
                strange = axis.points - frozenset(domain.all_values)
                if strange:
                    box = (*self.whole[:number], strange, *self.whole[number + 1 :])
                    yield _Row(box, (("unknown", axis.column),), None)

    def _box(self, rule: Rule) -> Box:
        return tuple(self._extent(rule, axis) for axis in self.axes)

    @staticmethod
    def _extent(rule: Rule, axis: Axis) -> frozenset[Key]:
        if axis.condition:
            return YES if str(rule.condition or "") == axis.condition else BOTH
        cell = rule.cell(axis.column)
        if axis.test is None:
            return frozenset(point for point in axis.points if cell.test(point))
        if _positive(cell) != axis.test:
            return BOTH
        return NO if _negated(cell) else YES

    # Differences.

    def _first(self) -> dict[tuple[Answer, Answer], list[_Piece]]:
        one, two = (self._rows(table) for table in self.tables)
        twins_of_one = _twins(one, two)
        twins_of_two = _twins(two, one)
        groups: dict[tuple[Answer, Answer], list[_Piece]] = {}
        for i, mine in enumerate(one):
            for j, theirs in enumerate(two):
                # Where its like comes earlier on the other side, nothing is left for this pair.
                if mine.answer == theirs.answer or twins_of_one[i] < j or twins_of_two[j] < i:
                    continue
                shared = _both(mine.box, theirs.box)
                if not all(shared):
                    continue
                earlier = [row.box for row in (*one[:i], *two[:j])]
                for box in self._rest(shared, [*self._never, *earlier]):
                    piece = (box, mine.rule, theirs.rule)
                    groups.setdefault((mine.answer, theirs.answer), []).append(piece)
        return groups

    def _collected(self) -> dict[tuple[Answer, Answer], list[_Piece]]:
        """Give what is collected on one side alone, value by value."""
        given = [_given(self._rows(table)) for table in self.tables]
        groups: dict[tuple[Answer, Answer], list[_Piece]] = {}
        for value in dict.fromkeys((*given[0], *given[1])):
            mine, theirs = given[0].get(value, []), given[1].get(value, [])
            answer: Answer = (value,)
            for row in mine:
                for box in self._rest(row.box, [*self._never, *(x.box for x in theirs)]):
                    groups.setdefault((answer, None), []).append((box, row.rule, None))
            for row in theirs:
                for box in self._rest(row.box, [*self._never, *(x.box for x in mine)]):
                    groups.setdefault((None, answer), []).append((box, None, row.rule))
        return groups

    def _rest(self, box: Box, taken: Sequence[Box]) -> list[Box]:
        """Give what is left of a box, without what no text can be."""
        met = [each for each in taken if _meet(box, each)]
        if any(all(a <= b for a, b in zip(box, each, strict=True)) for each in met):
            return []
        left = [box] if self._possible(box) else []
        for each in met:
            left = [p for one in left for p in subtract(one, each) if self._possible(p)]
            if not left:
                break
        return left

    def _possible(self, box: Box) -> bool:
        """Say whether a text can answer the tests so."""
        return not any(
            box[number] == YES and box[other] == answer for number, other, answer in self._clashes
        )

    def _clashing(self) -> Iterator[tuple[int, int, frozenset[Key]]]:
        """Give the answers that no text gives: yes to the first test, and this to the second."""
        tests = [(n, a) for n, a in enumerate(self.axes) if a.test is not None]
        for (number, one), (other, two) in permutations(tests, 2):
            if one.column != two.column or one.test is None or two.test is None:
                continue
            if covers(two.test, one.test):
                yield number, other, NO
            if disjoint(one.test, two.test):
                yield number, other, YES

    # Few and wide.

    def _widened(self, pieces: Sequence[Box]) -> list[Box]:
        boxes = _merged(pieces)
        if len(boxes) > MOST:
            return boxes
        allowed = [*boxes, *self._never]
        wide = list(dict.fromkeys(self._wide(box, allowed) for box in boxes))
        needed = list(wide)
        for box in sorted(wide, key=lambda b: sum(map(len, b))):
            others = [each for each in needed if each != box]
            if others and self._within(box, [*others, *self._never]):
                needed = others
        return needed

    def _wide(self, box: Box, allowed: Sequence[Box]) -> Box:
        for number, axis in enumerate(self.axes):
            for extra in (axis.points, *({p} for p in sorted(axis.points, key=str))):
                if extra <= box[number]:
                    continue
                wider = (*box[:number], box[number] | extra, *box[number + 1 :])
                if self._within(wider, allowed):
                    box = wider
        return box

    def _within(self, box: Box, allowed: Sequence[Box]) -> bool:
        return not self._rest(box, allowed)


_Piece: TypeAlias = tuple[Box, Rule | None, Rule | None]


def answer_of(then: Mapping[str, Value]) -> Answer:
    """Give outputs in one form, in which equal answers are equal."""
    told = []
    for name, value in sorted(then.items()):
        if value not in (None, "", []):
            many = sorted(value) if isinstance(value, list) else [str(value)]
            told.append((name, "\n".join(many)))
    return tuple(told)


def _merged(pieces: Sequence[Box]) -> list[Box]:
    """Join boxes that differ on one axis alone, as long as there are any."""
    boxes = list(dict.fromkeys(pieces))
    count = 0
    while boxes and count != len(boxes):
        count = len(boxes)
        for number in range(len(boxes[0])):
            joined: dict[Box, frozenset[Key]] = {}
            for box in boxes:
                rest = (*box[:number], *box[number + 1 :])
                joined[rest] = joined.get(rest, frozenset()) | box[number]
            boxes = [(*rest[:number], side, *rest[number:]) for rest, side in joined.items()]
    return boxes


def _axes(before: Table, after: Table) -> Iterator[Axis]:
    rules = (*before.rules, *after.rules)
    for column in dict.fromkeys((*before.inputs, *after.inputs)):
        domains = [t.inputs[column] for t in (before, after) if column in t.inputs]
        if len({domain.kind for domain in domains}) == 1 and domains[0].kind != "text":
            points = [points_of(column, domain, rules) for domain in domains]
            yield Axis(column, frozenset().union(*points))
            continue
        tests = [_positive(rule.cell(column)) for rule in rules]
        for test in dict.fromkeys(each for each in tests if not isinstance(each, AnyCell)):
            yield Axis(column, BOTH, test)
    for condition in dict.fromkeys(str(rule.condition) for rule in rules if rule.condition):
        yield Axis("if", BOTH, None, condition)


def _positive(cell: Cell) -> Cell:
    if isinstance(cell, Values):
        return Values(cell.keys)
    return Words(cell.words) if isinstance(cell, Words) else cell


def _negated(cell: Cell) -> bool:
    return not isinstance(cell, AnyCell) and cell.negated


def _twins(rows: Sequence[_Row], others: Sequence[_Row]) -> list[int]:
    """Give for each row the place of the first like it on the other side; far off if none."""
    places: dict[Box, int] = {}
    for number, row in enumerate(others):
        places.setdefault(row.box, number)
    return [places.get(row.box, len(others)) for row in rows]


def _given(rows: Iterable[_Row]) -> dict[tuple[str, str], list[_Row]]:
    given: dict[tuple[str, str], list[_Row]] = {}
    for row in rows:
        for name, values in row.answer or ():
            for value in values.split("\n"):
                given.setdefault((name, value), []).append(row)
    return given


def _both(one: Box, two: Box) -> Box:
    return tuple(a & b for a, b in zip(one, two, strict=True))


def _meet(one: Box, two: Box) -> bool:
    return not any(a.isdisjoint(b) for a, b in zip(one, two, strict=True))


def _unique(rules: Iterable[Rule | None]) -> tuple[Rule, ...]:
    return tuple({rule.source: rule for rule in rules if rule is not None}.values())
