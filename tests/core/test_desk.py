"""What people ask of the hub goes the way of every change, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from hub.core.desk import Desk, DuplicateVerdict, HandOff
from hub.core.plugins import PluginHost
from hub.core.store import dead, inbox, outbox
from hub.core.store.schema import OutboxState
from hub.errors import UnknownError
from hub.hookspecs import hookimpl
from hub.models import Action, Change, Context, Event, Item, Note, Opening, Ref, SetFields, Why
from hub.testing.clock import SeededIds

WHY = Why(plugin="test")
WISH = HandOff(to="rnd@x.cn", method="read the log", result="a defect", by="li@x.cn", key="k1")


class Listens:
    """Opens an item for every case; notes each hand-off; fails as often as it is told."""

    def __init__(self) -> None:
        self.failing = 0
        self.asked: list[str] = []

    @hookimpl
    def hub_open_item(self, change: Change) -> Opening | None:
        """Open an item for a case."""
        return Opening(part="case", why=WHY) if change.ref.kind == "case" else None

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Set what was asked for."""
        self.asked.append(event.name)
        if self.failing:
            self.failing -= 1
            raise ValueError("not today")
        if event.name == "hand_off_requested":
            return [SetFields({"handling_method": event.data["method"]}, WHY)]
        return [Note("seen", WHY)]


class Broken(Listens):
    """Fails on the first changes that it is asked about."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    @hookimpl
    def hub_open_item(self, change: Change) -> Opening | None:
        """Open an item for a case, if it comes to that."""
        if self.times:
            self.times -= 1
            raise ValueError("not today")
        return super().hub_open_item(change)


@pytest.fixture
def rules(hub: Any) -> Listens:
    """Let the small hub follow rules that listen."""
    rules = Listens()
    hub.book = replace(hub.book, host=PluginHost.of(("test", rules)))
    hub.engine.rulebook = hub.book
    return rules


@pytest.fixture
def desk(hub: Any) -> Desk:
    """Give the desk over the hub's store."""
    return Desk(hub.session, hub.clock, SeededIds(2))


def opened(hub: Any) -> str:
    """Bring one case in; give its id in the CRM."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    return str(case)


def letters(hub: Any, state: str = "open") -> list[dead.DeadLetter]:
    """Give the dead letters in a state."""
    with hub.session.read() as connection:
        return dead.listing(connection, state=state)


def test_a_hand_off_reaches_the_rules_once_however_often_it_is_asked_for(
    hub: Any, rules: Listens, desk: Desk
) -> None:
    """The wish's key makes it one change."""
    case = opened(hub)

    first = desk.hand_off(case, WISH)
    again = desk.hand_off(first, WISH)
    hub.run()

    assert first == again
    assert rules.asked.count("hand_off_requested") == 1


def test_two_wishes_without_a_key_are_two(hub: Any, rules: Listens, desk: Desk) -> None:
    """Who gives no key means it each time."""
    case = opened(hub)
    wish = HandOff(to="a@x.cn", method="m", result="r", by="li@x.cn")

    desk.hand_off(case, wish)
    desk.hand_off(case, wish)
    hub.run()

    assert rules.asked.count("hand_off_requested") == 2


def test_an_accepted_duplicate_is_told_to_both_cases_once(
    hub: Any, rules: Listens, desk: Desk
) -> None:
    """One transaction: what one loses, the other takes in; the same key twice is one word."""
    first, second = opened(hub), opened(hub)
    verdict = DuplicateVerdict(of=first, decision="accept", by="li@x.cn", key="k1")

    told = desk.settle_duplicate(second, verdict)
    again = desk.settle_duplicate(second, verdict)
    hub.run()

    assert told == again
    assert rules.asked.count("duplicate_accepted") == 1
    assert rules.asked.count("duplicate_joined") == 1


def test_a_refused_duplicate_is_told_to_the_later_case_alone(
    hub: Any, rules: Listens, desk: Desk
) -> None:
    """The earlier one has nothing to do with it."""
    first, second = opened(hub), opened(hub)

    desk.settle_duplicate(second, DuplicateVerdict(of=first, decision="refuse"))
    hub.run()

    assert rules.asked.count("duplicate_refused") == 1
    assert "duplicate_joined" not in rules.asked


def test_a_case_is_no_duplicate_of_itself_or_of_nothing(
    hub: Any, rules: Listens, desk: Desk
) -> None:
    """Both names are looked up before anything is written."""
    case = opened(hub)

    with pytest.raises(UnknownError, match="the same case"):
        desk.settle_duplicate(case, DuplicateVerdict(of=case, decision="accept"))
    with pytest.raises(UnknownError, match="'777'"):
        desk.settle_duplicate(case, DuplicateVerdict(of="777", decision="accept"))


def test_a_hand_off_of_nothing_is_refused(desk: Desk) -> None:
    """The name that was asked for is part of the message."""
    with pytest.raises(UnknownError, match="'777'"):
        desk.hand_off("777", WISH)


def test_a_retried_hook_runs_for_its_plugin_again(hub: Any, rules: Listens, desk: Desk) -> None:
    """What it decides the second time comes true, and the letter is settled."""
    rules.failing = 1
    opened(hub)
    (lost,) = letters(hub)

    desk.retry(lost.id)
    hub.run()

    assert rules.asked == ["item_opened", "item_opened"]
    assert letters(hub) == []
    assert [lost.id] == [each.id for each in letters(hub, "retried")]


@pytest.mark.parametrize("opened_since", [True, False])
def test_a_retried_change_does_not_bring_back_what_was_changed_since(
    hub: Any, desk: Desk, *, opened_since: bool
) -> None:
    """Within one tick of the system's clock nothing but a fresh look tells which is the later."""
    hub.crm.granularity = timedelta(hours=1)
    broken = Broken(2 - opened_since)
    hub.engine.rulebook = replace(hub.book, host=PluginHost.of(("test", broken)))
    case = opened(hub)
    hub.crm.edit("case", case, {"subject": "b"})
    hub.run()
    first = letters(hub)[0]

    desk.retry(first.id)
    hub.run()

    assert ["b"] == [item.fields["subject"] for item in hub.items()]
    assert "b" == hub.crm.get("case", case).fields["subject"]


def test_a_letter_is_settled_once(hub: Any, rules: Listens, desk: Desk) -> None:
    """Dropped is dropped; the second try says so."""
    rules.failing = 1
    opened(hub)
    (lost,) = letters(hub)

    desk.drop(lost.id)

    with pytest.raises(UnknownError, match="was dropped before"):
        desk.retry(lost.id)
    with pytest.raises(UnknownError, match="no dead letter 99"):
        desk.drop(99)


def letter(hub: Any, **given: Any) -> dead.DeadLetter:
    """Make a dead letter."""
    common = {"connector": "crm", "item_id": "", "code": "HUB-S-030", "cause": "?", "remedy": ""}
    return dead.DeadLetter(**{**common, "at": hub.clock.now(), **given})


def test_a_retried_record_is_read_again(hub: Any, desk: Desk) -> None:
    """What could not be parsed is asked of its system afresh."""
    ref = Ref("crm", "case", "5")
    with hub.session.write("test") as connection:
        number = dead.add(connection, letter(hub, kind="record", ref=str(ref)))

    desk.retry(number)

    with hub.session.read() as connection:
        assert [ref] == [found for found, _ in inbox.wanted_fetches(connection, "crm", 9)]


def test_a_retried_effect_is_made(hub: Any, desk: Desk) -> None:
    """An effect that was given up goes back to the outbox with its key."""
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.intakes["crm"].poll(hub.session)
    hub.engine.step(hub.session)
    with hub.session.write("test") as connection:
        (entry,) = outbox.take_open(connection, "rnd", hub.clock.now(), 9)
        outbox.settle(connection, [outbox.Settled(seq=entry.seq, state=OutboxState.DEAD)])
        given_up = letter(
            hub, kind="effect", connector="rnd", ref="rnd:issue", source_seq=entry.seq
        )
        number = dead.add(connection, given_up)
    hub.run()
    assert hub.rnd.all("issue") == []

    desk.retry(number)
    hub.run()

    assert len(hub.rnd.all("issue")) == 1
