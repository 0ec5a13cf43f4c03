"""Intake by form, command and CRM, on the whole hub: nothing lost, nothing twice."""

from __future__ import annotations

import json
import re
import ssl
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from hub.core.store import inbox

CUSTOMER = "liu.yang@north-univ.example"
FILLED = {
    "subject": "教师无法登录", "customer_name": "北方大学", "contact_name": "刘洋",
    "contact_email": CUSTOMER, "description": "今天上午开始教师无法登录教学平台，页面提示 502",
    "product_version": "9.1",
}  # fmt: skip
LOG = "2026-11-25 错误：无法连接数据库\n".encode()


def _send(url: str, **changes: str) -> httpx.Response:
    """Fill in the form as a browser does, with a file of a Chinese name, and send it."""
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        page = client.get("/service").text
        nonce = re.findall(r'name="nonce" value="([^"]+)"', page)[0]
        data = {**FILLED, "nonce": nonce, **changes}
        files = [("files", ("服务器日志.txt", LOG, "text/plain"))]
        return client.post("/service?lang=zh", data=data, files=files)


def _ready(running: Any, wait: Any) -> str:
    """Wait until the hub knows the customers; give its address."""
    wait(lambda: not running.app._reception.ask(lambda c: inbox.unread(c, ["crm"])), "the start")
    return str(running.app.web.url)


def _rows(stage: Any, query: str) -> list[dict[str, Any]]:
    """Ask the CRM."""
    facts = stage.facts["salesforce"]
    trust = ssl.create_default_context(cafile=facts["ca_file"])
    headers = {"Authorization": f"Bearer {facts['access_token']}"}
    with httpx.Client(base_url=facts["url"], verify=trust, trust_env=False) as client:
        answer = client.get("/services/data/v59.0/query", params={"q": query}, headers=headers)
    return list(answer.raise_for_status().json()["records"])


def _files(stage: Any, case: str) -> list[tuple[str, int]]:
    links = _rows(
        stage,
        "SELECT ContentDocument.Title, ContentDocument.ContentSize, Visibility "
        f"FROM ContentDocumentLink WHERE LinkedEntityId = '{case}'",
    )
    assert all(link["Visibility"] == "AllUsers" for link in links)
    found = [link["ContentDocument"] for link in links]
    return [(each["Title"], each["ContentSize"]) for each in found]


def test_a_form_with_a_chinese_file_becomes_a_case_and_is_acknowledged(
    hub: Any, wait: Any, stage: Any
) -> None:
    """In the CRM with its customer and its file; the mail and the page tell its number."""
    running = hub()
    url = _ready(running, wait)

    answer = _send(url)

    assert answer.status_code == 303
    case = wait(lambda: running.case("教师无法登录"), "the case")
    wait(lambda: _files(stage, case["Id"]) == [("服务器日志", len(LOG))], "the file")
    (mail,) = wait(lambda: running.inbox(CUSTOMER), "the acknowledgement")
    assert case["CaseNumber"] in mail["text"]
    assert "产品版本" not in mail["text"]
    assert (case["Origin"], case["SuppliedEmail"]) == ("Web", CUSTOMER)
    assert case["AccountId"] is not None
    with httpx.Client(base_url=url, trust_env=False) as client:
        place = "/" + answer.headers["location"]
        wait(lambda: case["CaseNumber"] in client.get(place).text, "the number on the page")
    kept = "SELECT count(*) FROM files"
    left = running.app._reception.ask(lambda c: c.exec_driver_sql(kept).scalar_one())
    assert left == 0


def test_a_form_sent_twice_at_once_is_one_case(hub: Any, wait: Any, stage: Any) -> None:
    """A doubled click, or a proxy that sends again."""
    running = hub()
    url = _ready(running, wait)
    same = {"nonce": "abcdefghijklmnopqrst", "subject": "重复提交"}

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: _send(url, **same), range(4)))

    assert {answer.headers["location"] for answer in answers} == {answers[0].headers["location"]}
    case = wait(lambda: running.case("重复提交"), "the case")
    wait(lambda: _files(stage, case["Id"]), "the file")
    wait(lambda: running.inbox(CUSTOMER), "the acknowledgement")
    assert [c["Subject"] for c in running.cases()].count("重复提交") == 1
    assert len(_files(stage, case["Id"])) == 1
    assert len(running.inbox(CUSTOMER)) == 1


def test_a_form_that_was_accepted_survives_a_kill(process: Any, wait: Any, stage: Any) -> None:
    """Killed as soon as the answer is there, the hub makes the case in its next life."""
    process.start()
    process.wait_until_ready()
    ready = process.log.read_text(encoding="utf-8").split('"event":"hub.ready"')[-1]
    (url,) = re.findall(r'"web":"([^"]+)"', ready)

    answer = _send(url, subject="断电之前")
    process.kill()

    assert answer.status_code == 303
    process.start()

    def found() -> list[str]:
        cases = stage.records("salesforce", "cases")
        return [c["Id"] for c in cases if c["Subject"] == "断电之前"]

    (case,) = wait(found, "the case")
    wait(lambda: _files(stage, case) == [("服务器日志", len(LOG))], "the file")
    wait(lambda: stage.sandboxes["mail"].records().get(CUSTOMER), "the acknowledgement")
    assert len(found()) == 1


def _command(config: Path, *arguments: str) -> dict[str, Any]:
    line = [sys.executable, "-m", "hub", *arguments, "--config", str(config), "--json"]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    told: dict[str, Any] = json.loads(ended.stdout)
    return told


def test_a_likely_duplicate_is_proposed_and_joined_by_a_person(
    hub: Any, wait: Any, stage: Any
) -> None:
    """With its reason on the case; joined, it is closed and the first case takes it in."""
    running = hub()
    url = _ready(running, wait)
    _send(url)
    first = wait(lambda: running.case("教师无法登录"), "the first case")["CaseNumber"]
    wait(lambda: running.inbox(CUSTOMER), "the acknowledgement")

    _send(url, subject="无法登录", description="教师今天上午无法登录，提示 502 错误")
    second = wait(lambda: running.case("无法登录"), "the second case")
    bodies = "SELECT CommentBody FROM CaseComment WHERE ParentId = '{}' AND IsPublished = false"

    def comments(case: str) -> str:
        return "\n".join(row["CommentBody"] for row in _rows(stage, bodies.format(case)))

    wait(lambda: f"{first}《教师无法登录》：相似度" in comments(second["Id"]), "the proposal")
    assert running.case("无法登录")["Status"] != "Closed"
    number = second["CaseNumber"]
    _command(running.config, "case", "duplicate", number, "--of", first, "--accept")

    wait(lambda: running.case("无法登录")["Status"] == "Closed", "the end of the duplicate")
    joined = running.case("教师无法登录")["Id"]
    wait(lambda: f"问题 {number} 与本问题重复" in comments(joined), "the word on the first case")
    wait(
        lambda: any(first in m["text"] for m in running.inbox(CUSTOMER)[2:]), "the customer's mail"
    )
    why = _command(running.config, "why", number)
    rules = {d["why"].get("rule") for step in why["steps"] for d in step.get("decisions", [])}
    assert {"duplicates", "duplicate_accepted"} <= rules


def test_what_a_call_left_out_is_a_task_until_it_is_completed(
    hub: Any, wait: Any, stage: Any
) -> None:
    """`hub case new` by the desk; the task stands in the CRM and is done with the record."""
    running = hub()
    _ready(running, wait)

    _command(
        running.config, "case", "new", "--channel", "hotline", "--customer", "北方大学",
        "--contact", "刘洋", "--subject", "热线问题", "--description", "请问成绩册怎么导出",
    )  # fmt: skip

    case = wait(lambda: running.case("热线问题"), "the case")
    assert (case["Origin"], bool(case["AccountId"])) == ("Phone", True)
    tasks = f"SELECT Description, Status, Owner.Email FROM Task WHERE WhatId = '{case['Id']}'"
    (task,) = wait(lambda: _rows(stage, tasks), "the task")
    assert "尚缺：电话" in task["Description"]
    assert (task["Status"], task["Owner"]["Email"]) == ("Not Started", "zhang.min@vendor.example")
    stage.act(
        "salesforce", "update_case", id=case["Id"], fields={"SuppliedPhone": "010-62001102"},
        by="zhang.min@vendor.example",
    )  # fmt: skip
    wait(lambda: [row["Status"] for row in _rows(stage, tasks)] == ["Completed"], "its end")
