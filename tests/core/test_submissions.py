"""Submissions: in the store with their files before anybody hears of it, and once for each key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hub.core.store import Database, Session, files, inbox
from hub.core.store.codec import decode_change
from hub.core.submissions import FileIn, NewCase, Submissions, clean, reference_of, standing
from hub.errors import InvalidPayloadError
from hub.handbook import Handbook, load_handbook
from hub.models import Change, PublicText
from hub.testing.clock import FrozenClock, SeededIds

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
CASE = NewCase(
    channel="platform",
    subject="教师无法登录",
    description="今天上午\x00起，提示 502\r\n\u202e请处理",
    customer_name="北方大学",
    contact_email="Liu.Yang@North-Univ.example",
    attachments=[FileIn(name="C:\\屏幕\\日志.txt", content="错误".encode())],
    key="form:1",
)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """Give a session on a fresh store."""
    opened = database.session()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def handbook() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(SHIPPED)


@pytest.fixture
def submissions(session: Session, handbook: Handbook) -> Submissions:
    """Give the door to the store."""
    return Submissions(session, FrozenClock(), SeededIds(), handbook)


def _kept(session: Session) -> list[Change]:
    with session.read() as connection:
        return [decode_change(row.payload) for row in inbox.take_waiting(connection, 10)]


def test_a_submission_is_in_the_store_with_its_files(
    submissions: Submissions, session: Session
) -> None:
    """As a change like any other, its texts free of what no text should hold."""
    taken = submissions.take(CASE)

    (change,) = _kept(session)
    assert (str(change.ref), taken.item) == (f"hub:submission:{taken.reference}", "")
    assert change.text == PublicText("今天上午起，提示 502\n请处理")
    assert change.fields["language"] == "zh"
    assert "email:liu.yang@north-univ.example" in change.mentions
    assert "domain:north-univ.example" in change.mentions
    assert "name:北方大学" in change.mentions
    (file,) = change.attachments
    assert (file.name, file.media_type, file.size) == ("日志.txt", "text/plain", 6)
    with session.read() as connection:
        assert files.content(connection, file.id) == "错误".encode()
        assert files.content(connection, "none") is None


def test_the_same_key_once_more_changes_nothing(submissions: Submissions, session: Session) -> None:
    """A doubled click, a lost answer, a browser that goes back and sends again."""
    first = submissions.take(CASE)

    again = submissions.take(replace(CASE, subject="changed meanwhile"))
    other = submissions.take(replace(CASE, key="form:2"))

    assert again == first
    assert other.reference != first.reference
    assert [x.fields["subject"] for x in _kept(session)] == ["教师无法登录", "教师无法登录"]


def test_a_reference_tells_that_a_submission_is_kept(
    submissions: Submissions, session: Session
) -> None:
    """Also before it has become a case; what nobody sent is not known."""
    taken = submissions.take(CASE)

    assert standing(session, taken.reference) == taken
    assert standing(session, reference_of("form:never")) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channel": "pigeon"}, "channel"),
        ({"subject": "", "description": " \x07 "}, "description"),
        ({"contact_email": "liu.yang"}, "contact_email"),
        ({"contact_phone": "<b>"}, "contact_phone"),
        ({"issue_type": "magic"}, "issue_type"),
        ({"severity": "whatever"}, "severity"),
        ({"customer_name": "x" * 201}, "customer_name"),
        ({"attachments": [FileIn(name="a.exe", content=b"MZ")]}, "files"),
        ({"attachments": [FileIn(name="a.png", content=b"MZ\x00")]}, "files"),
        ({"attachments": [FileIn(name="a.txt", content=b"MZ\x00")]}, "files"),
        ({"attachments": [FileIn(name="a.txt", content=b"")]}, "files"),
        ({"attachments": [FileIn(name="a", content=b"x")]}, "files"),
        ({"attachments": [FileIn(name="a.txt", content=b"x" * 11_000_000)]}, "files"),
        ({"attachments": [FileIn(name="a.txt", content=b"x")] * 6}, "files"),
        ({"received_at": FrozenClock().now() + timedelta(hours=1)}, "received_at"),
    ],
)
def test_what_can_not_be_a_case_is_refused_by_its_field(
    submissions: Submissions, session: Session, changes: dict[str, object], field: str
) -> None:
    """And nothing of it is kept."""
    with pytest.raises(InvalidPayloadError) as caught:
        submissions.take(replace(CASE, **changes))

    assert caught.value.field == field
    assert _kept(session) == []


def test_what_a_colleague_records_may_lack_what_they_do_not_know(
    submissions: Submissions,
) -> None:
    """A call is recorded as it was; what is missing becomes a task."""
    assert submissions.faults(NewCase(channel="hotline", description="不能登录")) == []


def test_texts_lose_controls_and_turned_writing() -> None:
    """And halves of pairs that no database takes."""
    assert clean(" a\x00b\u202ec\r\nd\ud800 ") == "abc\nd?"
