"""What is the hub's own: the records that it made, its timers, requests and retried hooks."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.desk import Desk
from hub.core.store import outbox
from hub.core.store.schema import OutboxState
from hub.models import (
    Change,
    FieldMap,
    InternalText,
    Policy,
    PublicText,
    RecordMap,
    Ref,
    Why,
)
from hub.testing.clock import SeededIds

WHY = Why(plugin="test")


def test_our_own_record_seen_before_its_receipt_is_known_by_its_key(hub: Any) -> None:
    """The issue that we made is no new matter, and its number is taken in."""
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.decide()
    (entry,) = hub.effects("rnd")
    with hub.session.write("test") as connection:
        outbox.mark_trying(connection, [entry], hub.clock.now())
    hub.rnd.create("issue", entry.command.effect.fields, key=entry.command.key)
    hub.intakes["rnd"].poll(hub.session)
    hub.engine.step(hub.session)

    (item,) = hub.items()
    assert item.fields["jira_key"] == "RND-1"
    assert hub.links()["rnd", "issue"].ref == Ref("rnd", "issue", hub.rnd.all("issue")[0].id)
    hub.run()
    assert len(hub.rnd.all("issue")) == 1
    assert set(hub.states()) == {OutboxState.DONE.name.lower()}


def test_an_edit_of_our_own_record_before_its_receipt_is_theirs_to_make(hub: Any) -> None:
    """What we created is what both sides had agreed on, though its answer was lost."""
    field = FieldMap(item="subject", record="summary", policy=Policy.OURS)
    hub.book.maps["rnd", "issue"] = RecordMap(connector="rnd", kind="issue", fields=(field,))
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.decide()
    (entry,) = hub.effects("rnd")
    with hub.session.write("test") as connection:
        outbox.mark_trying(connection, [entry], hub.clock.now())
    issue = hub.rnd.create("issue", entry.command.effect.fields, key=entry.command.key)
    hub.rnd.edit("issue", issue, {"summary": "edited"})
    hub.decide()
    hub.run()

    assert "edited" == hub.items()[0].fields["subject"]
    assert "edited" == hub.rnd.get("issue", issue).fields["summary"]
    assert ["CreateRecord"] == [type(x.command.effect).__name__ for x in hub.effects("rnd")]


def test_a_key_of_another_hub_is_not_ours(hub: Any, notes: Any) -> None:
    """A record that some other hub made opens nothing here."""
    hub.crm.create("case", {"subject": "a", "status": "New"}, key="0123456789abcdef0123")
    hub.run()

    assert (["ignored"], []) == (hub.outcomes(), hub.items())
    assert "another" not in notes()[0]
    assert "the key of a hub whose store this is not" in notes()[0]


def test_a_copy_of_our_record_is_not_our_record(hub: Any, twin: Any, notes: Any) -> None:
    """Somebody cloned the issue, key and all: the first stays the item's."""
    _, issue = twin
    (create,) = (x for x in hub.effects("rnd") if x.command.part == "issue")
    hub.rnd.create("issue", {"summary": "copy"}, key=create.command.key)
    hub.run()

    assert hub.links()["rnd", "issue"].record_id == issue
    assert "a second record with the key of issue" in notes()[-1]


def test_a_receipt_older_than_what_was_seen_since_is_not_news(make_sqlite: Any) -> None:
    """A person's edit that was read first must not be undone by what our write read back."""
    hub = make_sqlite()
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.decide()
    edited = False

    class Slow:
        """A connector whose answer is stored after a later poll."""

        capabilities = hub.connectors["rnd"].capabilities

        def apply(self, deliveries: Any) -> Any:
            """Make the issue; then a person assigns it, and the poll tells first."""
            nonlocal edited
            outcomes = hub.connectors["rnd"].apply(deliveries)
            if not edited:
                edited = True
                hub.clock.advance(1)
                hub.rnd.edit("issue", hub.rnd.all("issue")[0].id, {"assignee": "wang"})
                hub.intakes["rnd"].poll(hub.session)
                hub.engine.step(hub.session)
            return outcomes

    hub.dispatchers["rnd"].connector = Slow()
    hub.run()
    assert hub.rnd.all("issue")[0].fields["assignee"] == "wang"
    assert hub.items()[0].fields["assignee"] == "wang"
    assert len(hub.rnd.log) == 2


def test_a_hook_that_is_retried_is_told_the_text_as_it_reads_now(
    make_sqlite: Any, scripted: Any
) -> None:
    """What was withdrawn since must not be passed on after all."""
    broken = True

    def react(item: Any, event: Any, context: Any) -> None:
        if broken and event.name == "comment_added":
            raise ZeroDivisionError

    rules = scripted(react=react)
    hub = make_sqlite(rules=rules)
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    comment = hub.crm.comment("case", case, PublicText("withdrawn"))
    hub.run()
    hub.crm.rewrite("comment", comment, InternalText("corrected"))
    hub.run()
    broken = False
    rules.asked.clear()

    Desk(hub.session, hub.clock, SeededIds()).retry(hub.letters()[0].id)
    hub.run()

    (event,) = rules.asked
    assert ("comment_added", InternalText("corrected")) == (event.name, event.change.text)


def test_a_timer_of_an_unknown_item_is_a_dead_letter(hub: Any) -> None:
    """A bug, told as one; nothing else is held up."""
    hub.put(
        Change(
            ref=Ref("hub", "timer", "NONE/x"),
            version="1",
            seen_at=hub.clock.now(),
            fields={"hub.event": "timer_due", "name": "x"},
            mentions=("item:NONE",),
        )
    )
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    (letter,) = hub.letters()
    assert ("change", "HUB-X-001") == (letter.kind, letter.code)
    assert "NONE does not exist" in letter.cause
    assert len(hub.items()) == 1


@pytest.mark.parametrize("kind", ["timer", "request", "nonsense"])
def test_a_change_of_the_hubs_own_raises_its_event(
    make_sqlite: Any, scripted: Any, seen: Any, kind: str
) -> None:
    """With its data, and without the engine's own words; an unknown kind is a bug."""
    rules = scripted()
    hub = make_sqlite(rules=rules)
    hub.put(seen("case:1", subject="a"))
    hub.engine.step(hub.session)
    (item,) = hub.items()
    given = {"hub.event": "wish", "to": "x"}
    hub.put(seen("?", ref=Ref("hub", kind, "k"), mentions=(f"item:{item.id}",), **given))
    hub.engine.step(hub.session)
    if kind == "nonsense":
        assert "unknown kind" in hub.letters()[0].cause
    else:
        assert [("wish", {"to": "x"})] == [(e.name, e.data) for e in rules.asked[1:]]
