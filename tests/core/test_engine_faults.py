"""What one change does wrong concerns it alone; what the store does wrong loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import select

from hub.clock import RandomIds, SystemClock
from hub.core.desk import Desk
from hub.core.engine import Engine
from hub.core.store import Database, TryAgainError, inbox, journal, outbox, overview, schema
from hub.errors import StoreError
from hub.models import (
    AddComment,
    Change,
    InternalText,
    Opening,
    PublicText,
    SetFields,
    StartTimer,
    Want,
    Why,
)
from hub.testing.clock import EPOCH

WHY = Why(plugin="test")


def subjects(hub: Any) -> list[str]:
    """Give the items' subjects."""
    return sorted(item.fields["subject"] for item in hub.items())


def raw(hub: Any, payload: str, record: str = "x") -> None:
    """Put a row into the inbox as only a bug or a bad disk could."""
    row = ("crm", "case", record, "1", 0, 0, payload, 0)
    with hub.session.write("test") as connection:
        inbox.add_changes(connection, [row])


@pytest.mark.parametrize("payload", ["not JSON", "{}", '{"ref":1}', '{"fields":{"a":{"b":1}}}'])
def test_a_row_that_is_no_change_stops_no_other(hub: Any, seen: Any, payload: str) -> None:
    """It is a dead letter; before and after it all goes on."""
    hub.put(seen("case:1", subject="a"))
    raw(hub, payload)
    hub.put(seen("case:2", subject="b"))
    hub.engine.step(hub.session)
    assert ["opened", "failed", "opened"] == hub.outcomes()
    assert ["change"] == [letter.kind for letter in hub.letters()]
    assert subjects(hub) == ["a", "b"]


def wanting_text(text: str) -> Callable[..., Any]:
    """Want a comment of this text wherever a case's subject is `bad`."""

    def react(item: Any, event: Any, context: Any) -> list[Want] | None:
        if event.name != "item_opened" or not item.fields["subject"].startswith("bad"):
            return None
        effect = AddComment(InternalText(text))
        return [Want(connector="rnd", part="comment:1", effect=effect, why=WHY)]

    return react


@pytest.mark.parametrize("count", [1, 2, 7])
def test_what_the_store_refuses_is_found_by_halving(
    make_hub: Any, scripted: Any, seen: Any, count: int
) -> None:
    """However many rows are at fault, wherever they stand."""
    hub = make_hub(rules=scripted(react=wanting_text("\ud800")))
    names = [("bad" if n % (8 // count) == 0 else "good") + str(n) for n in range(count + 3)]
    hub.put(*(seen(f"case:{n}", subject=name) for n, name in enumerate(names)))
    while hub.engine.step(hub.session):
        pass
    good = [name for name in names if name.startswith("good")]
    bad = [f"crm:case:{n}" for n, name in enumerate(names) if name.startswith("bad")]
    assert good == subjects(hub)
    assert bad == sorted(letter.ref for letter in hub.letters())
    assert "surrogates" in hub.letters()[0].cause


def test_a_key_that_postgresql_refuses_concerns_its_change_alone(
    postgres_hub: Any, seen: Any
) -> None:
    """A NUL from a stranger's mail."""
    hub = postgres_hub
    for n in range(4):
        aliases = (f"message-id:{n}", "message-id:\0") if n == 2 else ()
        hub.put(seen(f"case:{n}", subject=str(n), aliases=aliases))
    while hub.engine.step(hub.session):
        pass
    assert ["0", "1", "3"] == subjects(hub)
    assert ["crm:case:2"] == [letter.ref for letter in hub.letters()]


def test_an_address_that_is_none_stops_nobody(hub: Any, seen: Any) -> None:
    """A connector mentions `ref:` and nonsense."""
    hub.put(seen("case:1", subject="a", mentions=("ref:x", "ref:", "item:", "", "ref:a:b:c:d")))
    hub.put(seen("case:2", subject="b"))
    hub.engine.step(hub.session)
    assert subjects(hub) == ["a", "b"]


def test_a_damaged_item_stops_no_other(hub: Any, seen: Any) -> None:
    """Its changes are dead letters, until it is mended and they are retried."""
    hub.put(seen("case:1", subject="a"), seen("case:2", subject="b"))
    hub.engine.step(hub.session)
    mend = "UPDATE items SET fields = '{0}' WHERE fields LIKE '{1}'"
    with hub.session.write("test") as connection:
        connection.exec_driver_sql(mend.format("damaged", '{"subject":"a"}'))
    hub.put(seen("case:1", "2", subject="aa"), seen("case:2", "2", subject="bb"))
    while hub.engine.step(hub.session):
        pass
    (letter,) = hub.letters()
    assert letter.ref == "crm:case:1"
    with hub.session.write("test") as connection:
        connection.exec_driver_sql(mend.format('{"subject":"a"}', "damaged"))
    Desk(hub.session, hub.clock, RandomIds(hub.clock)).retry(letter.id)
    hub.engine.step(hub.session)
    assert subjects(hub) == ["aa", "bb"]


def test_the_order_within_an_item_stays_around_a_row_at_fault(
    make_hub: Any, scripted: Any, seen: Any
) -> None:
    """The others are told one after the other, as they came."""

    def react(item: Any, event: Any, context: Any) -> list[Any] | None:
        if event.name == "fields_changed" and "subject" in event.before:
            return [SetFields({"told": [*item.fields.get("told", []), item.text("subject")]}, WHY)]
        return wanting_text("\ud800")(item, event, context)

    rules = scripted(react=react)
    hub = make_hub(rules=rules)
    changes = [seen("case:1", str(n), subject=str(n)) for n in range(8)]
    changes.insert(3, seen("case:2", subject="bad"))
    hub.put(*changes)
    while hub.engine.step(hub.session):
        pass
    (item,) = hub.items()
    assert [str(n) for n in range(1, 8)] == item.fields["told"]


def test_a_full_disk_loses_no_change(sqlite_hub: Any, seen: Any) -> None:
    """The engine ends with a precise error; with space again it goes on where it stood."""
    hub = sqlite_hub
    hub.put(*(seen(f"case:{n}", subject=f"{n} " + "x" * 5000) for n in range(50)))
    with hub.session.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"):
        hub.engine.step(hub.session)
    assert hub.read(overview.inbox_waiting)[0] == 50
    assert hub.letters() == []
    with hub.session.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    hub.run(rounds=60)
    assert len(hub.items()) == len(hub.rnd.all("issue")) == 50


def test_a_lost_connection_loses_no_change(
    postgres_hub: Any, postgres_server: str, seen: Any
) -> None:
    """A new process goes on; nothing was taken for a row's fault."""
    hub = postgres_hub
    hub.put(seen("case:1", subject="a"))
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        query = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(query, (hub.database.url.database,))
    with pytest.raises(StoreError):
        hub.engine.step(hub.session)
    following = hub.again()
    following.engine.step(following.session)
    assert subjects(following) == ["a"]
    assert following.letters() == []
    following.close()


class Joining:
    """Cases open items; mails join the item they mention; both are traced in order."""

    def opening(self, change: Change, context: Any) -> Opening | None:
        """Open for a case, join for a mail."""
        if change.ref.kind == "case":
            return Opening(part="case", why=WHY)
        return Opening(join=context.related[0].id, why=WHY) if context.related else None

    def react(self, item: Any, event: Any, context: Any) -> list[SetFields] | None:
        """Trace what came."""
        if event.name == "mail_received":
            word = event.change.ref.id
        elif event.name == "fields_changed" and "subject" in event.before:
            word = item.text("subject")
        else:
            return None
        return [SetFields({"told": [*item.fields.get("told", []), word]}, WHY)]


CASES, EDITS = 24, 6


def crowd(seen: Any) -> list[Change]:
    """Make changes of many cases, with mails that mention them, in order for each."""
    changes = [
        seen(f"case:{n}", "0", subject="0", aliases=(f"message-id:{n}",)) for n in range(CASES)
    ]
    for edit in range(1, EDITS):
        for n in range(CASES):
            changes.append(seen(f"case:{n}", str(edit), subject=str(edit)))
            mail = {"mentions": (f"message-id:{n}",), "text": PublicText("hi")}
            changes.append(seen(f"mail:{n}.{edit}", of="mail", **mail))
    return changes


@pytest.mark.parametrize("isolation", ["read committed", "repeatable read"])
def test_several_engines_work_side_by_side_in_order(
    postgres_url: str, make_postgres: Any, scripted: Any, seen: Any, isolation: str
) -> None:
    """Each item's changes in order and once, wherever they came in; lost races are run again."""
    rules = Joining()
    first = make_postgres(rules=scripted(opening=rules.opening, react=rules.react))
    first.put(*crowd(seen)[:CASES])
    while first.engine.step(first.session):
        pass
    first.put(*crowd(seen)[CASES:])
    errors: list[BaseException] = []
    option = isolation.replace(" ", "\\ ")
    url = f"{postgres_url}&options=-c default_transaction_isolation={option}"

    def work() -> None:
        database = Database(url)
        engine = Engine(database, first.book, SystemClock(), RandomIds(SystemClock()))
        session = database.session()
        try:
            while overview_waiting(session):
                try:
                    engine.step(session, 7)
                except TryAgainError:
                    continue
        except BaseException as error:
            errors.append(error)
        finally:
            session.close()
            database.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert first.letters() == []
    edits = [str(edit) for edit in range(1, EDITS)]
    for item in first.items():
        told = item.fields["told"]
        assert edits == [word for word in told if "." not in word]
        assert edits == sorted(word.partition(".")[2] for word in told if "." in word)
    assert first.read(journal.broken_chains) == []


def overview_waiting(session: Any) -> bool:
    """Say whether changes wait."""
    with session.read() as connection:
        return bool(overview.inbox_waiting(connection)[0])


def test_a_change_moves_to_the_shard_of_its_item(
    make_postgres: Any, scripted: Any, seen: Any
) -> None:
    """Whoever holds that takes it; its item is not touched by anybody else meanwhile."""
    rules = Joining()
    hub = make_postgres(rules=scripted(opening=rules.opening))
    hub.put(seen("case:1", subject="a", aliases=("message-id:1",)))
    hub.engine.step(hub.session)
    (link,) = hub.links().values()
    with hub.session.read() as connection:
        home = connection.execute(select(schema.items.c.shard)).scalar_one()
    mails = [
        seen(f"mail:{n}", of="mail", mentions=("message-id:1",), text=PublicText("hi"))
        for n in range(5)
    ]
    hub.put(*mails)
    other = hub.again(rules=hub.rules)
    with other.session.write("another worker") as connection:
        connection.execute(
            select(schema.shards).where(schema.shards.c.shard == home).with_for_update()
        )
        while hub.engine.step(hub.session):
            pass
        waiting = hub.read(lambda c: inbox.take_waiting(c, 9))
        assert {home} == {row.shard for row in waiting}
        assert len(waiting) == 5
    while hub.engine.step(hub.session):
        pass
    assert hub.outcomes()[1:] == ["joined"] * 5
    assert link.item_id == hub.items()[0].id
    other.close()


def test_effects_are_wanted_with_what_decided_them(hub: Any, seen: Any) -> None:
    """Before the commit neither item nor effect nor journal is there, after it all are."""
    boundaries: list[tuple[str, int, int]] = []
    other = hub.again()

    def observe(boundary: str) -> None:
        with other.session.read() as connection:
            found = overview.count_items(connection), len(overview.outbox_states(connection))
        boundaries.append((boundary, *found))

    hub.put(seen("case:1", subject="a"))
    hub.database.observer = observe
    hub.engine.step(hub.session)
    other.close()
    assert [("before commit of engine", 0, 0), ("after commit of engine", 1, 1)] == boundaries


def test_a_crash_before_the_commit_leaves_the_change_waiting(hub: Any, seen: Any) -> None:
    """And the next process decides the same, with the same keys."""

    class Crash(BaseException):
        """The process dies."""

    def crash(boundary: str) -> None:
        if boundary.startswith("before"):
            raise Crash

    hub.put(seen("case:1", subject="a"))
    hub.database.observer = crash
    with pytest.raises(Crash):
        hub.engine.step(hub.session)
    hub.session.close()
    following = hub.again()
    following.engine.step(following.session)
    keys = [entry.command.key for entry in following.effects()]
    assert len(keys) == 1
    assert following.outcomes() == ["opened"]
    following.close()


def test_a_timer_far_away_and_one_without_zone_concern_their_change_alone(
    make_hub: Any, scripted: Any, seen: Any
) -> None:
    """A rule that reckons wrongly."""

    def react(item: Any, event: Any, context: Any) -> list[Any] | None:
        if event.name != "item_opened":
            return None
        due = {"naive": EPOCH.replace(tzinfo=None), "good": EPOCH + timedelta(days=36500)}
        return [StartTimer(name="t", due_at=due[item.text("subject")], why=WHY)]

    hub = make_hub(rules=scripted(react=react))
    hub.put(seen("case:1", subject="naive"), seen("case:2", subject="good"))
    while hub.engine.step(hub.session):
        pass
    assert subjects(hub) == ["good"]
    assert ["crm:case:1"] == [letter.ref for letter in hub.letters()]


def test_effects_of_a_connector_that_is_configured_no_more_stay_visible(hub: Any) -> None:
    """They wait under its name until it is back."""
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.decide()
    without = hub.again(systems={"crm": hub.crm, "rnd": hub.rnd})
    del without.dispatchers["rnd"]
    without.run()
    assert {"rnd": 1} == without.read(overview.outbox_waiting)
    assert ["wanted"] == without.states("rnd")
    without.close()
    hub.run()
    assert hub.read(overview.outbox_waiting) == {}
    assert hub.read(lambda c: outbox.has_open(c, "rnd", hub.clock.now())) is False
