"""What changed in Jira is read without gap: order, overlap, lag, comments, moves, deletions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hub_jira import jql

from hub.errors import RejectedError
from hub.models import Change, InternalText, PublicText, Ref, Unreadable


def ids(changes: list[Change], kind: str = "issue") -> list[str]:
    """Give the ids of a kind."""
    return [change.ref.id for change in changes if change.ref.kind == kind]


def test_the_lower_bound_is_in_milliseconds_and_no_upper_bound_exists() -> None:
    """Dates without a zone are read in the user's own: the bound has none."""
    query = jql.changed_since("RND", 1732877040000, 'labels = "a" OR labels = "b"')

    assert query == (
        'project = "RND" AND (labels = "a" OR labels = "b") AND updated >= 1732877040000 '
        "ORDER BY updated ASC, key ASC"
    )


@pytest.mark.parametrize("evil", ['a" OR project != X', "back\\slash", 'a\\" OR 1', "line\nbreak"])
def test_a_value_can_not_leave_its_quotes(cloud: Any, evil: str) -> None:
    """Whatever stands in a value stays a value."""
    query = jql.labelled(evil)

    found = cloud.connector._reader.search(query)

    assert list(found.issues) == []


def test_many_issues_of_one_minute_are_all_read(frozen: Any) -> None:
    """A page that lies within one minute is followed by key, not by an offset that shifts."""
    made = [frozen.issue(f"n {number}").id for number in range(23)]
    connector = frozen.connect(page_size=5)

    changes, _ = frozen.poll(connector=connector)

    assert sorted(made) == sorted(ids(changes))


def test_an_issue_that_changes_between_two_pages_hides_no_other(frozen: Any) -> None:
    """An edit moves an issue to the end of the list; the one that takes its place is still read."""
    made = [frozen.issue(f"n {number}").id for number in range(12)]
    connector = frozen.connect(page_size=5)
    page = connector.poll(None)
    told = list(page.changes)
    for victim in made[:5]:
        frozen.clock.advance(90)
        frozen.act("edit", issue=victim, fields={"summary": "meanwhile"})

    changes, _ = frozen.poll(page.cursor, connector)

    assert set(made) == set(ids([*told, *changes]))


def test_what_the_index_shows_late_is_still_read(frozen: Any) -> None:
    """An issue that the search shows only after a newer one is found by the overlap."""
    _, cursor = frozen.poll()
    late = frozen.issue("written first, indexed last")
    frozen.clock.advance(5)
    newer = frozen.issue("newer")
    versions = frozen.sandbox.site.index._versions
    hidden = frozen.sandbox.site.issues.pop(late.id)
    changes, cursor = frozen.poll(cursor)
    assert ids(changes) == [newer.id]
    frozen.sandbox.site.issues[late.id] = hidden
    assert late.id in versions

    frozen.clock.advance(61)
    changes, _ = frozen.poll(cursor)

    assert late.id in ids(changes)


def test_a_stale_search_tells_nothing_wrong(jira: Any) -> None:
    """A search that is behind tells less, never a deletion."""
    ref = jira.issue("there all the time")
    _, cursor = jira.poll()
    jira.fault("stale_search", "*search*", times=None, seconds=3600)

    changes, cursor = jira.poll(cursor)
    jira.sandbox.faults.clear()
    jira.act("edit", issue=ref.id, fields={"summary": "later"})
    later, _ = jira.poll(cursor)

    assert changes == []
    assert ids(later) == [ref.id]


def test_what_was_read_is_not_read_again(jira: Any) -> None:
    """The overlap brings known issues again; they cost no comment request and tell nothing."""
    for number in range(5):
        jira.issue(f"n {number}")
    _, cursor = jira.poll()
    before = jira.sandbox._server.calls

    changes, again = jira.poll(cursor)

    assert changes == []
    assert again == cursor
    assert jira.sandbox._server.calls - before <= 2


def test_all_comments_of_a_changed_issue_are_read(jira: Any) -> None:
    """Embedded comments are only a part: the list is paged to its end."""
    ref = jira.issue()
    for number in range(130):
        jira.act("comment", issue=ref.id, text=f"n {number}", public=number % 2 == 0)

    changes, _ = jira.poll()

    comments = [change for change in changes if change.parent == ref]
    assert len(comments) == 130
    assert {PublicText, InternalText} == {type(change.text) for change in comments}


def test_a_comment_without_a_flag_on_a_software_project_is_internal(cloud: Any) -> None:
    """Where no portal is, nobody decided that a comment is public."""
    made = cloud.issue(project="LIB")
    cloud.act("comment", issue=made.id, text="just talk", public=True)
    connector = cloud.connect(project="LIB")

    changes, _ = cloud.poll(connector=connector)

    assert [type(c.text) for c in changes if c.parent == made] == [InternalText]


def test_a_deleted_comment_is_told(jira: Any) -> None:
    """The comments of an issue are compared with those it had when it was last read."""
    ref = jira.issue()
    made = jira.act("comment", issue=ref.id, text="oops")["id"]
    _, cursor = jira.poll()
    jira.act("delete_comment", issue=ref.id, comment=made)

    changes, _ = jira.poll(cursor)

    gone = [change for change in changes if change.gone]
    assert [f"{ref.id}-{made}"] == [change.ref.id for change in gone]
    assert gone[0].parent == ref


def test_a_moved_issue_keeps_its_address(jira: Any) -> None:
    """The key changes when an issue moves; the address is the id, and the new key an alias."""
    ref = jira.issue()
    jira.act("move", issue=ref.id, project="LIB")

    change = jira.connector.fetch([ref])[0]

    assert isinstance(change, Change)
    assert not change.gone
    assert change.ref == ref
    assert change.aliases == ("jira-key:LIB-1",)


def test_a_withdrawn_right_is_no_deletion(jira: Any) -> None:
    """When the whole project can not be seen, nothing is taken for deleted."""
    ref = jira.issue()
    jira.connector.fetch([ref])
    jira.act("permission", user="hub", permission="BROWSE_PROJECTS", allow=False)

    with pytest.raises(RejectedError, match="withdrawn"):
        jira.connector.fetch([ref])


def test_an_issue_that_data_center_hides_is_not_taken_for_deleted(server: Any) -> None:
    """A security level keeps it from us: a person hears of it, and other issues are read on."""
    ref, other = server.issue("secret"), server.issue("open")
    server.sandbox.site.issues[ref.id].security = "10000"
    server.sandbox.site.find_user("hub").groups = ("jira-users", "jira-software-users")

    with pytest.raises(RejectedError, match="do not have the permission to see"):
        server.connector.fetch([ref])

    assert ids(server.poll()[0]) == [other.id]


def test_a_deleted_issue_is_gone_when_fetched(jira: Any) -> None:
    """In a project that can be seen, an absent issue is gone; so is its comment."""
    ref = jira.issue()
    comment = jira.act("comment", issue=ref.id, text="x")["id"]
    jira.act("delete_issue", issue=ref.id)

    fetched = jira.connector.fetch([ref, Ref("rnd", "comment", f"{ref.id}-{comment}")])

    assert [isinstance(x, Change) and x.gone for x in fetched] == [True, True]


def test_the_configured_filter_narrows_what_is_read(jira: Any) -> None:
    """`poll_filter` is JQL of the administrator's."""
    wanted = jira.issue("yes", labels=["客户"])
    jira.issue("no")
    connector = jira.connect(poll_filter="labels = 客户")

    changes, _ = jira.poll(connector=connector)

    assert ids(changes) == [wanted.id]


def test_what_lies_before_the_beginning_is_not_read(frozen: Any) -> None:
    """`since` is where the hub's history with a project begins."""
    frozen.issue("old")
    frozen.clock.advance(3600)
    beginning = frozen.clock.now()
    new = frozen.issue("new")
    connector = frozen.connect(since=beginning)

    changes, _ = frozen.poll(connector=connector)

    assert ids(changes) == [new.id]


def test_a_stamp_from_the_future_does_not_carry_the_cursor_away(frozen: Any) -> None:
    """After one issue with a wrong clock, the next ordinary change is still read."""
    ahead = frozen.issue("from the future")
    site = frozen.sandbox.site
    site.issues[ahead.id].updated = frozen.clock.now().replace(year=2035)
    site.keep(site.issues[ahead.id])
    _, cursor = frozen.poll()
    frozen.clock.advance(400)
    ordinary = frozen.issue("ordinary")

    changes, _ = frozen.poll(cursor)

    assert ordinary.id in ids(changes)


@pytest.mark.parametrize("cursor", ["", "nonsense", "[1]", '{"a":1}', '["x",{},null,null]'])
def test_a_cursor_of_an_older_form_starts_anew(jira: Any, cursor: str) -> None:
    """Reading anew loses nothing, and the inbox drops what it knows."""
    ref = jira.issue()

    changes, _ = jira.poll(cursor if cursor != '["x",{},null,null]' else "[null,5,null,null]")

    assert ref.id in ids(changes)


def test_the_cursor_stays_small(frozen: Any) -> None:
    """What no sweep brings again is forgotten, but for the last two hundred."""
    for number in range(260):
        frozen.clock.advance(20)
        frozen.issue(f"n {number}")

    _, cursor = frozen.poll()

    assert len(json.loads(cursor)[1]) == 200


def test_one_unreadable_issue_stops_no_other(cloud: Any) -> None:
    """An answer without a status becomes an unreadable record; its neighbour is read."""
    bad, good = cloud.issue("bad"), cloud.issue("good")
    search = cloud.connector._reader.search(jql.changed_since("RND", None))
    broken = json.loads(json.dumps(search.issues[0]))
    del broken["fields"]["status"]
    now = cloud.clock.now()

    told = cloud.connector._reader._read_issue(broken, {}, now)
    told += cloud.connector._reader._read_issue(search.issues[1], {}, now)

    assert isinstance(told[0], Unreadable)
    assert told[0].ref == bad
    assert told[1].ref == good


def test_a_renamed_custom_field_is_found_by_its_name(jira: Any) -> None:
    """A configured field may be named as people see it; the id is found at the start."""
    connector = jira.connect(fields={"customer": "Customer"})
    jira.issue("x")
    jira.act("edit", issue="RND-1", fields={"customfield_10050": "北京大学"})

    changes, _ = jira.poll(connector=connector)

    assert [change.fields["customer"] for change in changes] == ["北京大学"]


def test_an_unknown_custom_field_is_refused_by_name(jira: Any) -> None:
    """A field that does not exist is a precise error, not a silent gap."""
    connector = jira.connect(fields={"customer": "Kunde"})

    with pytest.raises(RejectedError, match="'Kunde': no such field"):
        connector.poll(None)
