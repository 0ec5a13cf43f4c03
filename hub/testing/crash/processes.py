"""The real hub in processes of its own, to be killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.errors import HubError

READY: Final = '"event":"hub.ready"'


class NeverReadyError(HubError):
    """The hub did not become ready."""

    code = "HUB-T-002"


@dataclass(slots=True)
class HubProcess:
    """One `hub run`; its log goes to a file that later lives append to."""

    config: Path
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)
    _lives: int = 0
    _told: int = 0

    def start(self) -> None:
        """Start it, without waiting."""
        command = [sys.executable, "-m", "hub", "run", "--config", str(self.config), "--json"]
        self._lives += 1
        self._told = self._ready_lines()
        with self.log.open("ab") as stream:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                command, stdout=stream, stderr=stream, stdin=subprocess.DEVNULL, env=os.environ
            )

    @property
    def lives(self) -> int:
        """Give how often it was started."""
        return self._lives

    @property
    def pid(self) -> int:
        """Give the number of its process; 0 if it never ran."""
        return self._process.pid if self._process is not None else 0

    @property
    def exit_code(self) -> int | None:
        """Give how this life ended; None while it lasts."""
        return self._process.poll() if self._process is not None else None

    def is_alive(self) -> bool:
        """Say whether it runs."""
        return self._process is not None and self._process.poll() is None

    def wait_until_ready(self, seconds: float = 60.0) -> None:
        """Wait until this life says that it is ready; NeverReadyError if it does not."""
        deadline, pause = time.monotonic() + seconds, threading.Event()
        while time.monotonic() < deadline:
            if self._ready_lines() > self._told:
                return
            if not self.is_alive():
                break
            pause.wait(0.1)
        tail = self.log.read_text(encoding="utf-8", errors="replace")[-3000:]
        raise NeverReadyError(f"the hub did not become ready:\n{tail}")

    def _ready_lines(self) -> int:
        if not self.log.exists():
            return 0
        return self.log.read_text(encoding="utf-8", errors="replace").count(READY)

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, seconds: float = 15.0) -> int:
        """End it by SIGTERM; give its exit code."""
        if self._process is None:
            return 0
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(seconds)
