"""`hub run`: the daemon."""

from __future__ import annotations

import typer

from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example("hub run", "hub run --config /etc/handbook-hub/hub.yaml --json")
    program.command("run", epilog=lines)(run)


def run(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Run the hub until SIGTERM or Ctrl-C; SIGHUP reads configuration and handbook anew.

    What it does is logged to standard output; --json has it logged as JSON lines in any case.
    """
    from hub.core.daemon import run as run_daemon  # noqa: PLC0415

    raise typer.Exit(run_daemon(config, log_format="json" if as_json else None))
