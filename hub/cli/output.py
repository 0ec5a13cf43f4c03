"""Prints: JSON for programs, tables for people, advice for what went wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from hub.core.log import redacted
from hub.errors import ConfigError, HubError

_encoder: Final = msgspec.json.Encoder(enc_hook=str)


def print_json(value: Any) -> None:
    """Print one JSON object on one line."""
    sys.stdout.write(_encoder.encode(value).decode() + "\n")
    sys.stdout.flush()


def console() -> Console:
    """Give the console for people."""
    return Console(highlight=False, soft_wrap=True)


def complaints() -> Console:
    """Give the console for errors and progress."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def table(*columns: str) -> Table:
    """Make a plain table."""
    made = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def rows(made: Table, lines: Iterable[Sequence[object]]) -> Table:
    """Fill a table; what is shown is never taken for markup."""
    for line in lines:
        made.add_row(*(escape("" if cell is None else str(cell)) for cell in line))
    return made


def moment(at: datetime | None) -> str:
    """Give an instant as people read it, in this machine's zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S") if at else ""


def print_error(error: HubError, *, as_json: bool) -> None:
    """Tell what went wrong, where, and what would be right."""
    if as_json:
        print_json(_error_value(error))
        return
    out = complaints()
    if isinstance(error, ConfigError):
        for problem in error.problems:
            place = f"{problem.file}:{problem.line}" if problem.line else problem.file
            out.print(f"[bold]{escape(place)}[/]: [red]{escape(problem.what)}[/]")
            if problem.remedy:
                out.print(f"    {escape(problem.remedy)}")
        count = len(error.problems)
        out.print(f"{count} problem{'s' if count != 1 else ''} ({error.code})")
    else:
        out.print(f"[red]{escape(str(redacted('error', str(error))))}[/] ({error.code})")


def print_usage_error(error: typer.TyperException) -> None:
    """Tell a program what is wrong with its command line, and what would be right."""
    context: typer.Context | None = getattr(error, "ctx", None)
    usage = context.get_usage() if context is not None else ""
    print_json({"ok": False, "error": error.format_message(), "code": "usage", "usage": usage})


def _error_value(error: HubError) -> dict[str, Any]:
    value: dict[str, Any] = {
        "ok": False,
        "error": redacted("error", str(error)),
        "code": error.code,
    }
    if isinstance(error, ConfigError):
        value["problems"] = [
            {"file": each.file, "line": each.line, "what": each.what, "remedy": each.remedy}
            for each in error.problems
        ]
    return value
