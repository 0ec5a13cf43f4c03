"""The three-way merge: what only one side changed is taken, what both changed is settled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from hub.core.merge import CONFLICTS, Merge, commanded, marked_conflicts, merge, outgoing
from hub.models import Conflict, Direction, FieldMap, Fields, Link, Policy, RecordMap
from hub.models.fieldmaps import normal, outbound_fields

VALUES = st.one_of(st.none(), st.sampled_from(["", "a", "b", " a ", "x\r\ny", "中"]), st.integers())
STATES = {"new": "Open", "routed": "Open", "done": "Closed", "secret": ""}


def mapped(**given_map: object) -> RecordMap:
    """Make the map of one field, `ours` to `theirs`."""
    one = FieldMap(item="ours", record="theirs", **given_map)  # type: ignore[arg-type]
    return RecordMap(connector="crm", kind="case", fields=(one,))


def linked(shadow: Fields | None = None, pending: Fields | None = None) -> Link:
    """Make a link with a shadow."""
    return Link(
        item_id="I",
        connector="crm",
        part="case",
        kind="case",
        record_id="1",
        shadow=shadow or {},
        pending=pending or {},
    )


def merged(record: RecordMap, base: object, ours: object, theirs: object, **more: bool) -> Merge:
    """Merge one field."""
    link = linked({"theirs": base})  # type: ignore[dict-item]
    newer = more.get("newer", True)
    return merge(record, link, {"ours": ours}, {"theirs": theirs}, newer=newer)  # type: ignore[dict-item]


@given(base=VALUES, ours=VALUES, policy=st.sampled_from(Policy))
def test_a_record_that_equals_its_shadow_changes_nothing(
    base: object, ours: object, policy: Policy
) -> None:
    """Whatever the item holds, an echo is no news."""
    result = merged(mapped(policy=policy), base, ours, base)

    assert ({}, frozenset(), ()) == (result.item, result.forced, result.conflicts)


@given(base=VALUES, theirs=VALUES, policy=st.sampled_from(Policy))
def test_what_only_they_changed_is_taken(base: object, theirs: object, policy: Policy) -> None:
    """No policy stands against an edit that nobody contradicts."""
    result = merged(mapped(policy=policy), base, base, theirs)

    expected = {} if normal(base) == normal(theirs) else {"ours": theirs}  # type: ignore[arg-type]
    assert expected == result.item
    assert not result.conflicts


@given(base=VALUES, ours=VALUES)
def test_what_only_we_changed_is_written(base: object, ours: object) -> None:
    """The record gets the item's value, unless they agree after normalisation."""
    written = outgoing(mapped(), linked({"theirs": base}), {"ours": ours})  # type: ignore[dict-item]

    same = normal(base) == normal(ours)  # type: ignore[arg-type]
    assert ({} if same else {"theirs": ours}) == written


@given(base=VALUES, ours=VALUES, theirs=VALUES, policy=st.sampled_from(Policy), newer=st.booleans())
def test_after_a_merge_both_sides_agree_or_are_told_to(
    base: object, ours: object, theirs: object, policy: Policy, newer: bool
) -> None:
    """Taken, written, or in conflict: there is no fourth way."""
    record, link = mapped(policy=policy), linked({"theirs": base})  # type: ignore[dict-item]

    result = merged(record, base, ours, theirs, newer=newer)

    item = {"ours": ours, **result.item}
    after = replace(link, shadow=result.shadow)
    written = outgoing(record, after, item, result.forced)  # type: ignore[arg-type]
    record_now = written.get("theirs", theirs)
    agree = normal(item["ours"]) == normal(record_now)  # type: ignore[arg-type]
    assert agree or result.conflicts


@pytest.mark.parametrize(
    ("policy", "newer", "taken", "forced"),
    [
        (Policy.THEIRS, False, {"ours": "t"}, frozenset()),
        (Policy.OURS, True, {}, frozenset({"theirs"})),
        (Policy.NEWEST, True, {"ours": "t"}, frozenset()),
        (Policy.NEWEST, False, {}, frozenset({"theirs"})),
        (Policy.ASK, True, {}, frozenset()),
    ],
)
def test_a_policy_settles_what_both_changed(
    policy: Policy, newer: bool, taken: Fields, forced: frozenset[str]
) -> None:
    """Who wins is written in the map."""
    result = merged(mapped(policy=policy), "base", "o", "t", newer=newer)

    assert (taken, forced) == (result.item, result.forced)


def test_what_nobody_may_settle_is_a_conflict_until_they_edit_again() -> None:
    """Neither side is written; a later edit over there settles it."""
    record, link = mapped(policy=Policy.ASK), linked({"theirs": "base"})

    first = merge(record, link, {"ours": "o"}, {"theirs": "t"}, newer=True)
    marks = marked_conflicts({"ours": "o"}, link, first, {"theirs": "t"})
    item: Fields = {"ours": "o", **marks}
    after = replace(link, shadow=first.shadow)
    second = merge(record, after, item, {"theirs": "u"}, newer=True)

    assert (Conflict(field="theirs", shadow="base", ours="o", theirs="t"),) == first.conflicts
    assert marks == {CONFLICTS: ["crm.theirs"]}
    assert outgoing(record, after, item) == {}
    assert second.item == {"ours": "u"}
    assert marked_conflicts(item, after, second, {"theirs": "u"}) == {CONFLICTS: []}


def test_what_is_on_its_way_is_neither_news_nor_written_again() -> None:
    """An echo before its receipt equals the pending value."""
    link = linked({"theirs": "a"}, {"theirs": "b"})

    result = merge(mapped(), link, {"ours": "b"}, {"theirs": "b"}, newer=True)

    assert result.item == {}
    assert result.shadow == {"theirs": "b"}
    assert outgoing(mapped(), link, {"ours": "b"}) == {}
    assert outgoing(mapped(), link, {"ours": "c"}) == {"theirs": "c"}


def test_an_edit_against_a_pending_write_is_a_conflict_like_any_other() -> None:
    """They changed to c while our b was on its way: the policy speaks."""
    link = linked({"theirs": "a"}, {"theirs": "b"})
    ours_wins = mapped(policy=Policy.OURS)

    theirs = merge(mapped(), link, {"ours": "b"}, {"theirs": "c"}, newer=True)
    ours = merge(ours_wins, link, {"ours": "b"}, {"theirs": "c"}, newer=True)

    assert theirs.item == {"ours": "c"}
    after = replace(link, shadow=ours.shadow)
    assert outgoing(ours_wins, after, {"ours": "b"}, ours.forced) == {"theirs": "b"}


@pytest.mark.parametrize(
    ("direction", "taken", "written"),
    [(Direction.IN, {"ours": "t"}, {}), (Direction.OUT, {}, {"theirs": "o"})],
)
def test_a_field_travels_its_direction_alone(
    direction: Direction, taken: Fields, written: Fields
) -> None:
    """Inward it is never written, outward never taken."""
    record = mapped(direction=direction)

    result = merged(record, "base", "o", "t")

    assert taken == result.item
    assert written == outgoing(record, linked(result.shadow), {"ours": "o"})


@given(state=st.sampled_from(["new", "routed", "done"]), base=st.sampled_from([None, "x"]))
def test_a_record_that_says_what_the_item_says_changes_nothing(state: str, base: object) -> None:
    """Of several item values for one record value none replaces another."""
    record = mapped(values=STATES)
    theirs = outbound_fields(record, {"ours": state})["theirs"]

    result = merged(record, base, state, theirs)

    assert result.item == {}
    assert outgoing(record, linked(result.shadow), {"ours": state}) == {}


def test_of_many_values_for_one_the_map_says_which_comes_back() -> None:
    """`inbound` goes before the first of several."""
    plain = merged(mapped(values=STATES), "Closed", "done", "Open")
    told = merged(mapped(values=STATES, inbound={"Open": "routed"}), "Closed", "done", "Open")

    assert plain.item == {"ours": "new"}
    assert told.item == {"ours": "routed"}


def test_an_unknown_value_passes_an_open_map_and_not_a_closed_one() -> None:
    """A closed map leaves the item alone and remembers what it saw."""
    opened = merged(mapped(values=STATES), "Open", "new", "Weird")
    closed = merged(mapped(values=STATES, closed=True), "Open", "new", "Weird")

    assert opened.item == {"ours": "Weird"}
    assert (closed.item, closed.unknown) == ({}, {"theirs": "Weird"})


def test_an_item_value_that_is_not_written_yields_to_theirs() -> None:
    """The empty word in a map means: this is ours alone."""
    record = mapped(values=STATES)

    assert outgoing(record, linked({"theirs": "Open"}), {"ours": "secret"}) == {}
    assert merged(record, "Open", "secret", "Closed").item == {"ours": "done"}


class _Sides:
    """An item and a record that people edit, with polls, writes and receipts in between."""

    def __init__(self, policy: Policy) -> None:
        self.map = mapped(policy=policy)
        self.item: Fields = {"ours": "0"}
        self.record = "0"
        self.link = linked({"theirs": "0"})
        self.queue: list[str] = []
        self.unanswered: list[str] = []

    def want(self, forced: frozenset[str] = frozenset()) -> None:
        """Queue what the record lacks."""
        fields = outgoing(self.map, self.link, self.item, forced)
        if fields:
            self.queue.append(str(fields["theirs"]))
            self.link = replace(self.link, pending=fields)

    def poll(self) -> None:
        """Merge what the record holds."""
        theirs: Fields = {"theirs": self.record}
        result = merge(self.map, self.link, self.item, theirs, newer=True)
        self.link = replace(self.link, shadow=result.shadow)
        self.item.update(result.item)
        self.want(result.forced)

    def write(self) -> None:
        """Make the oldest queued write."""
        if self.queue and not self.unanswered:
            self.record = self.queue.pop(0)
            self.unanswered.append(self.record)

    def answer(self) -> None:
        """Take in the receipt."""
        if self.unanswered:
            value = self.unanswered.pop(0)
            pending = {} if self.link.pending.get("theirs") == value else self.link.pending
            self.link = replace(self.link, shadow={"theirs": value}, pending=pending)

    def edit_item(self, value: str) -> None:
        """A person or rule edits the item."""
        self.item["ours"] = value
        self.want()

    def edit_record(self, value: str) -> None:
        """A person edits the record."""
        self.record = value


@given(
    policy=st.sampled_from([Policy.THEIRS, Policy.OURS, Policy.NEWEST]),
    deeds=st.lists(st.sampled_from("pwaIJRS"), max_size=30),
)
def test_two_sides_converge_whatever_the_order_of_edits_polls_and_receipts(
    policy: Policy, deeds: list[str]
) -> None:
    """When people stop, a few rounds bring both to one value."""
    sides = _Sides(policy)
    steps = {"p": sides.poll, "w": sides.write, "a": sides.answer}
    for number, deed in enumerate(deeds):
        if deed in steps:
            steps[deed]()
        elif deed in "IJ":
            sides.edit_item(f"{deed}{number % 2}")
        else:
            sides.edit_record(f"{deed}{number % 2}")
    for _ in range(len(deeds) + 3):
        sides.answer()
        sides.write()
        sides.answer()
        sides.poll()

    assert sides.record == sides.item["ours"]
    assert not sides.queue


def test_an_older_write_of_ours_that_is_still_seen_is_no_edit_of_theirs() -> None:
    """Two writes are on their way; the first one comes back by a poll before its receipt."""
    record = mapped()
    link = commanded(commanded(linked({"theirs": "a"}), {"theirs": "b"}), {"theirs": "c"})

    result = merge(record, link, {"ours": "c"}, {"theirs": "b"}, newer=True)

    assert result.item == {}
    assert {"theirs": ["b"]} == link.overtaken
