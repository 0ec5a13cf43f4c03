"""Counts, in what the three systems hold, what the traffic must have become."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from hub.testing.crash.traffic import Traffic
from hub.testing.stage import Stage

SERVICE: Final = "service@vendor.example"


def complaints(stage: Stage, traffic: Traffic) -> list[str]:
    """Give everything that is lost or doubled, in words; empty if all is well."""
    return [*_cases(stage, traffic), *_comments(stage, traffic), *_mails(stage, traffic)]


def _cases(stage: Stage, traffic: Traffic) -> Iterator[str]:
    cases = stage.records("salesforce", "cases")
    subjects = [str(case["Subject"]) for case in cases]
    yield from _each_once("mail", traffic.mails, subjects, "case")
    if len(cases) != len(traffic.mails):
        yield f"{len(traffic.mails)} mails became {len(cases)} cases"
    issues = stage.records("jira_cloud", "issues")
    summaries = Counter(str(issue["summary"]) for issue in issues)
    yield from (f"issue doubled: {text}" for text, count in summaries.items() if count > 1)
    keys = {issue["key"] for issue in issues}
    handed = [case for case in cases if case["CaseNumber"] in traffic.handed]
    for case in handed:
        if case["Jira_Key__c"] not in keys:
            yield f"hand-off of {case['CaseNumber']} has no issue"
    if len(issues) != len(traffic.handed):
        yield f"{len(traffic.handed)} hand-offs became {len(issues)} issues"


def _comments(stage: Stage, traffic: Traffic) -> Iterator[str]:
    in_crm = [str(c["CommentBody"]) for c in stage.records("salesforce", "comments")]
    in_jira = [str(c["text"]) for c in stage.records("jira_cloud", "comments")]
    yield from _each_once("CRM comment", traffic.crm_comments, in_crm, "CRM comment")
    yield from _each_once("CRM comment", traffic.crm_comments, in_jira, "JIRA comment")
    yield from _each_once("JIRA comment", traffic.jira_comments, in_jira, "JIRA comment")
    yield from _each_once("JIRA comment", traffic.jira_comments, in_crm, "CRM comment")
    yield from _each_once("reply", traffic.replies, in_crm, "CRM comment")


def _mails(stage: Stage, traffic: Traffic) -> Iterator[str]:
    boxes = stage.sandboxes["mail"].records()
    sent = [m for address, box in boxes.items() if address != SERVICE for m in box]
    sent = [mail for mail in sent if mail["from"] == SERVICE]
    seen = Counter((mail["message_id"], mail["to"]) for mail in sent)
    yield from (f"sent {count} times: {mail}" for mail, count in seen.items() if count > 1)
    numbers = {
        mark: str(case["CaseNumber"])
        for case in stage.records("salesforce", "cases")
        for mark in traffic.mails
        if mark in str(case["Subject"])
    }
    for mark, sender in traffic.mails.items():
        subject = [m["subject"] for m in boxes.get(sender, []) if mark in m["subject"]]
        if not subject:
            yield f"{mark}: no acknowledgement reached {sender} (case {numbers.get(mark)})"
    public = [mark for mark, is_public in traffic.crm_comments.items() if is_public]
    texts = [
        mail["text"] for address in set(traffic.mails.values()) for mail in boxes.get(address, ())
    ]
    yield from _each_once("public comment", public, texts, "mail to the customer")
    hidden = [*traffic.jira_comments, *(m for m, p in traffic.crm_comments.items() if not p)]
    for mark in hidden:
        if any(mark in text for text in texts):
            yield f"internal text reached a customer: {mark}"


def _each_once(what: str, marks: Iterable[str], texts: list[str], where: str) -> Iterator[str]:
    wanted = set(marks)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(mark for mark in wanted if mark in text)
    for mark in sorted(wanted):
        if counts[mark] != 1:
            yield f"{what} {mark} is {counts[mark]} times a {where}"
