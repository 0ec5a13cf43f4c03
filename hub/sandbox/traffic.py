"""What was called on the emulators and how it ended: for people who watch, and for the page."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Condition, Lock
from typing import Any, Final

KEPT: Final = 500
LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call that ended.

    Args:
        operation: its name, as faults match it: `GET /rest/api/3/myself`, `IMAP FETCH`.
        status: what was answered: `200`, `OK`, `NO`; `cut` if the connection was cut.
        failed: whether the caller was refused or heard nothing.
        seconds: how long it took.
        about: what it asked, or what went wrong, in a line; never a secret.
        faults: the kinds of the faults that struck it.
        outgoing: true for what the emulator itself sends, such as a webhook.
    """

    operation: str
    status: str
    failed: bool
    seconds: float
    about: str = ""
    faults: tuple[str, ...] = ()
    outgoing: bool = False


Recorder = Callable[[Call], None]


@dataclass(slots=True)
class Tally:
    """How many calls an emulator had, and how many of them failed."""

    calls: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A call with its number, its instant in UTC, and the emulator that had it."""

    number: int
    at: datetime
    sandbox: str
    call: Call


@dataclass
class Traffic:
    """The last calls of all emulators, and the counts of all; safe from any thread."""

    _entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=KEPT))
    _tallies: dict[str, Tally] = field(default_factory=dict)
    _changed: Condition = field(default_factory=lambda: Condition(Lock()))
    _number: int = 0

    def of(self, sandbox: str) -> Recorder:
        """Give what an emulator tells its calls to."""
        with self._changed:
            tally = self._tallies.setdefault(sandbox, Tally())

        def record(call: Call) -> None:
            with self._changed:
                self._number += 1
                tally.calls += 1
                tally.failed += call.failed
                at = datetime.now(UTC)
                self._entries.append(Entry(number=self._number, at=at, sandbox=sandbox, call=call))
                self._changed.notify_all()

        return record

    def since(self, number: int = 0) -> list[Entry]:
        """Give the calls after that number which are still kept, oldest first."""
        with self._changed:
            return [entry for entry in self._entries if entry.number > number]

    def wait(self, number: int, seconds: float) -> list[Entry]:
        """Give the calls after that number as soon as there are any, or none in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._number > number, seconds)
        return self.since(number)

    def tallies(self) -> Mapping[str, Tally]:
        """Give the counts by emulator."""
        with self._changed:
            return {name: Tally(tally.calls, tally.failed) for name, tally in self._tallies.items()}

    @property
    def count(self) -> int:
        """Give how many calls there were in all."""
        with self._changed:
            return self._number


def line(text: str) -> str:
    """Give a text in one line of bearable length."""
    joined = " ".join(text.split())
    return joined if len(joined) <= LONGEST else joined[: LONGEST - 1] + "…"


def plain(entry: Entry) -> dict[str, Any]:
    """Give an entry as plain JSON values; `milliseconds` rounded to a tenth."""
    call = entry.call
    return {
        "number": entry.number,
        "at": entry.at.isoformat(timespec="milliseconds"),
        "sandbox": entry.sandbox,
        "operation": call.operation,
        "status": call.status,
        "failed": call.failed,
        "milliseconds": round(call.seconds * 1000, 1),
        "about": call.about,
        "faults": list(call.faults),
        "outgoing": call.outgoing,
    }
