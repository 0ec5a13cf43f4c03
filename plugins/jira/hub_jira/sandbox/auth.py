"""Who calls: Basic and bearer logins, cookies, and how each face of Jira refuses them."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final

from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.site import Site

REASON: Final = "X-Seraph-LoginReason"
FAILED: Final = "AUTHENTICATED_FAILED"
COOKIE: Final = "JSESSIONID"
_CLOUD: Final = "Client must be authenticated to access this resource."
_SERVER: Final = "Basic Authentication Failure - Reason : AUTHENTICATED_FAILED"


def caller(site: Site, headers: Mapping[str, str]) -> User | None:
    """Give the user that a request's header names; None for an anonymous one."""
    scheme, _, credentials = headers.get("authorization", "").partition(" ")
    if not scheme:
        return None if site.cloud else _by_cookie(site, headers)
    user = None
    if scheme.lower() == "basic":
        user = _basic(site, credentials)
    elif scheme.lower() == "bearer":
        user = _bearer(site, credentials)
    if user is None or not user.active:
        raise refused(site)
    return user


def by_token(headers: Mapping[str, str]) -> bool:
    """Say whether a request logs in with an address and an API token."""
    return headers.get("authorization", "")[:6].lower() == "basic "


def _by_cookie(site: Site, headers: Mapping[str, str]) -> User | None:
    account = site.logins.sessions.get(session_cookie(headers), "")
    return site.users.get(account)


def session_cookie(headers: Mapping[str, str]) -> str:
    """Give the session that a request's cookie names; empty if it names none."""
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return morsel.value if morsel else ""


def _basic(site: Site, credentials: str) -> User | None:
    try:
        name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    for user in site.users.values():
        login = user.email if site.cloud else user.name
        if login.lower() == name.lower() and same(user.secret, secret):
            return user
    return None


def _bearer(site: Site, credentials: str) -> User | None:
    for token in site.logins.tokens.values():
        if same(token.secret, credentials) and token.expires > site.now():
            return site.users.get(token.owner)
    return next((u for u in site.users.values() if same(u.bearer, credentials)), None)


def same(kept: str, given: str) -> bool:
    """Compare secrets; an empty one equals nothing."""
    return bool(kept) and hmac.compare_digest(kept.encode(), given.encode())


def refused(site: Site) -> JiraError:
    """Give the answer to a login that is wrong or has expired."""
    headers = {REASON: FAILED, "WWW-Authenticate": f'Basic realm="{site.base_url}"'}
    return JiraError(401, _CLOUD if site.cloud else _SERVER, headers=headers)
