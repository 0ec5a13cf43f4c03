"""Whatever is sent to records, composites, logins and pages, it is answered or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest
from hub_crm.sandbox import SalesforceSandbox
from hub_crm.sandbox.app import ROUTES, SalesforceApp
from hub_crm.sandbox.wire import Answer, Call
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hub.sandbox import SandboxOptions
from hub.testing import FrozenClock

Send: TypeAlias = Callable[..., Answer]
BASE = "/services/data/v59.0"
many = settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def send() -> Send:
    """Give what answers a call without any server between."""
    sandbox = SalesforceSandbox(SandboxOptions(clock=FrozenClock()))
    site = sandbox._site
    site.daily_limit = 10**9
    app = SalesforceApp(site)

    def call(method: str, path: str, body: bytes = b"", **more: Any) -> Answer:
        token = site.sessions.open(site.integration_user)
        headers = {"authorization": f"Bearer {token}", **more.pop("headers", {})}
        answer = app.answer(Call(method, path, more.pop("query", {}), headers, body))
        answer.raw()
        return answer

    return call


def _case(send: Send) -> str:
    return str(send("POST", f"{BASE}/sobjects/Case", b'{"Subject":"x"}').body["id"])


names = st.sampled_from(
    ["Id", "Subject", "Status", "OwnerId", "AccountId", "Account", "Owner", "IsEscalated", "Name",
     "AnnualRevenue", "NumberOfEmployees", "CloseDate", "StageName", "StartDateTime", "WhatId",
     "VersionData", "PathOnClient", "ContractTerm", "StartDate", "attributes", "type", "records",
     "referenceId", "compositeRequest", "graphs", "batchRequests", "method", "url", "body", "ids",
     "fields", "contextId", "record", "pushEvents", "allOrNone", "Contacts", "Customer_Code__c"]
)  # fmt: skip
values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6),
        st.sampled_from(["Case", "Account", "2026-01-31", "9999-12-31T23:59:59-12:00", "@{a.id}",
                         "POST", f"{BASE}/sobjects/Case", "YQ==", "001D00000000001IAA"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
    max_leaves=8,
)  # fmt: skip
bodies = st.one_of(
    st.dictionaries(names, values, max_size=6).map(
        lambda value: (
            json.dumps(value, allow_nan=False, default=str).encode()
            if "NaN" not in json.dumps(value) and "Infinity" not in json.dumps(value)
            else b"{}"
        )
    ),
    st.binary(max_size=30),
)
objects = st.sampled_from(
    ["Case", "Account", "Contact", "Opportunity", "Task", "Event", "Contract", "ContentVersion",
     "Attachment", "User", "Group", "CaseComment", "Knowledge__kav", "Order", "Nope"]
)  # fmt: skip


@many
@given(kind=objects, body=bodies, method=st.sampled_from(["POST", "PATCH"]))
def test_any_values_of_a_record(send: Send, kind: str, body: bytes, method: str) -> None:
    """Made, upserted, planted in trees: with a 4xx if they are refused."""
    answers = [
        send("POST", f"{BASE}/sobjects/{kind}", body),
        send("PATCH", f"{BASE}/sobjects/Account/Customer_Code__c/x", body),
        send("PATCH", f"{BASE}/sobjects/Case/{_case(send)}", body),
        send("POST", f"{BASE}/composite/tree/{kind}", body),
        send(method, f"{BASE}/composite/sobjects", b'{"records":[' + body + b"]}"),
        send(method, f"{BASE}/composite/sobjects/{kind}", body),
        send("POST", f"{BASE}/quickActions/LogACall", body),
    ]

    assert all(answer.status < 500 for answer in answers)


@many
@given(body=bodies, inner=values)
@example(body=b"{}", inner={"Account": {"attributes": True}})
def test_any_composite(send: Send, body: bytes, inner: Any) -> None:
    """Of whatever parts."""
    part = {"method": "POST", "url": f"{BASE}/sobjects/Case", "referenceId": "a", "body": inner}
    graphs = {"graphs": [{"graphId": inner, "compositeRequest": [part]}]}
    texts = [
        json.dumps(one, default=str).encode() for one in ({"compositeRequest": [part]}, graphs)
    ]
    answers = [
        send("POST", f"{BASE}/{name}", each)
        for name in ("composite", "composite/graph", "composite/batch")
        for each in (body, *texts)
    ]

    assert all(answer.status < 500 for answer in answers)


@many
@given(
    route=st.sampled_from(ROUTES),
    words=st.lists(st.text(max_size=12), min_size=8, max_size=8),
    body=bodies,
    query=st.dictionaries(st.sampled_from(["fields", "ids", "q", "limit", "start", "end"]),
                          st.text(max_size=10)),
)  # fmt: skip
def test_any_words_in_any_address(
    send: Send, route: Any, words: list[str], body: bytes, query: dict[str, str]
) -> None:
    """By every method of every route; what SOAP refuses is its fault."""
    parts = [
        "v59.0" if part == "{version}" else words[n % 8] if part.startswith("{") else part
        for n, part in enumerate(route.pattern)
    ]
    path = "/" + "/".join(part.replace("/", "%2F") for part in parts)

    answers = [send(method, path, body, query=query) for method in route.handlers]

    soap = "Soap" in route.pattern
    assert all(answer.status < 500 or (soap and "Fault" in answer.body) for answer in answers)


@many
@given(form=st.dictionaries(
    st.sampled_from(["grant_type", "client_id", "code", "assertion", "redirect_uri", "token",
                     "response_type", "startURL", "username", "pw", "state"]),
    st.one_of(st.text(max_size=20), st.sampled_from(
        ["password", "authorization_code", "urn:ietf:params:oauth:grant-type:jwt-bearer",
         "3MVG9sandboxHandbookHub", "code", "http://[", "e30.e30.x"])),
))  # fmt: skip
def test_any_form_at_the_doors(send: Send, form: dict[str, str]) -> None:
    """Tokens, revoking, consent, login."""
    places = ("token", "revoke", "introspect", "authorize")
    answers = [send("POST", f"/services/oauth2/{name}", query=form) for name in places]
    answers.append(send("POST", "/login", query=form))
    consent = "/setup/secur/RemoteAccessAuthorizationPage.apexp"
    answers.append(send("POST", consent, query=form, headers={"cookie": 'sid=;;"x'}))

    assert all(answer.status < 500 for answer in answers)
