"""Jira's JSON becomes the hub's changes: dates, people, keys, visibility."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hub_jira.mapping import (
    LONGEST_SUMMARY,
    Mapper,
    comment_id,
    encode_label,
    fold_summary,
    is_public,
    key_of,
    label_of,
    parse_moment,
    split_comment_id,
)
from hypothesis import given
from hypothesis import strategies as st

from hub.models import Change, InternalText, PublicText, Unreadable

SEEN = datetime(2026, 1, 5, 6, 5, tzinfo=UTC)
MAPPER = Mapper(
    connector="rnd",
    url="https://jira.example",
    cloud=True,
    key_label_prefix="hub-key-",
    extra={"customer": "customfield_1"},
    accounts={"acc-1": "zhou@vendor.example"},
)


def raw_issue(**fields: Any) -> dict[str, Any]:
    """Make an issue as Jira answers it."""
    return {
        "id": "10007",
        "key": "RND-7",
        "fields": {
            "summary": "崩溃",
            "description": None,
            "status": {"id": "3", "name": "处理中", "statusCategory": {"key": "indeterminate"}},
            "resolution": None,
            "priority": {"name": "High"},
            "issuetype": {"name": "Bug"},
            "assignee": {"accountId": "acc-1", "displayName": "周工"},
            "reporter": {"accountId": "acc-2", "emailAddress": "Hub@Vendor.example"},
            "labels": ["客户", "hub-key-abc"],
            "project": {"id": "1", "key": "RND", "projectTypeKey": "service_desk"},
            "created": "2026-01-05T14:00:00.000+0800",
            "updated": "2026-01-05T14:03:07.123+0800",
            **fields,
        },
    }


def raw_comment(**more: Any) -> dict[str, Any]:
    """Make a comment as Jira answers it."""
    return {
        "id": "55",
        "body": {"type": "doc", "version": 1, "content": []},
        "author": {"accountId": "acc-9", "displayName": "某人"},
        "created": "2026-01-05T14:00:00.000+0800",
        "updated": "2026-01-05T14:00:00.000+0800",
        **more,
    }


def test_dates_have_milliseconds_and_an_offset_without_colon() -> None:
    """Jira's dates are read as instants in UTC."""
    expected = datetime(2026, 1, 5, 6, 3, 7, 123000, tzinfo=UTC)

    assert expected == parse_moment("2026-01-05T14:03:07.123+0800")


def test_an_issue_becomes_a_change() -> None:
    """All fields stand under the hub's names; the id, not the key, is the address."""
    change = MAPPER.issue_change(raw_issue(customfield_1={"value": "北大"}), SEEN)

    assert isinstance(change, Change)
    assert str(change.ref) == "rnd:issue:10007"
    assert change.aliases == ("jira-key:RND-7",)
    assert change.fields["status_category"] == "indeterminate"
    assert change.fields["customer"] == "北大"
    assert change.fields["url"] == "https://jira.example/browse/RND-7"


def test_a_hidden_address_comes_from_the_configured_people() -> None:
    """Who hides the address is named by the table, else by account; never by display name."""
    change = MAPPER.issue_change(raw_issue(), SEEN)

    assert change.fields["assignee"] == "zhou@vendor.example"
    assert change.fields["reporter"] == "hub@vendor.example"
    assert MAPPER.person({"accountId": "x", "displayName": "李工"}) == "account:x"


def test_the_key_label_is_the_hubs_and_no_label_of_the_issue() -> None:
    """The label that carries the key tells the key, and is not shown as a label."""
    change = MAPPER.issue_change(raw_issue(), SEEN)

    assert change.key == "abc"
    assert change.fields["labels"] == ["客户"]


def test_the_key_property_wins_over_the_label() -> None:
    """A copied issue keeps the label; the property tells whose it is."""
    raw = {**raw_issue(), "properties": {"hub.cmd": {"id": "real"}}}

    assert MAPPER.issue_change(raw, SEEN).key == "real"


def test_equal_stamps_with_unequal_content_are_two_versions() -> None:
    """Two edits within a millisecond are told apart by their content."""
    first = MAPPER.issue_change(raw_issue(), SEEN)
    second = MAPPER.issue_change(raw_issue(summary="又崩溃"), SEEN)

    assert first.version != second.version


@pytest.mark.parametrize(
    ("raw", "portal", "public"),
    [
        ({"jsdPublic": True}, True, True),
        ({"jsdPublic": False}, True, False),
        ({}, True, False),
        ({"jsdPublic": "true"}, True, False),
        ({"jsdPublic": True}, False, False),
        ({"jsdPublic": True, "visibility": {"type": "role", "value": "Admins"}}, True, False),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": False}}]}, True, True),
        ({"properties": [{"key": "sd.public.comment", "value": {"internal": True}}]}, True, False),
    ],
)
def test_what_is_not_surely_public_is_internal(
    raw: dict[str, Any], portal: bool, public: bool
) -> None:
    """Only a flag that says so, in a project with a portal, makes a comment public."""
    assert public == is_public(raw, portal=portal)


def test_a_comments_visibility_is_its_type() -> None:
    """Public and internal comments are different types of text."""
    hidden = MAPPER.comment_change("10007", raw_comment(jsdPublic=False), SEEN, portal=True)
    shown = MAPPER.comment_change("10007", raw_comment(jsdPublic=True), SEEN, portal=True)

    assert isinstance(hidden.text, InternalText)
    assert isinstance(shown.text, PublicText)
    assert hidden.version != shown.version
    assert str(shown.parent) == "rnd:issue:10007"
    assert shown.actor == "account:acc-9"


def test_an_answer_that_is_not_as_expected_is_kept_raw() -> None:
    """What can not be understood becomes an unreadable record with an excerpt."""
    kept = MAPPER.unreadable(MAPPER.issue_ref("1"), {"id": "1"}, KeyError("fields"))

    assert isinstance(kept, Unreadable)
    assert "fields" in kept.cause
    assert kept.excerpt == '{"id": "1"}'


def test_property_lists_and_property_objects_are_read_alike() -> None:
    """Jira shows properties as a list on comments and as an object on issues."""
    value = {"id": "k"}

    assert key_of({"properties": {"hub.cmd": value}}) == "k"
    assert key_of({"properties": [{"key": "hub.cmd", "value": value}]}) == "k"
    assert key_of({}) == ""


@given(st.text())
def test_every_summary_is_one_that_jira_takes(text: str) -> None:
    """A folded summary is one line and short enough."""
    folded = fold_summary(text)

    assert len(folded) <= LONGEST_SUMMARY
    assert folded.splitlines() in ([], [folded])


@given(st.text(), st.text(min_size=1))
def test_every_label_is_one_that_jira_takes(text: str, key: str) -> None:
    """Labels hold no space and are no longer than 255 signs."""
    for label in (encode_label(text), label_of("hub-key-", key)):
        assert not any(sign.isspace() for sign in label)
        assert len(label) <= 255


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_keys_never_share_a_label(one: str, other: str) -> None:
    """Labels tell keys apart, also those that can not stand in a label as they are."""
    assert (one == other) == (label_of("p-", one) == label_of("p-", other))


def test_a_comments_address_names_its_issue() -> None:
    """A comment is found under its issue alone, so its address holds both."""
    assert split_comment_id(comment_id("10007", "55")) == ("10007", "55")
    with pytest.raises(ValueError, match="not the id of a comment"):
        split_comment_id("55")


def test_a_folded_summary_is_told_whole() -> None:
    """The whole text is kept in a property, so that the cut is no change made in Jira."""
    whole = "很长的标题\n" + "字" * 300
    raw = {**raw_issue(summary=fold_summary(whole)), "properties": {"hub.text": {"summary": whole}}}

    assert whole == MAPPER.issue_data(raw)["summary"]


def test_an_edited_summary_is_told_as_it_is() -> None:
    """Once a person has edited the summary, the kept one is out of date."""
    raw = {**raw_issue(summary="新标题"), "properties": {"hub.text": {"summary": "旧" * 300}}}

    assert MAPPER.issue_data(raw)["summary"] == "新标题"
