"""Time on the whole hub: due times in the CRM, ladders by real mail, kills and reloads between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.core.shipped import shipped_config
from hub.testing.crash.processes import HubProcess

CUSTOMER = "liu.yang@north-univ.example"
URGENT = "登录页面打不开，老师无法登录，请尽快处理。"
FAST = {
    "office\n        response: 2 bh": "around_the_clock\n        response: 0.2 min",
    "any_hour: [critical]": "any_hour: [critical, urgent]",
}


class Timed:
    """A hub process under a handbook of its own, on a stage."""

    def __init__(self, stage: Any, folder: Path, **edits: dict[str, str]) -> None:
        self.stage = stage
        self.book = Path(shutil.copytree(shipped_config() / "handbook", folder / "book"))
        for name, changes in edits.items():
            self.edit(f"{name}.yaml", changes)
        config = stage.write_config(folder, handbook=self.book)
        self.process = HubProcess(config, folder / "hub.log")
        self.start()

    def edit(self, file: str, changes: dict[str, str]) -> None:
        """Replace texts of a file."""
        path = self.book / file
        text = path.read_text(encoding="utf-8")
        for old, new in changes.items():
            assert old in text, old
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self.process.start()
        self.process.wait_until_ready()

    def writes(self, text: str = URGENT, subject: str = "登录") -> None:
        """Have the customer write."""
        self.stage.act("mail", "deliver", **{"from": CUSTOMER, "subject": subject, "text": text})

    def case(self) -> dict[str, Any]:
        """Give the only case; nothing if there is none yet."""
        found: list[dict[str, Any]] = self.stage.records("salesforce", "cases")
        return found[0] if found else {}

    def told(self, person: str, about: str = "响应") -> list[str]:
        """Give the subjects of what somebody was mailed about a target."""
        inbox = self.stage.sandboxes["mail"].records().get(f"{person}@vendor.example", [])
        return [mail["subject"] for mail in inbox if about in mail["subject"]]

    def hub(self, *arguments: str) -> Any:
        """Run a command; give what it prints as JSON."""
        command = [sys.executable, "-m", "hub", *arguments, "--json"]
        command += ["--config", str(self.process.config)]
        done = subprocess.run(command, capture_output=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None


@pytest.fixture
def timed(stage: Any, tmp_path: Path) -> Any:
    """Start a hub under an edited handbook; it is killed at the end."""
    made: list[Timed] = []

    def make(**edits: dict[str, str]) -> Timed:
        made.append(Timed(stage, tmp_path, **edits))
        return made[-1]

    yield make
    for each in made:
        each.process.kill()


def test_due_times_stand_on_the_crm_s_case_and_move_with_the_handbook(
    timed: Callable[..., Timed], wait: Any
) -> None:
    """After a kill and a start, and by a reload; each move is listed once."""
    hub = timed()
    hub.writes()
    first = wait(lambda: hub.case().get("Resolution_Due__c"), "the due time")
    hub.process.kill()
    hub.edit("targets.yaml", {"resolution: 2 wd": "resolution: 3 wd"})

    hub.start()
    second = wait(lambda: _other(hub, first), "the later due time")
    hub.edit("targets.yaml", {"resolution: 3 wd": "resolution: 1 wd"})
    os.kill(hub.process.pid, signal.SIGHUP)
    third = wait(lambda: _other(hub, second), "the earlier due time")

    moved = [each for each in hub.hub("targets", "--moved") if each["target"] == "resolution"]
    assert [("handbook_changed",) * 2] == [tuple(each["cause"] for each in moved)]
    assert third < first < second
    assert [_instant(second), _instant(third)] == [_instant(each["after"]) for each in moved]
    due = {each["target"]: _instant(each["due_at"]) for each in hub.hub("targets")}
    assert _instant(third) == due["resolution"]


def test_each_rung_is_mailed_once_and_in_order_over_a_kill(
    timed: Callable[..., Timed], wait: Any
) -> None:
    """Handler, account manager, service manager; never the general manager of an urgent case."""
    hub = timed(targets=FAST)
    hub.writes()

    handler = wait(lambda: hub.case().get("OwnerId") and hub.told("wang.lei"), "the handler's")
    hub.process.kill()
    hub.start()
    over = wait(lambda: hub.told("zhou.jing"), "the service manager's")

    manager = wait(lambda: hub.told("li.qiang"), "the account manager's")
    assert [1, 1, 1] == [len(handler), len(manager), len(over)]
    assert [] == hub.told("zheng.hao")


def _other(hub: Timed, known: str) -> str:
    found = str(hub.case().get("Resolution_Due__c"))
    return "" if found == known else found


def _instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    assert found.utcoffset() == timedelta(0)
    return found
