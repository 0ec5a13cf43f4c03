"""The readable history of one simulation, and its fingerprint."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

from hub.models import Change, Ref, Unreadable
from hub.testing.clock import FrozenClock

QUIET = frozenset({"inbox.received", "change.echo", "connector.ready", "timer.due"})


class Trace:
    """Lines, each with the virtual second in which it happened."""

    def __init__(self, clock: FrozenClock) -> None:
        self.lines: list[str] = []
        self._clock = clock
        self._told: set[tuple[Ref, str]] = set()

    def news(self, changes: Iterable[Change | Unreadable]) -> str:
        """Give those of some polled changes that no poll told before, in words."""
        fresh = [c for c in changes if (c.ref, c.version) not in self._told]
        self._told.update((change.ref, change.version) for change in fresh)
        return ", ".join(f"{c.ref.kind} {c.ref.id} @{c.version[-8:]}" for c in fresh)

    def add(self, who: str, what: str) -> None:
        """Write a line."""
        self.lines.append(f"{self._clock.monotonic():10.3f}  {who:<12} {what}")

    def hear(self, name: str, fields: Mapping[str, Any]) -> None:
        """Write a line for an event of the hub's log."""
        if name in QUIET:
            return
        told = " ".join(f"{key}={_short(value)}" for key, value in fields.items() if value)
        self.add("hub", f"{name} {told}")

    def fingerprint(self) -> str:
        """Give a hash over all lines: equal histories have equal ones."""
        return blake2b("\n".join(self.lines).encode(), digest_size=8).hexdigest()


def _short(value: object) -> str:
    text = str(value).replace("\n", "⏎")
    return text if len(text) <= 90 else f"{text[:87]}…"
