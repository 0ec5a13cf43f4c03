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

DefinitionsOption = Annotated[
    Path | None,
    typer.Option(help="A folder with what is your own, such as salesforce.yaml of objects."),
]
RealOption = Annotated[
    bool,
    typer.Option(
        "--real", help="Start real servers beside them, of those installed here (Dovecot)."
    ),
]
HUB_PORT: Final = 8085
"""Where a hub that was configured by `--write-config` serves its own HTTP."""


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example("hub sandbox", "hub sandbox --json --ports jira_cloud=8081,control=8080")
    program.command("sandbox", epilog=lines)(sandbox)


def sandbox(
    config: ConfigOption = DEFAULT_CONFIG,
    profile: Annotated[
        str,
        typer.Option(
            help="What they hold at first: demo, empty, or conformance (for test suites)."
        ),
    ] = "demo",
    data: Annotated[
        Path | None,
        typer.Option(help="A folder that keeps what they hold, for the next start."),
    ] = None,
    definitions: DefinitionsOption = None,
    real: RealOption = False,
    faults: Annotated[
        Path | None, typer.Option(help="A YAML file of faults to play from the start.")
    ] = None,
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

    --json prints one line when they are ready: where each is and how to log in. Without it every
    call is shown as it comes, with what went wrong; so is a page at the control API's address.
    """
    from hub.cli.watching import watch  # noqa: PLC0415
    from hub.sandbox import PROFILES, SandboxOptions  # noqa: PLC0415
    from hub.sandbox.wanted import play_file  # noqa: PLC0415

    if profile not in PROFILES:
        raise typer.BadParameter(f"--profile is one of {', '.join(PROFILES)}, not {profile!r}")
    options = SandboxOptions(
        ports=_ports(ports), profile=profile, data=data, definitions=definitions, real=real
    )
    stopping = _stopped_by_signals()
    with _stage(config, plugins, options) as stage:
        if faults is not None:
            play_file(faults, {name: each.faults for name, each in stage.sandboxes.items()})
        written = None
        if write_config is not None:
            write_config.mkdir(parents=True, exist_ok=True)
            written = stage.write_config(write_config.resolve(), port=HUB_PORT)
        if as_json:
            print_json({**stage.facts, **({"config": str(written)} if written else {})})
        else:
            _show(stage, written)
            watch(options.traffic, stopping)
        stopping.wait()


def _stopped_by_signals() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _ports(text: str) -> dict[str, int]:
    result = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, port = part.partition("=")
        if not port.isdigit() or int(port) > 65535:
            raise typer.BadParameter(f"--ports takes NAME=PORT,…, not {part!r}")
        result[name] = int(port)
    return result


def _stage(config: Path, plugins: str, options: SandboxOptions) -> Stage:
    from hub.core.config import enabled_plugins  # noqa: PLC0415
    from hub.testing.stage import Stage  # noqa: PLC0415

    names = [name.strip() for name in plugins.split(",") if name.strip()]
    return Stage.of(names or enabled_plugins(config), options)


def _show(stage: Stage, written: Path | None) -> None:
    from hub.sandbox.words import words  # noqa: PLC0415

    say = words()
    out = console()
    made = table(say("sandbox"), say("what"), say("value"))
    rows(
        made,
        (
            (name if first else "", what, value)
            for name, told in stage.facts.items()
            for first, (what, value) in _firsts(told)
        ),
    )
    out.print(made)
    out.print(f"\n{say('page')}  {stage.facts['control']['url']}")
    out.print(f"{say('control')}  /faults /records /calls /act/SANDBOX/ACTION")
    if stage.options.data is not None:
        out.print(f"{say('kept')}  {stage.options.data}")
        if stage.forgetful:
            out.print(f"[yellow]{say('forgetful')}  {', '.join(stage.forgetful)}[/]")
    if written is not None:
        out.print(f"{say('hub')}  hub run --config {written}")
    out.print(f"{say('stop')}\n")


def _firsts(told: Mapping[str, Any]) -> Iterator[tuple[bool, tuple[str, Any]]]:
    for index, pair in enumerate(told.items()):
        yield index == 0, pair
