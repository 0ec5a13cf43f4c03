"""The Bulk APIs over HTTP: jobs, tables, states, results, documents in XML and JSON."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox

from hub.sandbox import Fault

Load: TypeAlias = Callable[..., dict[str, Any]]
NAMESPACE = {"a": "http://www.force.com/2009/06/asyncapi/dataload"}


def table(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    """Give the rows of a CSV text."""
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


@pytest.fixture
def ingest(data: str) -> str:
    """Give where jobs that save are."""
    return f"{data}/jobs/ingest"


@pytest.fixture
def load(http: requests.Session, ingest: str) -> Load:
    """Give what runs one job over a table, and gives its last state."""

    def run(content: str, operation: str = "insert", **wanted: str) -> dict[str, Any]:
        body = {"object": "Account", "operation": operation, "contentType": "CSV", **wanted}
        job = http.post(ingest, json=body).json()
        sent = http.put(
            f"{ingest}/{job['id']}/batches",
            data=content.encode(),
            headers={"Content-Type": "text/csv"},
        )
        assert (sent.status_code, sent.content) == (201, b"")
        http.patch(f"{ingest}/{job['id']}", json={"state": "UploadComplete"})
        told: dict[str, Any] = http.get(f"{ingest}/{job['id']}").json()
        return told

    return run


@pytest.fixture
def results(http: requests.Session, ingest: str) -> Callable[[Mapping[str, Any], str], str]:
    """Give what reads one of a job's three lists, as text."""
    return lambda job, which: http.get(f"{ingest}/{job['id']}/{which}").text


def test_a_job_goes_through_its_states(
    http: requests.Session, ingest: str, sandbox: SalesforceSandbox
) -> None:
    """It is opened, fed, closed, worked off, and complete; it names where to send its table."""
    opened = http.post(ingest, json={"object": "account", "operation": "insert"}).json()
    place = f"{ingest}/{opened['id']}"
    http.put(f"{place}/batches", data="Name\nA\n", headers={"Content-Type": "text/csv"})
    closed = http.patch(place, json={"state": "UploadComplete"}).json()
    sandbox.faults.add(Fault(kind="job_in_progress", times=1))
    states = [http.get(place).json()["state"] for _ in range(2)]

    assert (opened["state"], opened["object"]) == ("Open", "Account")
    assert opened["contentUrl"] == f"services/data/v59.0/jobs/ingest/{opened['id']}/batches"
    assert [closed["state"], *states] == ["UploadComplete", "InProgress", "JobComplete"]
    assert "contentUrl" not in closed


def test_each_record_succeeds_or_fails_for_itself(load: Load, results: Any) -> None:
    """Successes come with ids, failures with a code, a message and the fields."""
    job = load('Name,BillingCity\n"A, ""B""",Bonn\n,Köln\n中,\n')
    saved, refused = (
        table(results(job, which)) for which in ("successfulResults", "failedResults")
    )

    assert (job["numberRecordsProcessed"], job["numberRecordsFailed"]) == (3, 1)
    assert [(r["Name"], r["sf__Created"]) for r in saved] == [('A, "B"', "true"), ("中", "true")]
    assert all(row["sf__Id"].startswith("001") for row in saved)
    assert refused == [
        {
            "sf__Id": "",
            "sf__Error": "REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --",
            "Name": "",
            "BillingCity": "Köln",
        }
    ]
    assert table(results(job, "unprocessedrecords")) == []


def test_empty_cells_are_left_and_na_empties(
    http: requests.Session, data: str, load: Load, results: Any
) -> None:
    """An empty cell changes nothing; `#N/A` is how a table writes null."""
    saved = table(results(load("Name,Phone,BillingCity\nA,1,Bonn\n"), "successfulResults"))
    record_id = saved[0]["sf__Id"]
    job = load(f"Id,Phone,BillingCity\n{record_id},,#N/A\n", "update")
    record = http.get(f"{data}/sobjects/Account/{record_id}").json()

    assert table(results(job, "successfulResults"))[0]["sf__Created"] == "false"
    assert (record["Phone"], record["BillingCity"]) == ("1", None)


def test_records_are_upserted_deleted_and_hard_deleted(
    http: requests.Session, data: str, load: Load, results: Any
) -> None:
    """An upsert makes or changes by external id; hard deletion leaves nothing in the bin."""
    first = load("Customer_Code__c,Name\nK-1,One\nC-1001,Nord\n", "upsert",
                 externalIdFieldName="Customer_Code__c")  # fmt: skip
    saved = table(results(first, "successfulResults"))
    load(f"Id\n{saved[0]['sf__Id']}\n", "hardDelete")
    bin_ = http.get(
        f"{data}/queryAll",
        params={"q": f"SELECT Id FROM Account WHERE Id = '{saved[0]['sf__Id']}'"},
    ).json()
    missing = load('Id\n001D0000000zzzz\n""\n', "delete")

    assert [row["sf__Created"] for row in saved] == ["true", "false"]
    assert bin_["totalSize"] == 0
    codes = [r["sf__Error"].partition(":")[0] for r in table(results(missing, "failedResults"))]
    assert codes == ["INVALID_CROSS_REFERENCE_KEY", "MISSING_ARGUMENT"]


@pytest.mark.parametrize(
    ("delimiter", "sign"),
    [("TAB", "\t"), ("SEMICOLON", ";"), ("PIPE", "|"), ("CARET", "^"), ("BACKQUOTE", "`")],
)
def test_tables_may_have_other_delimiters_and_line_ends(
    load: Load, results: Any, delimiter: str, sign: str
) -> None:
    """Results are written in the dialect of the job."""
    job = load(f"Name{sign}Phone\r\nA{sign}1\r\n", columnDelimiter=delimiter, lineEnding="CRLF")
    text = results(job, "successfulResults")

    assert job["state"] == "JobComplete"
    assert text.count("\r\n") == 2
    assert table(text, sign)[0]["Phone"] == "1"


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("Name,Nope\nA,1\n", "InvalidBatch : Field name not found : Nope"),
        ("Name\r\nA\r\n", "LineEnding is invalid on user data"),
        ("Name,Phone\nA\n", "The row has 1 columns"),
    ],
)
def test_a_table_that_can_not_be_read_fails_the_job(load: Load, content: str, error: str) -> None:
    """The job says why; no record is saved."""
    job = load(content)

    assert job["state"] == "Failed"
    assert error in job["errorMessage"]
    assert job["numberRecordsProcessed"] == 0


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        ({"object": "Nope", "operation": "insert"}, "INVALIDJOB", "Unable to find object: Nope"),
        ({"object": "Account", "operation": "x"}, "INVALIDJOB", "Unsupported operation: x"),
        ({"object": "Account", "operation": "upsert"}, "INVALIDJOB", "External ID was blank"),
        (
            {"object": "Account", "operation": "upsert", "externalIdFieldName": "Phone"},
            "INVALIDJOB",
            "does not match an External ID",
        ),
        (
            {"object": "Account", "operation": "insert", "columnDelimiter": "DOT"},
            "INVALIDJOB",
            "columnDelimiter",
        ),
    ],
)
def test_a_job_that_makes_no_sense_is_not_opened(
    http: requests.Session, ingest: str, body: dict[str, str], code: str, message: str
) -> None:
    """Object, operation, key and dialect are checked at once."""
    answer = http.post(ingest, json=body)

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code
    assert message in answer.json()[0]["message"]


def test_an_aborted_job_saves_nothing(http: requests.Session, ingest: str, data: str) -> None:
    """What was uploaded is unprocessed; the job takes no more and can not be closed."""
    job = http.post(ingest, json={"object": "Account", "operation": "insert"}).json()
    place = f"{ingest}/{job['id']}"
    sent = {"Content-Type": "text/csv"}
    http.put(f"{place}/batches", data="Name\nGone\n", headers=sent)
    again = http.put(f"{place}/batches", data="Name\nGone\n", headers=sent)
    aborted = http.patch(place, json={"state": "Aborted"}).json()
    closed = http.patch(place, json={"state": "UploadComplete"})
    query = {"q": "SELECT COUNT() FROM Account WHERE Name = 'Gone'"}

    assert again.json()[0]["errorCode"] == "INVALIDJOBSTATE"
    assert aborted["state"] == "Aborted"
    assert closed.json()[0]["message"].endswith("Closing already Aborted Job not allowed")
    assert table(http.get(f"{place}/unprocessedrecords").text) == [{"Name": "Gone"}]
    assert http.get(f"{data}/query", params=query).json()["totalSize"] == 0
    assert http.delete(place).status_code == 204
    assert http.get(place).status_code == 404


def test_a_form_brings_job_and_table_together(http: requests.Session, ingest: str) -> None:
    """A small job is one call: it is closed as soon as it is opened."""
    parts = {
        "job": (None, '{"object": "Account", "operation": "insert"}', "application/json"),
        "content": ("content", "Name\nForm\n", "text/csv"),
    }
    job = http.post(ingest, files=parts).json()

    assert job["state"] == "UploadComplete"
    assert http.get(f"{ingest}/{job['id']}").json()["numberRecordsProcessed"] == 1
    listed = http.get(ingest).json()
    assert [entry["id"] for entry in listed["records"]] == [job["id"]]


def test_a_query_job_gives_its_table_page_by_page(http: requests.Session, data: str) -> None:
    """Locators lead from page to page; the last one is the word null."""
    body = {"operation": "query", "query": "SELECT Name, Owner.Name FROM Account ORDER BY Name"}
    job = http.post(f"{data}/jobs/query", json=body).json()
    place = f"{data}/jobs/query/{job['id']}"
    rows, locator, pages = [], "", []
    while locator != "null":
        params = {"maxRecords": "3"} | ({"locator": locator} if locator else {})
        page = http.get(f"{place}/results", params=params)
        pages.append(int(page.headers["Sforce-NumberOfRecords"]))
        locator = page.headers["Sforce-Locator"]
        rows += table(page.text)

    assert (job["state"], job["object"]) == ("UploadComplete", "Account")
    assert http.get(place).json()["numberRecordsProcessed"] == 4
    assert pages == [3, 1]
    assert rows[0] == {"Name": "Westlake International School", "Owner.Name": "李强"}
    wrong = http.get(f"{place}/results", params={"locator": "MTAw"})
    assert wrong.json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("SELECT COUNT() FROM Account", "FEATURENOTENABLED"),
        ("SELECT Name FROM Account OFFSET 1", "FEATURENOTENABLED"),
        ("SELECT Name, (SELECT Id FROM Cases) FROM Account", "FEATURENOTENABLED"),
        ("SELECT Nope FROM Account", "INVALID_FIELD"),
        ("SELECT", "MALFORMED_QUERY"),
    ],
)
def test_a_query_job_takes_less_than_soql(
    http: requests.Session, data: str, query: str, code: str
) -> None:
    """Groups, offsets and nested queries have no place in a table."""
    body = {"operation": "query", "query": query}

    answer = http.post(f"{data}/jobs/query", json=body)

    assert answer.status_code == 400
    assert answer.json()[0]["errorCode"] == code


@pytest.fixture
def classic(access: Any) -> Callable[..., requests.Response]:
    """Give what calls API 1.0 with its own session header."""

    def call(method: str, path: str, body: str = "", kind: str = "application/xml") -> Any:
        headers = {"X-SFDC-Session": access["access_token"], "Content-Type": kind}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(
                method, f"{access['http_url']}/services/async/59.0/{path}", data=body.encode(),
                headers=headers,
            )  # fmt: skip

    return call


def _parsed(answer: requests.Response) -> ET.Element:
    return ET.fromstring(answer.content)  # noqa: S314  # the emulator's own


def _xml(answer: requests.Response, *names: str) -> list[str]:
    root = _parsed(answer)
    return [root.findtext(f"a:{name}", "", NAMESPACE) for name in names]


def test_api_1_speaks_xml_and_takes_batches(classic: Any) -> None:
    """A job in XML takes several batches of XML and tells what became of each record."""
    job = classic(
        "POST", "job",
        '<jobInfo xmlns="http://www.force.com/2009/06/asyncapi/dataload">'
        "<operation>insert</operation><object>Account</object><contentType>XML</contentType>"
        "</jobInfo>",
    )  # fmt: skip
    (job_id,) = _xml(job, "id")
    batch = classic(
        "POST", f"job/{job_id}/batch",
        '<sObjects xmlns="http://www.force.com/2009/06/asyncapi/dataload">'
        "<sObject><Name>A &amp; B</Name></sObject><sObject><Phone>1</Phone></sObject></sObjects>",
    )  # fmt: skip
    (batch_id,) = _xml(batch, "id")
    done = classic("GET", f"job/{job_id}/batch/{batch_id}")
    result = classic("GET", f"job/{job_id}/batch/{batch_id}/result")
    closed = classic("POST", f"job/{job_id}", "<jobInfo><state>Closed</state></jobInfo>")
    late = classic("POST", f"job/{job_id}/batch", "<sObjects/>")

    assert job.status_code == 201
    assert _xml(batch, "state") == ["Queued"]
    assert _xml(done, "state", "numberRecordsProcessed", "numberRecordsFailed") == [
        "Completed", "2", "1",
    ]  # fmt: skip
    entries = _parsed(result).findall("a:result", NAMESPACE)
    assert [entry.findtext("a:success", "", NAMESPACE) for entry in entries] == ["true", "false"]
    assert entries[1].findtext("a:errors/a:statusCode", "", NAMESPACE) == "REQUIRED_FIELD_MISSING"
    assert _xml(closed, "state", "numberBatchesTotal") == ["Closed", "1"]
    assert (late.status_code, _xml(late, "exceptionCode")) == (400, ["InvalidJobState"])


def test_api_1_queries_in_each_of_its_languages(classic: Any) -> None:
    """Results are listed first; records come as CSV, XML or JSON, the latter with milliseconds."""
    found = {}
    for kind in ("CSV", "XML", "JSON"):
        body = f'{{"operation": "query", "object": "Account", "contentType": "{kind}"}}'
        job = classic("POST", "job", body, "application/json").json()
        place = f"job/{job['id']}/batch"
        query = "SELECT Name, CreatedDate FROM Account WHERE Name = '海滨学院'"
        batch = classic("POST", place, query, "application/json").json()
        listed = classic("GET", f"{place}/{batch['id']}/result")
        name = listed.json()[0] if kind == "JSON" else _parsed(listed)[0].text
        found[kind] = classic("GET", f"{place}/{batch['id']}/result/{name}")

    kinds = {"CSV": "text/csv", "XML": "application/xml", "JSON": "application/json"}
    assert kinds == {kind: answer.headers["Content-Type"] for kind, answer in found.items()}
    assert table(found["CSV"].content.decode())[0] == {
        "Name": "海滨学院", "CreatedDate": "2026-01-05T01:00:00.000Z",
    }  # fmt: skip
    assert found["JSON"].json()[0]["CreatedDate"] == 1767574800000
    records = _parsed(found["XML"])[0]
    assert [child.text for child in records] == [
        "Account", "海滨学院", "2026-01-05T01:00:00.000+0000",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("job", "<jobInfo><operation>insert</operation></jobInfo>", "InvalidJob"),
        ("job", "no xml", "InvalidJob"),
        ("job", "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", "InvalidJob"),
        ("job/750000000000000", "<jobInfo><state>Closed</state></jobInfo>", "InvalidJob"),
    ],
)
def test_api_1_has_codes_of_its_own(classic: Any, path: str, body: str, code: str) -> None:
    """Errors are documents with a code in words, always with status 400."""
    answer = classic("POST", path, body)

    assert answer.status_code == 400
    assert _xml(answer, "exceptionCode") == [code]


def test_api_1_takes_no_empty_batch(classic: Any) -> None:
    """A client that has nothing to load is told at once."""
    body = '{"operation": "update", "object": "Account", "contentType": "CSV"}'
    job = classic("POST", "job", body, "application/json").json()["id"]
    answer = classic("POST", f"job/{job}/batch", "\n", "text/csv")

    assert (answer.status_code, _xml(answer, "exceptionCode")) == (400, ["ClientInputError"])


def test_api_1_refuses_a_session_in_its_own_words(access: Any) -> None:
    """A dead session is 400 here, not 401."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(
            f"{access['http_url']}/services/async/59.0/job/750000000000000",
            headers={"X-SFDC-Session": "nobody's"},
        )

    assert answer.status_code == 400
    assert _xml(answer, "exceptionCode") == ["InvalidSessionId"]


def test_a_column_may_name_a_parent_by_its_external_id(load: Load, results: Any) -> None:
    """`Account.Customer_Code__c` stands for the account that has the code."""
    content = "LastName,Account.Customer_Code__c\nOne,C-1001\nTwo,nobody\n"

    job = load(content, object="Contact")

    assert [row["LastName"] for row in table(results(job, "successfulResults"))] == ["One"]
    assert "INVALID_FIELD" in table(results(job, "failedResults"))[0]["sf__Error"]
