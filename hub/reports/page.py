"""A summary as an HTML mail and as plain text.

Styles stand inline and bars are coloured boxes: mail programs show no style sheets or drawings.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from hub.reports.view import WORDS, Cell, Sheet, View, cells, shown

MOST: Final = 15
"""So many rows of a table stand in the mail; the rest is in the sheet."""
_TABLE: Final = "border-collapse:collapse;width:100%;margin:4px 0 20px;font-size:14px"
_HEAD: Final = (
    "border-bottom:2px solid #c9d2e0;padding:6px 8px;text-align:{};color:#55617a;font-weight:600"
)
_CELL: Final = "border-bottom:1px solid #e6eaf1;padding:6px 8px;text-align:{};vertical-align:top"
_BODY: Final = (
    "max-width:860px;margin:0 auto;background:#fff;padding:24px 28px;color:#1c2536;"
    "font-family:'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',system-ui,sans-serif"
)
_NOTE: Final = "font-size:12px;color:#55617a;margin:-14px 0 20px"
_COLOURS: Final = ("#2f6fde", "#e0632f", "#2f9e6b", "#b8860b", "#7a5bc7", "#8a94a6")


def html(view: View) -> str:
    """Give the mail's HTML, one document that needs nothing else."""
    say = WORDS[view.language]
    title = escape(view.title)
    parts = [
        f'<!doctype html>\n<html lang="{view.language}"><head><meta charset="utf-8">',
        f"<title>{title}</title></head>",
        '<body style="margin:0;background:#f4f6fa">',
        f'<div style="{_BODY}">',
        f'<h1 style="font-size:22px;margin:0 0 4px">{title}</h1>',
        f'<p style="margin:0 0 20px;color:#55617a">{escape(view.period)}</p>',
    ]
    if view.empty:
        parts.append(f"<p>{say['none']}</p>")
    else:
        parts += [_tiles(view.sheet("total")), *_tables(view)]
        parts.append(f'<p style="color:#55617a">{say["enclosed"]}</p>')
    return "\n".join(parts) + "\n</div></body></html>\n"


def text(view: View) -> str:
    """Give the mail's plain text: the same figures, a line for each."""
    say = WORDS[view.language]
    lines = [view.title, view.period, ""]
    if view.empty:
        return "\n".join([*lines, say["none"]])
    for sheet in view.sheets:
        if sheet.rows and sheet.key != "cases":
            lines += [f"== {sheet.title}", *_lines(sheet), ""]
    return "\n".join([*lines, say["enclosed"]])


def _lines(sheet: Sheet) -> Iterator[str]:
    for row in sheet.rows[:MOST]:
        pairs = zip(sheet.columns[1:], cells(row[1:]), strict=True)
        if len(row) == 2:
            yield f"{row[0]}: {shown(row[1])}"
        else:
            yield f"{row[0]}: " + ", ".join(f"{column} {value}" for column, value in pairs)


def _tiles(sheet: Sheet) -> str:
    tiles = [
        '<td style="padding:10px 6px;text-align:center;background:#f4f6fa;'
        f'border:4px solid #fff"><div style="font-size:24px;font-weight:700">{row[1]}</div>'
        f'<div style="font-size:12px;color:#55617a">{escape(str(row[0]))}</div></td>'
        for row in sheet.rows
    ]
    return (
        '<table role="presentation" style="width:100%;border-collapse:separate;margin-bottom:20px">'
        f"<tr>{''.join(tiles)}</tr></table>"
    )


def _tables(view: View) -> Iterator[str]:
    for sheet in view.sheets:
        if sheet.key not in {"total", "cases"} and sheet.rows:
            yield f'<h2 style="font-size:16px;margin:0 0 2px">{escape(sheet.title)}</h2>'
            yield _table(sheet)
            if sheet.chart == "stacked":
                yield _legend(sheet)


def _table(sheet: Sheet) -> str:
    drawn = range(sheet.drawn[0], sheet.drawn[1] + 1) if sheet.chart == "stacked" else range(1, 2)
    longest = max((_length(row, drawn) for row in sheet.rows), default=0)
    head = [_head(column, number) for number, column in enumerate(sheet.columns)]
    body = [
        "<tr>"
        + "".join(_cell(cell, number) for number, cell in enumerate(row))
        + f'<td style="{_CELL.format("left")};width:26%">{_bar(row, drawn, longest)}</td></tr>'
        for row in sheet.rows[:MOST]
    ]
    return f'<table style="{_TABLE}"><tr>{"".join(head)}{_head("", 0)}</tr>{"".join(body)}</table>'


def _head(column: str, number: int) -> str:
    return f'<th style="{_HEAD.format("right" if number else "left")}">{escape(column)}</th>'


def _cell(cell: Cell, number: int) -> str:
    side = "right" if number else "left"
    return f'<td style="{_CELL.format(side)}">{escape(shown(cell))}</td>'


def _length(row: Sequence[Cell], drawn: range) -> int:
    return sum(value for number in drawn if isinstance(value := row[number], int))


def _bar(row: Sequence[Cell], drawn: range, longest: int) -> str:
    pieces = []
    for number in drawn:
        value = row[number]
        if isinstance(value, int) and value and longest:
            width, colour = round(100 * value / longest), _COLOURS[(number - 1) % len(_COLOURS)]
            style = f"display:inline-block;height:12px;width:{max(width, 1)}%;background:{colour}"
            pieces.append(f'<span style="{style}"></span>')
    return f'<div style="white-space:nowrap;font-size:0;line-height:12px">{"".join(pieces)}</div>'


def _legend(sheet: Sheet) -> str:
    drawn = range(sheet.drawn[0], sheet.drawn[1] + 1)
    marks = [
        f'<span style="color:{_COLOURS[(number - 1) % len(_COLOURS)]}">■</span> '
        f"{escape(sheet.columns[number])}"
        for number in drawn
    ]
    return f'<p style="{_NOTE}">{"&ensp;".join(marks)}</p>'
