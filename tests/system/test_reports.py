"""A summary on its way: compiled by a running hub, sent by SMTP, once."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from hub.cli.program import run
from hub.core.app import App
from hub.core.plan import read_plan
from hub.core.store import Database, items, upgrade
from hub.models import Item
from hub.testing.stage import Stage

SPECIALIST = "zhang.min@vendor.example"


def received(stage: Stage) -> list[EmailMessage]:
    """Read the summaries in the specialist's mailbox, as they came over SMTP."""
    store: Any = stage.sandboxes["mail"]
    account = store._store.accounts.get(SPECIALIST)
    raws = [message.raw for message in account.mailboxes["INBOX"].messages] if account else []
    mails = [message_from_bytes(raw, policy=default) for raw in raws]
    return [mail for mail in mails if isinstance(mail, EmailMessage) and "报 " in mail["Subject"]]


@pytest.fixture
def config(stage: Stage, tmp_path: Path) -> Path:
    """Give a configuration whose store has had an open case for two months."""
    path = stage.write_config(tmp_path)
    database = Database(f"sqlite:///{tmp_path}/hub.db")
    upgrade(database)
    session = database.session()
    fields: Any = {"subject": "打印很慢", "issue_type": "technical", "severity": "urgent"}
    opened = datetime.now(UTC) - timedelta(days=62)
    with session.write("a case") as connection:
        case = Item(id="2345ABCDEFGHJKLM", kind="case", fields=fields, opened_at=opened)
        items.save_items(connection, [(case, 1)])
    session.close()
    database.close()
    return path


def test_the_weekly_summary_arrives_once_with_page_and_sheet(
    stage: Stage, config: Path, wait: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """A hub that is started again does not send it again; the command compiles the same."""
    app = App(read_plan(config))
    app.start()
    try:
        wait(lambda: len(received(stage)) == 2, "the weekly and the monthly summary")
    finally:
        app.stop()
    again = App(read_plan(config))
    again.start()
    try:
        wait(lambda: not any(again.backlog().outbox.values()), "rest")
    finally:
        again.stop()
    code = run(["report", "weekly", "--config", str(config), "--json"])

    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    mails = received(stage)
    (weekly,) = [mail for mail in mails if "周报" in mail["Subject"]]
    (sheet,) = list(weekly.iter_attachments())
    book = load_workbook(BytesIO(sheet.get_content()))
    body = weekly.get_body(("html",))
    assert (2, 0, 1) == (len(mails), code, told["total"]["open"])
    assert f"weekly-{told['period']}.xlsx" == sheet.get_filename()
    assert "打印很慢" == book["问题清单"].cell(4, 2).value
    assert body is not None
    assert "期末未结" in body.get_content()
    assert "auto-generated" == weekly["Auto-Submitted"]
