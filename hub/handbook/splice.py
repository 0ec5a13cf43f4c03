"""Puts a table's rows into its YAML.

Rows that mean the same stay as they are written, letter by letter, with the comments above them;
of those that changed only what changed is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from itertools import pairwise
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from hub.errors import ConfigError
from hub.handbook.cells import AnyCell, parse_cell
from hub.settings import Document, Location

_ORDER: Final = ("id", "zh", "en", "clause", "origin", "when", "if", "then")
Row = Mapping[str, Any]
Same = Callable[[Any, Any], bool]


def spliced(
    text: str, document: Document, at: Location, rows: Sequence[Row], same_output: Same
) -> str:
    """Give a file's text with a table's rows replaced.

    Args:
        text: the file as it is.
        document: the same, read.
        at: where the table stands.
        rows: the rows that it shall have, as YAML has them.
        same_output: says whether two outputs mean the same.

    ConfigError if the rows stand so that they can not be told apart.
    """
    old: list[Row] = _at(document.data, at)["rows"]
    lines = text.splitlines(keepends=True)
    blocks = _Blocks(lines, document, at, len(old))
    places = {str(row["id"]): number for number, row in enumerate(old)}
    made = []
    for row in rows:
        number = places.get(str(row["id"]))
        if number is None:
            made.append(blocks.fresh(row))
        else:
            made.append(_edited(blocks.block(number), old[number], row, same_output))
    whole = [*lines[: blocks.starts[0]], *_closed(made), *lines[blocks.ends[-1] :]]
    return "".join(whole)


def _at(data: Any, at: Location) -> Any:
    for key in at:
        data = data[key]
    return data


def _closed(blocks: Sequence[str]) -> list[str]:
    return [block if block.endswith("\n") else f"{block}\n" for block in blocks]


class _Blocks:
    """The lines of each row: with the comments above it, without what follows the table."""

    def __init__(self, lines: list[str], document: Document, at: Location, count: int) -> None:
        self._lines = lines
        dashes = [document.line((*at, "rows", number)) - 1 for number in range(count)]
        for number, dash in enumerate(dashes):
            if not lines[dash].lstrip().startswith("- ") or dash in dashes[:number]:
                what = "rows can only be put in where each begins on a line of its own"
                where = (*at, "rows", number)
                raise ConfigError([document.problem(where, what, "write `- id:` on a new line")])
        self.indent = len(lines[dashes[0]]) - len(lines[dashes[0]].lstrip())
        self.starts = [dashes[0]]
        for before, dash in pairwise(dashes):
            self.starts.append(self._above(dash, before))
        self.ends = [*self.starts[1:], self._last(dashes[-1])]

    def _above(self, dash: int, before: int) -> int:
        """Give where the comments begin that stand right above a row."""
        start = dash
        while start - 1 > before and self._lines[start - 1].lstrip().startswith("#"):
            start -= 1
        return start

    def _last(self, dash: int) -> int:
        end = dash + 1
        for number in range(dash + 1, len(self._lines)):
            line = self._lines[number]
            if line.strip() and len(line) - len(line.lstrip()) <= self.indent:
                break
            if line.strip():
                end = number + 1
        return end

    def block(self, number: int) -> str:
        """Give a row's lines."""
        return "".join(self._lines[self.starts[number] : self.ends[number]])

    def fresh(self, row: Row) -> str:
        """Write a row that is new."""
        made = CommentedMap()
        for key in _ORDER:
            value = row.get(key)
            if value not in (None, "", {}):
                made[key] = _data(value)
        return _dumped(CommentedSeq([made]), " " * self.indent)


def _edited(block: str, old: Row, new: Row, same_output: Same) -> str:
    """Give a row's lines with what changed written anew."""
    changed = changes(old, new, same_output)
    if not changed:
        return block
    lines = block.splitlines(keepends=True)
    dash = next(n for n, line in enumerate(lines) if line.lstrip().startswith("- "))
    end = max(n for n, line in enumerate(lines) if line.strip()) + 1
    indent = len(lines[dash]) - len(lines[dash].lstrip())
    body = "".join(line[indent:] if line.strip() else line for line in lines[dash:end])
    rows = _yaml().load(body)
    for path, value in changed:
        _change(rows[0], path, value)
    return "".join([*lines[:dash], _dumped(rows, " " * indent), *lines[end:]])


def changes(old: Row, new: Row, same_output: Same) -> list[tuple[tuple[str, ...], Any]]:
    """Give what makes one row of the other, by path; None takes a value out."""
    plain = ("zh", "en", "clause", "origin", "if")
    found: list[tuple[tuple[str, ...], Any]] = [
        ((key,), new.get(key) or None)
        for key in plain
        if str(old.get(key) or "") != str(new.get(key) or "")
    ]
    tests, wanted = old.get("when") or {}, new.get("when") or {}
    found += [
        (("when", name), wanted.get(name))
        for name in dict.fromkeys((*tests, *wanted))
        if _cell(tests.get(name)) != _cell(wanted.get(name))
    ]
    gave, gives = old.get("then") or {}, new.get("then") or {}
    found += [
        (("then", name), gives.get(name))
        for name in dict.fromkeys((*gave, *gives))
        if not same_output(gave.get(name), gives.get(name))
    ]
    return found


def _cell(data: Any) -> Any:
    return AnyCell() if data is None else parse_cell(data)


def _change(row: CommentedMap, path: tuple[str, ...], value: Any) -> None:
    *above, name = path
    for key in above:
        if key not in row:
            _put(row, key, _data({}))
        part = row[key]
        if value is None:
            part.pop(name, None)
        else:
            part[name] = _data(value)
        if not part:
            del row[key]
        return
    if value is None:
        row.pop(name, None)
    elif name in row:
        row[name] = value
    else:
        _put(row, name, value)


def _put(row: CommentedMap, key: str, value: Any) -> None:
    """Put a part of a row where such parts stand."""
    before = _ORDER[: _ORDER.index(key)]
    row.insert(sum(known in before for known in row), key, value)


def _data(value: Any) -> Any:
    """Give plain data as it is written: maps and lists in one line."""
    if isinstance(value, Mapping):
        made = CommentedMap({key: _data(each) for key, each in value.items()})
        made.fa.set_flow_style()
        return made
    if isinstance(value, list):
        listed = CommentedSeq([_data(each) for each in value])
        listed.fa.set_flow_style()
        return listed
    return value


def _yaml() -> YAML:
    yaml = YAML()
    yaml.width = 1000
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=2, offset=0)
    return yaml


def _dumped(rows: Any, indent: str) -> str:
    out = StringIO()
    _yaml().dump(rows, out)
    return "".join(
        f"{indent}{line}" if line.strip() else line
        for line in out.getvalue().splitlines(keepends=True)
    )
