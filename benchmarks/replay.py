"""Recorded cases gone through by a changed handbook, with all that is told of them."""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from hub.core.plan import read_rulebook
from hub.core.replay import replay
from hub.core.store import Database, schema, upgrade
from hub.handbook import load_handbook
from hub.testing.history import History, Person

SHIPPED: Final = Path(__file__).parent.parent / "config" / "handbook"
ROW: Final = "when: {issue_type: technical}\n      then: {role: support_engineer"
A_DAY: Final = 500
CUSTOMERS: Final = 700
WORDS: Final = ("登录失败 报错", "申请培训", "如何使用作业功能", "无法提交 紧急")
SYSTEMS: Final = "crm: {plugin: crm}, rnd: {plugin: jira}, mail: {plugin: mail}"


def record(folder: Path, cases: int) -> tuple[Path, float]:
    """Record a department's days; give the configuration and how many changes a case has.

    Each case is entered, answered within the hour and solved the same day, but for one in ten, of
    which people are reminded by the ladders; what is solved is closed by silence a week later.
    """
    url = f"sqlite:///{folder}/recorded.db"
    database = Database(url, durable=False)
    upgrade(database)
    history = History(database, load_handbook(SHIPPED))
    for first in range(0, cases, A_DAY):
        _day(history, range(first, min(cases, first + A_DAY)))
    history.hours(8 * 24, timedelta(hours=1))
    with history.session.read() as connection:
        changes = connection.execute(select(func.count()).select_from(schema.inbox)).scalar_one()
    history.close()
    database.close()
    path = folder / "replay.yaml"
    path.write_text(
        f"plugins: [crm, jira, mail]\nconnectors: {{{SYSTEMS}}}\nstore: {{url: '{url}'}}\n"
        f"handbook: {SHIPPED}\n",
        encoding="utf-8",
    )
    return path, changes / cases


def _person(number: int) -> Person:
    return Person(f"li@u{number}.example", f"第{number}大学")


def _day(history: History, numbers: range) -> None:
    began = history.clock.now()
    entered = [
        history.enters(f"{WORDS[number % len(WORDS)]} {number}", _person(number % CUSTOMERS))
        for number in numbers
    ]
    history.settle()
    history.hours(0.5)
    for case in entered:
        history.comments(case, "已联系，正在处理", public=True)
    history.settle()
    for number, case in zip(numbers, entered, strict=True):
        if number % 10:
            history.edits(case, status="Resolved", handling_method="重启", handling_result="好")
    history.until(began + timedelta(days=1), timedelta(hours=1))


def seconds(folder: Path, config: Path) -> tuple[float, int]:
    """Give how long a replay by a changed handbook takes on all cores, and how much differs."""
    draft = folder / "draft"
    shutil.copytree(SHIPPED, draft)
    text = (draft / "routing.yaml").read_text(encoding="utf-8")
    changed = text.replace(ROW, ROW.replace("support_engineer", "consultant"))
    (draft / "routing.yaml").write_text(changed, encoding="utf-8")
    database = Database(f"sqlite:///{folder}/recorded.db", read_only=True)
    began = time.perf_counter()
    report = replay(database, config, read_rulebook(config, draft))
    passed = time.perf_counter() - began
    database.close()
    return passed, report.differing
