"""Inbox and outbox: each change once, each effect in order, nothing forgotten."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from hub.core.store import Database, Session, dead, inbox, outbox, overview, schema
from hub.core.store.codec import decode_change, shard_of
from hub.core.store.schema import InboxState, OutboxState
from hub.models import Change, Command, Receipt, Ref, Unreadable, UpdateRecord, Why
from hub.testing.clock import EPOCH

LATER = EPOCH + timedelta(minutes=1)


@pytest.fixture
def session(database: Database) -> Any:
    """Give a session on the store."""
    made = database.session()
    yield made
    made.close()


def seen(record: str, version: str = "1", **given: Any) -> Change:
    """Make a change of a case."""
    return Change(ref=Ref("crm", "case", record), version=version, seen_at=EPOCH, **given)


def put(session: Session, *changes: Change, shard: int = 0) -> int:
    """Put changes into the inbox."""
    with session.write("test") as connection:
        return inbox.add_changes(connection, [inbox.inbox_row(c, shard, EPOCH) for c in changes])


def wanted(key: str, item: str = "I1", connector: str = "crm") -> Command:
    """Make a command."""
    effect = UpdateRecord(fields={"subject": key})
    why = Why(plugin="test")
    return Command(key=key, item_id=item, connector=connector, part="case", effect=effect, why=why)


def want(session: Session, *commands: Command) -> int:
    """Put commands into the outbox."""
    with session.write("test") as connection:
        return outbox.add_commands(connection, [(c, 1) for c in commands], EPOCH)


def keys(entries: list[outbox.Entry]) -> list[str]:
    """Give the keys of entries."""
    return [entry.command.key for entry in entries]


def take(session: Session, now: Any = EPOCH, connector: str = "crm", **given: Any) -> list[Any]:
    """Take open entries."""
    with session.read() as connection:
        return outbox.take_open(connection, connector, now, given.pop("limit", 99), **given)


def test_a_version_of_a_record_comes_in_once(session: Session) -> None:
    """The same page twice is no news; another version is."""
    assert put(session, seen("1"), seen("2")) == 2
    assert put(session, seen("1"), seen("1", "2")) == 1

    with session.read() as connection:
        waiting = inbox.take_waiting(connection, 9)
        assert overview.inbox_waiting(connection) == (3, EPOCH)
    assert sorted(row.seq for row in waiting) == [row.seq for row in waiting]
    assert len(waiting) == 3


def test_waiting_changes_are_taken_of_the_shards_that_are_held(session: Session) -> None:
    """A worker sees only what it may touch."""
    put(session, seen("1"), shard=3)
    put(session, seen("2"), shard=4)

    with session.read() as connection:
        assert [row.shard for row in inbox.take_waiting(connection, 9, [4, 5])] == [4]
        assert inbox.take_waiting(connection, 9, []) == []


def test_a_settled_change_waits_no_more_and_may_be_reopened(session: Session) -> None:
    """What became of it is noted beside it."""
    put(session, seen("1"))
    with session.write("test") as connection:
        (row,) = inbox.take_waiting(connection, 9)
        inbox.settle_changes(connection, [(InboxState.DONE, 5, "I1", "opened", row.seq)])
    with session.write("test") as connection:
        assert inbox.take_waiting(connection, 9) == []
        (arrival,) = overview.arrivals(connection, "I1")
        inbox.reopen_change(connection, row.seq)
        assert len(inbox.take_waiting(connection, 9)) == 1
    assert (arrival.state, arrival.outcome) == (InboxState.DONE, "opened")


def test_a_change_that_is_forwarded_changes_its_shard_alone(session: Session) -> None:
    """Its place in the queue stays."""
    put(session, seen("1"), seen("2"))
    with session.write("test") as connection:
        first, second = inbox.take_waiting(connection, 9)
        inbox.forward_changes(connection, [(7, first.seq)])
        moved = inbox.take_waiting(connection, 9)
    assert [(first.seq, 7), (second.seq, 0)] == [(row.seq, row.shard) for row in moved]


def test_the_cursor_stands_where_it_was_set(session: Session) -> None:
    """None until it was, then the last one."""
    with session.write("test") as connection:
        assert inbox.read_cursor(connection, "crm") is None
        inbox.move_cursor(connection, "crm", "a", EPOCH)
        inbox.move_cursor(connection, "crm", "b", LATER)
        inbox.move_cursor(connection, "rnd", "c", LATER)
        assert inbox.read_cursor(connection, "crm") == "b"
        (crm, rnd) = overview.readings(connection)
    assert (crm.cursor, crm.moved_at, rnd.connector) == ("b", LATER, "rnd")


def test_a_fetch_asked_for_again_while_it_runs_is_made_again(session: Session) -> None:
    """A webhook that comes while the record is being read must not be lost."""
    ref, other = Ref("crm", "case", "1"), Ref("rnd", "issue", "1")
    with session.write("test") as connection:
        inbox.want_fetch(connection, [ref, other, ref], EPOCH)
        running = inbox.wanted_fetches(connection, "crm", 9)
    with session.write("test") as connection:
        inbox.want_fetch(connection, [ref], EPOCH)
    with session.write("test") as connection:
        inbox.fetched(connection, running)
        again = inbox.wanted_fetches(connection, "crm", 9)
        inbox.fetched(connection, again)
        assert inbox.wanted_fetches(connection, "crm", 9) == []
        assert len(inbox.wanted_fetches(connection, "rnd", 9)) == 1
    assert [ref] == [found for found, _ in running] == [found for found, _ in again]


def test_an_unreadable_version_is_kept_once_until_it_is_forgotten(session: Session) -> None:
    """Then it may come in afresh, readable or not."""
    bad = Unreadable(ref=Ref("crm", "case", "1"), version="1", cause="?")
    with session.write("test") as connection:
        first = inbox.add_unreadable(connection, bad, EPOCH)
        second = inbox.add_unreadable(connection, bad, EPOCH)
        inbox.forget_unreadable(connection, bad.ref)
        assert inbox.add_unreadable(connection, bad, EPOCH)
        assert inbox.take_waiting(connection, 9) == []
    assert (first, second) == (True, False)


def test_a_comment_travels_in_the_shard_of_its_parents_item(session: Session) -> None:
    """What is linked goes where its item is; what is not, by its own address."""
    parent = Ref("crm", "case", "1")
    comment = Change(ref=Ref("crm", "comment", "9"), version="1", seen_at=EPOCH, parent=parent)
    with session.write("test") as connection:
        loose = inbox.shards_of_changes(connection, [comment, seen("1")])
        connection.execute(
            schema.links.insert().values(
                item_id="I1", connector="crm", part="case", kind="case", record_id="1",
                shard=17, shadow="{}", pending="{}", overtaken="{}", gone=0,
            )
        )  # fmt: skip
        bound = inbox.shards_of_changes(connection, [comment, seen("1"), seen("2")])
    assert [shard_of(str(parent))] * 2 == loose
    assert [17, 17, shard_of("crm:case:2")] == bound


def test_a_command_enters_once_by_its_key(session: Session) -> None:
    """The same cause decided twice is one effect."""
    assert want(session, wanted("k1"), wanted("k2")) == 2
    assert want(session, wanted("k1"), wanted("k3")) == 1
    assert keys(take(session)) == ["k1", "k2", "k3"]


def test_entries_are_taken_of_one_connector_in_order_and_when_due(session: Session) -> None:
    """One that waits keeps back those after it of its own item alone."""
    want(session, wanted("a1"), wanted("b1", "I2"), wanted("a2"), wanted("x", connector="rnd"))
    (first, *_) = take(session)
    with session.write("test") as connection:
        settled = outbox.Settled(seq=first.seq, state=OutboxState.WANTED, due_at=LATER)
        outbox.settle(connection, [settled])

    assert keys(take(session)) == ["b1"]
    assert keys(take(session, LATER)) == ["a1", "b1", "a2"]
    assert keys(take(session, LATER, limit=1)) == ["a1"]
    assert take(session, only=[2, 3]) == []
    with session.read() as connection:
        assert outbox.has_open(connection, "crm", EPOCH)
        assert not outbox.has_open(connection, "mail", EPOCH)


def test_what_is_tried_stands_in_the_store_with_its_last_try(session: Session) -> None:
    """A search lags behind the last try, not the first: that is what a look-up waits out."""
    want(session, wanted("k1"))
    for moment in (EPOCH, LATER):
        entries = take(session)
        with session.write("test") as connection:
            outbox.mark_trying(connection, entries, moment)
    (entry,) = take(session)
    assert (entry.state, entry.attempts, entry.tried_at) == (OutboxState.TRYING, 2, LATER)


def test_a_rewritten_command_is_what_is_found_later(session: Session) -> None:
    """Folded updates live in the last one's payload."""
    want(session, wanted("k1"))
    folded = replace(wanted("k1"), effect=UpdateRecord(fields={"severity": "urgent"}))
    with session.write("test") as connection:
        outbox.rewrite(connection, [folded])
        found = outbox.entries_by_key(connection, ["k1", "none"])
    assert {"k1": folded} == {key: each.command for key, each in found.items()}


def test_held_entries_are_released_by_item(session: Session) -> None:
    """Those of other items and connectors stay."""
    want(session, wanted("a"), wanted("b", "I2"), wanted("c", connector="rnd"))
    with session.write("test") as connection:
        for seq in (1, 2, 3):
            held = outbox.Settled(seq=seq, state=OutboxState.HELD, cause="no parent")
            outbox.settle(connection, [held])
    assert take(session) == []
    with session.write("test") as connection:
        assert outbox.release_held(connection, "crm", {"I1"}) == 1
        states = overview.outbox_states(connection)
    assert keys(take(session)) == ["a"]
    assert states == {"wanted": 1, "held": 2}


@pytest.mark.parametrize(
    ("state", "tried", "again"),
    [
        (OutboxState.DEAD, False, OutboxState.WANTED),
        (OutboxState.DEAD, True, OutboxState.TRYING),
        (OutboxState.UNCERTAIN, True, OutboxState.WANTED),
    ],
)
def test_a_reopened_effect_is_looked_up_unless_a_person_said_to_send_it(
    session: Session, state: OutboxState, tried: bool, again: OutboxState
) -> None:
    """Dead and once tried: perhaps made. Perhaps sent: the person knows more than a look-up."""
    want(session, wanted("k1"))
    (entry,) = take(session)
    with session.write("test") as connection:
        if tried:
            outbox.mark_trying(connection, [entry], EPOCH)
        receipt = Receipt(uncertain=True) if state is OutboxState.UNCERTAIN else None
        settled = outbox.Settled(seq=entry.seq, state=state, done_at=EPOCH, receipt=receipt)
        outbox.settle(connection, [settled])
        outbox.reopen(connection, entry.seq)
    (entry,) = take(session)
    assert (again, 0, "", None) == (entry.state, entry.attempts, entry.cause, entry.due_at)


def test_the_outbox_is_counted_by_connector_and_state(session: Session) -> None:
    """Also for a connector that nobody configures any more."""
    want(session, wanted("a"), wanted("b", connector="gone"))
    with session.read() as connection:
        assert overview.outbox_waiting(connection) == {"crm": 1, "gone": 1}
        assert overview.outbox_oldest(connection) == EPOCH
        assert overview.outbox_states(connection) == {"wanted": 2}


def letter(**given: Any) -> dead.DeadLetter:
    """Make a dead letter."""
    common = {"kind": "change", "connector": "crm", "ref": "crm:case:1", "item_id": ""}
    told = {"code": "HUB-X-001", "cause": "?", "remedy": "", "at": EPOCH}
    return dead.DeadLetter(**{**common, **told, **given})


def test_a_dead_letter_is_kept_once_while_it_is_open(session: Session) -> None:
    """The same row failing again is the same letter; after it is settled it is another."""
    with session.write("test") as connection:
        first = dead.add(connection, letter(source_seq=5))
        same = dead.add(connection, letter(source_seq=5))
        assert dead.mark(connection, first, "retried", LATER)
        assert not dead.mark(connection, first, "dropped", LATER)
        other = dead.add(connection, letter(source_seq=5))
        assert dead.count(connection) == 1
        assert [other] == [each.id for each in dead.listing(connection)]
        assert dead.get(connection, 99) is None
    assert first == same != other


def test_two_failed_hooks_of_one_change_are_two_letters(session: Session) -> None:
    """One plugin may fail on several events of one turn; each is retried by itself."""
    with session.write("test") as connection:
        dead.add(connection, letter(kind="hook", source_seq=5, detail='{"event":"item_opened"}'))
        dead.add(connection, letter(kind="hook", source_seq=5, detail='{"event":"fields_changed"}'))
        assert dead.count(connection) == 2


@pytest.mark.parametrize("field", ["cause", "detail", "ref", "remedy", "item_id"])
def test_a_dead_letter_can_always_be_written(session: Session, field: str) -> None:
    """Its text comes from what failed, and may be anything."""
    with session.write("test") as connection:
        number = dead.add(connection, letter(**{field: "bad \ud800 \0 text"}))
        assert "bad" in str(getattr(dead.get(connection, number), field))


def test_a_dead_letter_keeps_no_secret(session: Session) -> None:
    """What a plugin raises may quote anything, and the letter is shown to many."""
    with session.write("test") as connection:
        number = dead.add(connection, letter(cause="boom failed: KeyError('password=hunter2')"))
        found = dead.get(connection, number)

    assert found is not None
    assert found.cause == "boom failed: KeyError('password=***')"


def test_dead_letters_are_found_by_item(session: Session) -> None:
    """For the page of an item."""
    with session.write("test") as connection:
        dead.add(connection, letter(item_id="I1"))
        dead.add(connection, letter(item_id="I2"))
        assert [each.item_id for each in dead.of_item(connection, "I1")] == ["I1"]


def test_a_row_keeps_what_was_seen(session: Session) -> None:
    """The payload in the inbox is the change itself."""
    change = seen("1", fields={"subject": "登录 \0 失败", "n": 1.5, "tags": ["a"]}, aliases=("k",))
    put(session, change)
    with session.read() as connection:
        (row,) = connection.execute(select(schema.inbox.c.payload))
    assert decode_change(row.payload) == change
