"""Faults that emulators play on demand: seeded, counted, and matched by operation."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault to play.

    Args:
        kind: `latency`, `rate_limit`, `server_error`, `drop_before` (the connection closes and
            nothing happened), `drop_after` (it closes after the effect was made), `half_body`,
            `expired_token`, `stale_search`, or a name of the emulator's own.
        operation: glob on the operation's name, such as `POST /rest/api/3/issue` or `IMAP FETCH`.
        probability: how often it strikes, 0 to 1.
        times: how many times at most; None is for ever.
        skip: how many matching calls pass before it may strike.
        arguments: details: `seconds`, `status`, `retry_after`, `reason`, …
    """

    kind: str
    operation: str = "*"
    probability: float = 1.0
    times: int | None = None
    skip: int = 0
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """Give a numeric argument."""
        return float(self.arguments.get(name, default))


class FaultPlan:
    """The faults of one emulator: added and cleared at any time, from any thread."""

    def __init__(self, seed: int = 0) -> None:
        self._lock = Lock()
        self._random = random.Random(seed)
        self._faults: dict[int, Fault] = {}
        self._struck: dict[int, int] = {}
        self._passed: dict[int, int] = {}
        self._next = 1

    def add(self, fault: Fault) -> int:
        """Add a fault; give its number."""
        with self._lock:
            number = self._next
            self._next += 1
            self._faults[number] = fault
            self._struck[number] = self._passed[number] = 0
            return number

    def clear(self, number: int | None = None) -> None:
        """Remove one fault, or all."""
        with self._lock:
            for gone in [number] if number is not None else list(self._faults):
                self._faults.pop(gone, None)

    def seed(self, seed: int) -> None:
        """Start the random sequence anew."""
        with self._lock:
            self._random.seed(seed)

    def strike(self, operation: str, kinds: Collection[str] | None = None) -> list[Fault]:
        """Give the faults that strike this call now, in the order they were added.

        With `kinds` only faults of those kinds are looked at; the others' counts stand still.
        """
        with self._lock:
            return [
                fault
                for number, fault in list(self._faults.items())
                if (kinds is None or fault.kind in kinds)
                and fnmatchcase(operation, fault.operation)
                and self._strikes(number, fault)
            ]

    def _strikes(self, number: int, fault: Fault) -> bool:
        if fault.times is not None and self._struck[number] >= fault.times:
            return False
        if self._passed[number] < fault.skip:
            self._passed[number] += 1
            return False
        if self._random.random() >= fault.probability:
            return False
        self._struck[number] += 1
        return True

    def listing(self) -> list[dict[str, Any]]:
        """Give all faults with how often each has struck, as plain JSON values."""
        with self._lock:
            return [
                {
                    "number": n,
                    "struck": self._struck[n],
                    **asdict(f),
                    "arguments": dict(f.arguments),
                }
                for n, f in self._faults.items()
            ]
