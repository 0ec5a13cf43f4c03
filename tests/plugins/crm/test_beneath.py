"""Tasks and files beneath a case: made once, found by their key, shown to whom they may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hub_crm.connector import CrmConnector
from hub_crm.sandbox import SalesforceSandbox

from hub.connector import Outcome
from hub.errors import InvalidPayloadError, NotFoundError, RetryableError
from hub.models import AttachFile, Attachment, CreateRecord, Delivery, Receipt, Ref, UpdateRecord
from hub.sandbox import Fault
from hub.testing.clock import FrozenClock

Made = Callable[..., Receipt]
Deliver = Callable[..., Outcome]

FILE = AttachFile(
    file=Attachment(id="file-1", name="服务器日志.txt", media_type="text/plain", size=7),
    public=True,
)
TASK = CreateRecord(
    "task",
    {"subject": "补齐登记信息", "description": "尚缺：电话", "owner": "zhang.min@vendor.example",
     "closed": False},
)  # fmt: skip


@pytest.fixture
def case(connector: CrmConnector, made: Made) -> Ref:
    """Give a case of the CRM."""
    ref = made(connector, CreateRecord("case", {"subject": "登录失败"}), "case-key").ref
    assert ref is not None
    return ref


def _rows(salesforce: Any, query: str) -> list[dict[str, Any]]:
    return list(salesforce.query(query)["records"])


@pytest.mark.parametrize(("public", "shown"), [(True, "AllUsers"), (False, "InternalUsers")])
def test_a_file_stands_at_its_case_with_its_name_bytes_and_visibility(
    connector: CrmConnector, made: Made, case: Ref, salesforce: Any, public: bool, shown: str
) -> None:
    """Whether customers may see it is written and read back."""
    receipt = made(connector, AttachFile(file=FILE.file, public=public), "key-1", case)

    links = f"SELECT Visibility, ContentDocumentId FROM ContentDocumentLink WHERE LinkedEntityId = '{case.id}'"  # noqa: E501
    (link,) = _rows(salesforce, links)
    assert link["Visibility"] == shown
    assert receipt.ref is not None
    assert receipt.ref.kind == "file"
    version = salesforce.ContentVersion.get(receipt.ref.id)
    assert (version["Title"], version["FileExtension"]) == ("服务器日志", "txt")
    assert version["ContentSize"] == len("日志\n".encode())


def test_a_file_whose_answer_was_lost_is_found_by_its_key(
    connector: CrmConnector,
    deliver: Deliver,
    case: Ref,
    sandbox: SalesforceSandbox,
    salesforce: Any,
) -> None:
    """It is not attached twice."""
    sandbox.faults.add(Fault(kind="drop_after", operation="POST *ContentVersion*", times=1))
    lost = deliver(connector, FILE, "key-1", case)
    delivery = Delivery(key="key-1", item_id="ITEM", effect=FILE, target=case)

    found = connector.find(delivery)

    assert isinstance(lost, RetryableError)
    assert found is not None
    assert found.found
    links = f"SELECT Id FROM ContentDocumentLink WHERE LinkedEntityId = '{case.id}'"
    assert len(_rows(salesforce, links)) == 1


def test_what_was_not_made_is_not_found_but_only_after_a_while(
    connector: CrmConnector, case: Ref, clock: FrozenClock
) -> None:
    """The earlier call may still be at work."""
    just_now = Delivery(key="x", item_id="I", effect=FILE, target=case, tried_at=clock.now())
    before = clock.now() - timedelta(minutes=1)
    earlier = Delivery(key="x", item_id="I", effect=TASK, target=case, tried_at=before)

    with pytest.raises(RetryableError, match="may not have come to its end"):
        connector.find(just_now)
    assert connector.find(earlier) is None


def test_a_task_stands_at_its_case_and_is_found_changed_and_done(
    connector: CrmConnector, made: Made, case: Ref, salesforce: Any
) -> None:
    """It belongs to the desk's person; its key survives every change."""
    task = made(connector, TASK, "key-1", case).ref
    assert task is not None
    opened = salesforce.Task.get(task.id)

    changed = {"description": "尚缺：传真", "closed": False}
    made(connector, UpdateRecord(changed), "key-2", task)
    made(connector, UpdateRecord({"closed": True}), "key-3", task)

    done = salesforce.Task.get(task.id)
    assert (opened["Subject"], opened["Status"], opened["WhatId"]) == (
        "补齐登记信息", "Not Started", case.id,
    )  # fmt: skip
    owner = salesforce.User.get(opened["OwnerId"])
    assert owner["Email"] == "zhang.min@vendor.example"
    assert (done["Description"], done["Status"]) == ("尚缺：传真\n\n[hub:key-1]", "Completed")
    found = connector.find(Delivery(key="key-1", item_id="I", effect=TASK, target=case))
    assert found is not None
    assert found.ref == task


def test_what_no_task_has_is_refused(connector: CrmConnector, deliver: Deliver, case: Ref) -> None:
    """By its name, before anything is sent; a task that is gone is told as gone."""
    gone = Ref("crm", "task", "00T000000000000AAA")

    wrong = deliver(connector, CreateRecord("task", {"colour": "red"}), "k", case)
    absent = deliver(connector, UpdateRecord({"closed": True}), "k", gone)

    assert isinstance(wrong, InvalidPayloadError)
    assert isinstance(absent, NotFoundError)
