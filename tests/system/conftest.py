"""The whole hub on loopback: emulators in this process, the hub beside them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from hub.core.app import App
from hub.core.plan import read_plan
from hub.testing.crash.processes import HubProcess
from hub.testing.stage import Stage

PATIENCE = 45.0


def wait_for(look: Callable[[], Any], what: str = "it") -> Any:
    """Look until there is something; fail when patience ends."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        pause.wait(0.05)
    raise AssertionError(f"{what} did not happen within {PATIENCE} s")


@pytest.fixture
def wait() -> Callable[..., Any]:
    """Wait for something to be true."""
    return wait_for


@pytest.fixture
def stage() -> Iterator[Stage]:
    """All three emulators, running."""
    with Stage.of(["crm", "jira", "mail"]) as running:
        yield running


class Running:
    """A hub within this process on a stage."""

    def __init__(self, stage: Stage, folder: Path, **changes: Any) -> None:
        self.stage = stage
        self.config = stage.write_config(folder, **changes)
        self.app = App(read_plan(self.config))
        self.app.start()

    def cases(self) -> list[dict[str, Any]]:
        """Give the cases of the CRM."""
        return self.stage.records("salesforce", "cases")

    def case(self, subject: str) -> dict[str, Any] | None:
        """Give the case with a subject."""
        return next((c for c in self.cases() if c["Subject"] == subject), None)

    def inbox(self, address: str) -> list[dict[str, Any]]:
        """Give the mails somebody got."""
        return self.stage.sandboxes["mail"].records().get(address, [])

    def mail(self, subject: str, text: str = "系统报错，请排除故障。", **more: Any) -> None:
        """Have a customer write."""
        sender = more.pop("sender", "liu.yang@north-univ.example")
        arguments = {"from": sender, "subject": subject, "text": text, **more}
        self.stage.act("mail", "deliver", **arguments)


@pytest.fixture
def hub(stage: Stage, tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Start hubs on the stage; all are stopped at the end."""
    started: list[Running] = []

    def start(**changes: Any) -> Running:
        running = Running(stage, tmp_path, **changes)
        started.append(running)
        return running

    yield start
    for running in started:
        running.app.stop()


@pytest.fixture
def process(stage: Stage, tmp_path: Path) -> Iterator[HubProcess]:
    """A real `hub run`, not yet started."""
    made = HubProcess(stage.write_config(tmp_path), tmp_path / "hub.log")
    yield made
    made.kill()
