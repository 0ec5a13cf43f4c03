"""Polling: by stamp and id, all kinds under one cursor, nothing lost and nothing told twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest
from hub_crm.connector import CrmConnector
from hub_crm.sandbox import SalesforceSandbox

from hub.errors import AuthenticationError, RateLimitedError, RejectedError
from hub.models import Change, InternalText, PublicText
from hub.sandbox import Fault
from hub.testing import FrozenClock

Read = Callable[..., tuple[list[Change], str]]
Connect = Callable[..., CrmConnector]


def open_case(sandbox: SalesforceSandbox, subject: str, **more: object) -> str:
    """Make a case as a person does."""
    return str(sandbox.act("create_case", {"fields": {"Subject": subject}, **more})["Id"])


def told(changes: list[Change], kind: str = "case") -> list[str]:
    """Give the ids of what was told of a kind."""
    return [change.ref.id for change in changes if change.ref.kind == kind]


def test_references_are_told_before_what_refers_to_them(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """Users, accounts, contacts, then cases, then comments."""
    case = open_case(sandbox, "登录失败")
    sandbox.act("comment", {"case": case, "text": "已受理", "public": True})

    changes, _ = read(connector)

    kinds = list(dict.fromkeys(change.ref.kind for change in changes))
    assert kinds == ["user", "account", "contact", "case", "case_comment"]
    assert all(c.reference == (c.ref.kind in {"user", "account", "contact"}) for c in changes)


def test_2500_cases_of_one_second_are_read_without_gap_or_repeat(
    connect: Connect, sandbox: SalesforceSandbox, read: Read
) -> None:
    """The stamp alone can not page: one second holds more than a page."""
    cases = [open_case(sandbox, f"n{number}") for number in range(2500)]

    changes, _ = read(connect(page_size=400))

    assert told(changes) == cases


def test_an_idle_poll_is_one_call_and_moves_no_cursor(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """All kinds are asked in one call; a cursor that tells nothing new is not stored anew."""
    _, cursor = read(connector)
    before = sandbox.calls

    page = connector.poll(cursor)

    assert (page.changes, page.cursor, page.more) == ((), cursor, False)
    assert sandbox.calls - before == 1


def test_a_record_saved_behind_the_place_read_is_told(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """Two cases change within one second, the one with the smaller id last."""
    first, second = open_case(sandbox, "a"), open_case(sandbox, "b")
    _, cursor = read(connector)
    sandbox.act("update_case", {"id": second, "fields": {"Subject": "b2"}})
    changes, cursor = read(connector, cursor)
    assert told(changes) == [second]

    sandbox.act("update_case", {"id": first, "fields": {"Subject": "a2"}})

    assert told(read(connector, cursor)[0]) == [first]


def test_a_commit_far_behind_is_found_by_the_sweep(
    connect: Connect, sandbox: SalesforceSandbox, read: Read, clock: FrozenClock
) -> None:
    """A long transaction commits rows stamped minutes ago."""
    connector = connect(sweep_seconds=60)
    _, cursor = read(connector)
    for _ in range(3):
        clock.advance(40)
        _, cursor = read(connector, cursor)

    late = open_case(sandbox, "late", stale_seconds=300)
    found: list[str] = []
    for _ in range(4):
        clock.advance(40)
        changes, cursor = read(connector, cursor)
        found += told(changes)

    assert found == [late]


def test_a_commit_far_behind_by_the_api_is_found_too(
    connect: Connect, sandbox: SalesforceSandbox, read: Read, clock: FrozenClock
) -> None:
    """The same, with the stamp moved beneath an API write."""
    connector = connect(sweep_seconds=0)
    _, cursor = read(connector)
    clock.advance(600)
    _, cursor = read(connector, cursor)
    sandbox.faults.add(Fault(kind="stale_commit", arguments={"seconds": 400}))
    connector._effects._client.call(
        "create", "sobjects/Case/", method="POST", json={"Subject": "late"}
    )

    changes, _ = read(connector, cursor)

    assert [change.fields["subject"] for change in changes] == ["late"]


def test_nothing_is_told_twice_while_the_hub_keeps_up(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read, clock: FrozenClock
) -> None:
    """The overlap is read again and again, and told once."""
    _, cursor = read(connector)
    case = open_case(sandbox, "once")
    found: list[str] = []
    for _ in range(6):
        changes, cursor = read(connector, cursor)
        found += told(changes)
        clock.advance(3)

    assert found == [case]


def test_a_page_that_the_hub_did_not_store_is_told_again(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """What was told is known only by the cursor that comes back."""
    _, cursor = read(connector)
    case = open_case(sandbox, "lost on the way to the store")

    first, _ = read(connector, cursor)
    again, _ = read(connector, cursor)

    assert told(first) == told(again) == [case]


def test_another_process_goes_on_from_the_cursor(
    connect: Connect, sandbox: SalesforceSandbox, read: Read
) -> None:
    """The cursor is all that is needed: a restart tells no old record as something new."""
    case = open_case(sandbox, "before")
    before, cursor = read(connect())
    versions = {(change.ref, change.version) for change in before}
    later = open_case(sandbox, "after")

    changes, _ = read(connect(), cursor)

    new = [c.ref.id for c in changes if (c.ref, c.version) not in versions]
    assert new == [later]
    assert case not in new


def test_edits_within_one_second_are_all_told(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """The stamp does not move; the content does."""
    case = open_case(sandbox, "v0")
    _, cursor = read(connector)
    subjects = []
    for number in range(1, 4):
        sandbox.act("update_case", {"id": case, "fields": {"Subject": f"v{number}"}})
        changes, cursor = read(connector, cursor)
        subjects += [change.fields["subject"] for change in changes]

    assert subjects == ["v1", "v2", "v3"]


def test_a_deleted_case_is_gone_and_comes_back(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """The recycle bin is read too; comments go with the case, and come back with it."""
    case = open_case(sandbox, "x")
    sandbox.act("comment", {"case": case, "text": "y"})
    _, cursor = read(connector)

    sandbox.act("delete", {"id": case})
    gone, cursor = read(connector, cursor)
    sandbox.act("undelete", {"id": case})
    back, _ = read(connector, cursor)

    assert {change.ref.kind: change.gone for change in gone} == {
        "case": True, "case_comment": True,
    }  # fmt: skip
    assert {change.ref.kind: change.gone for change in back} == {
        "case": False, "case_comment": False,
    }  # fmt: skip


def test_the_loser_of_a_merge_names_the_winner(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """Two contacts become one: the link can move."""
    one, two = (c["Id"] for c in sandbox.records()["contacts"][:2])
    _, cursor = read(connector)

    sandbox.act("merge", {"master": one, "loser": two})
    changes, _ = read(connector, cursor)

    lost = next(change for change in changes if change.ref.id == two)
    assert lost.gone
    assert lost.mentions == (f"ref:crm:contact:{one}",)


def test_a_field_hidden_overnight_does_not_stop_the_poll(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """Field-level security makes a field unknown to SOQL: it is read without it."""
    _, cursor = read(connector)
    sandbox.act("hide_field", {"object": "Case", "field": "Resolution__c"})
    open_case(sandbox, "still read")

    changes, _ = read(connector, cursor)

    (case,) = changes
    assert case.fields["subject"] == "still read"
    assert "resolution" not in case.fields


def test_comments_carry_their_side_and_author(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """What is not published is internal; the author is a person's address."""
    case = open_case(sandbox, "x")
    by = "wang.lei@vendor.example"
    sandbox.act("comment", {"case": case, "text": "内部分析", "by": by})
    sandbox.act("comment", {"case": case, "text": "请稍候", "public": True, "by": by})

    changes, _ = read(connector)

    texts = [change.text for change in changes if change.ref.kind == "case_comment"]
    assert texts == [InternalText("内部分析"), PublicText("请稍候")]
    assert {c.actor for c in changes if c.ref.kind == "case_comment"} == {by}


def test_reading_begins_where_the_settings_say(
    connect: Connect, sandbox: SalesforceSandbox, read: Read, clock: FrozenClock
) -> None:
    """Old cases stay where they are; references are read from the beginning."""
    open_case(sandbox, "old")
    clock.advance(timedelta(days=2))
    since = clock.now() - timedelta(days=1)
    new = open_case(sandbox, "new")

    changes, _ = read(connect(since=since))

    assert told(changes) == [new]
    assert told(changes, "contact")


def test_a_clock_that_runs_back_moves_no_cursor_back(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read, clock: FrozenClock
) -> None:
    """The place that was reached stays reached."""
    _, cursor = read(connector)
    clock.advance(100)
    open_case(sandbox, "a")
    _, cursor = read(connector, cursor)
    clock.jump(clock.now() - timedelta(hours=3))
    open_case(sandbox, "b")
    _, later = read(connector, cursor)

    assert msgspec.json.decode(later)["through"] >= msgspec.json.decode(cursor)["through"]


def test_a_cursor_that_is_none_is_refused(connector: CrmConnector) -> None:
    """A stored cursor of another form is an error for a person, not a silent new beginning."""
    with pytest.raises(RejectedError):
        connector.poll("not json")


def test_a_dead_session_does_not_move_the_cursor(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """After the trouble the poll goes on from where it was."""
    _, cursor = read(connector)
    case = open_case(sandbox, "meanwhile")
    number = sandbox.faults.add(Fault(kind="dead_session"))
    with pytest.raises(AuthenticationError):
        connector.poll(cursor)
    sandbox.faults.clear(number)

    assert told(read(connector, cursor)[0]) == [case]


def test_the_last_calls_of_the_day_are_left_to_effects(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read, clock: FrozenClock
) -> None:
    """Polling pauses when the budget runs out, looks again later, and goes on."""
    _, cursor = read(connector)
    used = sandbox.act("set_daily_limit", {"calls": 100_000})["used"]
    sandbox.act("set_daily_limit", {"calls": used + 1})
    _, cursor = read(connector, cursor)

    with pytest.raises(RateLimitedError) as caught:
        connector.poll(cursor)
    sandbox.act("set_daily_limit", {"calls": 100_000})
    clock.advance(caught.value.retry_after)

    assert connector.poll(cursor).changes == ()


def test_fetch_gives_what_is_there_and_what_is_gone(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """Records are fetched by id, of several kinds, in the order asked for."""
    kept, lost = open_case(sandbox, "kept"), open_case(sandbox, "lost")
    changes, _ = read(connector)
    refs = [change.ref for change in changes if change.ref.id in {kept, lost}]
    refs.append(next(change.ref for change in changes if change.ref.kind == "account"))
    sandbox.act("delete", {"id": lost})

    fetched = connector.fetch(refs)

    assert [item.ref for item in fetched] == refs
    gone = [isinstance(item, Change) and item.gone for item in fetched]
    assert gone == [False, True, False]


def test_a_purged_case_is_absent_when_fetched(
    connector: CrmConnector, sandbox: SalesforceSandbox, read: Read
) -> None:
    """What left the recycle bin is a plain absence."""
    open_case(sandbox, "x")
    changes, _ = read(connector)
    ref = next(change.ref for change in changes if change.ref.kind == "case")
    sandbox.act("delete", {"id": ref.id})
    sandbox.act("empty_recycle_bin", {})

    (change,) = connector.fetch([ref])

    assert isinstance(change, Change)
    assert change.gone
