"""Items, links, keys, reference records, timers, journal: written in bulk, read as they were."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.core.store import Database, Session, items, journal, overview, schema, timers
from hub.core.store.bulk import select_in, update_rows
from hub.core.store.timers import Timer
from hub.models import Item, Link, Record, Ref, Why
from hub.testing.clock import EPOCH

LATER = EPOCH + timedelta(minutes=1)
WHY = Why(plugin="test", rule="r", inputs={"a": 1})
ITEM = Item(id="I1", kind="case", fields={"subject": "登录", "tags": ["a"]}, opened_at=EPOCH)
CASE = Ref("crm", "case", "1")


@pytest.fixture
def session(database: Database) -> Any:
    """Give a session on the store."""
    made = database.session()
    yield made
    made.close()


def linked(part: str = "case", record: str = "1", **given: Any) -> Link:
    """Make a link of the item."""
    return Link(item_id="I1", connector="crm", part=part, kind="case", record_id=record, **given)


def save(session: Session, *links: Link) -> None:
    """Write the item and links."""
    with session.write("test") as connection:
        items.save_items(connection, [(ITEM, 9)])
        items.save_links(connection, [(link, 9) for link in links])


def test_an_item_is_read_as_it_was_written(session: Session) -> None:
    """And a later writing replaces it."""
    save(session)
    changed = replace(ITEM, fields={"subject": "b"}, updated_at=LATER, revision=2)
    with session.write("test") as connection:
        (first, shard) = items.load_items(connection, ["I1", "none"])["I1"]
        items.save_items(connection, [(changed, 9)])
        assert {"I1": (changed, 9)} == items.load_items(connection, ["I1"])
        assert overview.count_items(connection) == 1
    assert (replace(ITEM, updated_at=EPOCH), 9) == (first, shard)


def test_a_link_is_read_as_it_was_written(session: Session) -> None:
    """With shadow, pending and stamps; one without a record is no address of anything."""
    full = linked(shadow={"a": None}, pending={"b": ["x"]}, at=EPOCH, written_at=LATER, gone=True)
    empty = linked("issue", "")
    save(session, full, empty)
    with session.read() as connection:
        found = items.load_links_of_items(connection, ["I1"], lock=True)
        assert items.load_links_of_items(connection, ["I1"], connector="rnd") == []
        assert items.load_links_of_refs(connection, [CASE, Ref("rnd", "case", "1")]) == {CASE: "I1"}
        addresses = items.load_addresses(connection, ["I1"], "crm")
    assert [full, empty] == found
    assert addresses == {("I1", "case"): (CASE, True), ("I1", "issue"): (None, False)}


def test_a_key_leads_to_all_records_that_have_it(session: Session) -> None:
    """Keys may be shared, and as long as a stranger likes to make them."""
    other, long = Ref("crm", "contact", "2"), "message-id:" + "".join(map(str, range(3000)))
    with session.write("test") as connection:
        pairs = [("email:a", CASE), ("email:a", other), ("email:b", other), (long, CASE)]
        items.save_aliases(connection, pairs)
        items.save_aliases(connection, pairs)
    with session.read() as connection:
        found = items.resolve_aliases(connection, ["email:a", "email:none", long])
    assert {"email:a": [CASE, other], long: [CASE]} == found


def test_a_reference_record_is_the_newest_that_was_seen(session: Session) -> None:
    """An older one does not overwrite it, and its old keys are forgotten."""
    ref = Ref("crm", "contact", "2")
    first = Record(ref=ref, fields={"name": "a"}, aliases=("email:old",))
    second = Record(ref=ref, fields={"name": "b"}, aliases=("email:new",))
    with session.write("test") as connection:
        items.save_records(connection, [(first, EPOCH)])
        items.save_records(connection, [(second, LATER)])
        items.save_records(connection, [(first, EPOCH)])
    with session.read() as connection:
        assert {ref: second} == items.load_records(connection, [ref, CASE])
        keys = items.resolve_aliases(connection, ["email:old", "email:new"])
    assert {"email:new": [ref]} == keys


@pytest.mark.parametrize(
    "name", ["I1", "1", "crm:case:1", "42", "<m1@x>", "m1@x", "case-number:42"]
)
def test_an_item_is_found_by_any_name_of_its_records(session: Session, name: str) -> None:
    """What people have at hand: an id, a number, a message's id."""
    save(session, linked())
    with session.write("test") as connection:
        items.save_aliases(connection, [("case-number:42", CASE), ("message-id:m1@x", CASE)])
        assert items.find_item_id(connection, name) == "I1"
        assert items.find_item_id(connection, "crm:case:2") is None


def test_an_address_is_not_taken_for_another_kinds(session: Session) -> None:
    """A comment with the same id is another record."""
    save(session, linked())
    with session.read() as connection:
        assert items.find_item_id(connection, "crm:comment:1") is None
        assert items.find_item_id(connection, "rnd:case:1") is None


def test_many_rows_travel_in_one_statement(session: Session) -> None:
    """More than a database takes as single parameters."""
    many = [replace(ITEM, id=f"I{n}") for n in range(40_000)]
    with session.write("test") as connection:
        items.save_items(connection, [(item, 1) for item in many])
        ids = [item.id for item in many]
        assert len(select_in(connection, schema.items, ("id",), "id", ids)) == 40_000
        rows = [(2, item.id) for item in many[:5]]
        assert update_rows(connection, schema.items, ("id",), ("shard",), rows) == 5


def test_a_timer_is_due_once_and_the_earliest_first(session: Session) -> None:
    """Started anew it is another; taken back it is none."""
    first, second = Timer("I1", "a", LATER, WHY), Timer("I1", "b", EPOCH, WHY)
    other = Timer("I2", "a", EPOCH, WHY)
    with session.write("test") as connection:
        timers.start(connection, [first, second, other])
        timers.cancel(connection, [("I2", "a"), ("I2", "none")])
        assert timers.next_due(connection) == EPOCH
        assert [second] == timers.take_due(connection, EPOCH, 9)
        assert [second, first] == timers.of_item(connection, "I1")
        assert [second] == timers.take_due(connection, LATER, 1)
        timers.drop(connection, [second, replace_due(first)])
        assert [first] == timers.take_due(connection, LATER, 9)
        timers.drop(connection, [first])
        assert timers.next_due(connection) is None
        assert overview.count_timers(connection) == 0


def replace_due(timer: Timer) -> Timer:
    """Make the same timer with another instant: it was set anew meanwhile."""
    return Timer(timer.item_id, timer.name, EPOCH, timer.why)


def written(session: Session, *entries: str) -> None:
    """Append entries to two chains in turn."""
    with session.write("test") as connection:
        rows = [journal.Writing(f"c{n % 2}", "I1", "change", e) for n, e in enumerate(entries)]
        journal.append(connection, rows, EPOCH)


def written_to_one_chain(session: Session, *entries: str) -> None:
    """Append entries to one chain, which SQLite calls by its own name."""
    with session.write("test") as connection:
        rows = [journal.Writing("c0", "I1", "change", entry) for entry in entries]
        journal.append(connection, rows, EPOCH)


def broken(session: Session) -> list[str]:
    """Verify the journal."""
    with session.read() as connection:
        return journal.broken_chains(connection)


def test_the_journals_chains_go_on_over_transactions(session: Session) -> None:
    """Each entry follows the one before in its chain."""
    written(session, "a", "b", "c")
    written(session, "d", "e")
    with session.write("test") as connection:
        journal.append(connection, [], EPOCH)
        found = journal.of_item(connection, "I1")
    several = [("c0", 1, "a"), ("c0", 2, "c"), ("c0", 3, "d"), ("c1", 1, "b"), ("c1", 2, "e")]
    one = [("hub", seq, entry) for seq, entry in enumerate("abcde", 1)]
    expected = one if session.database.is_sqlite else several
    assert expected == [(each.chain, each.seq, each.entry) for each in found]
    assert broken(session) == []


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE journal SET entry = 'x' WHERE chain = 'c0' AND seq = 2", "entry 2 was changed"),
        ("UPDATE journal SET at = at + 1 WHERE chain = 'c0' AND seq = 1", "entry 1 was changed"),
        ("UPDATE journal SET item_id = 'I2' WHERE seq = 3", "entry 3 was changed"),
        ("DELETE FROM journal WHERE chain = 'c0' AND seq = 2", "entry 2 is missing"),
        ("DELETE FROM journal WHERE chain = 'c0' AND seq = 1", "entry 1 is missing"),
        ("DELETE FROM journal WHERE chain = 'c0' AND seq = 3", "its end is missing"),
        ("DELETE FROM journal WHERE chain = 'c0'", "its end is missing"),
        ("DELETE FROM chains WHERE chain = 'c0'", "its end is missing"),
    ],
)
def test_a_changed_or_missing_entry_is_found(
    session: Session, statement: str, problem: str
) -> None:
    """Whoever rewrites the past would have to rewrite all that follows."""
    chain = "hub" if session.database.is_sqlite else "c0"
    written_to_one_chain(session, "a", "b", "c")
    with session.write("test") as connection:
        connection.exec_driver_sql(statement.replace("c0", chain))
    assert [f"chain {chain}: {problem}"] == broken(session)
