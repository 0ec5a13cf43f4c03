"""The emulator's doors: versions, logins, sessions, what is not there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from hub.testing import FrozenClock

Access = Mapping[str, Any]
Codes = Callable[[requests.Response], list[str]]


def test_versions_are_told_to_anybody(access: Access) -> None:
    """The list of versions needs no login, over http and https."""
    for url in (access["url"], access["http_url"]):
        answer = requests.get(f"{url}/services/data", verify=access["ca_file"], timeout=10)
        assert {"59.0"} <= {entry["version"] for entry in answer.json()}
        assert answer.json()[-1]["url"] == "/services/data/v68.0"


@pytest.mark.parametrize("version", range(45, 69))
def test_every_version_from_45_on_serves(
    access: Access, http: requests.Session, version: int
) -> None:
    """Descriptions, queries and records; an upsert that updates had no body before version 46."""
    data = f"{access['url']}/services/data/v{version}.0"
    place = f"{data}/sobjects/Account/Customer_Code__c/x"
    upserts = [http.patch(place, json={"Name": name}).status_code for name in ("甲", "乙")]
    query = {"q": "SELECT Name FROM Account WHERE Customer_Code__c = 'x'"}
    (found,) = http.get(f"{data}/query", params=query).json()["records"]

    assert [201, 204 if version < 46 else 200] == upserts
    assert found["attributes"]["url"].startswith(f"/services/data/v{version}.0/sobjects/Account/")
    assert http.get(f"{data}/sobjects").json()["sobjects"]


def test_the_vendors_client_logs_in_by_password_and_token(
    access: Access, vendor: requests.Session
) -> None:
    """Its SOAP login gives a session that works."""
    client = Salesforce(
        username=access["username"],
        password=access["password"],
        security_token=access["security_token"],
        session=vendor,
    )

    assert client.query("SELECT COUNT() FROM User")["totalSize"] == 8


def test_the_vendors_client_logs_in_by_client_credentials(
    access: Access, vendor: requests.Session
) -> None:
    """Its OAuth login sends the pair by Basic."""
    client = Salesforce(
        consumer_key=access["client_id"],
        consumer_secret=access["client_secret"],
        domain="vendor.my",
        session=vendor,
    )

    assert client.query("SELECT COUNT() FROM User")["totalSize"] == 8


def test_a_wrong_password_is_refused(access: Access, vendor: requests.Session) -> None:
    """SOAP faults carry the code that the vendor's client reads."""
    with pytest.raises(SalesforceAuthenticationFailed) as caught:
        Salesforce(username=access["username"], password="no", security_token="no", session=vendor)

    assert caught.value.code == "INVALID_LOGIN"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "client_credentials"}, None),
        ({"grant_type": "refresh_token"}, None),
        ({"grant_type": "password"}, None),
        ({"grant_type": "password", "password": "no"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "no"}, "invalid_grant"),
        ({"grant_type": "client_credentials", "client_id": "no"}, "invalid_client_id"),
        ({"grant_type": "client_credentials", "client_secret": "no"}, "invalid_client"),
        ({"grant_type": "magic"}, "unsupported_grant_type"),
    ],
)
def test_the_token_endpoint_grants_and_refuses(
    access: Access, form: dict[str, str], error: str | None
) -> None:
    """Each grant has its credentials, each refusal its OAuth error."""
    full = {
        "client_id": access["client_id"],
        "client_secret": access["client_secret"],
        "username": access["username"],
        "password": access["password"] + access["security_token"],
        "refresh_token": access["refresh_token"],
        **form,
    }
    url = f"{access['url']}/services/oauth2/token"

    answer = requests.post(url, data=full, verify=access["ca_file"], timeout=10)

    assert answer.json().get("error") == error
    assert answer.status_code == (200 if error is None else 400)
    assert ("access_token" in answer.json()) == (error is None)


def test_who_am_i_and_revoking(http: requests.Session, access: Access) -> None:
    """A token tells its user; revoked, it is worth nothing."""
    me = http.get(f"{access['url']}/services/oauth2/userinfo").json()
    identity = http.get(me["sub"]).json()
    revoked = http.post(
        f"{access['url']}/services/oauth2/revoke", data={"token": access["access_token"]}
    )
    after = http.get(f"{access['url']}/services/oauth2/userinfo")

    assert me["email"] == identity["email"] == "hub.integration@vendor.example"
    assert (revoked.status_code, after.status_code) == (200, 401)


def test_a_session_ends_after_two_hours(
    errors: Codes, http: requests.Session, data: str, clock: FrozenClock
) -> None:
    """Then it is refused in the system's words."""
    clock.advance(2 * 3600)

    answer = http.get(f"{data}/limits")

    assert (answer.status_code, errors(answer)) == (401, ["INVALID_SESSION_ID"])


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/services/data/v59.0/nope", 404, "NOT_FOUND"),
        ("/services/data/v59.0/sobjects/Nope/describe", 404, "NOT_FOUND"),
        ("/services/data/v99.0/limits", 404, "NOT_FOUND"),
        ("/services/data/v25.0/limits", 410, "UNSUPPORTED_API_VERSION"),
        ("/services/data/v59.0/sobjects/Case/500D0000009zzzz", 404, "NOT_FOUND"),
        ("/services/data/v59.0/sobjects/Case/003D00000000001", 400, "MALFORMED_ID"),
        ("/services/data/v59.0/sobjects/Case/Subject/x", 404, "NOT_FOUND"),
        ("/services/data/v59.0/query", 400, "MALFORMED_QUERY"),
        ("/services/data/v59.0/query/0r8D0-2000", 400, "INVALID_QUERY_LOCATOR"),
    ],
)
def test_what_is_not_there_is_refused_with_its_code(
    errors: Codes, http: requests.Session, access: Access, path: str, status: int, code: str
) -> None:
    """Paths, versions, objects, records: each has its own refusal."""
    answer = http.get(access["url"] + path)

    assert (answer.status_code, errors(answer)) == (status, [code])


def test_a_method_that_is_not_allowed_is_told(
    errors: Codes, http: requests.Session, data: str
) -> None:
    """405 names what is allowed."""
    answer = http.put(f"{data}/limits")

    assert (answer.status_code, errors(answer)) == (405, ["METHOD_NOT_ALLOWED"])


def test_no_token_and_an_unknown_token_differ(errors: Codes, data: str, access: Access) -> None:
    """A missing header is not an expired session."""
    bare = requests.get(f"{data}/limits", verify=access["ca_file"], timeout=10)
    headers = {"Authorization": "OAuth nonsense"}
    unknown = requests.get(f"{data}/limits", headers=headers, verify=access["ca_file"], timeout=10)

    assert (errors(bare), errors(unknown)) == (["INVALID_AUTH_HEADER"], ["INVALID_SESSION_ID"])
