"""IDLE: waking at once, stopping at once, outliving silence."""

from __future__ import annotations

from threading import Event, Thread
from typing import Any

import pytest

from hub.errors import DeadlineExceededError


def watched(connector: Any, seconds: float, stop: Event) -> tuple[Thread, list[bool]]:
    """Watch in a thread; give it and where its answer will stand."""
    answers: list[bool] = []
    thread = Thread(target=lambda: answers.append(connector.watch(seconds, stop)))
    thread.start()
    return thread, answers


def begin(post: Any, **overrides: Any) -> Any:
    """Give a connector that has read all there is."""
    connector = post.connector(**overrides)
    connector.poll(None)
    return connector


@pytest.mark.parametrize("tls", ["none", "tls"])
def test_a_new_mail_wakes_the_watch(post: Any, tls: str) -> None:
    """IDLE tells of a mail at once, with and without TLS."""
    port = post.at["imaps_port" if tls == "tls" else "imap_port"]
    thread, answers = watched(begin(post, imap={"tls": tls, "port": port}), 30, Event())

    post.deliver()
    thread.join(10)

    assert answers == [True]


def test_mail_that_came_between_poll_and_watch_is_not_slept_over(post: Any) -> None:
    """A mail that arrived just before IDLE began ends the watch too."""
    connector = begin(post)
    post.deliver()

    assert connector.watch(30, Event())


def test_a_quiet_watch_ends_in_time(post: Any) -> None:
    """Without news the watch says so when its time is over."""
    assert not begin(post).watch(0.2, Event())


def test_a_stop_ends_the_watch(post: Any) -> None:
    """Whoever shuts down does not wait for IDLE to end."""
    stop = Event()
    thread, answers = watched(begin(post), 600, stop)

    stop.set()
    thread.join(5)

    assert answers == [False]


def test_a_watch_goes_on_after_its_idle_was_renewed(post: Any) -> None:
    """IDLE is begun anew every few minutes, and still wakes (M5)."""
    post.fault("latency", "IMAP IDLE", seconds=0.0)
    thread, answers = watched(begin(post, imap={"idle_renew_seconds": 0.05}), 30, Event())
    while post.sandbox.faults.listing()[0]["struck"] < 3:
        thread.join(0.01)

    post.deliver()
    thread.join(10)

    assert answers == [True]


def test_a_silent_idle_is_found_out_by_its_renewal(post: Any) -> None:
    """A line on which nothing is told any more still sees the mail when IDLE is renewed."""
    post.fault("silent_idle", "IMAP IDLE", times=1)
    thread, answers = watched(begin(post, imap={"idle_renew_seconds": 0.3}), 30, Event())

    post.deliver()
    thread.join(10)

    assert answers == [True]


def test_a_dead_line_is_an_error_in_time(post: Any) -> None:
    """A server that never answers does not hold the watch for ever."""
    connector = begin(post, timeout_seconds=2.0)
    post.fault("latency", "IMAP EXAMINE", seconds=30.0)

    with pytest.raises(DeadlineExceededError):
        connector.watch(30, Event())


def test_closing_ends_a_watch(post: Any) -> None:
    """Close may come from another thread while a watch waits."""
    connector = begin(post)
    failures: list[Exception] = []

    def watch() -> None:
        try:
            connector.watch(600, Event())
        except Exception as error:
            failures.append(error)

    thread = Thread(target=watch)
    thread.start()
    while connector._watching._client is None and thread.is_alive():
        thread.join(0.01)
    connector.close()
    thread.join(10)

    assert not thread.is_alive()
    assert len(failures) == 1
