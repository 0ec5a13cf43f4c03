"""The web server flow: a page to log in, a page to allow access, and back with a code."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from http.cookies import CookieError, SimpleCookie
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from hub_crm.sandbox.resources.login import by_password, form_of, granted, lasting
from hub_crm.sandbox.resources.scopes import USUAL, chosen
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, Call

AUTHORIZE: Final = "/services/oauth2/authorize"
_CONSENT: Final = "/setup/secur/RemoteAccessAuthorizationPage.apexp"
_ERROR: Final = "/setup/secur/RemoteAccessErrorPage.apexp"
_HTML: Final = "text/html; charset=UTF-8"


def authorize(site: Site, call: Call) -> Answer:
    """Begin the flow: to the login page, or on to the question whether access is allowed."""
    form = form_of(call)
    problem = _problem(site, form)
    if problem:
        return _to(_ERROR, problem)
    if refusal := _unscoped(form):
        return _to(form["redirect_uri"], refusal)
    if form.get("prompt") != "login" and _user(site, call):
        return _to(_CONSENT, form)
    return _to("/", {"ec": "302", "startURL": f"{_CONSENT}?{urlencode(form)}"})


def _problem(site: Site, form: Mapping[str, str]) -> dict[str, str]:
    if form.get("client_id") != site.credentials.client_id:
        return {"error": "invalid_client_id", "error_description": "client identifier invalid"}
    if form.get("response_type") not in {"code", "token"}:
        what = "response type not supported"
        return {"error": "unsupported_response_type", "error_description": what}
    if not _split(form.get("redirect_uri", "")).scheme:
        what = "redirect_uri must match configuration"
        return {"error": "redirect_uri_mismatch", "error_description": what}
    return {}


def _unscoped(form: Mapping[str, str]) -> dict[str, str]:
    """Give the refusal of a scope that the app may not be given; nothing if all may."""
    if chosen(form.get("scope", "")) is not None:
        return {}
    what = "the requested scope is not allowed"
    state = {"state": form["state"]} if "state" in form else {}
    return {"error": "invalid_scope", "error_description": what} | state


def _split(address: str) -> SplitResult:
    """Give the parts of an address; nothing of one that is none."""
    try:
        return urlsplit(address)
    except ValueError:
        return urlsplit("")


def error_page(_site: Site, call: Call) -> Answer:
    """Show what is wrong with a request for access."""
    told = "".join(
        f"<p>{escape(name)}={escape(value)}</p>" for name, value in sorted(call.query.items())
    )
    return _page("OAuth Error", told)


def login_page(_site: Site, call: Call) -> Answer:
    """Show the login form."""
    return _login_form(call.query.get("startURL", "/"))


def log_in(site: Site, call: Call) -> Answer:
    """Take the login form: a session cookie and on, or the form again."""
    form = form_of(call)
    user = by_password(site, form.get("username", ""), form.get("pw", ""))
    start = form.get("startURL", "/")
    if user is None:
        return _login_form(start, "Please check your username and password.")
    if not start.startswith("/") or start.startswith("//"):
        start = "/"
    cookie = f"sid={site.sessions.open(str(user['Id']))}; Path=/; HttpOnly; SameSite=Lax"
    return Answer(302, "", {"Location": start, "Set-Cookie": cookie}, _HTML)


def consent_page(site: Site, call: Call) -> Answer:
    """Ask whether the app may have access."""
    if not _user(site, call):
        return authorize(site, call)
    hidden = _hidden(call.query)
    return _page(
        "Allow Access?",
        f'<form method="post" action="{_CONSENT}">{hidden}'
        '<input id="oaapprove" type="submit" name="allow" value="Allow">'
        '<input id="oadeny" type="submit" name="deny" value="Deny"></form>',
    )


def allow(site: Site, call: Call) -> Answer:
    """Send the user back to the app: with a code (or a token), or with the refusal."""
    form = form_of(call)
    user_id = _user(site, call)
    problem = _problem(site, form)
    if problem:
        return _to(_ERROR, problem)
    if not user_id:
        return authorize(site, call)
    state = {"state": form["state"]} if "state" in form else {}
    if "deny" in form:
        what = {"error": "access_denied", "error_description": "end-user denied authorization"}
        return _to(form["redirect_uri"], what | state)
    if refusal := _unscoped(form):
        return _to(form["redirect_uri"], refusal)
    scope = chosen(form.get("scope", "")) or USUAL
    if form["response_type"] == "token":
        told = granted(site, call, user_id, scope) | lasting(site, user_id, scope)
        return _to(form["redirect_uri"], told | state, sign="#")
    challenge = form.get("code_challenge", "")
    code = site.sessions.consent(user_id, form["redirect_uri"], challenge, scope)
    return _to(form["redirect_uri"], {"code": code} | state)


def _user(site: Site, call: Call) -> str | None:
    try:
        cookie = SimpleCookie(call.headers.get("cookie", ""))
    except CookieError:
        return None
    return site.sessions.user(cookie["sid"].value) if "sid" in cookie else None


def _to(place: str, form: Mapping[str, str], sign: str = "?") -> Answer:
    sign = "&" if sign == "?" and "?" in place else sign
    location = f"{place}{sign}{urlencode(form)}"
    return Answer(302, "", {"Location": location}, _HTML)


def _login_form(start: str, problem: str = "") -> Answer:
    query = dict(parse_qsl(_split(start).query))
    username = escape(query.get("login_hint", ""), quote=True)
    return _page(
        "Login",
        f'<form method="post" action="/login"><p id="error">{escape(problem)}</p>'
        f"{_hidden({'startURL': start})}"
        f'<input id="username" name="username" value="{username}" type="email">'
        '<input id="password" name="pw" type="password">'
        '<input id="Login" name="Login" type="submit" value="Log In"></form>',
    )


def _hidden(values: Mapping[str, str]) -> str:
    return "".join(
        f'<input type="hidden" name="{escape(name, quote=True)}" '
        f'value="{escape(value, quote=True)}">'
        for name, value in values.items()
    )


def _page(title: str, body: str) -> Answer:
    text = f"<!DOCTYPE html><html><head><title>{title}</title></head><body>{body}</body></html>"
    return Answer(200, text, media_type=_HTML)
