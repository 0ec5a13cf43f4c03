"""What rules answer: isolated from one another, until they rest, retried alone."""

from __future__ import annotations

from typing import Any

import pytest

from hub.clock import RandomIds
from hub.core.desk import Desk
from hub.core.wants import idempotency_key
from hub.models import (
    AddComment,
    CancelTimer,
    Classification,
    CreateRecord,
    EditComment,
    InternalText,
    Reroute,
    Route,
    SetFields,
    StartTimer,
    UpdateRecord,
    Want,
    Why,
)
from hub.testing.clock import EPOCH

WHY = Why(plugin="test")


def setting(**fields: Any) -> list[SetFields]:
    """Answer with fields."""
    return [SetFields(fields, WHY)]


def on(name: str, *actions: Any) -> Any:
    """Make a reaction to one event."""

    def react(item: Any, event: Any, context: Any) -> list[Any] | None:
        return list(actions) if event.name == name else None

    return react


def opened(hub: Any, seen: Any) -> Any:
    """Put one case in and let the engine work; give the item."""
    hub.put(seen("case:1", subject="a", status="New"))
    hub.engine.step(hub.session)
    found = hub.items()
    return found[0] if found else None


def retried(hub: Any) -> None:
    """Retry all open dead letters."""
    for letter in hub.letters():
        Desk(hub.session, hub.clock, RandomIds(hub.clock)).retry(letter.id)
    hub.engine.step(hub.session)


def test_fields_that_one_rule_sets_are_told_to_all(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """With their old values, until nothing changes any more."""

    def react(item: Any, event: Any, context: Any) -> list[SetFields] | None:
        if event.name == "item_opened":
            return setting(one="1")
        return setting(two="2") if "one" in event.before else None

    first, second = scripted(react=react), scripted()
    hub = make_sqlite(rules=[("first", first), ("second", second)])
    item = opened(hub, seen)
    assert ("1", "2") == (item.fields["one"], item.fields["two"])
    assert ["item_opened", "fields_changed", "fields_changed"] == first.heard == second.heard
    assert [{"one": None}, {"two": None}] == [event.before for event in second.asked[1:]]
    assert item.revision == 1


def test_rules_that_never_come_to_rest_are_a_dead_letter(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """Nothing of such a turn has happened, and other items go on."""

    def react(item: Any, event: Any, context: Any) -> list[SetFields] | None:
        if item.fields.get("subject") == "a":
            return setting(n=int(item.fields.get("n", 0)) + 1)
        return None

    hub = make_sqlite(rules=scripted(react=react))
    hub.put(seen("case:1", subject="a"), seen("case:2", subject="b"))
    hub.engine.step(hub.session)
    (letter,) = hub.letters()
    assert "do not come to rest" in letter.cause
    assert ("change", "crm:case:1", "HUB-X-001") == (letter.kind, letter.ref, letter.code)
    assert ["failed", "opened"] == hub.outcomes()
    assert ["b"] == [item.fields["subject"] for item in hub.items()]


def test_a_plugin_that_raises_stops_no_other(make_sqlite: Any, scripted: Any, seen: Any) -> None:
    """It is named in a dead letter; mended and retried, it alone runs again."""
    bad = scripted(react=lambda *_: 1 / 0)
    good = scripted(react=on("item_opened", *setting(owner="li")))
    hub = make_sqlite(rules=[("bad", bad), ("good", good)])
    item = opened(hub, seen)
    assert item.fields["owner"] == "li"
    letters = hub.letters()
    assert {("hook", "bad", "HUB-P-010", item.id)} == {
        (x.kind, x.connector, x.code, x.item_id) for x in letters
    }
    assert len(letters) == 2, "one for each event that it failed on"
    assert "ZeroDivisionError" in letters[0].cause

    bad._answers["react"] = on("item_opened", *setting(mended="yes"))
    bad.asked.clear()
    good.asked.clear()
    retried(hub)
    assert hub.items()[0].fields["mended"] == "yes"
    assert ["item_opened", "fields_changed", "fields_changed"] == bad.heard
    assert ["fields_changed"] == good.heard
    assert hub.letters() == []


def test_a_retried_plugin_that_fails_again_is_a_letter_again(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """Until somebody drops it."""
    hub = make_sqlite(rules=[("bad", scripted(react=lambda *_: 1 / 0))])
    opened(hub, seen)
    retried(hub)
    retried(hub)
    assert ["bad"] == [letter.connector for letter in hub.letters()]
    assert len(hub.letters("retried")) == 2


@pytest.mark.parametrize("question", ["classify", "route"])
def test_a_question_that_failed_is_asked_again_by_retry(
    make_sqlite: Any, scripted: Any, seen: Any, question: str
) -> None:
    """Of all, for the first answer counts; what it sets is told."""
    bad, good = scripted(**{question: lambda _: 1 / 0}), scripted()
    hub = make_sqlite(rules=[("bad", bad), ("good", good)])
    opened(hub, seen)
    (letter,) = hub.letters()
    assert f"bad failed in hub_{question}_case" in letter.cause

    answers = {
        "classify": lambda _: Classification(fields={"owner": "li"}, why=WHY),
        "route": lambda _: Route(role="r", owner="li", why=WHY),
    }
    bad._answers[question] = answers[question]
    retried(hub)
    assert hub.items()[0].fields["owner"] == "li"
    assert "fields_changed" in good.heard
    assert hub.letters() == []


def test_a_failed_opening_of_an_ignored_record_is_asked_again(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """The change itself goes through once more."""
    bad = scripted(opening=lambda *_: 1 / 0)
    hub = make_sqlite(rules=[("bad", bad)])
    assert opened(hub, seen) is None
    assert ["ignored"] == hub.outcomes()
    del bad._answers["opening"]
    retried(hub)
    assert ["opened"] == hub.outcomes()


@pytest.mark.parametrize("garbage", ["text", [1], {"a": 1}, 7])
def test_an_answer_of_a_wrong_type_is_the_plugins_failure(
    make_sqlite: Any, scripted: Any, seen: Any, garbage: Any
) -> None:
    """It is fenced as if it had raised."""
    hub = make_sqlite(rules=[("bad", scripted(react=lambda *_: garbage))])
    assert opened(hub, seen) is not None
    (letter,) = hub.letters()
    assert "PluginContractError" in letter.cause


def test_an_answer_that_cannot_be_stored_concerns_its_change_alone(
    make_hub: Any, scripted: Any, seen: Any
) -> None:
    """A rule that sets an object, or text that is no Unicode."""

    def react(item: Any, event: Any, context: Any) -> list[Any] | None:
        bad = {"1": object(), "2": "\ud800"}.get(item.fields["subject"])
        if event.name != "item_opened" or bad is None:
            return None
        return setting(bad=bad)

    hub = make_hub(rules=scripted(react=react))
    hub.put(*(seen(f"case:{n}", subject=str(n)) for n in range(4)))
    hub.engine.step(hub.session)
    assert ["opened", "failed", "failed", "opened"] == hub.outcomes()
    assert ["0", "3"] == sorted(item.fields["subject"] for item in hub.items())
    assert ["crm:case:1", "crm:case:2"] == sorted(letter.ref for letter in hub.letters())


def test_a_case_is_classified_and_routed_before_it_is_told_of(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """What the record itself says goes before the rules' guess."""

    def react(item: Any, event: Any, context: Any) -> None:
        assert ("defect", "a", "li", ["x"]) == tuple(
            item.fields[name] for name in ("issue_type", "subject", "owner", "notify")
        )

    guess = Classification(fields={"issue_type": "defect", "subject": "guess"}, why=WHY)
    rules = scripted(
        classify=lambda _: guess,
        route=lambda _: Route(role="r", owner="li", notify=("x",), why=WHY),
        react=react,
    )
    hub = make_sqlite(rules=rules)
    assert opened(hub, seen).fields["role"] == "r"
    assert hub.letters() == []


def test_a_reroute_asks_who_handles_it_next(make_sqlite: Any, scripted: Any, seen: Any) -> None:
    """And what that changes is told."""
    owners = iter(["li", "wang"])
    rules = scripted(
        route=lambda _: Route(role="r", owner=next(owners), why=WHY),
        react=on("item_opened", Reroute(why=WHY)),
    )
    hub = make_sqlite(rules=rules)
    assert opened(hub, seen).fields["owner"] == "wang"
    assert [{"owner": "li"}] == [e.before for e in rules.asked if e.name == "fields_changed"]


def test_the_last_word_on_a_timer_counts(make_sqlite: Any, scripted: Any, seen: Any) -> None:
    """Started and taken back in one turn is not started."""
    kept = StartTimer(name="kept", due_at=EPOCH, why=WHY)
    dropped = StartTimer(name="dropped", due_at=EPOCH, why=WHY)
    react = on("item_opened", dropped, CancelTimer("dropped", WHY), kept)
    rules = scripted(react=react)
    hub = make_sqlite(rules=rules)
    opened(hub, seen)
    hub.run()
    assert [{"name": "kept"}] == [e.data for e in rules.asked if e.name == "timer_due"]


def wanting(effect: Any, part: str = "issue", **given: Any) -> Want:
    """Make a want of the issues' system."""
    return Want(connector="rnd", part=part, effect=effect, why=WHY, **given)


def test_what_is_wanted_twice_of_one_cause_is_one_effect(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """Unless the rule says that they are two."""
    note = AddComment(InternalText("x"))
    same = [wanting(note, "comment:1"), wanting(note, "comment:1")]
    other = wanting(note, "comment:1", once="second")
    hub = make_sqlite(rules=scripted(react=on("item_opened", *same, other)))
    opened(hub, seen)
    assert len(hub.effects("rnd")) == 2
    assert len({entry.command.part for entry in hub.effects("rnd")}) == 2


def test_a_record_that_exists_is_not_made_again(make_sqlite: Any, scripted: Any, seen: Any) -> None:
    """The journal says that it was asked for."""
    create = wanting(CreateRecord(kind="issue"), once="1")
    twice = wanting(CreateRecord(kind="issue"), once="2")
    hub = make_sqlite(rules=scripted(react=on("item_opened", create, twice)))
    opened(hub, seen)
    assert len(hub.effects("rnd")) == 1


def test_a_comment_that_is_nowhere_is_not_edited(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """There is nothing to edit."""
    want = wanting(EditComment(InternalText("x")), "comment:9")
    hub = make_sqlite(rules=scripted(react=on("item_opened", want)))
    opened(hub, seen)
    assert hub.effects() == []


def test_a_created_record_carries_the_items_mapped_fields(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """Beside what the rule gives; empty ones are left out."""
    want = wanting(CreateRecord(kind="issue", fields={"x": "y"}))
    hub = make_sqlite(rules=scripted(react=on("item_opened", want)))
    opened(hub, seen)
    (entry,) = hub.effects("rnd")
    assert {"summary": "a", "status": "To Do", "x": "y"} == entry.command.effect.fields


def test_a_key_follows_from_its_cause(make_sqlite: Any, scripted: Any, seen: Any) -> None:
    """The same change decided again, after a batch was given up, gives the same key."""
    want = wanting(CreateRecord(kind="issue"))
    hub = make_sqlite(rules=scripted(react=on("item_opened", want)))
    item = opened(hub, seen)
    (entry,) = hub.effects("rnd")
    cause = "crm:case:1|1"
    assert entry.command.key == idempotency_key(item.id, "rnd", "issue", cause, "CreateRecord|")


def test_linked_records_follow_the_item(make_sqlite: Any, scripted: Any, seen: Any) -> None:
    """No rule asks for it; what agrees already is not written."""
    hub = make_sqlite(rules=scripted(react=on("item_opened", *setting(state="done"))))
    opened(hub, seen)
    (entry,) = hub.effects("crm")
    assert UpdateRecord(fields={"status": "Closed"}) == entry.command.effect
    assert {"status": "Closed"} == hub.links()["crm", "case"].pending
