"""What is measured of time: a decision of a large table, and a hub that has many open cases."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import psutil
from msgspec.structs import replace

from benchmarks.process import SETTLED_SECONDS
from hub.core.shipped import shipped_config
from hub.core.store import Database, items, timers, upgrade
from hub.core.store.codec import shard_of
from hub.handbook import Handbook, load_handbook
from hub.models import Fields, Item, Limit, Why
from hub.testing.crash.processes import HubProcess
from hub.testing.stage import Stage

ROWS: Final = 200
TIMERS: Final = ("target:response", "target:resolution", "ladder:response", "ladder:resolution")
BATCH: Final = 5_000
SPREAD_DAYS: Final = 30
OPEN_DAYS: Final = 90
_ROW: Final = """    - id: contract_{0}
      zh: 合同
      en: contract
      when: {{contract_no: [HT-{0}, HT-{0}-1], severity: [urgent, normal]}}
      then: {{calendar: office, response: 1 bh, resolution: 1 wd}}
      clause: P01/时限
      origin: default
"""


def decision_microseconds(folder: Path, count: int) -> float:
    """Give microseconds of one decision of a table with 200 rows, over inputs that all differ."""
    book = _with_rows(folder)
    table = book.tables["limits"]
    asked: list[Fields] = [
        {
            "severity": ("urgent", "normal", "critical")[number % 3],
            "issue_type": "technical",
            "contract_no": f"HT-{number % (2 * ROWS)}",
            "customer_name": f"大学 {number}",
        }
        for number in range(count)
    ]
    began = time.perf_counter()
    for fields in asked:
        table.decide(fields)
    return (time.perf_counter() - began) / count * 1e6


def _with_rows(folder: Path) -> Handbook:
    """Give the shipped handbook with limits of 200 rows."""
    book = folder / "book"
    shutil.copytree(shipped_config() / "handbook", book)
    file = book / "targets.yaml"
    text = file.read_text(encoding="utf-8")
    first = "  rows:\n    - id: limits_critical"
    rows = "".join(_ROW.format(number) for number in range(ROWS - text.count("    - id: limits_")))
    file.write_text(text.replace(first, f"  rows:\n{rows}    - id: limits_critical"), "utf-8")
    return load_handbook(book)


def open_cases(folder: Path, count: int) -> tuple[float, float]:
    """Give seconds until a hub with so many open cases is ready, and megabytes that it takes.

    Each case has four timers that are due within a month.
    """
    url = f"sqlite:///{folder}/hub.db"
    _fill(url, count, load_handbook(shipped_config() / "handbook"))
    with Stage.of(["crm", "jira", "mail"]) as stage:
        hub = HubProcess(stage.write_config(folder, store=url), folder / "hub.log")
        began = time.perf_counter()
        hub.start()
        hub.wait_until_ready()
        ready = time.perf_counter() - began
        threading.Event().wait(SETTLED_SECONDS)
        megabytes = psutil.Process(hub.pid).memory_info().rss / 1e6
        hub.stop()
    return ready, megabytes


def _fill(url: str, count: int, book: Handbook) -> None:
    database = Database(url, durable=False)
    upgrade(database)
    session, now = database.session(), datetime.now(UTC).replace(microsecond=0)
    case = _case(book, now)
    for first in range(0, count, BATCH):
        made = [_opened(case, number, now) for number in range(first, min(count, first + BATCH))]
        with session.write("benchmark") as connection:
            items.save_items(connection, [(item, shard_of(item.id)) for item in made])
            timers.start(connection, _timers(made, first, now))
    session.close()
    database.close()


def _opened(case: Item, number: int, now: datetime) -> Item:
    """Give the n-th case: they were opened one after the other over three months."""
    ago = timedelta(minutes=number * 7919 % (OPEN_DAYS * 24 * 60))
    return replace(case, id=f"C{number:015d}", opened_at=now - ago, updated_at=now - ago)


def _case(book: Handbook, now: datetime) -> Item:
    """Give an open case, with all that targets and ladders keep of one."""
    since, due = now.isoformat(), (now + timedelta(days=2)).isoformat()
    limit = Limit(target="response", length="2 bh", calendar="office", rule="limits_urgent")
    names = [timer.partition(":")[2] for timer in TIMERS[:2]]
    fields: Fields = {
        "state": "in_progress", "subject": "登录失败", "description": "无法登录。" * 60,
        "severity": "urgent", "issue_type": "technical", "channel": "mail", "language": "zh",
        "customer_name": "北京大学", "contact_name": "陈老师", "contact_email": "chen@pku.edu.cn",
        "owner": "wang.lei@vendor.example", "role": "support_engineer", "received_at": since,
        "timed_by": book.timed_by, "promises": [str(limit)] * 8, "response_due": due,
        "resolution_due": due, "clocks": [f"{name} {since}/" for name in names],
        "alarms": [f"{name} {due}" for name in names],
    }  # fmt: skip
    return Item(id="", kind="case", fields=fields, opened_at=now)


def _timers(made: Sequence[Item], first: int, now: datetime) -> Iterator[timers.Timer]:
    why = Why(plugin="rules.targets", rule="limits_urgent", source="targets.yaml:150")
    for number, item in enumerate(made, first):
        for place, name in enumerate(TIMERS, 1):
            minutes = 60 + (number * place) % (SPREAD_DAYS * 24 * 60)
            yield timers.Timer(item.id, name, now + timedelta(minutes=minutes), why)
