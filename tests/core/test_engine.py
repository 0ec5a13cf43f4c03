"""A change travels from one system to the other, once, and comes back as an echo."""

from __future__ import annotations

from typing import Any

from hub.core.store import dead, journal, outbox
from hub.models import InternalText, PublicText


def test_a_case_makes_one_issue_and_both_carry_its_number(hub: Any) -> None:
    """What the issue's system answers travels back to the case."""
    case = hub.crm.create("case", {"subject": "登录失败", "status": "New"})

    hub.run()

    issues = hub.rnd.all("issue")
    assert [(x.fields["summary"], x.fields["status"], x.fields["key"]) for x in issues] == [
        ("登录失败", "To Do", "RND-1")
    ]
    assert hub.crm.get("case", case).fields["jira_key"] == "RND-1"


def test_an_echo_moves_nothing(hub: Any) -> None:
    """When all is in step, polling again finds no work."""
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    writes = (len(hub.crm.log), len(hub.rnd.log))

    for _ in range(5):
        hub.clock.advance(60)
        hub.run()

    assert (len(hub.crm.log), len(hub.rnd.log)) == writes


def test_a_status_travels_both_ways(hub: Any) -> None:
    """Done in one system is done in the other, each in its own words."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    issue = hub.rnd.all("issue")[0].id

    hub.rnd.edit("issue", issue, {"status": "Done"})
    hub.run()
    assert hub.crm.get("case", case).fields["status"] == "Closed"

    hub.crm.edit("case", case, {"status": "New"})
    hub.run()
    assert hub.rnd.get("issue", issue).fields["status"] == "To Do"


def test_comments_cross_once_and_keep_their_visibility(hub: Any) -> None:
    """A mirrored comment is not mirrored back."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    issue = hub.rnd.all("issue")[0].id

    hub.crm.comment("case", case, InternalText("内部"))
    hub.rnd.comment("issue", issue, PublicText("answer"))
    hub.run()
    hub.clock.advance(60)
    hub.run()

    assert sorted(map(repr, (x.text for x in hub.rnd.all("comment")))) == sorted(
        map(repr, (InternalText("内部"), PublicText("answer")))
    )
    assert len(hub.crm.all("comment")) == 2


def test_edits_on_both_sides_of_different_fields_both_survive(hub: Any) -> None:
    """Three-way merge: each side's own edit reaches the other."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    issue = hub.rnd.all("issue")[0].id

    hub.crm.edit("case", case, {"subject": "b"})
    hub.rnd.edit("issue", issue, {"status": "Done"})
    hub.run()

    assert hub.crm.get("case", case).fields["status"] == "Closed"
    assert hub.rnd.get("issue", issue).fields["summary"] == "b"


def test_everything_is_journaled_and_nothing_is_left_open(hub: Any) -> None:
    """The chains hold, and the outbox is empty."""
    hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()

    with hub.session.read() as connection:
        assert journal.broken_chains(connection) == []
        assert dead.count(connection) == 0
        assert not outbox.has_open(connection, "rnd", hub.clock.now())


def test_a_comment_that_is_read_before_its_record_waits_for_it(hub: Any) -> None:
    """Pages in any order: the comment is mirrored once its case is known."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.crm.comment("case", case, InternalText("先到的备注"))
    pages = hub.connectors["crm"].poll(None)
    comment = [change for change in pages.changes if change.text is not None]
    intake = hub.intakes["crm"]
    intake._store(hub.session, comment, None)
    hub.engine.step(hub.session)

    hub.run()

    assert [x.text for x in hub.rnd.all("comment")] == [InternalText("先到的备注")]
