"""The emulator tells of its own objects and fields: by queries, and by the Tooling API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox
from simple_salesforce.api import Salesforce

Codes = Callable[[requests.Response], list[str]]


@pytest.mark.parametrize("place", ["query", "tooling/query"])
def test_fields_are_found_by_the_object_they_belong_to(
    http: requests.Session, data: str, place: str
) -> None:
    """By the object's name over the relationship, or by its durable id."""
    asked = [
        "SELECT DataType FROM FieldDefinition WHERE QualifiedApiName = 'AccountId' AND " + condition
        for condition in (
            "EntityDefinition.QualifiedApiName = 'Case'",
            "EntityDefinitionId = 'Case'",
        )
    ]
    answers = [http.get(f"{data}/{place}", params={"q": text}).json() for text in asked]

    assert [["Lookup(Account)"], ["Lookup(Account)"]] == [
        [record["DataType"] for record in answer["records"]] for answer in answers
    ]
    wanted = "/tooling/sobjects/" if place.startswith("tooling") else ".0/sobjects/"
    assert wanted in answers[0]["records"][0]["attributes"]["url"]


def test_what_was_declared_is_told_of_at_once(salesforce: Any, sandbox: SalesforceSandbox) -> None:
    """A new object, a new field, and no longer a field that was removed."""
    query = (
        "SELECT QualifiedApiName, DataType, EntityDefinition.KeyPrefix FROM FieldDefinition "
        "WHERE EntityDefinition.QualifiedApiName = 'Machine__c' AND QualifiedApiName LIKE '%__c'"
    )
    before = salesforce.query(query)["totalSize"]
    fields = {"Serial__c": {"type": "string(20)"}, "Price__c": {"type": "currency(16,2)"}}
    sandbox.act("declare", {"objects": {"Machine__c": {"fields": fields}}})
    made = salesforce.query(query)["records"]
    sandbox.act("remove_field", {"object": "Machine__c", "field": "Price__c"})
    left = salesforce.query(query)["records"]

    assert before == 0
    assert [("Serial__c", "Text(20)"), ("Price__c", "Currency(14, 2)")] == [
        (row["QualifiedApiName"], row["DataType"]) for row in made
    ]
    assert ["Serial__c"] == [row["QualifiedApiName"] for row in left]
    prefix = salesforce.Machine__c.describe()["keyPrefix"]
    assert prefix == left[0]["EntityDefinition"]["KeyPrefix"]


def test_the_tooling_api_describes_its_objects_and_reads_their_records(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """Other objects are none of its own."""
    tooling = f"{data}/tooling"
    names = {one["name"] for one in http.get(f"{tooling}/sobjects").json()["sobjects"]}
    fields = http.get(f"{tooling}/sobjects/FieldDefinition/describe").json()["fields"]
    owner = next(f for f in fields if f["name"] == "EntityDefinitionId")
    query = {"q": "SELECT Id FROM EntityDefinition WHERE QualifiedApiName = 'Case'"}
    url = http.get(f"{tooling}/query", params=query).json()["records"][0]["attributes"]["url"]
    record = http.get(data.partition("/services")[0] + url).json()

    assert {"EntityDefinition", "FieldDefinition", "ApexClass"} <= names
    assert (owner["referenceTo"], owner["referenceTargetField"]) == (
        ["EntityDefinition"], "DurableId",
    )  # fmt: skip
    assert (record["QualifiedApiName"], record["KeyPrefix"]) == ("Case", "500")
    assert errors(http.get(f"{tooling}/sobjects/Case")) == ["NOT_FOUND"]


def test_apex_is_neither_there_nor_run(salesforce: Salesforce) -> None:
    """No classes are found; code that is sent is answered as not compiled, with the reason."""
    classes = salesforce.query("SELECT Id, Name, Body FROM ApexClass")
    told: Any = salesforce.toolingexecute("executeAnonymous/?anonymousBody=System.debug(1)%3B")

    assert classes["totalSize"] == 0
    assert (told["compiled"], told["success"]) == (False, False)
    assert told["compileProblem"] == "Apex is not run by this emulator"
