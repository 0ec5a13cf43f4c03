"""What people do while the hub is being killed: a seeded stream of acts, each with its mark."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub.testing.stage import Stage

ENGINEER: Final = "wang.lei@vendor.example"
CUSTOMERS: Final = (
    "chen.xiaohua@north-univ.example",
    "liu.yang@north-univ.example",
    "yang.fan@jiangnan.example",
    "wu.ting@jiangnan.example",
    "zheng.kai@haibin.example",
)
_CHARSETS: Final = ("utf-8", "gb18030", "gb2312")


@dataclass(slots=True)
class Traffic:
    """Makes acts one by one; what it made is what the verdict counts.

    Marks are unique words in subjects and texts.
    """

    stage: Stage
    seed: int
    mails: dict[str, str] = field(default_factory=dict)
    replies: list[str] = field(default_factory=list)
    handed: set[str] = field(default_factory=set)
    crm_comments: dict[str, bool] = field(default_factory=dict)
    jira_comments: list[str] = field(default_factory=list)
    count: int = 0
    _random: random.Random = field(default_factory=random.Random)

    def __post_init__(self) -> None:
        """Seed the stream."""
        self._random.seed(self.seed)

    def act(self) -> None:
        """Do one thing that is possible now."""
        self.count += 1
        draw = self._random.random()
        cases = [c for c in self.stage.records("salesforce", "cases") if c["Subject"]]
        issued = [c for c in cases if c["Jira_Key__c"]]
        waiting = [c for c in cases if c["CaseNumber"] not in self.handed and self._ours(c)]
        if draw < 0.35 or not cases:
            self._mail()
        elif draw < 0.5 and waiting:
            self._hand_off(self._random.choice(waiting))
        elif draw < 0.75 and issued:
            self._crm_comment(self._random.choice(issued))
        elif draw < 0.9 and issued:
            self._jira_comment(self._random.choice(issued))
        elif self._reply_to_one():
            return
        else:
            self._mail()

    def _ours(self, case: Mapping[str, Any]) -> bool:
        return bool(case["Owner"] == ENGINEER and case["Status"] == "Routed")

    def _mark(self, kind: str) -> str:
        return f"{kind}{self.seed:03d}x{self.count:05d}"

    def _mail(self) -> None:
        mark, sender = self._mark("mail"), self._random.choice(CUSTOMERS)
        self.mails[mark] = sender
        self.stage.act(
            "mail",
            "deliver",
            **{"from": sender},
            subject=f"系统报错 {mark}",
            text=f"登录时系统报错，请排除故障。{mark}",
            charset=self._random.choice(_CHARSETS),
        )

    def _reply_to_one(self) -> bool:
        """Have a customer answer the last mail of the service, in its thread."""
        sender = self._random.choice(CUSTOMERS)
        if not self.stage.sandboxes["mail"].records().get(sender):
            return False
        mark = self._mark("reply")
        self.replies.append(mark)
        self.stage.act("mail", "reply", mailbox=sender, text=f"补充说明 {mark}", style="qq")
        return True

    def _hand_off(self, case: Mapping[str, Any]) -> None:
        self.handed.add(str(case["CaseNumber"]))
        fields = {
            "Handling_Method__c": "检查日志",
            "Handling_Result__c": "未能解决",
            "Open_Items__c": "原因不明",
            "Next_Handler__c": "研发部",
        }
        number = case["CaseNumber"]
        self.stage.act("salesforce", "update_case", case_number=number, fields=fields, by=ENGINEER)

    def _crm_comment(self, case: Mapping[str, Any]) -> None:
        mark, public = self._mark("crm"), self._random.random() < 0.3
        self.crm_comments[mark] = public
        number = case["CaseNumber"]
        text = f"工程师备注 {mark}"
        self.stage.act("salesforce", "comment", case=number, text=text, public=public, by=ENGINEER)

    def _jira_comment(self, case: Mapping[str, Any]) -> None:
        mark = self._mark("rnd")
        self.jira_comments.append(mark)
        key = case["Jira_Key__c"]
        self.stage.act(
            "jira_cloud", "comment", issue=key, text=f"研发意见 {mark}", author="chen.rd"
        )
