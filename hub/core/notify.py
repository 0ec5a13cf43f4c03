"""Tells systemd how the process is: ready, reloading, stopping, alive. Without systemd: nothing.

The protocol is a datagram to the socket that `NOTIFY_SOCKET` names (sd_notify(3)).
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping


class Notifier:
    """Sends states to the service manager. Failure to send never disturbs the hub."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        environment = os.environ if environment is None else environment
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self._watchdog = _watchdog_seconds(environment)

    @property
    def watchdog_seconds(self) -> float | None:
        """Give within what time `alive` is expected; None where no watchdog waits."""
        return self._watchdog

    def ready(self, status: str = "") -> None:
        """Say that everything runs, after start or reload."""
        self._send("READY=1", *_status(status))

    def reloading(self) -> None:
        """Say that the configuration is being read anew; `ready` ends it."""
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send("RELOADING=1", f"MONOTONIC_USEC={now}")

    def stopping(self, status: str = "") -> None:
        """Say that the process ends in order."""
        self._send("STOPPING=1", *_status(status))

    def status(self, text: str) -> None:
        """Say in a line what the hub is doing (`systemctl status`)."""
        self._send(*_status(text))

    def alive(self) -> None:
        """Calm the watchdog: call it from the loop that works, not from a timer beside it."""
        self._send("WATCHDOG=1")

    def _send(self, *lines: str) -> None:
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.connect(self._address)
                sender.sendall("\n".join(lines).encode())
        except OSError:
            return


def _status(text: str) -> tuple[str, ...]:
    return (f"STATUS={' '.join(text.split())}",) if text else ()


def _watchdog_seconds(environment: Mapping[str, str]) -> float | None:
    text = environment.get("WATCHDOG_USEC", "")
    meant_for = environment.get("WATCHDOG_PID", "")
    if not text.isdigit() or (meant_for and meant_for != str(os.getpid())):
        return None
    return int(text) / 1_000_000 or None
