"""`hub version`: which hub this is."""

from __future__ import annotations

import platform

import typer

from hub import HUB_API, __version__
from hub.cli.options import JsonOption, example
from hub.cli.output import console, print_json


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("version", epilog=example("hub version", "hub version --json"))(version)


def version(as_json: JsonOption = False) -> None:
    """Say which hub, contract and Python this is."""
    told = {
        "version": __version__,
        "api": HUB_API,
        "python": platform.python_version(),
    }
    if as_json:
        print_json(told)
        return
    console().print(
        f"handbook-hub {told['version']} (contract {told['api']}, Python {told['python']})"
    )
