"""Reads Jira's many forms of error answers, and classes them. Pure."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from hub.errors import AuthenticationError, ConnectorError, RetryableError
from hub.http import error_for_status

_TITLE: Final = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<(script|style).*?</\1>|<[^>]+>", re.IGNORECASE | re.DOTALL)
_LONGEST: Final = 400
_SEARCHED: Final = 10_000
"""So much of a page is searched for words: more would only be time given to whoever sent it."""


def error_details(body: str) -> tuple[str, str]:
    """Give (message for people, name of the refused field or empty) of an error answer's body."""
    try:
        data: Any = json.loads(body)
    except ValueError:
        return (_from_html(body), "")
    if isinstance(data, list):
        data = next((entry for entry in data if isinstance(entry, dict)), {})
    if not isinstance(data, dict):
        return (str(data)[:_LONGEST], "")
    messages = data.get("errorMessages") or []
    parts = [str(part) for part in (messages if isinstance(messages, list) else [messages])]
    parts += [str(data[name]) for name in ("message", "errorMessage") if data.get(name)]
    errors = data.get("errors")
    field = ""
    if isinstance(errors, dict) and errors:
        field = str(next(iter(errors)))
        parts += [f"{name}: {text}" for name, text in errors.items()]
    return ("; ".join(dict.fromkeys(parts))[:_LONGEST], field)


def _from_html(body: str) -> str:
    body = body[:_SEARCHED]
    if title := _TITLE.search(body):
        return html.unescape(title[1]).strip()[:_LONGEST]
    return " ".join(html.unescape(_TAG.sub(" ", body)).split())[:_LONGEST]


def login_refused(headers: Mapping[str, str]) -> str:
    """Say why Jira did not take our login although it answered; empty if it did.

    Jira answers 200 with what an anonymous visitor may see when a token has expired.
    """
    reason = _header(headers, "x-seraph-loginreason")
    if "AUTHENTICATED_FAILED" in reason or "AUTHENTICATION_DENIED" in reason:
        return f"the login was not accepted ({reason}): the answer is an anonymous visitor's"
    return ""


def classify(
    status: int,
    body: str,
    headers: Mapping[str, str],
    operation: str,
) -> ConnectorError:
    """Class an answer that is an error; the message may still hold secrets."""
    message, field = error_details(body)
    message = f"HTTP {status}: {message}" if message else f"HTTP {status}"
    if denied := _header(headers, "x-authentication-denied-reason"):
        return AuthenticationError(f"{message} (login is locked: {denied})", operation=operation)
    if status == 409:
        return RetryableError(f"{message} (changed by another at this moment)", operation=operation)
    if 300 <= status < 400:
        status, message = 403, f"{message}: it redirects to {_header(headers, 'location')}; set url"
    if reason := _header(headers, "x-ratelimit-reason"):
        headers = {"ratelimit-reason": reason, **headers}
    return error_for_status(
        status, message, operation=operation, headers=dict(headers), field=field
    )


def _header(headers: Mapping[str, str], name: str) -> str:
    return next((str(v) for k, v in headers.items() if k.lower() == name), "")
