"""`hub handoff`: pass a case on, with what the handbook demands of every hand-off."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, print_json


def register(program: typer.Typer) -> None:
    """Add the command."""
    line = (
        'hub handoff 00001042 --to rnd --method "read the log" --result "the server is at fault" '
        '--open-items "the cause is not known"'
    )
    program.command("handoff", epilog=example(line))(handoff)


def handoff(
    item: Annotated[
        str, typer.Argument(help="The case: its id, case number, JIRA key or a record's address.")
    ],
    to: Annotated[str, typer.Option(help="The next handler: an e-mail address or a role.")],
    method: Annotated[str, typer.Option(help="How the case was handled so far.")],
    result: Annotated[str, typer.Option(help="What came of it.")],
    open_items: Annotated[
        str,
        typer.Option(
            "--open-items", help="What remains to be done; the shipped handbook demands it."
        ),
    ] = "",
    by: Annotated[str, typer.Option(help="Who hands off; by default who runs this.")] = "",
    key: Annotated[str, typer.Option(help="Makes asking again with the same key harmless.")] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Ask that a case be handed off; the running hub does it by the handbook's rules."""
    for name, value in (("--to", to), ("--method", method), ("--result", result)):
        if not value.strip():
            raise typer.BadParameter(
                f"{name} must not be empty: every hand-off leaves it on record"
            )
    from hub.clock import RandomIds, SystemClock  # noqa: PLC0415
    from hub.core.desk import Desk, HandOff  # noqa: PLC0415

    wish = HandOff(
        to=to,
        method=method,
        result=result,
        open_items=open_items,
        by=by or getpass.getuser(),
        key=key,
    )
    with opened_store(config) as session:
        clock = SystemClock()
        found = Desk(session, clock, RandomIds(clock)).hand_off(item, wish)
    if as_json:
        print_json({"ok": True, "item": found, "to": to})
        return
    console().print(f"{found}: hand-off to {to} asked for; `hub why {found}` tells what follows")
