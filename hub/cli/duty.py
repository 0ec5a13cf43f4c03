"""`hub duty`: who has duty, and by which rows of the rota."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, print_json, rows, table


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = ("hub duty", "hub duty --at '2026-10-01 02:13'")
    program.command("duty", epilog=example(*lines))(duty)


def duty(
    at: Annotated[
        datetime | None,
        typer.Option(
            help="At what time, by the department's clock; by default now.",
            formats=["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"],
        ),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell who is on duty in each line, and whether the department is at work then anyway."""
    from hub.core.config import load_config  # noqa: PLC0415
    from hub.handbook import load_handbook  # noqa: PLC0415

    book = load_handbook(load_config(config).handbook)
    moment = at.replace(tzinfo=book.zone).astimezone(UTC) if at else datetime.now(UTC)
    working = bool(book.occasion(moment)["working_time"])
    found = []
    for line in book.roster.shape.lines:
        one = book.roster.on_duty(line.id, moment)
        found.append({
            "line": line.id,
            "person": one.person if one else "",
            "source": one.source if one else "",
        })  # fmt: skip
    night = str(book.roster.night(moment))
    if as_json:
        told = {"at": moment, "night": night, "working_time": working, "duty": found}
        print_json(told)
        return
    made = table("line", "person", "by")
    console().print(rows(made, ((x["line"], x["person"] or "nobody", x["source"]) for x in found)))
    at_work = "the department is at work: nobody is called" if working else "outside working hours"
    console().print(f"the night of {night}, {at_work}")
