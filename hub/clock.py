"""Where time and identity come from. The core never reads a clock: it is handed one."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Final, Protocol

ID_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters that can not be mistaken for one another when read aloud."""


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
        """Give an identifier of twelve signs of `ID_ALPHABET` that cannot be guessed."""
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
    """Identifiers from the operating system's randomness (60 bits)."""

    def new(self) -> str:
        """Give a fresh identifier."""
        number = secrets.randbits(60)
        return "".join(ID_ALPHABET[(number >> shift) & 31] for shift in range(0, 60, 5))


def as_utc(moment: datetime) -> datetime:
    """Give the same instant in UTC; a naive moment is refused with ValueError."""
    if moment.tzinfo is None:
        raise ValueError(f"a moment without a time zone: {moment!r}")
    return moment.astimezone(UTC)
