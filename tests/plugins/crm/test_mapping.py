"""Rows as changes, and the hub's fields as rows: pure, both ways."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import pytest
from hub_crm.facts import FieldFacts
from hub_crm.ids import make_id, normal_id, suffix
from hub_crm.mapping import Terms, hosts, plain, selected, split_mark, to_change
from hub_crm.outward import check_length, to_record, with_mark
from hub_crm.settings import CUSTOM_FIELDS, STANDARD_FIELDS
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import InvalidPayloadError
from hub.models import Change, InternalText, PublicText, Ref, Unreadable

SEEN: Final = datetime(2026, 1, 5, 1, tzinfo=UTC)
TERMS: Final = Terms(
    connector="crm",
    case_map={**STANDARD_FIELDS, **CUSTOM_FIELDS},
    key_field="Hub_Key__c",
    domain_field="Website",
    account_map={"service_until": "Service_Until__c"},
)
FACTS: Final = {
    "Subject": FieldFacts("Subject", "string", 255, 765),
    "Description": FieldFacts("Description", "textarea", 32000, 96000),
    "ContactId": FieldFacts("ContactId", "reference", 18),
    "Tags__c": FieldFacts("Tags__c", "multipicklist", 255),
    "CommentBody": FieldFacts("CommentBody", "textarea", 4000, 4000),
}


def case_row(**changes: Any) -> dict[str, Any]:
    """Give a case as a query gives it."""
    row = {
        "attributes": {"type": "Case"},
        "Id": make_id("500", 1),
        "SystemModstamp": "2026-01-05T06:03:07.000+0000",
        "IsDeleted": False,
        "CaseNumber": "00000001",
        "IsClosed": False,
        "Subject": "课程平台无法登录",
        "Description": None,
        "Status": "New",
        "OwnerId": make_id("005", 3),
        "Owner": {"Type": "User", "Email": "Li.Qiang@vendor.example"},
        "ContactId": None,
        "Contact": None,
        "AccountId": None,
        "Account": None,
        "LastModifiedBy": {"Email": "li.qiang@vendor.example"},
        "Hub_Key__c": None,
    }
    return {**row, **changes}


def change_of(kind: str, row: dict[str, Any], queues: dict[str, str] | None = None) -> Change:
    """Map a row that must be readable."""
    change = to_change(kind, row, TERMS, queues or {}, SEEN)
    assert isinstance(change, Change), change
    return change


def test_a_case_carries_the_hubs_names_and_the_vendors_values() -> None:
    """Status stays the vendor's word; people are e-mail addresses in lower case."""
    change = change_of("case", case_row(Hub_Key__c="key-1"))

    assert change.ref == Ref("crm", "case", make_id("500", 1))
    assert change.fields["subject"] == "课程平台无法登录"
    assert change.fields["status"] == "New"
    assert change.fields["owner"] == "li.qiang@vendor.example"
    assert change.fields["closed"] is False
    assert change.aliases == ("case-number:00000001",)
    assert change.key == "key-1"
    assert change.actor == "li.qiang@vendor.example"
    assert change.at == datetime(2026, 1, 5, 6, 3, 7, tzinfo=UTC)


def test_two_edits_within_one_second_are_two_versions() -> None:
    """Stamps count whole seconds: the content is part of the version."""
    first = change_of("case", case_row(Subject="a"))
    second = change_of("case", case_row(Subject="b"))

    assert first.at == second.at
    assert first.version != second.version


def test_the_same_content_is_the_same_version() -> None:
    """The same row gives the same version, whenever it is read."""
    assert change_of("case", case_row()).version == change_of("case", case_row()).version


def test_a_queue_owns_by_its_developer_name() -> None:
    """An owner that is a queue is told as such; an unknown queue by its id."""
    queue = make_id("00G", 1)
    row = case_row(OwnerId=queue, Owner={"Type": "Queue", "Email": None})

    assert change_of("case", row, {queue: "Intake"}).fields["owner"] == "queue:Intake"
    assert change_of("case", row).fields["owner"] == f"queue:{queue}"


def test_a_case_mentions_its_contact_then_its_account_then_the_address() -> None:
    """The most telling mention stands first; what the case lacks is taken from its contact."""
    contact, account = make_id("003", 1), make_id("001", 1)
    row = case_row(
        ContactId=contact,
        Contact={"Name": "杨帆", "Email": "Yang.Fan@jiangnan.example", "Phone": "025"},
        AccountId=account,
        Account={"Name": "江南师范大学", "Owner": {"Email": "li.qiang@vendor.example"}},
    )

    change = change_of("case", row)

    assert change.mentions == (
        f"ref:crm:contact:{contact}",
        f"ref:crm:account:{account}",
        "email:yang.fan@jiangnan.example",
    )
    assert change.fields["contact_name"] == "杨帆"
    assert change.fields["customer_name"] == "江南师范大学"
    assert change.fields["account_manager"] == "li.qiang@vendor.example"


def test_what_was_supplied_stands_before_what_the_contact_says() -> None:
    """What the hub wrote is what it reads back."""
    row = case_row(SuppliedName="杨老师", Contact={"Name": "杨帆", "Email": None, "Phone": None})

    assert change_of("case", row).fields["contact_name"] == "杨老师"


def test_a_field_that_may_not_be_read_is_left_out() -> None:
    """What is hidden is absent, not empty: emptiness would be written elsewhere."""
    row = case_row()
    del row["Subject"]

    assert "subject" not in change_of("case", row).fields


@pytest.mark.parametrize(
    ("published", "kind"), [(True, PublicText), (False, InternalText), (None, InternalText)]
)
def test_only_a_published_comment_is_public(published: bool | None, kind: type) -> None:
    """Unknown visibility is internal."""
    change = change_of("case_comment", comment_row("已处理", IsPublished=published))

    assert isinstance(change.text, kind)
    assert change.parent == Ref("crm", "case", make_id("500", 1))
    assert change.actor == "wang.lei@vendor.example"


def comment_row(body: str, **changes: Any) -> dict[str, Any]:
    """Give a comment as a query gives it."""
    return {
        "Id": make_id("00a", 1),
        "SystemModstamp": "2026-01-05T06:03:07.000+0000",
        "IsDeleted": False,
        "ParentId": make_id("500", 1),
        "CommentBody": body,
        "IsPublished": False,
        "CreatedBy": {"Email": "wang.lei@vendor.example"},
        **changes,
    }


def test_the_mark_is_read_and_taken_off() -> None:
    """A comment of the hub carries its key on the last line, and its text without it."""
    change = change_of("case_comment", comment_row(with_mark("见附件", "key-1")))

    assert change.key == "key-1"
    assert change.text == InternalText("见附件")


def test_a_mark_within_a_text_is_text() -> None:
    """Only the last line is a mark: people quote comments."""
    quoted = "> [hub:key-1]\n不对,仍然无法登录"

    assert split_mark(quoted) == (quoted, "")


@given(
    text=st.text(alphabet=st.characters(exclude_categories=["Cs"])),
    key=st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1),
)
def test_any_text_and_key_survive_the_mark(text: str, key: str) -> None:
    """Whatever stands in text and key comes back, line ends and outer space aside."""
    body = with_mark(text, key)

    assert split_mark(body) == (text.replace("\r\n", "\n").replace("\r", "\n").rstrip(), key)


def test_a_contact_is_found_by_its_address() -> None:
    """A contact is reference data with its e-mail as alias and its account as mention."""
    row = {
        "Id": make_id("003", 1),
        "SystemModstamp": "2026-01-05T06:03:07.000+0000",
        "Name": "郑凯",
        "Email": "Zheng.Kai@Haibin.example",
        "Phone": None,
        "AccountId": make_id("001", 1),
    }

    change = change_of("contact", row)

    assert change.reference
    assert change.aliases == ("email:zheng.kai@haibin.example",)
    assert change.mentions == (f"ref:crm:account:{make_id('001', 1)}",)


def test_an_account_is_found_by_its_domains() -> None:
    """An account has the domains of its web address as aliases, its owner as mention."""
    row = {
        "Id": make_id("001", 1),
        "SystemModstamp": "2026-01-05T06:03:07.000+0000",
        "Name": "海滨学院",
        "OwnerId": make_id("005", 3),
        "Owner": {"Email": "li.qiang@vendor.example"},
        "Website": "https://www.haibin.example:443/zh/",
        "Service_Until__c": "2025-06-30",
    }

    change = change_of("account", row)

    assert change.fields["domains"] == ["haibin.example"]
    assert change.fields["service_until"] == "2025-06-30"
    assert change.aliases == ("domain:haibin.example", "name:海滨学院")
    assert change.mentions == (f"ref:crm:user:{make_id('005', 3)}",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("haibin.example", ["haibin.example"]),
        ("http://WWW.Haibin.example/a?b", ["haibin.example"]),
        ("a.example; @b.example，c.example、a.example", ["a.example", "b.example", "c.example"]),
        ("localhost", []),
    ],
)
def test_domains_are_read_from_addresses_and_lists(text: str, expected: list[str]) -> None:
    """A field may hold a web address or several domains, Chinese commas included."""
    assert hosts(text) == expected


def test_a_merged_record_names_the_winner() -> None:
    """The loser of a merge is gone, and mentions what it became."""
    winner = make_id("003", 2)
    row = {
        "Id": make_id("003", 1),
        "SystemModstamp": "2026-01-05T06:03:07.000+0000",
        "IsDeleted": True,
        "MasterRecordId": winner,
    }

    change = change_of("contact", row)

    assert change.gone
    assert change.mentions == (f"ref:crm:contact:{winner}",)


def test_a_row_that_can_not_be_understood_is_kept_raw() -> None:
    """An unreadable row stops nothing: it is told with its cause and content."""
    told = to_change("case", case_row(SystemModstamp="yesterday"), TERMS, {}, SEEN)

    assert isinstance(told, Unreadable)
    assert "ValueError" in told.cause
    assert "课程平台无法登录" in told.excerpt


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("1999.90"), "1999.90"),
        ("2026-01-05T14:03:07.000+0800", "2026-01-05T06:03:07+00:00"),
        ("2026-01-05", "2026-01-05"),
        (True, True),
        (None, None),
    ],
)
def test_values_become_plain(value: object, expected: object) -> None:
    """Money is decimal text, instants are in UTC."""
    assert plain(value) == expected


def test_selection_names_each_field_once() -> None:
    """A field named twice would be refused by SOQL."""
    for kind in ("case", "case_comment", "contact", "account", "user"):
        paths = selected(kind, TERMS)
        assert len(paths) == len(set(paths))


def test_fields_are_written_under_their_api_names() -> None:
    """The hub's names become API names, empty text becomes null, ids have 18 signs."""
    contact = make_id("003", 1)

    record = to_record(
        {"subject": "登录", "description": "", "contact": contact[:15], "owner": "a@b.cn"},
        TERMS,
        FACTS,
    )

    assert record == {"Subject": "登录", "Description": None, "ContactId": contact}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"subject": "长" * 256}, "Subject"),
        ({"case_number": "1"}, "CaseNumber"),
        ({"closed": True}, "IsClosed"),
        ({"status": "New"}, "Status"),
        ({"colour": "red"}, "colour"),
        ({"contact": "no id"}, "ContactId"),
        ({"subject": ["a", "b"]}, "Subject"),
    ],
)
def test_what_would_be_refused_is_refused_here_and_named(
    fields: dict[str, Any], field: str
) -> None:
    """Too long, read-only, missing, unknown, malformed: each names the field."""
    with pytest.raises(InvalidPayloadError) as caught:
        to_record(fields, TERMS, FACTS)

    assert caught.value.field == field


def test_a_list_goes_into_a_field_of_several_values() -> None:
    """A multi-select takes a list."""
    terms = Terms(
        connector="crm", case_map={"tags": "Tags__c"}, key_field="", domain_field="", account_map={}
    )

    assert to_record({"tags": ["甲", "乙"]}, terms, FACTS) == {"Tags__c": "甲;乙"}


def test_bytes_count_where_the_system_counts_bytes() -> None:
    """A comment holds 4,000 bytes: 1,333 Chinese signs."""
    check_length("中" * 1333, FACTS["CommentBody"])

    with pytest.raises(InvalidPayloadError, match="4002 bytes"):
        check_length("中" * 1334, FACTS["CommentBody"])


@given(number=st.integers(1, 10**12))
def test_an_id_of_15_signs_has_one_form_of_18(number: int) -> None:
    """The suffix tells capitals apart, and never folds them."""
    long = make_id("500", number)

    assert len(long) == 18
    assert normal_id(long[:15]) == long
    assert normal_id(long) == long
    assert suffix("001A0000006Vm9r") == "IAC"


@pytest.mark.parametrize("text", ["", "500", "5" * 16, "500D0000000000!", None, 5])
def test_what_is_no_id_is_none(text: object) -> None:
    """Only 15 or 18 letters and digits are an id."""
    assert normal_id(text) is None
