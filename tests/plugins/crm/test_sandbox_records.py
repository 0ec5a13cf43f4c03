"""The emulator's records, one at a time: validation, rules, keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import pytest
import requests
from hub_crm.ids import make_id
from hub_crm.sandbox import SalesforceSandbox

from hub.testing import FrozenClock

Access = Mapping[str, Any]
Codes = Callable[[requests.Response], list[str]]


@pytest.mark.parametrize(
    ("fields", "code", "at_fault"),
    [
        ({"Status": "Nix"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ["Status"]),
        ({"Subject": "长" * 256}, "STRING_TOO_LONG", ["Subject"]),
        ({"CaseNumber": "1"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["CaseNumber"]),
        ({"Id": "500D00000000001"}, "INVALID_FIELD_FOR_INSERT_UPDATE", ["Id"]),
        ({"Nope": 1}, "INVALID_FIELD", None),
        ({"SuppliedEmail": "no address"}, "INVALID_EMAIL_ADDRESS", ["SuppliedEmail"]),
        ({"ContactId": "no id"}, "MALFORMED_ID", ["ContactId"]),
        ({"ContactId": make_id("001", 1)}, "FIELD_INTEGRITY_EXCEPTION", ["ContactId"]),
        ({"ContactId": make_id("003", 999)}, "INVALID_CROSS_REFERENCE_KEY", []),
        ({"OwnerId": None}, "INVALID_CROSS_REFERENCE_KEY", ["OwnerId"]),
        ({"IsEscalated": "perhaps"}, "JSON_PARSER_ERROR", None),
        ({"Subject": {"a": 1}}, "JSON_PARSER_ERROR", None),
    ],
)
def test_bad_values_are_refused_with_the_field(
    errors: Codes,
    http: requests.Session,
    data: str,
    fields: dict[str, Any],
    code: str,
    at_fault: Any,
) -> None:
    """Validation is the system's: codes, and fields where it names them."""
    answer = http.post(f"{data}/sobjects/Case", json=fields)

    assert (answer.status_code, errors(answer)) == (400, [code])
    assert answer.json()[0].get("fields") == at_fault


def test_required_fields_are_required(http: requests.Session, data: str) -> None:
    """All that are missing are named together."""
    answer = http.post(f"{data}/sobjects/CaseComment", json={"CommentBody": "x"})
    contact = http.post(f"{data}/sobjects/Contact", json={"FirstName": "x"})

    assert answer.json()[0]["fields"] == ["ParentId"]
    assert "Required fields are missing: [LastName]" in contact.json()[0]["message"]


def test_bodies_that_are_no_json_are_refused(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """Neither half a body nor a list is a record."""
    half = http.post(f"{data}/sobjects/Case", data=b'{"Subject": ')
    listed = http.post(f"{data}/sobjects/Case", json=[])

    assert errors(half) == errors(listed) == ["JSON_PARSER_ERROR"]


def test_a_record_is_made_read_changed_and_deleted(salesforce: Any) -> None:
    """The vendor's client goes the whole way of a case."""
    made = salesforce.Case.create({"Subject": "  登录失败 \r\n", "Origin": "Email"})
    first = salesforce.Case.get(made["id"])
    changed = salesforce.Case.update(made["id"], {"Status": "Closed"})
    second = salesforce.Case.get(made["id"][:15])
    deleted = salesforce.Case.delete(made["id"])

    assert (first["Subject"], first["CaseNumber"]) == ("登录失败", "00000001")
    assert (first["IsClosed"], first["ClosedDate"]) == (False, None)
    assert (changed, deleted) == (204, 204)
    assert second["IsClosed"] is True
    assert second["ClosedDate"] is not None


def test_assignment_rules_run_unless_they_are_told_not_to(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """By default on create and on update; with the header FALSE on neither."""
    off = {"Sforce-Auto-Assign": "FALSE"}
    http.post(f"{data}/sobjects/Case", json={"Subject": "ruled"})
    made = http.post(f"{data}/sobjects/Case", json={"Subject": "kept"}, headers=off).json()
    before = {case["Subject"]: case["Owner"] for case in sandbox.records()["cases"]}
    http.patch(f"{data}/sobjects/Case/{made['id']}", json={"Priority": "High"})
    after = {case["Subject"]: case["Owner"] for case in sandbox.records()["cases"]}

    assert before == {"ruled": "queue:Case_Intake", "kept": "hub.integration@vendor.example"}
    assert after["kept"] == "queue:Case_Intake"


def test_a_contact_brings_its_account(http: requests.Session, data: str,
                                      sandbox: SalesforceSandbox) -> None:  # fmt: skip
    """The account of a case follows from its contact, unless it is given."""
    contact = sandbox.records()["contacts"][0]
    http.post(f"{data}/sobjects/Case", json={"ContactId": contact["Id"]})

    assert sandbox.records()["cases"][0]["AccountId"] == contact["AccountId"]


def test_an_upsert_answers_201_then_200_and_300_for_several(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """Made, changed, and refused where several records have the key."""
    place = f"{data}/sobjects/Account/Customer_Code__c/{quote('C/9?', safe='')}"
    answers = [http.patch(place, json={"Name": name}) for name in ("甲", "乙")]
    sandbox.act("create_account", {"fields": {"Name": "丙", "Customer_Code__c": "C/9?"}})
    several = http.patch(place, json={"Name": "丁"})
    absent = http.patch(f"{place}x?updateOnly=true", json={"Name": "戊"})

    assert [(a.status_code, a.json()["created"]) for a in answers] == [(201, True), (200, False)]
    assert (several.status_code, len(several.json())) == (300, 2)
    assert "丁" not in {account["Name"] for account in sandbox.records()["accounts"]}
    assert absent.status_code == 404


def test_the_key_stands_in_the_address_alone(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """A body that names the key or an id is refused."""
    place = f"{data}/sobjects/Case/Hub_Key__c/k"

    assert errors(http.patch(place, json={"Hub_Key__c": "k"})) == ["INVALID_FIELD"]
    assert errors(http.patch(place, json={"Id": "x"})) == ["INVALID_FIELD"]


def test_a_unique_field_holds_a_value_once(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """The same key in another record is a duplicate; deleted ones do not count."""
    first = http.post(f"{data}/sobjects/Case", json={"Hub_Key__c": "k"}).json()
    second = http.post(f"{data}/sobjects/Case", json={"Hub_Key__c": "K"})
    http.delete(f"{data}/sobjects/Case/{first['id']}")
    third = http.post(f"{data}/sobjects/Case", json={"Hub_Key__c": "k"})

    assert errors(second) == ["DUPLICATE_VALUE"]
    assert third.status_code == 201


def test_a_condition_on_the_stamp_is_kept(
    errors: Codes, http: requests.Session, data: str, clock: FrozenClock
) -> None:
    """If-Unmodified-Since refuses what was changed later."""
    made = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()
    clock.advance(60)
    place = f"{data}/sobjects/Case/{made['id']}"
    http.patch(place, json={"Subject": "y"})

    headers = {"If-Unmodified-Since": "Mon, 05 Jan 2026 01:00:00 GMT"}
    answer = http.patch(place, json={"Subject": "z"}, headers=headers)

    assert (answer.status_code, errors(answer)) == (412, ["PRECONDITION_FAILED"])


@pytest.mark.parametrize(
    ("right", "code"),
    [
        ("create", "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"),
        ("edit", "INSUFFICIENT_ACCESS_OR_READONLY"),
        ("delete", "INSUFFICIENT_ACCESS_OR_READONLY"),
        ("read", "INVALID_TYPE"),
    ],
)
def test_a_right_that_was_withdrawn_bites(
    errors: Codes,
    http: requests.Session,
    data: str,
    sandbox: SalesforceSandbox,
    right: str,
    code: str,
) -> None:
    """Each with its code, until it is given back."""
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    place = f"{data}/sobjects/Case/{case}"
    calls = {
        "create": lambda: http.post(f"{data}/sobjects/Case", json={}),
        "edit": lambda: http.patch(place, json={"Subject": "y"}),
        "read": lambda: http.get(f"{data}/query", params={"q": "SELECT Id FROM Case"}),
        "delete": lambda: http.delete(place),
    }
    sandbox.act("deny", {"object": "Case", "right": right})
    refused = calls[right]()
    sandbox.act("allow", {"object": "Case", "right": right})

    assert errors(refused) == [code]
    assert calls[right]().status_code < 300


def test_a_locked_record_stays_as_it_is(
    errors: Codes, http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """As if an approval held it."""
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    place = f"{data}/sobjects/Case/{case}"
    sandbox.act("lock", {"id": case})
    refused = http.patch(place, json={"Subject": "y"})
    sandbox.act("unlock", {"id": case})

    assert errors(refused) == ["ENTITY_IS_LOCKED"]
    assert http.patch(place, json={"Subject": "y"}).status_code == 204


def test_parents_and_children_are_reached_by_path(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """Read, changed and deleted; fields of parents can be asked for by their names."""
    account = http.post(f"{data}/sobjects/Account", json={"Name": "甲"}).json()["id"]
    body = {"Subject": "x", "AccountId": account}
    case = http.post(f"{data}/sobjects/Case", json=body).json()["id"]
    place = f"{data}/sobjects/Case/{case}"
    changed = http.patch(f"{place}/Account", json={"Name": "乙"})
    parent = http.get(f"{place}/Account", params={"fields": "Name"}).json()
    wide = http.get(place, params={"fields": "Subject,Account.Name,Account.Owner.Name"}).json()
    children = http.get(f"{data}/sobjects/Account/{account}/Cases").json()

    assert changed.status_code == 204
    assert (parent["Name"], wide["Account"]["Name"]) == ("乙", "乙")
    assert wide["Account"]["Owner"]["Name"] == "Hub Integration"
    assert [row["Subject"] for row in children["records"]] == ["x"]
    assert errors(http.get(f"{place}/Nope")) == ["NOT_FOUND"]
    assert errors(http.get(place, params={"fields": "Nope.Name"})) == ["INVALID_FIELD"]


def test_a_body_of_another_kind_is_refused(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """415 for what is not JSON; a method that is not there is 405, by override too."""
    plain = http.post(f"{data}/sobjects/Case", data="x", headers={"Content-Type": "text/plain"})
    case = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    over = http.post(
        f"{data}/sobjects/Case/{case}?_HttpMethod=PATCH", json={"Subject": "by override"}
    )

    assert (plain.status_code, errors(plain)) == (415, ["UNSUPPORTED_MEDIA_TYPE"])
    assert over.status_code == 204
    assert http.get(f"{data}/sobjects/Case/{case}").json()["Subject"] == "by override"


def test_descriptions_are_sent_again_only_if_they_changed(
    http: requests.Session, data: str, sandbox: SalesforceSandbox, clock: FrozenClock
) -> None:
    """304 otherwise."""
    place = f"{data}/sobjects/Case/describe"
    since = {"If-Modified-Since": http.get(place).headers["Last-Modified"]}
    same = http.get(place, headers=since)
    clock.advance(60)
    sandbox.act("add_field", {"object": "Case", "field": "New__c"})
    other = http.get(place, headers=since)

    assert (same.status_code, other.status_code) == (304, 200)
    assert other.json()["fields"][-1]["name"] == "SystemModstamp"
