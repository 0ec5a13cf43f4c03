"""Faults that a memory connector plays, drawn from a seeded random sequence and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TypeVar

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    InvalidPayloadError,
    RateLimitedError,
    UnavailableError,
)

Told = TypeVar("Told")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How often each fault strikes, 0 to 1.

    Args:
        lost_before: an `apply` or `find` gets no answer, and nothing happened.
        lost_after: an `apply` gets no answer after some or all of its effects were made.
        unavailable: any call is answered with a fault of the system's own.
        rate_limited: any call is asked to pause.
        unauthorised: any call is refused for its credentials.
        rejected: one delivery is refused for good.
        stuttered: one delivery is refused for now, others of its batch are made.
        doubled: a page tells every change twice.
        reordered: a page tells its changes in another order.
        stale: a poll shows the system as it was some writes ago.
        withheld: a poll leaves out a recent change (a later one shows it; needs an overlap).
    """

    lost_before: float = 0.0
    lost_after: float = 0.0
    unavailable: float = 0.0
    rate_limited: float = 0.0
    unauthorised: float = 0.0
    rejected: float = 0.0
    stuttered: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    stale: float = 0.0
    withheld: float = 0.0


class Faults:
    """The faults of one system. `calm()` ends them: a simulation heals before it compares."""

    def __init__(self, source: random.Random, rates: Rates, *, stale_steps: int = 5) -> None:
        self._random = source
        self._rates = rates
        self._stale_steps = stale_steps
        self._forced: list[str] = []
        self._errors: list[ConnectorError] = []
        self.played: dict[str, int] = {}

    def calm(self) -> None:
        """Play no more faults."""
        self._rates = Rates()
        self._forced.clear()
        self._errors.clear()

    def raise_next(self, error: ConnectorError) -> None:
        """Have the next call that may fail end in an error."""
        self._errors.append(error)

    def force(self, *names: str) -> None:
        """Have the named faults strike once each, at the next occasion, whatever their rate."""
        known = {field.name for field in fields(Rates)}
        for name in names:
            if name not in known:
                raise ValueError(f"no such fault: {name!r}; known: {', '.join(sorted(known))}")
            self._forced.append(name)

    def strikes(self, name: str) -> bool:
        """Say whether a fault strikes now."""
        if name in self._forced:
            self._forced.remove(name)
        else:
            rate: float = getattr(self._rates, name)
            if not rate or self._random.random() >= rate:
                return False
        self.played[name] = self.played.get(name, 0) + 1
        return True

    def refuse(self, operation: str) -> None:
        """Raise the error of a call that does not get through, if one strikes."""
        if self._errors:
            raise self._errors.pop(0)
        if self.strikes("unavailable"):
            raise UnavailableError("the system is down", operation=operation)
        if self.strikes("rate_limited"):
            raise RateLimitedError("too many calls", retry_after=7.0, operation=operation)
        if self.strikes("unauthorised"):
            raise AuthenticationError("the credentials are refused", operation=operation)

    def lose(self, operation: str) -> ConnectorError:
        """Give the error of an answer that did not come."""
        return DeadlineExceededError("no answer in time", operation=operation)

    def outcome(self) -> ConnectorError | None:
        """Give the error of one delivery that is refused while others are made, if one strikes."""
        if self.strikes("rejected"):
            return InvalidPayloadError("the value is refused", field="subject")
        if self.strikes("stuttered"):
            return UnavailableError("the record is locked")
        return None

    def made_before_loss(self, batch: int) -> int | None:
        """Give how many effects of a batch are made before the answer is lost; None: it comes."""
        if self.strikes("lost_before"):
            return 0
        if self.strikes("lost_after"):
            return batch if self._random.random() < 0.5 else self._random.randint(1, batch)
        return None

    def stale_by(self) -> int:
        """Give by how many writes a poll is behind."""
        return self._random.randint(1, self._stale_steps) if self.strikes("stale") else 0

    def withheld(self, positions: Iterable[int]) -> frozenset[int]:
        """Give which of the positions that may be withheld a poll leaves out."""
        return frozenset(position for position in positions if self.strikes("withheld"))

    def disturb(self, page: list[Told]) -> list[Told]:
        """Tell a page's changes twice, or in another order."""
        if self.strikes("doubled"):
            page = page + page
        if self.strikes("reordered"):
            self._random.shuffle(page)
        return page
