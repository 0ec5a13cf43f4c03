"""`hub run` as a service: it starts, reloads, and ends as an administrator expects."""

from __future__ import annotations

import os
import re
import resource
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from hub.sandbox import Fault


def test_sigterm_ends_it_within_ten_seconds(process: Any) -> None:
    """It finishes or returns what it holds, and exits with 0."""
    process.start()
    process.wait_until_ready()
    began = time.monotonic()

    code = process.stop(15)

    assert code == 0
    assert time.monotonic() - began < 10
    assert '"event":"hub.stopped"' in process.log.read_text()


def test_neither_a_slow_system_nor_a_slow_sender_delays_the_end(
    process: Any, stage: Any, wait: Any
) -> None:
    """A call without an answer and a request without an end are waited for at the same time."""
    process.start()
    process.wait_until_ready()
    faults = stage.sandboxes["jira_cloud"].faults
    faults.add(Fault(kind="latency", arguments={"seconds": 25}))
    wait(lambda: faults.listing()[0]["struck"], "the slow call")
    port = int(re.findall(r'"web":"http://127.0.0.1:(\d+)"', process.log.read_text())[-1])
    with socket.create_connection(("127.0.0.1", port)) as sender:
        sender.sendall(b"POST /webhooks/rnd HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx")
        began = time.monotonic()

        code = process.stop(25)

    assert code == 0
    assert time.monotonic() - began < 10


def test_a_half_written_configuration_is_refused_and_the_last_good_one_stays(
    process: Any, wait: Any
) -> None:
    """SIGHUP with a broken file changes nothing and says where the defect is."""
    process.start()
    process.wait_until_ready()
    good = process.config.read_text()
    process.config.write_text(good[: len(good) // 2] + "\n  : [")

    os.kill(process.pid, signal.SIGHUP)

    wait(lambda: '"event":"hub.reload_refused"' in process.log.read_text(), "the refusal")
    assert str(process.config) in process.log.read_text().split("hub.reload_refused")[1]
    assert process.is_alive()
    process.config.write_text(good)
    os.kill(process.pid, signal.SIGHUP)
    wait(lambda: '"event":"hub.reloaded"' in process.log.read_text(), "the reload")


def test_a_broken_configuration_exits_with_78_and_names_file_and_line(tmp_path: Path) -> None:
    """An error before the start is for people: file, line, what is wrong, what would be right."""
    config = tmp_path / "hub.yaml"
    config.write_text("plugins: [crm]\nconnectors:\n  crm: {plugin: crm, urk: x}\n")

    command = [sys.executable, "-m", "hub", "run", "--config", str(config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 78
    assert f"{config}:3" in ended.stderr.replace("\n", "")
    assert "did you mean 'url'?" in ended.stderr


def test_a_second_hub_on_one_sqlite_file_is_refused(process: Any) -> None:
    """One process owns the file; the other is told to use PostgreSQL."""
    process.start()
    process.wait_until_ready()

    command = [sys.executable, "-m", "hub", "run", "--config", str(process.config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 1
    assert "another hub already runs" in ended.stdout + ended.stderr


def test_a_half_written_configuration_exits_with_78_and_names_the_line(process: Any) -> None:
    """An editor that was cut off in the middle: the start says where, and what it expects."""
    good = process.config.read_text()
    cut = good[: good.index("  rnd:") + len("  rnd:\n    plugin: ji")]
    process.config.write_text(cut)

    command = [sys.executable, "-m", "hub", "run", "--config", str(process.config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    line = cut.count("\n") + 1
    assert ended.returncode == 78
    assert f"{process.config}:{line}" in ended.stderr.replace("\n", "")


def test_a_full_disk_ends_it_precisely_and_the_next_start_goes_on(
    process: Any, stage: Any, wait: Any
) -> None:
    """What the disk has no room for is not taken in; with room again each mail is one case."""
    process.start()
    process.wait_until_ready()
    wal = Path(f"{process.config.parent / 'hub.db'}-wal")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (wal.stat().st_size + 4096,) * 2)
    text = "系统报错，请排除故障。" * 300
    for number in range(20):
        letter = {"from": "liu.yang@north-univ.example", "subject": f"第{number}封", "text": text}
        stage.act("mail", "deliver", **letter)
    wait(lambda: not process.is_alive(), "the end")
    told = process.log.read_text()

    process.start()
    process.wait_until_ready()

    def subjects() -> list[str]:
        return [case["Subject"] for case in stage.records("salesforce", "cases")]

    wait(lambda: len(subjects()) >= 20, "the cases")
    assert sorted(subjects()) == sorted(f"第{number}封" for number in range(20))
    assert '"event":"store.failed"' in told
    assert "HUB-D-001" in told
    assert "dead_letter.added" not in process.log.read_text()
