"""Tables of records as CSV, in the dialects that jobs may choose."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

DELIMITERS: Final = {
    "BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t",
}  # fmt: skip
MEDIA_TYPE: Final = "text/csv; charset=UTF-8"
ENDINGS: Final = {"LF": "\n", "CRLF": "\r\n"}
_EMPTIED: Final = "#N/A"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns."""

    columns: list[str]
    rows: list[list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a table is written: the names of the delimiter and of the line ending."""

    delimiter: str = "COMMA"
    ending: str = "LF"

    def read(self, content: bytes) -> Table:
        """Give the table of a CSV text; ValueError says why it is none."""
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise ValueError("the data is not encoded in UTF-8") from None
        crlf = "\r\n" in text
        if "\n" in text and crlf is not (self.ending == "CRLF"):
            message = "LineEnding is invalid on user data. Current LineEnding setting is "
            raise ValueError(message + self.ending)
        source = io.StringIO(text, newline="")
        try:
            rows = list(csv.reader(source, delimiter=DELIMITERS[self.delimiter], strict=True))
        except csv.Error as error:
            raise ValueError(f"Failed to parse CSV: {error}") from None
        columns, *rows = rows or [[]]
        # An empty line is an empty cell if there is one column, and nothing if there are more.
        rows = [row or [""] for row in rows if row or len(columns) == 1]
        for row in rows:
            if len(row) != len(columns):
                message = f"The row has {len(row)} columns, but the header has {len(columns)}"
                raise ValueError(message)
        return Table([column.strip() for column in columns], rows)

    def write(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
        """Give rows as CSV, every value quoted."""
        target = io.StringIO(newline="")
        writer = csv.writer(
            target,
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=ENDINGS[self.ending],
            quoting=csv.QUOTE_ALL,
        )
        writer.writerow(columns)
        writer.writerows([shown(value) for value in row] for row in rows)
        return target.getvalue()


def shown(value: Any) -> str:
    """Give a value as it stands in a table; null is empty, instants end in Z."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.000Z"
    return str(value)


def record(columns: Sequence[str], row: Sequence[str]) -> dict[str, Any]:
    """Give a row as a record: empty cells are left out, `#N/A` is null.

    A column `Parent.Key__c` names a parent by its external id: it becomes an object within.
    """
    result: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        if cell == "":
            continue
        *ways, name = column.split(".")
        place = result
        for way in ways:
            place = place.setdefault(way.partition(":")[0], {})
        place[name] = None if cell == _EMPTIED else cell
    return result
