"""A status is reached by transitions: chosen by target, with what their screen demands."""

from __future__ import annotations

from typing import Any

import pytest
from hub_jira.sandbox.model import Status, Transition

from hub.errors import PreconditionFailedError, RetryableError
from hub.models import CreateRecord, UpdateRecord


def status(jira: Any) -> tuple[str, str | None]:
    """Give status and resolution of the only issue."""
    (issue,) = jira.issues()
    return issue["status"], issue["resolution"]


@pytest.mark.parametrize("target", ["In Progress", "in progress", "3"])
def test_a_status_is_named_by_name_or_id(jira: Any, target: str) -> None:
    """The target is found whatever its case."""
    ref = jira.issue()

    receipt = jira.done(UpdateRecord({"status": target}), target=ref)

    assert receipt.fields["status"] == "In Progress"
    assert receipt.fields["status_category"] == "indeterminate"


def test_a_resolution_is_taken_from_those_allowed(jira: Any) -> None:
    """The screen demands a resolution: the wanted one is sent, by id."""
    ref = jira.issue()
    jira.act("transition", issue=ref.id, to="In Progress")

    jira.done(UpdateRecord({"status": "Done", "resolution": "fixed"}), target=ref)

    assert status(jira) == ("Done", "Fixed")


def test_a_resolution_that_nobody_named_is_the_default(jira: Any) -> None:
    """Without a wanted one, the configured default is sent."""
    ref = jira.issue()
    jira.act("transition", issue=ref.id, to="In Progress")

    jira.done(UpdateRecord({"status": "Done"}), target=ref)

    assert status(jira) == ("Done", "Done")


def test_a_resolution_that_is_not_allowed_names_those_that_are(jira: Any) -> None:
    """A person reads what would be right."""
    ref = jira.issue()
    jira.act("transition", issue=ref.id, to="In Progress")

    outcome = jira.outcome(UpdateRecord({"status": "Done", "resolution": "Gelöst"}), target=ref)

    assert isinstance(outcome, PreconditionFailedError)
    assert "'Gelöst'" in str(outcome)
    assert "'Fixed'" in str(outcome)


def test_a_resolution_is_not_sent_where_the_screen_has_none(jira: Any) -> None:
    """A field that is not on the screen would fail the whole transition."""
    ref = jira.issue()

    receipt = jira.done(UpdateRecord({"status": "In Progress", "resolution": "Fixed"}), target=ref)

    assert status(jira) == ("In Progress", None)
    assert "has no field for it" in receipt.note


def test_a_status_already_reached_is_a_success(jira: Any) -> None:
    """Repeating a transition fails in Jira; for the hub it is done."""
    ref = jira.issue()
    effect = UpdateRecord({"status": "In Progress"})

    jira.done(effect, target=ref)
    again = jira.done(effect, target=ref)

    assert again.fields["status"] == "In Progress"


def test_a_lost_answer_to_a_transition_is_made_good(jira: Any) -> None:
    """The next try finds the status reached."""
    ref = jira.issue()
    jira.connector.fetch([ref])
    jira.fault("drop_after", "POST */transitions")
    effect = UpdateRecord({"status": "In Progress"})

    first = jira.outcome(effect, target=ref)
    second = jira.outcome(effect, target=ref)

    assert not isinstance(first, Exception) or isinstance(first, RetryableError)
    assert second.fields["status"] == "In Progress"


def test_no_way_names_what_is_offered(jira: Any) -> None:
    """A missing transition is a precise error with a remedy."""
    ref = jira.issue()
    jira.act("remove_transition", to="In Progress")

    outcome = jira.outcome(UpdateRecord({"status": "Closed"}), target=ref)

    assert isinstance(outcome, PreconditionFailedError)
    assert "no transition at all" in str(outcome)


def test_offered_ways_are_named(jira: Any) -> None:
    """The message names where one could go instead."""
    ref = jira.issue()

    outcome = jira.outcome(UpdateRecord({"status": "Closed"}), target=ref)

    assert isinstance(outcome, PreconditionFailedError)
    assert "'Start progress' → 'In Progress'" in str(outcome)


def test_a_field_that_the_hub_does_not_know_is_named(jira: Any) -> None:
    """A transition that demands more than a resolution is refused before it is tried."""
    ref = jira.issue()
    jira.sandbox.site.projects["10100"].workflow.transitions[0].screen["customfield_10052"] = True

    outcome = jira.outcome(UpdateRecord({"status": "In Progress"}), target=ref)

    assert isinstance(outcome, PreconditionFailedError)
    assert "customfield_10052" in str(outcome)


def test_of_several_ways_the_configured_one_is_taken(jira: Any) -> None:
    """Names of transitions are not unique: the settings may say which."""
    workflow = jira.sandbox.site.projects["10100"].workflow
    workflow.transitions.append(
        Transition(id="99", name="Fast lane", to="3", sources=("10000",), screen={})
    )
    ref = jira.issue()
    connector = jira.connect(transitions={"In Progress": "fast lane"})
    taken: list[str] = []
    offered = connector._writer._mover._choose

    connector.apply([jira.delivery(UpdateRecord({"status": "In Progress"}), target=ref)])
    issue = jira.issue("another")
    raw = connector._reader.issue(issue.id)
    taken.append(str(offered(raw, "In Progress")["id"]))

    assert taken == ["99"]


def test_two_statuses_of_one_name_are_refused(jira: Any) -> None:
    """What is ambiguous is not guessed."""
    site = jira.sandbox.site
    site.statuses["77"] = Status(id="77", name="In Progress", category="new")
    workflow = site.projects["10100"].workflow
    workflow.statuses.append("77")
    workflow.transitions.append(Transition(id="98", name="Other", to="77", sources=("10000",)))
    ref = jira.issue()

    outcome = jira.outcome(UpdateRecord({"status": "In Progress"}), target=ref)

    assert isinstance(outcome, PreconditionFailedError)
    assert "several statuses" in str(outcome)


def test_a_status_that_a_new_issue_can_not_have_is_remarked(jira: Any) -> None:
    """The issue is made; that it is not yet there is said in the receipt."""
    receipt = jira.done(CreateRecord("issue", {"summary": "x", "status": "Closed"}))

    assert receipt.fields["status"] == "To Do"
    assert "not brought to 'Closed'" in receipt.note


def test_fields_and_status_change_in_one_update(jira: Any) -> None:
    """Jira ignores a status in an edit: fields are edited, then the transition is made."""
    ref = jira.issue()

    receipt = jira.done(
        UpdateRecord({"summary": "新", "status": "In Progress", "priority": "Low"}), target=ref
    )

    assert (receipt.fields["summary"], receipt.fields["priority"]) == ("新", "Low")
    assert status(jira)[0] == "In Progress"


def test_reopening_clears_the_resolution(jira: Any) -> None:
    """Back from Closed by the workflow's own way."""
    ref = jira.issue()
    jira.act("transition", issue=ref.id, to="Closed", resolution="Fixed")

    receipt = jira.done(UpdateRecord({"status": "To Do"}), target=ref)

    assert receipt.fields["resolution"] is None
    assert status(jira) == ("To Do", None)
