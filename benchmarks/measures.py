"""What is measured of the hub in one process, and of huey on the same work."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import httpx
from sqlalchemy import Select, func, or_, select

from benchmarks.hub import build_app, furnish, load
from benchmarks.work import WORKS
from hub.core.app import App, settle_memory
from hub.core.store import Database
from hub.core.store.schema import IS_NEW, IS_OPEN, inbox, outbox
from hub.errors import InvariantError

T = TypeVar("T")

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
    """Give milliseconds from inbox to outbox, and from webhook to the other side's write.

    Webhooks come in by HTTP, 50 a second; each names a record, which is then read and decided on.
    """
    app, systems = build_app(url, WORKS[work])
    changes = [WORKS[work].change(number) for number in range(FEED * seconds)]
    furnish(systems, changes)
    settle_memory()
    app.start()
    try:
        told = _tell(app, [change.ref.id for change in changes])
        _arrival(app.database, len(changes))
        rest(app.database)
        return _spans(app.database, told)
    finally:
        app.stop()


def _tell(app: App, records: Sequence[str]) -> dict[str, float]:
    """Send a webhook for each record, evenly; give when each was sent (seconds since 1970)."""
    if app.web is None:
        raise InvariantError("the hub has no web server")
    pause, began, told = threading.Event(), time.monotonic(), {}
    with httpx.Client(base_url=app.web.url) as client:
        for number, record in enumerate(records):
            pause.wait(began + number / FEED - time.monotonic())
            told[record] = time.time()
            client.post("/webhooks/crm", content=record).raise_for_status()
    return told


def _arrival(database: Database, count: int) -> None:
    """Wait until so many changes have come into the inbox."""
    arrived = select(func.count()).select_from(inbox).where(inbox.c.connector == "crm")
    wait_until(database, arrived, lambda found: found >= count)


def _spans(database: Database, told: Mapping[str, float]) -> tuple[list[float], list[float]]:
    columns = (inbox.c.record_id, inbox.c.received_at, outbox.c.created_at, outbox.c.done_at)
    query = select(*columns).where(inbox.c.item_id == outbox.c.item_id, inbox.c.connector == "crm")
    session = database.session()
    with session.read() as connection:
        rows = connection.execute(query).fetchall()
    session.close()
    decided = [(created - received) / 1000 for _, received, created, _ in rows]
    written = [done / 1000 - told[record] * 1000 for record, _, _, done in rows]
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
    change, effect = select(inbox.c.seq).where(IS_NEW), select(outbox.c.seq).where(IS_OPEN)
    wait_until(database, select(or_(change.exists(), effect.exists())), lambda waits: not waits)


def wait_until(database: Database, query: Select[tuple[T]], enough: Callable[[T], bool]) -> None:
    """Ask for one value again and again, until it is enough."""
    pause, session = threading.Event(), database.session()
    while True:
        with session.read() as connection:
            if enough(connection.execute(query).scalar_one()):
                break
        pause.wait(0.02)
    session.close()
