"""Serves a site over HTTP: routes, logins, error bodies, and the emulator's own faults.

Own faults: `expired_token` (an anonymous 200 with the reason in a header; with `status: 401`, a
refusal), `stale_search` (`seconds`: what was written since is not found), `html`
(`status`: a page instead of JSON).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route as WebRoute

from hub.sandbox import Fault, FaultPlan
from hub_jira.sandbox import auth
from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError, User
from hub_jira.sandbox.resources import ROUTES, webhooks
from hub_jira.sandbox.site import Site

Struck = Mapping[str, Fault]
_OWN_FAULTS: Final = frozenset({"expired_token", "stale_search", "html"})
_BAD_JSON: Final = "There was an error parsing JSON. Check that your request body is valid."
_PAGE: Final = "<html><head><title>{}</title></head><body>Please log in.</body></html>"


def build_app(site: Site, faults: FaultPlan, context: str = "") -> Starlette:
    """Make the ASGI app of a site; `context` is its path, such as `/jira`."""
    versions = {"2": 2, "3": 3, "latest": 3} if site.cloud else {"2": 2, "latest": 2}
    routes = []
    by_path: dict[str, list[Route]] = {}
    for route in ROUTES:
        if route.cloud if site.cloud else route.server:
            by_path.setdefault(route.path, []).append(route)
    for path, same in sorted(by_path.items(), key=lambda entry: entry[0].count("{")):
        door = _Door(site, faults, {route.method: route for route in same})
        if path.startswith(webhooks.ROOT):
            inner = path.removeprefix(webhooks.ROOT)
            routes.append(_web_route(f"{context}/rest/webhooks/1.0/{inner}", door, 2))
            continue
        routes += [
            _web_route(f"{context}/rest/api/{name}/{path}", door, api)
            for name, api in versions.items()
        ]
    return Starlette(routes=routes, exception_handlers={404: _not_found})


def _web_route(path: str, door: _Door, api: int) -> WebRoute:
    async def endpoint(request: Request) -> Response:
        return await door.answer(request, api)

    methods = ["GET", "POST", "PUT", "DELETE"]
    return WebRoute(path, endpoint, methods=methods)


async def _not_found(_request: Request, _error: Exception) -> Response:
    return Response(_PAGE.format("Oops, you've found a dead link."), 404, media_type="text/html")


class _Door:
    """All methods of one path."""

    def __init__(self, site: Site, faults: FaultPlan, routes: Mapping[str, Route]) -> None:
        self._site = site
        self._faults = faults
        self._routes = routes

    async def answer(self, request: Request, api: int) -> Response:
        """Answer one request."""
        raw = await request.body()
        operation = f"{request.method} {request.url.path}"
        struck = {x.kind: x for x in self._faults.strike(operation, _OWN_FAULTS)}
        if page := struck.get("html"):
            status = int(page.number("status", 200))
            return Response(_PAGE.format("Log in - Jira"), status, media_type="text/html")
        try:
            with self._site.lock:
                answer = self._perform(request, raw, api, struck)
        except JiraError as error:
            body = {"errorMessages": error.messages, "errors": error.errors}
            answer = Answer(body, error.status, error.headers)
        return self._response(answer, struck)

    def _perform(self, request: Request, raw: bytes, api: int, struck: Struck) -> Answer:
        route = self._routes.get("GET" if request.method == "HEAD" else request.method)
        if route is None:
            raise JiraError(405, "Method Not Allowed")
        stale = struck.get("stale_search")
        call = Call(
            site=self._site,
            user=self._caller(request, struck),
            api=api,
            path=request.path_params,
            query=request.query_params,
            body=_body(raw),
            stale=timedelta(seconds=stale.number("seconds", 60)) if stale else None,
        )
        return route.handler(call)

    def _caller(self, request: Request, struck: Struck) -> User | None:
        expired = struck.get("expired_token")
        if expired is None:
            return auth.caller(self._site, request.headers)
        if int(expired.number("status", 200)) == 401:
            raise auth.refused(self._site)
        return None

    def _response(self, answer: Answer, struck: Struck) -> Response:
        headers = dict(answer.headers)
        headers["X-AREQUESTID"] = "sandbox"
        if "expired_token" in struck:
            headers[auth.REASON] = auth.FAILED
        if answer.body is None:
            return Response(status_code=answer.status, headers=headers)
        text = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":"))
        kind = "application/json;charset=UTF-8"
        return Response(text.encode(), answer.status, headers, media_type=kind)


def _body(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise JiraError(400, _BAD_JSON) from None
