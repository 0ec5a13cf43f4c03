"""What an answer changes: the link, its shadow, who waits for it; whatever the answer holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.core.store import journal
from hub.errors import InvalidPayloadError
from hub.models import Change, Opening, Receipt, Ref, Why

WHY = Why(plugin="test")


def changed(hub: Any, **given: Any) -> Any:
    """Make an answer that is the system's own, but for what is given."""
    inner = hub.connectors["rnd"]

    def apply(deliveries: Any) -> list[Any]:
        return [replace(receipt, **given) for receipt in inner.apply(deliveries)]

    return apply


@pytest.mark.parametrize(
    "given",
    [
        {"fields": {"x": "\ud800"}},
        {"aliases": ("\ud800",)},
        {"version": object()},
        {"note": "\ud800"},
    ],
)
def test_an_answer_that_can_not_be_kept_fails_alone(
    hub: Any, case: Any, play: Any, retry: Any, given: dict[str, Any]
) -> None:
    """The others of its batch are kept; mended and retried, it is found."""
    case(hub, "a", "b", "c")
    inner = hub.connectors["rnd"]

    def apply(deliveries: Any) -> list[Any]:
        first, *others = inner.apply(deliveries)
        return [replace(first, **given), *others]

    played = play(hub, apply)
    hub.run()
    assert ["dead", "done", "done"] == sorted(hub.states("rnd"))
    (letter,) = hub.letters()
    assert "was made" in letter.remedy
    assert len(played.batches) == 1
    play(hub)
    retry(hub)
    hub.run()
    assert ["done"] * 3 == hub.states("rnd")
    assert len(hub.rnd.all("issue")) == 3


def test_the_receipt_of_an_effect_whose_link_has_vanished_links_it_again(
    hub: Any, case: Any
) -> None:
    """Else its record would come back as a stranger's."""
    case(hub)
    with hub.session.write("test") as connection:
        connection.exec_driver_sql("DELETE FROM links WHERE connector = 'rnd'")
    hub.run()
    issue = hub.rnd.all("issue")[0].id
    assert hub.links()["rnd", "issue"].ref == Ref("rnd", "issue", issue)
    hub.rnd.edit("issue", issue, {"status": "Done"})
    hub.run()
    assert hub.crm.all("case")[0].fields["status"] == "Closed"


def opening_all(change: Change, context: Any) -> Opening:
    """Take every record for a matter of its own."""
    return Opening(part=change.ref.kind, why=WHY)


def test_our_record_that_was_taken_for_a_strangers_becomes_ours(
    make_hub: Any, scripted: Any, want: Any, case: Any, play: Any
) -> None:
    """A system that hides our key: the record was read before its receipt was written."""

    def react(item: Any, event: Any, context: Any) -> Any:
        here = event.change and event.change.ref.connector == "crm"
        return want.on_open(want.issue)(item, event, context) if here else None

    hub = make_hub(rules=scripted(opening=opening_all, react=react))
    case(hub)
    inner = hub.connectors["rnd"]

    def apply(deliveries: Any) -> list[Any]:
        outcomes = list(inner.apply(deliveries))
        (outcome,) = outcomes
        seen = Change(ref=outcome.ref, version="x", seen_at=hub.clock.now(), fields=outcome.fields)
        hub.put(seen)
        hub.engine.step(hub.session)
        return outcomes

    play(hub, apply)
    hub.dispatchers["rnd"].step(hub.session)
    play(hub)
    hub.run()
    query = "SELECT item_id FROM links WHERE connector = 'rnd' AND record_id IS NOT NULL"
    owner = hub.read(lambda connection: connection.exec_driver_sql(query).scalar())
    assert len(hub.items()) == 2
    assert owner == hub.effects("rnd")[0].command.item_id
    assert len(hub.rnd.all("issue")) == 1
    told = hub.read(journal.of_item, owner)
    assert any("it had been taken for" in entry.entry for entry in told)


def test_a_dependent_goes_on_when_the_record_is_known_by_its_key(
    make_hub: Any, scripted: Any, want: Any, case: Any, play: Any
) -> None:
    """The create is dead, for its answer was nonsense; but the record was made and is read."""
    hub = make_hub(rules=scripted(react=want.on_open(want.issue, want.comment("x"))))
    case(hub)
    inner = hub.connectors["rnd"]

    def garbled(deliveries: Any) -> None:
        inner.apply(deliveries)

    play(hub, garbled)
    hub.dispatchers["rnd"].step(hub.session)
    hub.dispatchers["rnd"].step(hub.session)
    assert ["dead", "held"] == hub.states("rnd")
    play(hub)
    hub.run()
    assert ["dead", "done"] == hub.states("rnd")
    assert len(hub.rnd.all("comment")) == 1


def test_a_dependent_is_not_held_for_a_record_that_is_known_by_then(
    make_hub: Any, scripted: Any, want: Any, case: Any, play: Any
) -> None:
    """The engine adopts the record between the dispatcher's look and its commit."""
    hub = make_hub(rules=scripted(react=want.on_open(want.issue, want.comment("x"))))
    case(hub)
    inner = hub.connectors["rnd"]
    play(hub, lambda deliveries: inner.apply(deliveries) and None)
    hub.dispatchers["rnd"].step(hub.session)
    other = hub.again(rules=hub.rules)
    raced = False

    def race(command: Any) -> None:
        nonlocal raced
        if not raced:
            raced = True
            other.intakes["rnd"].poll(other.session)
            other.engine.step(other.session)

    hub.rules._answers["veto"] = race
    play(hub)
    hub.dispatchers["rnd"].step(hub.session)
    hub.rules._answers.pop("veto")
    other.close()
    assert raced
    hub.run()
    assert ["dead", "done"] == hub.states("rnd")


def test_an_older_answer_does_not_hide_what_was_seen_since(hub: Any, case: Any, play: Any) -> None:
    """The shadow is what was last known of the record, in the system's own time."""
    case(hub)
    hub.run()
    hub.crm.edit("case", hub.crm.all("case")[0].id, {"subject": "b"})
    hub.decide()
    inner = hub.connectors["rnd"]

    def apply(deliveries: Any) -> list[Any]:
        outcomes = list(inner.apply(deliveries))
        hub.clock.advance(1)
        hub.rnd.edit("issue", hub.rnd.all("issue")[0].id, {"summary": "c"})
        hub.intakes["rnd"].poll(hub.session)
        hub.engine.step(hub.session)
        return outcomes

    play(hub, apply)
    hub.dispatchers["rnd"].step(hub.session)
    play(hub)
    assert hub.links()["rnd", "issue"].shadow["summary"] == "c"
    hub.run()
    assert hub.crm.all("case")[0].fields["subject"] == "c"
    assert hub.rnd.all("issue")[0].fields["summary"] == "c"


def test_what_was_seen_of_a_record_is_later_than_its_making(hub: Any, case: Any, play: Any) -> None:
    """Edited and read before the create's answer is kept, within one tick of the system's."""
    hub.rnd.granularity = timedelta(hours=1)
    case(hub)
    inner = hub.connectors["rnd"]

    def apply(deliveries: Any) -> list[Any]:
        outcomes = list(inner.apply(deliveries))
        hub.rnd.edit("issue", hub.rnd.all("issue")[0].id, {"summary": "c"})
        hub.intakes["rnd"].poll(hub.session)
        hub.engine.step(hub.session)
        return outcomes

    play(hub, apply)
    hub.dispatchers["rnd"].step(hub.session)
    play(hub)
    hub.run()

    assert "c" == hub.links()["rnd", "issue"].shadow["summary"]
    assert ["CreateRecord"] == [type(x.command.effect).__name__ for x in hub.effects("rnd")]


def test_a_refused_update_is_not_taken_for_written(hub: Any, case: Any, play: Any) -> None:
    """The record still differs, and the next change of the item tries again."""
    made = case(hub)
    hub.run()
    play(hub, lambda ds: [InvalidPayloadError("no") for _ in ds])
    hub.crm.edit("case", made, {"subject": "b"})
    hub.run()
    link = hub.links()["rnd", "issue"]
    assert ({}, "a") == (link.pending, link.shadow["summary"])
    play(hub)
    hub.crm.edit("case", made, {"status": "Closed"})
    hub.run()
    fields = hub.rnd.all("issue")[0].fields
    assert ("b", "Done") == (fields["summary"], fields["status"])


def test_the_keys_in_an_answer_lead_to_the_item(
    make_hub: Any, scripted: Any, want: Any, case: Any, play: Any
) -> None:
    """An answer to a mail of ours finds its matter by the message's id."""

    def opening(change: Change, context: Any) -> Opening | None:
        if change.ref.kind == "case":
            return Opening(part="case", why=WHY)
        return Opening(join=context.related[0].id, why=WHY) if context.related else None

    hub = make_hub(rules=scripted(opening=opening, react=want.on_open(want.issue)))
    case(hub)
    play(hub, changed(hub, aliases=("message-id:m1",)))
    hub.run()
    mention = ("message-id:m1",)
    hub.put(
        Change(ref=Ref("mail", "mail", "1"), version="1", seen_at=hub.clock.now(), mentions=mention)
    )
    hub.run()
    assert hub.outcomes()[-1] == "joined"


def test_an_effect_that_leaves_no_record_leaves_no_address(
    make_hub: Any, scripted: Any, want: Any, case: Any, play: Any
) -> None:
    """A system that tells nothing of what it made."""
    hub = make_hub(rules=scripted(react=want.on_open(want.comment("x"), want.issue)))
    case(hub)
    play(hub, lambda ds: [Receipt(at=hub.clock.now() - timedelta(days=1)) for _ in ds])
    hub.run()
    assert hub.links()["rnd", "issue"].ref is None
    assert ["held", "done"] == hub.states("rnd")
