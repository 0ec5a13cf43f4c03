"""`hub check`: would it run, and may it do what it must, before it is started."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import complaints, console, print_json
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.connector import Connector, Finding
    from hub.core.config import StoreSettings
    from hub.core.plan import Plan


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the check."""

    about: str
    what: str
    ok: bool
    detail: str = ""
    remedy: str = ""
    file: str = ""
    line: int = 0


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("check", epilog=example("hub check", "hub check --offline --json"))(check)


def check(
    config: ConfigOption = DEFAULT_CONFIG,
    offline: Annotated[
        bool, typer.Option("--offline", help="Leave the systems alone: check the files only.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Check configuration and handbook, then each connector's reach and rights."""
    from hub.core.plan import read_plan  # noqa: PLC0415

    plan = read_plan(config)
    found = [*_files(plan, config), _store(plan.config.store)]
    if not offline:
        with complaints().status("asking the connected systems …"):
            found += _systems(plan)
    ok = all(each.ok for each in found)
    if as_json:
        print_json({"ok": ok, "findings": found})
    else:
        _show(found)
    if not ok:
        raise typer.Exit(1)


def _files(plan: Plan, config: Path) -> list[Checked]:
    plugins = ", ".join(plan.host.enabled) or "none"
    handbook = f"{plan.handbook.folder}: version {plan.handbook.version}"
    return [
        Checked(about="files", what="configuration", ok=True, detail=str(config)),
        Checked(about="files", what="plugins", ok=True, detail=plugins),
        Checked(about="files", what="handbook", ok=True, detail=handbook),
        *_years(plan),
        *_nights(plan),
    ]


def _years(plan: Plan) -> list[Checked]:
    """Tell of years that no table knows; the hub runs with them, its due times are provisional."""
    from hub.clock import SystemClock  # noqa: PLC0415

    return [
        Checked(
            about="files",
            what=f"calendar {each.calendar}",
            ok=True,
            detail=f"the public days of {each.year} are not known yet: {each.remedy}",
        )
        for each in plan.handbook.unknown_years(SystemClock().now())
    ]


def _nights(plan: Plan) -> list[Checked]:
    """Tell of nights, near, that nobody has: the hub runs, and calls whoever is next."""
    from hub.clock import SystemClock  # noqa: PLC0415

    return [
        Checked(
            about="files",
            what=f"rota, {each.line}",
            ok=True,
            detail=f"nobody has duty on the night of {each.night}: {each.remedy}",
        )
        for each in plan.handbook.rota_ends(SystemClock().now())
    ]


def _store(store: StoreSettings) -> Checked:
    from hub.core.store import Database  # noqa: PLC0415
    from hub.core.store.migrate import current, head  # noqa: PLC0415

    if store.file is not None and (obstacle := _obstacle(store.file.absolute())):
        remedy = "give the hub's user the right to write there, or name another place in store.url"
        return Checked(about="store", what=store.shown, ok=False, detail=obstacle, remedy=remedy)
    if store.file is not None and not store.file.exists():
        return Checked(about="store", what=store.shown, ok=True, detail="made at the first start")
    try:
        database = Database(store.url.reveal())
        try:
            revision = current(database)
        finally:
            database.close()
    except HubError as error:
        remedy = "see that the database runs and that user and password are right"
        return Checked(about="store", what=store.shown, ok=False, detail=str(error), remedy=remedy)
    if revision == head():
        return Checked(about="store", what=store.shown, ok=True, detail=f"revision {revision}")
    detail = f"revision {revision or 'none'}; `hub run` brings it to {head()}"
    return Checked(about="store", what=store.shown, ok=True, detail=detail)


def _obstacle(file: Path) -> str:
    """Say what keeps the hub from writing its store: file, folder, or where that would be made."""
    there = next(folder for folder in file.parents if folder.exists())
    for each in (there, *([file] if file.exists() else [])):
        if not os.access(each, os.W_OK):
            return f"{each} can not be written"
    return "" if there.is_dir() else f"{there} is no folder"


def _systems(plan: Plan) -> list[Checked]:
    names = list(plan.settings)
    with ThreadPoolExecutor(max_workers=max(1, len(names))) as pool:
        return [
            line for lines in pool.map(lambda name: _system(plan, name), names) for line in lines
        ]


def _system(plan: Plan, name: str) -> list[Checked]:
    from hub.clock import SystemClock  # noqa: PLC0415
    from hub.connector import Environment  # noqa: PLC0415

    try:
        connector = plan.build_connector(name, Environment(name=name, clock=SystemClock()))
        try:
            found = [_checked(name, finding) for finding in connector.check()]
            try:
                return found + _maps(plan, name, connector)
            except HubError:
                # That it can not be reached or read was found just now.
                if all(each.ok for each in found):
                    raise
                return found
        finally:
            connector.close()
    except HubError as error:
        return [Checked(about=name, what="connect", ok=False, detail=str(error))]
    except Exception as error:  # noqa: BLE001 - one connector's fault must not hide the others
        from hub.core.log import redacted  # noqa: PLC0415

        detail, remedy = redacted("error", error), "this is a fault of the connector; report it"
        return [Checked(about=name, what="check", ok=False, detail=detail, remedy=remedy)]


def _maps(plan: Plan, name: str, connector: Connector) -> list[Checked]:
    """Hold the handbook's maps against what the system says of its fields."""
    from hub.handbook import check_maps  # noqa: PLC0415

    described = connector.describe()
    problems = check_maps(plan.handbook, name, described)
    kinds = sorted(kind for system, kind in plan.handbook.record_maps if system == name)
    if not problems and kinds and described:
        told = f"what the handbook maps of {', '.join(kinds)} is there"
        return [Checked(about=name, what="field maps", ok=True, detail=told)]
    return [
        Checked(
            about=name,
            what=f"{each.file}:{each.line}",
            ok=False,
            detail=each.what,
            remedy=each.remedy,
            file=each.file,
            line=each.line,
        )
        for each in problems
    ]


def _checked(name: str, finding: Finding) -> Checked:
    return Checked(
        about=name,
        what=finding.what,
        ok=finding.ok,
        detail=finding.detail,
        remedy=finding.remedy,
    )


def _show(found: list[Checked]) -> None:
    out = console()
    about = ""
    for each in found:
        if each.about != about:
            about = each.about
            out.print(about, style="bold", markup=False)
        mark = "[green]✓[/]" if each.ok else "[red]✗[/]"
        out.print(f"  {mark} ", end="")
        out.print(f"{each.what}" + (f": {each.detail}" if each.detail else ""), markup=False)
        if not each.ok and each.remedy:
            out.print(f"      → {each.remedy}", markup=False)
    wrong = sum(not each.ok for each in found)
    out.print("all is well" if not wrong else f"{wrong} finding{'s' if wrong > 1 else ''}")
