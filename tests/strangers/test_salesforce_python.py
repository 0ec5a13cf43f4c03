"""The Salesforce emulator under simple-salesforce, unchanged: what it asks and loads."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound
from simple_salesforce.format import format_external_id, format_soql

from hub.sandbox import SandboxOptions
from hub.testing import FrozenClock

BIG = 5500


@pytest.fixture(scope="module")
def clock() -> FrozenClock:
    """Give the organisation's clock."""
    return FrozenClock()


@pytest.fixture(scope="module")
def sf(clock: FrozenClock) -> Iterator[Any]:
    """Give a client of an organisation with what client libraries' own tests use."""
    sandbox = SalesforceSandbox(SandboxOptions(profile="conformance", clock=clock))
    at = sandbox.start()
    with requests.Session() as session:
        session.trust_env = False
        session.verify = at["ca_file"]
        yield Salesforce(
            session_id=at["access_token"], instance_url=at["url"], session=session, version="59.0"
        )
    sandbox.stop()


def test_all_pages_are_fetched(sf: Any) -> None:
    """All ways to ask for pages agree."""
    query = "SELECT Id FROM BigTable__c"
    first = sf.query(query)
    second = sf.query_more(first["nextRecordsUrl"], identifier_is_url=True)
    third = sf.query_more(second["nextRecordsUrl"].rpartition("/")[2])
    ids = [r["Id"] for page in (first, second, third) for r in page["records"]]

    assert (first["totalSize"], first["done"], third["done"]) == (BIG, False, True)
    assert ids == [record["Id"] for record in sf.query_all(query)["records"]]
    assert ids == [record["Id"] for record in sf.query_all_iter(query)]


def test_deleted_rows_are_asked_for_with_a_flag(sf: Any) -> None:
    """The recycle bin is read if asked."""
    made = sf.Account.create({"Name": "Soon gone"})["id"]
    sf.Account.delete(made)
    query = format_soql("SELECT Id FROM Account WHERE Id = {}", made)

    assert sf.query(query)["totalSize"] == 0
    assert sf.query(query, include_deleted=True)["totalSize"] == 1


@pytest.mark.parametrize(
    "name", ["o'Neil", 'say "hi"', "back\\slash", "50%_off", "两行\n一行", "a' OR Name != 'b"]
)
def test_quoted_values_are_found_and_nothing_else(sf: Any, name: str) -> None:
    """What format_soql quotes means itself, in equality, lists and patterns."""
    made = sf.Account.create({"Name": name})["id"]
    queries = (
        format_soql("SELECT Id FROM Account WHERE Name = {}", name),
        format_soql("SELECT Id FROM Account WHERE Name IN {}", [name, "nobody"]),
        format_soql("SELECT Id FROM Account WHERE Name LIKE '{:like}'", name),
    )

    assert [[made]] * 3 == [[r["Id"] for r in sf.query(query)["records"]] for query in queries]


def test_values_of_all_types_are_formatted_as_soql_has_them(sf: Any, clock: FrozenClock) -> None:
    """Numbers, flags, null and instants stand without quotes."""
    sf.Account.create({"Name": "typed", "NumberOfEmployees": 7})
    query = format_soql(
        "SELECT Id FROM Account WHERE NumberOfEmployees = {} AND IsDeleted = {} AND Phone = {} "
        "AND CreatedDate > {}",
        7, False, None, clock.now() - timedelta(hours=1),
    )  # fmt: skip

    assert sf.query(query)["totalSize"] == 1


def test_searches_are_sent_as_sosl(sf: Any) -> None:
    """One method takes a whole search, another only its terms."""
    whole = sf.search("FIND {郑凯} RETURNING Contact(Id, Email)")["searchRecords"]
    quick = sf.quick_search("haibin*")["searchRecords"]

    assert [record["Email"] for record in whole] == ["zheng.kai@haibin.example"]
    assert {record["attributes"]["type"] for record in quick} == {"Account", "Contact"}


def test_spans_of_changes_are_read(sf: Any, clock: FrozenClock) -> None:
    """Updated and deleted take aware instants."""
    clock.advance(timedelta(minutes=10))
    start = clock.now()
    made = sf.Account.create({"Name": "fresh"})["id"]
    gone = sf.Account.create({"Name": "stale"})["id"]
    sf.Account.delete(gone)
    clock.advance(timedelta(minutes=2))

    updated = sf.Account.updated(start, clock.now())
    deleted = sf.Account.deleted(start, clock.now())

    assert updated["ids"] == [made]
    assert [entry["id"] for entry in deleted["deletedRecords"]] == [gone]
    assert updated["latestDateCovered"] == deleted["latestDateCovered"]


def test_bulk_1_loads_and_queries_in_json(sf: Any) -> None:
    """Batches run side by side; every record has its result."""
    rows = [{"Name": f"Old bulk {number}"} for number in range(25)] + [{"Phone": "1"}]
    made = sf.bulk.Account.insert(rows, batch_size=10)
    found = sf.bulk.Account.query("SELECT Id, Name FROM Account WHERE Name LIKE 'Old bulk%'")
    told = sf.bulk.Account.update(
        [{"Id": row["Id"], "Phone": "2"} for row in found], include_detailed_results=True
    )
    keyed = sf.bulk.UpsertTable__c.upsert([{"ExtId__c": "B1", "Name": "b"}], "ExtId__c")
    gone = sf.bulk.submit_dml("Account", "delete", [{"Id": row["Id"]} for row in found])

    assert [entry["success"] for entry in made] == [True] * 25 + [False]
    assert made[25]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert len(found) == 25
    assert told[0]["Phone"] == "2"
    assert (keyed[0]["success"], keyed[0]["created"]) == (True, True)
    assert all(entry["success"] for entry in gone)


def test_bulk_2_loads_queries_and_keeps_the_refused(sf: Any) -> None:
    """Jobs are split, run side by side, and give what failed as CSV."""
    client = sf.bulk2.Account
    rows = [{"Name": f"New bulk {n}", "Phone": str(n)} for n in range(30)]
    jobs = client.insert(records=[*rows, {"Name": "", "Phone": "x"}], batch_size=16, wait=0)
    failed = [
        row
        for job in jobs
        for row in csv.DictReader(io.StringIO(client.get_failed_records(job["job_id"])))
    ]
    pages = list(
        client.query(
            "SELECT Id, Phone FROM Account WHERE Name LIKE 'New bulk%'", max_records=20, wait=0
        )
    )
    ids = [{"Id": r["Id"]} for page in pages for r in csv.DictReader(io.StringIO(page))]
    gone = client.delete(records=ids, wait=0)
    keyed = sf.bulk2.UpsertTable__c.upsert(
        records=[{"ExtId__c": "N1", "Name": "n"}], external_id_field="ExtId__c", wait=0
    )

    assert sum(job["numberRecordsProcessed"] for job in jobs) == 31
    assert [row["sf__Error"].partition(":")[0] for row in failed] == ["REQUIRED_FIELD_MISSING"]
    assert [len(page.splitlines()) - 1 for page in pages] == [20, 10]
    assert gone[0]["numberRecordsFailed"] == 0
    assert keyed[0]["numberRecordsProcessed"] == 1


def test_any_resource_can_be_called_by_its_path(sf: Any) -> None:
    """What has no method of its own can be reached."""
    plan = sf.restful("query", params={"explain": "SELECT Id FROM Account"})
    tooling = sf.toolingexecute("query/?q=SELECT+Id+FROM+User")
    searched = sf.restful(
        "parameterizedSearch",
        method="POST",
        json={"q": "emily", "sobjects": [{"name": "Contact", "fields": ["Name"]}]},
    )

    assert plan["plans"][0]["sobjectType"] == "Account"
    assert tooling["totalSize"] >= 7
    assert searched["searchRecords"][0]["Name"] == "Emily Carter"


def test_no_apex_is_published(sf: Any) -> None:
    """An organisation without Apex classes says so."""
    with pytest.raises(SalesforceResourceNotFound) as caught:
        sf.apexecute("MyService", method="POST", data={"a": 1})

    assert caught.value.content[0]["message"] == "Could not find a match for URL"


def test_what_is_malformed_is_raised_as_such(sf: Any) -> None:
    """Codes arrive in the exception's content."""
    with pytest.raises(SalesforceMalformedRequest) as caught:
        sf.query("SELECT Id FORM Account")

    assert caught.value.content[0]["errorCode"] == "MALFORMED_QUERY"
    assert "ERROR at Row:1:Column:11" in caught.value.content[0]["message"]


@pytest.mark.parametrize("key", ["plain", "a/b", "a?b=c", "中文", "a b+c%"])
def test_external_ids_of_any_signs_are_found_again(sf: Any, key: str) -> None:
    """The library escapes what a path can not hold."""
    sf.UpsertTable__c.upsert(format_external_id("ExtId__c", key), {"Name": "keyed"})

    found = sf.query(format_soql("SELECT Id FROM UpsertTable__c WHERE ExtId__c = {}", key))

    assert found["totalSize"] == 1
