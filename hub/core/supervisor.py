"""Runs the hub's threads: starts again what dies, and ends the process when the store fails."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from typing import Final

from hub.core import log
from hub.core.store import Database, Session, TryAgainError
from hub.errors import StoreError

IDLE_SECONDS: Final = 0.5
RESTART_SECONDS: Final = 1.0

Step = Callable[[Session], int]


class Supervisor:
    """A set of loops over one database.

    `failure` is the error for which the process must end; `on_failure` is called with it.
    """

    def __init__(self, database: Database) -> None:
        self.stopping = threading.Event()
        self.failure: StoreError | None = None
        self._database = database
        self._threads: list[threading.Thread] = []
        self._turned: dict[str, float] = {}
        self._ended = threading.Event()

    def loop(
        self,
        name: str,
        signal: str,
        step: Step,
        pause: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """Run `step` while it finds work; else wait for its signal, or a moment."""

        def body() -> None:
            session = self._database.session()
            try:
                self._turn(name, signal, session, step, pause)
            finally:
                session.drop()

        self.thread(name, body)

    def _turn(
        self,
        name: str,
        signal: str,
        session: Session,
        step: Step,
        pause: Callable[[], float],
    ) -> None:
        signals = self._database.signals
        while not self.stopping.is_set():
            self._turned[name] = time.monotonic()
            seen = signals.count(signal)
            wait = pause()
            if wait > 0:
                self.stopping.wait(min(wait, IDLE_SECONDS))
                continue
            try:
                moved = step(session)
            except TryAgainError:
                continue
            if not moved and not self.stopping.is_set():
                signals.wait(signal, seen, IDLE_SECONDS)

    def thread(self, name: str, body: Callable[[], None]) -> None:
        """Run a body in a thread of its own until it returns while stopping."""

        def run() -> None:
            while not self.stopping.is_set():
                try:
                    body()
                except StoreError as error:
                    self._fail(error)
                    return
                except Exception as error:  # noqa: BLE001 - whatever it is, the loop begins anew
                    log.event(
                        "worker.restarted",
                        worker=name,
                        error=error,
                        traceback="".join(traceback.format_exception(error)),
                    )
                    self.stopping.wait(RESTART_SECONDS)

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _fail(self, error: StoreError) -> None:
        if self.failure is None and not self.stopping.is_set():
            self.failure = error
            log.event("store.failed", error=error)
        self._ended.set()

    def wait(self, seconds: float) -> bool:
        """Wait; True at once when the store has failed."""
        return self._ended.wait(seconds)

    def alive(self, within_seconds: float) -> bool:
        """Say whether every loop has turned lately and every thread lives."""
        now = time.monotonic()
        fresh = all(now - turned < within_seconds for turned in self._turned.values())
        return fresh and all(thread.is_alive() for thread in self._threads)

    def stop(self, seconds: float) -> list[str]:
        """Stop all loops; give the names of those that did not end in time."""
        self.stopping.set()
        self._database.signals.raise_every()
        deadline = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        return [thread.name for thread in self._threads if thread.is_alive()]
