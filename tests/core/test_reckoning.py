"""What another handbook timed is found and told of, each case once."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.reckoning import Reckoning
from hub.models import SetFields, Why

WHY = Why(plugin="test")


def timing(item: Any, event: Any, context: Any) -> list[Any] | None:
    """Keep by what a case was timed."""
    del context
    if event.name == "item_opened":
        state = "closed" if item.fields["subject"] == "old" else "new"
        return [SetFields({"timed_by": "one", "state": state}, WHY)]
    if event.name == "handbook_changed":
        return [SetFields({"timed_by": event.data["timed_by"]}, WHY)]
    return None


@pytest.fixture
def hub(make_hub: Any, scripted: Any, seen: Any) -> Any:
    """A hub with an open case and a closed one, both timed by `one`."""
    made = make_hub(rules=scripted(react=timing))
    made.put(seen("case:1", subject="a", status="New"), seen("case:2", subject="old"))
    made.engine.step(made.session)
    return made


def reckoned(hub: Any, timed_by: str) -> int:
    """Look through all cases; give how many were found."""
    reckoning, found = Reckoning(timed_by, hub.clock), 0
    while step := reckoning.step(hub.session):
        found += step
    return found


def timed(hub: Any) -> dict[str, str]:
    """Give by what each case is timed."""
    while hub.engine.step(hub.session):
        pass
    return {item.fields["subject"]: item.fields["timed_by"] for item in hub.items()}


def test_open_cases_that_another_handbook_timed_are_reckoned_anew(hub: Any) -> None:
    """Closed ones rest; what is timed by this one already is left alone."""
    assert 0 == reckoned(hub, "one")

    assert 1 == reckoned(hub, "two")

    assert {"a": "two", "old": "one"} == timed(hub)
    assert 0 == reckoned(hub, "two")


def test_looking_again_before_it_is_done_adds_nothing(hub: Any) -> None:
    """Another process, or a start after a kill: the case is told of once."""
    reckoned(hub, "two")
    reckoned(hub, "two")
    timed(hub)

    assert 1 == hub.outcomes().count("request")


def test_a_handbook_that_comes_back_reckons_anew_again(hub: Any) -> None:
    """There and back is two changes."""
    for name in ("two", "one", "two"):
        assert 1 == reckoned(hub, name)
        assert name == timed(hub)["a"]
