"""What the hub makes in Jira is made once, guarded in its visibility, and read back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from hub.errors import (
    DeadlineExceededError,
    InvalidPayloadError,
    NotFoundError,
    RejectedError,
    RetryableError,
)
from hub.models import (
    AddComment,
    CreateRecord,
    EditComment,
    InternalText,
    PublicText,
    Receipt,
    Ref,
    SendNotice,
    UpdateRecord,
)
from hub.sandbox import Fault

CREATE = CreateRecord("issue", {"summary": "崩溃"})


def test_the_key_goes_into_the_create_itself(jira: Any) -> None:
    """One POST carries the key as a label and as a property: nothing can come between."""
    jira.create("k-7")

    (issue,) = jira.issues()
    assert issue["labels"] == ["hub-key-k-7"]
    assert issue["properties"]["hub.cmd"] == {"id": "k-7", "item": "K7M2Q9X4T3BDF5GH"}


def test_a_lost_answer_to_a_create_is_found_by_its_key(jira: Any) -> None:
    """The line is cut after the issue was made: the look-up finds it, and no second is made."""
    jira.fault("drop_after", "POST */issue")

    lost = jira.outcome(CREATE)
    found = jira.connector.find(jira.delivery(CREATE))

    assert isinstance(lost, DeadlineExceededError)
    assert isinstance(found, Receipt)
    assert found.found
    assert [found.ref.id if found.ref else ""] == [issue["id"] for issue in jira.issues()]


def test_on_a_bad_line_every_effect_is_made_exactly_once(jira: Any) -> None:
    """Lines cut before and after the effect, from four threads: look up, then try again."""
    jira.connector.poll(None)
    jira.sandbox.faults.seed(7)
    for kind in ("drop_before", "drop_after", "half_body"):
        fault = Fault(kind=kind, operation="POST */issue*", probability=0.25)
        jira.sandbox.faults.add(fault)

    def effects(number: int) -> None:
        made = insist(jira, jira.delivery(CREATE, f"issue-{number}"))
        text = InternalText(f"note {number}")
        insist(jira, jira.delivery(AddComment(text), f"note-{number}", made.ref))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(effects, range(24)))

    keys = [issue["properties"]["hub.cmd"]["id"] for issue in jira.issues()]
    notes = [comment["text"] for comment in jira.comments()]
    assert sorted(keys) == sorted(f"issue-{number}" for number in range(24))
    assert sorted(notes) == sorted(f"note {number}" for number in range(24))


@pytest.mark.parametrize("kind", ["rate_limit", "expired_token"])
def test_a_refusal_to_read_back_is_none_of_the_comment(jira: Any, kind: str) -> None:
    """The comment was made before the pause was asked for: it is looked up, not made again."""
    issue = jira.create().ref
    jira.fault(kind, "GET */comment/*")

    outcome = jira.outcome(AddComment(InternalText("note")), "note", issue)

    assert RetryableError is type(outcome)
    found = jira.connector.find(jira.delivery(AddComment(InternalText("note")), "note", issue))
    assert [found.found, len(jira.comments())] == [True, 1]


def insist(jira: Any, delivery: Any) -> Receipt:
    """Bring an effect about as the dispatcher does: what was tried is looked up first."""
    for attempt in range(200):
        try:
            outcome = jira.connector.find(delivery) if attempt else None
        except RetryableError:
            continue
        outcome = outcome or jira.connector.apply([delivery])[0]
        if isinstance(outcome, Receipt):
            return outcome
        assert isinstance(outcome, RetryableError), outcome
    raise AssertionError("200 tries were not enough")


def test_a_look_up_waits_out_the_lag_before_it_says_no(frozen: Any) -> None:
    """While the search may lag, `find` says neither yes nor no; then it is certain."""
    connector = frozen.connect(search_lag_seconds=20)
    frozen.sandbox.set_search_lag(20)
    delivery = frozen.delivery(CREATE)
    frozen.fault("drop_after", "POST */issue")
    connector.apply([delivery])

    with pytest.raises(RetryableError, match="not known for 20 s"):
        connector.find(delivery)
    frozen.clock.advance(21)
    found = connector.find(delivery)

    assert found is not None


def test_a_look_up_of_what_was_never_made_says_no_after_the_lag(frozen: Any) -> None:
    """None is certain: the lag has passed."""
    connector = frozen.connect(search_lag_seconds=20)
    delivery = frozen.delivery(CREATE)
    frozen.clock.advance(21)

    assert connector.find(delivery) is None


def test_a_stale_hit_is_verified_by_reading(jira: Any) -> None:
    """The search still shows an issue that was deleted: it is not taken for ours."""
    receipt = jira.create()
    jira.act("delete_issue", issue=receipt.ref.id)
    jira.fault("stale_search", "*search*", times=None, seconds=0.001)

    assert jira.connector.find(jira.delivery(CREATE)) is None


def test_an_issue_that_was_made_twice_is_said(jira: Any) -> None:
    """If two carry the key, the first is taken and the other named for a person."""
    first = jira.create()
    jira.create()

    found = jira.connector.find(jira.delivery(CREATE))

    assert found.ref == first.ref
    assert "made 2 times" in found.note


def test_a_failed_reading_back_is_no_failed_write(cloud: Any) -> None:
    """The issue was made; that it can not be read at the moment is a remark."""
    cloud.create("earlier")
    cloud.fault("server_error", "GET */issue/*", status=503)

    receipt = cloud.done(CREATE)

    assert receipt.ref is not None
    assert "could not be read back" in receipt.note
    assert receipt.aliases == ("jira-key:RND-2",)


def test_summary_and_labels_are_made_fit_and_told_whole(jira: Any) -> None:
    """A long title of two lines is folded for Jira, and never comes back cut."""
    whole = "第一行\n" + "字" * 300

    receipt = jira.create(summary=whole, labels=["two words"])
    (change, *_), _ = jira.poll()

    (issue,) = jira.issues()
    assert len(issue["summary"]) == 254
    assert "two_words" in issue["labels"]
    assert receipt.fields["summary"] == whole
    assert change.fields["summary"] == whole
    assert change.version == receipt.version


@pytest.mark.parametrize("effect", [CREATE, UpdateRecord({}), AddComment(InternalText(""))])
def test_text_over_the_limit_is_refused_by_field(jira: Any, effect: Any) -> None:
    """The length is measured after conversion, before anything is sent."""
    long = "字" * 40_000
    ref = jira.issue()
    if isinstance(effect, AddComment):
        outcome, field = jira.comment(InternalText(long), ref), "comment"
    elif isinstance(effect, UpdateRecord):
        outcome = jira.outcome(UpdateRecord({"description": long}), target=ref)
        field = "description"
    else:
        fields = {"summary": "x", "description": long}
        outcome, field = jira.outcome(CreateRecord("issue", fields)), "description"

    assert isinstance(outcome, InvalidPayloadError)
    assert outcome.field == field


def test_a_field_that_no_issue_has_is_refused_by_name(jira: Any) -> None:
    """A misspelt field is told, also a read-only one."""
    strange = jira.outcome(CreateRecord("issue", {"summary": "x", "colour": "red"}))
    fixed = jira.outcome(CreateRecord("issue", {"summary": "x", "key": "RND-9"}))

    assert isinstance(strange, InvalidPayloadError)
    assert strange.field == "colour"
    assert isinstance(fixed, InvalidPayloadError)
    assert jira.issues() == []


def test_what_jira_refuses_is_told_in_its_words(jira: Any) -> None:
    """A priority that does not exist comes back as Jira names it."""
    outcome = jira.outcome(CreateRecord("issue", {"summary": "x", "priority": "Urgentest"}))

    assert isinstance(outcome, InvalidPayloadError)
    assert outcome.field == "priority"


def test_people_are_named_by_address(jira: Any) -> None:
    """An assignee is looked up by the exact address and written by account."""
    receipt = jira.create(assignee="Chen.RD@vendor.example")

    assert receipt.fields["assignee"] == "chen.rd@vendor.example"


@pytest.mark.parametrize("address", ["chen", "reader@customer.example", "nobody@x.example"])
def test_nobody_is_assigned_by_a_likeness(cloud: Any, address: str) -> None:
    """Part of a name, a customer, or nobody: refused with what to configure."""
    outcome = cloud.outcome(CreateRecord("issue", {"summary": "x", "assignee": address}))

    assert isinstance(outcome, InvalidPayloadError)
    assert outcome.field == "assignee"
    assert "`users`" in str(outcome)


def test_who_hides_the_address_is_found_in_the_settings(cloud: Any) -> None:
    """The table of people comes before any search."""
    hidden = cloud.sandbox.site.find_user("zhou.rd")
    connector = cloud.connect(users={"Zhou.RD@vendor.example": hidden.account_id})
    effect = CreateRecord("issue", {"summary": "x", "assignee": "zhou.rd@vendor.example"})

    receipt = connector.apply([cloud.delivery(effect)])[0]

    assert isinstance(receipt, Receipt)
    assert receipt.fields["assignee"] == "zhou.rd@vendor.example"


def test_an_issue_can_be_taken_from_its_assignee(jira: Any) -> None:
    """None means nobody."""
    receipt = jira.create(assignee="chen.rd@vendor.example")

    updated = jira.done(UpdateRecord({"assignee": None}), "u", receipt.ref)

    assert updated.fields["assignee"] is None


def test_an_update_writes_only_what_differs(jira: Any) -> None:
    """Text that is equal but for its form is not written back over a person's markup."""
    ref = jira.issue(description="*fett*")
    (change, *_), _ = jira.poll()
    before = jira.sandbox.site.issues[ref.id].description

    jira.done(UpdateRecord({"description": change.fields["description"]}), target=ref)

    assert jira.sandbox.site.issues[ref.id].description is before


def test_labels_of_people_and_the_key_survive_an_update(jira: Any) -> None:
    """Labels are added and removed one by one."""
    receipt = jira.create("k", labels=["a"])

    updated = jira.done(UpdateRecord({"labels": ["b", "c d"]}), "u", receipt.ref)

    assert updated.fields["labels"] == ["b", "c_d"]
    assert "hub-key-k" in jira.issues()[0]["labels"]


def test_an_update_of_what_is_not_there_is_not_found(jira: Any) -> None:
    """A dead letter for a person."""
    outcome = jira.outcome(UpdateRecord({"summary": "x"}), target=Ref("rnd", "issue", "999"))

    assert isinstance(outcome, NotFoundError)


def test_what_changes_at_this_moment_is_tried_again(jira: Any) -> None:
    """A 409 is passing: the next try reads anew."""
    ref = jira.issue()
    jira.fault("server_error", "PUT *", status=409)

    outcome = jira.outcome(UpdateRecord({"summary": "y"}), target=ref)

    assert isinstance(outcome, RetryableError)


def test_an_internal_comment_is_sent_as_internal(jira: Any) -> None:
    """The flag goes with the same POST, on every comment."""
    ref = jira.issue()

    jira.comment(InternalText("内部"), ref, "c1")
    jira.comment(PublicText("公开"), ref, "c2")

    assert [comment["public"] for comment in jira.comments()] == [False, True]
    flags = [comment["properties"]["sd.public.comment"] for comment in jira.comments()]
    assert flags == [{"internal": True}, {"internal": False}]


def test_an_internal_comment_that_comes_out_public_is_taken_back(cloud: Any) -> None:
    """Who is no agent writes in public whatever he asks: the comment is deleted and told."""
    ref = cloud.issue()
    cloud.act("permission", user="hub", permission="SERVICEDESK_AGENT", allow=False)

    outcome = cloud.comment(InternalText("机密"), ref)

    assert isinstance(outcome, RejectedError)
    assert "came out public" in str(outcome)
    assert cloud.comments() == []


def test_an_internal_comment_that_can_not_be_taken_back_is_shouted(cloud: Any) -> None:
    """If the deletion fails too, a person is told to do it."""
    ref = cloud.issue()
    cloud.act("permission", user="hub", permission="SERVICEDESK_AGENT", allow=False)
    cloud.act("permission", user="hub", permission="DELETE_OWN_COMMENTS", allow=False)

    outcome = cloud.comment(InternalText("机密"), ref)

    assert isinstance(outcome, RejectedError)
    assert "STILL THERE" in str(outcome)


def test_a_lost_answer_to_a_comment_is_found_by_its_key(jira: Any) -> None:
    """The issue's own comments are searched for the key; that list does not lag."""
    ref = jira.issue()
    jira.connector.fetch([ref])
    jira.sandbox.set_search_lag(3600)
    jira.fault("drop_after", "POST */comment")
    effect = AddComment(InternalText("一次"))
    delivery = jira.delivery(effect, "c", ref)

    lost = jira.connector.apply([delivery])[0]
    found = jira.connector.find(delivery)

    assert isinstance(lost, RetryableError)
    assert found is not None
    assert found.found
    assert len(jira.comments()) == 1


def test_a_comment_that_was_not_made_is_not_found(jira: Any) -> None:
    """No is certain at once."""
    delivery = jira.delivery(AddComment(InternalText("x")), "c", jira.issue())

    assert jira.connector.find(delivery) is None


def test_an_edited_comment_keeps_key_and_restriction(jira: Any) -> None:
    """What an edit leaves out is lost in Jira, so all of it is sent again."""
    ref = jira.issue()
    made = jira.comment(InternalText("一"), ref, "c")
    comment = jira.sandbox.site.issues[ref.id].comments[0]
    restricted = {"type": "role", "value": "Administrators", "identifier": "Administrators"}
    jira.sandbox.site.issues[ref.id].comments[0] = replace(comment, visibility=restricted)

    jira.done(EditComment(InternalText("二")), "e", made.ref)

    edited = jira.sandbox.site.issues[ref.id].comments[0]
    assert edited.visibility == restricted
    assert edited.properties["hub.cmd"]["id"] == "c"
    assert edited.body.plain() == "二"


def test_what_jira_does_not_do_is_rejected(jira: Any) -> None:
    """A mail is no business of Jira's."""
    notice = SendNotice(to=("a@b.example",), subject="x", text=InternalText("x"))

    assert isinstance(jira.outcome(notice), RejectedError)
    assert isinstance(jira.outcome(CreateRecord("case", {})), RejectedError)
    assert isinstance(jira.outcome(UpdateRecord({"summary": "x"})), RejectedError)


def test_custom_fields_are_written_in_their_own_form(jira: Any) -> None:
    """A long text is converted as the description is, a short one is not."""
    connector = jira.connect(fields={"steps": "Steps to reproduce", "customer": "Customer"})
    fields = {"summary": "x", "steps": "1. 打开\n2. *崩溃*", "customer": "北大"}

    receipt = connector.apply([jira.delivery(CreateRecord("issue", fields))])[0]

    assert isinstance(receipt, Receipt)
    assert receipt.fields["steps"] == fields["steps"]
    assert receipt.fields["customer"] == "北大"
