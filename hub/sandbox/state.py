"""Keeps what emulators hold in a folder, so that it is there again after a restart."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

from hub.errors import ConfigError, Problem
from hub.sandbox.traffic import Traffic

SECONDS: Final = 5.0


@runtime_checkable
class StatefulSandbox(Protocol):
    """An emulator whose state can outlive it."""

    name: str

    def dump(self) -> bytes:
        """Give all that it holds, at one instant: records, counters, settings; faults excepted."""
        ...

    def load(self, dumped: bytes) -> None:
        """Hold what was dumped and nothing else; called before `start`.

        ValueError if the bytes are not such a dump.
        """
        ...


class StateKeeper:
    """Loads the emulators' state from a folder, and saves it when they were called, and at the end.

    A file is replaced as a whole: one that was there stays good until the new one is.
    """

    def __init__(self, folder: Path, sandboxes: Iterable[object], traffic: Traffic) -> None:
        self._folder = folder
        self._sandboxes = [each for each in sandboxes if isinstance(each, StatefulSandbox)]
        self._traffic = traffic
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-state", daemon=True)

    def load(self) -> None:
        """Load what was saved, before the emulators start; ConfigError names the files at fault."""
        problems = []
        for sandbox in self._sandboxes:
            path = self._path(sandbox)
            try:
                sandbox.load(path.read_bytes())
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                what = f"can not be read as the state of {sandbox.name}: {error}"
                problems.append(Problem(str(path), 0, what, "remove it to begin anew"))
        if problems:
            raise ConfigError(problems)

    def start(self) -> None:
        """Save from time to time, if anything was called, until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Save a last time; the emulators must still hold their state."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(30)
        self.save()

    def save(self) -> None:
        """Save the state of all."""
        for sandbox in self._sandboxes:
            path = self._path(sandbox)
            fresh = path.with_suffix(".new")
            with fresh.open("wb") as file:
                file.write(sandbox.dump())
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)

    def _path(self, sandbox: StatefulSandbox) -> Path:
        return self._folder / f"{sandbox.name}.state"

    def _run(self) -> None:
        saved = self._traffic.count
        while not self._stopping.wait(SECONDS):
            if (count := self._traffic.count) != saved:
                self.save()
                saved = count
