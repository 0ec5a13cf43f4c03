"""A record that vanishes without a word: no poll and no webhook tells, and the hub finds out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

FOUR_ITEMS = {
    "Handling_Method__c": "看了日志",
    "Handling_Result__c": "未解决",
    "Open_Items__c": "原因不明",
    "Next_Handler__c": "研发部",
}


def test_a_deleted_issue_is_missed_and_told_on_its_case(hub: Any, wait: Any) -> None:
    """JIRA has no list of deletions: the issue is missed on the round, the case says so."""
    running = hub()
    act = running.stage.act
    running.mail("将被删除")
    case = wait(lambda: running.case("将被删除"), "the case")
    wait(lambda: (running.case("将被删除") or {}).get("Status") == "Routed", "the routing")
    number, engineer = case["CaseNumber"], "wang.lei@vendor.example"
    act("salesforce", "update_case", case_number=number, fields=FOUR_ITEMS, by=engineer)
    key = wait(lambda: (running.case("将被删除") or {}).get("Jira_Key__c"), "the issue")

    act("jira_cloud", "delete_issue", issue=key)
    running.app._scheduler.get_job("round rnd").modify(next_run_time=datetime.now(UTC))

    def told() -> list[str]:
        comments = running.stage.records("salesforce", "comments")
        return [each["CommentBody"] for each in comments if key in each["CommentBody"]]

    wait(lambda: [text for text in told() if "删除" in text], "the word on the case")
