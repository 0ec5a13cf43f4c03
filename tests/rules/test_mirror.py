"""Facts about mirrored comments."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hub.handbook import Handbook
from hub.models import (
    AddComment,
    EditComment,
    Event,
    InternalText,
    PublicText,
)
from hub.rules import builtin_rules
from hub.rules.mirror import MirrorRules


@pytest.fixture
def mirror(handbook: Handbook) -> MirrorRules:
    """Give the rules of mirroring."""
    return MirrorRules(handbook)


@pytest.mark.parametrize(("source", "target"), [("crm", "rnd"), ("rnd", "crm")])
@pytest.mark.parametrize("public", [True, False])
def test_comments_cross_with_their_visibility(
    mirror: MirrorRules, make: SimpleNamespace, source: str, target: str, public: bool
) -> None:
    """Public stays public, internal stays internal, and the author is named."""
    change = make.comment(source, "看一下", public=public, actor="wang.lei@vendor.example")
    event = Event(name="comment_added", change=change, part=f"comment:{change.ref}")
    context = make.context(links=[make.link("crm", "case"), make.link("rnd", "issue")])

    (want,) = make.wants(mirror.hub_react(make.item(), event, context))

    text = "王磊：\n看一下"
    assert want.effect == AddComment(text=PublicText(text) if public else InternalText(text))
    assert (want.connector, want.part) == (target, f"comment:{change.ref}")
    assert want.parent_part == ("issue" if target == "rnd" else "case")


def test_a_copy_is_not_copied_back(mirror: MirrorRules, make: SimpleNamespace) -> None:
    """What carries our key was made by us."""
    change = make.comment("rnd", "x", key="k1")
    event = Event(name="comment_added", change=change, part=f"comment:{change.ref}")
    context = make.context(links=[make.link("crm", "case"), make.link("rnd", "issue")])

    assert not mirror.hub_react(make.item(), event, context)


@pytest.mark.parametrize("links", [[], [("rnd", True)]], ids=["no issue", "issue gone"])
def test_without_an_issue_nothing_is_copied(
    mirror: MirrorRules, make: SimpleNamespace, links: list[tuple[str, bool]]
) -> None:
    """A case that never saw R&D keeps its comments to itself."""
    change = make.comment("crm", "x")
    event = Event(name="comment_added", change=change, part=f"comment:{change.ref}")
    context = make.context(links=[make.link(c, "issue", gone=gone) for c, gone in links])

    assert make.wants(mirror.hub_react(make.item(), event, context)) == []


def test_an_edit_of_the_original_edits_its_copy(mirror: MirrorRules, make: SimpleNamespace) -> None:
    """The copy is found under the original's name."""
    change = make.comment("crm", "更正", actor="wang.lei@vendor.example")
    part = f"comment:{change.ref}"
    event = Event(name="comment_changed", change=change, part=part)

    (want,) = make.wants(
        mirror.hub_react(make.item(), event, make.context(links=[make.link("rnd", part)]))
    )

    assert want.effect == EditComment(text=InternalText("王磊：\n更正"))
    assert (want.connector, want.part) == ("rnd", part)


def test_an_edit_of_a_comment_without_a_copy_does_nothing(
    mirror: MirrorRules, make: SimpleNamespace
) -> None:
    """What was written before the hand-off stays in the CRM."""
    change = make.comment("crm", "更正")
    event = Event(name="comment_changed", change=change, part=f"comment:{change.ref}")

    assert mirror.hub_react(make.item(), event, make.context()) == []


def test_an_edit_of_a_copy_leaves_the_original_alone(
    mirror: MirrorRules, make: SimpleNamespace
) -> None:
    """Nobody's words are changed from the other side; the journal says so."""
    change = make.comment("rnd", "x")
    part = "comment:crm:case_comment:9"
    event = Event(name="comment_changed", change=change, part=part)

    actions = mirror.hub_react(make.item(), event, make.context(links=[make.link("crm", part)]))

    assert (make.wants(actions), len(make.notes(actions))) == ([], 1)


@pytest.mark.parametrize(("state", "copies"), [("waiting_rnd", 1), ("in_progress", 0)])
def test_a_customers_mail_reaches_rnd_only_while_they_work(
    mirror: MirrorRules, make: SimpleNamespace, state: str, copies: int
) -> None:
    """It stands in JIRA as internal text."""
    event = Event(name="mail_received", change=make.mail(text="补充日志"), part="mail:x")
    context = make.context(links=[make.link("rnd", "issue")])

    wants = make.wants(mirror.hub_react(make.item(state=state), event, context))

    assert [want.effect.text for want in wants] == [
        InternalText("陈老师 来信：\n补充日志")
    ] * copies


def _moved(before: str) -> Event:
    return Event(name="fields_changed", before={"state": before})


def test_every_rule_is_a_plugin_of_its_own(handbook: Handbook) -> None:
    """Names are unique and say what they are."""
    names = [name for name, _ in builtin_rules(handbook)]

    assert len(set(names)) == len(names) == 16
    assert all(name.startswith("rules.") for name in names)


@pytest.mark.parametrize(("target", "most"), [("rnd", 32_767), ("crm", 4_000)])
def test_a_long_comment_is_shortened_to_what_the_other_side_takes(
    mirror: MirrorRules, make: SimpleNamespace, target: str, most: int
) -> None:
    """An original that grew too long is not refused there."""
    change = make.comment("crm" if target == "rnd" else "rnd", "日志" * 20_000)
    event = Event(name="comment_changed", change=change, part=f"comment:{change.ref}")
    context = make.context(
        links=[make.link("crm", "case"), make.link("rnd", "issue"), make.link(target, event.part)]
    )

    (want,) = make.wants(mirror.hub_react(make.item(), event, context))

    assert isinstance(want.effect, EditComment)
    text = want.effect.text.text
    assert len(text if target == "rnd" else text.encode()) <= most
    assert isinstance(want.effect.text, InternalText)
