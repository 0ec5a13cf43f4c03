"""A configured hub in a folder of its own, and the command line run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.cli.program import run
from hub.core.store import Database, dead, inbox, items, upgrade
from hub.handbook import load_handbook
from hub.models import Change, Item, Link, Ref
from hub.testing.history import History

NOW = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
ITEM = "2345ABCDEFGHJKLM"
SHIPPED = Path(__file__).parents[2] / "config" / "handbook"


@dataclass(frozen=True)
class Ran:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Read the one JSON object."""
        (line,) = self.out.splitlines()
        return json.loads(line)


Command = Callable[..., Ran]


@pytest.fixture
def hub(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command line; give what it printed."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: object) -> Ran:
        code = run([str(argument) for argument in arguments])
        printed = capsys.readouterr()
        return Ran(code, printed.out, printed.err)

    return call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Write a configuration with a store of its own and no systems."""
    path = tmp_path / "hub.yaml"
    store = f"sqlite:///{tmp_path}/hub.db"
    path.write_text(f"plugins: []\nstore: {{url: '{store}'}}\nweb: {{port: 1}}\n", encoding="utf-8")
    return path


@pytest.fixture
def store(config: Path) -> Iterator[Database]:
    """Make the store that is configured, with one item, a change that waits, a dead letter."""
    database = Database(f"sqlite:///{config.parent}/hub.db", durable=False)
    upgrade(database)
    session = database.session()
    change = Change(ref=Ref("crm", "case", "6"), version="1", seen_at=NOW)
    with session.write("test") as connection:
        item = Item(id=ITEM, kind="case", fields={"subject": "登录失败"}, opened_at=NOW)
        items.save_items(connection, [(item, 3)])
        link = Link(item_id=ITEM, connector="crm", part="case", kind="case", record_id="5")
        items.save_links(connection, [(link, 3)])
        items.save_aliases(connection, [("case-number:00001042", Ref("crm", "case", "5"))])
        inbox.add_changes(connection, [inbox.inbox_row(change, 3, NOW)])
        inbox.move_cursor(connection, "crm", "2026-01-05T01:30:00Z", NOW)
        letter = dead.DeadLetter(
            kind="record",
            connector="mail",
            ref="mail:mail:x1",
            item_id="",
            code="HUB-S-034",
            cause="no sender",
            remedy="answer it by hand",
            detail="From: ???",
            at=NOW,
        )
        dead.add(connection, letter)
    session.close()
    yield database
    database.close()


@pytest.fixture
def recorded(tmp_path: Path, sqlite_url: str) -> Path:
    """Record one technical case; give the configuration."""
    database = Database(sqlite_url, durable=False)
    history = History(database, load_handbook(SHIPPED))
    history.enters("登录失败 报错")
    history.hours(1)
    history.close()
    database.close()
    systems = "crm: {plugin: crm}, rnd: {plugin: jira}, mail: {plugin: mail}"
    path = tmp_path / "hub.yaml"
    path.write_text(
        f"plugins: [crm, jira, mail]\nconnectors: {{{systems}}}\n"
        f"store: {{url: '{sqlite_url}'}}\nhandbook: {SHIPPED}\n",
        encoding="utf-8",
    )
    return path
