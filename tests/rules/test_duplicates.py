"""Facts about duplicates: proposed with their reason, and joined by people alone."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from hub.handbook import Handbook
from hub.models import AddComment, Event, InternalText, Item, Proposal
from hub.rules.duplicates import DuplicateRules

OPENED = Event(name="item_opened")
FIRST = "ABCDEFGHJKLMNPQA"


@pytest.fixture
def rules(handbook: Handbook) -> DuplicateRules:
    """Give the rules under test."""
    return DuplicateRules(handbook)


def _first(make: SimpleNamespace, **fields: Any) -> Item:
    given = {
        "subject": "教师无法登录", "description": "今天上午开始无法登录，提示 502",
        "case_number": "00000900", **fields,
    }  # fmt: skip
    return make.item(FIRST, **given)


def _again(make: SimpleNamespace, **fields: Any) -> Item:
    given = {"subject": "无法登录", "description": "老师们今天上午无法登录，提示502错误", **fields}
    return make.item(**given)


def _proposals(make: SimpleNamespace, actions: Any) -> list[Proposal]:
    return [Proposal.parse(text) for text in make.sets(actions).get("duplicates", [])]


def test_an_open_case_that_reads_alike_is_proposed_with_its_reason(
    rules: DuplicateRules, make: SimpleNamespace
) -> None:
    """Which case, which score, which words: on the item, and as an internal comment."""
    context = replace(make.context(), open_cases=(_first(make),))

    actions = rules.hub_react(_again(make), OPENED, context)

    (found,) = _proposals(make, actions)
    assert (found.item, found.number, found.thread) == (FIRST, "00000900", False)
    assert found.score >= 55
    assert "今天上午" in found.words
    (comment,) = make.effects(actions, AddComment)
    assert isinstance(comment.text, InternalText)
    assert "00000900《教师无法登录》：相似度" in comment.text.text


@pytest.mark.parametrize(
    "other",
    [
        {"subject": "请安排现场培训", "description": "下月需要培训二十名教师"},
        {"state": "closed"},
    ],
)
def test_another_matter_or_a_closed_case_is_not_proposed(
    rules: DuplicateRules, make: SimpleNamespace, other: dict[str, str]
) -> None:
    """Nothing is merged or hinted at by guess."""
    context = replace(make.context(), open_cases=(_first(make, **other),))

    assert rules.hub_react(_again(make), OPENED, context) == []


def test_an_old_case_is_not_proposed(rules: DuplicateRules, make: SimpleNamespace) -> None:
    """What was opened longer ago than the handbook says is another matter."""
    old = replace(_first(make), opened_at=make.now - timedelta(days=61))
    context = replace(make.context(), open_cases=(old,))

    assert rules.hub_react(_again(make), OPENED, context) == []


def test_citing_the_first_case_speaks_for_it(rules: DuplicateRules, make: SimpleNamespace) -> None:
    """A mail of the same thread needs less likeness."""
    first = _first(make, subject="登录", description="账号问题")
    mail = _again(make, subject="登录账号", description="同前，还是登录不了")

    silent = rules.hub_react(mail, OPENED, replace(make.context(), open_cases=(first,)))
    citing = rules.hub_react(mail, OPENED, make.context(related=[first]))

    assert silent == []
    (found,) = _proposals(make, citing)
    assert found.thread


def test_the_same_inputs_give_the_same_proposals(
    rules: DuplicateRules, make: SimpleNamespace
) -> None:
    """Whatever the order in which the store gave the candidates; the best come first."""
    others = tuple(
        replace(
            _first(make, description=f"今天上午无法登录{'，提示 502' * (n % 3)}"), id=f"CASE{n}"
        )
        for n in range(6)
    )

    one = rules.hub_react(_again(make), OPENED, replace(make.context(), open_cases=others))
    other = rules.hub_react(_again(make), OPENED, replace(make.context(), open_cases=others[::-1]))

    found = _proposals(make, one)
    assert found == _proposals(make, other)
    assert len(found) == 3
    assert [x.score for x in found] == sorted((x.score for x in found), reverse=True)


def test_what_was_refused_is_not_proposed_again(
    rules: DuplicateRules, make: SimpleNamespace
) -> None:
    """A person's no holds."""
    proposal = str(Proposal(item=FIRST, score=80))
    item = _again(make, duplicates=[proposal])
    event = Event(name="duplicate_refused", data={"of": FIRST, "by": "zhang.min"})

    sets = make.sets(rules.hub_react(item, event, make.context()))

    assert sets == {"duplicates": [], "not_duplicates": [FIRST]}
    refused = _again(make, **sets)
    context = replace(make.context(), open_cases=(_first(make),))
    assert rules.hub_react(refused, OPENED, context) == []


def test_an_accepted_duplicate_is_closed_in_favour_of_the_first(
    rules: DuplicateRules, make: SimpleNamespace
) -> None:
    """It names the first case, by the number that the customer knows."""
    data = {"of": FIRST, "number": "00000900", "by": "zhang.min", "reason": "同一故障"}
    event = Event(name="duplicate_accepted", data=data)

    actions = rules.hub_react(_again(make), event, make.context())

    sets = make.sets(actions)
    assert (sets["state"], sets["close_reason"]) == ("closed", "duplicate")
    assert sets["duplicate_of"] == "00000900"
    (comment,) = make.effects(actions, AddComment)
    assert "zhang.min 确认本问题与 00000900 重复" in comment.text.text


def test_the_first_case_takes_in_what_the_duplicate_says(
    rules: DuplicateRules, make: SimpleNamespace
) -> None:
    """And who wrote it may answer from now on."""
    data = {
        "item": "X", "number": "00000901", "subject": "又登录不了", "description": "提示 502",
        "by": "zhang.min", "contact_email": "wu@pku.edu.cn",
    }  # fmt: skip
    event = Event(name="duplicate_joined", data=data)

    actions = rules.hub_react(_first(make), event, make.context())

    (comment,) = make.effects(actions, AddComment)
    assert "00000901" in comment.text.text
    assert "又登录不了" in comment.text.text
    assert make.sets(actions)["participants"] == ["chen@pku.edu.cn", "wu@pku.edu.cn"]


def test_a_duplicate_that_is_taken_up_again_is_a_matter_of_its_own(
    rules: DuplicateRules, make: SimpleNamespace
) -> None:
    """Its customer said so."""
    event = Event(name="fields_changed", before={"state": "closed"})

    sets = make.sets(rules.hub_react(_again(make, duplicate_of="1"), event, make.context()))

    assert sets == {"duplicate_of": None}
