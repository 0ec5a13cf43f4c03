"""Loops that begin anew, wake when there is work, and end with the store."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from hub.core.engine import Engine
from hub.core.store import Database, Session, TryAgainError
from hub.core.store.signals import Signals
from hub.core.supervisor import Supervisor
from hub.errors import StoreError

PATIENCE = 10.0


@pytest.fixture
def supervisor(database: Database) -> Iterator[Supervisor]:
    """Give a supervisor that is stopped at the end."""
    made = Supervisor(database)
    yield made
    assert made.stop(PATIENCE) == []


class Turns:
    """A step that does what it is told, turn by turn, and lets others wait for a turn."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sessions: list[Session] = []
        self._turned = threading.Condition()

    def __call__(self, session: Session) -> int:
        """Take a turn."""
        answer = self.answers.pop(0) if self.answers else 0
        with self._turned:
            self.sessions.append(session)
            self._turned.notify_all()
        if isinstance(answer, BaseException):
            raise answer
        return int(answer)

    def wait(self, count: int) -> bool:
        """Wait until so many turns were begun."""
        with self._turned:
            return self._turned.wait_for(lambda: len(self.sessions) >= count, PATIENCE)


def until(holds: Callable[[], bool]) -> bool:
    """Wait until something holds, for a while."""
    deadline = time.monotonic() + PATIENCE
    event = threading.Event()
    while not (held := holds()) and time.monotonic() < deadline:
        event.wait(0.01)
    return held


def test_a_loop_turns_while_it_finds_work_and_waits_then(
    database: Database, supervisor: Supervisor
) -> None:
    """A signal wakes it."""
    turns = Turns(3, 1)
    supervisor.loop("x", "sign", turns)
    assert turns.wait(3)
    before = len(turns.sessions)
    database.signals.raise_all(["sign"])
    assert turns.wait(before + 1)
    assert len(set(turns.sessions)) == 1


def test_a_loop_that_raises_begins_anew_with_a_fresh_session(
    supervisor: Supervisor, events: list[dict[str, Any]]
) -> None:
    """It is told by name, and the others do not notice."""
    bad, good = Turns(1, ValueError("a bug"), 1), Turns()
    supervisor.loop("bad", "a", bad)
    supervisor.loop("good", "b", good)
    assert bad.wait(4)
    assert bad.sessions[0] is bad.sessions[1]
    assert bad.sessions[1] is not bad.sessions[2]
    assert bad.sessions[1].dropped
    (event,) = [event for event in events if event["event"] == "worker.restarted"]
    assert ("bad", "a bug") == (event["worker"], str(event["error"]))
    assert "ValueError" in event["traceback"]
    assert supervisor.failure is None
    assert supervisor.alive(PATIENCE)


def test_a_lost_race_is_run_again_at_once(
    supervisor: Supervisor, events: list[dict[str, Any]]
) -> None:
    """In the same session, and nobody is told."""
    turns = Turns(TryAgainError("40001"), TryAgainError("40P01"), 1)
    supervisor.loop("x", "a", turns)
    assert turns.wait(4)
    assert len(set(turns.sessions)) == 1
    assert events == []


def test_the_loss_of_the_store_ends_the_process(
    supervisor: Supervisor, events: list[dict[str, Any]]
) -> None:
    """At once, with the cause, told once."""
    supervisor.loop("x", "a", Turns(StoreError("disk full")))
    supervisor.loop("y", "b", Turns(0, StoreError("disk full")))
    assert supervisor.wait(PATIENCE)
    assert "disk full" in str(supervisor.failure)
    assert until(lambda: not supervisor.alive(PATIENCE))
    assert [event["event"] for event in events] == ["store.failed"]


def test_a_paused_loop_takes_no_turn(supervisor: Supervisor) -> None:
    """Until its pause is over."""
    pause = [1000.0]
    turns, other = Turns(), Turns()
    supervisor.loop("x", "a", turns, lambda: pause[0])
    supervisor.loop("y", "b", other)
    assert other.wait(2)
    assert turns.sessions == []
    pause[0] = 0.0
    assert turns.wait(1)


def test_loops_end_when_they_are_told_to(database: Database) -> None:
    """A thread that is stuck in a call is named."""
    made = Supervisor(database)
    release = threading.Event()

    def stuck(session: Session) -> int:
        del session
        release.wait(PATIENCE)
        return 0

    turns = Turns()
    made.loop("quick", "a", turns)
    made.loop("stuck", "b", stuck)
    assert turns.wait(1)
    assert made.stop(0.5) == ["stuck"]
    release.set()
    assert made.stop(PATIENCE) == []


def test_a_loop_that_does_not_turn_is_not_alive(supervisor: Supervisor) -> None:
    """So the watchdog will not be told that it is."""
    release, turns = threading.Event(), Turns()
    supervisor.loop("x", "a", turns)
    assert turns.wait(1)
    assert supervisor.alive(PATIENCE)
    supervisor.loop("stuck", "b", lambda _: int(release.wait(PATIENCE)) * 0)
    assert until(lambda: not supervisor.alive(0.2))
    release.set()


def test_the_work_of_one_loop_wakes_another(
    make_hub: Any, database: Database, supervisor: Supervisor, seen: Any
) -> None:
    """From change to effect without anybody looking by itself."""
    hub = make_hub()
    engine = Engine(database, hub.book, hub.clock, hub.engine._ids)
    supervisor.loop("engine", "inbox", engine.step)
    supervisor.loop("write", "outbox:rnd", hub.dispatchers["rnd"].step)
    with hub.session.write("test"):
        hub.session.wake("nothing")
    hub.put(seen("case:1", subject="a"))
    database.signals.raise_all(["inbox"])
    assert until(lambda: len(hub.rnd.all("issue")) == 1)


def test_a_server_that_goes_away_ends_the_process(postgres_hub: Any, postgres_server: str) -> None:
    """Its successor begins with new connections."""
    hub = postgres_hub
    made = Supervisor(hub.database)
    made.loop("engine", "inbox", hub.engine.step)
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"

    def cut() -> bool:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(query, (hub.database.url.database,))
        return made.wait(0.1)

    assert until(cut)
    assert isinstance(made.failure, StoreError)
    made.stop(PATIENCE)


def test_a_listener_whose_connection_is_lost_listens_again(
    postgres_hub: Any, postgres_server: str, events: list[dict[str, Any]]
) -> None:
    """The store is not lost by that: whoever waits looks by itself too."""
    hub = postgres_hub
    made = Supervisor(hub.database)
    signals: Signals = hub.database.signals
    made.thread("signals", lambda: hub.database.listen(made.stopping.is_set))
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = %s AND query LIKE 'LISTEN%%'"
    )

    def cut() -> bool:
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            return bool(connection.execute(query, (hub.database.url.database,)).fetchall())

    assert until(cut)
    assert until(lambda: any(event["event"] == "worker.restarted" for event in events))
    seen = signals.count("inbox")
    other = hub.again()

    def heard() -> bool:
        with other.session.write("test"):
            other.session.wake("inbox")
        return signals.wait("inbox", seen, 0.2)

    assert until(heard)
    assert made.failure is None
    other.close()
    assert made.stop(PATIENCE) == []


def test_a_signal_that_came_before_the_wait_is_not_missed() -> None:
    """Look at the count before the work, wait with it after."""
    signals = Signals()
    seen = signals.count("a")
    signals.raise_all(["a", "b"])
    assert signals.wait("a", seen, 0)
    assert not signals.wait("a", signals.count("a"), 0)
    before = signals.count("b")
    signals.raise_every()
    assert signals.wait("b", before, 0)
