"""A dead letter of an effect that is retried or dropped after the world went on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from hub.connector import Outcome
from hub.core.desk import Desk
from hub.core.process import Rulebook
from hub.core.store.schema import OutboxState
from hub.errors import RejectedError
from hub.models import CreateRecord, Delivery, FieldMap, RecordMap, Want, Why
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


class Loses:
    """A connector that makes the effects, and then fails on its own account."""

    def __init__(self, real: Any) -> None:
        self.capabilities = real.capabilities
        self._real = real

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Make them, and raise."""
        self._real.apply(deliveries)
        raise KeyError("id")


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


def test_a_retried_create_is_made_as_the_item_is_now(hub: Any, desk: Desk) -> None:
    """What was refused is computed anew: what was edited since is in it, and is sent once."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    with refusing(hub, "rnd"):
        hub.run()
        hub.crm.edit("case", case, {"subject": "b"})
        hub.run()
    (letter,) = hub.letters()

    desk.retry(letter.id)
    hub.run()

    (made,) = hub.rnd.all("issue")
    assert made.fields["summary"] == "b"
    assert hub.states("rnd") == ["done", "superseded"]
    assert hub.letters() == []


def test_a_retried_create_follows_the_map_in_force(hub: Any, desk: Desk) -> None:
    """Who corrects the handbook's map and retries gets a record by the corrected map."""
    _map_issue(hub, FieldMap(item="subject", record="sumary"))
    hub.crm.create("case", {"subject": "a", "status": "New"})
    with refusing(hub, "rnd"):
        hub.run()
    (letter,) = hub.letters()
    _map_issue(hub, FieldMap(item="subject", record="summary"))

    desk.retry(letter.id)
    hub.run()

    (made,) = hub.rnd.all("issue")
    assert made.fields["summary"] == "a"
    assert "sumary" not in made.fields


def test_a_retried_create_keeps_what_its_rule_gave(make_hub: Any, scripted: Any) -> None:
    """Fields that the rule itself put into the command do not come from the map, and stay."""

    def react(_item: Any, event: Any, _context: Any) -> Any:
        effect = CreateRecord(kind="issue", fields={"summary": "by rule", "labels": ["x"]})
        want = Want(connector="rnd", part="issue", effect=effect, why=Why(plugin="test"))
        return [want] if event.name == "item_opened" else []

    hub = make_hub(rules=scripted(react=react))
    hub.crm.create("case", {"subject": "a", "status": "New"})
    with refusing(hub, "rnd"):
        hub.run()
    (letter,) = hub.letters()

    Desk(hub.session, hub.clock, SeededIds(2)).retry(letter.id)
    hub.run()

    (made,) = hub.rnd.all("issue")
    assert made.fields["labels"] == ["x"]
    assert hub.effects("rnd")[0].command.effect.fields["summary"] == "by rule"


def test_a_create_that_was_made_after_all_is_found_when_it_is_retried(hub: Any, desk: Desk) -> None:
    """A retried create keeps its key: what the system did in spite of its error is not doubled."""
    dispatcher = hub.dispatchers["rnd"]
    usual, dispatcher.connector = dispatcher.connector, Loses(dispatcher.connector)
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    dispatcher.connector = usual
    (letter,) = hub.letters()

    desk.retry(letter.id)
    hub.run()

    assert len(hub.rnd.all("issue")) == 1
    assert hub.letters() == []


def _map_issue(hub: Any, *fields: FieldMap) -> None:
    """Put another map for issues in force."""
    record = RecordMap(connector="rnd", kind="issue", fields=fields)
    hub.engine.rulebook = Rulebook(hub.book.host, {**hub.book.maps, ("rnd", "issue"): record})


def test_a_dropped_create_can_be_wanted_again(hub: Any, desk: Desk, seen: Any) -> None:
    """Who drops a record that could not be made does not bar the next one."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    with refusing(hub, "rnd"):
        hub.run()
    (letter,) = hub.letters()

    desk.drop(letter.id)

    assert hub.links()[("rnd", "issue")].gone
    assert hub.crm.get("case", case) is not None
