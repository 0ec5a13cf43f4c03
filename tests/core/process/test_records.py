"""What a change is for the hub: news, an echo, too old, in doubt, gone, our own, or nobody's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from hub.core.store import inbox, journal
from hub.models import (
    Change,
    InternalText,
    Note,
    Opening,
    PublicText,
    Ref,
    SetFields,
    StartTimer,
    Why,
)

WHY = Why(plugin="test")


def test_a_record_that_no_rule_knows_is_ignored_and_told_of(
    hub: Any, seen: Any, notes: Any
) -> None:
    """With the reason, in the journal."""
    hub.put(seen("account:1"))
    hub.engine.step(hub.session)

    assert (["ignored"], []) == (hub.outcomes(), hub.items())
    assert "stranger" in notes()[0]


def test_a_record_that_was_gone_before_the_hub_knew_it_is_nobodys(hub: Any, seen: Any) -> None:
    """No item is opened for what is no more."""
    hub.put(seen("case:1", gone=True))
    hub.engine.step(hub.session)

    assert ["ignored"] == hub.outcomes()


def test_an_item_takes_the_records_fields_in_its_own_words(hub: Any, seen: Any) -> None:
    """And remembers in the link what was agreed on."""
    hub.put(seen("case:1", subject="a", status="Closed", at=hub.clock.now()))
    hub.engine.step(hub.session)

    (item,) = hub.items()
    assert ("a", "done") == (item.fields["subject"], item.fields["state"])
    link = hub.links()["crm", "case"]
    assert ({"subject": "a", "status": "Closed"}, hub.clock.now()) == (link.shadow, link.at)


def test_a_change_older_than_one_already_seen_is_stale(hub: Any, seen: Any) -> None:
    """Pages may be told out of order; the newest stays."""
    now = hub.clock.now()
    hub.put(
        seen("case:1", "2", subject="new", at=now),
        seen("case:1", "1", subject="old", at=now - timedelta(seconds=1)),
    )
    hub.engine.step(hub.session)

    assert ["opened", "stale"] == hub.outcomes()
    assert hub.items()[0].fields["subject"] == "new"


def test_a_doubtful_change_is_read_afresh_and_then_believed(hub: Any, twin: Any) -> None:
    """Read before our own write's receipt, within one tick of the system's clock."""
    case, _ = twin
    link = hub.links()["crm", "case"]
    before = link.written_at - timedelta(seconds=1)
    hub.crm.granularity = timedelta(hours=1)
    doubtful = Change(
        ref=link.ref, version="x", seen_at=before, at=link.at, fields={"subject": "theirs"}
    )
    hub.put(doubtful)
    hub.engine.step(hub.session)
    assert hub.outcomes()[-1] == "doubtful"
    assert hub.items()[0].fields["subject"] == "a"
    assert [link.ref] == [ref for ref, _ in hub.read(inbox.wanted_fetches, "crm", 9)]

    hub.crm.edit("case", case, {"subject": "theirs"})
    hub.run()
    assert hub.items()[0].fields["subject"] == "theirs"


def test_a_clock_set_back_has_nothing_read_afresh_for_ever(hub: Any, twin: Any) -> None:
    """What the hub wrote by a clock that was ahead casts doubt once, not until that hour."""
    case, _ = twin
    hub.rnd.edit("issue", hub.rnd.all("issue")[0].id, {"summary": "ours"})
    hub.run()
    hub.clock.jump(hub.clock.now() - timedelta(hours=1))
    hub.crm.edit("case", case, {"subject": "theirs"})
    hub.crm.log[-1].stamp += timedelta(hours=1)

    hub.run(5)

    assert "theirs" == hub.items()[0].fields["subject"]
    assert 1 == hub.outcomes().count("doubtful")


def test_a_doubtful_version_that_was_true_is_taken_when_read_again(hub: Any, twin: Any) -> None:
    """The same version comes back from the fresh look, and must not be taken for known."""
    link = hub.links()["crm", "case"]
    doubtful = Change(
        ref=link.ref, version="x", seen_at=link.written_at, at=link.at, fields={"subject": "b"}
    )
    hub.put(doubtful)
    hub.engine.step(hub.session)
    hub.clock.advance(1)
    hub.put(
        Change(
            ref=link.ref, version="x", seen_at=hub.clock.now(), at=link.at, fields={"subject": "b"}
        )
    )
    hub.engine.step(hub.session)
    assert hub.items()[0].fields["subject"] == "b"


def test_a_record_that_vanishes_is_told_once_and_written_no_more(
    make_sqlite: Any, scripted: Any
) -> None:
    """Its link stays, marked; what the item changes afterwards does not go there."""
    rules = scripted()
    hub = make_sqlite(rules=rules)
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    hub.crm.delete("case", case)
    hub.run()

    assert hub.links()["crm", "case"].gone
    assert [name for name in rules.heard if name == "record_gone"] == ["record_gone"]
    assert hub.effects("crm") == []


def test_a_record_that_comes_back_is_followed_again(make_sqlite: Any, scripted: Any) -> None:
    """Also in the very version it had, as when a right is withdrawn and given again."""
    rules = scripted()
    hub = make_sqlite(rules=rules)
    ref = Ref("crm", "case", "1")

    def tell(version: str, subject: str = "a", *, gone: bool = False) -> str:
        hub.clock.advance(1)
        fields = {} if gone else {"subject": subject}
        hub.put(Change(ref=ref, version=version, seen_at=hub.clock.now(), fields=fields, gone=gone))
        hub.engine.step(hub.session)
        return str(hub.outcomes()[-1])

    told = [tell("1"), tell("absent", gone=True)]
    assert hub.links()["crm", "case"].gone
    tell("1")
    assert not hub.links()["crm", "case"].gone
    told.append(tell("absent", gone=True))
    assert hub.links()["crm", "case"].gone
    tell("2", "b")
    assert not hub.links()["crm", "case"].gone
    assert hub.items()[0].fields["subject"] == "b"
    assert ["opened", "gone", "gone"] == told
    assert rules.heard.count("record_gone") == 2


def test_a_rewritten_comment_is_told_and_an_echo_is_not(make_sqlite: Any, scripted: Any) -> None:
    """Known by its text, whoever's clock says what."""
    rules = scripted()
    hub = make_sqlite(rules=rules)
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    comment = hub.crm.comment("case", case, InternalText("one"))
    hub.run()
    hub.crm.rewrite("comment", comment, InternalText("one\n"))
    hub.run()
    assert "comment_changed" not in rules.heard
    hub.crm.rewrite("comment", comment, PublicText("one"))
    hub.run()
    hub.crm.rewrite("comment", comment, PublicText("two"))
    hub.run()
    assert rules.heard.count("comment_changed") == 2
    assert rules.heard.count("comment_added") == 1


def joined(*items: str) -> Callable[..., Any]:
    """Answer that opens an item for a case, and joins all else to what it mentions."""

    def answer(change: Change, context: Any) -> Opening | None:
        if change.ref.kind == "case":
            return Opening(part="case", why=WHY)
        if context.related:
            return Opening(join=context.related[0].id, why=WHY, fields=dict.fromkeys(items, "set"))
        return None

    return answer


@pytest.mark.parametrize("mention", ["item:{}", "message-id:m1", "ref:crm:case:1"])
def test_what_a_change_mentions_is_related(
    make_sqlite: Any, scripted: Any, seen: Any, mention: str
) -> None:
    """By the item's id, by a key of one of its records, by a record's address."""
    rules = scripted(opening=joined("note"))
    hub = make_sqlite(rules=rules)
    hub.put(seen("case:1", subject="a", aliases=("message-id:m1",)))
    hub.engine.step(hub.session)
    (item,) = hub.items()
    mail = seen("mail:9", of="mail", mentions=(mention.format(item.id),), text=PublicText("hi"))
    hub.put(mail)
    hub.engine.step(hub.session)

    assert ["opened", "joined"] == hub.outcomes()
    assert hub.items()[0].fields["note"] == "set"
    assert rules.heard[-2:] == ["mail_received", "fields_changed"]
    assert ("mail", "mail:9") in hub.links()


def test_a_key_that_only_looks_like_an_items_relates_to_nothing(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """`item:` is a word, not five signs."""
    hub = make_sqlite(rules=scripted(opening=joined()))
    hub.put(seen("case:1", subject="a"))
    hub.engine.step(hub.session)
    (item,) = hub.items()
    hub.put(seen("mail:9", of="mail", mentions=(f"mail:{item.id}", f"item:{item.id[:-1]}?")))
    hub.put(seen("mail:8", of="mail", mentions=(f"item:{item.id}x", f"xxxx:{item.id}")))
    hub.engine.step(hub.session)
    assert ["opened", "ignored", "ignored"] == hub.outcomes()


def test_what_a_change_mentions_is_looked_up_over_three_steps(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """The contact, its account, the account's manager; not what lies beyond."""
    found: list[list[str]] = []

    def opening(change: Change, context: Any) -> Opening | None:
        found.append([str(record.ref) for record in context.records])
        return None

    hub = make_sqlite(rules=scripted(opening=opening))
    chain = ["contact:1", "account:2", "user:3", "team:4"]
    for here, there in zip(chain, [*chain[1:], "x:5"], strict=True):
        alias = (f"email:{here}",)
        hub.put(seen(here, reference=True, aliases=alias, mentions=(f"ref:crm:{there}",)))
    hub.put(seen("case:1", mentions=("email:contact:1",)))
    hub.engine.step(hub.session)
    assert [["crm:contact:1", "crm:account:2", "crm:user:3"]] == found


def test_a_reference_record_that_vanishes_answers_to_no_key(
    make_sqlite: Any, scripted: Any, seen: Any
) -> None:
    """A contact that was deleted is not found by its address any more."""
    found: list[list[str]] = []

    def opening(change: Change, context: Any) -> None:
        found.append([str(record.ref) for record in context.records])

    hub = make_sqlite(rules=scripted(opening=opening))
    hub.put(seen("contact:1", reference=True, aliases=("email:a",)))
    hub.engine.step(hub.session)
    hub.put(seen("contact:1", "2", reference=True, gone=True))
    hub.engine.step(hub.session)
    hub.put(seen("case:1", mentions=("email:a",)))
    hub.engine.step(hub.session)
    assert [[]] == found


def test_what_a_turn_decided_is_in_the_journal(make_sqlite: Any, scripted: Any, seen: Any) -> None:
    """Rule by rule, with what was set, started and noted."""

    def react(item: Any, event: Any, context: Any) -> list[Any] | None:
        if event.name != "item_opened":
            return None
        timer = StartTimer(name="t", due_at=context.now, why=WHY)
        return [SetFields({"owner": "li"}, WHY), timer, Note("remark", WHY)]

    hub = make_sqlite(rules=scripted(react=react))
    hub.put(seen("case:1", subject="a"))
    hub.engine.step(hub.session)
    (item,) = hub.items()
    (written,) = hub.read(journal.of_item, item.id)
    for word in ("item_opened", "fields_changed", '"owner":"li"', '"t"', "remark"):
        assert word in written.entry
