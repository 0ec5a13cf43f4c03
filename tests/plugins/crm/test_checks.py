"""The check: what is wrong is told apart, and each defect has a remedy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hub_crm.connector import CrmConnector
from hub_crm.sandbox import SalesforceSandbox

from hub.connector import Finding
from hub.sandbox import Fault
from hub.settings import Secret

Connect = Callable[..., CrmConnector]


def defects(connector: CrmConnector) -> dict[str, Finding]:
    """Give what is wrong, by what was looked at."""
    return {finding.what: finding for finding in connector.check() if not finding.ok}


def test_all_is_well_in_a_furnished_organisation(connector: CrmConnector) -> None:
    """Reach, version, login as whom, objects, fields: all looked at, nothing wrong."""
    findings = {finding.what: finding for finding in connector.check()}

    assert all(finding.ok for finding in findings.values())
    assert {"reach", "API version", "login", "key field Case.Hub_Key__c"} <= set(findings)
    assert "hub.integration@vendor.example.crm" in findings["login"].detail


def test_a_missing_field_says_where_to_make_it(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """A custom field that is not there comes with the way to make it."""
    sandbox.act("hide_field", {"object": "Case", "field": "Jira_Key__c"})

    (finding,) = defects(connector).values()

    assert finding.what == "field Case.Jira_Key__c"
    assert "named Jira_Key" in finding.remedy
    assert "case_fields.jira_key" in finding.remedy


def test_a_hidden_standard_field_asks_for_the_right(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """A field that every organisation has is hidden by field-level security."""
    sandbox.act("hide_field", {"object": "Case", "field": "Priority"})

    assert "field-level security" in defects(connector)["field Case.Priority"].remedy


@pytest.mark.parametrize("key_field", ["No_Such_Key__c", "Subject"])
def test_a_key_field_must_be_unique(connect: Connect, key_field: str) -> None:
    """Without a unique external id an effect could be made twice."""
    found = defects(connect(key_field=key_field))

    assert "External ID, Unique" in found[f"key field Case.{key_field}"].remedy


def test_a_read_only_field_is_told(connect: Connect) -> None:
    """A mapped field that can be read but not written is a defect."""
    found = defects(connect(case_fields={"resolution": "CaseNumber"}))

    assert "not written" in found["field Case.CaseNumber"].detail


def test_a_version_that_is_not_offered_is_told(connect: Connect) -> None:
    """Versions retire: the check compares with what is offered."""
    found = defects(connect(api_version="30.0"))

    assert "31.0 to" in found["API version"].detail


def test_unreachable_unauthorised_and_spent_are_told_apart(
    connect: Connect, sandbox: SalesforceSandbox
) -> None:
    """Each has its own remedy, and none raises."""
    away = defects(connect(url="https://127.0.0.1:9"))
    refused = defects(connect(client_secret=Secret("wrong-secret-value")))
    sandbox.faults.add(Fault(kind="request_limit"))
    spent = defects(connect())

    assert "firewall" in away["reach"].remedy
    assert "client_secret" in refused["login"].remedy
    assert "daily limit" in spent["call budget"].remedy
    assert "wrong-secret-value" not in repr(refused)


def test_something_else_at_the_address_is_told(
    connector: CrmConnector, sandbox: SalesforceSandbox
) -> None:
    """A page of a proxy is no Salesforce."""
    sandbox.faults.add(Fault(kind="server_error", arguments={"status": 200}))

    assert "reach" in defects(connector)


def test_describe_uses_the_hubs_names(connector: CrmConnector) -> None:
    """Kinds and fields are the hub's; types and values the system's."""
    described = connector.describe()

    case = {field.name: field for field in described["case"]}
    assert set(described) == {"case", "case_comment", "contact", "account", "user"}
    assert "Closed" in case["status"].values
    assert case["case_number"].writable is False
    assert case["subject"].type == "string"
