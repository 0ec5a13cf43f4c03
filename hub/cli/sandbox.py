"""`hub sandbox`: the emulators of the enabled units, on loopback, with a control API."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, print_json, rows, table

if TYPE_CHECKING:
    from hub.sandbox import SandboxOptions
    from hub.testing.stage import Stage

HUB_PORT: Final = 8085
"""Where a hub that was configured by `--write-config` serves its own HTTP."""


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example("hub sandbox", "hub sandbox --json --ports jira_cloud=8081,control=8080")
    program.command("sandbox", epilog=lines)(sandbox)


def sandbox(
    config: ConfigOption = DEFAULT_CONFIG,
    profile: Annotated[str, typer.Option(help="Which data they start with.")] = "demo",
    ports: Annotated[
        str, typer.Option(help="Fixed ports, as NAME=PORT,…; `control` is the control API's.")
    ] = "",
    plugins: Annotated[
        str, typer.Option(help="Units whose emulators to start; by default all enabled ones.")
    ] = "",
    write_config: Annotated[
        Path | None,
        typer.Option(help="A folder for a hub.yaml that speaks to them, for `hub run`."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Serve emulators of the enabled units' systems until Ctrl-C.

    --json prints one line when they are ready: where each is and how to log in.
    """
    from hub.sandbox import SandboxOptions  # noqa: PLC0415

    fixed = _ports(ports)
    options = SandboxOptions(ports=fixed, profile=profile)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with _stage(config, plugins, options, fixed.get("control", 0)) as stage:
        written = None
        if write_config is not None:
            write_config.mkdir(parents=True, exist_ok=True)
            written = stage.write_config(write_config.resolve(), port=HUB_PORT)
        if as_json:
            print_json({**stage.facts, **({"config": str(written)} if written else {})})
        else:
            _show(stage, written)
        stopping.wait()


def _ports(text: str) -> dict[str, int]:
    result = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, port = part.partition("=")
        if not port.isdigit() or int(port) > 65535:
            raise typer.BadParameter(f"--ports takes NAME=PORT,…, not {part!r}")
        result[name] = int(port)
    return result


def _stage(config: Path, plugins: str, options: SandboxOptions, control_port: int) -> Stage:
    from hub.core.config import enabled_plugins  # noqa: PLC0415
    from hub.testing.stage import Stage  # noqa: PLC0415

    names = [name.strip() for name in plugins.split(",") if name.strip()]
    return Stage.of(names or enabled_plugins(config), options, control_port)


def _show(stage: Stage, written: Path | None) -> None:
    out = console()
    made = table("sandbox", "what", "value")
    rows(
        made,
        (
            (name if first else "", what, value)
            for name, told in stage.facts.items()
            for first, (what, value) in _firsts(told)
        ),
    )
    out.print(made)
    out.print("\nthe control API serves /faults, /records and /act/SANDBOX/ACTION")
    if written is not None:
        out.print(f"a hub for them  hub run --config {written}")
    out.print("Ctrl-C stops them")


def _firsts(told: Mapping[str, Any]) -> Iterator[tuple[bool, tuple[str, Any]]]:
    for index, pair in enumerate(told.items()):
        yield index == 0, pair
