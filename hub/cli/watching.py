"""Shows what is called on the emulators, line by line, while a person watches."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from rich.markup import escape

from hub.cli.output import console
from hub.sandbox.words import words

if TYPE_CHECKING:
    from hub.sandbox.traffic import Entry, Traffic

PAUSE: Final = 0.25
"""Calls are shown in heaps, so that a flood of them can not hold the emulators up."""


def watch(traffic: Traffic, stopping: threading.Event) -> None:
    """Print calls as they come, until the event is set."""
    out, say = console(), words()
    seen = 0
    while not stopping.wait(PAUSE):
        for entry in traffic.since(seen):
            if missed := entry.number - seen - 1:
                out.print(f"[dim]{say('more').format(missed)}[/]")
            out.print(shown(entry))
            seen = entry.number


def shown(entry: Entry) -> str:
    """Give a call in one line, as markup: when, where, what, how it ended, what went wrong."""
    call = entry.call
    colour = "red" if call.failed else "green"
    faults = f"  [yellow]⚡{escape(', '.join(call.faults))}[/]" if call.faults else ""
    about = f"  [{'red' if call.failed else 'dim'}]{escape(call.about)}[/]" if call.about else ""
    arrow = "→" if call.outgoing else " "
    return (
        f"[dim]{entry.at.astimezone():%H:%M:%S}[/] [cyan]{escape(entry.sandbox):<11}[/]{arrow} "
        f"[{colour}]{escape(call.status):>7}[/] [dim]{call.seconds * 1000:>6.0f} ms[/]  "
        f"{escape(call.operation)}{faults}{about}"
    )
