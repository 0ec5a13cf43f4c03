"""The emulator's metadata calls under the vendor's client, which reads by the description."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce

Access = Mapping[str, Any]


@pytest.fixture
def deployer(access: Access, monkeypatch: pytest.MonkeyPatch, vendor: requests.Session) -> Any:
    """Give the vendor's metadata client, which makes a session of its own."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", access["ca_file"])
    client = Salesforce(session_id=access["access_token"], instance_url=access["url"],
                        session=vendor)  # fmt: skip
    return client.mdapi


def test_an_object_and_a_field_are_made_read_and_deleted(
    deployer: Any, salesforce: Salesforce
) -> None:
    """And used in between."""
    name = deployer.CustomField(label="Name", type=deployer.FieldType("Text"))
    deployer.CustomObject.create(
        deployer.CustomObject(
            fullName="Machine__c", label="设备", pluralLabel="设备", nameField=name,
            deploymentStatus=deployer.DeploymentStatus("Deployed"),
            sharingModel=deployer.SharingModel("ReadWrite"),
        )
    )  # fmt: skip
    deployer.CustomField.create(
        deployer.CustomField(
            fullName="Machine__c.Serial__c", label="Serial", length=20,
            type=deployer.FieldType("Text"),
        )
    )  # fmt: skip
    made = salesforce.Machine__c.create({"Name": "a", "Serial__c": "S-1"})
    read = deployer.CustomObject.read("Machine__c")

    assert made["success"]
    assert (read.fullName, read.label) == ("Machine__c", "设备")
    assert [field.fullName for field in read.fields] == ["Serial__c"]
    deployer.CustomObject.delete("Machine__c")
    assert "Machine__c" not in {each["name"] for each in salesforce.describe()["sobjects"]}


def test_what_there_is_can_be_described_and_listed(deployer: Any) -> None:
    """Kinds, and components of a kind."""
    kinds = deployer.describe_metadata()
    fields = deployer.list_metadata([deployer.ListMetadataQuery(type="CustomField")])

    assert [kind.xmlName for kind in kinds.metadataObjects] == ["CustomObject"]
    assert "Case.Hub_Key__c" in {each.fullName for each in fields}


@pytest.mark.parametrize("name", ["Machine__c", "Case"])
def test_what_is_not_there_or_the_systems_own_is_not_deleted(deployer: Any, name: str) -> None:
    """The vendor's client tells why."""
    with pytest.raises(Exception, match=r"INVALID_CROSS_REFERENCE_KEY|CANNOT_DELETE"):
        deployer.CustomObject.delete(name)
