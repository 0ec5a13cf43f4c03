"""`hub targets`: what is due next, and which due times moved."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, moment, print_json, rows, table

if TYPE_CHECKING:
    from hub.core.duetimes import DueTime, Moved


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example("hub targets", "hub targets --moved --since 2026-03-02", "hub targets --json")
    program.command("targets", epilog=lines)(targets)


def targets(
    moved: Annotated[
        bool, typer.Option("--moved", help="List the due times that moved, and why.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(help="With --moved: from when on, in UTC.", formats=["%Y-%m-%d"]),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many that are due next.")] = 50,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Show what was promised and is due next; or what a new severity, handbook or pause moved."""
    from hub.core import duetimes  # noqa: PLC0415

    start = (since or datetime(1970, 1, 1)).replace(tzinfo=UTC)  # noqa: DTZ001 - UTC is set here
    with opened_store(config) as session, session.read() as connection:
        found = duetimes.moved(connection, start) if moved else duetimes.coming(connection, limit)
    if as_json:
        print_json(found)
        return
    if not found:
        console().print("no due time moved" if moved else "nothing is due")
        return
    show_moved(found) if moved else show_coming(found)  # type: ignore[arg-type]


def show_coming(found: list[DueTime]) -> None:
    """Print what is due next."""
    made = table("due", "target", "case", "severity", "handler", "by")
    lines = (
        (moment(x.due_at), x.target, x.case or x.item, x.severity, x.owner, x.why.source)
        for x in found
    )
    console().print(rows(made, lines))


def show_moved(found: list[Moved]) -> None:
    """Print what moved."""
    made = table("at", "case", "target", "was due", "is due", "because of")
    lines = (
        (moment(x.at), x.case or x.item, x.target, _shown(x.before), _shown(x.after), x.cause)
        for x in found
    )
    console().print(rows(made, lines))


def _shown(text: str) -> str:
    return moment(datetime.fromisoformat(text)) if text else "open"
