"""Bad input is a named dead letter or a precise error, and everything else goes on."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from hub.core import inquiry, log
from hub.sandbox import Fault


def letters(running: Any) -> list[inquiry.Letter]:
    """Give the open dead letters."""
    return running.app._reception.ask(inquiry.letters)


def test_an_unreadable_mail_is_a_named_dead_letter_and_does_not_stop_the_next(
    hub: Any, wait: Any
) -> None:
    """Bytes that are no mail are shown with their cause; the mail behind them becomes a case."""
    running = hub()
    garbage = base64.b64encode(b"\xff\xfe\x00\x01" * 500 + b"\r\nFrom \r\n\r\n\x00").decode()

    running.stage.act("mail", "deliver", raw=garbage)
    running.mail("之后的邮件")

    wait(lambda: running.case("之后的邮件"), "the next mail's case")
    (letter,) = wait(lambda: letters(running), "the dead letter")
    assert (letter.kind, letter.connector, letter.code) == ("record", "mail", "HUB-S-034")
    assert letter.cause
    assert letter.remedy
    assert len(running.cases()) == 1


def test_a_fifty_megabyte_mail_is_not_lost_and_blocks_nobody(hub: Any, wait: Any) -> None:
    """The mail becomes a case without its attachment; the next one follows."""
    running = hub()
    head = (
        b"From: liu.yang@north-univ.example\r\nTo: service@vendor.example\r\nSubject: huge\r\n"
        b"Message-ID: <huge@north-univ.example>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe system reports an error.\r\n--b\r\n"
        b'Content-Type: application/zip\r\nContent-Disposition: attachment; filename="a.zip"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    line = b"QUJD" * 18 + b"\r\n"
    huge = head + line * (50 * 1024 * 1024 // len(line)) + b"--b--\r\n"

    running.stage.act("mail", "deliver", raw=base64.b64encode(huge).decode())
    running.mail("后来")

    wait(lambda: running.case("后来"), "the next mail's case")
    case = wait(lambda: running.case("huge"), "the huge mail's case")
    assert "The system reports an error." in case["Description"]
    assert letters(running) == []


def test_a_case_without_contact_goes_to_the_desk(hub: Any, wait: Any) -> None:
    """A case entered in the CRM without contact or address is handled, and nobody is mailed."""
    running = hub()

    fields = {"Subject": "无联系人", "Origin": "Phone"}
    running.stage.act("salesforce", "create_case", fields=fields)
    running.mail("正常")

    wait(lambda: running.case("正常"), "the other case")
    wait(lambda: (running.case("无联系人") or {}).get("Status") == "Routed", "the routing")
    assert letters(running) == []


def test_a_project_without_the_needed_transition_is_a_named_dead_letter(
    hub: Any, wait: Any
) -> None:
    """Closing can not reach Closed: the letter names status and ways; other cases go on."""
    running = hub()
    running.mail("需要研发")
    case = wait(lambda: running.case("需要研发"), "the case")
    wait(lambda: (running.case("需要研发") or {}).get("Status") == "Routed", "the routing")
    fields = {
        "Handling_Method__c": "a",
        "Handling_Result__c": "b",
        "Open_Items__c": "c",
        "Next_Handler__c": "研发部",
    }
    number, engineer = case["CaseNumber"], "wang.lei@vendor.example"
    act = running.stage.act
    act("salesforce", "update_case", case_number=number, fields=fields, by=engineer)
    wait(lambda: (running.case("需要研发") or {}).get("Jira_Key__c"), "the issue")
    act("jira_cloud", "remove_transition", to="Closed")

    closed, specialist = {"Status": "Closed"}, "zhang.min@vendor.example"
    act("salesforce", "update_case", case_number=number, fields=closed, by=specialist)

    letter = wait(lambda: letters(running), "the dead letter")[0]
    assert letter.kind == "effect"
    assert "Closed" in letter.cause
    running.mail("另一个")
    wait(lambda: running.case("另一个"), "another case")


SECRETS = {
    "crm": "    client_secret: ${secret:salesforce.client_secret}\n",
    "rnd": "    token: ${secret:jira_cloud.api_token}\n",
    "mail": "      password: ${secret:mail.password}\n",
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_wrong_password_pauses_one_connector_alone(
    hub: Any, wait: Any, monkeypatch: Any, name: str
) -> None:
    """It is told once and shown by readiness, without the password; the others go on."""
    setting = SECRETS[name].partition(":")[0]
    monkeypatch.setenv("WRONG", "wr0ng-passw0rd")
    before = hub()
    wait(lambda: before.app.readiness().ready, "the time when all was well")
    before.app.stop()
    with log.capture() as events:
        running = hub(changes={SECRETS[name]: f"{setting}: {{env: WRONG}}\n"})
        health = running.app.health
        wait(lambda: health[name].state == "unauthorised", "the refusal")
        _go_on(running, name, wait)

    assert {n for n, each in health.items() if each.state == "ready"} == SECRETS.keys() - {name}
    told = [e for e in events if e["event"] == "connector.paused"]
    assert [name] == [each["connector"] for each in told]
    assert "wr0ng-passw0rd" not in f"{told} {running.app.readiness()}"


def _go_on(running: Any, without: str, wait: Any) -> None:
    """See the others work: what comes in by mail, or is entered in the CRM, is taken further."""
    if without == "mail":
        fields = {"Subject": "照常", "Origin": "Phone"}
        running.stage.act("salesforce", "create_case", fields=fields)
        wait(lambda: (running.case("照常") or {}).get("Status") == "Routed", "the routing")
        return
    running.mail("照常")
    if without == "rnd":
        wait(lambda: running.case("照常"), "the case")
    else:
        wait(lambda: running.app.backlog().outbox.get("crm"), "the case that waits for the CRM")


def test_a_peer_that_is_down_is_served_when_it_is_back(hub: Any, wait: Any) -> None:
    """While the CRM answers nothing, mails are taken in; when it is back, all cases are made."""
    running = hub()
    faults = running.stage.sandboxes["salesforce"].faults
    wait(lambda: running.app.health["crm"].state == "ready", "the start")
    number = faults.add(Fault(kind="drop_before"))
    for name in ("一", "二", "三"):
        running.mail(f"停机期间{name}")
    wait(lambda: running.app.health["crm"].state == "unavailable", "the outage")

    faults.clear(number)

    for name in ("一", "二", "三"):
        wait(lambda name=name: running.case(f"停机期间{name}"), "the case")
    assert [] == letters(running)
    assert len(running.cases()) == 3
