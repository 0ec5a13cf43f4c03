"""The emulator's calls that build on one another: composite, graphs, trees, collections."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox
from simple_salesforce.api import Salesforce

V = "/services/data/v59.0"


def _post(kind: str, reference: str, **body: Any) -> dict[str, Any]:
    return {
        "method": "POST", "url": f"{V}/sobjects/{kind}", "referenceId": reference, "body": body,
    }  # fmt: skip


def test_later_calls_name_what_earlier_ones_gave(salesforce: Salesforce) -> None:
    """By the vendor's client, in addresses and bodies, deep into answers."""
    query = f"{V}/query/?q=SELECT+Id,Name+FROM+Account+WHERE+Id='@{{a.id}}'"
    told = salesforce.restful(
        "composite",
        method="POST",
        json={
            "compositeRequest": [
                _post("Account", "a", Name="甲"),
                {"method": "GET", "url": query, "referenceId": "q"},
                _post(
                    "Contact", "c", LastName="@{q.records[0].Name} 的联系人", AccountId="@{a.id}"
                ),
                {"method": "GET", "url": f"{V}/sobjects/Contact/@{{c.id}}", "referenceId": "r"},
            ]
        },
    )

    assert [r["httpStatusCode"] for r in told["compositeResponse"]] == [201, 200, 201, 200]
    assert told["compositeResponse"][3]["body"]["LastName"] == "甲 的联系人"


@pytest.mark.parametrize(("strict", "left"), [(True, []), (False, ["good"])])
def test_a_call_that_fails_takes_the_others_with_it_only_if_asked(
    http: requests.Session, data: str, sandbox: SalesforceSandbox, strict: bool, left: list[str]
) -> None:
    """What refers to it fails in any case."""
    requests_ = [
        _post("Case", "good", Subject="good"),
        _post("Case", "bad", Status="Nix"),
        _post("CaseComment", "below", ParentId="@{bad.id}", CommentBody="x"),
    ]
    body = {"allOrNone": strict, "compositeRequest": requests_}

    told = http.post(f"{data}/composite", json=body).json()["compositeResponse"]

    assert [r["httpStatusCode"] for r in told] == [400 if strict else 201, 400, 400]
    codes = [r["body"][0]["errorCode"] for r in told if r["httpStatusCode"] == 400]
    assert codes[-2:] == ["INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "PROCESSING_HALTED"]
    assert [case["Subject"] for case in sandbox.records()["cases"]] == left


def test_a_graph_succeeds_or_fails_alone(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """And as a whole."""
    good = [_post("Account", "a", Name="graph"), _post("Contact", "b", LastName="x",
                                                       AccountId="@{a.id}")]  # fmt: skip
    bad = [_post("Account", "a", Name="lost"), _post("Contact", "b", FirstName="x")]
    body = {"graphs": [{"graphId": "1", "compositeRequest": good},
                       {"graphId": "2", "compositeRequest": bad}]}  # fmt: skip

    told = http.post(f"{data}/composite/graph", json=body).json()["graphs"]

    assert [graph["isSuccessful"] for graph in told] == [True, False]
    names = {account["Name"] for account in sandbox.records()["accounts"]}
    assert "graph" in names
    assert "lost" not in names


def _leaf(kind: str, reference: str, **fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": kind, "referenceId": reference}, **fields}


def test_a_tree_is_planted_whole(http: requests.Session, data: str) -> None:
    """Records with what hangs on them, three levels deep."""
    comment = _leaf("CaseComment", "r3", CommentBody="x")
    case = _leaf("Case", "r2", Subject="x", CaseComments={"records": [comment]})
    root = _leaf("Account", "r1", Name="tree", Cases={"records": [case]})

    told = http.post(f"{data}/composite/tree/Account", json={"records": [root]})

    ids = {entry["referenceId"]: entry["id"] for entry in told.json()["results"]}
    assert (told.status_code, set(ids)) == (201, {"r1", "r2", "r3"})
    read = http.get(f"{data}/sobjects/Case/{ids['r2']}").json()
    assert read["AccountId"] == ids["r1"]


def test_a_tree_with_a_bad_leaf_is_not_planted(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """All errors are told by their references."""
    case = _leaf("Case", "r2", Status="Nix")
    root = _leaf("Account", "r1", Name="tree", Cases={"records": [case]})

    told = http.post(f"{data}/composite/tree/Account", json={"records": [root]})

    assert (told.status_code, told.json()["hasErrors"]) == (400, True)
    assert [entry["referenceId"] for entry in told.json()["results"]] == ["r2"]
    assert "tree" not in {account["Name"] for account in sandbox.records()["accounts"]}


@pytest.mark.parametrize(
    "body",
    [
        {}, {"compositeRequest": []}, {"compositeRequest": ["x"]},
        {"compositeRequest": [{"method": "GET", "url": f"{V}/limits"}]},
        {"compositeRequest": [_post("Case", "a"), _post("Case", "a")]},
        {"compositeRequest": [_post("Case", f"r{n}") for n in range(26)]},
    ],
)  # fmt: skip
def test_composites_have_their_form(http: requests.Session, data: str, body: Any) -> None:
    """Nothing of them is done if they have it not."""
    answer = http.post(f"{data}/composite", json=body)

    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")


def test_an_upsert_of_a_list_makes_and_changes(salesforce: Salesforce) -> None:
    """By external id, and mixed results in order."""
    path = "composite/sobjects/Account/Customer_Code__c"
    records = [
        {"attributes": {"type": "Account"}, "Name": name, "Customer_Code__c": code}
        for name, code in (("a", "C-1001"), ("b", "new"), ("c", None))
    ]

    told = salesforce.restful(path, method="PATCH", json={"records": records})

    assert [(r["success"], r.get("created")) for r in told] == [
        (True, False), (True, True), (False, None),
    ]  # fmt: skip
