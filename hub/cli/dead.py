"""`hub dead`: dead letters: list, look, try again, drop."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import complaints, console, moment, print_json
from hub.errors import UnknownError


class State(StrEnum):
    """How a dead letter stands."""

    OPEN = "open"
    RETRIED = "retried"
    DROPPED = "dropped"


Number = Annotated[int, typer.Argument(help="The dead letter's number, as `hub dead list` shows.")]


def register(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="List, look at, try again or drop what could not be done.",
        epilog=example("hub dead list", "hub dead retry 12"),
        no_args_is_help=True,
    )
    group.command("list", epilog=example("hub dead list", "hub dead list --state dropped"))(listing)
    group.command("show", epilog=example("hub dead show 12"))(show)
    group.command("retry", epilog=example("hub dead retry 12", "hub dead retry --all"))(retry)
    group.command("drop", epilog=example("hub dead drop 12"))(drop)
    program.add_typer(group, name="dead")


def listing(
    config: ConfigOption = DEFAULT_CONFIG,
    state: Annotated[
        State, typer.Option(help="Which to list: open, retried or dropped.")
    ] = State.OPEN,
    as_json: JsonOption = False,
) -> None:
    """List dead letters, oldest first."""
    from hub.core import inquiry  # noqa: PLC0415

    with opened_store(config) as session, session.read() as connection:
        letters = inquiry.letters(connection, state)
    if as_json:
        print_json({"dead_letters": letters})
        return
    if not letters:
        console().print(f"no {state} dead letters")
        return
    out = console()
    for each in letters:
        item = f"  of {each.item}" if each.item else ""
        about = f"{each.kind}  {each.connector}  {each.ref}{item}"
        out.print(f"{each.id:>4}  {moment(each.at)}  {about}", markup=False)
        out.print(f"      {each.cause}", markup=False)
        if each.remedy:
            out.print(f"      → {each.remedy}", markup=False)


def show(
    number: Number, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Show one dead letter with all that is known of it."""
    from hub.core import inquiry  # noqa: PLC0415

    with opened_store(config) as session, session.read() as connection:
        letter = inquiry.letter(connection, number)
    if letter is None:
        raise UnknownError(f"there is no dead letter {number}")
    if as_json:
        print_json(letter)
        return
    out = console()
    for name in ("id", "state", "kind", "connector", "ref", "item", "code", "cause", "remedy"):
        out.print(f"{name:<10} {getattr(letter, name)}", markup=False)
    out.print(f"{'at':<10} {moment(letter.at)}", markup=False)
    if letter.detail:
        out.print("\n" + letter.detail, markup=False)


def retry(
    number: Annotated[int | None, typer.Argument(help="The dead letter's number.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Try all open ones again.")] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Have a dead letter's matter tried again; what was perhaps done is looked up first."""
    if (number is None) != every:
        raise typer.BadParameter("give a number, or --all")
    _settle(config, number, "retry", as_json=as_json)


def drop(
    number: Number, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> None:
    """Take a dead letter as settled: nothing more is done about it."""
    _settle(config, number, "drop", as_json=as_json)


def _settle(config: ConfigOption, number: int | None, what: str, *, as_json: bool) -> None:
    from rich.progress import track  # noqa: PLC0415

    from hub.clock import RandomIds, SystemClock  # noqa: PLC0415
    from hub.core import inquiry  # noqa: PLC0415
    from hub.core.desk import Desk  # noqa: PLC0415

    with opened_store(config) as session:
        clock = SystemClock()
        desk = Desk(session, clock, RandomIds(clock))
        numbers = [number] if number is not None else []
        if number is None:
            with session.read() as connection:
                numbers = [letter.id for letter in inquiry.letters(connection)]
        title = f"{what}: {len(numbers)} dead letter{'s' if len(numbers) != 1 else ''}"
        shown = track(numbers, title, console=complaints(), transient=True)
        done = [getattr(desk, what)(each).id for each in shown]
    if as_json:
        print_json({"ok": True, "settled": done, "by": what})
        return
    verb = "tried again" if what == "retry" else "dropped"
    text = ", ".join(map(str, done)) or "none"
    console().print(f"dead letters {verb}: {text}")
