"""The emulator's SOAP face under zeep, which reads and checks by the published description.

`fixtures/partner.wsdl` is the partner description of version 47 with the calls that are spoken
here, less their prose. zeep refuses an answer that lacks an element or has one out of order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests
from hub_crm.sandbox import SalesforceSandbox
from zeep import Client
from zeep.exceptions import Fault
from zeep.transports import Transport

from hub.testing import FrozenClock

WSDL = Path(__file__).parent / "fixtures" / "partner.wsdl"
Access = Mapping[str, Any]


@pytest.fixture(scope="module")
def described() -> Client:
    """Give zeep with the description read."""
    return Client(str(WSDL))


class Partner:
    """The service of one session; its headers are the description's."""

    def __init__(self, client: Client, url: str, session_id: str = "") -> None:
        self._client = client
        self._service = client.create_service("{urn:partner.soap.sforce.com}SoapBinding", url)
        self._session_id = session_id

    def __call__(self, operation: str, *args: Any, **headers: Any) -> Any:
        """Call an operation."""
        if self._session_id:
            headers = {"SessionHeader": {"sessionId": self._session_id}, **headers}
        told = getattr(self._service, operation)(*args, _soapheaders=headers)
        body = getattr(told, "body", told)
        return getattr(body, "result", body)

    def record(self, kind: str, **fields: Any) -> Any:
        """Make a record to send."""
        made = self._client.get_type("{urn:sobject.partner.soap.sforce.com}sObject")
        any_ = [_element(name, value) for name, value in fields.items() if name != "Id"]
        return made(type=kind, Id=fields.get("Id"), _value_1=any_)


def _element(name: str, value: Any) -> Any:
    from lxml.etree import Element  # noqa: PLC0415  # zeep's own

    element = Element("{urn:sobject.partner.soap.sforce.com}" + name)
    element.text = str(value)
    return element


@pytest.fixture
def partner(described: Client, access: Access) -> Iterator[Partner]:
    """Give the service, logged in by name and password."""
    with requests.Session() as session:
        session.trust_env = False
        described.transport = Transport(session=session)
        url = f"{access['http_url']}/services/Soap/u/47.0"
        told = Partner(described, url)(
            "login", access["username"], access["password"] + access["security_token"]
        )
        yield Partner(described, told.serverUrl, told.sessionId)


def _field(record: Any, name: str) -> str | None:
    found = (e for e in record["_value_1"] if e.tag.endswith("}" + name))
    return next((e.text for e in found), None)


def test_from_version_65_on_there_is_no_soap_login(described: Client, access: Access) -> None:
    """It was taken out of the API there: who uses those versions logs in by OAuth."""
    with requests.Session() as session:
        session.trust_env = False
        described.transport = Transport(session=session)
        service = Partner(described, f"{access['http_url']}/services/Soap/u/65.0")

        with pytest.raises(Fault, match="INVALID_OPERATION: The SOAP Login operation is not"):
            service("login", access["username"], access["password"] + access["security_token"])


def test_who_is_logged_in_is_told_as_described(partner: Partner, access: Access) -> None:
    """The user's names, zone and organisation."""
    told = partner("getUserInfo")

    assert told.userName == access["username"]
    assert told.organizationName == "服务部演示环境"
    assert told.sessionSecondsValid == 7200


def test_a_record_is_made_found_changed_deleted_and_brought_back(partner: Partner) -> None:
    """The whole way, each answer as described."""
    (made,) = partner("create", [partner.record("Account", Name="甲 & 乙", AnnualRevenue="12.5")])
    found = partner("query", f"SELECT Id, Name, AnnualRevenue, Parent.Name FROM Account "
                             f"WHERE Id = '{made.id}'")  # fmt: skip
    (changed,) = partner("update", [partner.record("Account", Id=made.id, Name="丙")])
    (read,) = partner("retrieve", "Name,CreatedDate", "Account", [made.id])
    (gone,) = partner("delete", [made.id])
    (back,) = partner("undelete", [made.id])

    assert (made.success, changed.success, gone.success, back.success) == (True,) * 4
    assert (found.size, found.done, found.queryLocator) == (1, True, None)
    assert _field(found.records[0], "Name") == "甲 & 乙"
    assert _field(found.records[0], "AnnualRevenue") == "12.5"
    assert _field(read, "Name") == "丙"
    assert str(_field(read, "CreatedDate")).endswith("Z")


def test_each_record_has_its_own_errors(partner: Partner) -> None:
    """One bad record fails alone, or with all-or-none takes the others with it."""
    good, bad = partner.record("Case", Subject="x"), partner.record("Case", Status="Nix")
    alone = partner("create", [good, bad])
    together = partner("create", [good, bad], AllOrNoneHeader={"allOrNone": True})

    assert [r.success for r in alone] == [True, False]
    assert alone[1].errors[0].statusCode == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"
    assert alone[1].errors[0].fields == ["Status"]
    assert [r.errors[0].statusCode for r in together] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
    ]  # fmt: skip


def test_texts_that_are_too_long_can_be_cut(partner: Partner) -> None:
    """By the header that SOAP alone has."""
    record = partner.record("Case", Subject="长" * 300)
    refused = partner("create", [record])
    header = {"allowFieldTruncation": True}
    cut = partner("create", [record], AllowFieldTruncationHeader=header)

    assert refused[0].errors[0].statusCode == "STRING_TOO_LONG"
    assert cut[0].success


def test_assignment_rules_run_only_if_they_are_asked_for(
    partner: Partner, sandbox: SalesforceSandbox
) -> None:
    """Unlike in REST."""
    partner("create", [partner.record("Case", Subject="kept")])
    rules = {"useDefaultRule": True}
    partner("create", [partner.record("Case", Subject="ruled")], AssignmentRuleHeader=rules)

    owners = {case["Subject"]: case["Owner"] for case in sandbox.records()["cases"]}
    assert owners == {"kept": "hub.integration@vendor.example", "ruled": "queue:Case_Intake"}


def test_upserts_tell_what_was_made(partner: Partner) -> None:
    """By an external id."""
    record = partner.record("Account", Name="a", Customer_Code__c="k")
    first = partner("upsert", "Customer_Code__c", [record])
    second = partner("upsert", "Customer_Code__c", [record])

    assert [(r[0].created, r[0].success) for r in (first, second)] == [(True, True), (False, True)]


def test_every_object_is_described_as_the_description_demands(partner: Partner) -> None:
    """Globally in short, each one whole: zeep reads every field of every object."""
    listed = partner("describeGlobal")
    names = [each.name for each in listed.sobjects]

    whole = partner("describeSObjects", names)

    assert {"Case", "Knowledge__kav", "ContentVersion"} <= set(names)
    assert [each.name for each in whole] == names
    case = next(each for each in whole if each.name == "Case")
    status = next(field for field in case.fields if field.name == "Status")
    assert status.picklistValues[0].value == "New"


def test_what_was_changed_and_deleted_is_listed(partner: Partner, clock: FrozenClock) -> None:
    """In a span of time, as REST tells it."""
    (made,) = partner("create", [partner.record("Account", Name="a")])
    partner("delete", [made.id])
    now = partner("getServerTimestamp").timestamp
    start, end = now.replace(hour=0), now.replace(hour=now.hour + 1)
    clock.advance(3600)

    updated = partner("getUpdated", "Account", start, end)
    deleted = partner("getDeleted", "Account", start, end)

    assert made.id not in (updated.ids or [])
    assert [row.id for row in deleted.deletedRecords] == [made.id]


def test_records_are_merged_and_leads_converted(partner: Partner) -> None:
    """The losers go; a lead becomes account, contact and opportunity."""
    leads = [partner.record("Lead", LastName=n, Company="Co") for n in ("a", "b", "c")]
    ids = [r.id for r in partner("create", leads)]
    master = partner.record("Lead", Id=ids[0], FirstName="M")
    (merged,) = partner("merge", [{"masterRecord": master, "recordToMergeIds": [ids[1]]}])
    (converted,) = partner(
        "convertLead",
        [{"leadId": ids[2], "convertedStatus": "Closed - Converted",
          "doNotCreateOpportunity": False, "overwriteLeadSource": False,
          "sendNotificationEmail": False}],
    )  # fmt: skip

    assert (merged.success, merged.mergedRecordIds) == (True, [ids[1]])
    assert converted.success
    assert converted.opportunityId is not None


def test_a_password_that_is_set_logs_in(partner: Partner, access: Access) -> None:
    """Of another user than the integration's."""
    query = "SELECT Id, Username FROM User WHERE Title = '客户专员'"
    (user,) = partner("query", query).records
    partner("setPassword", user["Id"], "Secret-1234")

    form = {
        "grant_type": "password", "client_id": access["client_id"],
        "client_secret": access["client_secret"], "username": _field(user, "Username"),
        "password": "Secret-1234" + access["security_token"],
    }  # fmt: skip
    answer = requests.post(f"{access['http_url']}/services/oauth2/token", form, timeout=10)

    assert answer.json()["id"].endswith(user["Id"])


@pytest.mark.parametrize(
    ("operation", "argument", "code"),
    [
        ("query", "SELECT Nope FROM Case", "INVALID_FIELD"),
        ("query", "SELECT", "MALFORMED_QUERY"),
        ("queryMore", "01g000000000000AAA-2000", "INVALID_QUERY_LOCATOR"),
        ("describeSObject", "Nope", "INVALID_TYPE"),
    ],
)
def test_refusals_are_faults_with_their_codes(
    partner: Partner, operation: str, argument: str, code: str
) -> None:
    """As the description types them."""
    with pytest.raises(Fault) as caught:
        partner(operation, argument)

    assert caught.value.code.endswith(code)


def test_a_session_that_was_ended_is_refused(partner: Partner) -> None:
    """By logging out."""
    partner("logout")

    with pytest.raises(Fault) as caught:
        partner("getUserInfo")

    assert caught.value.code.endswith("INVALID_SESSION_ID")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"no xml", b"<a/>", b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
        b'<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body/></Envelope>',
        b'<Envelope xmlns="x"><Body><nope/></Body></Envelope>',
    ],
)  # fmt: skip
def test_nonsense_is_a_fault_of_the_client(access: Access, body: bytes) -> None:
    """Not a defect of the server, and no entity is expanded."""
    url = f"{access['http_url']}/services/Soap/u/47.0"

    answer = requests.post(url, body, headers={"Content-Type": "text/xml"}, timeout=10)

    assert answer.status_code == 500
    assert "<faultcode>soapenv:Client</faultcode>" in answer.text
