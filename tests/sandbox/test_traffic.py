"""What was called on the emulators is told to who watches."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from hub.cli.watching import shown
from hub.sandbox import Fault, Traffic
from hub.sandbox.traffic import KEPT, Call, plain


def call(operation: str = "GET /", **details: Any) -> Call:
    """Make a call that went well."""
    return Call(
        **{"operation": operation, "status": "200", "failed": False, "seconds": 0.01, **details}
    )


def test_each_call_is_told_with_its_end(echo: Any, client: httpx.Client) -> None:
    """What was asked, or what went wrong; and which faults struck."""
    echo.faults.add(Fault(kind="drop_after", operation="* /cut"))

    client.get("/search", params={"jql": "project = RND", "access_token": "s3cret"})
    client.get("/missing/one")
    with pytest.raises(httpx.TransportError):
        client.get("/cut")

    told = [
        (c["operation"], c["status"], c["failed"], c["about"], c["faults"])
        for c in map(plain, echo.traffic.wait(2, 5) and echo.traffic.since())
    ]
    assert told == [
        ("GET /search", "200", False, "jql=project = RND access_token=…", []),
        ("GET /missing/one", "404", True, "no such thing", []),
        ("GET /cut", "cut", True, "", ["drop_after"]),
    ]
    assert (echo.traffic.tallies()["echo"].calls, echo.traffic.tallies()["echo"].failed) == (3, 2)


def test_only_the_latest_calls_are_kept_but_all_are_counted() -> None:
    """Memory stays flat however long the sandbox runs."""
    traffic = Traffic()
    record = traffic.of("shop")

    for number in range(KEPT + 100):
        record(call(f"GET /{number}"))

    assert len(traffic.since()) == KEPT
    assert traffic.since()[0].number == 101
    assert traffic.tallies()["shop"].calls == KEPT + 100


def test_who_waits_is_told_at_once_or_not_at_all() -> None:
    """A watcher asks for what is newer than what it has seen."""
    traffic = Traffic()
    traffic.of("shop")(call("GET /first"))

    assert [entry.call.operation for entry in traffic.wait(0, 5)] == ["GET /first"]
    assert traffic.wait(1, 0.01) == []


def test_a_call_is_one_line_in_the_terminal_and_never_markup() -> None:
    """What strangers wrote is shown as it is."""
    traffic = Traffic()
    traffic.of("shop")(call("GET /[bold]", status="404", failed=True, about="no [red]thing"))

    text = shown(traffic.since()[0])

    assert "\\[bold]" in text
    assert "no \\[red]thing" in text
    assert "404" in text
