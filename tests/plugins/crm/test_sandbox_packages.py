"""Packages of metadata: deployed and retrieved by the vendor's client and by REST."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any
from zipfile import ZipFile

import pytest
import requests
from simple_salesforce.api import Salesforce

Access = Mapping[str, Any]
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
SPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
MACHINE = (
    f"{HEAD}<CustomObject {SPACE}><deploymentStatus>Deployed</deploymentStatus>"
    "<fields><fullName>Serial__c</fullName><label>Serial</label><type>Text</type>"
    "<length>20</length><externalId>true</externalId></fields>"
    "<fields><fullName>Site__c</fullName><label>Site</label><type>Lookup</type>"
    "<referenceTo>Site__c</referenceTo><relationshipName>Machines</relationshipName></fields>"
    "<label>Machine</label><nameField><label>No</label><type>AutoNumber</type>"
    "<displayFormat>M-{000}</displayFormat></nameField><pluralLabel>Machines</pluralLabel>"
    "<sharingModel>ReadWrite</sharingModel></CustomObject>"
)
SITE = (
    f"{HEAD}<CustomObject {SPACE}><label>Site</label><nameField><label>Name</label>"
    "<type>Text</type></nameField><pluralLabel>Sites</pluralLabel></CustomObject>"
)


def packed(files: Mapping[str, str], **types: str) -> io.BytesIO:
    """Give a package of files, whose list names these components by kind."""
    listed = "".join(
        f"<types>{''.join(f'<members>{m}</members>' for m in members.split())}<name>{kind}</name>"
        "</types>"
        for kind, members in types.items()
    )
    manifest = f"{HEAD}<Package {SPACE}><fullName>Ours</fullName>{listed}</Package>"
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in {"package.xml": manifest, **files}.items():
            archive.writestr(name, content)
    return target


@pytest.fixture
def vendors(access: Access, monkeypatch: pytest.MonkeyPatch, vendor: requests.Session) -> Any:
    """Give the vendor's client, whose metadata part makes a session of its own."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", access["ca_file"])
    return Salesforce(session_id=access["access_token"], instance_url=access["url"], session=vendor)


def test_objects_of_a_package_refer_to_one_another_and_are_used_at_once(vendors: Any) -> None:
    """Whatever the order of the files; what the system numbers is numbered."""
    files = {"objects/Machine__c.object": MACHINE, "objects/Site__c.object": SITE}
    sent = vendors.deploy(packed(files, CustomObject="Machine__c Site__c"), sandbox=True)
    told = vendors.checkDeployStatus(sent["asyncId"])
    site = vendors.Site__c.create({"Name": "哈尔滨"})["id"]
    vendors.Machine__c.create({"Serial__c": "S-1", "Site__c": site})
    query = "SELECT Name, Site__r.Name FROM Machine__c WHERE Serial__c = 'S-1'"
    (found,) = vendors.query(query)["records"]

    assert (sent["state"], told["state"]) == ("Queued", "Succeeded")
    assert told["deployment_detail"]["deployed_count"] == "4"
    assert (found["Name"], found["Site__r"]["Name"]) == ("M-001", "哈尔滨")


@pytest.mark.parametrize(
    ("files", "named", "problem"),
    [
        ({"classes/Code.cls": "x"}, {"ApexClass": "Code"}, "ApexClass is not supported"),
        ({}, {"CustomObject": "Machine__c"}, "was named in package.xml, but was not found"),
        ({"objects/Machine__c.object": "<a"}, {"CustomObject": "Machine__c"}, "Error parsing"),
        ({"destructiveChanges.xml": "<a"}, {}, "Error parsing"),
        ({"objects/Machine__c.object": MACHINE}, {"CustomObject": "Machine__c"}, "Site__c"),
        ({"objects/Nope.object": SITE}, {"CustomObject": "Nope"}, "no standard object Nope"),
    ],
)
def test_a_package_with_a_defect_changes_nothing(
    vendors: Any, files: dict[str, str], named: dict[str, str], problem: str
) -> None:
    """The defect is told with its file; what would have been right beside it is not kept."""
    right = {"objects/Site2__c.object": SITE}
    sent = vendors.deploy(packed(right | files, **named), sandbox=True)
    told = vendors.checkDeployStatus(sent["asyncId"])

    assert told["state"] == "Failed"
    assert problem in told["deployment_detail"]["errors"][0]["message"]
    assert "Site2__c" not in {each["name"] for each in vendors.describe()["sobjects"]}


def test_a_package_comes_back_as_a_zip(vendors: Any) -> None:
    """By the name under which it was deployed, and by components; it can be deployed again."""
    vendors.deploy(packed({"objects/Site__c.object": SITE}, CustomObject="Site__c"), sandbox=True)
    field = {"CustomField": ["Case.Hub_Key__c"]}
    asked = vendors.mdapi.retrieve("", single_package=False, unpackaged=field)
    *_, content = vendors.mdapi.retrieve_zip(asked[0])
    with ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        case = archive.read("unpackaged/objects/Case.object").decode()
    again = vendors.deploy(io.BytesIO(content), sandbox=True)

    assert {"unpackaged/package.xml", "unpackaged/objects/Case.object"} == {*names}
    assert case.count("<fields>") == 1
    assert "<fullName>Hub_Key__c</fullName>" in case
    assert vendors.checkDeployStatus(again["asyncId"])["state"] == "Succeeded"


def test_by_rest_a_form_is_deployed_and_removes_what_it_lists(
    http: requests.Session, data: str
) -> None:
    """A check alone changes nothing; a list of destructive changes removes."""
    place = f"{data}/metadata/deployRequest"

    def there() -> bool:
        objects = http.get(f"{data}/sobjects").json()["sobjects"]
        return "Site__c" in {one["name"] for one in objects}

    def deploy(zip_: io.BytesIO, *, check: bool = False) -> dict[str, Any]:
        asked = json.dumps({"deployOptions": {"checkOnly": check}})
        options = ("", asked, "application/json")
        form = {"json": options, "file": ("deploy.zip", zip_.getvalue(), "application/zip")}
        sent = http.post(place, files=form)
        assert sent.status_code == 201
        found = http.get(f"{place}/{sent.json()['id']}", params={"includeDetails": "true"})
        result: dict[str, Any] = found.json()["deployResult"]
        return result

    site = packed({"objects/Site__c.object": SITE}, CustomObject="Site__c")
    first, absent = deploy(site, check=True), there()
    second, present = deploy(site), there()
    types = "<types><members>Site__c</members><name>CustomObject</name></types>"
    listed = f"{HEAD}<Package {SPACE}>{types}</Package>"
    third = deploy(packed({"destructiveChanges.xml": listed}))

    assert ["Succeeded"] * 3 == [told["status"] for told in (first, second, third)]
    assert (absent, present, there()) == (False, True, False)
    assert third["details"]["componentSuccesses"][0]["deleted"] is True


def test_what_is_no_package_and_no_deployment_is_refused(http: requests.Session, data: str) -> None:
    """A form without a zip, a zip that is none, an id that was never given."""
    place = f"{data}/metadata/deployRequest"
    empty = http.post(place, files={"json": ("", "{}", "application/json")})
    broken = http.post(place, files={"file": ("a.zip", b"no zip", "application/zip")})

    assert (empty.status_code, broken.status_code) == (400, 400)
    assert http.get(f"{place}/0AfD00000000001").status_code == 404
