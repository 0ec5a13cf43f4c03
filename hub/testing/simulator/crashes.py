"""Where the process may die, and what may happen meanwhile: boundaries of the store and systems."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from threading import Event

from hub.connector import Capabilities, Connector, FieldInfo, Finding, Outcome, Page, WebhookRequest
from hub.core.store import TryAgainError
from hub.errors import ConnectorError
from hub.models import Change, Delivery, Receipt, Ref, Unreadable
from hub.testing.simulator.trace import Trace

Meanwhile = Callable[[str], None]
RARER = 5


RACE = 0.3
"""So much of what strikes before a commit is another transaction that is given precedence."""


class Crash(BaseException):
    """The process dies here; nothing that is not in the store or in a system survives."""


class Fuse:
    """Counts the boundaries that are passed, and blows at some of them.

    Args:
        source: decides by chance, at `rate` for each boundary; more where they are rarer.
        at: blow at the boundary of this number instead, and at no other (1 is the first).
    """

    def __init__(self, source: random.Random, rate: float, at: int | None, trace: Trace) -> None:
        self._random = source
        self._rate = 0.0 if at is not None else rate
        self._at = at
        self._trace = trace
        self.passed = 0
        self.seen: Counter[str] = Counter()
        self.blown: Counter[str] = Counter()

    def pass_by(self, boundary: str) -> None:
        """Pass a boundary, or die there."""
        self.passed += 1
        self.seen[boundary] += 1
        often = boundary.endswith(("intake", "engine"))
        rate = self._rate if often else RARER * self._rate
        by_chance = bool(rate) and self._random.random() < rate
        if by_chance and boundary.startswith("before commit") and self._random.random() < RACE:
            self.blown[boundary.replace("before", "race lost at")] += 1
            self._trace.add("RACE", boundary)
            raise TryAgainError("40001")
        if by_chance or self.passed == self._at:
            self.blown[boundary] += 1
            self._trace.add("CRASH", boundary)
            raise Crash(boundary)

    def calm(self) -> None:
        """Blow no more by chance."""
        self._rate = 0.0


class Watched:
    """A connector whose calls are boundaries, and during which other things happen."""

    def __init__(
        self, name: str, inner: Connector, fuse: Fuse, meanwhile: Meanwhile, trace: Trace
    ) -> None:
        self._name = name
        self._inner = inner
        self._fuse = fuse
        self._meanwhile = meanwhile
        self._trace = trace

    @property
    def capabilities(self) -> Capabilities:
        """Give what the connector can do."""
        return self._inner.capabilities

    def poll(self, cursor: str | None) -> Page:
        """Poll; what is read may be old by the time it is stored."""
        page = self._inner.poll(cursor)
        if told := self._trace.news(page.changes):
            self._trace.add(self._name, f"poll {cursor} → {page.cursor}: {told}")
        self._meanwhile(self._name)
        return page

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change | Unreadable]:
        """Fetch; what is read may be old by the time it is stored."""
        changes = self._inner.fetch(refs)
        self._trace.add(self._name, f"fetch {', '.join(map(str, refs))}")
        self._meanwhile(self._name)
        return changes

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Make effects; the process may die right before and right after."""
        self._fuse.pass_by(f"before effects in {self._name}")
        self._meanwhile(self._name)
        try:
            outcomes = self._inner.apply(deliveries)
        except ConnectorError as error:
            self._tell(deliveries, [error] * len(deliveries))
            self._fuse.pass_by(f"after effects in {self._name}")
            raise
        self._tell(deliveries, outcomes)
        self._fuse.pass_by(f"after effects in {self._name}")
        self._meanwhile(self._name)
        return outcomes

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look an effect up by its key."""
        receipt = self._inner.find(delivery)
        what = f"found as {receipt.ref}" if receipt else "was not made"
        self._trace.add(self._name, f"look up {delivery.key[:8]}: {what}")
        self._fuse.pass_by(f"after a look-up in {self._name}")
        self._meanwhile(self._name)
        return receipt

    def _tell(self, deliveries: Sequence[Delivery], outcomes: Sequence[Outcome]) -> None:
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            effect = type(delivery.effect).__name__
            fields = getattr(delivery.effect, "fields", "")
            done = str(outcome.ref) if isinstance(outcome, Receipt) else repr(outcome)
            on = f" on {delivery.target}" if delivery.target else ""
            self._trace.add(
                self._name, f"{effect} {delivery.key[:8]}{on} {fields or ''} → {done}".rstrip()
            )

    def check(self) -> Sequence[Finding]:
        """Check nothing."""
        return ()

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Describe what the connector describes."""
        return self._inner.describe()

    def watch(self, timeout: float, stop: Event) -> bool:
        """Watch nothing: the simulation polls."""
        del timeout, stop
        return False

    def receive(self, request: WebhookRequest) -> Sequence[Ref]:
        """Take no webhooks: the simulation polls."""
        del request
        return ()

    def close(self) -> None:
        """Hold nothing."""
