"""The emulator's collections, pages, batches, lists, descriptions and acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
from hub_crm.ids import make_id
from hub_crm.sandbox import SalesforceSandbox

from hub.sandbox import Fault
from hub.testing import FrozenClock

Access = Mapping[str, Any]
Codes = Callable[[requests.Response], list[str]]


def test_collections_give_a_result_for_each(http: requests.Session, data: str) -> None:
    """HTTP 200 whatever became of the records, in order."""
    records = [
        {"attributes": {"type": "Case"}, "Subject": "a"},
        {"attributes": {"type": "Case"}, "Status": "Nix"},
        {"attributes": {"type": "Contact"}, "LastName": "杨"},
    ]

    answer = http.post(f"{data}/composite/sobjects", json={"records": records})

    assert answer.status_code == 200
    assert [result["success"] for result in answer.json()] == [True, False, True]
    assert answer.json()[1]["errors"][0]["fields"] == ["Status"]


def test_all_or_none_undoes_the_innocent(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """One bad record rolls back all, new and changed ones."""
    made = http.post(f"{data}/sobjects/Case", json={"Subject": "before", "Hub_Key__c": "k"}).json()
    case = {"attributes": {"type": "Case"}, "id": made["id"]}
    body = {
        "allOrNone": True,
        "records": [{**case, "Subject": "after", "Hub_Key__c": "k2"}, {**case, "Status": "Nix"}],
    }

    answer = http.patch(f"{data}/composite/sobjects", json=body)

    codes = [result["errors"][0]["statusCode"] for result in answer.json()]
    assert codes == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    ]  # fmt: skip
    (row,) = sandbox.records()["cases"]
    assert (row["Subject"], row["Hub_Key__c"]) == ("before", "k")
    assert http.get(f"{data}/sobjects/Case/Hub_Key__c/k").status_code == 200


def test_collections_have_their_limits(errors: Codes, http: requests.Session, data: str) -> None:
    """200 records, ten chunks of types, each with its type and id."""
    case, contact = {"attributes": {"type": "Case"}}, {"attributes": {"type": "Contact"}}
    many = http.post(f"{data}/composite/sobjects", json={"records": [case] * 201})
    mixed = http.post(f"{data}/composite/sobjects", json={"records": [case, contact] * 6})
    no_id = http.patch(f"{data}/composite/sobjects", json={"records": [case]})
    no_type = http.post(f"{data}/composite/sobjects", json={"records": [{}]})

    assert errors(many) == ["EXCEEDED_MAX_SIZE_REQUEST"]
    assert errors(mixed) == ["INVALID_INPUT"]
    assert no_id.json()[0]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    assert no_type.json()[0]["errors"][0]["statusCode"] == "INVALID_INPUT"


def test_collections_upsert_retrieve_and_delete(http: requests.Session, data: str) -> None:
    """By external id, by ids, and away."""
    records = [
        {"attributes": {"type": "Case"}, "Hub_Key__c": f"k{n}", "Subject": "s"} for n in range(2)
    ]
    place = f"{data}/composite/sobjects/Case/Hub_Key__c"
    first = http.patch(place, json={"records": records}).json()
    second = http.patch(place, json={"records": records}).json()
    ids = [result["id"] for result in first]
    read = http.post(
        f"{data}/composite/sobjects/Case", json={"ids": [*ids, "x"], "fields": ["Subject"]}
    ).json()
    gone = http.delete(f"{data}/composite/sobjects", params={"ids": ",".join(ids)}).json()

    assert [result["created"] for result in first + second] == [True, True, False, False]
    assert [row and row["Subject"] for row in read] == ["s", "s", None]
    assert all(result["success"] for result in gone)


def test_queries_page_by_the_size_asked_for(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """200 at least, 2000 at most, with a locator between."""
    for number in range(450):
        sandbox.act("create_case", {"fields": {"Subject": f"n{number}"}})
    headers = {"Sforce-Query-Options": "batchSize=200"}
    page = http.get(f"{data}/query", params={"q": "SELECT Id FROM Case"}, headers=headers).json()
    sizes = [len(page["records"])]
    while not page["done"]:
        url = data.removesuffix("/services/data/v59.0") + page["nextRecordsUrl"]
        page = http.get(url, headers=headers).json()
        sizes.append(len(page["records"]))

    assert sizes == [200, 200, 50]
    assert page["totalSize"] == 450


def test_a_batch_answers_each_of_its_calls(http: requests.Session, data: str) -> None:
    """One call of the budget; a bad one does not stop the others unless it is asked to."""
    requests_ = [
        {"method": "GET", "url": "v59.0/query/?q=SELECT+COUNT()+FROM+User"},
        {"method": "GET", "url": "v59.0/sobjects/Nope/describe"},
        {"method": "GET", "url": "v59.0/limits"},
    ]
    body: dict[str, Any] = {"batchRequests": requests_}
    loose = http.post(f"{data}/composite/batch", json=body)
    strict = http.post(f"{data}/composite/batch", json={**body, "haltOnError": True})

    assert [result["statusCode"] for result in loose.json()["results"]] == [200, 404, 200]
    assert [result["statusCode"] for result in strict.json()["results"]] == [200, 404, 412]
    assert strict.headers["Sforce-Limit-Info"] == "api-usage=2/100000"


def test_what_was_changed_and_deleted_is_listed(
    salesforce: Any, clock: FrozenClock, sandbox: SalesforceSandbox
) -> None:
    """By spans of minutes, 30 days back; what left the bin is listed still."""
    kept = salesforce.Case.create({"Subject": "kept"})["id"]
    lost = salesforce.Case.create({"Subject": "lost"})["id"]
    salesforce.Case.delete(lost)
    sandbox.act("empty_recycle_bin", {})
    start = clock.now()
    end = clock.advance(120)

    changed, deleted = salesforce.Case.updated(start, end), salesforce.Case.deleted(start, end)

    assert changed["ids"] == [kept]
    assert [record["id"] for record in deleted["deletedRecords"]] == [lost]


def test_the_recycle_bin_is_read_by_query_all_alone(salesforce: Any) -> None:
    """Live queries do not see what was deleted."""
    made = salesforce.Case.create({"Subject": "x"})["id"]
    salesforce.Case.delete(made)
    query = "SELECT Id, IsDeleted FROM Case"

    assert salesforce.query(query)["totalSize"] == 0
    assert salesforce.query(query, include_deleted=True)["records"][0]["IsDeleted"] is True


def test_describe_tells_what_validation_enforces(salesforce: Any) -> None:
    """Types, lengths, values, rights, and the ways to parents and children."""
    case = salesforce.Case.describe()
    fields = {field["name"]: field for field in case["fields"]}
    names = {entry["name"] for entry in salesforce.describe()["sobjects"]}

    assert fields["Subject"]["length"] == 255
    assert fields["Status"]["restrictedPicklist"] is True
    assert fields["OwnerId"]["referenceTo"] == ["User", "Group"]
    assert fields["CaseNumber"]["createable"] is False
    assert fields["Hub_Key__c"]["externalId"] is True
    assert "CaseComments" in {c["relationshipName"] for c in case["childRelationships"]}
    assert {"Case", "CaseComment", "CaseStatus", "Account", "Contact", "User", "Group"} <= names
    assert salesforce.Case.metadata()["objectDescribe"]["keyPrefix"] == "500"


def test_a_hidden_field_is_hidden_everywhere(salesforce: Any, sandbox: SalesforceSandbox) -> None:
    """Field-level security: describe, queries, records and writes."""
    made = salesforce.Case.create({"Subject": "x"})["id"]
    sandbox.act("hide_field", {"object": "Case", "field": "Subject"})

    assert "Subject" not in {field["name"] for field in salesforce.Case.describe()["fields"]}
    assert "Subject" not in salesforce.Case.get(made)
    for act in (
        lambda: salesforce.query("SELECT Subject FROM Case"),
        lambda: salesforce.Case.create({"Subject": "y"}),
    ):
        with pytest.raises(Exception, match="INVALID_FIELD"):
            act()


def test_the_days_calls_run_out(
    errors: Codes, http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """403 when they are used up; limits tells what is left."""
    left = http.get(f"{data}/limits").json()["DailyApiRequests"]
    sandbox.act("set_daily_limit", {"calls": 1})
    answer = http.get(f"{data}/limits")

    assert left == {"Max": 100_000, "Remaining": 99_999}
    assert (answer.status_code, errors(answer)) == (403, ["REQUEST_LIMIT_EXCEEDED"])


def test_faults_strike_what_they_name(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """A fault for one operation leaves the others alone."""
    sandbox.faults.add(Fault(kind="expired_token", operation="PATCH *", times=1))

    assert http.get(f"{data}/limits").status_code == 200
    assert http.patch(f"{data}/sobjects/Case/x", json={}).status_code == 401


@pytest.mark.parametrize(
    ("action", "arguments", "words"),
    [
        ("fly", {}, "unknown action"),
        ("create_case", {}, "needs the argument"),
        ("create_case", {"fields": {"Status": "Nix"}}, "RESTRICTED_PICKLIST"),
        ("create_case", {"fields": {}, "by": "nobody@x.example"}, "no user"),
        ("update_case", {"case": "00000099", "fields": {}}, "no case"),
        ("delete", {"id": "nonsense"}, "not an id"),
        ("undelete", {"id": make_id("500", 1)}, "recycle bin"),
    ],
)
def test_an_act_that_can_not_be_done_says_why(
    sandbox: SalesforceSandbox, action: str, arguments: dict[str, Any], words: str
) -> None:
    """Acts are checked as the system would check the person."""
    with pytest.raises(ValueError, match=words):
        sandbox.act(action, arguments)


def test_people_act_under_their_own_names(sandbox: SalesforceSandbox) -> None:
    """Who made and changed a record is who acted; cases are named by number too."""
    made = sandbox.act(
        "create_case",
        {"fields": {"Subject": "x", "owner": "queue:Technical_Support"},
         "by": "zhang.min@vendor.example"},
    )  # fmt: skip
    changed = sandbox.act(
        "update_case",
        {"case_number": made["CaseNumber"], "by": "wang.lei@vendor.example",
         "fields": {"owner": "sun.tao@vendor.example"}},
    )  # fmt: skip

    assert (made["CreatedBy"], made["Owner"]) == (
        "zhang.min@vendor.example", "queue:Technical_Support",
    )  # fmt: skip
    assert (changed["LastModifiedBy"], changed["Owner"]) == (
        "wang.lei@vendor.example", "sun.tao@vendor.example",
    )  # fmt: skip


def test_a_new_field_is_there_at_once(salesforce: Any, sandbox: SalesforceSandbox) -> None:
    """An administrator adds a field: old records have it empty."""
    made = salesforce.Case.create({"Subject": "x"})["id"]
    sandbox.act("add_field", {"object": "Case", "field": "Product__c"})
    salesforce.Case.update(made, {"Product__c": "Learn"})

    assert salesforce.Case.get(made)["Product__c"] == "Learn"
