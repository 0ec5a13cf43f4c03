"""The Salesforce emulator under jsforce, unchanged: sessions, records, descriptions, SOAP."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Mapping
from typing import Any, Final
from zipfile import ZipFile

import pytest
from hub_crm.sandbox import SalesforceSandbox

from hub.sandbox import SandboxOptions

METADATA: Final = 'xmlns="http://soap.sforce.com/2006/04/metadata"'


@pytest.fixture(scope="module")
def org() -> Iterator[Mapping[str, Mapping[str, Any]]]:
    """Give where a fresh organisation is."""
    sandbox = SalesforceSandbox(SandboxOptions())
    yield {"salesforce": sandbox.start()}
    sandbox.stop()


def test_jsforce_logs_in_writes_describes_and_speaks_soap(node: Any, org: Any) -> None:
    """Each of its calls is answered as it expects, refusals with their codes."""
    told = node("salesforce/org.mjs", org)

    assert told == {
        # Sessions.
        "login": True,
        "identity": [True, "object", "https://"],
        "badLogin": "INVALID_LOGIN",
        "credentials": True,
        "refreshes": 1,
        "badRefresh": "Unable to refresh session due to: expired access/refresh token",
        "afterLogout": "INVALID_SESSION_ID",
        # Records.
        "one": ["Hello2", "杭州", "Account"],
        "many": 250,
        "changed": [True, ["Changed"] * 3],
        "destroyed": 250,
        "gone": [None] * 3,
        "mixed": [[True, None], [False, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"]],
        "strict": ["ALL_OR_NONE_OPERATION_ROLLED_BACK", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"],
        "upsert": [True, False, True],
        "upserts": [True, True],
        "ambiguous": ["MULTIPLE_CHOICES", 2, "string"],
        "error": ["INVALID_FIELD", "INVALID_FIELD"],
        "missing": "NOT_FOUND",
        # Descriptions and pages.
        "describe": ["500", "picklist", True, True],
        "cached": True,
        "global": ["ContentVersion", "Entitlement", "Knowledge__kav"],
        "layouts": [1, [False]],
        "named": 1,
        "compact": "Account",
        "approval": [],
        "view": ["Account", True, True],
        "tabs": True,
        "theme": True,
        "recent": ["Account", "Account"],
        "recentAccounts": True,
        "limits": [True, True],
        "usage": True,
        "actions": True,
        "action": "Task",
        "starts": True,
        "logged": [True, True, True],
        # Calls that build on one another, and SOAP.
        "composite": [[201, 201, 200], "C"],
        "destroy": True,
        "fields": ["Lookup(Contact)", "Text(255)"],
        "tooling": True,
        "apex": "Apex is not run by this emulator",
        "rules": {},
        "approvals": "NO_APPLICABLE_PROCESS",
        "converted": [True, "Co", "string"],
        "merged": [True, True, 1],
        "apps": True,
        "soaped": [True, True],
        "undeleted": [True, True],
        "user": True,
    }


def test_jsforce_hears_of_changes(node: Any, org: Any) -> None:
    """By topics, generic channels and change events; again from a replay id; not without login."""
    told = node("salesforce/streaming.mjs", org)

    assert told == {
        "topic": ["created", "My account", "string", "number"],
        "pushed": [-1, "object"],
        "generic": "hello",
        "change": ["CREATE", "Case", "登录失败"],
        "replayed": True,
        "dead": "told",
    }


def packed(files: Mapping[str, str]) -> str:
    """Give a package of files as a zip in base64."""
    manifest = f"<Package {METADATA}><fullName>Ours</fullName></Package>"
    target = io.BytesIO()
    with ZipFile(target, "w") as archive:
        for name, content in {"package.xml": manifest, **files}.items():
            archive.writestr(f"Ours/{name}", content)
    return base64.b64encode(target.getvalue()).decode()


def test_jsforce_makes_and_changes_objects(node: Any, org: Any) -> None:
    """By the metadata calls; records of them are written and read at once."""
    object_ = (
        f"<CustomObject {METADATA}><label>Packed</label><pluralLabel>Packed</pluralLabel>"
        "<nameField><label>Name</label><type>Text</type></nameField></CustomObject>"
    )
    package = {
        "zip": packed({"objects/Packed__c.object": object_}),
        "code": packed({"classes/Code.cls": "class Code {}"}),
    }

    told = node("salesforce/metadata.mjs", {**org, "package": package})

    assert told == {
        "made": [[True, "One__c"], [True, "Two__c"]],
        "twice": [["DUPLICATE_DEVELOPER_NAME", ["fullName"]]],
        "read": [["One__c", "Text", "Name of it"], ["Two__c", "AutoNumber", "Name of it"]],
        "changed": [True, True],
        "fields": [True, True, True],
        "record": [["S", "first"]],
        "upserted": [["One__c", False, True], ["Three__c", True, True]],
        "renamed": "One__c",
        "follows": "first",
        "listed": ["First__c", "Three__c", "Two__c"],
        "deleted": [True, True, True],
        "gone": 0,
        "status": ["Closed - Converted"],
        "deployed": ["Succeeded", 1, "Packed__c"],
        "used": True,
        "taken": ["Succeeded", True],
        "wrong": [False, "ApexClass is not supported by this emulator"],
    }
