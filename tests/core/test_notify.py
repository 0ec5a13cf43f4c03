"""What the service manager hears."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.core.notify import Notifier


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    """Listen as systemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.settimeout(10)
        yield listener


def test_ready_stopping_and_alive_are_heard(manager: socket.socket) -> None:
    """Each state is one datagram; a status is one line."""
    notifier = Notifier({"NOTIFY_SOCKET": manager.getsockname()})

    notifier.ready("3 connectors\nready")
    notifier.alive()
    notifier.stopping()

    assert manager.recv(999) == b"READY=1\nSTATUS=3 connectors ready"
    assert manager.recv(999) == b"WATCHDOG=1"
    assert manager.recv(999) == b"STOPPING=1"


def test_a_reload_carries_its_instant(manager: socket.socket) -> None:
    """`Type=notify-reload` needs the monotonic microseconds beside it."""
    Notifier({"NOTIFY_SOCKET": manager.getsockname()}).reloading()

    state, instant = manager.recv(999).decode().splitlines()
    assert state == "RELOADING=1"
    assert int(instant.removeprefix("MONOTONIC_USEC=")) > 0


def test_an_abstract_socket_is_reached() -> None:
    """A name that begins with @ stands for a zero byte."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(f"\0hub-notify-{os.getpid()}")
        listener.settimeout(10)

        Notifier({"NOTIFY_SOCKET": f"@hub-notify-{os.getpid()}"}).alive()

        assert listener.recv(999) == b"WATCHDOG=1"


def test_without_a_manager_nothing_happens(tmp_path: Path) -> None:
    """Neither a missing variable nor a dead socket disturbs the hub."""
    Notifier({}).ready()
    Notifier({"NOTIFY_SOCKET": str(tmp_path / "gone")}).ready()


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_ours_only_if_it_means_this_process(
    environment: dict[str, str], seconds: float | None
) -> None:
    """A child that inherits the variables does not answer for its parent."""
    assert Notifier(environment).watchdog_seconds == seconds
