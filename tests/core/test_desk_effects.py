"""A dead letter of an effect that is retried or dropped after the world went on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from hub.connector import Outcome
from hub.core.desk import Desk
from hub.core.store.schema import OutboxState
from hub.errors import RejectedError
from hub.models import Delivery
from hub.testing.clock import SeededIds


@pytest.fixture
def desk(hub: Any) -> Desk:
    """Give the desk over the hub's store."""
    return Desk(hub.session, hub.clock, SeededIds(2))


@contextmanager
def refusing(hub: Any, name: str) -> Iterator[None]:
    """Have a system refuse whatever is sent meanwhile."""
    dispatcher = hub.dispatchers[name]
    usual, dispatcher.connector = dispatcher.connector, Refuses(dispatcher.connector)
    yield
    dispatcher.connector = usual


class Refuses:
    """A connector whose system refuses all effects."""

    def __init__(self, real: Any) -> None:
        self.capabilities = real.capabilities

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Refuse."""
        return [RejectedError("a validation rule of the administrator's") for _ in deliveries]


def test_a_retried_update_does_not_bring_old_values_back(hub: Any, desk: Desk) -> None:
    """What was given up is made as the item is now: a value of old is never sent again."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    with refusing(hub, "rnd"):
        hub.crm.edit("case", case, {"subject": "b"})
        hub.run()
    hub.crm.edit("case", case, {"subject": "c"})
    hub.run()
    (letter,) = hub.letters()

    desk.retry(letter.id)
    hub.run()

    made = [x for x in hub.effects("rnd") if x.state is OutboxState.DONE]
    written = [x.command.effect.fields.get("summary") for x in made]
    assert written == ["a", "c"]
    assert hub.rnd.all("issue")[0].fields["summary"] == "c"


def test_a_retried_update_that_is_still_lacking_is_made(hub: Any, desk: Desk) -> None:
    """Where nothing was changed since, the retry sends what was given up."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    with refusing(hub, "rnd"):
        hub.crm.edit("case", case, {"subject": "b"})
        hub.run()
    (letter,) = hub.letters()

    desk.retry(letter.id)
    hub.run()

    assert hub.rnd.all("issue")[0].fields["summary"] == "b"
    assert hub.letters() == []


def test_a_dropped_create_can_be_wanted_again(hub: Any, desk: Desk, seen: Any) -> None:
    """Who drops a record that could not be made does not bar the next one."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    with refusing(hub, "rnd"):
        hub.run()
    (letter,) = hub.letters()

    desk.drop(letter.id)

    assert hub.links()[("rnd", "issue")].gone
    assert hub.crm.get("case", case) is not None
