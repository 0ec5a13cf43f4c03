"""Durable timers: each rings once, in whichever process, unless it was set anew or taken back."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from hub.core.store import timers
from hub.core.timekeeper import Timekeeper
from hub.models import CancelTimer, SetFields, StartTimer, Why
from hub.testing.clock import EPOCH

WHY = Why(plugin="test")


def reminding(**when: int) -> Any:
    """Start timers when a case is opened, by name and minutes; `done` takes `a` back."""

    def react(item: Any, event: Any, context: Any) -> list[Any] | None:
        if event.name == "item_opened":
            return [
                StartTimer(name=name, due_at=context.now + timedelta(minutes=minutes), why=WHY)
                for name, minutes in when.items()
            ]
        if event.name == "fields_changed" and item.fields.get("state") == "done":
            return [CancelTimer("a", WHY)]
        if event.name == "fields_changed" and "subject" in event.before:
            later = context.now + timedelta(minutes=10)
            return [StartTimer(name="a", due_at=later, why=WHY)]
        if event.name == "timer_due":
            rung = [*item.fields.get("rung", []), str(event.data["name"])]
            return [SetFields({"rung": rung}, WHY)]
        return None

    return react


def opened(make_hub: Any, scripted: Any, seen: Any, **when: int) -> Any:
    """Make a hub with one item that has timers."""
    hub = make_hub(rules=scripted(react=reminding(**when)))
    hub.put(seen("case:1", subject="s", status="New"))
    hub.engine.step(hub.session)
    return hub


def rung(hub: Any) -> list[str]:
    """Give the timers that rang, in order."""
    found: list[str] = hub.items()[0].fields.get("rung", [])
    return found


def later(hub: Any, minutes: float) -> int:
    """Let time pass; give how many timers rang."""
    hub.clock.advance(timedelta(minutes=minutes))
    count: int = hub.timekeeper.step(hub.session)
    while hub.engine.step(hub.session):
        pass
    return count


def test_timers_ring_when_they_are_due_and_once(make_hub: Any, scripted: Any, seen: Any) -> None:
    """The earliest first."""
    hub = opened(make_hub, scripted, seen, b=2, a=1, c=60)
    assert [later(hub, 0.5), later(hub, 2), later(hub, 1)] == [0, 2, 0]
    assert rung(hub) == ["a", "b"]
    assert later(hub, 60) == 1
    assert hub.read(timers.next_due) is None


def test_a_timer_that_is_set_anew_rings_at_its_new_instant(
    make_hub: Any, scripted: Any, seen: Any
) -> None:
    """And not at the old one."""
    hub = opened(make_hub, scripted, seen, a=5)
    hub.put(seen("case:1", "2", subject="t"))
    hub.engine.step(hub.session)
    assert [later(hub, 6), later(hub, 5)] == [0, 1]
    assert rung(hub) == ["a"]


def test_a_timer_that_is_taken_back_does_not_ring(make_hub: Any, scripted: Any, seen: Any) -> None:
    """The others of the item do."""
    hub = opened(make_hub, scripted, seen, a=5, b=6)
    hub.put(seen("case:1", "2", status="Closed"))
    hub.engine.step(hub.session)
    later(hub, 10)
    assert rung(hub) == ["b"]


def test_a_timer_that_rings_late_rings(make_hub: Any, scripted: Any, seen: Any) -> None:
    """The process was down for a week."""
    hub = opened(make_hub, scripted, seen, a=5)
    hub.session.close()
    following = hub.again(rules=hub.rules)
    assert later(following, 7 * 24 * 60) == 1
    assert rung(following) == ["a"]
    following.close()


def test_a_clock_that_runs_back_rings_nothing_twice(
    make_hub: Any, scripted: Any, seen: Any
) -> None:
    """What rang has rung."""
    hub = opened(make_hub, scripted, seen, a=5, b=30)
    later(hub, 6)
    hub.clock.jump(EPOCH - timedelta(days=1))
    later(hub, 1)
    hub.clock.jump(EPOCH + timedelta(minutes=31))
    later(hub, 0)
    assert rung(hub) == ["a", "b"]


class Crash(BaseException):
    """The process dies here."""


@pytest.mark.parametrize("boundary", ["before commit of timers", "after commit of timers"])
def test_a_timer_rings_once_although_the_process_dies_over_it(
    make_hub: Any, scripted: Any, seen: Any, boundary: str
) -> None:
    """It is in the inbox, or it is still to ring: never both, never neither."""
    hub = opened(make_hub, scripted, seen, a=5)

    def crash(passed: str) -> None:
        if passed == boundary:
            raise Crash

    hub.clock.advance(timedelta(minutes=6))
    hub.database.observer = crash
    with pytest.raises(Crash):
        hub.timekeeper.step(hub.session)
    hub.session.close()
    following = hub.again(rules=hub.rules)
    later(following, 1)
    assert rung(following) == ["a"]
    following.close()


def test_in_two_processes_each_timer_rings_once(
    make_postgres: Any, scripted: Any, seen: Any
) -> None:
    """Whoever takes it holds it until it is in the inbox."""
    names = {f"t{n}": 1 for n in range(40)}
    hub = opened(make_postgres, scripted, seen, **names)
    hub.clock.advance(timedelta(minutes=2))
    counts: list[int] = []

    def work() -> None:
        session = hub.database.session()
        keeper = Timekeeper(hub.clock)
        while count := keeper.step(session, 3):
            counts.append(count)
        session.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while later(hub, 1) or hub.engine.step(hub.session):
        pass
    assert sorted(names) == sorted(rung(hub))


def test_a_ring_wakes_the_engine(make_hub: Any, scripted: Any, seen: Any) -> None:
    """And an idle look wakes nobody."""
    hub = opened(make_hub, scripted, seen, a=5)
    before = hub.database.signals.count("inbox")
    hub.timekeeper.step(hub.session)
    assert hub.database.signals.count("inbox") == before
    hub.clock.advance(timedelta(minutes=5))
    hub.timekeeper.step(hub.session)
    assert hub.database.signals.count("inbox") == before + 1
