"""How each connector fares: pauses, told once when it goes down and once when it is back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tenacity import RetryCallState, wait_exponential_jitter

from hub.clock import Clock
from hub.core import log
from hub.errors import AuthenticationError, ConnectorError, RateLimitedError, RetryableError

FAILURES_UNTIL_PAUSE: Final = 3
LONGEST_PAUSE: Final = 60.0
AUTHENTICATION_PAUSE: Final = 60.0

_waits: Final = wait_exponential_jitter(multiplier=0.5, max=LONGEST_PAUSE, exp_base=2, jitter=0.5)


_TOLD: Final = {
    "unavailable": "connector.unavailable",
    "limited": "connector.limited",
    "unauthorised": "connector.paused",
}


def backoff_seconds(attempt: int) -> float:
    """Give how long to wait before the next try, after `attempt` tries (1 is the first)."""
    state = RetryCallState(retry_object=None, fn=None, args=(), kwargs={})  # type: ignore[arg-type]
    state.attempt_number = attempt
    return _waits(state)


@dataclass(slots=True)
class Health:
    """The state of one connector, shared by its poller and its workers."""

    name: str
    clock: Clock
    state: str = "starting"
    cause: str = ""
    since: datetime | None = None
    _failures: int = 0
    _until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def paused(self) -> float:
        """Give for how many seconds more nothing shall be asked of the system."""
        with self._lock:
            return max(0.0, self._until - self.clock.monotonic())

    def worked(self) -> None:
        """Note that a call succeeded; it does not end a pause that the system asked for."""
        with self._lock:
            if self.state == "limited" and self._until > self.clock.monotonic():
                return
            recovered = self.state not in {"ready", "starting"}
            fresh = self.state == "starting"
            down = (self.clock.now() - self.since).total_seconds() if self.since else 0.0
            if self.state != "ready":
                self.since = self.clock.now()
            self.state, self.cause, self._failures, self._until = "ready", "", 0, 0.0
        if recovered:
            log.event("connector.recovered", connector=self.name, seconds=round(down, 3))
        elif fresh:
            log.event("connector.ready", connector=self.name)

    def failed(self, error: ConnectorError) -> None:
        """Note that a call failed; pause if the error or their number calls for it.

        A plain `RetryableError` is one record's trouble (locked, not yet to be found), no outage.
        """
        if type(error) is RetryableError:
            return
        with self._lock:
            self._failures += 1
            before = self.state
            if isinstance(error, AuthenticationError):
                self._become("unauthorised", str(error), AUTHENTICATION_PAUSE)
            elif isinstance(error, RateLimitedError):
                self._become("limited", str(error), error.retry_after)
            elif self._failures >= FAILURES_UNTIL_PAUSE:
                self._become("unavailable", str(error), backoff_seconds(self._failures))
            changed = before != self.state
        if changed:
            log.event(
                _TOLD[self.state],
                connector=self.name,
                error=error,
                operation=error.operation,
                retry_in=round(self.paused(), 1),
            )

    def _become(self, state: str, cause: str, seconds: float) -> None:
        if self.state != state:
            self.since = self.clock.now()
        self.state, self.cause = state, cause
        self._until = max(self._until, self.clock.monotonic() + seconds)
