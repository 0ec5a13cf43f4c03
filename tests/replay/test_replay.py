"""The recorded past by another handbook: what differs, where, why; and nothing is touched."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from hub.core.replay import Report
from hub.core.replay.matters import tied
from hub.core.store import Database, schema
from hub.testing.history import History, Person

Replayed = Callable[..., Report]
ROUTE = "when: {issue_type: technical}\n      then: {role: support_engineer"
OTHER_ROUTE = "when: {issue_type: technical}\n      then: {role: consultant"


def live(history: History) -> dict[str, str]:
    """Live through a week: three cases that three rows decide on, one of them solved in time."""
    cases = {
        "urgent": history.enters("登录失败 报错"),
        "training": history.enters("申请培训"),
        "mailed": history.writes("系统安装问题 报错"),
    }
    history.hours(2)
    history.comments(cases["urgent"], "已在处理", public=True)
    history.edits(cases["urgent"], status="Resolved", handling_method="重启", handling_result="好")
    history.hours(7 * 24)
    return cases


def test_by_the_same_handbook_nothing_differs(history: History, replayed: Replayed) -> None:
    """Timers, echoes, receipts, reminders: all of it happens again, at the same times."""
    live(history)

    report = replayed()

    assert (3, 0, {}) == (report.cases, report.differing, report.counts)
    assert ([], 0) == (report.troubles, report.invented)
    assert sum(each.notices for each in report.load) > 10


def test_forms_and_likely_duplicates_are_gone_through_as_they_were(
    history: History, replayed: Replayed
) -> None:
    """What was compared then is gone through together, so that it is compared again."""
    began = history.clock.now()
    history.submits("教师无法登录", "今天上午教师无法登录，提示 502")
    history.hours(1)
    history.submits("无法登录", "教师今天上午无法登录，提示 502")
    history.submits("请安排培训", person=Person("li@fudan.example", "复旦大学"))
    history.hours(3)

    report = replayed()

    assert (report.cases, report.differing, report.troubles) == (3, 0, [])
    with history.session.read() as connection:
        groups = tied(connection, began, history.clock.now()).groups
    assert sorted(len(group.items) for group in groups) == [1, 2]


def test_a_changed_row_of_routing_concerns_the_cases_it_decides(
    history: History, replayed: Replayed, changed: Any
) -> None:
    """The technical case gets another owner; what other rows decide stays as it was."""
    live(history)

    report = replayed(changed("routing.yaml", ROUTE, OTHER_ROUTE))

    assert ["登录失败 报错"] == [case.fields["subject"] for case in report.differences]
    roles = [
        each.replayed.values
        for case in report.differences
        for each in case.differences
        if each.what == "role" and each.replayed
    ]
    assert [["consultant"]] == roles
    assert 2 == report.counts["assignment"]


@pytest.mark.parametrize(
    ("row", "asked", "role"),
    [
        ("technical", "technical", "support_engineer"),
        ("training", "training_request", "account_manager"),
        ("application", "application", "trainer"),
    ],
)
def test_exactly_the_cases_differ_that_the_changed_row_decided(
    history: History, replayed: Replayed, changed: Any, row: str, asked: str, role: str
) -> None:
    """The journal says of each case which row that was."""
    for number in range(3):
        for subject in ("登录失败 报错", "申请培训", "如何使用作业功能"):
            history.enters(subject, Person(f"li{number}@pku.example"))
            history.hours(0.2)
    with history.session.read() as connection:
        query = select(schema.journal.c.item_id, schema.journal.c.entry)
        entries = connection.execute(query).all()
    decided = {item for item, entry in entries if f'"rule":"{row}","source":"routing' in entry}

    old = f"when: {{issue_type: {asked}}}\n      then: {{role: {role}"
    report = replayed(changed("routing.yaml", old, old.replace(role, "consultant")))

    assert decided
    assert decided == {case.item for case in report.differences}


def test_a_difference_cites_the_rows_on_both_sides(
    history: History, replayed: Replayed, changed: Any
) -> None:
    """Each side names its rule, with file and line."""
    live(history)

    report = replayed(changed("routing.yaml", ROUTE, OTHER_ROUTE))

    case = report.differences[0]
    owner = next(each for each in case.differences if each.what == "owner")
    assert owner.recorded
    assert owner.replayed
    assert "technical" == owner.recorded.why.rule == owner.replayed.why.rule
    assert owner.replayed.why.source.startswith("routing.yaml:")


def test_what_the_hub_itself_had_written_is_no_news_in_a_replay(
    history: History, replayed: Replayed, changed: Any
) -> None:
    """The CRM shows the owner whom the record's hub had set: nobody chose them."""
    live(history)

    report = replayed(changed("routing.yaml", ROUTE, OTHER_ROUTE))

    owners = [
        each.replayed.values
        for case in report.differences
        for each in case.differences
        if each.what == "owner" and each.replayed
    ]
    assert [1] == [len(values) for values in owners]


def test_what_people_did_stays_done(history: History, replayed: Replayed, changed: Any) -> None:
    """Whoever took the case in the CRM has it in the replay as well."""
    case = history.enters("登录失败 报错")
    history.hours(1)
    history.edits(case, owner="sun.tao@vendor.example")
    history.hours(1)

    report = replayed(changed("routing.yaml", ROUTE, OTHER_ROUTE))

    (found,) = report.differences
    owner = next(each for each in found.differences if each.what == "owner")
    assert owner.recorded
    assert owner.replayed
    assert "sun.tao@vendor.example" == owner.recorded.values[-1] == owner.replayed.values[-1]
    assert owner.recorded.values[0] != owner.replayed.values[0]


def test_another_limit_moves_deadlines_and_rungs(
    history: History, replayed: Replayed, changed: Any
) -> None:
    """The timers of the other handbook fall due in virtual time, up to the end of the record."""
    live(history)
    row = "response: 8 bh\n        plan"

    report = replayed(changed("targets.yaml", row, row.replace("8 bh", "1 bh")))

    kinds = {each.kind for case in report.differences for each in case.differences}
    assert {"deadline", "escalation", "notice"} <= kinds
    (due,) = {
        each.way
        for case in report.differences
        for each in case.differences
        if each.what == "response_due"
    }
    assert "other" == due
    over = [
        each.replayed.at
        for case in report.differences
        for each in case.differences
        if (each.kind, each.what, each.way) == ("escalation", "response", "moved") and each.replayed
    ]
    assert over


def test_load_is_told_per_person_on_both_sides(
    history: History, replayed: Replayed, changed: Any
) -> None:
    """Who had how many cases, and who would."""
    live(history)

    report = replayed(changed("routing.yaml", ROUTE, OTHER_ROUTE))

    before = {each.person: each.cases for each in report.load if each.cases}
    after = {each.person: each.cases_replayed for each in report.load if each.cases_replayed}
    assert sum(before.values()) == sum(after.values()) == 3
    assert before != after


def test_only_cases_of_the_span_are_gone_through(history: History, replayed: Replayed) -> None:
    """What was opened before is left out, and so is what came after."""
    history.enters("登录失败")
    history.hours(24)
    since = history.clock.now()
    history.enters("安装报错")
    history.hours(24)
    until = history.clock.now()
    history.enters("升级报错")
    history.hours(24)

    assert [3, 2, 1] == [
        replayed().cases,
        replayed(since=since).cases,
        replayed(since=since, until=until).cases,
    ]


def test_an_answer_to_an_earlier_case_is_left_out(history: History, replayed: Replayed) -> None:
    """It belongs to what is not gone through; it opens nothing."""
    history.writes("登录失败")
    history.hours(1)
    since = history.clock.now() + timedelta(minutes=1)
    history.hours(1)
    first = history.mail.all("mail")[0]
    history.mail.create(
        "mail",
        {"from_email": "chen@pku.example", "subject": "Re: 登录失败", "message_id": "<9@x>"},
        text=first.text,
        mentions=(f"message-id:{first.fields['message_id']}",),
    )
    history.enters("安装报错")
    history.hours(1)

    report = replayed(since=since)

    assert (1, 0, 1) == (report.cases, report.differing, report.elsewhere)


def test_several_processes_share_the_work_and_none_of_the_rest(
    history: History, replayed: Replayed, changed: Any
) -> None:
    """Who has how many cases decides on the next: each share sees the others' as recorded."""
    for number in range(6):
        history.enters(f"报错 {number}", Person(f"li{number}@pku.example"))
        history.hours(1)
    draft = changed("routing.yaml", ROUTE, OTHER_ROUTE)

    same, other = replayed(processes=2), replayed(draft, processes=2)

    assert (6, 0) == (same.cases, same.differing)
    assert (6, 6) == (other.cases, other.differing)
    assert 6 == sum(each.cases_replayed for each in other.load)


def test_the_load_of_what_is_left_out_comes_from_the_record(
    history: History, replayed: Replayed
) -> None:
    """Turns go on where they stood, and who has earlier cases has less room for new ones."""
    for number in range(5):
        history.enters(f"报错 {number}", Person(f"li{number}@pku.example"))
        history.hours(1)
    since = history.clock.now()
    for number in range(5, 9):
        history.enters(f"报错 {number}", Person(f"li{number}@pku.example"))
        history.hours(1)

    report = replayed(since=since)

    assert (4, 0) == (report.cases, report.differing)


def test_a_replay_leaves_the_store_as_it_was(
    history: History, replayed: Replayed, changed: Any, tmp_path: Path
) -> None:
    """Not a byte of any table is another one."""
    live(history)
    before = _contents(tmp_path / "hub.db")

    replayed(changed("routing.yaml", ROUTE, OTHER_ROUTE))

    assert before == _contents(tmp_path / "hub.db")


def _contents(file: Path) -> str:
    copy = file.with_name("copy.db")
    for suffix in ("", "-wal"):
        if (source := Path(f"{file}{suffix}")).exists():
            shutil.copy(source, f"{copy}{suffix}")
    database = Database(f"sqlite:///{copy}")
    with database.session().read() as connection:
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'"))
        rows = [
            connection.execute(text(f"SELECT * FROM {name} ORDER BY 1")).all()
            for (name,) in names.all()
        ]
    database.close()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def test_the_store_itself_refuses_writes_while_it_is_read_only(database_url: str) -> None:
    """Were there a fault in the replay, the database would not let it through."""
    database = Database(database_url, read_only=True)
    session = database.session()

    with pytest.raises(DBAPIError) as refused, session.connection as connection:
        connection.execute(text("DELETE FROM journal"))

    assert "read" in str(refused.value.orig)
    session.close()
    database.close()
