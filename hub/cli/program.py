"""Gathers the commands into one program and turns errors into advice and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

import typer

from hub.cli.options import example
from hub.cli.output import print_error, print_usage_error
from hub.errors import ConfigError, HubError, PluginError

OK: Final = 0
FAILED: Final = 1
CONFIG: Final = 78
INTERRUPTED: Final = 130

COMMANDS: Final = (
    "run",
    "demo",
    "sandbox",
    "check",
    "plugins",
    "status",
    "why",
    "dead",
    "case",
    "handoff",
    "ack",
    "duty",
    "tell",
    "targets",
    "handbook",
    "report",
    "replay",
    "db",
    "version",
)
"""One module for each, in the order in which `hub --help` shows them; each adds itself."""


def build_program() -> typer.Typer:
    """Make the program with all its commands."""
    program = typer.Typer(
        name="hub",
        help="Keeps CRM, JIRA and mail in step and executes the service department's handbook.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        epilog=example("hub demo", "hub check", "hub why 00001042"),
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    for name in COMMANDS:
        import_module(f"hub.cli.{name}").register(program)
    return program


def run(arguments: Sequence[str]) -> int:
    """Run a command line; give its exit code."""
    as_json = "--json" in arguments
    try:
        code = build_program()(list(arguments), prog_name="hub", standalone_mode=not as_json)
    except SystemExit as ended:
        code = ended.code
    except typer.TyperException as error:
        print_usage_error(error)
        code = error.exit_code
    except HubError as error:
        print_error(error, as_json=as_json)
        code = CONFIG if isinstance(error, ConfigError | PluginError) else FAILED
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`hub why X | head`); nothing may be written any more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FAILED
    return _exit_code(code)


def _exit_code(code: object) -> int:
    if code is None:
        return OK
    return code if isinstance(code, int) else FAILED
