"""What is measured of the hub in one process, and of huey on the same work."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Sequence

from sqlalchemy import or_, select

from benchmarks.hub import build_app, furnish, load
from benchmarks.work import WORKS
from hub.core.app import settle_memory
from hub.core.store import Database
from hub.core.store.schema import IS_NEW, IS_OPEN, inbox, outbox

EFFECTS = 2
FEED = 50


def throughput(url: str, work: str, count: int) -> float:
    """Give changes a second from inbox to last receipt."""
    app, systems = build_app(url, WORKS[work])
    changes = [WORKS[work].change(number) for number in range(count)]
    furnish(systems, changes)
    settle_memory()
    app.start()
    try:
        began = time.perf_counter()
        load(app.database, changes)
        rest(app.database)
        return len(changes) / (time.perf_counter() - began)
    finally:
        app.stop()


def latency(url: str, work: str, seconds: int) -> tuple[list[float], list[float]]:
    """Give milliseconds from inbox to outbox, and to the other side's write, at 50 changes/s."""
    app, systems = build_app(url, WORKS[work])
    changes = [WORKS[work].change(number) for number in range(FEED * seconds)]
    furnish(systems, changes)
    settle_memory()
    app.start()
    try:
        pause, began = threading.Event(), time.monotonic()
        for number, change in enumerate(changes):
            pause.wait(began + number / FEED - time.monotonic())
            load(app.database, [change])
        rest(app.database)
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


def percentile(values: Sequence[float], share: float) -> float:
    """Give the value below which this share lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def huey_rate(count: int) -> float:
    """Give changes a second of huey on SQLite, fsync on, one job a change of the same work."""
    from huey import SqliteHuey  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="hub-bench-", dir=".") as folder:
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


def rest(database: Database) -> None:
    """Wait until nothing waits: no change in the inbox, no open effect in the outbox."""
    pause, session = threading.Event(), database.session()
    change, effect = select(inbox.c.seq).where(IS_NEW), select(outbox.c.seq).where(IS_OPEN)
    waits = select(or_(change.exists(), effect.exists()))
    while True:
        with session.read() as connection:
            if not connection.execute(waits).scalar():
                break
        pause.wait(0.02)
    session.close()
