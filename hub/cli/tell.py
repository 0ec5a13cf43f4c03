"""`hub tell`: what a person has to say of a case."""

from __future__ import annotations

import getpass
from enum import StrEnum
from typing import Annotated

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, print_json


class What(StrEnum):
    """What can be told."""

    AGREED = "agreed"
    UNREACHED = "unreached"
    CONFIRMED = "confirmed"
    OBJECTED = "objected"
    RATED = "rated"
    FEEDBACK = "feedback"
    ACKNOWLEDGED = "acknowledged"


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = (
        "hub tell 00001042 agreed 2026-03-09",
        "hub tell 00001042 unreached",
        "hub tell 00001042 rated 5",
        'hub tell 00001042 feedback --text "content, and wants a course"',
    )
    program.command("tell", epilog=example(*lines))(tell)


def tell(
    item: Annotated[
        str, typer.Argument(help="The case: its id, case number, JIRA key or a record's address.")
    ],
    what: Annotated[What, typer.Argument(help="What is told.")],
    value: Annotated[
        str,
        typer.Argument(help="agreed: a date, an instant, or nothing to take it back; rated: 1-5."),
    ] = "",
    text: Annotated[str, typer.Option(help="What was said.")] = "",
    by: Annotated[str, typer.Option(help="Who tells it; by default who runs this.")] = "",
    key: Annotated[str, typer.Option(help="Makes telling again with the same key harmless.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Tell an agreed date, a customer out of reach, their word on a solution, or feedback."""
    from hub.clock import RandomIds, SystemClock  # noqa: PLC0415
    from hub.core.desk import Desk, Told  # noqa: PLC0415

    try:
        told = Told(what=what.value, value=value, text=text, by=by or getpass.getuser(), key=key)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    with opened_store(config) as session:
        clock = SystemClock()
        found = Desk(session, clock, RandomIds(clock)).tell(item, told)
    if as_json:
        print_json({"ok": True, "item": found, "what": what.value})
        return
    console().print(f"{found}: told; `hub why {found}` says what follows")
