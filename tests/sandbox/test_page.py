"""The page at the control API's address: three systems side by side, in two languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from hub.sandbox import Fault, FaultPlan, SandboxOptions
from hub.sandbox.board import Records, lay_out
from hub.sandbox.traffic import Call
from hub.testing.stage import Stage

RECORDS: Records = {
    "crm": {
        "cases": [
            {"Id": "500A", "CaseNumber": "0017", "Subject": "不能登录", "Status": "New",
             "LastModifiedDate": "2026-03-01T09:00:00.000+0000", "Description": "页面 502"},
            {"Id": "500B", "CaseNumber": "0018", "Subject": "另一件事", "Status": "Closed",
             "LastModifiedDate": "2026-03-02T09:00:00.000+0000"},
        ],
        "comments": [
            {"ParentId": "500A", "CommentBody": "内部", "IsPublished": False, "CreatedBy": "王"}
        ],
        "users": [{"Id": "005A", "Name": "王磊"}],
    },
    "jira": {
        "issues": [
            {"id": "1", "key": "RND-1", "summary": "[0017] 不能登录", "status": "Open",
             "updated": "2026-03-03T08:00:00+00:00"}
        ],
        "comments": [{"id": "9", "issue": "RND-1", "text": "请看日志", "public": True}],
    },
    "mail": {
        "service@vendor.example": [
            {"uid": 2, "subject": "Re: 回复：不能登录 [#FE5DWE47]", "date": "2026-03-01T10:00:00"},
            {"uid": 1, "subject": "不能登录", "date": "2026-03-01T08:00:00", "text": "<b>你好</b>"},
        ]
    },
}  # fmt: skip


def test_what_has_one_subject_is_one_matter() -> None:
    """However the systems mark it; the latest matter is on top, mails stand in their order."""
    board = lay_out(RECORDS)

    first, second = board.matters
    laid = {name: [card.key for card in cards] for name, cards in first.cells.items()}
    assert laid == {"crm": ["0017"], "jira": ["RND-1"], "mail": ["1", "2"]}
    assert second.title == "另一件事"


def test_remarks_stand_on_their_records_and_the_rest_beneath() -> None:
    """Who may see a remark is told, where the system knows."""
    board = lay_out(RECORDS)

    cells = board.matters[0].cells
    assert [(r.text, r.public) for r in cells["crm"][0].remarks] == [("内部", False)]
    assert [(r.text, r.public) for r in cells["jira"][0].remarks] == [("请看日志", True)]
    assert board.others == {"crm": {"users": [{"Id": "005A", "Name": "王磊"}]}}


def test_a_subject_of_marks_alone_stays_as_it_is() -> None:
    """There is nothing else to know it by."""
    board = lay_out({"mail": {"a": [{"uid": 1, "subject": "Re: [x]"}, {"uid": 2, "subject": "y"}]}})

    assert len(board.matters) == 2


class System:
    """An emulator that shows records it was given."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults = FaultPlan()

    def start(self) -> Mapping[str, Any]:
        """Say where it is."""
        return {"url": f"http://{self.name}.invalid", "token": "let-me-in"}

    def stop(self) -> None:
        """Do nothing."""

    def records(self) -> Mapping[str, Any]:
        """Give its share of the records."""
        return RECORDS[self.name]

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Refuse."""
        raise ValueError(f"unknown action {action!r}")


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give three systems on a stage."""
    with Stage([System(name) for name in RECORDS], SandboxOptions()) as made:
        yield made


@pytest.fixture
def browser(stage: Stage) -> Iterator[httpx.Client]:
    """Give what asks as a browser does."""
    headers = {"accept": "text/html,*/*", "accept-language": "zh-CN,zh;q=0.9"}
    with httpx.Client(base_url=stage.facts["control"]["url"], headers=headers) as client:
        yield client


def test_a_browser_gets_a_page_in_its_language(browser: httpx.Client) -> None:
    """And may ask for the other one; a program gets JSON."""
    chinese, english = browser.get("/"), browser.get("/?lang=en")

    assert 'lang="zh"' in chinese.text
    assert "最近的调用" in chinese.text
    assert 'lang="en"' in english.text
    assert "Latest calls" in english.text
    assert "http://crm.invalid" in english.text
    assert set(browser.get("/", headers={"accept": "*/*"}).json()["sandboxes"]) == set(RECORDS)


def test_what_strangers_wrote_is_never_markup(browser: httpx.Client) -> None:
    """Nor may the page load anything but its own two files."""
    answer = browser.get("/")

    assert "&lt;b&gt;你好&lt;/b&gt;" in answer.text
    assert "<b>你好" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert browser.get("/page.css").headers["content-type"].startswith("text/css")
    assert "refresh" in browser.get("/page.js").text


def test_the_page_shows_faults_and_failed_calls(stage: Stage, browser: httpx.Client) -> None:
    """What was called, how it ended, and what went wrong."""
    stage.sandboxes["jira"].faults.add(Fault(kind="rate_limit", operation="GET /x"))
    stage.options.traffic.of("jira")(
        Call(operation="GET /x", status="429", failed=True, seconds=0.2, about="slow down")
    )

    live = browser.get("/?part=live&lang=en").text

    assert not live.startswith("<!doctype")
    assert "rate_limit" in live
    assert 'class="bad"' in live
    assert "slow down" in live


def test_calls_are_given_as_they_come(stage: Stage, browser: httpx.Client) -> None:
    """For programs that watch; an act by the control API is a call too."""
    browser.post("/act/crm/burn", json={})

    (call,) = browser.get("/calls", params={"since": 0, "wait": 5}).json()["calls"]
    told = (call["sandbox"], call["operation"], call["status"], call["about"])
    assert told == ("crm", "ACT burn", "refused", "unknown action 'burn'")
    assert browser.get("/calls", params={"since": call["number"]}).json() == {"calls": []}
