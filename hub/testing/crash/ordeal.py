"""The ordeal: traffic, faults and kills together, then quiet, then the count."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hub.clock import RandomIds, SystemClock
from hub.core import inquiry
from hub.core.desk import Desk
from hub.core.store import Database
from hub.sandbox import Fault
from hub.testing.crash.processes import HubProcess
from hub.testing.crash.traffic import Traffic
from hub.testing.crash.verdict import complaints
from hub.testing.stage import Stage

PATIENCE_SECONDS: Final = 120.0
"""So long nothing may move before the ordeal calls it lost."""

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it; `complaints` is empty if nothing was lost or doubled."""

    kills: int
    changes: int
    lives: int
    seconds: float
    perhaps_sent: int
    complaints: tuple[str, ...]


@dataclass
class Ordeal:
    """One run.

    Args:
        folder: for configuration, logs and the store.
        store: URL of the store; empty for SQLite in the folder.
        processes: how many hubs share the work.
        kills, changes: how many of each; kills are spread over the changes.
        seed: of traffic, faults and the moments of the kills.
    """

    folder: Path
    store: str = ""
    processes: int = 1
    kills: int = 10
    changes: int = 100
    seed: int = 1
    tell: Tell = print
    faults: bool = True
    _hubs: list[HubProcess] = field(default_factory=list)
    _killed: int = 0

    def run(self) -> Report:
        """Run it to the end."""
        began = time.monotonic()
        with ExitStack() as stack:
            stage = stack.enter_context(Stage.of(["crm", "jira", "mail"]))
            config = stage.write_config(
                self.folder, store=self.store, changes={"    start: all\n": _WITHOUT_CAP}
            )
            if self.faults:
                _play_faults(stage, self.seed)
            traffic = Traffic(stage, self.seed)
            self._start(stack, config)
            self._torment(traffic)
            for sandbox in stage.sandboxes.values():
                sandbox.faults.clear()
            perhaps, left = self._rest(stage, traffic)
            found = [*complaints(stage, traffic), *left, *self._again(stage)]
        lives = sum(hub.lives for hub in self._hubs)
        seconds = time.monotonic() - began
        report = Report(self._killed, traffic.count, lives, seconds, perhaps, tuple(found))
        self.tell(str(report))
        return report

    def _start(self, stack: ExitStack, config: Path) -> None:
        for number in range(self.processes):
            hub = HubProcess(config, self.folder / f"hub-{number}.log")
            self._hubs.append(hub)
            stack.callback(hub.kill)
            hub.start()
            hub.wait_until_ready()

    def _torment(self, traffic: Traffic) -> None:
        """Let people work, and kill a hub after every few acts."""
        chance, pause = random.Random(self.seed), threading.Event()
        between = max(1, self.changes // max(1, self.kills))
        while traffic.count < self.changes or self._killed < self.kills:
            for _ in range(between):
                if traffic.count < self.changes:
                    traffic.act()
                    pause.wait(chance.uniform(0, 0.03))
            pause.wait(chance.expovariate(1 / 0.8))
            if self._killed < self.kills:
                victim = chance.choice(self._hubs)
                victim.kill()
                self._killed += 1
                victim.start()
            if self._killed % 10 == 0:
                self.tell(f"{traffic.count} changes, {self._killed} kills")

    def _rest(self, stage: Stage, traffic: Traffic) -> tuple[int, list[str]]:
        """Wait until nothing is open and all traffic has arrived.

        Give how many mails were perhaps sent, and the dead letters that are left.
        """
        database = Database(self.store or f"sqlite:///{self.folder}/hub.db")
        session, pause = database.session(), threading.Event()
        clock = SystemClock()
        desk = Desk(session, clock, RandomIds(clock))
        deadline, quiet, perhaps = time.monotonic() + PATIENCE_SECONDS, 0, 0
        fewest: int | None = None
        while time.monotonic() < deadline and quiet < 3:
            pause.wait(1.0)
            with session.read() as connection:
                status = inquiry.status(connection)
                letters = inquiry.letters(connection)
            for letter in (x for x in letters if x.code == "HUB-S-040"):
                desk.drop(letter.id)  # A person looks: the mail is there, or `complaints` says so.
                perhaps += 1
            waiting = sum(each.waiting for each in status.connectors)
            done = status.inbox_waiting == 0 and waiting == 0
            if fewest is None or waiting < fewest:
                deadline, fewest = time.monotonic() + PATIENCE_SECONDS, waiting
            quiet = quiet + 1 if done and not complaints(stage, traffic) else 0
            self.tell(f"at rest? inbox {status.inbox_waiting}, outbox {waiting}")
        with session.read() as connection:
            left = [f"dead letter: {x.ref}: {x.cause}" for x in inquiry.letters(connection)]
        session.close()
        database.close()
        return perhaps, left

    def _again(self, stage: Stage) -> list[str]:
        """Start anew once more: if the cursors are right, nothing more happens."""
        before = _held(stage)
        for hub in self._hubs:
            hub.stop()
            hub.start()
            hub.wait_until_ready()
        threading.Event().wait(5.0)
        after = _held(stage)
        return [] if before == after else [f"a further start changed {before} to {after}"]


def _held(stage: Stage) -> dict[str, int]:
    mails = sum(len(box) for box in stage.sandboxes["mail"].records().values())
    return {
        "cases": len(stage.records("salesforce", "cases")),
        "comments": len(stage.records("salesforce", "comments")),
        "issues": len(stage.records("jira_cloud", "issues")),
        "issue comments": len(stage.records("jira_cloud", "comments")),
        "mails": mails,
    }


_WITHOUT_CAP: Final = """    start: all
    limits: {automatic_per_recipient_per_hour: 0}
"""


def _play_faults(stage: Stage, seed: int) -> None:
    for number, name in enumerate(("jira_cloud", "salesforce")):
        plan = stage.sandboxes[name].faults
        plan.seed(seed + number)
        plan.add(Fault(kind="drop_after", operation="P*", probability=0.03))
        plan.add(Fault(kind="drop_before", operation="*", probability=0.01))
        plan.add(Fault(kind="server_error", operation="*", probability=0.01))
        details = {"retry_after": 1}
        plan.add(Fault(kind="rate_limit", operation="*", probability=0.003, arguments=details))
        plan.add(Fault(kind="latency", probability=0.1, arguments={"seconds": 0.03}))
    plan = stage.sandboxes["mail"].faults
    plan.seed(seed + 2)
    plan.add(Fault(kind="drop_after", operation="SMTP DATA", probability=0.02))
    plan.add(Fault(kind="drop_before", operation="*", probability=0.002))
