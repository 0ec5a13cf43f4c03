"""The emulator where something is not there, or not given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from hub_crm.ids import make_id
from hub_crm.sandbox import SalesforceSandbox

Codes = Callable[[requests.Response], list[str]]


def test_a_deleted_record_is_another_thing_for_readers_and_writers(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """Reading it finds nothing; changing or deleting it tells that it is deleted."""
    made = http.post(f"{data}/sobjects/Account", json={"Name": "x"}).json()["id"]
    place = f"{data}/sobjects/Account/{made}"
    http.delete(place)
    answers = [http.get(place), http.patch(place, json={"Name": "y"}), http.delete(place)]

    assert [404, 404, 404] == [answer.status_code for answer in answers]
    assert [["NOT_FOUND"], ["ENTITY_IS_DELETED"], ["ENTITY_IS_DELETED"]] == [
        errors(answer) for answer in answers
    ]


def test_an_id_of_nothing_is_an_invalid_reference_for_writers(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """Well-formed, of the right object, and never given."""
    place = f"{data}/sobjects/Contact/{make_id('003', 999)}"
    answers = [http.get(place), http.patch(place, json={"LastName": "y"}), http.delete(place)]

    assert [404, 404, 404] == [answer.status_code for answer in answers]
    assert [
        ["NOT_FOUND"],
        ["INVALID_CROSS_REFERENCE_KEY"],
        ["INVALID_CROSS_REFERENCE_KEY"],
    ] == [errors(answer) for answer in answers]


@pytest.mark.parametrize("given", [None, "", "  "])
def test_a_new_record_takes_the_default_of_a_list_that_is_given_empty(
    http: requests.Session, data: str, given: str | None
) -> None:
    """Of a list that needs a value, that is; a later change to nothing is refused."""
    body = {"LastName": "x", "Company": "y", "Status": given}
    made = http.post(f"{data}/sobjects/Lead", json=body).json()["id"]
    emptied = http.patch(f"{data}/sobjects/Lead/{made}", json={"Status": given})

    lead = http.get(f"{data}/sobjects/Lead/{made}").json()
    assert (lead["Status"], emptied.status_code) == ("Open - Not Contacted", 400)


def test_every_text_and_id_stands_behind_the_empty_text(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """So that `> ''` finds all that have a value; nothing compares with null."""
    sandbox.act("create_account", {"fields": {"Name": "without a site"}})

    def found(condition: str) -> requests.Response:
        query = {"q": f"SELECT COUNT() FROM Account WHERE {condition}"}
        return http.get(f"{data}/query", params=query)

    accounts = len(sandbox.records()["accounts"])
    assert (
        accounts == found("Id > ''").json()["totalSize"] == found("Name > ''").json()["totalSize"]
    )
    assert found("Website > ''").json()["totalSize"] == accounts - 1
    assert found("Name < ''").json()["totalSize"] == 0
    assert found("Name > null").status_code == 400


def test_files_and_notes_hang_on_objects_of_ones_own(
    http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """Of those that were declared later too; describe lists them among the parents."""
    sandbox.act("declare", {"objects": {"Machine__c": {"fields": {}}}})
    machine = http.post(f"{data}/sobjects/Machine__c", json={"Name": "m"}).json()["id"]
    answers = [
        http.post(f"{data}/sobjects/{name}", json=body)
        for name, body in (
            ("Attachment", {"ParentId": machine, "Name": "a.txt", "Body": "YQ=="}),
            ("Note", {"ParentId": machine, "Title": "n"}),
            ("Task", {"WhatId": machine, "Subject": "t"}),
        )
    ]
    query = "SELECT Name, (SELECT Name FROM Attachments) FROM Machine__c"
    row = http.get(f"{data}/query", params={"q": query}).json()["records"][0]
    fields: list[dict[str, Any]] = http.get(f"{data}/sobjects/Attachment/describe").json()["fields"]

    assert [201, 201, 201] == [answer.status_code for answer in answers]
    assert row["Attachments"]["records"][0]["Name"] == "a.txt"
    assert "Machine__c" in next(f for f in fields if f["name"] == "ParentId")["referenceTo"]


def test_without_rules_and_approval_processes_nothing_follows(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """They are listed as none; what is submitted fits no process."""
    made = http.post(f"{data}/sobjects/Case", json={"Subject": "x"}).json()["id"]
    listed = [http.get(f"{data}/process/{kind}").json() for kind in ("rules", "approvals")]
    triggered = http.post(f"{data}/process/rules", json={"contextIds": [made]}).json()
    request = {"actionType": "Submit", "contextId": made, "comments": "please"}
    submitted = http.post(f"{data}/process/approvals", json={"requests": [request]}).json()

    assert [{"rules": {}}, {"approvals": {}}] == listed
    assert {"errors": None, "success": True} == triggered
    assert ["NO_APPLICABLE_PROCESS"] == [e["statusCode"] for e in submitted[0]["errors"]]
    assert errors(http.post(f"{data}/process/rules", json={})) == ["MISSING_ARGUMENT"]


def test_without_groups_of_data_categories_none_can_be_asked_for(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """The query is read, and the group in it is what is wrong."""
    place = f"{data}/support/dataCategoryGroups"
    groups = http.get(place, params={"sObjectName": "KnowledgeArticleVersion"})
    text = "SELECT Id FROM Knowledge__kav WITH DATA CATEGORY Region__c "
    wrong, broken = (
        http.get(f"{data}/query", params={"q": text + rest})
        for rest in ("ABOVE_OR_BELOW (Asia__c, Europe__c) AND Kind__c AT A__c", "Asia__c")
    )

    assert groups.json() == {"categoryGroups": []}
    assert errors(http.get(place, params={"sObjectName": "Case"})) == ["INVALID_PARAMETER"]
    assert "'Kind__c' does not exist" in wrong.json()[0]["message"]
    assert errors(broken) == ["MALFORMED_QUERY"]


def test_an_organisation_of_one_currency_has_no_codes_of_currencies(
    errors: Codes, http: requests.Session, data: str, sandbox: SalesforceSandbox
) -> None:
    """Records name none; amounts are in the user's currency already, and compare as they are."""
    fields = {"Name": "x", "AnnualRevenue": 5000}
    http.post(f"{data}/sobjects/Account", json=fields)

    def ask(what: str, condition: str) -> requests.Response:
        text = f"SELECT {what} FROM Account WHERE {condition}"
        return http.get(f"{data}/query", params={"q": text})

    money = ask("convertCurrency(AnnualRevenue) told", "AnnualRevenue >= USD5000").json()

    assert [5000] == [record["told"] for record in money["records"]]
    assert errors(ask("CurrencyIsoCode", "Name = 'x'")) == ["INVALID_FIELD"]
    assert errors(ask("Id", "convertCurrency(AnnualRevenue) > 1")) == ["MALFORMED_QUERY"]
    assert errors(http.get(f"{data}/sobjects/CurrencyType")) == ["NOT_FOUND"]
