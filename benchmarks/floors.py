"""The machine's floors: what the disk gives, and what the bare driver does with the same rows."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event

from benchmarks.hub import build_app, furnish, load
from benchmarks.work import WORKS
from hub.clock import RandomIds
from hub.connector import Environment
from hub.core.app import App
from hub.core.dispatch import Dispatcher
from hub.core.engine import Engine
from hub.core.process import Rulebook
from hub.core.store import Database, Locks, Session, upgrade

WRITES: Final = ("INSERT", "UPDATE", "DELETE")

Statement = tuple[str, Any, bool]
"""SQL, its parameters, and whether these are many sets; empty SQL is the end of a transaction."""


def fsyncs(folder: Path, count: int = 200) -> float:
    """Give how often a second the disk makes 4 KB durable."""
    handle = os.open(folder / "floor", os.O_CREAT | os.O_WRONLY)
    began = time.perf_counter()
    for _ in range(count):
        os.write(handle, b"x" * 4096)
        os.fdatasync(handle)
    os.close(handle)
    return count / (time.perf_counter() - began)


def bare_driver(recorded_url: str, replayed_url: str, work: str, count: int) -> float:
    """Give changes a second of the driver alone.

    What the hub writes for so many changes is recorded, statement by statement and commit by
    commit, and written again to an empty store without the hub: the same rows, batches,
    indexes and durability, but no reading, no rules, no merge, no threads.
    """
    statements = _recorded(recorded_url, work, count)
    database = Database(replayed_url)
    upgrade(database)
    connection = database.engine.raw_connection()
    cursor = connection.cursor()
    began = time.perf_counter()
    for sql, parameters, many in statements:
        if not sql:
            connection.commit()
        elif many:
            cursor.executemany(sql, parameters)
        else:
            cursor.execute(sql, parameters)
    took = time.perf_counter() - began
    connection.close()
    database.close()
    return count / took


def _recorded(url: str, work: str, count: int) -> Sequence[Statement]:
    app, systems = build_app(url, WORKS[work])
    changes = [WORKS[work].change(number) for number in range(count)]
    furnish(systems, changes)
    upgrade(app.database)
    statements: list[Statement] = []

    @event.listens_for(app.database.engine, "before_cursor_execute")
    def _keep(*told: Any) -> None:
        _, _, sql, parameters, _, many = told
        if sql.startswith((*WRITES, "BEGIN IMMEDIATE")):
            statements.append((sql, parameters, many))

    @event.listens_for(app.database.engine, "commit")
    def _end(connection: object) -> None:
        del connection
        if statements and statements[-1][0]:
            statements.append(("", (), False))

    session = app.database.session()
    load(app.database, changes)
    _work_off(app, session)
    session.close()
    app.database.close()
    return statements


def _work_off(app: App, session: Session) -> None:
    """Do all that waits in this thread, the engine's part first."""
    book = Rulebook(app.plan.host, app.plan.handbook.record_maps)
    engine = Engine(app.database, book, app.clock, RandomIds(app.clock))
    while engine.step(session):
        pass
    for name in app.plan.settings:
        environment = Environment(name=name, clock=app.clock, stopping=threading.Event())
        dispatcher = Dispatcher(
            name=name,
            connector=app.plan.build_connector(name, environment),
            database=app.database,
            locks=Locks(app.database),
            health=app.health[name],
            clock=app.clock,
            rulebook=book,
        )
        while dispatcher.step(session):
            pass
