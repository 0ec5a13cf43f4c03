"""A night in virtual time: real mail over IMAP and SMTP, a real hub, a clock that is set."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from hub.cli.program import run
from hub.core.app import App
from hub.core.plan import read_plan
from hub.core.store import timers
from hub.sandbox import SandboxOptions
from hub.testing.clock import SetClock
from hub.testing.stage import Stage

SHANGHAI = ZoneInfo("Asia/Shanghai")
CUSTOMER = "liu.yang@north-univ.example"
WANG, ZHANG, ZHOU = (
    "wang.lei@vendor.example",
    "zhang.min@vendor.example",
    "zhou.jing@vendor.example",
)
DOWN = "教务系统瘫痪"


def wall(text: str) -> datetime:
    """Give an instant by the wall clock of Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


@dataclass
class Department:
    """Hub and emulators that live in one time."""

    stage: Stage
    clock: SetClock
    app: App
    config: Path
    wait: Callable[..., Any]

    def at(self, text: str) -> None:
        """Let all clocks show a time of Shanghai."""
        self.clock.jump(wall(text))

    def restart(self) -> None:
        """Stop the hub, and start it again over the same store."""
        self.app.stop()
        self.app = App(read_plan(self.config), clock=self.clock)
        self.app.start()

    def writes(self, subject: str, text: str = "全校无法使用，请立即处理。") -> None:
        """Have the customer write."""
        self.stage.act("mail", "deliver", **{"from": CUSTOMER, "subject": subject, "text": text})

    def mails(self, address: str, words: str) -> list[dict[str, Any]]:
        """Give the mails that somebody got with these words in the subject."""
        box = self.stage.sandboxes["mail"].records().get(address, [])
        return [mail for mail in box if words in str(mail["subject"])]

    def called(self, address: str, subject: str = DOWN) -> dict[str, Any]:
        """Wait until somebody is called about a case; give the mail."""
        found = self.wait(
            lambda: [m for m in self.mails(address, "值班呼叫") if subject in m["subject"]],
            f"the call to {address}",
        )
        (mail,) = found
        return dict(mail)

    def item(self, subject: str = DOWN) -> Any:
        """Wait until the CRM's case of a subject is linked; give the hub's item."""
        case = self.wait(lambda: self.case(subject), "the case in the CRM")
        return self.wait(lambda: self.app._reception.item(case["CaseNumber"]), "the item")

    def case(self, subject: str = DOWN) -> dict[str, Any] | None:
        """Give the CRM's case of a subject."""
        cases = self.stage.records("salesforce", "cases")
        return next((case for case in cases if case["Subject"] == subject), None)

    def timers(self, item_id: str) -> set[str]:
        """Give the names of an item's timers."""
        session = self.app.database.session()
        try:
            with session.read() as connection:
                return {timer.name for timer in timers.of_item(connection, item_id)}
        finally:
            session.close()


@pytest.fixture
def department(tmp_path: Path, wait: Callable[..., Any]) -> Iterator[Callable[..., Department]]:
    """Open departments in which it is some time of Shanghai; all are closed at the end."""
    opened: list[Department] = []

    def begin(when: str) -> Department:
        clock = SetClock(wall(when))
        stage = Stage.of(["crm", "jira", "mail"], SandboxOptions(clock=clock))
        stage.start()
        token = tmp_path / "token"
        token.write_text("tell-nobody")
        token.chmod(0o600)
        web = (
            "web:\n  port: ${hub.port}\n  public_url: https://hub.vendor.example\n"
            f"  token: {{file: {token}}}\n"
        )
        changes = {"web:\n  port: ${hub.port}\n": web}
        config = stage.write_config(tmp_path, changes=changes)
        app = App(read_plan(config), clock=clock)
        made = Department(stage, clock, app, config, wait)
        opened.append(made)
        app.start()
        return made

    yield begin
    for each in opened:
        each.app.stop()
        each.stage.stop()


def test_a_night_goes_from_one_to_the_next_until_somebody_answers(
    department: Callable[..., Department],
) -> None:
    """02:13 on National Day: who is on duty sleeps, the next one answers; the morning's list.

    The hub is restarted in between: a call is as durable as all else.
    """
    night = department("2026-10-01 02:13")
    night.writes(DOWN)

    night.called(WANG)
    item = night.item()
    reply = night.wait(lambda: night.mails(CUSTOMER, DOWN), "the night's answer")[0]
    assert "+86 10 5555 0199" in reply["text"]
    assert "2026-10-01 02:43" in reply["text"]
    assert night.mails(ZHANG, "值班呼叫") == []

    night.restart()
    night.at("2026-10-01 02:28:30")
    call = night.called(ZHANG)
    assert night.mails(ZHOU, "值班呼叫") == []
    night.stage.act(
        "mail", "reply", mailbox=ZHANG, text="收到，我来处理", message_id=call["message_id"]
    )
    night.wait(lambda: night.mails(WANG, "张敏 已接手"), "word to who was called first")
    assert "call" not in night.timers(item.id)

    night.at("2026-10-01 08:00")
    night.writes("如何导入成绩", "请问如何批量导入成绩？不急。")
    night.wait(lambda: night.case("如何导入成绩"), "the second case")

    night.at("2026-10-08 09:00:05")
    lists = [
        night.wait(lambda who=who: night.mails(who, "问题清单"), "the list")
        for who in (ZHANG, ZHOU)
    ]
    text = lists[0][0]["text"]
    assert [1, 1] == [len(each) for each in lists]
    assert text.index(DOWN) < text.index("如何导入成绩")
    assert "2026-10-01 02:13 王磊; 2026-10-01 02:28 张敏；确认 张敏 2026-10-01 02:2" in text
    assert [len(night.mails(who, "值班呼叫")) for who in (WANG, ZHANG, ZHOU)] == [1, 1, 0]
    case = night.case()
    assert case is not None
    assert case["After_Hours__c"] is True
    assert case["Status"] == "In Progress"


def test_a_link_and_a_command_acknowledge_as_well(
    department: Callable[..., Department], capsys: pytest.CaptureFixture[str]
) -> None:
    """Opening the link takes nothing; its button does, and so does `hub ack`."""
    night = department("2026-10-01 23:30")
    night.writes(DOWN)
    night.writes("门户网站瘫痪")
    link, command = night.called(WANG), night.called(WANG, "门户网站瘫痪")
    item, other = night.item(), night.item("门户网站瘫痪")
    address = re.findall(r"https://hub\.vendor\.example(/ack/\S+)", link["text"])[0]
    assert "hub.vendor.example/ack/" in command["text"]

    assert night.app.web is not None
    with httpx.Client(base_url=night.app.web.url) as client:
        page = client.get(address)
        assert "call" in night.timers(item.id)
        pressed = client.post(address)
    code = run(["ack", other.id, "--by", "wang.lei", "--config", str(night.config)])

    assert (page.status_code, pressed.status_code, code) == (200, 200, 0)
    assert f"{other.id}: acknowledged by wang.lei" in capsys.readouterr().out.replace("\n", "")
    for each in (item, other):
        night.wait(lambda each=each: "call" not in night.timers(each.id), "the end of the call")
        found = night.app._reception.item(each.id)
        assert found is not None
        assert found.fields["acknowledged_by"] == WANG


@pytest.mark.parametrize(
    ("saturday", "works"), [("2026-10-10 10:00", True), ("2027-10-09 10:00", False)]
)
def test_a_make_up_saturday_is_a_working_day_and_a_year_later_it_is_none(
    department: Callable[..., Department], saturday: str, works: bool
) -> None:
    """The same Saturday: in the one year colleagues are at work, in the next who is on duty is."""
    day = department(saturday)
    day.writes(DOWN)

    item = day.item()
    reply = day.wait(lambda: day.mails(CUSTOMER, DOWN), "the acknowledgement")[0]

    calls = day.mails(WANG, "值班呼叫") + day.mails(ZHANG, "值班呼叫")
    assert works is (item.fields.get("after_hours") is not True)
    assert works is ("+86 10 5555 0199" not in reply["text"])
    assert works is (calls == [])
