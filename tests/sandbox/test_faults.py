"""Faults beneath every HTTP emulator: as asked for, as often as asked for, and repeatable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.clock import SystemClock
from hub.errors import ConfigError
from hub.sandbox import Fault, FaultPlan
from hub.sandbox.wanted import play_file
from hub.testing.clock import FrozenClock


def struck(plan: FaultPlan, operation: str, calls: int) -> list[int]:
    """Give which of some calls were struck."""
    return [number for number in range(calls) if plan.strike(operation)]


def test_an_unknown_kind_is_refused_and_the_known_ones_are_named() -> None:
    """A misspelt fault would never strike, and the test that asked for it would pass."""
    plan = FaultPlan({"stale_search"})

    with pytest.raises(ValueError, match=r"'latncy'; known: act, clock_skew, .*stale_search"):
        plan.add(Fault(kind="latncy"))


def test_the_same_seed_strikes_the_same_calls() -> None:
    """And another seed other ones."""
    plans = [FaultPlan(seed=seed) for seed in (7, 7, 8)]
    for plan in plans:
        plan.add(Fault(kind="server_error", probability=0.3))

    first, same, other = (struck(plan, "GET /", 60) for plan in plans)

    assert first == same != other
    assert 5 < len(first) < 40


def test_a_fault_does_not_disturb_the_sequence_of_another() -> None:
    """Each has its own, so that a test stays repeatable when a fault is added."""
    alone, beside = FaultPlan(seed=7), FaultPlan(seed=7)
    for plan in (alone, beside):
        plan.add(Fault(kind="server_error", operation="GET *", probability=0.3))
    beside.add(Fault(kind="latency", probability=0.5))

    def hits(plan: FaultPlan) -> list[bool]:
        return [
            any(fault.kind == "server_error" for fault in plan.strike("GET /")) for _ in range(50)
        ]

    assert hits(alone) == hits(beside)


def test_a_plan_that_is_seeded_anew_begins_anew() -> None:
    """A run can be repeated without restarting the emulator."""
    plan = FaultPlan()
    plan.add(Fault(kind="server_error", probability=0.3))
    plan.seed(3)
    first = struck(plan, "GET /", 60)

    plan.seed(3)

    assert struck(plan, "GET /", 60) == first


def test_a_fault_waits_strikes_and_is_spent() -> None:
    """`skip` calls pass, then `times` are struck; calls of another name do not count."""
    plan = FaultPlan()
    plan.add(Fault(kind="server_error", operation="POST *", skip=2, times=3))

    assert struck(plan, "GET /", 9) == []
    assert struck(plan, "POST /", 9) == [2, 3, 4]
    assert plan.listing()[0]["struck"] == 3


def test_jitter_is_drawn_anew_each_time_between_its_bounds() -> None:
    """Latency alone is constant; a network is not."""
    plan = FaultPlan(seed=1)
    plan.add(Fault(kind="latency", arguments={"seconds": 0.5, "jitter": 0.25}))

    drawn = [plan.strike("GET /")[0].number("seconds", 0) for _ in range(40)]

    assert all(0.5 <= seconds <= 0.75 for seconds in drawn)
    assert len(set(drawn)) == 40


def test_the_peers_clock_is_off_while_the_fault_stands() -> None:
    """Both ways; it adds up."""
    plan, base = FaultPlan(), FrozenClock(datetime(2026, 3, 1, tzinfo=UTC))
    clock = plan.clock(base)

    number = plan.add(Fault(kind="clock_skew", arguments={"seconds": -90}))
    assert clock.now() == base.now() - timedelta(seconds=90)
    plan.clear(number)

    assert clock.now() == base.now()


def test_a_skewed_clock_shows_in_the_date_of_answers(echo: Any, client: httpx.Client) -> None:
    """As a client would notice it."""
    echo.faults.add(Fault(kind="clock_skew", arguments={"seconds": 7200}))

    told = parsedate_to_datetime(client.get("/").headers["date"])

    assert timedelta(minutes=119) < told - SystemClock().now() <= timedelta(minutes=121)


def test_common_faults_are_played_over_http(
    echo: Any, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    """Refused, broken, cut before the effect, cut after it, cut in the midst of the body.

    None of them makes the server itself complain, in the terminal of who watches.
    """
    for path, kind in (
        ("/limited", "rate_limit"),
        ("/broken", "server_error"),
        ("/before", "drop_before"),
        ("/after", "drop_after"),
        ("/half", "half_body"),
    ):
        echo.faults.add(Fault(kind=kind, operation=f"GET {path}", times=1))

    limited = client.get("/limited")
    assert (limited.status_code, limited.headers["retry-after"]) == (429, "1")
    assert client.get("/broken").status_code == 503
    for path in ("/before", "/after", "/half"):
        with pytest.raises(httpx.TransportError):
            client.get(path)
    assert echo.done == ["/after", "/half"]
    assert client.get("/before").status_code == 200
    assert caplog.records == []


def test_something_changes_under_ones_hands(echo: Any, client: httpx.Client) -> None:
    """A fault of the kind `act` has somebody do something just before the call."""
    acts: list[tuple[str, object]] = []
    echo.faults.actor = lambda action, arguments: acts.append((action, arguments))
    details = {"action": "remove_transition", "name": "Done"}
    echo.faults.add(Fault(kind="act", operation="* /second", times=1, arguments=details))

    client.get("/first")
    assert acts == []
    client.get("/second")
    client.get("/second")

    assert acts == [("remove_transition", {"name": "Done"})]
    with pytest.raises(ValueError, match="needs the argument 'action'"):
        echo.faults.add(Fault(kind="act"))


FILE = """\
seed: 7
faults:
  - {sandbox: shop, kind: server_error, operation: "POST *", probability: 0.3}
  - sandbox: shop
    kind: latency
    arguments: {seconds: 0.1, jitter: 0.2}
"""


def test_a_file_of_faults_is_played_as_its_seed_says(tmp_path: Path) -> None:
    """Twice the same."""
    path = tmp_path / "faults.yaml"
    path.write_text(FILE, encoding="utf-8")
    plans = [FaultPlan(), FaultPlan()]

    for plan in plans:
        play_file(path, {"shop": plan})

    assert [fault["kind"] for fault in plans[0].listing()] == ["server_error", "latency"]
    first, second = ([[f.kind for f in plan.strike("POST /")] for _ in range(50)] for plan in plans)
    assert first == second


def test_errors_of_a_file_of_faults_name_their_lines(tmp_path: Path) -> None:
    """All of them, and nothing is played."""
    path = tmp_path / "faults.yaml"
    path.write_text(FILE.replace("shop, kind", "bank, kind").replace(": latency", ": late"))
    plan = FaultPlan()

    with pytest.raises(ConfigError) as caught:
        play_file(path, {"shop": plan})

    found = [(problem.line, problem.what.split(";")[0]) for problem in caught.value.problems]
    assert found == [(3, "no sandbox 'bank'"), (5, "unknown kind of fault 'late'")]
    assert plan.listing() == []
