"""Plays the story on a stage: people act in the three systems, and wait for what must follow."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from hub.cli.story.script import CustomerMail, Script
from hub.errors import HubError
from hub.testing.stage import Stage

PATIENCE_SECONDS: Final = 60.0
LOOK_SECONDS: Final = 0.1

ENGINEER: Final = "wang.lei@vendor.example"
SPECIALIST: Final = "zhang.min@vendor.example"
SERVICE: Final = "service@vendor.example"

Tell = Callable[[str, str], None]
Found = TypeVar("Found")


class StoryError(HubError):
    """Something that the story demands did not happen in time."""

    code = "HUB-T-001"


@dataclass
class Play:
    """One performance.

    Args:
        stage: the emulators.
        script: the customers' mails.
        tell: called with (who or where, what) as things happen.
    """

    stage: Stage
    script: Script
    tell: Tell
    mails_in: int = 0
    case: Mapping[str, Any] = field(default_factory=dict)
    issue: str = ""
    patience: float = PATIENCE_SECONDS

    # The acts of the story.

    def customers_write(self) -> None:
        """Deliver all first mails, and wait until each is a case that its customer knows of."""
        for mail in self.script.mails:
            for _ in range(mail.copies):
                self.stage.act("mail", "deliver", **mail.arguments())
                self.mails_in += 1
            self.tell("customer", f"{mail.sender}: {mail.subject}  [{mail.charset}]")
        for mail in self.script.cases:
            found = self.case_of(mail)
            number, status, owner = found["CaseNumber"], found["Status"], found["Owner"]
            self.tell("crm", f"case {number} · {found['Subject']} · {status} · {owner}")
        for mail in self.script.cases:
            self.until(f"{mail.address} is told the number", partial(self.told, mail))
            self.tell("mail", f"acknowledged to {mail.address}")
        outage = self.script.mails[0]
        self.case = self.case_of(outage)

    def machines_answer(self) -> None:
        """An out-of-office and a bounce come back; neither may become a case or be answered."""
        away = self.script.mails[2].address
        headers = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
        text = "我正在休假，下周一回复邮件。"
        self.stage.act("mail", "reply", mailbox=away, text=text, headers=headers)
        self.tell("customer", f"{away}: out of office")
        lost = self.script.mails[3].address
        acknowledged = self.inbox(lost)[-1]["message_id"]
        self.stage.act("mail", "bounce", message_id=acknowledged, recipient=lost)
        self.tell("customer", f"{lost}: undeliverable, the mail comes back")
        self.mails_in += 2

    def hand_off(self) -> None:
        """The engineer passes the outage to R&D, where engineers work: on the CRM's record."""
        fields = {
            "Handling_Method__c": "检查日志，重启应用服务与数据库连接池",
            "Handling_Result__c": "连接池耗尽，重启后十分钟复现",
            "Open_Items__c": "根本原因不明，需研发定位",
            "Next_Handler__c": "研发部",
        }
        self.update(fields, ENGINEER)
        self.tell("crm", "王磊 hands the case to R&D: next handler 研发部")
        self.issue = self.until("an issue in JIRA", self.linked_issue)["key"]
        self.tell("jira", f"issue {self.issue} · {self.jira_issue()['summary']}")
        self.until_case("waits for R&D", lambda case: case["Status"] == "Waiting for R&D")
        self.until_case("names the issue", lambda case: case["Jira_Key__c"] == self.issue)
        self.tell("crm", f"case {self.case['CaseNumber']} · Waiting for R&D · {self.issue}")

    def talk(self) -> None:
        """R&D, engineer and customer write; each word reaches those who may read it."""
        asked = "请提供数据库慢查询日志。"
        answered = "慢查询日志已放到共享目录。"
        added = "补充：昨晚做过一次数据库升级。"
        self.stage.act("jira_cloud", "comment", issue=self.issue, text=asked, author="chen.rd")
        self.tell("jira", f"陈工: {asked}")
        self.until("R&D's comment in the CRM", lambda: self.crm_comment(asked))
        self.tell("crm", "the same comment, internal")
        case = self.case["CaseNumber"]
        self.stage.act("salesforce", "comment", case=case, text=answered, public=False, by=ENGINEER)
        self.tell("crm", f"王磊 (internal): {answered}")
        self.until("the engineer's comment in JIRA", lambda: self.jira_comment(answered))
        self.tell("jira", "the same comment, internal")
        customer = self.script.mails[0].address
        self.stage.act("mail", "reply", mailbox=customer, text=added, style="qq")
        self.mails_in += 1
        self.tell("customer", f"{customer} answers the acknowledgement: {added}")
        self.until("the customer's answer on the case", lambda: self.crm_comment(added))
        self.until("the customer's answer in JIRA", lambda: self.jira_comment(added))
        self.tell("crm", "joined to the same case; R&D reads it in JIRA as well")

    def solve(self) -> None:
        """R&D solves it; it returns to the engineer, who answers the customer."""
        for status, resolution in (("In Progress", None), ("Done", "Done")):
            self.stage.act(
                "jira_cloud", "transition", issue=self.issue, to=status, resolution=resolution
            )
            self.tell("jira", f"陈工: {self.issue} → {status}")
        self.until_case("is back with the engineer", lambda c: c["Status"] == "In Progress")
        self.tell("crm", f"back with the engineer · {self.case['CaseNumber']} · In Progress")
        answer = "问题已修复：连接池参数已调整，平台恢复正常，请您验证。"
        case = self.case["CaseNumber"]
        self.stage.act("salesforce", "comment", case=case, text=answer, public=True, by=ENGINEER)
        self.tell("crm", f"王磊 (public): {answer}")
        customer = self.script.mails[0].address
        self.until("the answer by mail", lambda: self.mailed(customer, answer))
        self.tell("mail", f"to {customer}, in the same thread")
        solved = {"Handling_Result__c": "已修复并验证", "Open_Items__c": "无", "Status": "Resolved"}
        self.update(solved, ENGINEER)
        self.until("the solution is announced", lambda: len(self.inbox(customer)) >= 3 or None)
        self.tell("mail", f"to {customer}: solved, please confirm")

    def close(self) -> None:
        """The customer specialist closes the case, and so it is closed everywhere."""
        told = len(self.inbox(self.script.mails[0].address))
        self.update({"Status": "Closed"}, SPECIALIST)
        self.tell("crm", f"张敏 closes case {self.case['CaseNumber']}")
        self.until("JIRA closes as well", lambda: self.jira_issue()["status"] == "Closed" or None)
        self.tell("jira", f"{self.issue} · Closed")
        customer = self.script.mails[0].address
        self.until("the customer is told", lambda: len(self.inbox(customer)) > told or None)
        self.tell("mail", f"to {customer}: closed")

    # Looking and waiting.

    def until(self, what: str, look: Callable[[], Found | None]) -> Found:
        """Look again and again until there is something; StoryError when patience ends."""
        deadline = time.monotonic() + self.patience
        pause = threading.Event()
        while time.monotonic() < deadline:
            found = look()
            if found is not None:
                return found
            pause.wait(LOOK_SECONDS)
        raise StoryError(f"this did not happen within {self.patience:.0f} s: {what}")

    def until_case(self, what: str, holds: Callable[[Mapping[str, Any]], bool]) -> None:
        """Wait until the story's case is as wanted."""
        self.until(f"the case {what}", lambda: self.current() if holds(self.current()) else None)

    def update(self, fields: Mapping[str, str], by: str) -> None:
        """Change the story's case as a person in the CRM."""
        number = self.case["CaseNumber"]
        self.stage.act("salesforce", "update_case", case_number=number, fields=fields, by=by)

    def current(self) -> Mapping[str, Any]:
        """Give the story's case as it is now."""
        number = self.case["CaseNumber"]
        return next(c for c in self.cases() if c["CaseNumber"] == number)

    def cases(self) -> list[dict[str, Any]]:
        """Give all cases of the CRM."""
        return self.stage.records("salesforce", "cases")

    def case_of(self, mail: CustomerMail) -> Mapping[str, Any]:
        """Wait for the case that a mail became."""
        return self.until(f"a case for “{mail.subject}”", lambda: self.find_case(mail))

    def find_case(self, mail: CustomerMail) -> Mapping[str, Any] | None:
        """Give the case that a mail became, by sender and subject."""
        for case in self.cases():
            if case["Subject"] == mail.subject and case["SuppliedEmail"] == mail.address:
                return case
        return None

    def told(self, mail: CustomerMail) -> bool | None:
        """Say whether the sender has a mail with the number of the case."""
        case = self.find_case(mail)
        number = str(case["CaseNumber"]) if case else ""
        return any(number and number in each["text"] for each in self.inbox(mail.address)) or None

    def mailed(self, address: str, text: str) -> bool | None:
        """Say whether somebody got a mail with this text."""
        return any(text in mail["text"] for mail in self.inbox(address)) or None

    def inbox(self, address: str) -> list[dict[str, Any]]:
        """Give the mails that somebody got."""
        return self.stage.sandboxes["mail"].records().get(address, [])

    def linked_issue(self) -> dict[str, Any] | None:
        """Give the issue that the hub made for the story's case."""
        subject = str(self.case["Subject"])
        issues = self.stage.records("jira_cloud", "issues")
        return next((issue for issue in issues if subject in issue["summary"]), None)

    def jira_issue(self) -> dict[str, Any]:
        """Give the story's issue as it is now."""
        issues = self.stage.records("jira_cloud", "issues")
        return next(issue for issue in issues if issue["key"] == self.issue)

    def crm_comment(self, text: str) -> dict[str, Any] | None:
        """Find a comment of the CRM by its text."""
        comments = self.stage.records("salesforce", "comments")
        return next((c for c in comments if text in c["CommentBody"]), None)

    def jira_comment(self, text: str) -> dict[str, Any] | None:
        """Find a comment of JIRA by its text."""
        comments = self.stage.records("jira_cloud", "comments")
        return next((c for c in comments if text in c["text"]), None)
