"""`hub status`: how the store stands, and whether a hub runs."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from hub.cli.opened import opened_store
from hub.cli.options import DEFAULT_CONFIG, ConfigOption, JsonOption, example
from hub.cli.output import console, moment, print_json, rows, table

if TYPE_CHECKING:
    from hub.core.inquiry import Status


def register(program: typer.Typer) -> None:
    """Add the command."""
    program.command("status", epilog=example("hub status", "hub status --json"))(status)


def status(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Show what waits, what is done, how far each connector has read, and whether a hub runs."""
    from hub.core import inquiry  # noqa: PLC0415

    with opened_store(config) as session, session.read() as connection:
        stands = inquiry.status(connection)
    running = _running(config)
    if as_json:
        print_json({"running": running is not None, "readiness": running, "store": stands})
        return
    _show(stands, running)


def _running(config: Path) -> dict[str, Any] | None:
    """Ask a hub on the configured port how it is; None if none answers."""
    from hub.core.config import load_config  # noqa: PLC0415

    web = load_config(config).config.web
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(web.host, web.host)
    connection = http.client.HTTPConnection(host, web.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = json.loads(connection.getresponse().read())
    except (OSError, ValueError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return answer if isinstance(answer, dict) else None


def _show(stands: Status, running: dict[str, Any] | None) -> None:
    out = console()
    said = "no hub answers" if running is None else "ready" if running.get("ready") else "not ready"
    out.print(f"hub           {said}")
    out.print(f"items         {stands.items}")
    since = f", oldest since {moment(stands.oldest_waiting)}" if stands.oldest_waiting else ""
    out.print(f"waiting       {stands.inbox_waiting} changes{since}")
    effects = ", ".join(f"{count} {state}" for state, count in sorted(stands.effects.items()))
    out.print(f"effects       {effects or 'none'}")
    out.print(f"timers        {stands.timers}")
    letters = f"{stands.dead_letters}  (hub dead list)" if stands.dead_letters else "none"
    out.print(f"dead letters  {letters}")
    if not stands.connectors:
        return
    states = (running or {}).get("connectors", {})
    made = table("connector", "state", "to write", "read on at")
    lines = (
        (
            each.connector,
            states.get(each.connector, {}).get("state", ""),
            each.waiting,
            moment(each.moved_at),
        )
        for each in stands.connectors
    )
    out.print()
    out.print(rows(made, lines))
