"""`hub replay`: the recorded past by another handbook: what would differ, with no effect."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final
from zoneinfo import ZoneInfo

import typer

from hub.cli.handbook import print_page
from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, Tongue, example
from hub.cli.output import console, print_json

if TYPE_CHECKING:
    from hub.core.replay import Report
    from hub.handbook import Handbook

SHOWN: Final = 50
"""So many differing cases are printed as text; JSON and HTML have them all."""


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example(
        "hub replay --handbook draft/ --since 2026-10-01",
        "hub replay --handbook draft/ --html replay.html",
    )
    program.command("replay", epilog=lines)(replay)


def replay(
    handbook: Annotated[Path, typer.Option(help="The folder of the handbook to be tried.")],
    since: Annotated[
        str, typer.Option(help="Cases opened since then: a date, or a date and time.")
    ] = "",
    until: Annotated[str, typer.Option(help="And up to then.")] = "",
    html: Annotated[
        Path | None, typer.Option(help="Write the whole report as HTML into this file.")
    ] = None,
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="How many to share the work; by default one for each core."),
    ] = None,
    language: Annotated[
        Tongue | None, typer.Option("--language", "-l", help="By default the handbook's own.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Go through the recorded past by another handbook; tell what would differ. Nothing is done."""
    from hub.core.plan import read_rulebook  # noqa: PLC0415
    from hub.core.replay import replay as go  # noqa: PLC0415

    book, rules = read_rulebook(config, handbook)
    zone = ZoneInfo(book.about.zone)
    span = (_instant("--since", since, zone), _instant("--until", until, zone, end=True))
    with opened_store(config, read_only=True) as session:
        report = go(session.database, config, (book, rules), *span, processes)
    tongue = language.value if language else book.about.language
    if html is not None:
        _write(html, report, book, tongue)
    if as_json:
        print_json(report)
        return
    _show(report, book, tongue)
    if html is not None:
        console().print(html, markup=False)


def _instant(option: str, text: str, zone: ZoneInfo, *, end: bool = False) -> datetime | None:
    """Read a date or an instant by the handbook's clock; a date alone ends with its last moment."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{option}: {text!r} is no date such as 2026-10-01") from None
    if end and len(text) == len("2026-10-01"):
        at = at.replace(hour=23, minute=59, second=59, microsecond=999_999)
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _write(path: Path, report: Report, book: Handbook, tongue: str) -> None:
    from hub.core.replay.page import page_of  # noqa: PLC0415
    from hub.handbook.show import html  # noqa: PLC0415

    page = page_of(report, book, "en" if tongue == "en" else "zh")
    path.write_text(html(page), encoding="utf-8")


def _show(report: Report, book: Handbook, tongue: str) -> None:
    from hub.core.replay.page import page_of  # noqa: PLC0415

    print_page(page_of(report, book, "en" if tongue == "en" else "zh", SHOWN))
    more = len(report.differences) - SHOWN
    if more > 0:
        said = f"+ {more:,} more: --html FILE or --json has them all"
        if tongue != "en":
            said = f"另有 {more:,} 个问题:见 --html FILE 或 --json"
        console().print(said, markup=False)
