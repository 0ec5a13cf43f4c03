"""The one poller of a connector: elected, patient with failures, never in its own way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from hub.connector import Page
from hub.core.intake import Intake
from hub.core.reader import Reader, watch
from hub.core.store import TryAgainError, inbox
from hub.errors import AuthenticationError, UnavailableError
from hub.models import Change, Ref
from hub.testing.clock import EPOCH

GO = threading.Event()


class Sometimes:
    """A connector whose calls fail as they are told."""

    def __init__(self) -> None:
        self.polls = 0
        self.fetches = 0
        self.poll_error: Exception | None = None
        self.fetch_error: Exception | None = None
        self.pages = 1

    def poll(self, cursor: str | None) -> Page:
        """Fail, or tell one change for each page."""
        self.polls += 1
        if self.poll_error:
            raise self.poll_error
        at = int(cursor or "0") + 1
        ref = Ref("crm", "case", str(at))
        change = Change(ref=ref, version="1", seen_at=EPOCH)
        return Page(changes=[change], cursor=str(at), more=at % self.pages != 0)

    def fetch(self, refs: Any) -> list[Change]:
        """Fail, or say that nothing is there."""
        self.fetches += 1
        if self.fetch_error:
            raise self.fetch_error
        return [Change(ref=ref, version="?", seen_at=EPOCH, gone=True) for ref in refs]


@pytest.fixture
def system() -> Sometimes:
    """Give a system that may fail."""
    return Sometimes()


def soon(step: Callable[[], int]) -> int:
    """Step until there is work: a server may take a moment to see that a process has ended."""
    deadline = time.monotonic() + 10
    while not (count := step()) and time.monotonic() < deadline:
        pass
    return count


def reader(hub: Any, system: Sometimes, **given: Any) -> Reader:
    """Make the reader of the CRM."""
    reading = Intake("crm", system, hub.clock)  # type: ignore[arg-type]
    return Reader(reading, hub.health["crm"], hub.locks, hub.database.signals, **given)


def test_a_poll_is_made_when_it_is_due(hub: Any, system: Sometimes) -> None:
    """At the start, and when it is wanted; not otherwise."""
    made = reader(hub, system)
    assert [made.step(hub.session, GO), made.step(hub.session, GO)] == [1, 0]
    made.want()
    assert hub.database.signals.count("fetch:crm") == 1
    assert [made.step(hub.session, GO), made.step(hub.session, GO)] == [1, 0]
    assert system.polls == 2


def test_all_pages_of_a_round_are_read_unless_it_is_stopped(hub: Any, system: Sometimes) -> None:
    """A long first reading does not hold up the end of the process."""
    system.pages = 5
    made = reader(hub, system)
    assert made.step(hub.session, GO) == 5
    stop = threading.Event()
    stop.set()
    made.want()
    assert made.step(hub.session, stop) == 0


def test_of_two_processes_one_reads(make_postgres: Any, system: Sometimes) -> None:
    """When it dies the other takes over, and not before."""
    one = make_postgres()
    two = one.again()
    first, second = reader(one, system), reader(two, system)
    assert first.step(one.session, GO) == 1
    assert second.step(two.session, GO) == 0
    one.close()
    assert soon(lambda: second.step(two.session, GO)) == 1
    two.close()


def test_a_reader_that_begins_anew_is_elected_anew(hub: Any, system: Sometimes) -> None:
    """Its old session took the lock with it; it must not think that it still has it."""
    made = reader(hub, system)
    made.step(hub.session, GO)
    hub.session.drop()
    session = hub.database.session()
    made.want()
    assert soon(lambda: made.step(session, GO)) == 1
    other = hub.again()
    if not hub.database.is_sqlite:
        assert other.locks.claim(other.session, "reader:crm", [0]) == []
    assert hub.locks.claim(hub.database.session(), "reader:crm", [0]) == []
    other.close()
    session.drop()


@pytest.mark.parametrize("error", [UnavailableError("down"), KeyError("a bug")])
def test_a_failing_system_is_asked_less_and_less_often(
    hub: Any, system: Sometimes, error: Exception, events: list[dict[str, Any]]
) -> None:
    """Told once when it goes down, once when it is back; the poll stays due."""
    made = reader(hub, system)
    system.poll_error = error
    for _ in range(20):
        made.step(hub.session, GO)
        hub.clock.advance(0.5)
    assert system.polls < 12
    assert "KeyError" not in str(error) or hub.health["crm"].state == "unavailable"
    system.poll_error = None
    hub.clock.advance(120)
    assert made.step(hub.session, GO) == 1
    names = [event["event"] for event in events]
    assert (1, 1) == (names.count("connector.unavailable"), names.count("connector.recovered"))


def test_refused_credentials_pause_the_reader(hub: Any, system: Sometimes) -> None:
    """One try a minute, not more."""
    made = reader(hub, system)
    system.poll_error = AuthenticationError("expired")
    for _ in range(10):
        made.step(hub.session, GO)
        hub.clock.advance(1)
    assert (system.polls, hub.health["crm"].state) == (1, "unauthorised")


def test_a_record_that_can_not_be_fetched_does_not_stop_the_polls(
    hub: Any, system: Sometimes
) -> None:
    """It stays wanted; the system is read meanwhile."""
    made = reader(hub, system)
    system.fetch_error = UnavailableError("this one times out")
    made.intake.want(hub.session, [Ref("crm", "case", "9")])
    assert made.step(hub.session, GO) == 1
    assert (system.polls, system.fetches) == (1, 1)
    system.fetch_error = None
    hub.clock.advance(120)
    assert made.step(hub.session, GO) == 1
    assert hub.read(inbox.wanted_fetches, "crm", 9) == []


def test_a_failing_poll_does_not_stop_the_fetches(hub: Any, system: Sometimes) -> None:
    """What a webhook named is read although the search is down."""
    made = reader(hub, system)
    system.poll_error = UnavailableError("search is down")
    made.intake.want(hub.session, [Ref("crm", "case", "9")])
    assert made.step(hub.session, GO) == 1
    assert (system.polls, system.fetches) == (1, 1)


def test_a_lost_race_in_the_store_is_no_failure_of_the_system(hub: Any, system: Sometimes) -> None:
    """The poll stays due and is made again."""
    made = reader(hub, system)
    system.poll_error = TryAgainError("40001")
    with pytest.raises(TryAgainError):
        made.step(hub.session, GO)
    assert hub.health["crm"].state == "starting"
    system.poll_error = None
    assert made.step(hub.session, GO) == 1


def test_mail_is_read_after_the_customers_it_may_mention(hub: Any, system: Sometimes) -> None:
    """In a new store; as soon as those are read completely it begins."""
    customers = reader(hub, system)
    system.pages = 3
    mail = Sometimes()
    second = Intake("mail", mail, hub.clock)  # type: ignore[arg-type]
    waits = Reader(second, hub.health["rnd"], hub.locks, hub.database.signals, after=("crm",))
    assert (waits.step(hub.session, GO), mail.polls) == (0, 0)
    customers.step(hub.session, GO)
    waits.step(hub.session, GO)
    assert mail.polls == 1


def test_a_system_that_watches_has_polls_made_as_things_happen(hub: Any, system: Sometimes) -> None:
    """While it is well; an error in watching is left to the poll to tell."""
    made = reader(hub, system)
    made.step(hub.session, GO)
    stop = threading.Event()
    answers: list[Any] = [True, False, UnavailableError("cut"), True]

    class Watching:
        """Answers as told, then stops."""

        def watch(self, timeout: float, stopping: threading.Event) -> bool:
            """Answer."""
            answer = answers.pop(0)
            if not answers:
                stopping.set()
            if isinstance(answer, Exception):
                raise answer
            return bool(answer)

    before = hub.database.signals.count("fetch:crm")
    watch(made, Watching(), stop)  # type: ignore[arg-type]
    assert hub.database.signals.count("fetch:crm") - before == 2
    assert made.step(hub.session, GO) == 1
