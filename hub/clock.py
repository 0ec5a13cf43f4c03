"""Where time and identity come from. The core never reads a clock: it is handed one."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Final, Protocol

ID_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters that can not be mistaken for one another when read aloud."""
ID_LENGTH: Final = 16
_RANDOM_BITS: Final = 45
_TICKS_A_SECOND: Final = 8
_TICKS: Final = 1 << 5 * ID_LENGTH - _RANDOM_BITS
_PAIRS: Final = tuple(first + second for first in ID_ALPHABET for second in ID_ALPHABET)
_SHIFTS: Final = tuple(range(5 * ID_LENGTH - 10, -1, -10))


class Clock(Protocol):
    """A source of time; the simulator and the tests bring their own."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Give seconds that never run backwards, for measuring durations."""
        ...


class Ids(Protocol):
    """A source of fresh identifiers."""

    def new(self) -> str:
        """Give an identifier of `ID_LENGTH` signs of `ID_ALPHABET` that cannot be guessed."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Give the present instant in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Give the machine's monotonic seconds."""
        return time.monotonic()


class RandomIds:
    """Identifiers that begin with the time and end in 45 bits of the system's randomness.

    What is made together sorts together: the store then writes few pages for many rows. The time
    counts eighths of a second since 1970 in 35 bits, enough until the year 2106.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def new(self) -> str:
        """Give a fresh identifier."""
        ticks = int(self._clock.now().timestamp() * _TICKS_A_SECOND) % _TICKS
        return spelled(ticks << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS))


def spelled(number: int) -> str:
    """Give an identifier for a number of 80 bits; greater numbers give later words."""
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def as_utc(moment: datetime) -> datetime:
    """Give the same instant in UTC; a naive moment is refused with ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment!r}")
    return moment.astimezone(UTC)
