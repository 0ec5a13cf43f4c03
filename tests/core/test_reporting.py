"""Summaries are mailed once for each period, by whichever process comes first."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.core import inquiry
from hub.core.entries import ChangeEntry, Decision
from hub.core.reporting import Reporter, summary_of
from hub.core.store import Database, history, items, journal, outbox
from hub.core.store.codec import encode, shard_of
from hub.handbook import Handbook, load_handbook
from hub.models import InternalText, Item, SendNotice, Why
from hub.reports import period_of
from hub.testing.clock import FrozenClock
from tests.reports.histories import WEEK, History, made_up

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
MONDAY = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)
NAME = "report:weekly:2026-W10"


@pytest.fixture(scope="module")
def handbook() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(SHIPPED)


def stored(database: Database, made: History) -> None:
    """Write a history into the store, as the engine would: items, and what was set on them."""
    session = database.session()
    with session.write("history") as connection:
        items.save_items(connection, [(item, shard_of(item.id)) for item in made.items])
        for move in made.moves:
            decision = Decision(
                plugin="test", action="set", fields={move.field: move.value}, why=Why(plugin="t")
            )
            entry = ChangeEntry(change="c", version="1", outcome="merged", decisions=[decision])
            writing = journal.Writing("t", move.item, "change", encode(entry))
            journal.append(connection, [writing], move.at)
    session.close()


def mails(database: Database, name: str = NAME) -> list[SendNotice]:
    """Give the mails that are wanted for a summary."""
    session = database.session()
    with session.read() as connection:
        found = [entry.command.effect for entry in outbox.entries_of_item(connection, name)]
    session.close()
    return [effect for effect in found if isinstance(effect, SendNotice)]


def test_the_store_s_summary_is_that_of_the_history(database: Database, handbook: Handbook) -> None:
    """Read from items and journal, the figures are those tallied when it was made up."""
    made = made_up(handbook, 3, 50)
    stored(database, made)

    session = database.session()
    with session.read() as connection:
        summary = summary_of(connection, handbook, WEEK)
    session.close()

    for name in ("opened", "resolved", "closed", "open", "reopened", "hand_offs", "missed"):
        assert made.tally[name] == getattr(summary.total, name), name


def test_a_summary_goes_to_each_who_holds_a_role_with_page_and_sheet(
    database: Database, handbook: Handbook
) -> None:
    """It is internal, and explained: which row of the handbook wanted it."""
    stored(database, made_up(handbook, 3, 50))
    session = database.session()

    made = Reporter(handbook, FrozenClock(MONDAY)).step(session)

    sent = mails(database)
    with session.read() as connection:
        told = inquiry.explain(connection, NAME)
    session.close()
    assert 2 == made  # the week's, and February's, which is missing yet
    assert {("zhang.min@vendor.example",), ("zhou.jing@vendor.example",)} == {m.to for m in sent}
    assert all(isinstance(mail.text, InternalText) for mail in sent)
    assert all("客户问题周报 2026-W10" == mail.subject for mail in sent)
    assert all("</html>" in mail.html for mail in sent)
    assert {"weekly-2026-W10.xlsx"} == {mail.files[0].name for mail in sent}
    assert told is not None
    assert {"reports.yaml:9"} == {
        decision.why.source for step in told.steps for decision in step.decisions
    }


def test_it_is_mailed_once_however_often_and_wherever_one_looks(
    database: Database, handbook: Handbook
) -> None:
    """A restart forgets what the process knew, but not what the store does."""
    stored(database, made_up(handbook, 3, 20))
    session = database.session()
    first = Reporter(handbook, FrozenClock(MONDAY))
    first.step(session)
    before = mails(database)

    again = first.step(session)
    restarted = Reporter(handbook, FrozenClock(MONDAY + timedelta(days=2))).step(session)

    session.close()
    assert (0, 0) == (again, restarted)
    assert before == mails(database)


def test_of_two_processes_at_once_one_mails_it(database: Database, handbook: Handbook) -> None:
    """Both compile it; the store takes the item of one."""
    stored(database, made_up(handbook, 3, 20))
    begin, made = threading.Barrier(2), list[int]()

    def work() -> None:
        session = database.session()
        reporter = Reporter(handbook, FrozenClock(MONDAY))
        begin.wait(30)
        made.append(reporter.step(session))
        session.drop()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert 2 == sum(made)
    assert 2 == len(mails(database))


def test_it_waits_for_its_hour(database: Database, handbook: Handbook) -> None:
    """A minute before nine the week before is the latest that is due."""
    stored(database, made_up(handbook, 3, 20))
    session = database.session()
    clock = FrozenClock(MONDAY - timedelta(minutes=1))
    reporter = Reporter(handbook, clock)
    reporter.step(session)
    early = mails(database)

    clock.advance(60)
    reporter.step(session)

    session.close()
    assert ([], 2) == (early, len(mails(database)))


def test_a_new_store_has_nothing_to_tell_of_the_time_before_it(
    database: Database, handbook: Handbook
) -> None:
    """Who starts the hub on a Wednesday gets no empty summary of last week."""
    session = database.session()
    with session.write("a case") as connection:
        opened = FrozenClock(MONDAY + timedelta(days=1)).now()
        history.add_item(connection, Item(id="A", kind="case", fields={}, opened_at=opened), 1)

    made = Reporter(handbook, FrozenClock(MONDAY + timedelta(days=2))).step(session)

    session.close()
    assert 0 == made


def test_after_a_long_rest_the_latest_period_alone_is_made_up_for(
    database: Database, handbook: Handbook
) -> None:
    """Nobody wants four old summaries on one morning."""
    stored(database, made_up(handbook, 3, 20))
    session = database.session()

    Reporter(handbook, FrozenClock(MONDAY + timedelta(weeks=4, days=1))).step(session)

    session.close()
    latest = period_of("week", "2026-W14")
    assert ([], 2) == (mails(database), len(mails(database, f"report:weekly:{latest}")))
