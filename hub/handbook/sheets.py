"""Decision tables as an XLSX: a sheet for each, a row for each rule, cells as in `celltext`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from hub.handbook.build import Place
from hub.handbook.celltext import written
from hub.handbook.domains import Domain
from hub.handbook.handbook import Handbook
from hub.handbook.naming import WORDS, Names
from hub.handbook.shapes import Language, RuleShape

PLAIN: Final = ("id", "zh", "en", "clause", "origin")
KEYS_ROW: Final = 3
"""The row with the columns' keys. Above it stand the table's name and names for people."""
_HEAD: Final = PatternFill("solid", fgColor="E8EDF5")
_LONGEST_LIST: Final = 250


def columns_of(place: Place) -> list[str]:
    """Give the keys of a sheet's columns: `severity?` is an input, `if`, `role!` an output."""
    inputs = [f"{name}?" for name in place.shape.inputs]
    return [*PLAIN, *inputs, "if", *(f"{name}!" for name in place.shape.outputs)]


def workbook(handbook: Handbook, places: Sequence[Place], language: Language) -> bytes:
    """Give a workbook with a sheet for each table."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for place in places:
        _fill(book.create_sheet(place.name[:31]), handbook, place, language)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def cells_of(place: Place, row: RuleShape) -> list[str | int | float | None]:
    """Give the cells of a row, in the order of the columns."""
    return [
        *(getattr(row, name) or None for name in PLAIN),
        *(written(row.when.get(name, "any")) for name in place.shape.inputs),
        row.condition or None,
        *(_output(row.then.get(name)) for name in place.shape.outputs),
    ]


def _output(value: object) -> str | int | float | None:
    return None if value is None else written(value if value != "any" else {"is": value})


def _fill(page: Worksheet, handbook: Handbook, place: Place, language: Language) -> None:
    say, names = WORDS[language], Names(handbook, language)
    _write(page, 1, 1, f"{place.name}: {say[place.shape.hit]}")
    page.cell(1, 1).font = Font(bold=True)
    for number, (key, title) in enumerate(_titles(place, names, say), 1):
        _write(page, 2, number, title)
        _write(page, KEYS_ROW, number, key)
        for line in (2, KEYS_ROW):
            page.cell(line, number).fill = _HEAD
            page.cell(line, number).font = Font(bold=line == KEYS_ROW)
        wide = 44 if key in {"zh", "en"} else max(14, 2 * len(title), len(key) + 2)
        page.column_dimensions[get_column_letter(number)].width = min(wide, 44)
    for number, row in enumerate(place.shape.rows, KEYS_ROW + 1):
        for column, value in enumerate(cells_of(place, row), 1):
            _write(page, number, column, value)
    page.freeze_panes = f"B{KEYS_ROW + 1}"
    _offer(page, handbook, place)


def _titles(place: Place, names: Names, say: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key in columns_of(place):
        name = key.rstrip("?!")
        yield (
            key,
            f"→ {names.column(name)}"
            if key.endswith("!")
            else (names.column(name) if key.endswith("?") else say.get(key, key)),
        )


def _offer(page: Worksheet, handbook: Handbook, place: Place) -> None:
    """Let one pick what a column knows; other tests can be written all the same."""
    table = handbook.tables[place.name]
    for number, key in enumerate(columns_of(place), 1):
        domain = (table.inputs if key.endswith("?") else table.outputs).get(key[:-1])
        listed = _choices(domain) if key.endswith(("?", "!")) else ""
        if listed:
            choice = DataValidation(type="list", formula1=f'"{listed}"', showErrorMessage=False)
            letter = get_column_letter(number)
            choice.add(f"{letter}{KEYS_ROW + 1}:{letter}{KEYS_ROW + 300}")
            page.add_data_validation(choice)


def _choices(domain: Domain | None) -> str:
    values = [str(value) for value in domain.values] if domain else []
    listed = ",".join(values)
    fits = len(listed) <= _LONGEST_LIST and not any(sign in listed for sign in '"\n')
    return listed if fits and all("," not in value for value in values) else ""


def _write(page: Worksheet, row: int, column: int, value: str | float | None) -> None:
    cell = page.cell(row, column)
    if isinstance(cell, MergedCell):
        return
    if isinstance(value, str):
        # A text stays one, whatever it begins with.
        cell.value, cell.data_type = ILLEGAL_CHARACTERS_RE.sub("", value), "s"
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    else:
        cell.value = value
