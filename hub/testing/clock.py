"""Time and identity that tests hold in their hands."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Final

from hub.clock import ID_LENGTH, SystemClock, as_utc, spelled

EPOCH: Final = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
"""Where a frozen clock stands at first: Monday, 9 o'clock in Beijing, a working day."""


class FrozenClock:
    """A clock that moves only when it is told to."""

    def __init__(self, start: datetime = EPOCH) -> None:
        self._now = as_utc(start)
        self._monotonic = 0.0

    def now(self) -> datetime:
        """Give the instant at which the clock stands."""
        return self._now

    def monotonic(self) -> float:
        """Give the seconds by which the clock was advanced."""
        return self._monotonic

    def advance(self, step: float | timedelta) -> datetime:
        """Move forward by seconds or a duration; give the new instant. Back is a ValueError."""
        duration = step if isinstance(step, timedelta) else timedelta(seconds=step)
        if duration < timedelta(0):
            raise ValueError("a clock is advanced; use jump() to set it back")
        self._now += duration
        self._monotonic += duration.total_seconds()
        return self._now

    def jump(self, moment: datetime) -> None:
        """Set the wall clock, in either direction; monotonic time does not notice."""
        self._now = as_utc(moment)


class JumpingClock:
    """A machine's clock over the true one: its wall time can be wrong, its durations are not."""

    def __init__(self, true: FrozenClock) -> None:
        self._true = true
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """Give what the wall says."""
        return self._true.now() + self.ahead

    def monotonic(self) -> float:
        """Give true seconds."""
        return self._true.monotonic()

    def jump(self, ahead: timedelta) -> None:
        """Set by how much the wall is ahead of the true time; negative is behind."""
        self.ahead = ahead


class SetClock(SystemClock):
    """A machine's clock that was set to an instant and runs on from there."""

    def __init__(self, moment: datetime) -> None:
        self._ahead = timedelta(0)
        self.jump(moment)

    def now(self) -> datetime:
        """Give what the wall says."""
        return super().now() + self._ahead

    def jump(self, moment: datetime) -> None:
        """Set the wall clock, in either direction; monotonic time does not notice."""
        self._ahead = as_utc(moment) - super().now()


class SeededIds:
    """Identifiers that are the same on every run with the same seed."""

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)

    def new(self) -> str:
        """Give the next identifier."""
        return spelled(self._random.getrandbits(5 * ID_LENGTH))


class TickingClock(JumpingClock):
    """A clock whose readings all differ, as a machine's do: each moves true time a microsecond."""

    def now(self) -> datetime:
        """Give what the wall says, a little later than it said before."""
        self._true.advance(timedelta(microseconds=1))
        return super().now()
