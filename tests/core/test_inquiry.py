"""How it stands and why: what the store tells of items, of what was done, and of what was not."""

from __future__ import annotations

from typing import Any

from hub.core import inquiry
from hub.core.store import dead, journal
from hub.models import InternalText


def read(hub: Any, function: Any, *arguments: Any) -> Any:
    """Ask within one reading transaction."""
    with hub.session.read() as connection:
        return function(connection, *arguments)


def test_why_tells_the_chain_from_the_change_to_the_receipt(hub: Any) -> None:
    """A case came in, an issue was wanted for a reason, and it was made: in this order."""
    case = hub.crm.create("case", {"subject": "登录失败", "status": "New"})
    hub.run()

    told = read(hub, inquiry.explain, f"crm:case:{case}")

    assert told.fields["subject"] == "登录失败"
    assert {"case", "issue"} == {link.part for link in told.links}
    opened = told.steps[0]
    assert ("change", f"crm:case:{case}", "opened") == (opened.what, opened.ref, opened.outcome)
    want = next(each for each in opened.decisions if each.action == "want")
    made = next(step for step in told.steps if step.what == "effect" and step.key == want.key)
    assert made.outcome == "done"
    assert made.ref.startswith("rnd:issue:")


def test_why_finds_an_item_by_any_of_its_names(hub: Any) -> None:
    """Its own id, a record's address, a record's bare id."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    issue = hub.rnd.all("issue")[0].id
    item = read(hub, inquiry.explain, f"crm:case:{case}").item

    assert {item} == {
        read(hub, inquiry.explain, name).item for name in (item, f"rnd:issue:{issue}", case)
    }


def test_why_tells_also_why_nothing_happened(hub: Any) -> None:
    """A record that no rule wants is explained by the rule that said so."""
    comment = hub.crm.comment("case", hub.crm.create("case", {"subject": "a"}), InternalText("x"))
    hub.intakes["crm"].poll(hub.session)
    stranger = hub.crm.create("comment", {"text": "alone"})
    hub.run()

    told = read(hub, inquiry.explain, f"crm:comment:{stranger}")

    assert told.item == ""
    assert comment != stranger
    assert [step.outcome for step in told.steps] == ["ignored"]
    assert told.steps[0].decisions[0].why.rule == "stranger"


def test_a_change_that_waits_is_shown_as_waiting(hub: Any) -> None:
    """Before the engine has looked at it, the chain says so."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.intakes["crm"].poll(hub.session)

    told = read(hub, inquiry.explain, f"crm:case:{case}")

    assert [(step.what, step.outcome) for step in told.steps] == [("change", "waiting")]


def test_of_what_the_hub_never_saw_there_is_nothing_to_tell(hub: Any) -> None:
    """Neither an id nor an address invents a story."""
    assert read(hub, inquiry.explain, "crm:case:77") is None
    assert read(hub, inquiry.explain, "anything") is None
    assert read(hub, inquiry.item_view, "anything") is None


def test_status_counts_what_waits(hub: Any) -> None:
    """Before the run a change waits; after it nothing does, and the cursors stand."""
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.intakes["crm"].poll(hub.session)
    before = read(hub, inquiry.status)
    waiting = read(hub, inquiry.backlog, hub.clock.now())
    hub.run()
    after = read(hub, inquiry.status)

    assert (before.inbox_waiting, before.items) == (1, 0)
    assert waiting.inbox == 1
    assert (after.inbox_waiting, after.items, after.dead_letters) == (0, 1, 0)
    assert {each.connector: each.waiting for each in after.connectors} == {"crm": 0, "rnd": 0}
    assert after.oldest_waiting is None


def test_an_item_is_shown_with_its_records_and_what_waits(hub: Any) -> None:
    """The API's view names the links and open effects."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.intakes["crm"].poll(hub.session)
    hub.engine.step(hub.session)

    view = read(hub, inquiry.item_view, case)

    assert view.fields["subject"] == "a"
    assert {("rnd", "issue", "wanted")} == {
        (each.connector, each.part, each.state) for each in view.waiting
    }


def test_what_was_ignored_is_explained_under_each_of_its_names(sqlite_hub: Any, seen: Any) -> None:
    """Whoever asks why a mail became nothing has its Message-ID, not our address of it."""
    sqlite_hub.put(seen("account:1", aliases=("message-id:7@pku.edu.cn",)))
    sqlite_hub.engine.step(sqlite_hub.session)

    told = sqlite_hub.read(inquiry.explain, "<7@pku.edu.cn>")

    assert ["ignored"] == [step.outcome for step in told.steps]


def test_what_a_plugin_quotes_in_what_it_raises_is_not_kept_with_its_secrets(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """The journal says that it failed; a password in the message is not its business."""

    def react(item: Any, event: Any, context: Any) -> None:
        raise ValueError("password=hunter2")

    hub = make_sqlite(rules=scripted(react=react))
    hub.put(seen("case:1", subject="a"))
    hub.engine.step(hub.session)
    (item,) = hub.items()
    (written,) = hub.read(journal.of_item, item.id)
    assert "password=***" in written.entry
    assert "hunter2" not in written.entry + str(hub.read(dead.listing))
