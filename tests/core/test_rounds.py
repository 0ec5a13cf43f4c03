"""Linked records are read afresh now and then: what vanished without a word is found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hub.core.intake import FEW, Intake
from hub.core.rounds import ROUND_SECONDS, Rounds
from hub.core.store import items
from hub.errors import RejectedError, UnavailableError
from hub.models import Change, Ref, Unreadable


class Silent:
    """A system that tells of nothing by itself: what it has is learned by asking for it."""

    def __init__(self, hub: Any, name: str = "rnd") -> None:
        self.asked: list[Ref] = []
        self.gone: set[str] = set()
        self.error: Exception | None = None
        self._real = hub.connectors[name]
        self._clock = hub.clock

    def fetch(self, refs: Sequence[Ref]) -> list[Change | Unreadable]:
        """Read as the real one does, but for what vanished."""
        self.asked += refs
        if self.error is not None:
            raise self.error
        return [
            Change(ref=ref, version="gone", seen_at=self._clock.now(), gone=True)
            if ref.id in self.gone
            else self._real.fetch([ref])[0]
            for ref in refs
        ]


@pytest.fixture
def pairs(hub: Any) -> Callable[[int], list[str]]:
    """Give a maker of cases with their issues; it gives the issues' ids, oldest first."""

    def make(count: int) -> list[str]:
        for number in range(count):
            hub.crm.create("case", {"subject": f"{number}", "status": "New"})
            hub.run()
        return [issue.id for issue in hub.rnd.all("issue")]

    return make


def rounds_of(hub: Any, system: Silent) -> Rounds:
    """Give the rounds over a system's issues."""
    return Rounds(Intake("rnd", system, hub.clock), {"issue"}, hub.clock)  # type: ignore[arg-type]


def test_what_vanished_without_a_word_is_found(hub: Any, pairs: Any) -> None:
    """A deleted issue is in no list of changes: it is missed where it is asked for."""
    issues = pairs(3)
    system = Silent(hub)
    system.gone = {issues[1]}

    rounds_of(hub, system).step(hub.session)
    hub.run()

    assert {ref.id for ref in system.asked} == set(issues)
    assert hub.outcomes().count("gone") == 1


def test_what_is_as_it_was_is_no_news(hub: Any, pairs: Any) -> None:
    """Reading a record afresh that nobody touched leaves no change behind."""
    pairs(2)
    before = hub.outcomes()

    count = rounds_of(hub, Silent(hub)).step(hub.session)

    assert count == 0
    assert hub.outcomes() == before


def test_an_edit_that_no_poll_told_of_is_found_as_well(hub: Any, pairs: Any) -> None:
    """An index that lost a write does not lose it for the hub."""
    (issue,) = pairs(1)
    hub.rnd.edit("issue", issue, {"assignee": "someone"})

    rounds_of(hub, Silent(hub)).step(hub.session)
    while hub.engine.step(hub.session):
        pass

    assert hub.items()[0].fields["assignee"] == "someone"


def test_when_most_seem_gone_none_is_believed(hub: Any, pairs: Any, events: Any) -> None:
    """A right that is withdrawn looks like a deletion of everything: it is told, not mirrored."""
    issues = pairs(FEW + 3)
    system = Silent(hub)
    system.gone = set(issues[: FEW + 1])

    rounds_of(hub, system).step(hub.session)
    hub.run()

    assert "gone" not in hub.outcomes()
    (told,) = [each for each in events if each["event"] == "round.doubted"]
    assert (told["connector"], told["count"], told["of"]) == ("rnd", FEW + 1, FEW + 3)


def test_what_can_not_be_seen_for_now_is_no_dead_letter(hub: Any, pairs: Any) -> None:
    """Nobody asked for it: whoever needs the record will be told then."""
    pairs(2)
    system = Silent(hub)
    system.error = RejectedError("the project can not be seen")

    rounds_of(hub, system).step(hub.session)

    assert hub.letters() == []


def test_a_round_begins_with_the_newest_and_rests_when_it_is_through(hub: Any, pairs: Any) -> None:
    """Ids begin with the time. A small store is not gone round more often than once in an hour."""
    issues = pairs(3)
    system = Silent(hub)
    rounds = rounds_of(hub, system)

    for _ in range(5):
        rounds.step(hub.session)
        hub.clock.advance(60)
    hub.clock.advance(ROUND_SECONDS)
    rounds.step(hub.session)

    asked = [ref.id for ref in system.asked]
    newest = max(hub.items(), key=lambda item: item.id)
    (first,) = [x for x in hub.read(items.load_links_of_items, [newest.id]) if x.part == "issue"]
    assert asked[0] == first.record_id
    assert sorted(asked[:3]) == sorted(issues)
    assert asked[3:] == asked[:3]


def test_a_round_goes_on_where_it_failed(
    hub: Any, pairs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What could not be asked is asked next time, and nothing twice."""
    issues = pairs(3)
    monkeypatch.setattr("hub.core.rounds.BATCH", 2)
    system = Silent(hub)
    rounds = rounds_of(hub, system)
    rounds.step(hub.session)
    system.error = UnavailableError("down")
    with pytest.raises(UnavailableError):
        rounds.step(hub.session)
    system.error = None

    rounds.step(hub.session)

    asked = [ref.id for ref in system.asked]
    assert sorted(asked[:3]) == sorted(issues)
    assert asked[3:] == asked[2:3]
