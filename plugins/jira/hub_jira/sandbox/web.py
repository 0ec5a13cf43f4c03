"""Serves a site over HTTP: routes, logins, error bodies, and the emulator's own faults.

Own faults: `expired_token` (an anonymous 200 with the reason in a header; with `status: 401`, a
refusal), `stale_search` (`seconds`: what was written since is not found), `missing_search`
(`share` of the issues is not found), `html` (`status`: a page instead of JSON).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import msgspec
from starlette.datastructures import Headers, QueryParams, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from hub.sandbox import Fault, FaultPlan
from hub_jira.sandbox import auth, xsrf
from hub_jira.sandbox.call import Answer, Call, Route, Upload
from hub_jira.sandbox.limits import Limiter
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.resources import ROUTES
from hub_jira.sandbox.routing import Found, Router
from hub_jira.sandbox.site import Site

Struck = dict[str, Fault]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LONGEST_HEAD: Final = 8192
LARGEST_BODY: Final = 100 * 2**20
OWN_FAULTS: Final = frozenset({"expired_token", "stale_search", "missing_search", "html"})
_BAD_JSON: Final = "There was an error parsing JSON. Check that your request body is valid."
_PAGE: Final = "<html><head><title>{}</title></head><body>Please log in.</body></html>"
_JSON: Final = "application/json;charset=UTF-8"
_HTML: Final = {"content-type": "text/html;charset=UTF-8"}
_DEAD_LINK: Final = Answer(_PAGE.format("Oops, you've found a dead link.").encode(), 404, _HTML)

_NO_RESOURCE: Final = Answer(
    {"message": "HTTP 404 Not Found", "status-code": 404, "sub-code": -1}, 404
)
_FORGED: Final = Answer(b"XSRF check failed", 403, _HTML)


class App:
    """The ASGI app of a site; `context` is its path, such as `/jira`."""

    def __init__(self, site: Site, faults: FaultPlan, context: str = "") -> None:
        self._site = site
        self._faults = faults
        versions = {"2": 2, "3": 3, "latest": 3} if site.cloud else {"2": 2, "latest": 2}
        own = [route for route in ROUTES if (route.cloud if site.cloud else route.server)]
        self._router = Router(own, context, versions)
        self._limiter = Limiter(cloud=site.cloud)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request."""
        struck = {}
        for fault in self._faults.strike(f"{scope['method']} {scope['path']}", OWN_FAULTS):
            struck[fault.kind] = fault
        if page := struck.get("html"):
            body = _PAGE.format("Log in - Jira").encode()
            await _send(send, Answer(body, int(page.number("status", 200)), _HTML), struck)
            return
        try:
            answer = await self._answer(scope, receive, struck)
        except JiraError as error:
            answer = Answer(error.body(), error.status, error.headers)
        await _send(send, answer, struck)

    async def _answer(
        self, scope: MutableMapping[str, Any], receive: Receive, struck: Struck
    ) -> Answer:
        self._check_head(scope)
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        found = self._router.find(method, scope["raw_path"].decode("ascii", "replace"))
        headers = Headers(scope=scope)
        raw = await _raw(receive)
        plain = isinstance(found, Found) and found.route.plain
        body, uploads = (raw, None) if plain else await _received(headers, raw)
        if found is None:
            below = "/rest/" in scope["path"]
            return _NO_RESOURCE if below and not self._site.cloud else _DEAD_LINK
        if isinstance(found, list):
            raise JiraError(405, "Method Not Allowed", headers={"allow": ", ".join(found)})
        query = QueryParams(scope["query_string"])
        with self._site.lock:
            call = self._call(found, query, headers, (raw, body, uploads), struck)
            text = headers.get("content-type", "").startswith("text/")
            if xsrf.forged(method, headers, files=(plain and not text) or bool(uploads)):
                return _FORGED
            told = self._limited(call, found.route)
            answer = found.route.handler(call)
        return replace(answer, headers={**answer.headers, **told}) if told else answer

    def _check_head(self, scope: MutableMapping[str, Any]) -> None:
        """Refuse a request whose address and headers are longer than Jira's own server reads."""
        address = len(scope["raw_path"]) + len(scope["query_string"])
        size = address + sum(len(name) + len(value) + 4 for name, value in scope["headers"])
        if size > LONGEST_HEAD:
            cloud = self._site.cloud
            message = "URI Too Long" if cloud else "Request header is too large"
            raise JiraError(414 if cloud else 400, message)

    def _limited(self, call: Call, route: Route) -> Mapping[str, str]:
        """Count the call against the site's limits; refuse it beyond them."""
        site = self._site
        writes = route.method != "GET" and "issue" in call.path
        issue = site.find_issue(call.path["issue"]) if writes else None
        return self._limiter.take(
            site.limits,
            site.now(),
            call.user.account_id if call.user else "",
            f"{route.method} {route.path}",
            issue.id if issue else "",
        )

    def _call(
        self,
        found: Found,
        query: QueryParams,
        headers: Headers,
        sent: tuple[bytes, Any, Sequence[Upload] | None],
        struck: Struck,
    ) -> Call:
        stale = struck.get("stale_search")
        return Call(
            site=self._site,
            user=self._caller(headers, struck),
            api=found.api,
            path=found.path,
            query=query,
            body=sent[1],
            has_body=bool(sent[0]),
            headers=headers,
            uploads=sent[2],
            stale=timedelta(seconds=stale.number("seconds", 60)) if stale else None,
            missing=struck.get("missing_search"),
        )

    def _caller(self, headers: Headers, struck: Struck) -> User | None:
        expired = struck.get("expired_token")
        if expired is None:
            try:
                return auth.caller(self._site, headers)
            except JiraError:
                if not (self._site.cloud and auth.by_token(headers)):
                    raise
            # Cloud serves who has a wrong API token as it does anyone, and tells in a header.
            struck["expired_token"] = Fault(kind="expired_token")
            return None
        if int(expired.number("status", 200)) == 401:
            raise auth.refused(self._site)
        return None


async def _received(headers: Headers, raw: bytes) -> tuple[Any, Sequence[Upload] | None]:
    """Read a body: the value of a JSON one, or the files of a multipart one."""
    if not raw:
        return None, None
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return None, await _uploads(headers, raw)
    if kind != "application/json":
        raise JiraError(415, "Unsupported Media Type")
    try:
        return msgspec.json.decode(raw), None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise JiraError(400, _BAD_JSON) from None


async def _raw(receive: Receive) -> bytes:
    parts = []
    size = 0
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            closing = {"connection": "close"}  # else the rest would be read, to no purpose
            raise JiraError(413, "The request is too large.", headers=closing)
        if not message.get("more_body"):
            return b"".join(parts)


async def _uploads(headers: Headers, raw: bytes) -> Sequence[Upload]:
    async def receive() -> Message:
        return {"type": "http.request", "body": raw, "more_body": False}

    scope = {"type": "http", "method": "POST", "headers": headers.raw}
    result = []
    try:
        async with Request(scope, receive).form() as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    kind = part.content_type or "application/octet-stream"
                    result.append(Upload(name, part.filename or "", kind, await part.read()))
    except (HTTPException, MultiPartException, KeyError, ValueError):
        raise JiraError(400, "The multipart body is malformed.") from None
    return result


async def _send(send: Send, answer: Answer, struck: Struck) -> None:
    headers = {"x-arequestid": "sandbox", **answer.headers}
    if "expired_token" in struck:
        headers[auth.REASON] = auth.FAILED
    if isinstance(answer.body, bytes):
        body = answer.body
    elif answer.body is None:
        body = b""
    else:
        body = msgspec.json.encode(answer.body)
        headers.setdefault("content-type", _JSON)
    if answer.status != 204:
        headers.setdefault("content-length", str(len(body)))
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
