"""Comments edited by people while edits of our own are still on their way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hub.errors import DeadlineExceededError
from hub.models import AddComment, EditComment, InternalText, Want, Why

WHY = Why(plugin="test")


def crossing(item: Any, event: Any, context: Any) -> Sequence[Want] | None:
    """Make the issue, and let comments and their edits cross."""
    if event.name not in {"comment_added", "comment_changed"}:
        return None
    there, parent = ("rnd", "issue") if event.change.ref.connector == "crm" else ("crm", "case")
    if event.name == "comment_changed":
        effect = EditComment(event.change.text)
        return [Want(connector=there, part=event.part, effect=effect, why=WHY)]
    add = AddComment(event.change.text)
    return [Want(connector=there, part=event.part, parent_part=parent, effect=add, why=WHY)]


@pytest.fixture
def edits(make_sqlite: Any, scripted: Any, want: Any) -> Any:
    """Give a hub in which one comment stands on both sides, and edits cross."""
    made = want.on_open(want.issue)
    hub = make_sqlite(rules=scripted(react=lambda *told: made(*told) or crossing(*told)))
    hub.crm.comment("case", hub.crm.create("case", {"subject": "a"}), InternalText("one"))
    hub.run()
    return hub


def rewrite(system: Any, text: str) -> None:
    """Have a person rewrite the only comment of a system."""
    (comment,) = system.all("comment")
    system.rewrite("comment", comment.id, InternalText(text))


def test_what_a_person_wrote_while_an_older_edit_was_tried_stands_at_last(
    edits: Any, play: Any, raising: Any
) -> None:
    """The older one is tried again, for its answer was lost; the person's text comes after it."""
    rewrite(edits.rnd, "of rnd")
    edits.decide()
    play(edits, raising(DeadlineExceededError("lost")), name="crm")
    edits.dispatchers["crm"].step(edits.session)
    edits.clock.advance(5)
    rewrite(edits.crm, "of crm, later")
    edits.decide()
    play(edits, name="crm")
    edits.clock.advance(60)
    edits.run()
    both = [x.text.text for system in (edits.crm, edits.rnd) for x in system.all("comment")]
    assert ["of crm, later"] * 2 == both


def test_our_edit_is_no_news_though_an_older_one_was_acknowledged_first(
    edits: Any,
) -> None:
    """Both wrote the same visibility; the first receipt does not make it unknown."""
    for text in ("two", "three"):
        edits.clock.advance(5)
        rewrite(edits.crm, text)
        edits.decide()
    edits.dispatchers["rnd"].step(edits.session)
    rewrite(edits.rnd, "three")
    edits.clock.advance(5)
    edits.decide()
    crossed = [x for x in edits.effects("crm") if isinstance(x.command.effect, EditComment)]
    assert crossed == []
