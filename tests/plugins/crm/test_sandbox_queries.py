"""Queries over HTTP: pages, locators, plans, deleted rows, spans of changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox

from hub.testing import FrozenClock

Query: TypeAlias = Callable[..., requests.Response]


@pytest.fixture
def query(http: requests.Session, data: str) -> Query:
    """Give what sends a query; its named arguments are headers, with _ for -."""

    def send(text: str, resource: str = "query", **headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return http.get(f"{data}/{resource}", params={"q": text}, headers=named)

    return send


@pytest.fixture
def many(http: requests.Session, data: str) -> list[str]:
    """Give the ids of 450 cases of one account, made over the collections resource."""
    account = http.post(f"{data}/sobjects/Account", json={"Name": "Many"}).json()["id"]
    ids: list[str] = []
    for start in range(0, 450, 150):
        records = [
            {"attributes": {"type": "Case"}, "Subject": f"{n:04d}", "AccountId": account}
            for n in range(start, start + 150)
        ]
        answer = http.post(f"{data}/composite/sobjects", json={"records": records}).json()
        ids += [entry["id"] for entry in answer]
    return ids


def test_pages_follow_one_another_to_the_end(
    http: requests.Session, access: Any, query: Query, many: list[str]
) -> None:
    """Each page names the next; sizes are kept between 200 and 2000."""
    page = query("SELECT Id FROM Case ORDER BY Id", Sforce_Query_Options="batchSize=50").json()
    found, sizes = [], []
    while True:
        found += [record["Id"] for record in page["records"]]
        sizes.append(len(page["records"]))
        if page["done"]:
            break
        page = http.get(access["url"] + page["nextRecordsUrl"]).json()

    assert many == found
    assert sizes == [200, 200, 50]
    assert "nextRecordsUrl" not in page
    assert page["totalSize"] == 450


def test_children_are_paged_too(
    http: requests.Session, access: Any, query: Query, many: list[str]
) -> None:
    """More children than fit one page, their parent among them, have a locator of their own."""
    text = "SELECT Name, (SELECT Id FROM Cases ORDER BY Id) FROM Account WHERE Name = 'Many'"
    usual = query(text).json()["records"][0]["Cases"]
    cases = query(text, Sforce_Query_Options="batchSize=400").json()["records"][0]["Cases"]
    rest = http.get(access["url"] + cases["nextRecordsUrl"]).json()

    assert (len(usual["records"]), usual["nextRecordsUrl"][-4:]) == (199, "-199")
    assert (cases["totalSize"], cases["done"], len(cases["records"])) == (450, False, 399)
    assert (rest["done"], len(rest["records"])) == (True, 51)
    assert many == [r["Id"] for r in [*cases["records"], *rest["records"]]]


def test_a_page_shows_the_rows_as_they_were_found(
    http: requests.Session, access: Any, data: str, query: Query, many: list[str]
) -> None:
    """What is changed between two pages changes neither their rows nor their count."""
    page = query("SELECT Id FROM Case ORDER BY Id", Sforce_Query_Options="batchSize=200").json()
    http.delete(f"{data}/sobjects/Case/{many[-1]}")
    rest = http.get(access["url"] + page["nextRecordsUrl"]).json()
    last = http.get(access["url"] + rest["nextRecordsUrl"]).json()

    assert many[-1] == last["records"][-1]["Id"]


def test_a_locator_dies_when_it_is_not_used(
    http: requests.Session, access: Any, clock: FrozenClock, query: Query, many: list[str]
) -> None:
    """After a quarter of an hour, or past the end, there is no such locator."""
    page = query("SELECT Id FROM Case", Sforce_Query_Options="batchSize=200").json()
    place = access["url"] + page["nextRecordsUrl"]
    beyond = http.get(place.rpartition("-")[0] + "-450")
    clock.advance(timedelta(minutes=14))
    alive = http.get(place)
    clock.advance(timedelta(minutes=16))
    dead = http.get(place)

    assert alive.status_code == 200
    for refused in (beyond, dead):
        assert refused.status_code == 400
        assert refused.json() == [
            {"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}
        ]


def test_deleted_rows_are_found_by_query_all_alone(
    http: requests.Session, data: str, query: Query, many: list[str]
) -> None:
    """The recycle bin is read by `queryAll`, which tells the rows that are in it."""
    http.delete(f"{data}/sobjects/Case/{many[0]}")
    text = "SELECT Id, IsDeleted FROM Case WHERE IsDeleted = true"

    assert query(text).json()["totalSize"] == 0
    assert query(text, "queryAll").json()["records"][0]["Id"] == many[0]
    assert query("SELECT COUNT() FROM Case", "queryAll").json()["totalSize"] == 450


def test_a_record_names_its_type_and_place(query: Query, many: list[str]) -> None:
    """Every record has attributes; a parent has its own."""
    record = query(f"SELECT Id, Account.Name FROM Case WHERE Id = '{many[0]}'").json()["records"][0]

    assert record["attributes"] == {
        "type": "Case",
        "url": f"/services/data/v59.0/sobjects/Case/{many[0]}",
    }
    assert record["Account"]["attributes"]["type"] == "Account"


@pytest.mark.parametrize(
    ("text", "leading", "fields"),
    [
        ("SELECT Id FROM Case WHERE Subject = 'a'", "TableScan", []),
        ("SELECT Id FROM Case WHERE AccountId = '{account}'", "Index", ["AccountId"]),
        ("SELECT Id FROM Case WHERE Hub_Key__c = 'k' AND Subject != ''", "Index", ["Hub_Key__c"]),
    ],
)
def test_a_plan_tells_how_a_query_would_be_run(
    http: requests.Session, data: str, many: list[str], text: str, leading: str, fields: list[str]
) -> None:
    """Ids, external ids and references are indexed; the best plan comes first."""
    account = http.get(f"{data}/sobjects/Case/{many[0]}").json()["AccountId"]
    plans = http.get(f"{data}/query", params={"explain": text.format(account=account)}).json()

    best = plans["plans"][0]
    assert (best["leadingOperationType"], best["fields"]) == (leading, fields)
    assert best["sobjectCardinality"] == 450
    assert best["sobjectType"] == "Case"


@pytest.mark.parametrize("text", ["", "   ", None])
def test_no_query_at_all_is_malformed(http: requests.Session, data: str, text: str | None) -> None:
    """An empty query and none are refused alike."""
    answer = http.get(f"{data}/query", params={"q": text} if text is not None else {})

    assert answer.status_code == 400
    assert answer.json() == [
        {"message": "A query string has to be specified", "errorCode": "MALFORMED_QUERY"}
    ]


def test_words_for_dates_follow_the_users_zone(
    http: requests.Session, data: str, clock: FrozenClock, query: Query
) -> None:
    """On Fernando de Noronha a day begins at 2:00 UTC."""
    me = query("SELECT Id FROM User WHERE Username LIKE 'hub.%'").json()["records"][0]["Id"]
    http.patch(f"{data}/sobjects/User/{me}", json={"TimeZoneSidKey": "America/Noronha"})
    http.post(f"{data}/sobjects/Case", json={"Subject": "yesterday"})
    clock.advance(timedelta(minutes=61))
    http.post(f"{data}/sobjects/Case", json={"Subject": "today"})

    found = query("SELECT Subject FROM Case WHERE CreatedDate = TODAY").json()["records"]

    assert [record["Subject"] for record in found] == ["today"]


def _span(clock: FrozenClock, minutes: int = 10) -> dict[str, str]:
    now = clock.now()
    return {"start": (now - timedelta(minutes=minutes)).isoformat(), "end": now.isoformat()}


def test_changes_of_a_span_are_listed_by_id(
    http: requests.Session, data: str, clock: FrozenClock
) -> None:
    """Seconds are not looked at; the list says up to when it is certain."""
    made = http.post(f"{data}/sobjects/Case", json={"Subject": "one"}).json()["id"]
    gone = http.post(f"{data}/sobjects/Case", json={"Subject": "two"}).json()["id"]
    http.delete(f"{data}/sobjects/Case/{gone}")
    clock.advance(timedelta(minutes=2, seconds=30))

    updated = http.get(f"{data}/sobjects/Case/updated/", params=_span(clock)).json()
    deleted = http.get(f"{data}/sobjects/Case/deleted/", params=_span(clock)).json()

    assert updated == {"ids": [made], "latestDateCovered": "2026-01-05T01:02:00.000+0000"}
    assert deleted == {
        "deletedRecords": [{"deletedDate": "2026-01-05T01:00:00.000+0000", "id": gone}],
        "earliestDateAvailable": "2025-12-06T01:02:00.000+0000",
        "latestDateCovered": "2026-01-05T01:02:00.000+0000",
    }


def test_a_long_transaction_holds_the_list_back(
    http: requests.Session, data: str, clock: FrozenClock, sandbox: SalesforceSandbox
) -> None:
    """What commits late is not lost to those who start again at latestDateCovered."""
    clock.advance(timedelta(minutes=5))
    sandbox.act("open_transaction", {})
    clock.advance(timedelta(minutes=5))
    first = http.get(f"{data}/sobjects/Case/updated", params=_span(clock)).json()
    late = sandbox.act("create_case", {"fields": {"Subject": "late"}, "stale_seconds": 240})
    sandbox.act("close_transaction", {})
    clock.advance(timedelta(minutes=5))
    span = {**_span(clock), "start": first["latestDateCovered"]}
    second = http.get(f"{data}/sobjects/Case/updated", params=span).json()

    assert first == {"ids": [], "latestDateCovered": "2026-01-05T01:05:00.000+0000"}
    assert second["ids"] == [late["Id"]]


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        ("2025-11-01T00:00:00Z", "2026-01-05T00:00:00Z", "INVALID_REPLICATION_DATE"),
        ("2026-01-05T00:00:10Z", "2026-01-05T00:00:50Z", "INVALID_REPLICATION_DATE"),
        ("yesterday", "2026-01-05T00:00:00Z", "INVALID_ARGUMENT"),
        ("2026-01-04T00:00:00", "2026-01-05T00:00:00Z", "INVALID_ARGUMENT"),
    ],
)
def test_a_span_must_be_a_span(
    http: requests.Session, data: str, start: str, end: str, code: str
) -> None:
    """Spans begin within 30 days and last a minute at least."""
    answer = http.get(f"{data}/sobjects/Case/updated", params={"start": start, "end": end})

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code


def test_thousands_of_records_are_loaded_in_one_call(
    query: Query, sandbox: SalesforceSandbox
) -> None:
    """Parents come with their children; all or none, and the one at fault is named."""
    records = [
        {"Subject": f"{number:04d}", "CaseComments": [{"CommentBody": "a"}, {"CommentBody": "b"}]}
        for number in range(1000)
    ]

    told = sandbox.act("load", {"object": "Case", "records": records})
    with pytest.raises(ValueError, match="record 2: Required fields are missing"):
        sandbox.act("load", {"object": "Account", "records": [{"Name": "a"}, {"Phone": "1"}]})

    assert told["made"] == {"Case": 1000, "CaseComment": 2000}
    assert query("SELECT COUNT() FROM CaseComment").json()["totalSize"] == 2000
    assert query("SELECT COUNT() FROM Account WHERE Name = 'a'").json()["totalSize"] == 0
    last = f"SELECT Subject, (SELECT Id FROM CaseComments) FROM Case WHERE Id = '{told['ids'][-1]}'"
    assert query(last).json()["records"][0]["CaseComments"]["totalSize"] == 2


def test_a_locking_query_is_answered_and_can_not_be_sorted(query: Query, many: list[str]) -> None:
    """The lock ends with the call, so that others write on; sorting is refused, as documented."""
    locked = query(f"SELECT Id FROM Case WHERE Id = '{many[0]}' LIMIT 1 FOR UPDATE")
    sorted_ = query("SELECT Id FROM Case ORDER BY Id LIMIT 1 FOR UPDATE")

    assert [many[0]] == [record["Id"] for record in locked.json()["records"]]
    assert sorted_.json()[0]["errorCode"] == "MALFORMED_QUERY"


def test_a_record_lists_what_was_done_and_what_is_to_be_done(
    http: requests.Session, data: str, query: Query
) -> None:
    """Tasks by their status, events by their end; neither list can be asked for alone."""
    account = http.post(f"{data}/sobjects/Account", json={"Name": "甲"}).json()["id"]
    for subject, status in (("done", "Completed"), ("to do", "Not Started")):
        body = {"Subject": subject, "Status": status, "WhatId": account}
        http.post(f"{data}/sobjects/Task", json=body)
    for subject, year in (("was", 2020), ("will be", 2031)):
        hours = {f"{end}DateTime": f"{year}-01-05T0{n}:00:00Z"
                 for n, end in enumerate(("Start", "End"), start=1)}  # fmt: skip
        http.post(f"{data}/sobjects/Event", json={"Subject": subject, "WhatId": account} | hours)
    lists = ("ActivityHistories", "OpenActivities")
    inner = ", ".join(f"(SELECT Subject, IsTask FROM {name} ORDER BY Subject)" for name in lists)
    row = query(f"SELECT {inner} FROM Account WHERE Id = '{account}'").json()["records"][0]

    assert [[("done", True), ("was", False)], [("to do", True), ("will be", False)]] == [
        [(one["Subject"], one["IsTask"]) for one in row[name]["records"]] for name in lists
    ]
    refused = query("SELECT Id FROM ActivityHistory").json()[0]["errorCode"]
    assert refused == "INVALID_TYPE_FOR_OPERATION"
