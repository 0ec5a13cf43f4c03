"""`hub demo`: the whole way, seen as it happens, on emulators of the three systems."""

from __future__ import annotations

import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub.cli.options import JsonOption, example

if TYPE_CHECKING:
    from hub.cli.story.play import Play
    from hub.cli.story.verdict import Check, Tally
    from hub.core.app import App

OnceOption = Annotated[
    bool, typer.Option("--once", help="End when the story is over, instead of staying up.")
]


def register(program: typer.Typer) -> None:
    """Add the command."""
    lines = example("hub demo", "hub demo --once --json")
    program.command("demo", epilog=lines)(demo)


def demo(once: OnceOption = False, as_json: JsonOption = False) -> None:
    """Play a day of the service department on emulators of Salesforce, JIRA and mail.

    Nothing outside this machine is touched. The exit code is 0 only if what the three systems
    hold at the end is what the story demands.
    """
    from hub.cli.story.teller import Teller  # noqa: PLC0415

    teller = Teller(quiet=as_json)
    with tempfile.TemporaryDirectory(prefix="hub-demo-") as folder:
        result = _perform(Path(folder), teller, stay=not once)
    if as_json:
        import msgspec  # noqa: PLC0415

        typer.echo(msgspec.json.encode(result).decode())
    raise typer.Exit(0 if result["ok"] else 1)


def _perform(folder: Path, teller: Any, *, stay: bool) -> dict[str, Any]:
    from hub.core import log  # noqa: PLC0415
    from hub.core.app import App  # noqa: PLC0415
    from hub.core.plan import read_plan  # noqa: PLC0415
    from hub.testing.stage import Stage  # noqa: PLC0415

    began = time.monotonic()
    with Stage.of(["crm", "jira", "mail"]) as stage, (folder / "hub.log").open("w") as stream:
        config = stage.write_config(folder)
        log.configure("json", "info", stream)
        app = App(read_plan(config))
        app.start()
        if app.web is not None:
            # Now the port is known, by which `hub status` asks the hub how it is.
            stage.write_config(folder, port=app.web.port)
        try:
            teller.scene(stage, app, config)
            result = _story(stage, app, teller, began)
            if stay:
                teller.look_around(str(result["story_case"]), stage, app, config)
                _until_interrupted()
        finally:
            app.stop()
    return result


def _story(stage: Any, app: App, teller: Any, began: float) -> dict[str, Any]:
    from hub.cli.story.play import Play, StoryError  # noqa: PLC0415
    from hub.cli.story.script import load_script  # noqa: PLC0415
    from hub.cli.story.verdict import Check, judge, tally  # noqa: PLC0415
    from hub.core.shipped import shipped_config  # noqa: PLC0415

    play = Play(stage, load_script(shipped_config() / "demo"), teller.tell)
    checks: list[Check] = []
    try:
        for title, act in _acts(play):
            teller.act(title)
            act()
        play.until("everything is at rest", lambda: at_rest(app) or None)
    except StoryError as error:
        checks.append(Check(str(error), ok=False))
    checks += judge(play) if play.case and play.issue else []
    counted = tally(play)
    teller.end(play, checks, counted)
    return _result(app, play, checks, counted, time.monotonic() - began)


def _acts(play: Play) -> list[tuple[str, Any]]:
    return [
        ("Customers write to the service address", play.customers_write),
        ("Machines answer, and are not answered", play.machines_answer),
        ("The engineer hands the outage to R&D", play.hand_off),
        ("R&D, engineer and customer talk", play.talk),
        ("R&D solves it, the engineer answers", play.solve),
        ("The case is closed", play.close),
    ]


def at_rest(app: App) -> bool:
    """Say whether nothing waits in the store: no change, no effect."""
    backlog = app.backlog()
    return backlog.inbox == 0 and not any(backlog.outbox.values())


def _result(
    app: App, play: Play, checks: list[Check], counted: Tally, seconds: float
) -> dict[str, Any]:
    dead = app.backlog().dead_letters
    failed = [f"{check.what}: {check.found}" for check in checks if not check.ok]
    return {
        "ok": not failed and dead == 0 and bool(checks),
        "cases": counted.cases,
        "jira_issues": counted.jira_issues,
        "mails_in": play.mails_in,
        "mails_out": counted.mails_out,
        "comments_mirrored": counted.comments_mirrored,
        "dead_letters": dead,
        "duration_s": round(seconds, 2),
        "story_case": play.case.get("CaseNumber", ""),
        "checks": len(checks),
        "failed": failed,
    }


def _until_interrupted() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        typer.echo("\nThe demo ends; nothing is kept.")
