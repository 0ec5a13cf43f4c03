"""Caps on how much is sent within an hour; they count what this process sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from threading import Lock
from typing import Final

from hub.clock import Clock
from hub.errors import PreconditionFailedError, RateLimitedError
from hub_mail.settings import Limits

_HOUR: Final = 3600.0


class HourlyCaps:
    """Refuses what would exceed the provider's limit, or looks like a loop of two robots."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._lock = Lock()
        self._all: deque[float] = deque()
        self._by_recipient: dict[str, deque[float]] = {}

    def check(self, recipients: Iterable[str], *, automatic: bool) -> None:
        """Let a mail pass, or raise."""
        now = self._clock.monotonic()
        with self._lock:
            self._forget(now)
            cap = self._limits.sends_per_hour
            if cap and len(self._all) >= cap:
                wait = max(1.0, self._all[0] + _HOUR - now)
                raise RateLimitedError(
                    f"{cap} mails were sent within the hour (limits.sends_per_hour)",
                    retry_after=wait,
                    scope="sends_per_hour",
                    operation="send",
                )
            if automatic:
                self._refuse_loop(recipients)

    def count(self, recipients: Iterable[str], *, automatic: bool) -> None:
        """Count a mail that was sent, or perhaps was."""
        now = self._clock.monotonic()
        with self._lock:
            self._all.append(now)
            for recipient in recipients if automatic else ():
                self._by_recipient.setdefault(recipient.lower(), deque()).append(now)

    def _refuse_loop(self, recipients: Iterable[str]) -> None:
        cap = self._limits.automatic_per_recipient_per_hour
        for recipient in recipients:
            if cap and len(self._by_recipient.get(recipient.lower(), ())) >= cap:
                raise PreconditionFailedError(
                    f"{recipient} got {cap} automatic mails within the hour: this looks like a"
                    " loop of two robots (limits.automatic_per_recipient_per_hour)",
                    operation="send",
                )

    def _forget(self, now: float) -> None:
        while self._all and self._all[0] <= now - _HOUR:
            self._all.popleft()
        for recipient, times in list(self._by_recipient.items()):
            while times and times[0] <= now - _HOUR:
                times.popleft()
            if not times:
                del self._by_recipient[recipient]
