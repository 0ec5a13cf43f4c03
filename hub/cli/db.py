"""`hub db`: the store's tables."""

from __future__ import annotations

import typer

from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import complaints, console, print_json


def register(program: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Care for the store.",
        epilog=example("hub db upgrade", "hub db verify"),
        no_args_is_help=True,
    )
    group.command("upgrade", epilog=example("hub db upgrade"))(upgrade)
    group.command("verify", epilog=example("hub db verify"))(verify)
    program.add_typer(group, name="db")


def upgrade(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Make or alter the tables as this version of the hub needs them."""
    from hub.core.config import load_config  # noqa: PLC0415
    from hub.core.store import Database  # noqa: PLC0415
    from hub.core.store import upgrade as upgrade_store  # noqa: PLC0415

    store = load_config(config).config.store
    database = Database(store.url.reveal())
    try:
        with complaints().status("bringing the tables to this version …"):
            revision = upgrade_store(database)
    finally:
        database.close()
    if as_json:
        print_json({"ok": True, "store": store.shown, "revision": revision})
        return
    console().print(f"{store.shown} is at revision {revision}", markup=False)


def verify(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Verify the journal's chains: that no entry was changed or taken out."""
    from hub.cli.opened import opened_store  # noqa: PLC0415
    from hub.core.store.journal import broken_chains  # noqa: PLC0415

    waiting = complaints().status("reading the whole journal …")
    with waiting, opened_store(config) as session, session.read() as connection:
        broken = broken_chains(connection)
    if as_json:
        print_json({"ok": not broken, "broken": broken})
    else:
        console().print("\n".join(broken) or "the journal is whole", markup=False)
    if broken:
        raise typer.Exit(1)
