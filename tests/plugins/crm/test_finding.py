"""Finding: was this effect already made by an earlier try?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hub_crm.connector import CrmConnector
from hub_crm.sandbox import SalesforceSandbox

from hub.connector import Outcome
from hub.errors import PreconditionFailedError, RetryableError
from hub.models import (
    AddComment,
    CreateRecord,
    Delivery,
    EditComment,
    Effect,
    InternalText,
    PublicText,
    Receipt,
    Ref,
    UpdateRecord,
)
from hub.sandbox import Fault
from hub.testing import FrozenClock

Made = Callable[..., Receipt]
Deliver = Callable[..., Outcome]
Connect = Callable[..., CrmConnector]
NEW = CreateRecord("case", {"subject": "登录失败", "owner": "wang.lei@vendor.example"})


def wanted(effect: Effect, key: str = "key-1", target: Ref | None = None) -> Delivery:
    """Make a delivery to look up."""
    return Delivery(key=key, item_id="ITEM", effect=effect, target=target)


def test_a_lost_answer_to_a_create_is_found_by_its_key(
    connector: CrmConnector, sandbox: SalesforceSandbox, deliver: Deliver
) -> None:
    """The line is cut after the case was made."""
    connector.describe()
    sandbox.faults.add(Fault(kind="drop_after", operation="PATCH *", times=1))

    outcome = deliver(connector, NEW)
    found = connector.find(wanted(NEW))

    assert isinstance(outcome, RetryableError)
    assert found is not None
    assert (found.found, found.fields["subject"]) == (True, "登录失败")
    assert len(sandbox.records()["cases"]) == 1


def test_a_create_that_never_arrived_is_not_found(
    connector: CrmConnector, sandbox: SalesforceSandbox, deliver: Deliver
) -> None:
    """The line is cut before: None is certain, and the next try makes one case."""
    connector.describe()
    sandbox.faults.add(Fault(kind="drop_before", operation="PATCH *", times=1))

    outcome = deliver(connector, NEW)

    assert isinstance(outcome, RetryableError)
    assert connector.find(wanted(NEW)) is None
    assert isinstance(deliver(connector, NEW), Receipt)
    assert len(sandbox.records()["cases"]) == 1


def test_a_key_is_told_apart_by_case(connector: CrmConnector, made: Made) -> None:
    """SOQL compares text without regard to case; a key is exact."""
    made(connector, NEW, "Key-A")

    assert connector.find(wanted(NEW, "key-a")) is None


def test_a_lost_comment_is_found_among_the_cases_comments(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made, deliver: Deliver
) -> None:
    """A comment has no field for a key: its mark is looked for, page after page."""
    ref = made(connector, NEW).ref
    assert ref is not None
    for number in range(2100):
        sandbox.act("comment", {"case": ref.id, "text": f"n{number}"})
    effect = AddComment(InternalText("内部"))
    sandbox.faults.add(Fault(kind="drop_after", operation="POST *sobjects*", times=1))

    outcome = deliver(connector, effect, "c1", ref)
    found = connector.find(wanted(effect, "c1", ref))

    assert isinstance(outcome, RetryableError)
    assert found is not None
    assert connector.find(wanted(effect, "c2", ref)) is None


def test_a_comment_just_tried_is_given_time_to_settle(
    connect: Connect, clock: FrozenClock, made: Made
) -> None:
    """The earlier call may still be at work: no is not said at once."""
    connector = connect(settle_seconds=5)
    ref = made(connector, NEW).ref
    delivery = Delivery(
        key="c1",
        item_id="ITEM",
        effect=AddComment(PublicText("x")),
        target=ref,
        tried_at=clock.now(),
    )

    with pytest.raises(RetryableError):
        connector.find(delivery)
    clock.advance(6)

    assert connector.find(delivery) is None


def test_an_update_is_found_by_its_outcome(connector: CrmConnector, made: Made) -> None:
    """An update was made if the record says all that it wanted."""
    ref = made(connector, NEW).ref
    update = UpdateRecord({"subject": "新标题", "owner": "Sun.Tao@vendor.example"})

    before = connector.find(wanted(update, "u1", ref))
    made(connector, update, "u1", ref)
    after = connector.find(wanted(update, "u1", ref))

    assert before is None
    assert after is not None
    assert after.found


def test_an_edit_is_found_by_text_and_side(connector: CrmConnector, made: Made) -> None:
    """An edited comment says the new text on the new side."""
    case = made(connector, NEW).ref
    comment = made(connector, AddComment(PublicText("公开")), "c1", case).ref
    edit = EditComment(InternalText("公开"))

    before = connector.find(wanted(edit, "e1", comment))
    made(connector, edit, "e1", comment)
    after = connector.find(wanted(edit, "e1", comment))

    assert before is None
    assert after is not None


def test_a_deleted_case_is_not_found(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """What lies in the recycle bin was undone by a person."""
    ref = made(connector, NEW).ref
    assert ref is not None
    sandbox.act("delete", {"id": ref.id})

    assert connector.find(wanted(NEW)) is None


def test_two_cases_of_one_key_are_a_persons_matter(
    connect: Connect, sandbox: SalesforceSandbox
) -> None:
    """A key field that is not unique can hold a key twice: nobody guesses."""
    connector = connect(key_field="Resolution__c")
    for _ in range(2):
        sandbox.act("create_case", {"fields": {"Resolution__c": "key-1"}})

    with pytest.raises(PreconditionFailedError):
        connector.find(wanted(NEW))


def test_what_has_no_target_was_not_made(connector: CrmConnector) -> None:
    """Without a record to look at there is nothing to find."""
    assert connector.find(wanted(UpdateRecord({"subject": "x"}))) is None
    assert connector.find(wanted(CreateRecord("contact"))) is None
