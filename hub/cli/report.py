"""`hub report`: the summary of a week or a month, from the store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, Tongue, example
from hub.cli.output import console, print_json

if TYPE_CHECKING:
    from hub.handbook import Handbook
    from hub.handbook.reportshapes import ReportShape


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example(
        "hub report weekly",
        "hub report monthly --period 2026-10 --xlsx october.xlsx",
        "hub report weekly --html week.html -l en",
    )
    program.command("report", epilog=lines)(report)


def report(
    name: Annotated[str, typer.Argument(metavar="REPORT", help="A report of `reports.yaml`.")],
    asked: Annotated[
        str | None,
        typer.Option("--period", help="2026-W48 or 2026-11; by default the latest that is over."),
    ] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write it as XLSX with charts.")] = None,
    page: Annotated[Path | None, typer.Option("--html", help="Write it as HTML.")] = None,
    language: Annotated[
        Tongue | None, typer.Option("--language", "-l", help="By default the handbook's own.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Compile the summary of a week or a month: what the handbook has mailed, for any period."""
    import msgspec  # noqa: PLC0415

    from hub.clock import SystemClock  # noqa: PLC0415
    from hub.core.plan import read_rulebook  # noqa: PLC0415
    from hub.core.reporting import summary_of  # noqa: PLC0415
    from hub.reports import html, last_ended, period_of, text, view, workbook  # noqa: PLC0415

    handbook, _ = read_rulebook(config)
    row = _report(handbook, name)
    try:
        period = period_of(row.every, asked) if asked else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    period = period or last_ended(row.every, SystemClock().now(), handbook.zone)
    with opened_store(config) as session, session.read() as connection:
        summary = summary_of(connection, handbook, period)
    tongue = language.value if language else handbook.about.language
    shown = view(summary, handbook, row, period, "en" if tongue == "en" else "zh")
    if xlsx:
        xlsx.write_bytes(workbook(shown))
    if page:
        page.write_text(html(shown), encoding="utf-8")
    if as_json:
        figures = msgspec.to_builtins(summary)
        print_json({"ok": True, "report": row.id, "period": str(period), **figures})
    elif not xlsx and not page:
        console().print(text(shown), markup=False)


def _report(handbook: Handbook, name: str) -> ReportShape:
    found = next((row for row in handbook.reports if row.id == name), None)
    if found is None:
        known = ", ".join(row.id for row in handbook.reports)
        raise typer.BadParameter(f"no report {name!r} (known: {known or 'none'})")
    return found
