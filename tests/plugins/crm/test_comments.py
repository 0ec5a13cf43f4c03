"""Comments: their side is written and read back, their key is kept on the last line."""

from __future__ import annotations

from collections.abc import Callable

from hub_crm.connector import CrmConnector
from hub_crm.ids import make_id
from hub_crm.sandbox import SalesforceSandbox

from hub.connector import Outcome
from hub.errors import (
    NotFoundError,
    PreconditionFailedError,
)
from hub.models import (
    AddComment,
    CreateRecord,
    EditComment,
    InternalText,
    PublicText,
    Receipt,
    Ref,
)
from hub.sandbox import Fault

Connect = Callable[..., CrmConnector]
Deliver = Callable[..., Outcome]
Made = Callable[..., Receipt]

NEW = CreateRecord("case", {"subject": "课程平台无法登录 🚑", "description": "多行\n说明"})


def test_a_comment_is_published_only_if_its_text_is_public(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """Visibility is written always, and read back; the key stands on the last line."""
    ref = made(connector, NEW).ref

    made(connector, AddComment(InternalText("内部")), "c1", ref)
    made(connector, AddComment(PublicText("公开")), "c2", ref)

    assert [(c["CommentBody"], c["IsPublished"]) for c in sandbox.records()["comments"]] == [
        ("内部\n\n[hub:c1]", False),
        ("公开\n\n[hub:c2]", True),
    ]


def test_a_comment_that_became_public_is_an_alarm(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made, deliver: Deliver
) -> None:
    """If the system shows what was to be internal, a person must know."""
    ref = made(connector, NEW).ref
    sandbox.faults.add(Fault(kind="published", times=1))

    outcome = deliver(connector, AddComment(InternalText("内部")), "c1", ref)

    assert isinstance(outcome, PreconditionFailedError)
    assert "published" in str(outcome)


def test_an_edited_comment_keeps_its_key(
    connector: CrmConnector, sandbox: SalesforceSandbox, made: Made
) -> None:
    """The text changes, the mark stays, and the side is written again."""
    ref = made(connector, NEW).ref
    comment = made(connector, AddComment(PublicText("公开")), "c1", ref).ref

    made(connector, EditComment(InternalText("收回")), "c2", comment)

    (row,) = sandbox.records()["comments"]
    assert (row["CommentBody"], row["IsPublished"]) == ("收回\n\n[hub:c1]", False)


def test_an_edit_of_a_lost_comment_is_not_found(connector: CrmConnector, deliver: Deliver) -> None:
    """A comment that is not there can not be edited."""
    target = Ref("crm", "case_comment", make_id("00a", 10**9))

    assert isinstance(deliver(connector, EditComment(PublicText("x")), "c", target), NotFoundError)
