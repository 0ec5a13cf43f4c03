"""Wakes idle workers when there is work: within the process at once, across processes by NOTIFY.

A signal is a hint. Whoever waits also looks by itself from time to time, so a lost one costs
a moment, never a change.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Final

CHANNEL: Final = "handbook_hub"


class Signals:
    """Named counters that threads wait upon."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._conditions: dict[str, threading.Condition] = {}
        self._counts: dict[str, int] = defaultdict(int)

    def raise_all(self, names: Iterable[str]) -> None:
        """Wake all who wait for these names."""
        with self._mutex:
            for name in names:
                self._counts[name] += 1
                if name in self._conditions:
                    self._conditions[name].notify_all()

    def raise_every(self) -> None:
        """Wake everybody who waits for anything."""
        with self._mutex:
            names = {*self._counts, *self._conditions}
        self.raise_all(names)

    def count(self, name: str) -> int:
        """Give how often a name was raised; look before the work, wait with it after."""
        with self._mutex:
            return self._counts[name]

    def wait(self, name: str, seen: int, timeout: float) -> bool:
        """Wait until a name was raised more often than `seen`; False if time ran out."""
        with self._mutex:
            waiting = self._conditions.setdefault(name, threading.Condition(self._mutex))
            return waiting.wait_for(lambda: self._counts[name] > seen, timeout)


def listen(address: str, signals: Signals, stopping: Callable[[], bool]) -> None:
    """Raise what other processes notify, until stopping (PostgreSQL).

    Raises:
        psycopg.Error: the connection is lost; listen again.
    """
    import psycopg  # noqa: PLC0415 - costs 0.15 s, and SQLite needs none of it

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"LISTEN {CHANNEL}")
        signals.raise_every()
        while not stopping():
            for notice in connection.notifies(timeout=0.5):
                signals.raise_all([notice.payload])
