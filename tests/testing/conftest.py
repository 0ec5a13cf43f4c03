"""A system in memory, as the conformance kit sees it."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from hub.connector import Connector, Environment, FieldInfo
from hub.errors import ConnectorError, DeadlineExceededError, RejectedError, UnavailableError
from hub.models import CreateRecord, InternalText, PublicText, UpdateRecord
from hub.testing import FrozenClock
from hub.testing.connector_tests import ConnectorTests, Peer, Trouble
from hub.testing.memory import Faults, Kind, MemoryConnector, MemorySystem, Rates

TICKETS = (
    Kind(
        name="ticket",
        fields=tuple(
            FieldInfo(name=name, type="text", writable=name != "number")
            for name in ("number", "subject", "description", "status")
        ),
        defaults={"status": "New"},
        comments="note",
        number=("number", "T-{}"),
        aliases={"number": "ticket:"},
    ),
    Kind(name="note"),
)

FORCED: dict[Trouble, str] = {
    "unauthorised": "unauthorised",
    "limited": "rate_limited",
    "unavailable": "unavailable",
    "lost_before": "lost_before",
    "lost_after": "lost_after",
}

ERRORS: dict[Trouble, ConnectorError] = {
    "forbidden": RejectedError("not allowed"),
    "silent": DeadlineExceededError("no answer"),
    "cut": UnavailableError("the line was cut"),
    "garbage": UnavailableError("not JSON"),
}


class MemoryPeer(Peer):
    """People at a system in memory. `connector_class` is what the kit puts to the test."""

    connector_class: type[MemoryConnector] = MemoryConnector

    def __init__(self, search_lag: timedelta = timedelta(0), *, upserts: bool = False) -> None:
        self.upserts = upserts
        self.clock = FrozenClock()
        self.system = MemorySystem(self.clock, TICKETS, search_lag=search_lag)
        self.faults = Faults(random.Random(1), Rates())

    def connector(self) -> Connector:
        """Make a connector with small pages."""
        environment = Environment(name="peer", clock=self.clock)
        return self.connector_class(
            self.system, environment, page_size=5, faults=self.faults, upserts=self.upserts
        )

    def create(self, marker: str) -> str:
        """Open a ticket."""
        self.clock.advance(1)
        return self.system.create("ticket", {"subject": "from a person", "description": marker})

    def edit(self, record: str, marker: str) -> None:
        """Rewrite a ticket."""
        self.system.edit("ticket", record, {"description": marker})

    def delete(self, record: str) -> None:
        """Delete a ticket."""
        self.system.delete("ticket", record)

    def comment(self, record: str, text: str, *, public: bool) -> str:
        """Comment on a ticket."""
        words = PublicText(text) if public else InternalText(text)
        return self.system.comment("ticket", record, words)

    def things(self) -> int:
        """Count tickets and notes."""
        return len(self.system.all("ticket")) + len(self.system.all("note"))

    def trouble(self, kind: Trouble, *, writing: bool = False) -> bool:
        """Force the fault to strike next."""
        if kind in FORCED:
            self.faults.force(FORCED[kind])
        if kind in ERRORS:
            self.faults.raise_next(ERRORS[kind])
        return True

    def now(self) -> datetime:
        """Give the frozen instant."""
        return self.clock.now()

    def heal(self) -> None:
        """Play no more faults."""
        self.faults.calm()

    def settle(self) -> None:
        """Wait out the search's lag."""
        self.clock.advance(self.system.search_lag + timedelta(seconds=1))


@pytest.fixture
def memory_peer() -> MemoryPeer:
    """Give a fresh system in memory."""
    return MemoryPeer()


@pytest.fixture
def lagging_peer() -> MemoryPeer:
    """Give a system whose search is ten seconds behind."""
    return MemoryPeer(search_lag=timedelta(seconds=10))


@pytest.fixture
def upserting_peer() -> MemoryPeer:
    """Give a system that knows the key of what it made, and makes it once."""
    return MemoryPeer(upserts=True)


class Kit(ConnectorTests):
    """The kit as the memory connector's author would subclass it, at its strictest."""

    name = "peer"
    kind = "ticket"
    text_field = "description"
    creation = CreateRecord("ticket", {"subject": "made by the hub", "description": "why"})
    update = UpdateRecord({"status": "Working"})
    idempotent = True


@pytest.fixture
def bites(memory_peer: MemoryPeer) -> Callable[[type[MemoryConnector], str, str], None]:
    """Give a check that a test of the kit fails a broken connector, in certain words."""

    def check(broken: type[MemoryConnector], test: str, words: str) -> None:
        memory_peer.connector_class = broken
        memory_peer.secrets = ("tok-5f3b",)
        with pytest.raises((pytest.fail.Exception, UnavailableError), match=words):
            getattr(Kit(), f"test_{test}")(memory_peer)

    return check
