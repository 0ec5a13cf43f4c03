"""Whatever is sent to queries, searches and bulk jobs, the answer is never a failure of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hub_crm.sandbox import SalesforceSandbox
from hub_crm.sandbox.app import SalesforceApp
from hub_crm.sandbox.wire import Answer, Call
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.sandbox import SandboxOptions
from hub.testing import FrozenClock

Send: TypeAlias = Callable[..., Answer]
BASE = "/services/data/v59.0"
many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def send() -> Send:
    """Give what answers a call without any server between."""
    sandbox = SalesforceSandbox(SandboxOptions(clock=FrozenClock()))
    site = sandbox._site
    app = SalesforceApp(site)
    token = site.sessions.open(site.integration_user)

    def call(method: str, path: str, body: bytes = b"", **query: str) -> Answer:
        headers = {
            "authorization": f"Bearer {token}",
            "x-sfdc-session": token,
            "content-type": "text/csv" if path.endswith("/batches") else "application/json",
        }
        answer = app.answer(Call(method, path, query, headers, body))
        answer.raw()
        return answer

    return call


values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.text(max_size=8),
        st.sampled_from(["Account", "insert", "upsert", "query", "SELECT Id FROM Account", "CSV"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
jobs = st.dictionaries(
    st.sampled_from(
        ["object", "operation", "contentType", "externalIdFieldName", "columnDelimiter", "query",
         "lineEnding", "state", "concurrencyMode", "assignmentRuleId"]
    ),
    values,
)  # fmt: skip
searches = st.dictionaries(
    st.sampled_from(["q", "in", "fields", "sobjects", "overallLimit", "defaultLimit"]), values
)


@many
@given(text=st.text(max_size=60), more=st.text(max_size=20))
def test_any_text_as_a_query_or_search(send: Send, text: str, more: str) -> None:
    """Texts, plans, locators and spans are answered or refused."""
    answers = [
        send("GET", f"{BASE}/query", q=text),
        send("GET", f"{BASE}/queryAll", q=f"SELECT Id FROM Account WHERE Name = '{text}'"),
        send("GET", f"{BASE}/query", explain=text),
        send("GET", f"{BASE}/query/0r8{more}-5"),
        send("GET", f"{BASE}/search", q=f"FIND {{{text}}} RETURNING Account({more})"),
        send("GET", f"{BASE}/parameterizedSearch", q=text, sobject=more, fields=more),
        send("GET", f"{BASE}/sobjects/Account/updated", start=text, end=more),
    ]

    assert [answer.status for answer in answers if answer.status >= 500] == []


@many
@given(body=st.one_of(jobs, searches, values), raw=st.binary(max_size=30))
def test_any_body_as_a_job_or_search(send: Send, body: Any, raw: bytes) -> None:
    """Bodies that are no jobs open none."""
    places = ("jobs/ingest", "jobs/query", "parameterizedSearch")
    answers = [
        send("POST", f"{BASE}/{p}", b) for p in places for b in (json.dumps(body).encode(), raw)
    ]
    answers += [
        send("POST", "/services/async/59.0/job", each) for each in (json.dumps(body).encode(), raw)
    ]

    assert [answer.status for answer in answers if answer.status >= 500] == []


tables = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            ["Id", "Name", "Owner.Username", "Parent.Customer_Code__c", "Nope", "#N/A", ",", "\n",
             "\r\n", '"', "中", "001D00000000001IAA", "IsDeleted", "AnnualRevenue", "Website"]
        ),
        max_size=20,
    ).map(lambda words: "".join(words).encode()),
)  # fmt: skip


@many
@given(content=tables, operation=st.sampled_from(["insert", "update", "upsert", "delete"]))
def test_any_table_as_the_records_of_a_job(send: Send, content: bytes, operation: str) -> None:
    """Tables are worked off, or fail the job; all three lists can be read after it."""
    wanted = {
        "object": "Account",
        "operation": operation,
        "externalIdFieldName": "Customer_Code__c" if operation == "upsert" else None,
    }
    job = send("POST", f"{BASE}/jobs/ingest", json.dumps(wanted).encode()).body["id"]
    place = f"{BASE}/jobs/ingest/{job}"
    classic = send(
        "POST", "/services/async/59.0/job", json.dumps({**wanted, "contentType": "CSV"}).encode()
    )
    batches = f"/services/async/59.0/job/{json.loads(classic.raw())['id']}/batch"

    lists = ("successfulResults", "failedResults", "unprocessedrecords")
    answers = [
        send("PUT", f"{place}/batches", content),
        send("PATCH", place, b'{"state": "UploadComplete"}'),
        *(send("GET", f"{place}/{name}") for name in lists),
        send("POST", batches, content),
    ]

    taken = 201 if content.strip() else 400
    assert [answer.status for answer in answers] == [201, 200, 200, 200, 200, taken]
