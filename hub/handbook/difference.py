"""Tells people what changes in meaning between two handbooks, in Chinese or English."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hub.handbook.analysis import Box
from hub.handbook.cells import Cell, Key, Range, Values, Words
from hub.handbook.diff import Difference, PartChange, TableChange
from hub.handbook.naming import Names
from hub.handbook.regions import YES, Answer, Axis, Region, Space
from hub.handbook.shapes import Language

WORDS: Final = {
    "zh": {
        "same": "两份手册含义相同。", "table": "决策表", "added": "新增决策表",
        "gone": "删除决策表", "when": "当", "and": "，且", "always": "任何情况",
        "no_row": "（无适用规则）", "unknown": "（此处没有该取值）", "none": "（无）",
        "by": "依据", "new": "新增", "removed": "删除", "if": "条件",
        "if_not": "条件不成立", "more": "……另有 {} 处", "or": "、", "joined": "、",
    },
    "en": {
        "same": "Both handbooks mean the same.", "table": "table", "added": "a new table",
        "gone": "a table that is gone", "when": "when", "and": ", and ", "always": "always",
        "no_row": "(no row fits)", "unknown": "(not known there)", "none": "(nothing)",
        "by": "by", "new": "new", "removed": "gone", "if": "if", "if_not": "unless",
        "or": " or ", "joined": ", ",
        "more": "… and {} more",
    },
}  # fmt: skip
MOST: Final = 50
"""So many differences of one table are told to people; `--json` has all."""
Where = Sequence[tuple[str, Sequence[Cell | str]]]
"""Conditions by column: cells of which one must hold; an expression is text, under if or if_not."""


def told(difference: Difference, language: Language) -> Iterator[str]:
    """Give the difference in lines."""
    say = WORDS[language]
    if difference.same:
        yield say["same"]
    for change in difference.tables:
        yield from _Teller(difference, language).table(change)
    for part in difference.parts:
        yield from _part(part, language)


def value(difference: Difference) -> Mapping[str, Any]:
    """Give the difference as JSON has it: ids and cells as they are written."""
    return {
        "same": difference.same,
        "tables": [_table_value(change) for change in difference.tables],
        "parts": [
            {"file": x.file, "place": x.place, "before": x.before, "after": x.after}
            for x in difference.parts
        ],
    }


def where(space: Space, box: Box) -> Where:
    """Give a box as conditions; what is not limited is left out."""
    found: list[tuple[str, Sequence[Cell | str]]] = []
    texts: dict[str, list[tuple[Cell, bool]]] = {}
    for axis, points in zip(space.axes, box, strict=True):
        if points == axis.points:
            continue
        if axis.condition:
            found.append(("if" if points == YES else "if_not", (axis.condition,)))
        elif axis.test is not None:
            texts.setdefault(axis.column, []).append((axis.test, points == YES))
        else:
            found.append((axis.column, _cells(axis, points)))
    found += [(column, (cell,)) for column, each in texts.items() for cell in _text_cells(each)]
    return found


def _cells(axis: Axis, points: frozenset[Key]) -> list[Cell]:
    if any(isinstance(point, float) for point in axis.points):
        return list(_ranges(axis, points))
    other = axis.points - points
    return [Values(other, negated=True) if len(other) < len(points) else Values(points)]


def _ranges(axis: Axis, points: frozenset[Key]) -> Iterator[Cell]:
    """Give numbers as ranges: every second point is a bound, those between stand for the rest."""
    if None in points:
        yield Values(frozenset({None}))
    ordered = sorted(point for point in axis.points if isinstance(point, int | float))
    runs: list[list[int]] = []
    for number, point in enumerate(ordered):
        if point in points:
            if runs and runs[-1][-1] == number - 1:
                runs[-1].append(number)
            else:
                runs.append([number])
    for run in runs:
        first, last = run[0], run[-1]
        low = None if first == 0 else ordered[first if first % 2 else first - 1]
        high = None if last == len(ordered) - 1 else ordered[last if last % 2 else last + 1]
        yield Range(low, high, low is not None and not first % 2, high is not None and not last % 2)


def _text_cells(tests: Sequence[tuple[Cell, bool]]) -> Iterator[Cell]:
    """Give what a text holds and lacks, the words it lacks all together."""
    lacked = [cell for cell, holds in tests if not holds and isinstance(cell, Words)]
    words = tuple(dict.fromkeys(word for cell in lacked for word in cell.words))
    for cell, holds in tests:
        if isinstance(cell, Words) and holds:
            left = tuple(word for word in cell.words if word not in words)
            yield Words(left or cell.words)
        elif isinstance(cell, Values):
            yield Values(cell.keys, negated=not holds)
    if words:
        yield Words(words, negated=True)


class _Teller:
    def __init__(self, difference: Difference, language: Language) -> None:
        self._say = WORDS[language]
        self._language = language
        self._before = Names(difference.before, language)
        self._after = Names(difference.after, language)

    def table(self, change: TableChange) -> Iterator[str]:
        say = self._say
        if change.space is None:
            yield f"{say['added' if change.added else 'gone']}: {change.name}"
            return
        yield f"{say['table']} {change.name}:"
        for region in change.regions[:MOST]:
            yield f"  {say['when']} {self._where(change.space, region.where)}:"
            yield from self._answers(region)
            by = [
                say["joined"].join(f"{r.id} ({r.source})" for r in rows) or say["no_row"]
                for rows in (region.before_rows, region.after_rows)
            ]
            yield f"    {say['by']}: {by[0]} → {by[1]}"
        if len(change.regions) > MOST:
            yield f"  {say['more'].format(len(change.regions) - MOST)}"

    def _where(self, space: Space, box: Box) -> str:
        parts = [self._condition(column, cells) for column, cells in where(space, box)]
        return self._say["and"].join(parts) or self._say["always"]

    def _condition(self, column: str, cells: Sequence[Cell | str]) -> str:
        if column in {"if", "if_not"}:
            return f"{self._say[column]} {cells[0]}"
        texts = [self._cell(column, cell) for cell in cells if not isinstance(cell, str)]
        return f"{self._after.column(column)} {self._say['or'].join(texts)}"

    def _cell(self, column: str, cell: Cell) -> str:
        text = self._after.cell(column, cell)
        plain = isinstance(cell, Values) and not cell.negated
        return f"= {text}" if plain else text

    def _answers(self, region: Region) -> Iterator[str]:
        before, after = dict(region.before or ()), dict(region.after or ())
        for name in dict.fromkeys((*before, *after)):
            if name == "unknown" or before.get(name) == after.get(name):
                continue
            sides = (self._side(self._before, name, region.before),
                     self._side(self._after, name, region.after))  # fmt: skip
            yield f"    {self._after.column(name)}: {sides[0]} → {sides[1]}"

    def _side(self, names: Names, output: str, answer: Answer) -> str:
        given = dict(answer or ())
        if answer is None:
            return self._say["no_row"]
        if "unknown" in given:
            return self._say["unknown"]
        if output not in given:
            return self._say["none"]
        return names.value(output, given[output].split("\n"))


def _part(part: PartChange, language: Language) -> Iterator[str]:
    say = WORDS[language]
    name = f" ({part.label.label(language)})" if part.label else ""
    head = f"{part.file} {part.place}{name}"
    if part.label and (part.before is None or part.after is None):
        yield f"{head}: {say['new' if part.before is None else 'removed']}"
        return
    before, after = part.before or "", part.after or ""
    if "\n" in before + after:
        yield f"{head}:"
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
        yield from (f"    {line}" for line in lines if not line.startswith(("---", "+++", "@@")))
        return
    yield f"{head}: {before or say['none']} → {after or say['none']}"


def _table_value(change: TableChange) -> Mapping[str, Any]:
    if change.space is None:
        return {"table": change.name, "added": change.added, "regions": []}
    return {
        "table": change.name,
        "regions": [_region_value(change.space, region) for region in change.regions],
    }


def _region_value(space: Space, region: Region) -> Mapping[str, Any]:
    conditions = where(space, region.where)
    return {
        "where": [
            {"column": c, "any_of": [str(cell) for cell in cells]} for c, cells in conditions
        ],
        "before": _answer_value(region.before),
        "after": _answer_value(region.after),
        "before_rows": [f"{rule.id} ({rule.source})" for rule in region.before_rows],
        "after_rows": [f"{rule.id} ({rule.source})" for rule in region.after_rows],
    }


def _answer_value(answer: Answer) -> Mapping[str, Any] | None:
    return None if answer is None else {name: given.split("\n") for name, given in answer}
