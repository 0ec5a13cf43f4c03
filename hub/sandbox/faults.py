"""Faults that emulators play on demand: seeded, counted, and matched by operation."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from threading import Lock
from typing import Any, Final

from hub.clock import Clock

COMMON: Final = frozenset(
    {"latency", "rate_limit", "server_error", "drop_before", "drop_after", "half_body"}
)
"""What a call meets on its way, whatever the emulator."""

EVERYWHERE: Final = COMMON | {"clock_skew", "act"}

Actor = Callable[[str, Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault to play.

    Args:
        kind: `latency` (`seconds`, and up to `jitter` seconds more), `rate_limit`, `server_error`
            (`status`), `drop_before` (the connection closes and nothing happened), `drop_after`
            (it closes after the effect was made), `half_body`; `clock_skew` (the system's clock is
            `seconds` ahead for as long as the fault stands); `act` (before the call, somebody does
            `action` with the other arguments: what changes under one's hands); or a name of the
            emulator's own.
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


@dataclass(slots=True)
class _Standing:
    """A fault in the plan, with its own random sequence: others do not disturb it."""

    fault: Fault
    random: random.Random
    struck: int = 0
    passed: int = 0

    def strikes(self) -> bool:
        fault = self.fault
        if fault.times is not None and self.struck >= fault.times:
            return False
        if self.passed < fault.skip:
            self.passed += 1
            return False
        if self.random.random() >= fault.probability:
            return False
        self.struck += 1
        return True

    def played(self) -> Fault:
        """Give the fault as it strikes this time: its jitter is drawn."""
        jitter = self.fault.number("jitter", 0)
        if not jitter:
            return self.fault
        seconds = self.fault.number("seconds", 0) + self.random.uniform(0, jitter)
        return replace(self.fault, arguments={**self.fault.arguments, "seconds": seconds})


class FaultPlan:
    """The faults of one emulator: added and cleared at any time, from any thread.

    Args:
        own: the kinds that only this emulator plays, beyond those of `EVERYWHERE`.
        seed: where the random sequences start.
    """

    def __init__(self, own: Collection[str] = (), *, seed: int = 0) -> None:
        self.kinds: Final = EVERYWHERE | set(own)
        self.actor: Actor | None = None
        self._lock = Lock()
        self._seed = seed
        self._standing: dict[int, _Standing] = {}
        self._next = 1

    def add(self, fault: Fault) -> int:
        """Add a fault; give its number. ValueError for a kind that is not played here."""
        if fault.kind not in self.kinds:
            known = ", ".join(sorted(self.kinds))
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {known}")
        if fault.kind == "act" and "action" not in fault.arguments:
            raise ValueError("a fault of the kind 'act' needs the argument 'action'")
        with self._lock:
            number = self._next
            self._next += 1
            self._standing[number] = _Standing(fault, self._sequence(number))
            return number

    def _sequence(self, number: int) -> random.Random:
        return random.Random(f"{self._seed}:{number}")

    def clear(self, number: int | None = None) -> None:
        """Remove one fault, or all."""
        with self._lock:
            for gone in [number] if number is not None else list(self._standing):
                self._standing.pop(gone, None)

    def seed(self, seed: int) -> None:
        """Start all random sequences anew."""
        with self._lock:
            self._seed = seed
            for number, standing in self._standing.items():
                standing.random = self._sequence(number)

    def strike(self, operation: str, kinds: Collection[str] | None = None) -> list[Fault]:
        """Give the faults that strike this call now, in the order they were added.

        With `kinds` only faults of those kinds are looked at; the others' counts stand still.
        """
        with self._lock:
            return [
                standing.played()
                for standing in self._standing.values()
                if standing.fault.kind != "clock_skew"
                and (kinds is None or standing.fault.kind in kinds)
                and fnmatchcase(operation, standing.fault.operation)
                and standing.strikes()
            ]

    def act(self, struck: Collection[Fault]) -> None:
        """Do what faults of the kind `act` among those that struck say (never under a lock)."""
        for fault in struck:
            if fault.kind == "act" and self.actor is not None:
                arguments = dict(fault.arguments)
                self.actor(str(arguments.pop("action")), arguments)

    def skew(self) -> timedelta:
        """Give how far the emulated system's clock is ahead (negative: behind)."""
        with self._lock:
            seconds = [
                standing.fault.number("seconds", 0)
                for standing in self._standing.values()
                if standing.fault.kind == "clock_skew"
            ]
        return timedelta(seconds=sum(seconds))

    def clock(self, clock: Clock) -> Clock:
        """Give the emulated system's clock: another one, as far ahead as the plan says."""
        return _SkewedClock(clock, self)

    def listing(self) -> list[dict[str, Any]]:
        """Give all faults with how often each has struck, as plain JSON values."""
        with self._lock:
            return [
                {
                    "number": number,
                    "struck": standing.struck,
                    **asdict(standing.fault),
                    "arguments": dict(standing.fault.arguments),
                }
                for number, standing in self._standing.items()
            ]


class _SkewedClock:
    def __init__(self, clock: Clock, faults: FaultPlan) -> None:
        self._clock = clock
        self._faults = faults

    def now(self) -> datetime:
        return self._clock.now() + self._faults.skew()

    def monotonic(self) -> float:
        return self._clock.monotonic()
