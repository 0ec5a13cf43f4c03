"""The record on PostgreSQL is the same record."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub.core.plan import read_rulebook
from hub.core.replay import replay
from hub.core.store import Database
from hub.handbook import load_handbook
from hub.testing.history import History

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
ROUTE = "when: {issue_type: technical}\n      then: {role: support_engineer"


def test_a_replay_reads_its_record_from_postgresql(
    postgres_url: str, config: Path, changed: Any
) -> None:
    """By the same handbook nothing differs, by another one the case that its row decides."""
    database = Database(postgres_url, durable=False)
    history = History(database, load_handbook(SHIPPED))
    case = history.enters("登录失败 报错")
    history.writes("申请培训")
    history.hours(2)
    history.comments(case, "已在处理", public=True)
    history.hours(48)
    history.close()
    database.close()
    draft = changed("routing.yaml", ROUTE, ROUTE.replace("support_engineer", "consultant"))

    read = Database(postgres_url, read_only=True)
    same = replay(read, config, read_rulebook(config, SHIPPED))
    other = replay(read, config, read_rulebook(config, draft))
    read.close()

    assert (2, 0, []) == (same.cases, same.differing, same.troubles)
    assert ["登录失败 报错"] == [each.fields["subject"] for each in other.differences]
