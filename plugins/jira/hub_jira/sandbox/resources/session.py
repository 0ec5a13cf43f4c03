"""Data Center's logins: a session by cookie, personal access tokens. Cloud but tells who it is."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, Final

from hub_jira.sandbox import auth
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.logins import Login, Token
from hub_jira.sandbox.model import JiraError

_SESSION: Final = "/rest/auth/{version}/session"
_TOKENS: Final = "/rest/pat/{version}/tokens"
_CAPTCHA: Final = "CAPTCHA_CHALLENGE; login-url={}/login.jsp"
_FAILURES: Final = 3
_WRONG: Final = "Login failed"


def _about(call: Call, login: Login) -> dict[str, Any]:
    moment = call.view.moment
    result: dict[str, Any] = {
        "failedLoginCount": login.failures,
        "loginCount": login.count,
    }
    if login.last:
        result["previousLoginTime"] = moment(login.last)
    if login.last_failure:
        result["lastFailedLoginTime"] = moment(login.last_failure)
    return result


def log_in(call: Call) -> Answer:
    """Begin a session; after too many failures only a captcha helps."""
    name, secret = str(call.data.get("username")), str(call.data.get("password"))
    site = call.site
    user = next((u for u in site.users.values() if u.name == name), None)
    login = site.logins.history.setdefault(name, Login())
    if login.failures >= _FAILURES:
        headers = {
            "X-Authentication-Denied-Reason": _CAPTCHA.format(site.base_url),
            auth.REASON: "AUTHENTICATION_DENIED",
        }
        raise JiraError(403, _WRONG, headers=headers)
    if user is None or not user.active or not auth.same(user.secret, secret):
        login.failures += 1
        login.last_failure = site.now()
        raise JiraError(401, _WRONG, headers={auth.REASON: auth.FAILED})
    about = _about(call, login)
    login.failures, login.last = 0, site.now()
    login.count += 1
    cookie = secrets.token_hex(16).upper()
    site.logins.sessions[cookie] = user.account_id
    path = site.base_url.partition("://")[2].partition("/")[2]
    headers = {
        "Set-Cookie": f"{auth.COOKIE}={cookie}; Path=/{path}; HttpOnly",
        auth.REASON: "OK",
    }
    return Answer(
        {"session": {"name": auth.COOKIE, "value": cookie}, "loginInfo": about}, 200, headers
    )


def current(call: Call) -> Answer:
    """Tell who is logged in."""
    user = call.user
    if user is None:
        raise JiraError(401, "You are not authenticated. Authentication required to perform this "
                        "operation.")  # fmt: skip
    login = call.site.logins.history.setdefault(user.name, Login())
    who = f"accountId={user.account_id}" if call.site.cloud else f"username={user.name}"
    link = f"{call.site.base_url}/rest/api/latest/user?{who}"
    return Answer({"self": link, "name": user.name, "loginInfo": _about(call, login)})


def log_out(call: Call) -> Answer:
    """End the session."""
    cookie = auth.session_cookie(call.headers)
    if call.user is None:
        raise JiraError(401, "You are not authenticated. Authentication required to perform this "
                        "operation.")  # fmt: skip
    call.site.logins.sessions.pop(cookie, None)
    return Answer(status=204)


def leave_websudo(call: Call) -> Answer:
    """Give up the rights of an administrator for this session."""
    call.logged_in()
    return Answer(status=204)


def _shown(call: Call, token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "createdAt": call.view.moment(token.created),
        "expiringAt": call.view.moment(token.expires),
    }


def create_token(call: Call) -> Answer:
    """Make a token; its secret is told this once."""
    user = call.logged_in()
    name = str(call.data.get("name") or "")
    if not name:
        raise JiraError(400, errors={"name": "You must specify a name for the token."})
    days = min(call.whole("expirationDuration", 90), 36_500)
    now = call.site.now()
    token = Token(
        id=int(call.site.new_id()),
        name=name,
        owner=user.account_id,
        secret=secrets.token_urlsafe(33),
        created=now,
        expires=now + timedelta(days=days),
    )
    call.site.logins.tokens[token.id] = token
    return Answer({**_shown(call, token), "rawToken": token.secret}, 201)


def tokens(call: Call) -> Answer:
    """List the caller's tokens, without their secrets."""
    account = call.logged_in().account_id
    entries = call.site.logins.tokens.values()
    return Answer([_shown(call, entry) for entry in entries if entry.owner == account])


def revoke_token(call: Call) -> Answer:
    """Revoke a token."""
    account = call.logged_in().account_id
    identifier = call.path["id"]
    number = int(identifier) if identifier.isdecimal() else -1
    entry = call.site.logins.tokens.get(number)
    if entry is None or entry.owner != account:
        raise JiraError(404, "The token does not exist.")
    del call.site.logins.tokens[entry.id]
    return Answer(status=204)


ROUTES = (
    Route("GET", _SESSION, current),
    Route("POST", _SESSION, log_in, cloud=False),
    Route("DELETE", _SESSION, log_out, cloud=False),
    Route("DELETE", "/rest/auth/{version}/websudo", leave_websudo, cloud=False),
    Route("GET", _TOKENS, tokens, cloud=False),
    Route("POST", _TOKENS, create_token, cloud=False),
    Route("DELETE", _TOKENS + "/{id}", revoke_token, cloud=False),
)
