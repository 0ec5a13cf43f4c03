"""Compares what the three systems hold at the end with what the story demands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.cli.story.play import SERVICE, Play

_TYPES: Final = {
    "technical": "技术问题",
    "application": "应用问题",
    "requirement": "需求问题",
    "training_request": "培训申请",
    "other": "其他问题",
}
_PRIORITIES: Final = {"critical": "High", "urgent": "Medium", "normal": "Low"}


@dataclass(frozen=True, slots=True)
class Check:
    """One demand of the story, and whether the systems meet it."""

    what: str
    ok: bool
    found: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What the systems hold."""

    cases: int
    jira_issues: int
    mails_out: int
    comments_mirrored: int


def tally(play: Play) -> Tally:
    """Count what the systems hold."""
    boxes = play.stage.sandboxes["mail"].records()
    return Tally(
        cases=len(play.cases()),
        jira_issues=len(play.stage.records("jira_cloud", "issues")),
        mails_out=sum(
            mail["from"] == SERVICE for address, box in boxes.items() if address != SERVICE
            for mail in box
        ),
        comments_mirrored=len(_by_hub_in_crm(play)) + len(_by_hub_in_jira(play)),
    )  # fmt: skip


def judge(play: Play) -> list[Check]:
    """Give every demand of the story with its outcome."""
    return [*_cases(play), *_mails(play), *_story(play)]


def _equal(what: str, wanted: object, found: object) -> Check:
    return Check(what, wanted == found, f"wanted {wanted!r}, found {found!r}")


def _cases(play: Play) -> Iterator[Check]:
    yield _equal("one case for each mail that is one", len(play.script.cases), len(play.cases()))
    accounts = {a["Id"]: a["Name"] for a in play.stage.records("salesforce", "accounts")}
    for mail in play.script.cases:
        case = play.find_case(mail)
        wanted = mail.expect
        if case is None or wanted is None:
            yield Check(f"{mail.id}: a case", ok=False)
            continue
        customer = accounts.get(case["AccountId"], "")
        yield _equal(f"{mail.id}: customer", wanted.customer, customer)
        yield _equal(f"{mail.id}: type", _TYPES[wanted.type], case["Type"])
        yield _equal(f"{mail.id}: handler", wanted.owner, case["Owner"])
        if wanted.severity:
            yield _equal(f"{mail.id}: severity", _PRIORITIES[wanted.severity], case["Priority"])


def _mails(play: Play) -> Iterator[Check]:
    for mail in play.script.cases:
        case = play.find_case(mail)
        number = str(case["CaseNumber"]) if case else "?"
        box = play.inbox(mail.address)
        heads = [each for each in box if number in each["subject"] or number in each["text"]]
        yield Check(f"{mail.id}: acknowledged with the number", bool(heads), number)
    for mail in play.script.mails:
        if mail.nothing:
            yield _equal(f"{mail.id}: not answered", 0, len(play.inbox(mail.address)))
    seen = Counter(
        mail["message_id"]
        for address, box in play.stage.sandboxes["mail"].records().items()
        if address != SERVICE
        for mail in box
        if mail["from"] == SERVICE
    )
    double = [message for message, count in seen.items() if count > 1]
    yield _equal("no mail was sent twice", [], double)


def _story(play: Play) -> Iterator[Check]:
    issues = play.stage.records("jira_cloud", "issues")
    yield _equal("one issue in JIRA", 1, len(issues))
    yield _equal("the case is closed", "Closed", play.current()["Status"])
    yield _equal("the issue is closed", "Closed", play.jira_issue()["status"])
    yield _equal("the case names the issue", play.issue, play.current()["Jira_Key__c"])
    customer = play.script.mails[0].address
    thread = play.inbox(customer)
    yield Check("the customer's mails are one thread", _one_thread(thread), str(len(thread)))
    internal = ["请提供数据库慢查询日志", "慢查询日志已放到共享目录"]
    leaked = [word for word in internal for mail in thread if word in mail["text"]]
    yield _equal("no internal word reached the customer", [], leaked)
    for comment in (*_by_hub_in_crm(play),):
        for word in internal:
            if word in comment["CommentBody"]:
                yield _equal("R&D's words are internal in the CRM", False, comment["IsPublished"])
    texts = Counter(c["CommentBody"] for c in play.stage.records("salesforce", "comments"))
    yield _equal("no comment of the CRM is doubled", [], [t for t, n in texts.items() if n > 1])
    bodies = Counter(c["text"] for c in play.stage.records("jira_cloud", "comments"))
    yield _equal("no comment of JIRA is doubled", [], [t for t, n in bodies.items() if n > 1])


def _one_thread(mails: list[dict[str, Any]]) -> bool:
    known: set[str] = set()
    for number, mail in enumerate(mails):
        related = {mail["in_reply_to"], *mail["references"]} - {""}
        if number and not related & known:
            return False
        known |= related | {mail["message_id"]}
    return len(mails) > 1


def _by_hub_in_crm(play: Play) -> list[Mapping[str, Any]]:
    comments = play.stage.records("salesforce", "comments")
    return [c for c in comments if "integration" in str(c["CreatedBy"])]


def _by_hub_in_jira(play: Play) -> list[Mapping[str, Any]]:
    comments = play.stage.records("jira_cloud", "comments")
    return [c for c in comments if "hub.cmd" in str(c.get("properties", ""))]
