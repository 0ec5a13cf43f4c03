"""The emulator's OAuth: every login of the vendor's client, assertions, consent, tokens."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hub_crm.sandbox import SalesforceSandbox
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from hub.testing import FrozenClock

Access = Mapping[str, Any]
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@pytest.fixture
def token(access: Access) -> Any:
    """Give what asks for a token with a form."""

    def ask(**form: str) -> requests.Response:
        url = f"{access['url']}/services/oauth2/token"
        return requests.post(url, form, verify=access["ca_file"], timeout=10)

    return ask


def test_each_login_of_the_vendors_client_works(
    access: Access, vendor: requests.Session, sandbox: SalesforceSandbox
) -> None:
    """By token, by organisation from a trusted network, by name and secret, by the app alone."""
    person = {"username": access["username"], "password": access["password"]}
    pair = {"consumer_key": access["client_id"], "consumer_secret": access["client_secret"]}
    organization = sandbox.act("organization", {})["id"]
    ways: list[dict[str, Any]] = [
        {**person, "security_token": access["security_token"]},
        {**person, "organizationId": organization},
        {**person, **pair},
        {**pair, "domain": "vendor.my"},
    ]

    logins = [Salesforce(**way, session=vendor) for way in ways]

    assert [each.query("SELECT COUNT() FROM Group")["totalSize"] for each in logins] == [2] * 4


@pytest.mark.parametrize("known", [True, False])
def test_an_assertion_is_believed_if_its_key_is_known(
    access: Access, token: Any, clock: FrozenClock, known: bool
) -> None:
    """The signature is checked against the app's certificates."""
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    theirs = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key = Path(access["private_key_file"]).read_bytes() if known else theirs
    claims = {
        "iss": access["client_id"], "sub": access["username"], "aud": access["url"],
        "exp": str(int((clock.now() + timedelta(minutes=3)).timestamp())),
    }  # fmt: skip

    answer = token(grant_type=BEARER, assertion=jwt.encode(claims, key, algorithm="RS256"))

    assert answer.status_code == (200 if known else 400)
    assert answer.json().get("error") == (None if known else "invalid_grant")


def test_the_vendors_client_logs_in_with_a_private_key(
    access: Access, vendor: requests.Session, sandbox: SalesforceSandbox, clock: FrozenClock
) -> None:
    """From a file or as text; its clock is the real one."""
    clock.jump(clock.now().replace(year=2020))
    key = Path(access["private_key_file"])
    common = {"username": access["username"], "consumer_key": access["client_id"]}
    by_file = Salesforce(**common, privatekey_file=str(key), session=vendor)
    by_text = Salesforce(**common, privatekey=key.read_text(), session=vendor)

    assert by_file.query("SELECT COUNT() FROM User")["totalSize"] == 8
    assert by_text.session_id != by_file.session_id


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"iss": "nobody"}, "invalid_client_id"),
        ({"sub": "nobody@vendor.example"}, "invalid_grant"),
        ({"sub": "he.feng@vendor.example.crm"}, "inactive_user"),
        ({"aud": "https://elsewhere.example"}, "invalid_grant"),
        ({"exp": 1}, "invalid_grant"),
        ({"exp": "soon"}, "invalid_grant"),
        ({"exp": None}, "invalid_grant"),
    ],
)
def test_an_assertion_that_claims_too_much_is_refused(
    access: Access, token: Any, clock: FrozenClock, changed: dict[str, Any], error: str
) -> None:
    """App, user, audience and time must fit."""
    claims = {
        "iss": access["client_id"], "sub": access["username"],
        "aud": "https://login.salesforce.com",
        "exp": int((clock.now() + timedelta(minutes=3)).timestamp()), **changed,
    }  # fmt: skip
    key = Path(access["private_key_file"]).read_bytes()

    answer = token(grant_type=BEARER, assertion=jwt.encode(claims, key, algorithm="RS256"))

    assert (answer.status_code, answer.json()["error"]) == (400, error)


@pytest.mark.parametrize("assertion", ["", "a.b.c", "no", "eyJhbGciOiJub25lIn0.e30."])
def test_nonsense_is_no_assertion(token: Any, assertion: str) -> None:
    """Unsigned ones least of all."""
    answer = token(grant_type=BEARER, assertion=assertion)

    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_client_id"}


def test_outside_a_trusted_network_the_security_token_is_needed(
    access: Access, vendor: requests.Session, sandbox: SalesforceSandbox
) -> None:
    """Behind the password."""
    sandbox.act("trust_network", {"trusted": False})
    organization = sandbox.act("organization", {})["id"]
    person = {"username": access["username"], "password": access["password"]}

    with pytest.raises(SalesforceAuthenticationFailed):
        Salesforce(**person, organizationId=organization, session=vendor)


def _hidden(page: str) -> dict[str, str]:
    pairs = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in pairs}


@pytest.fixture
def browser(access: Access) -> Any:
    """Give a browser that is sent to log in and to allow access, and gives whither it is sent."""

    def consent(choice: str, **extra: str) -> dict[str, list[str]]:
        with requests.Session() as session:
            session.trust_env, session.verify = False, access["ca_file"]
            query = {
                "response_type": "code", "client_id": access["client_id"],
                "redirect_uri": "http://localhost:4000/back", "state": "hello & 你好", **extra,
            }  # fmt: skip
            page = session.get(f"{access['url']}/services/oauth2/authorize", params=query)
            assert "/?ec=302" in page.url
            person = {"username": access["username"], "pw": access["password"], "Login": "Log In"}
            asked = session.post(f"{access['url']}/login", {**_hidden(page.text), **person})
            assert "RemoteAccessAuthorizationPage" in asked.url
            sent = session.post(
                asked.url.partition("?")[0], {**_hidden(asked.text), choice: "x"},
                allow_redirects=False,
            )  # fmt: skip
        return parse_qs(urlsplit(sent.headers["Location"]).query)

    return consent


def test_a_person_who_allows_access_sends_the_app_a_code(
    access: Access, token: Any, browser: Any
) -> None:
    """It is good once, and gives a refresh token too."""
    back = browser("allow")
    form = {
        "grant_type": "authorization_code", "code": back["code"][0],
        "client_id": access["client_id"], "client_secret": access["client_secret"],
        "redirect_uri": "http://localhost:4000/back",
    }  # fmt: skip
    first, second = token(**form), token(**form)
    renewed = token(**{**form, "grant_type": "refresh_token",
                       "refresh_token": first.json()["refresh_token"]})  # fmt: skip

    assert back["state"] == ["hello & 你好"]
    assert (first.status_code, renewed.status_code) == (200, 200)
    assert second.json()["error"] == "invalid_grant"


def test_a_code_with_a_challenge_needs_the_verifier(
    access: Access, token: Any, browser: Any
) -> None:
    """PKCE: the example of RFC 7636."""
    challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}
    form = {
        "grant_type": "authorization_code", "client_id": access["client_id"],
        "redirect_uri": "http://localhost:4000/back",
    }  # fmt: skip
    bad = token(**form, code=browser("allow", **challenge)["code"][0], code_verifier="no")
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    good = token(**form, code=browser("allow", **challenge)["code"][0], code_verifier=verifier)

    assert (bad.status_code, good.status_code) == (400, 200)


def test_a_person_who_denies_access_sends_the_app_the_refusal(browser: Any) -> None:
    """In OAuth's words."""
    assert browser("deny")["error"] == ["access_denied"]


def test_a_token_can_be_looked_into(access: Access, http: requests.Session) -> None:
    """By the app alone; whether it is good, and whose it is."""
    url = f"{access['url']}/services/oauth2/introspect"
    app = {"client_id": access["client_id"], "client_secret": access["client_secret"]}
    good = http.post(url, {**app, "token": access["access_token"]}).json()
    bad = http.post(url, {**app, "token": "x"}).json()
    stranger = http.post(url, {"token": access["access_token"]})

    assert (good["active"], good["username"]) == (True, access["username"])
    assert bad == {"active": False}
    assert stranger.status_code == 400


@pytest.mark.parametrize(
    ("asked", "scope", "refreshes", "status"),
    [
        ("", "refresh_token web api full", True, 200),
        ("api refresh_token", "refresh_token api", True, 200),
        ("api", "api", False, 200),
        ("id offline_access", "offline_access id", True, 403),
    ],
)
def test_a_token_is_good_for_what_was_asked(
    access: Access, token: Any, browser: Any, asked: str, scope: str, refreshes: bool, status: int
) -> None:
    """Without `api` it tells who one is, and no more; a refresh token has to be asked for."""
    form = {
        "grant_type": "authorization_code", "redirect_uri": "http://localhost:4000/back",
        "client_id": access["client_id"], "client_secret": access["client_secret"],
    }  # fmt: skip
    told = token(**form, code=browser("allow", scope=asked)["code"][0]).json()
    header = {"Authorization": f"Bearer {told['access_token']}"}
    data, who = (
        requests.get(access["url"] + place, headers=header, verify=access["ca_file"], timeout=10)
        for place in ("/services/data/v59.0/limits", "/services/oauth2/userinfo")
    )
    if refreshes:
        form |= {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}

    assert (told["scope"], "refresh_token" in told) == (scope, refreshes)
    assert (data.status_code, who.status_code) == (status, 200)
    assert scope == (token(**form).json()["scope"] if refreshes else scope)


def test_scopes_that_the_app_may_not_have_are_refused(
    access: Access, token: Any, browser: Any
) -> None:
    """At the consent, and where a refresh token was given for less."""
    query = {
        "response_type": "code", "client_id": access["client_id"], "scope": "api cdp_query_api",
        "redirect_uri": "http://localhost:4000/back",
    }  # fmt: skip
    url = f"{access['url']}/services/oauth2/authorize"
    sent = requests.get(
        url, params=query, allow_redirects=False, verify=access["ca_file"], timeout=10
    )
    pair = {"client_id": access["client_id"], "client_secret": access["client_secret"]}
    code = browser("allow", scope="id refresh_token")["code"][0]
    back = "http://localhost:4000/back"
    held = token(grant_type="authorization_code", code=code, redirect_uri=back, **pair).json()
    wider = token(
        grant_type="refresh_token", refresh_token=held["refresh_token"], scope="api", **pair
    )

    assert parse_qs(urlsplit(sent.headers["Location"]).query)["error"] == ["invalid_scope"]
    assert wider.json()["error"] == "invalid_scope"
