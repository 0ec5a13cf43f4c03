"""A hand-off can be asked for on the CRM's record, by the command line, and by the API."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import httpx

ENGINEER = "wang.lei@vendor.example"
JIRA_HOOK = "    webhook_secret: {env: HUB_TEST_WEBHOOK_SECRET}\n"
TOKEN = "web:\n  token: {env: HUB_TEST_TOKEN}\n"


def routed(running: Any, wait: Any, subject: str) -> dict[str, Any]:
    """Have a customer write, and give the case that the engineer got."""
    running.mail(subject)
    found: dict[str, Any] = wait(lambda: running.case(subject), "the case")
    wait(lambda: running.inbox("liu.yang@north-univ.example"), "the acknowledgement")
    return found


def test_the_command_line_hands_a_case_to_rnd(hub: Any, wait: Any) -> None:
    """`hub handoff` leaves method, result and open items on the record and makes the issue."""
    running = hub()
    number = routed(running, wait, "命令行转交")["CaseNumber"]

    command = [
        sys.executable, "-m", "hub", "handoff", number, "--to", "rnd", "--method", "查日志",
        "--result", "未解决", "--open-items", "原因不明", "--by", ENGINEER,
        "--config", str(running.config), "--json",
    ]  # fmt: skip
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode == 0, ended.stderr
    key = wait(lambda: (running.case("命令行转交") or {}).get("Jira_Key__c"), "the issue")
    wait(lambda: (running.case("命令行转交") or {})["Status"] == "Waiting for R&D", "the state")
    case = running.case("命令行转交")
    assert "查日志" == case["Handling_Method__c"]
    assert [key] == [issue["key"] for issue in running.stage.records("jira_cloud", "issues")]


def test_the_api_hands_a_case_to_rnd_once(hub: Any, wait: Any, monkeypatch: Any) -> None:
    """The API needs its token; asking twice under one key makes one issue; `why` explains it."""
    monkeypatch.setenv("HUB_TEST_TOKEN", "s3cret-token")
    running = hub(changes={"web:\n": TOKEN})
    number = routed(running, wait, "接口转交")["CaseNumber"]
    url = f"{running.app.web.url}/api/items/{number}/handoff"
    wish = {"to": "研发部", "method": "a", "result": "b", "open_items": "c", "by": ENGINEER}
    headers = {"Authorization": "Bearer s3cret-token", "Idempotency-Key": "one"}

    with httpx.Client(trust_env=False) as client:
        refused = client.post(url, json=wish)
        taken = [client.post(url, json=wish, headers=headers) for _ in range(2)]

    assert refused.status_code == 401
    assert [answer.status_code for answer in taken] == [202, 202]
    wait(lambda: (running.case("接口转交") or {}).get("Jira_Key__c"), "the issue")
    wait(lambda: running.app.backlog().inbox == 0, "rest")
    assert 1 == len(running.stage.records("jira_cloud", "issues"))


def test_what_is_not_allowed_is_refused_with_its_rule(hub: Any, wait: Any) -> None:
    """R&D takes from the support engineer alone; `hub why` tells the rule's file and line."""
    running = hub()
    running.mail("申请培训", text="希望安排一次现场培训。")
    case = wait(lambda: running.case("申请培训"), "the case")
    fields = {
        "Handling_Method__c": "a",
        "Handling_Result__c": "b",
        "Open_Items__c": "c",
        "Next_Handler__c": "研发部",
    }
    number = case["CaseNumber"]
    running.stage.act(
        "salesforce", "update_case", case_number=number, fields=fields, by=case["Owner"]
    )
    wait(lambda: running.stage.records("salesforce", "comments"), "the refusal on the record")

    command = [sys.executable, "-m", "hub", "why", number, "--config", str(running.config)]
    told = subprocess.run(
        [*command, "--json"], capture_output=True, text=True, timeout=60, check=True
    )

    reasons = json.dumps(json.loads(told.stdout), ensure_ascii=False)
    assert "allowed_paths" in reasons
    assert "handoff.yaml:" in reasons
    assert [] == running.stage.records("jira_cloud", "issues")


def test_a_webhook_brings_a_comment_before_the_next_poll(
    hub: Any, wait: Any, monkeypatch: Any
) -> None:
    """JIRA's signed webhook makes the hub fetch at once; a forged one is refused."""
    monkeypatch.setenv("HUB_TEST_WEBHOOK_SECRET", "hush")
    changes = {"    search_lag_seconds: 0.5\n": f"    search_lag_seconds: 0.5\n{JIRA_HOOK}"}
    changes["  rnd:\n    plugin: jira\n    poll_seconds: 0.5\n"] = (
        "  rnd:\n    plugin: jira\n    poll_seconds: 600\n"
    )
    running = hub(changes=changes)
    number = routed(running, wait, "等待回复")["CaseNumber"]
    fields = {
        "Handling_Method__c": "a",
        "Handling_Result__c": "b",
        "Open_Items__c": "c",
        "Next_Handler__c": "研发部",
    }
    act = running.stage.act
    act("salesforce", "update_case", case_number=number, fields=fields, by=ENGINEER)
    key = wait(lambda: (running.case("等待回复") or {}).get("Jira_Key__c"), "the issue")
    facts = running.stage.facts["jira_cloud"]
    hook = {
        "name": "hub",
        "url": f"{running.app.web.url}/webhooks/rnd",
        "events": ["comment_created", "jira:issue_updated"],
        "secret": "hush",
    }
    with httpx.Client(trust_env=False, auth=(facts["email"], facts["api_token"])) as client:
        made = client.post(f"{facts['url']}/rest/webhooks/1.0/webhook", json=hook)
        forged = client.post(hook["url"], json={"x": 1}, headers={"X-Hub-Signature": "sha256=00"})

    act("jira_cloud", "comment", issue=key, text="请看这里", author="chen.rd")

    assert made.status_code in {200, 201}, made.text
    assert forged.status_code == 401
    comments = running.stage.records
    wait(
        lambda: [c for c in comments("salesforce", "comments") if "请看这里" in c["CommentBody"]],
        "the comment in the CRM",
    )
