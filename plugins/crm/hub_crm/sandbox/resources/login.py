"""The OAuth token endpoint: each grant's credentials, and its refusals in OAuth's words."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import jwt

from hub_crm.sandbox.resources.scopes import USUAL, chosen, lasts
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import Answer, Call

JWT_BEARER: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCES: Final = ("https://login.salesforce.com", "https://test.salesforce.com")
_UNCACHED: Final = {"Cache-Control": "no-cache, no-store", "Pragma": "no-cache"}
Form = Mapping[str, str]


class _Refusal(Exception):  # noqa: N818  # an OAuth answer, not a defect
    """An OAuth error and its description."""

    def __init__(self, error: str, description: str) -> None:
        self.answer = refused(error, description)
        super().__init__(error)


def form_of(call: Call) -> dict[str, str]:
    """Give the parameters of the query and of a form in the body."""
    body = call.body.decode(errors="replace")
    return dict(call.query) | dict(parse_qsl(body, keep_blank_values=True))


def refused(error: str, description: str, status: int = 400) -> Answer:
    """Give an OAuth error."""
    body = {"error": error, "error_description": description}
    return Answer(status, body, _UNCACHED)


def token(site: Site, call: Call) -> Answer:
    """Give a token for the credentials of a grant."""
    form = form_of(call)
    grant = _GRANTS.get(form.get("grant_type", ""))
    if grant is None:
        return refused("unsupported_grant_type", "grant type not supported")
    try:
        return Answer(200, grant(site, call, form), _UNCACHED)
    except _Refusal as refusal:
        return refusal.answer


def _client_credentials(site: Site, call: Call, form: Form) -> dict[str, Any]:
    _check_client(site, call, form, secret_needed=True)
    return granted(site, call, site.integration_user)


def _password(site: Site, call: Call, form: Form) -> dict[str, Any]:
    _check_client(site, call, form, secret_needed=True)
    user = by_password(site, form.get("username", ""), form.get("password", ""))
    if user is None:
        raise _Refusal("invalid_grant", "authentication failure")
    return granted(site, call, str(user["Id"]))


def _refresh(site: Site, call: Call, form: Form) -> dict[str, Any]:
    _check_client(site, call, form, secret_needed=False)
    held = form.get("refresh_token", "")
    user_id = site.sessions.kept(held)
    if user_id is None:
        raise _Refusal("invalid_grant", "expired access/refresh token")
    scope = chosen(form.get("scope", ""), site.sessions.scope(held) or USUAL)
    if scope is None:
        raise _Refusal("invalid_scope", "the requested scope is not allowed")
    return granted(site, call, user_id, scope)


def _code(site: Site, call: Call, form: Form) -> dict[str, Any]:
    code = site.sessions.redeem(form.get("code", ""))
    if code is None:
        raise _Refusal("invalid_grant", "expired authorization code")
    _check_client(site, call, form, secret_needed=not code.challenge)
    if form.get("redirect_uri", "") != code.redirect_uri:
        raise _Refusal("redirect_uri_mismatch", "redirect_uri must match configuration")
    if code.challenge and not _proves(form.get("code_verifier", ""), code.challenge):
        raise _Refusal("invalid_grant", "invalid code verifier")
    return granted(site, call, code.user_id, code.scope) | lasting(site, code.user_id, code.scope)


def _proves(verifier: str, challenge: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(proof, challenge.rstrip("="))


def _assertion(site: Site, call: Call, form: Form) -> dict[str, Any]:
    try:
        claims = jwt.decode(form.get("assertion", ""), options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError):
        raise _Refusal("invalid_grant", "invalid assertion") from None
    if claims.get("iss") != site.credentials.client_id:
        raise _Refusal("invalid_client_id", "client identifier invalid")
    _check_signature(site, form["assertion"])
    _check_claims(site, call, claims)
    user = _named(site, str(claims.get("sub") or claims.get("prn") or ""))
    if user is None:
        raise _Refusal("invalid_grant", "user hasn't approved this consumer")
    if not user["IsActive"]:
        raise _Refusal("inactive_user", "user is inactive")
    return granted(site, call, str(user["Id"]))


def _check_signature(site: Site, assertion: str) -> None:
    for key in site.sessions.keys:
        try:
            jwt.PyJWS().decode(assertion, key, algorithms=["RS256"])
        except (jwt.PyJWTError, ValueError):
            continue
        return
    raise _Refusal("invalid_grant", "invalid assertion")


def _check_claims(site: Site, call: Call, claims: Mapping[str, Any]) -> None:
    audience = str(claims.get("aud", "")).rstrip("/")
    if audience not in (*_AUDIENCES, call.origin, f"https://{urlsplit(call.origin).netloc}"):
        raise _Refusal("invalid_grant", "audience is invalid")
    try:
        until = float(claims["exp"])
    except (KeyError, TypeError, ValueError):
        raise _Refusal("invalid_grant", "assertion is missing its expiration") from None
    if until <= site.now().timestamp():
        raise _Refusal("invalid_grant", "expired assertion")


_GRANTS: Final[Mapping[str, Callable[[Site, Call, Form], dict[str, Any]]]] = {
    "client_credentials": _client_credentials,
    "password": _password,
    "refresh_token": _refresh,
    "authorization_code": _code,
    JWT_BEARER: _assertion,
}


def _check_client(site: Site, call: Call, form: Form, *, secret_needed: bool) -> None:
    client_id, secret = _client(call, form)
    if client_id != site.credentials.client_id:
        raise _Refusal("invalid_client_id", "client identifier invalid")
    if (secret or secret_needed) and secret != site.credentials.client_secret:
        raise _Refusal("invalid_client", "invalid client credentials")


def _client(call: Call, form: Form) -> tuple[str, str]:
    header = call.headers.get("authorization", "")
    if header.lower().startswith("basic "):
        try:
            text = base64.b64decode(header[6:], validate=True).decode()
        except (binascii.Error, ValueError):
            return "", ""
        client_id, _, secret = text.partition(":")
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def by_password(site: Site, username: str, password: str) -> Row | None:
    """Give the active user of a name and password, the security token behind it.

    In a trusted network the token may be left out.
    """
    user = _named(site, username)
    if user is None or not user["IsActive"]:
        return None
    known = site.credentials
    own = known.password if user["Username"].lower() == known.username.lower() else None
    right = site.sessions.passwords.get(str(user["Id"]), own)
    if right is None:
        return None
    whole = password == right + known.security_token
    return user if whole or (site.sessions.trusted and password == right) else None


def _named(site: Site, username: str) -> Row | None:
    return next(iter(site.org.having("User", "Username", username)), None)


def lasting(site: Site, user_id: str, scope: str) -> dict[str, str]:
    """Give a refresh token, if the scope brings one."""
    return {"refresh_token": site.sessions.keep(user_id, scope=scope)} if lasts(scope) else {}


def granted(site: Site, call: Call, user_id: str, scope: str = USUAL) -> dict[str, Any]:
    """Open a session; give the body that tells of it."""
    access = site.sessions.open(user_id, scope)
    identity_url = f"{call.origin}/id/{site.organization_id}/{user_id}"
    issued = str(int(site.now().timestamp() * 1000))
    return {
        "access_token": access,
        "signature": site.sessions.sign(identity_url + issued, site.credentials.client_secret),
        "scope": scope,
        "instance_url": call.origin,
        "id": identity_url,
        "token_type": "Bearer",
        "issued_at": issued,
    }


def revoke(site: Site, call: Call) -> Answer:
    """End a session, or what a refresh token is good for."""
    if site.sessions.end(form_of(call).get("token", "")):
        return Answer(200)
    return refused("unsupported_token_type", "this token type is not supported")


def introspect(site: Site, call: Call) -> Answer:
    """Tell whether a token is valid, and whose it is; the connected app alone may ask."""
    form = form_of(call)
    try:
        _check_client(site, call, form, secret_needed=True)
    except _Refusal as refusal:
        return refusal.answer
    access = form.get("token", "")
    user_id = site.sessions.user(access)
    if user_id is None:
        return Answer(200, {"active": False}, _UNCACHED)
    user = site.org.tables["User"][user_id]
    now = int(site.now().timestamp())
    body = {
        "active": True,
        "scope": site.sessions.scope(access) or USUAL,
        "client_id": site.credentials.client_id,
        "username": user["Username"],
        "sub": f"{call.origin}/id/{site.organization_id}/{user_id}",
        "token_type": "access_token",
        "exp": now + site.sessions.seconds_left(access),
        "iat": now,
        "nbf": now,
    }
    return Answer(200, body, _UNCACHED)
