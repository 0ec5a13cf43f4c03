"""`hub ack`: say that one takes a case: the call of the night ends, a hand-off is accepted."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, print_json


def register(program: typer.Typer) -> None:
    """Add the command."""
    line = "hub ack 00001042 --by wang.lei@vendor.example"
    program.command("ack", epilog=example(line))(ack)


def ack(
    item: Annotated[
        str, typer.Argument(help="The case: its id, case number, JIRA key or a record's address.")
    ],
    by: Annotated[
        str, typer.Option(help="Who takes it: an address or a name; by default who runs this.")
    ] = "",
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Acknowledge a case: who is called out of hours has it, or a handler accepts it."""
    from hub.clock import RandomIds, SystemClock  # noqa: PLC0415
    from hub.core.desk import Desk, Told  # noqa: PLC0415

    who = by or getpass.getuser()
    with opened_store(config) as session:
        clock = SystemClock()
        told = Told(what="acknowledged", by=who)
        found = Desk(session, clock, RandomIds(clock)).tell(item, told)
    if as_json:
        print_json({"ok": True, "item": found, "by": who})
        return
    console().print(f"{found}: acknowledged by {who}; `hub why {found}` tells what follows")
