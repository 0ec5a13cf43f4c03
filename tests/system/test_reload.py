"""Reloading while the hub is at work."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from hub.core.config import load_config
from hub.core.store import Database, schema
from hub.sandbox import Fault

SLOW_SECONDS = 14.0


def hand_off(process: Any, number: str) -> bool:
    """Ask that a case be handed to R&D; False if the hub does not know it yet."""
    command = [
        sys.executable, "-m", "hub", "handoff", number, "--to", "rnd", "--method", "查日志",
        "--result", "未解决", "--open-items", "原因不明", "--by", "wang.lei@vendor.example",
        "--config", str(process.config),
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_an_effect_under_way_is_not_made_again_by_a_reload(
    process: Any, stage: Any, wait: Any
) -> None:
    """A slow answer is waited for: a look-up would find nothing yet, and make a second issue."""
    process.start()
    process.wait_until_ready()
    faults = stage.sandboxes["jira_cloud"].faults
    slow = {"seconds": SLOW_SECONDS}
    faults.add(Fault(kind="latency", operation="POST *issue", times=1, arguments=slow))
    sender = "liu.yang@north-univ.example"
    arguments = {"from": sender, "subject": "重载", "text": "系统报错，请排除故障。"}
    stage.act("mail", "deliver", **arguments)
    (case,) = wait(lambda: stage.records("salesforce", "cases"), "the case")
    wait(lambda: stage.sandboxes["mail"].records().get(sender), "the acknowledgement")
    wait(lambda: hand_off(process, case["CaseNumber"]), "the hand-off")
    wait(lambda: faults.listing()[0]["struck"], "the slow call")
    began = time.monotonic()

    os.kill(process.pid, signal.SIGHUP)

    wait(lambda: '"event":"hub.reloaded"' in process.log.read_text(), "the reload")
    wait(lambda: stage.records("salesforce", "cases")[0].get("Jira_Key__c"), "the key")
    wait(lambda: time.monotonic() > began + SLOW_SECONDS + 1, "the end of the slow call")
    assert 1 == len(stage.records("jira_cloud", "issues"))


@pytest.mark.parametrize(
    "defect",
    [
        f"web:\n  port: {'9' * 5000}\n",
        "web: &web [*web]\n",
        "store:\n  url: sqlite:////proc/none/hub.db\n",
    ],
    ids=["a number beyond reading", "an endless list", "a store that can not be made"],
)
def test_no_configuration_ends_a_running_hub(process: Any, wait: Any, defect: str) -> None:
    """Whatever is wrong with what is read anew, the hub runs on with what it had."""
    process.start()
    process.wait_until_ready()
    good = process.config.read_text()
    top = defect.partition(":")[0]
    process.config.write_text(re.sub(rf"(?m)^{top}:\n(?:  .*\n)+", defect, good))

    os.kill(process.pid, signal.SIGHUP)

    wait(lambda: '"event":"hub.reload_refused"' in process.log.read_text(), "the refusal")
    process.config.write_text(good)
    os.kill(process.pid, signal.SIGHUP)
    wait(lambda: '"event":"hub.reloaded"' in process.log.read_text(), "the reload")


def test_each_handbook_that_was_in_force_is_kept(process: Any, wait: Any, tmp_path: Path) -> None:
    """What was decided by the first is explained by it when there is another."""
    shipped = Path(__file__).parents[2] / "config" / "handbook"
    book = tmp_path / "book"
    shutil.copytree(shipped, book)
    text = process.config.read_text(encoding="utf-8")
    process.config.write_text(text.replace(str(shipped), str(book)), encoding="utf-8")
    process.start()
    process.wait_until_ready()
    about = book / "handbook.yaml"
    changed = about.read_text(encoding="utf-8").replace('version: "1.0"', 'version: "2.0"')
    about.write_text(changed, encoding="utf-8")

    os.kill(process.pid, signal.SIGHUP)

    wait(lambda: '"event":"hub.reloaded"' in process.log.read_text(), "the reload")
    url = load_config(process.config).config.store.url.reveal()
    database = Database(url, read_only=True)
    with database.session().read() as connection:
        kept = connection.execute(select(schema.handbooks)).all()
    database.close()
    assert {"1.0", "2.0"} == {row.version for row in kept}
    assert all("routing.yaml" in row.files for row in kept)
