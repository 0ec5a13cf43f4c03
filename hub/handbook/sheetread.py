"""Reads decision tables from an XLSX; what can not be read is named by sheet and cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet

from hub.errors import ConfigError, Problem
from hub.handbook.build import Functions, Place, table_words
from hub.handbook.cells import key_of
from hub.handbook.celltext import read, values
from hub.handbook.compile import TableCompiler
from hub.handbook.files import Files
from hub.handbook.shapes import RuleShape
from hub.handbook.sheets import KEYS_ROW, PLAIN, columns_of
from hub.settings import Location

MOST_ROWS: Final = 5000
ORIGINS: Final = ("handbook", "default")


@dataclass(slots=True)
class SheetTable:
    """A table as a sheet has it: where it belongs, its rows, and the cells they were read from."""

    place: Place
    rows: list[dict[str, Any]] = field(default_factory=list)
    cells: dict[Location, str] = field(default_factory=dict)

    def cell(self, at: Location) -> str:
        """Give the cell (`routing!C5`) of a row's value, or of what is nearest around it."""
        while at and at not in self.cells:
            at = at[:-1]
        return self.cells.get(at, f"{self.place.name}!A1")


def read_tables(
    file: Path, files: Files, places: Sequence[Place], functions: Functions
) -> list[SheetTable]:
    """Read a workbook's tables; ConfigError lists all their defects.

    Tables of which there is no sheet are left out.
    """
    book = _opened(file)
    by_name = {place.name[:31]: place for place in places}
    problems: list[Problem] = []
    tables: list[SheetTable] = []
    for page in book:
        if page.title not in by_name:
            known = ", ".join(by_name)
            problems.append(Problem(str(file), 0, f"{page.title}: no table's name", known))
            continue
        reader = _Reader(file, page, by_name[page.title])
        reader.read()
        problems += reader.problems
        if not reader.problems:
            problems += _compiled(file, reader.table, files, functions)
        tables.append(reader.table)
    if problems:
        raise ConfigError(problems)
    return tables


def _opened(file: Path) -> list[Worksheet]:
    try:
        return list(load_workbook(file, data_only=False).worksheets)
    except OSError as error:
        what = f"can not be read: {error.strerror or error}"
    except (InvalidFileException, BadZipFile, KeyError, ValueError) as error:
        what = f"is no XLSX: {error}"
    raise ConfigError([Problem(str(file), 0, what, "save it as .xlsx, as it was exported")])


class _Reader:
    def __init__(self, file: Path, page: Worksheet, place: Place) -> None:
        self._file = file
        self._page = page
        self.table = SheetTable(place)
        self.problems: list[Problem] = []

    def _problem(self, place: str, what: str, remedy: str = "") -> None:
        where = f"{self._page.title}!{place}"
        self.problems.append(Problem(str(self._file), 0, f"{where}: {what}", remedy))

    def read(self) -> None:
        """Read all rows; empty ones are passed over."""
        keys = self._keys()
        if self.problems:
            return
        seen: set[str] = set()
        last = min(self._page.max_row, KEYS_ROW + MOST_ROWS)
        for number in range(KEYS_ROW + 1, last + 1):
            texts = {key: self._value(number, column) for key, column in keys.items()}
            if all(value in (None, "") for value in texts.values()):
                continue
            self._row(number, keys, texts)
            name = str(texts["id"] or "")
            if not name or name in seen:
                what = f"the id {name} is given twice" if name else "the row has no id"
                self._problem(f"A{number}", what, "each row has an id of its own")
            seen.add(name)

    def _keys(self) -> dict[str, int]:
        """Give the columns by key; each that is missing or strange is a problem."""
        wanted = columns_of(self.table.place)
        found: dict[str, int] = {}
        for column in range(1, self._page.max_column + 1):
            key = str(self._page.cell(KEYS_ROW, column).value or "").strip()
            if not key:
                continue
            place = f"{get_column_letter(column)}{KEYS_ROW}"
            if key not in wanted:
                self._problem(place, f"no column is called {key!r}", f"known: {', '.join(wanted)}")
            elif key in found:
                self._problem(place, f"the column {key} is given twice")
            found[key] = column
        for key in PLAIN:
            if key not in found:
                self._problem(f"A{KEYS_ROW}", f"the column {key} is missing", "export it anew")
        return found

    def _value(self, row: int, column: int) -> str | float | None:
        cell = self._page.cell(row, column)
        if isinstance(cell, MergedCell):
            self._problem(cell.coordinate, "is merged with others", "split the cells")
            return None
        return self._plain(cell)

    def _plain(self, cell: Cell) -> str | float | None:
        if cell.data_type == "f":
            what, remedy = "is a formula", "put its value there: paste special, values"
            self._problem(cell.coordinate, what, remedy)
        elif cell.data_type == "e":
            self._problem(cell.coordinate, f"is an error: {cell.value}", "write what is meant")
        elif cell.data_type == "d":
            self._problem(cell.coordinate, "is a date", "no table holds dates: write it as text")
        elif isinstance(cell.value, str | int | float):
            return cell.value
        return None

    def _row(
        self, number: int, keys: Mapping[str, int], texts: Mapping[str, str | float | None]
    ) -> None:
        index = len(self.table.rows)
        row: dict[str, Any] = {key: str(texts[key] or "") for key in PLAIN}
        when: dict[str, Any] = {}
        then: dict[str, Any] = {}
        for key, column in keys.items():
            place = f"{get_column_letter(column)}{number}"
            location, side = _location(key)
            self.table.cells["rows", index, *location] = f"{self._page.title}!{place}"
            if key in PLAIN or texts[key] is None:
                continue
            try:
                if side == "if":
                    row["if"] = str(texts[key])
                elif side == "when":
                    when[key[:-1]] = read(texts[key])
                else:
                    then[key[:-1]] = self._output(key[:-1], texts[key])
            except ValueError as error:
                self._problem(place, str(error))
        row["when"] = {name: data for name, data in when.items() if data is not None}
        row["then"] = then
        self.table.cells["rows", index] = f"{self._page.title}!A{number}"
        self.table.rows.append(row)
        if row["origin"] not in ORIGINS:
            column = keys["origin"]
            known = " or ".join(ORIGINS)
            place = f"{get_column_letter(column)}{number}"
            self._problem(place, f"origin is {known}, not {row['origin']!r}")

    def _output(self, name: str, value: str | float | None) -> Any:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return read(value)
        found = values(str(value).strip()) if not isinstance(value, bool) else [str(value).lower()]
        if self.table.place.shape.outputs.get(name) == "boolean":
            found = [{"true": True, "false": False}.get(each, each) for each in found]
        return found if len(found) > 1 else found[0]


def _location(key: str) -> tuple[Location, str]:
    if key.endswith("?"):
        return ("when", key[:-1]), "when"
    if key.endswith("!"):
        return ("then", key[:-1]), "then"
    return (key,), key


def _compiled(
    file: Path, table: SheetTable, files: Files, functions: Functions
) -> Iterator[Problem]:
    """Give what the checker says of each cell, at its cell."""
    place = table.place
    compiler = _SheetCompiler(file, table, files, functions)
    rows = tuple(RuleShape(**row) for row in table.rows)
    compiler.compile(place.name, place.shape.model_copy(update={"rows": rows}))
    yield from compiler.problems


class _SheetCompiler(TableCompiler):
    """Compiles a table for the sake of its defects alone."""

    def __init__(self, file: Path, table: SheetTable, files: Files, functions: Functions) -> None:
        super().__init__(files, table.place.file, table.place.at, table_words(files), functions)
        self._book = file
        self._table = table

    def _problem(self, at: Location, what: str, remedy: str = "") -> None:
        self.problems.append(Problem(str(self._book), 0, f"{self._table.cell(at)}: {what}", remedy))


def same_output(one: Any, two: Any) -> bool:
    """Say whether two outputs mean the same: a list of one is that one."""
    return _listed(one) == _listed(two)


def _listed(value: Any) -> list[Any]:
    return [key_of(part) for part in (value if isinstance(value, list) else [value])]
