"""The ASGI app: finds the resource of a call, checks who asks, keeps the books, words errors.

Paths are matched on their raw segments, so that an escaped `/` stays part of an external id.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from hub.sandbox.server import Message, Receive, Scope, Send
from hub_crm.sandbox.resources import (
    about,
    batch,
    collections,
    login,
    queries,
    records,
    replication,
)
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import NEWEST, OLDEST, RETIRED, Answer, ApiError, Call

Handler = Callable[[Site, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A pattern of segments (`{name}` takes any) and the handlers of its methods."""

    pattern: tuple[str, ...]
    handlers: Mapping[str, Handler]
    open: bool = False

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Give the named segments if the path fits."""
        if len(segments) != len(self.pattern):
            return None
        named: dict[str, str] = {}
        for wanted, found in zip(self.pattern, segments, strict=True):
            if wanted.startswith("{"):
                named[wanted[1:-1]] = found
            elif wanted.lower() != found.lower():
                return None
        return named


def _route(pattern: str, *, open_: bool = False, **handlers: Handler) -> Route:
    parts = tuple(part for part in pattern.split("/") if part)
    return Route(parts, {name.upper(): handler for name, handler in handlers.items()}, open_)


_DATA: Final = "services/data/{version}"
_SOBJECT: Final = f"{_DATA}/sobjects/{{object}}"
_COLLECTIONS: Final = f"{_DATA}/composite/sobjects"
ROUTES: Final = (
    _route("services/data", get=about.versions, open_=True),
    _route("services/oauth2/token", get=login.token, post=login.token, open_=True),
    _route("services/oauth2/revoke", get=login.revoke, post=login.revoke, open_=True),
    _route("services/oauth2/userinfo", get=login.who_am_i, post=login.who_am_i),
    _route("id/{organization}/{user}", get=login.identity, post=login.identity),
    _route("services/Soap/{flavour}/{version}", post=login.soap, open_=True),
    _route(_DATA, get=about.resources),
    _route(f"{_DATA}/limits", get=about.limits),
    _route(f"{_DATA}/query", get=queries.query),
    _route(f"{_DATA}/queryAll", get=queries.query_all),
    _route(f"{_DATA}/tooling/query", get=queries.query),
    _route(f"{_DATA}/tooling/query/{{locator}}", get=queries.more),
    _route(f"{_DATA}/query/{{locator}}", get=queries.more),
    _route(f"{_DATA}/queryAll/{{locator}}", get=queries.more),
    _route(f"{_DATA}/composite/batch", post=batch.batch),
    _route(
        _COLLECTIONS, post=collections.create, patch=collections.update, delete=collections.delete
    ),
    _route(
        f"{_COLLECTIONS}/{{object}}", get=collections.retrieve, post=collections.retrieve
    ),
    _route(f"{_COLLECTIONS}/{{object}}/{{field}}", patch=collections.upsert),
    _route(f"{_DATA}/sobjects", get=about.global_list),
    _route(_SOBJECT, get=about.basic, post=records.create),
    _route(f"{_SOBJECT}/describe", get=about.describe),
    _route(f"{_SOBJECT}/updated", get=replication.updated),
    _route(f"{_SOBJECT}/deleted", get=replication.deleted),
    _route(
        f"{_SOBJECT}/{{id}}", get=records.read, patch=records.update, delete=records.delete
    ),
    _route(
        f"{_SOBJECT}/{{field}}/{{value}}", get=records.read_external, patch=records.upsert,
        delete=records.delete_external,
    ),
)  # fmt: skip


class SalesforceApp:
    """The emulator's HTTP face over a site."""

    def __init__(self, site: Site) -> None:
        self.serve(site)

    def serve(self, site: Site) -> None:
        """Serve a site from the next call on."""
        site.dispatch = self.dispatch
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a server."""
        body = await _read(receive)
        call = _call(scope, body)
        with self._site.org.lock:
            answer = self.answer(call)
        await _send(answer, send)

    def answer(self, call: Call) -> Answer:
        """Answer one call from outside: it counts, and the emulator's faults strike it."""
        site = self._site
        site.strike(call)
        site.used += call.path.startswith("/services/data/")
        answer = self.dispatch(call)
        usage = {"Sforce-Limit-Info": f"api-usage={site.used}/{site.daily_limit}"}
        return replace(answer, headers={**answer.headers, **usage})

    def dispatch(self, call: Call) -> Answer:
        """Answer a call, or a part of a batch."""
        try:
            return self._dispatch(call)
        except ApiError as error:
            return Answer(error.status, error.body())

    def _dispatch(self, call: Call) -> Answer:
        segments = [unquote(part) for part in call.path.split("/") if part]
        route, named = _find(segments)
        if not route.open:
            call = replace(call, user_id=call.user_id or self._authenticate(call))
            self._check_budget()
        handler = route.handlers.get("GET" if call.method == "HEAD" else call.method)
        if handler is None:
            allowed = ",".join(route.handlers)
            message = f"HTTP Method '{call.method}' not allowed. Allowed are {allowed}"
            raise ApiError(405, "METHOD_NOT_ALLOWED", message)
        version = _version(named["version"]) if segments[1:2] == ["data"] and named else 0.0
        return handler(self._site, replace(call, segments=named, version=version))

    def _authenticate(self, call: Call) -> str:
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        site = self._site
        if kind.lower() not in {"bearer", "oauth"}:
            raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        if site.played.get("expired_token"):
            site.sessions.end(token)
        user_id = site.sessions.user(token)
        if user_id is None or site.played.get("dead_session"):
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        return user_id

    def _check_budget(self) -> None:
        if self._site.used > self._site.daily_limit or self._site.played.get("request_limit"):
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def _find(segments: list[str]) -> tuple[Route, dict[str, str]]:
    for route in ROUTES:
        named = route.match(segments)
        if named is not None:
            return route, named
    raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def _version(text: str) -> float:
    try:
        version = float(text.removeprefix("v"))
    except ValueError:
        version = 0.0
    if OLDEST <= version <= NEWEST and text.startswith("v"):
        return version
    if RETIRED <= version < OLDEST:
        raise ApiError(410, "UNSUPPORTED_API_VERSION", f"API version {text} is retired")
    raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def _call(scope: Scope, body: bytes) -> Call:
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    raw = scope.get("raw_path") or scope["path"].encode()
    return Call(
        method=scope["method"],
        path=raw.decode("latin-1").partition("?")[0],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers,
        body=body,
        origin=f"{scope['scheme']}://{headers.get('host', '')}",
    )


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message: Message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _send(answer: Answer, send: Send) -> None:
    body = answer.raw()
    headers: list[tuple[bytes, bytes]] = [
        (name.lower().encode(), str(value).encode()) for name, value in answer.headers.items()
    ]
    if body:
        headers.append((b"content-type", answer.media_type.encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    start: dict[str, Any] = {"type": "http.response.start", "status": answer.status}
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": body})
