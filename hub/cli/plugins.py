"""`hub plugins`: what is installed, what is enabled, its version and hooks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, print_json, rows, table

if TYPE_CHECKING:
    from hub.core.plugins import PluginRow


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("plugins", epilog=example("hub plugins", "hub plugins --json"))(plugins)


def plugins(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List plugins: installed, enabled, version, hooks. What is not enabled is not imported."""
    listed = _listing(config)
    if as_json:
        print_json({"plugins": listed})
        return
    made = table("plugin", "enabled", "distribution", "version", "hooks")
    rows(
        made,
        (
            (
                row.name,
                "built in" if row.builtin else "yes" if row.enabled else "no",
                row.distribution,
                row.version,
                ", ".join(hook.removeprefix("hub_") for hook in row.hooks),
            )
            for row in listed
        ),
    )
    console().print(made)


def _listing(config: Path) -> list[PluginRow]:
    from hub.core.config import enabled_plugins  # noqa: PLC0415
    from hub.core.plugins import PluginHost  # noqa: PLC0415

    loaded = enabled_plugins(config)
    return PluginHost.load(loaded).listing()
