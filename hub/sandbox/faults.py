"""Faults that emulators play on demand: seeded, counted, and matched by operation."""

from __future__ import annotations

import random
import zlib
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


class ActFailedError(Exception):
    """A fault of the kind `act` could not be done: the text says which action, and why."""


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

    def keeps(self, identifier: str) -> bool:
        """Say whether a fault that loses a `share` of the results (all if unsaid) leaves one in.

        The same ones are lost at each call, as by an index that missed them.
        """
        text = f"{self.arguments.get('salt', '')}:{identifier}"
        return zlib.crc32(text.encode()) / 2**32 >= self.number("share", 1)


@dataclass(slots=True)
class _Standing:
    """A fault in the plan, with its own random sequence: others do not disturb it."""

    fault: Fault
    order: int
    salt: str
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
        more: dict[str, Any] = {}
        if jitter := self.fault.number("jitter", 0):
            more["seconds"] = self.fault.number("seconds", 0) + self.random.uniform(0, jitter)
        if "share" in self.fault.arguments:
            more["salt"] = self.salt
        return (
            replace(self.fault, arguments={**self.fault.arguments, **more}) if more else self.fault
        )


class FaultPlan:
    """The faults of one emulator: added and cleared at any time, from any thread.

    Args:
        own: the kinds that only this emulator plays, beyond those of `EVERYWHERE`.
        actions: what its `act` can do; nothing given is nothing checked.
        seed: where the random sequences start.
    """

    def __init__(
        self, own: Collection[str] = (), *, actions: Collection[str] = (), seed: int = 0
    ) -> None:
        self.kinds: Final = EVERYWHERE | set(own)
        self.actions: Final = frozenset(actions)
        self.actor: Actor | None = None
        self._lock = Lock()
        self._seed = seed
        self._standing: dict[int, _Standing] = {}
        self._next = 1

    def add(self, fault: Fault) -> int:
        """Add a fault; give its number. ValueError for a kind or an action that there is not."""
        if fault.kind not in self.kinds:
            known = ", ".join(sorted(self.kinds))
            raise ValueError(f"unknown kind of fault {fault.kind!r}; known: {known}")
        if fault.kind == "act" and "action" not in fault.arguments:
            raise ValueError("a fault of the kind 'act' needs the argument 'action'")
        action = fault.arguments.get("action")
        if fault.kind == "act" and self.actions and action not in self.actions:
            known = ", ".join(sorted(self.actions))
            raise ValueError(f"unknown action {action!r}; known: {known}")
        with self._lock:
            number = self._next
            self._next += 1
            # By its place, not its number: a plan that is laid anew plays the same.
            order = max((standing.order for standing in self._standing.values()), default=0) + 1
            salt = self._salt(order)
            self._standing[number] = _Standing(fault, order, salt, random.Random(salt))
            return number

    def _salt(self, order: int) -> str:
        return f"{self._seed}:{order}"

    def clear(self, number: int | None = None) -> None:
        """Remove one fault, or all."""
        with self._lock:
            for gone in [number] if number is not None else list(self._standing):
                self._standing.pop(gone, None)

    def seed(self, seed: int) -> None:
        """Start all random sequences anew."""
        with self._lock:
            self._seed = seed
            for standing in self._standing.values():
                standing.salt = self._salt(standing.order)
                standing.random = random.Random(standing.salt)

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
        """Do what faults of the kind `act` among those that struck say (never under a lock).

        ActFailedError if one of them can not be done.
        """
        for fault in struck:
            if fault.kind == "act" and self.actor is not None:
                arguments = dict(fault.arguments)
                action = str(arguments.pop("action"))
                try:
                    self.actor(action, arguments)
                except Exception as error:
                    text = f"the fault 'act' could not do {action}: {error}"
                    raise ActFailedError(text) from error

    def skew(self) -> timedelta:
        """Give how far the emulated system's clock is ahead (negative: behind)."""
        if not self._standing:
            return timedelta()
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
