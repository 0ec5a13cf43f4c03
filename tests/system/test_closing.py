"""The end of a case on the whole hub: by real mail, and by the pages behind the links in it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

ADDRESS = "web:\n  port: ${hub.port}"
CUSTOMER = "liu.yang@north-univ.example"
LINK = re.compile(r"http://127\.0\.0\.1:1(/c/\S+)")


@pytest.fixture
def solved(hub: Any, wait: Any, tmp_path: Any) -> Any:
    """A hub with one case that was solved; customers reach it under an address of its own."""
    key = tmp_path / "links.key"
    key.write_text("a key that nobody knows", encoding="utf-8")
    web = f"{ADDRESS}\n  public_url: http://127.0.0.1:1\n  token: {{file: {key}}}"
    running = hub(changes={ADDRESS: web})
    running.mail("登录", "登录页面打不开，老师无法登录，请尽快处理。")
    case = wait(lambda: running.case("登录"), "the case")
    fields = {"Status": "Resolved", "Solution__c": "请升级到 9.1.2。"}
    running.stage.act("salesforce", "update_case", id=case["Id"], fields=fields)
    wait(lambda: mailed(running, "已解决"), "the mail about the solution")
    return running


def mailed(hub: Any, words: str, to: str = CUSTOMER) -> str:
    """Give the text of the last mail to somebody that has some words."""
    found = [mail["text"] for mail in hub.inbox(to) if words in mail["text"]]
    return found[-1] if found else ""


def status(hub: Any, wanted: str) -> bool:
    """Say whether the case has a status in the CRM."""
    return bool(hub.case("登录")["Status"] == wanted)


def look(url: str) -> httpx.Response:
    """Get a page."""
    return httpx.get(url, trust_env=False)


def answer(url: str, data: dict[str, str]) -> httpx.Response:
    """Send a page's form."""
    return httpx.post(url, data=data, trust_env=False)


def page(hub: Any, text: str) -> str:
    """Give where the link in a mail leads on the hub's own server."""
    found = LINK.search(text)
    assert found, text
    return f"{hub.app.web.url}{found.group(1)}"


def test_a_customer_confirms_and_rates_behind_the_links(solved: Any, wait: Any) -> None:
    """Looking changes nothing; the button closes; the stars stand on the CRM's case."""
    confirm = page(solved, mailed(solved, "已解决"))
    looked = look(confirm)
    assert "请升级到 9.1.2。" in looked.text
    assert status(solved, "Resolved")

    answer(confirm, data={"choice": "confirmed"})
    wait(lambda: status(solved, "Closed"), "the end")
    rate = page(solved, wait(lambda: mailed(solved, "1 至 5"), "the question"))
    asked = look(rate)
    answer(rate, data={"choice": "rated", "rating": "2", "remark": "太慢 <b>"})
    wait(lambda: solved.case("登录").get("Satisfaction__c") == "2", "the rating")

    assert "confirmed" == solved.case("登录")["Close_Reason__c"]
    assert 5 == asked.text.count('type="radio"')
    wait(lambda: mailed(solved, "太慢 <b>", "zhou.jing@vendor.example"), "the notice")
    assert "没有需要您确认的内容" in look(confirm).text
    feedback = page(solved, wait(lambda: mailed(solved, "反馈", "li.qiang@vendor.example"), "it"))
    assert "已收到" in answer(feedback, data={"choice": "feedback", "remark": "满意"}).text
    wait(lambda: commented(solved, "满意"), "the feedback on the case")


def test_a_link_that_is_not_ours_opens_nothing(solved: Any) -> None:
    """Another purpose, another case, another round, another sign: all are refused alike."""
    link = page(solved, mailed(solved, "已解决"))
    base, purpose, item, round_, sign = link.rsplit("/", 4)
    others = [
        (base, "rate", item, round_, sign),
        (base, purpose, item[::-1], round_, sign),
        (base, purpose, item, "1", sign),
        (base, purpose, item, round_, sign[::-1]),
    ]

    refused = [answer("/".join(other), data={"choice": "confirmed"}) for other in others]
    wrong = answer(link, data={"choice": "rated", "rating": "5"})

    assert [404] * 4 == [each.status_code for each in refused]
    assert "请升级到 9.1.2。" in wrong.text
    assert status(solved, "Resolved")


@pytest.mark.parametrize(
    ("text", "wanted"), [("问题解决了，谢谢。", "Closed"), ("还是不行。", "Reopened")]
)
def test_a_customer_s_mail_closes_or_reopens(
    solved: Any, wait: Any, text: str, wanted: str
) -> None:
    """By what it says; the other words are tried in the handbook's examples."""
    subject = solved.inbox(CUSTOMER)[-1]["subject"]

    solved.mail(subject, text)

    wait(lambda: status(solved, wanted), wanted)


def commented(hub: Any, words: str) -> bool:
    """Say whether a comment of the CRM has some words."""
    return any(words in row["CommentBody"] for row in hub.stage.records("salesforce", "comments"))
