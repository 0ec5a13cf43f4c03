"""What tests of dispatch share: connectors that answer as told, and rules that want effects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hub.clock import RandomIds
from hub.core.desk import Desk
from hub.models import AddComment, CreateRecord, InternalText, UpdateRecord, Want, Why

WHY = Why(plugin="test")


class Played:
    """A connector that answers as told, and remembers what it was asked."""

    def __init__(self, inner: Any, apply: Callable[..., Any] | None, find: Any) -> None:
        self.capabilities = inner.capabilities
        self.batches: list[list[str]] = []
        self.looked: list[str] = []
        self._apply = apply or inner.apply
        self._find = find or inner.find

    def apply(self, deliveries: Sequence[Any]) -> Any:
        """Remember, and answer."""
        self.batches.append([delivery.key for delivery in deliveries])
        return self._apply(deliveries)

    def find(self, delivery: Any) -> Any:
        """Remember, and answer."""
        self.looked.append(delivery.key)
        return self._find(delivery)


class Wanted:
    """Makes wants of the issues' system, and reactions that give them for each new item."""

    issue = Want(connector="rnd", part="issue", effect=CreateRecord(kind="issue"), why=WHY)

    def of(self, effect: Any, part: str = "issue", **given: Any) -> Want:
        """Want any effect."""
        return Want(part=part, effect=effect, **{"connector": "rnd", "why": WHY, **given})

    def comment(self, text: str, part: str = "comment:1") -> Want:
        """Want a comment under the issue."""
        return self.of(AddComment(InternalText(text)), part, parent_part="issue")

    def update(self, value: str, **given: Any) -> Want:
        """Want a field of the issue set."""
        return self.of(UpdateRecord({"x": value, value: "y"}), once=value, **given)

    def on_open(self, *wants: Want) -> Callable[..., Any]:
        """React to a new item with wants."""

        def react(item: Any, event: Any, context: Any) -> list[Want] | None:
            return list(wants) if event.name == "item_opened" else None

        return react


@pytest.fixture
def want() -> Wanted:
    """Give a maker of wants."""
    return Wanted()


@pytest.fixture
def play() -> Callable[..., Played]:
    """Give what has a connector of a hub play: `play(hub, apply, find=…, name=…)`."""

    def make(hub: Any, apply: Any = None, *, find: Any = None, name: str = "rnd") -> Played:
        played = Played(hub.connectors[name], apply, find)
        hub.dispatchers[name].connector = played
        return played

    return make


@pytest.fixture
def raising() -> Callable[[Exception], Callable[..., Any]]:
    """Give a maker of answers that are errors."""

    def make(error: Exception) -> Callable[..., Any]:
        def answer(_: Any) -> Any:
            raise error

        return answer

    return make


@pytest.fixture
def case() -> Callable[..., str]:
    """Give what makes cases and lets the engine decide on them: `case(hub, "a", "b")`."""

    def make(hub: Any, *subjects: str) -> str:
        made = [hub.crm.create("case", {"subject": x, "status": "New"}) for x in subjects or "a"]
        hub.decide()
        return str(made[0])

    return make


@pytest.fixture
def retry() -> Callable[[Any], None]:
    """Give what retries all open dead letters of a hub."""

    def run(hub: Any) -> None:
        for letter in hub.letters():
            Desk(hub.session, hub.clock, RandomIds(hub.clock)).retry(letter.id)

    return run
