"""How a connector fares: pauses that grow, told once when it goes and once when it is back."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.health import LONGEST_PAUSE, Health, backoff_seconds
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    RateLimitedError,
    RetryableError,
    UnavailableError,
)
from hub.testing.clock import FrozenClock


@pytest.fixture
def clock() -> FrozenClock:
    """Give a clock that stands still."""
    return FrozenClock()


@pytest.fixture
def health(clock: FrozenClock) -> Health:
    """Give the health of a connector that has just been started."""
    return Health("crm", clock)


def names(events: list[dict[str, Any]]) -> list[str]:
    """Give what was told."""
    return [event["event"] for event in events]


def test_a_start_is_told_as_ready_and_not_as_recovered(
    health: Health, events: list[dict[str, Any]]
) -> None:
    """Once, however many calls work."""
    assert (health.state, health.paused()) == ("starting", 0)
    health.worked()
    health.worked()
    assert (health.state, names(events)) == ("ready", ["connector.ready"])


def test_some_failures_in_a_row_are_an_outage(
    health: Health, clock: FrozenClock, events: list[dict[str, Any]]
) -> None:
    """Told once, with its cause; one success ends it, and the count begins anew."""
    health.worked()
    for _ in range(2):
        health.failed(UnavailableError("down"))
    assert (health.state, health.paused()) == ("ready", 0)
    for _ in range(5):
        health.failed(DeadlineExceededError("no answer"))
    assert (health.state, health.cause) == ("unavailable", "no answer")
    assert health.since == clock.now()
    clock.advance(200)
    health.worked()
    health.failed(UnavailableError("down"))
    assert (health.state, health.paused()) == ("ready", 0)
    assert names(events) == ["connector.ready", "connector.unavailable", "connector.recovered"]


def test_a_pause_that_the_system_asks_for_is_kept_whatever_else_happens(
    health: Health, clock: FrozenClock
) -> None:
    """A call that was under way may still succeed, another may fail in another way."""
    health.failed(RateLimitedError("slow down", retry_after=100))
    health.worked()
    assert (health.state, health.paused()) == ("limited", 100)
    health.failed(UnavailableError("down"))
    health.failed(UnavailableError("down"))
    health.failed(RateLimitedError("slow down", retry_after=1))
    assert health.paused() == 100
    clock.advance(101)
    health.worked()
    assert (health.state, health.paused()) == ("ready", 0)


def test_refused_credentials_are_tried_again_after_a_while(
    health: Health, clock: FrozenClock, events: list[dict[str, Any]]
) -> None:
    """And told once as long as they are refused."""
    for _ in range(3):
        health.failed(AuthenticationError("expired"))
        assert health.paused() == 60
        clock.advance(61)
    health.worked()
    assert names(events) == ["connector.paused", "connector.recovered"]
    assert isinstance(events[0]["error"], AuthenticationError)
    assert events[1]["seconds"] == 183


def test_the_trouble_of_one_record_is_no_outage(health: Health) -> None:
    """Locked, or not to be found yet."""
    for _ in range(10):
        health.failed(RetryableError("locked"))
    assert (health.state, health.paused()) == ("starting", 0)


def test_a_connectors_bug_counts_like_an_outage(health: Health) -> None:
    """It is asked less often until somebody mends it."""
    for _ in range(3):
        health.failed(ConnectorError("KeyError: 'x'"))
    assert health.state == "unavailable"


def test_the_wall_clock_may_jump_without_ending_a_pause(health: Health, clock: FrozenClock) -> None:
    """Durations are measured, not reckoned from dates."""
    health.failed(RateLimitedError("slow down", retry_after=100))
    clock.jump(clock.now().replace(year=2030))
    assert health.paused() == 100


@pytest.mark.parametrize("attempt", [1, 2, 5, 10, 1000])
def test_waiting_grows_and_has_an_end(attempt: int) -> None:
    """With some chance in it, so that not all come back in one moment."""
    waits = {backoff_seconds(attempt) for _ in range(50)}
    assert 0.25 <= min(waits)
    assert max(waits) <= LONGEST_PAUSE + 0.5
    assert backoff_seconds(3) > backoff_seconds(1)
    assert len(waits) > 1 or attempt > 6
