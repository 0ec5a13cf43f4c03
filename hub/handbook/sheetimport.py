"""Takes decision tables from an XLSX into a handbook's YAML, if the handbook is sound with them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hub.errors import ConfigError, InvariantError, Problem
from hub.handbook.build import Functions, table_places
from hub.handbook.load import load_handbook, read_files
from hub.handbook.shapes import RuleShape
from hub.handbook.sheetread import SheetTable, read_tables, same_output
from hub.handbook.splice import changes, spliced
from hub.settings import load_yaml


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a table: rows that came, went and changed, and whether their order did."""

    table: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    moved: bool


def import_tables(
    folder: Path, file: Path, functions: Functions | None = None, *, write: bool = True
) -> list[Imported]:
    """Take the tables of a workbook into a handbook; give what changed.

    Nothing is written if the sheet has defects, or the handbook would have: ConfigError lists
    them, those of the sheet by sheet and cell.
    """
    load_handbook(folder, functions=functions)
    files = read_files(folder)
    places = table_places(files)
    tables = read_tables(file, files, places, functions or {})
    texts = _rewritten(folder, tables)
    _prove(folder, texts, tables, functions or {})
    imported = [each for table in tables for each in _imported(table)]
    if write:
        for name, text in texts.items():
            _replace(folder / name, text)
    return imported


def _rewritten(folder: Path, tables: Sequence[SheetTable]) -> dict[str, str]:
    """Give the files that change, as they are to be."""
    texts: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for table in tables:
            name = table.place.file
            before = texts.get(name) or (folder / name).read_text(encoding="utf-8")
            # An earlier table of the same file may have moved its lines.
            current = Path(scratch) / name
            current.write_text(before, encoding="utf-8")
            document = replace(load_yaml(current), path=folder / name)
            after = spliced(before, document, table.place.at, table.rows, same_output)
            if after != before:
                texts[name] = after
    return texts


def _prove(
    folder: Path, texts: Mapping[str, str], tables: Sequence[SheetTable], functions: Functions
) -> None:
    """Load the handbook as it would be, and see that it says what the sheet says."""
    with tempfile.TemporaryDirectory() as scratch:
        trial = Path(shutil.copytree(folder, Path(scratch) / "handbook"))
        for name, text in texts.items():
            (trial / name).write_text(text, encoding="utf-8")
        try:
            load_handbook(trial, functions=functions)
        except ConfigError as error:
            raise ConfigError([_placed(p, trial, folder) for p in error.problems]) from None
        places = {place.name: place for place in table_places(read_files(trial))}
    for table in tables:
        written = [_row(row) for row in places[table.place.name].shape.rows]
        names = [row["id"] for row in written] == [row["id"] for row in table.rows]
        if not names or any(map(_changed, written, table.rows)):
            raise InvariantError(f"{table.place.name} was not written as the sheet has it")


def _row(row: RuleShape) -> Mapping[str, Any]:
    return row.model_dump(by_alias=True)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return bool(changes(old, new, same_output))


def _placed(problem: Problem, trial: Path, folder: Path) -> Problem:
    place = problem.file.replace(str(trial), str(folder))
    return Problem(place, problem.line, f"as it would be: {problem.what}", problem.remedy)


def _imported(table: SheetTable) -> Iterator[Imported]:
    before = {row.id: _row(row) for row in table.place.shape.rows}
    after = {str(row["id"]): row for row in table.rows}
    kept = [name for name in before if name in after]
    found = Imported(
        table=table.place.name,
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        changed=tuple(name for name in kept if _changed(before[name], after[name])),
        moved=kept != [name for name in after if name in before],
    )
    if found != Imported(table.place.name, (), (), (), moved=False):
        yield found


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    shutil.copymode(path, fresh)
    fresh.replace(path)
