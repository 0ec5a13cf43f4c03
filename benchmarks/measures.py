"""What is measured: the machine's floors, the hub, and huey on the same work."""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import or_, select

from benchmarks.hub import build_app, furnish, load
from benchmarks.work import Work
from hub.core.app import App
from hub.core.store import Database
from hub.core.store.schema import IS_NEW, IS_OPEN, inbox, links, outbox

EFFECTS = 2
FEED = 50


def fsyncs(folder: Path, count: int = 200) -> float:
    """Give how often a second the disk makes 4 KB durable."""
    handle = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY)
    began = time.perf_counter()
    for _ in range(count):
        os.write(handle, b"x" * 4096)
        os.fdatasync(handle)
    os.close(handle)
    return count / (time.perf_counter() - began)


def bare_rows(folder: Path, changes: int = 20_000, batch: int = 500) -> float:
    """Give changes a second of the bare driver: the rows a change makes, in durable batches."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body TEXT)")
    body = "x" * 1000
    began = time.perf_counter()
    for start in range(0, changes, batch):
        connection.execute("BEGIN IMMEDIATE")
        rows = [(f"{n}-{k}", body if k == 0 else body[:300]) for n in range(start, start + batch)
                for k in range(8)]  # fmt: skip
        connection.executemany("INSERT INTO rows (key, body) VALUES (?, ?)", rows)
        connection.execute("COMMIT")
    connection.close()
    return changes / (time.perf_counter() - began)


def throughput(url: str, work: Work, count: int, *, backlog: int = 0) -> float:
    """Give changes a second from inbox to last receipt, after a backlog if one is wanted."""
    app, systems = build_app(url, work)
    changes = [work.change(number) for number in range(count + backlog)]
    furnish(systems, changes)
    app.start()
    try:
        began = time.perf_counter()
        load(app.database, changes)
        _rest(app)
        return len(changes) / (time.perf_counter() - began)
    finally:
        app.stop()


def latency(url: str, work: Work, seconds: int) -> tuple[list[float], list[float]]:
    """Give milliseconds from inbox to outbox, and to the other side's write, at 50 changes/s."""
    app, systems = build_app(url, work)
    changes = [work.change(number) for number in range(FEED * seconds)]
    furnish(systems, changes)
    app.start()
    try:
        pause = threading.Event()
        for change in changes:
            load(app.database, [change])
            pause.wait(1 / FEED)
        _rest(app)
        return _spans(app.database)
    finally:
        app.stop()


def _spans(database: Database) -> tuple[list[float], list[float]]:
    query = select(inbox.c.received_at, outbox.c.created_at, outbox.c.done_at)
    session = database.session()
    with session.read() as connection:
        joined = query.where(inbox.c.item_id == outbox.c.item_id, inbox.c.connector == "crm")
        rows = connection.execute(joined).fetchall()
    session.close()
    decided = [(created - received) / 1000 for received, created, _ in rows]
    written = [(done - received) / 1000 for received, _, done in rows if done]
    return decided, written


def resident_megabytes(url: str, work: Work, count: int) -> tuple[int, float]:
    """Give how many links are open, and how much memory a fresh hub on that store takes."""
    import psutil  # noqa: PLC0415

    throughput(url, work, count)
    app, _ = build_app(url, work)
    app.start()
    try:
        threading.Event().wait(2)
        session = app.database.session()
        with session.read() as connection:
            known = len(connection.execute(select(links.c.item_id)).fetchall())
        session.close()
        return known, psutil.Process().memory_info().rss / 1e6
    finally:
        app.stop()


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def huey_rate(count: int) -> float:
    """Give changes a second of huey on SQLite, fsync on, one job a change of the same work."""
    from huey import SqliteHuey  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        queue = SqliteHuey(filename=f"{folder}/huey.db", fsync=True, journal_mode="wal")
        done = threading.Semaphore(0)

        @queue.task()
        def deliver(text: str) -> None:
            json.loads(text)
            done.release()

        @queue.task()
        def decide(text: str) -> None:
            change = json.loads(text)
            for effect in ("issue", "notice"):
                deliver(json.dumps({"effect": effect, "of": change["id"]}))

        consumer = queue.create_consumer(workers=2, worker_type="thread", initial_delay=0.001)
        body = "x" * 1000
        began = time.perf_counter()
        for number in range(count):
            decide(json.dumps({"id": number, "body": body}))
        consumer.start()
        for _ in range(count * EFFECTS):
            done.acquire()
        rate = count / (time.perf_counter() - began)
        consumer.stop(graceful=True)
        return rate


def _rest(app: App) -> None:
    """Wait until nothing waits: no change in the inbox, no open effect in the outbox."""
    pause, session = threading.Event(), app.database.session()
    waits = or_(
        select(inbox.c.seq).where(IS_NEW).exists(), select(outbox.c.seq).where(IS_OPEN).exists()
    )
    while True:
        with session.read() as connection:
            if not connection.execute(select(waits)).scalar():
                break
        pause.wait(0.02)
    session.close()
