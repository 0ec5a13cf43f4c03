"""A summary as XLSX: a sheet for each table, with charts of what can be drawn."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, MergedCell
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from hub.reports.view import Cell, Sheet, View

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_HEAD: Final = PatternFill("solid", fgColor="E8EDF5")
_WIDEST: Final = 60
_TOP: Final = 3
"""The row of the columns' names; above it stand the title and the period."""
_DRAWN: Final = 15
"""So many rows are drawn: more bars nobody can tell apart."""


def workbook(view: View) -> bytes:
    """Give the workbook's bytes."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for sheet in view.sheets:
        _fill(book.create_sheet(sheet.title), sheet, view)
    book.properties.title = view.title
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _fill(page: Worksheet, sheet: Sheet, view: View) -> None:
    _write(page.cell(1, 1), view.title)
    page.cell(1, 1).font = Font(bold=True, size=14)
    _write(page.cell(2, 1), view.period)
    for column, title in enumerate(sheet.columns, 1):
        head = page.cell(_TOP, column)
        _write(head, title)
        head.font, head.fill = Font(bold=True), _HEAD
        head.alignment = Alignment(wrap_text=True, vertical="top")
    for number, row in enumerate(sheet.rows, _TOP + 1):
        for column, value in enumerate(row, 1):
            _write(page.cell(number, column), value)
    page.freeze_panes = f"B{_TOP + 1}"
    for column in range(1, len(sheet.columns) + 1):
        page.column_dimensions[get_column_letter(column)].width = _width(sheet, column - 1)
    page.page_setup.orientation = "landscape"
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.fitToHeight = 0
    if sheet.chart and sheet.rows:
        page.add_chart(_chart(page, sheet), f"{get_column_letter(len(sheet.columns) + 2)}3")


def _write(cell: SheetCell | MergedCell, value: Cell) -> None:
    """Write a value. A text stays one, whatever it begins with: it came from outside."""
    if isinstance(cell, MergedCell):
        return
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
        return
    cell.value = value
    if isinstance(value, float):
        cell.number_format = "0%"


def _width(sheet: Sheet, column: int) -> int:
    texts = [sheet.columns[column], *(str(row[column] or "") for row in sheet.rows[:200])]
    return min(_WIDEST, max(10, *(2 + sum(1 + (sign > "ÿ") for sign in text) for text in texts)))


def _chart(page: Worksheet, sheet: Sheet) -> BarChart:
    chart = BarChart()
    chart.type, chart.style, chart.title = "bar", 10, sheet.title
    chart.y_axis.delete = chart.x_axis.delete = False
    chart.x_axis.scaling.orientation = "maxMin"
    chart.height, chart.width = 9, 18
    if sheet.chart == "stacked":
        chart.grouping, chart.overlap = "stacked", 100
    first, last = sheet.drawn
    end = _TOP + min(len(sheet.rows), _DRAWN)
    data = Reference(page, min_col=first + 1, max_col=last + 1, min_row=_TOP, max_row=end)
    chart.add_data(data, titles_from_data=True)
    chart.set_categories(Reference(page, min_col=1, min_row=_TOP + 1, max_row=end))
    if first == last:
        chart.legend = None
    return chart
