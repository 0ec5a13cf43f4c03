"""Effects are made in order, in batches, each at most once at a time."""

from __future__ import annotations

import threading
from typing import Any

from hub.core.store import TryAgainError, journal
from hub.errors import (
    DeadlineExceededError,
    InvalidPayloadError,
)
from hub.hookspecs import hookimpl
from hub.models import (
    AddComment,
    Command,
    EditComment,
    InternalText,
    Receipt,
)
from hub.testing.memory import capabilities_of


def named(events: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """Give the events of a name."""
    return [event for event in events if event["event"] == name]


def test_trying_is_in_the_store_before_the_first_byte_is_sent(
    hub: Any, play: Any, case: Any
) -> None:
    """Seen from within the connector, by another session."""
    other = hub.again()
    inside: list[Any] = []

    def apply(deliveries: Any) -> Any:
        inside.extend((e.state.name, e.attempts, e.tried_at) for e in other.effects("rnd"))
        return hub.connectors["rnd"].apply(deliveries)

    play(hub, apply)
    case(hub)
    hub.dispatchers["rnd"].step(hub.session)
    other.close()
    assert [("TRYING", 1, hub.clock.now())] == inside
    assert ["done"] == hub.states("rnd")


def test_what_depends_on_a_refused_create_waits_for_it(
    make_hub: Any, scripted: Any, play: Any, case: Any, retry: Any, want: Any
) -> None:
    """Held, not lost, not tried in vain; after a retry it goes on in order."""
    wants = (want.issue, want.comment("one"), want.comment("two", "comment:2"))
    hub = make_hub(rules=scripted(react=want.on_open(*wants)))
    played = play(hub, lambda ds: [InvalidPayloadError("no", field="summary") for _ in ds])
    case(hub)
    hub.run()
    assert ["dead", "held", "held"] == hub.states("rnd")
    assert len(played.batches) == 1
    assert "issue is not yet made in rnd" in hub.effects("rnd")[1].cause
    play(hub)
    retry(hub)
    hub.run()
    assert ["done"] * 3 == hub.states("rnd")
    issue = hub.rnd.all("issue")[0].id
    assert ["one", "two"] == [x.text.text for x in hub.rnd.comments("issue", issue)]


def test_other_effects_of_the_item_go_on_after_a_refused_one(
    make_hub: Any, scripted: Any, play: Any, case: Any, want: Any
) -> None:
    """Only what needs it waits."""
    wants = (want.issue, want.comment("one"), want.comment("two", "comment:2"))
    hub = make_hub(rules=scripted(react=want.on_open(*wants)))
    inner = hub.connectors["rnd"]

    def apply(deliveries: Any) -> list[Any]:
        (delivery,) = deliveries
        if delivery.effect == AddComment(InternalText("one")):
            return [InvalidPayloadError("no")]
        return list(inner.apply(deliveries))

    play(hub, apply)
    case(hub)
    hub.run()
    assert ["done", "dead", "done"] == hub.states("rnd")


def test_an_edit_waits_for_the_comment_that_died(
    make_hub: Any, scripted: Any, play: Any, case: Any, retry: Any, want: Any
) -> None:
    """When that is made after all, the edit follows."""
    edit = want.of(EditComment(InternalText("two")), "comment:1")
    hub = make_hub(rules=scripted(react=want.on_open(want.issue, want.comment("one"), edit)))
    inner, refusing = hub.connectors["rnd"], True

    def apply(deliveries: Any) -> list[Any]:
        adding = isinstance(deliveries[0].effect, AddComment)
        return [InvalidPayloadError("no")] if refusing and adding else list(inner.apply(deliveries))

    play(hub, apply)
    case(hub)
    hub.run()
    assert ["done", "dead", "held"] == hub.states("rnd")
    refusing = False
    retry(hub)
    hub.run()
    assert ["done"] * 3 == hub.states("rnd")
    assert ["two"] == [x.text.text for x in hub.rnd.all("comment")]


def test_effects_of_one_item_are_made_one_after_the_other(
    make_hub: Any, scripted: Any, play: Any, want: Any
) -> None:
    """In the order they were wanted; those of other items in the same batches."""
    wants = (want.issue, want.comment("one"), want.comment("two", "comment:2"))
    hub = make_hub(rules=scripted(react=want.on_open(*wants)))
    played = play(hub)
    for subject in "abc":
        hub.crm.create("case", {"subject": subject, "status": "New"})
    hub.run()
    assert [3, 3, 3] == [len(batch) for batch in played.batches]
    for issue in hub.rnd.all("issue"):
        assert ["one", "two"] == [x.text.text for x in hub.rnd.comments("issue", issue.id)]


def test_a_batch_is_no_larger_than_the_system_takes(make_sqlite: Any, play: Any) -> None:
    """What is left goes with the next."""
    hub = make_sqlite()
    played = play(hub)
    played.capabilities = capabilities_of(hub.rnd, bulk=4)
    for n in range(10):
        hub.crm.create("case", {"subject": str(n), "status": "New"})
    hub.run()
    assert max(len(batch) for batch in played.batches) == 4
    assert len(hub.rnd.all("issue")) == 10


def test_updates_that_wait_for_one_record_are_folded(
    make_hub: Any, scripted: Any, play: Any, case: Any, want: Any
) -> None:
    """The last value of each field goes, in one call; the earlier ones say so."""
    hub = make_hub(
        rules=scripted(
            react=want.on_open(want.issue, want.update("1"), want.update("2"), want.update("3"))
        )
    )
    played = play(hub)
    case(hub)
    hub.run()
    assert ["done", "superseded", "superseded", "done"] == hub.states("rnd")
    assert "folded" in hub.effects("rnd")[1].cause
    assert len(played.batches) == 2
    fields = hub.rnd.all("issue")[0].fields
    assert ("3", "y", "y", "y") == tuple(fields[name] for name in ("x", "1", "2", "3"))


def test_an_update_that_is_waited_for_is_not_folded_away(
    make_hub: Any, scripted: Any, case: Any, want: Any
) -> None:
    """Its event is raised with its own receipt."""
    rules = scripted(
        react=want.on_open(
            want.issue, want.update("1", then="first"), want.update("2"), want.update("3")
        )
    )
    hub = make_hub(rules=rules)
    case(hub)
    hub.run()
    assert ["done", "done", "superseded", "done"] == hub.states("rnd")
    assert rules.heard.count("first") == 1


def test_an_update_that_is_being_tried_takes_in_no_other(
    make_hub: Any, scripted: Any, play: Any, case: Any, raising: Any, want: Any
) -> None:
    """What may have been sent must be looked up as it was sent."""
    hub = make_hub(rules=scripted(react=want.on_open(want.issue, want.update("1"))))
    case(hub)
    hub.run()
    lost = play(hub, raising(DeadlineExceededError("lost")))
    hub.crm.edit("case", hub.crm.all("case")[0].id, {"subject": "b"})
    hub.decide()
    hub.dispatchers["rnd"].step(hub.session)
    assert len(lost.batches) == 1
    hub.crm.edit("case", hub.crm.all("case")[0].id, {"subject": "c", "status": "Closed"})
    hub.decide()
    found = play(hub)
    hub.clock.advance(60)
    hub.run()
    assert found.looked == lost.batches[0]
    assert ("c", "Done") == tuple(
        hub.rnd.all("issue")[0].fields[name] for name in ("summary", "status")
    )


def test_a_vetoed_effect_is_not_made_and_says_why(
    make_hub: Any, scripted: Any, play: Any, case: Any, want: Any
) -> None:
    """With the plugin's reason, in outbox and journal; nothing waits for it."""
    hub = make_hub(rules=scripted(react=want.on_open(want.issue), veto=lambda _: "not on Sundays"))
    played = play(hub)
    case(hub)
    hub.run()
    (entry,) = hub.effects("rnd")
    assert ("SUPERSEDED", "vetoed: not on Sundays") == (entry.state.name, entry.cause)
    assert played.batches == []
    assert hub.links()["rnd", "issue"].pending == {}
    told = hub.read(journal.of_item, hub.items()[0].id)
    assert "not on Sundays" in told[-1].entry


def test_a_plugin_that_fails_to_veto_is_named_and_vetoes_nothing(
    make_sqlite: Any, scripted: Any, events: Any, case: Any, want: Any
) -> None:
    """As does one that fails to take note."""

    class Notes:
        """Fails after each effect."""

        @hookimpl
        def hub_after_effect(self, command: Command, receipt: Receipt) -> None:
            """Fail."""
            raise ValueError(command.key)

    rules = scripted(react=want.on_open(want.issue), veto=lambda _: 1 / 0)
    hub = make_sqlite(rules=[("veto", rules), ("notes", Notes())])
    case(hub)
    hub.run()
    assert len(hub.rnd.all("issue")) == 1
    failed = [(event["plugin"], event["hook"]) for event in named(events, "plugin.hook_failed")]
    assert {("veto", "hub_before_effect"), ("notes", "hub_after_effect")} == set(failed)


def test_an_effect_on_a_record_that_is_gone_is_dropped(hub: Any, case: Any) -> None:
    """With its reason; nobody is asked to write into nothing."""
    made = case(hub)
    hub.run()
    hub.crm.edit("case", made, {"subject": "b"})
    hub.intakes["crm"].poll(hub.session)
    hub.engine.step(hub.session)
    hub.rnd.delete("issue", hub.rnd.all("issue")[0].id)
    hub.intakes["rnd"].poll(hub.session)
    hub.engine.step(hub.session)
    hub.run()
    last = hub.effects("rnd")[-1]
    assert ("SUPERSEDED", "issue is gone") == (last.state.name, last.cause)
    assert hub.links()["rnd", "issue"].pending == {}


def test_a_comment_on_a_record_that_is_gone_waits_for_its_return(hub: Any, case: Any) -> None:
    """Somebody deleted the issue by mistake: what was said meanwhile is not lost."""
    made = case(hub)
    hub.run()
    issue = hub.rnd.all("issue")[0].id
    hub.rnd.delete("issue", issue)
    hub.run()
    hub.crm.comment("case", made, InternalText("said meanwhile"))
    hub.run()
    last = hub.effects("rnd")[-1]
    assert ("HELD", "issue is gone") == (last.state.name, last.cause)

    hub.rnd.restore("issue", issue)
    hub.run()

    assert ["said meanwhile"] == [x.text.text for x in hub.rnd.comments("issue", issue)]


def test_two_processes_make_each_effect_once(make_postgres: Any) -> None:
    """Lanes are held by one at a time; what another holds is left to it."""
    hub = make_postgres()
    for n in range(40):
        hub.crm.create("case", {"subject": str(n), "status": "New"})
    hub.decide()
    processes = [hub.again(), hub.again()]
    errors: list[BaseException] = []

    def work(process: Any) -> None:
        process.dispatchers["rnd"].sharers = 2
        session = process.database.session()
        try:
            while any(x in {"wanted", "trying"} for x in process.states("rnd")):
                try:
                    process.dispatchers["rnd"].step(session)
                except TryAgainError:
                    continue
        except BaseException as error:
            errors.append(error)
        finally:
            session.drop()

    threads = [threading.Thread(target=work, args=(process,)) for process in processes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert [str(n) for n in range(40)] == sorted(
        (x.fields["summary"] for x in hub.rnd.all("issue")), key=int
    )
    assert hub.read(journal.broken_chains) == []
    for process in processes:
        process.close()
