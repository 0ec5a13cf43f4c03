"""The ASGI app: finds the resource of a call, checks who asks, keeps the books, words errors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from hub.sandbox.server import Receive, Scope, Send
from hub_crm.sandbox.exchange import deliver, received
from hub_crm.sandbox.resources import (
    about,
    actions,
    apex,
    batch,
    bulk,
    categories,
    classic,
    collections,
    composite,
    consent,
    identity,
    login,
    pages,
    process,
    queries,
    recent,
    records,
    related,
    replication,
    search,
    streams,
    tooling,
)
from hub_crm.sandbox.resources.scopes import reaches_data
from hub_crm.sandbox.routing import Routes, route
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap import deploying, partner
from hub_crm.sandbox.streaming import Bayeux, serve
from hub_crm.sandbox.wire import NEWEST, OLDEST, RETIRED, Answer, ApiError, Call

_SETUP: Final = "setup/secur"
_DATA: Final = "services/data/{version}"
_SOBJECT: Final = f"{_DATA}/sobjects/{{object}}"
_COLLECTIONS: Final = f"{_DATA}/composite/sobjects"
ROUTES: Final = (
    route("services/data", get=about.versions, open_=True),
    route("services/oauth2/token", get=login.token, post=login.token, open_=True),
    route("services/oauth2/revoke", get=login.revoke, post=login.revoke, open_=True),
    route("services/oauth2/introspect", post=login.introspect, open_=True),
    route("services/oauth2/authorize", get=consent.authorize, post=consent.authorize, open_=True),
    route("services/oauth2/userinfo", get=identity.userinfo, post=identity.userinfo),
    route("id/{organization}/{user}", get=identity.identity, post=identity.identity),
    route("/", get=consent.login_page, open_=True),
    route("login", post=consent.log_in, open_=True),
    route(f"{_SETUP}/RemoteAccessAuthorizationPage.apexp", get=consent.consent_page,
          post=consent.allow, open_=True),
    route(f"{_SETUP}/RemoteAccessErrorPage.apexp", get=consent.error_page, open_=True),
    route("services/Soap/{flavour}/{version}", post=partner.call, open_=True),
    route("services/Soap/{flavour}/{version}/{organization}", post=partner.call, open_=True),
    route("services/Soap/{flavour}/{version}/{what}/{id}", post=partner.call, open_=True),
    route(_DATA, get=about.resources),
    route(f"{_DATA}/limits", get=about.limits),
    route(f"{_DATA}/recent", get=recent.recent),
    route(f"{_DATA}/tabs", get=pages.tabs),
    route(f"{_DATA}/theme", get=pages.theme),
    route(f"{_DATA}/quickActions", get=actions.quick_actions),
    route(f"{_DATA}/quickActions/{{action}}", get=actions.quick_action, post=actions.perform),
    route(f"{_DATA}/quickActions/{{action}}/{{what}}", get=actions.quick_action),
    route(f"{_DATA}/quickActions/{{action}}/{{what}}/{{context}}", get=actions.quick_action),
    route(f"{_DATA}/query", get=queries.query),
    route(f"{_DATA}/queryAll", get=queries.query_all),
    route(f"{_DATA}/metadata/deployRequest", post=deploying.from_form),
    route(f"{_DATA}/metadata/deployRequest/{{deploy}}", get=deploying.state),
    route(f"{_DATA}/process/rules", get=process.rules, post=process.trigger),
    route(f"{_DATA}/process/rules/{{object}}", get=process.rules),
    route(f"{_DATA}/process/approvals", get=process.approvals, post=process.submit),
    route(f"{_DATA}/support/dataCategoryGroups", get=categories.groups),
    route(f"{_DATA}/support/dataCategoryGroups/{{group}}/dataCategories/{{category}}",
          get=categories.tree),
    route(f"{_DATA}/tooling", get=tooling.resources),
    route(f"{_DATA}/tooling/query", get=queries.query),
    route(f"{_DATA}/tooling/query/{{locator}}", get=queries.more),
    route(f"{_DATA}/tooling/executeAnonymous", get=tooling.execute_anonymous),
    route(f"{_DATA}/tooling/sobjects", get=tooling.global_list),
    route(f"{_DATA}/tooling/sobjects/{{object}}", get=tooling.basic),
    route(f"{_DATA}/tooling/sobjects/{{object}}/describe", get=tooling.describe),
    route(f"{_DATA}/tooling/sobjects/{{object}}/{{id}}", get=tooling.read),
    route(f"{_DATA}/query/{{locator}}", get=queries.more),
    route(f"{_DATA}/queryAll/{{locator}}", get=queries.more),
    *bulk.ROUTES,
    route(
        "services/apexrest/{rest*}", get=apex.unmatched, post=apex.unmatched, put=apex.unmatched,
        patch=apex.unmatched, delete=apex.unmatched,
    ),
    route(f"{_DATA}/search", get=search.search),
    route(
        f"{_DATA}/parameterizedSearch", get=search.parameterized, post=search.parameterized
    ),
    route(f"{_DATA}/composite", post=composite.composite),
    route(f"{_DATA}/composite/graph", post=composite.graphs),
    route(f"{_DATA}/composite/tree/{{object}}", post=composite.tree),
    route(f"{_DATA}/composite/batch", post=batch.batch),
    route(
        _COLLECTIONS, post=collections.create, patch=collections.update, delete=collections.delete
    ),
    route(
        f"{_COLLECTIONS}/{{object}}", get=collections.retrieve, post=collections.retrieve
    ),
    route(f"{_COLLECTIONS}/{{object}}/{{field}}", patch=collections.upsert),
    route(f"{_DATA}/sobjects", get=about.global_list),
    route(_SOBJECT, get=about.basic, post=records.create),
    route(f"{_SOBJECT}/describe", get=about.describe),
    route(f"{_SOBJECT}/describe/layouts", get=pages.layouts),
    route(f"{_SOBJECT}/describe/layouts/{{record_type}}", get=pages.layouts),
    route(f"{_SOBJECT}/describe/namedLayouts/{{name}}", get=pages.layouts),
    route(f"{_SOBJECT}/describe/compactLayouts", get=pages.compact_layouts),
    route(f"{_SOBJECT}/describe/approvalLayouts", get=pages.approval_layouts),
    route(f"{_SOBJECT}/defaultValues", get=pages.default_values),
    route(f"{_SOBJECT}/listviews", get=pages.list_views),
    route(f"{_SOBJECT}/listviews/{{view}}", get=pages.list_view),
    route(f"{_SOBJECT}/listviews/{{view}}/{{what}}", get=pages.list_view),
    route(f"{_SOBJECT}/quickActions", get=actions.quick_actions),
    route(f"{_SOBJECT}/quickActions/{{action}}", get=actions.quick_action, post=actions.perform),
    route(f"{_SOBJECT}/quickActions/{{action}}/{{what}}", get=actions.quick_action),
    route(f"{_SOBJECT}/quickActions/{{action}}/{{what}}/{{context}}", get=actions.quick_action),
    route(
        f"{_DATA}/sobjects/StreamingChannel/{{id}}/push", get=streams.listeners, post=streams.push
    ),
    route(f"{_SOBJECT}/updated", get=replication.updated),
    route(f"{_SOBJECT}/deleted", get=replication.deleted),
    route(
        f"{_SOBJECT}/{{id}}", get=records.read, patch=records.update, delete=records.delete
    ),
    route(
        f"{_SOBJECT}/{{field}}/{{value}}", get=related.read, patch=related.change_parent,
        delete=related.delete,
    ),
)  # fmt: skip
_ROUTES: Final = Routes(ROUTES)
_OVERRIDES: Final = frozenset({"PATCH", "DELETE", "PUT", "HEAD"})


class SalesforceApp:
    """The emulator's HTTP face over a site."""

    def __init__(self, site: Site) -> None:
        self.serve(site)

    def serve(self, site: Site) -> None:
        """Serve a site from the next call on."""
        site.dispatch = self.dispatch
        self._streams = Bayeux(site.org, site.events)
        site.push = self._streams.push
        site.gap = self._streams.gap
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of a server."""
        try:
            call = await received(scope, receive)
        except ApiError as error:
            await deliver(Answer(error.status, error.body()), send)
            return
        if call.path.lower().startswith("/cometd/"):
            await deliver(await self._stream(call), send)
            return
        with self._site.org.lock:
            answer = self.answer(call)
        await deliver(answer, send, head=call.method == "HEAD")

    async def _stream(self, call: Call) -> Answer:
        site = self._site
        with site.org.lock:
            site.strike(call)
        try:
            return await serve(site, self._streams, call)
        except ApiError as error:
            return Answer(error.status, error.body())

    def answer(self, call: Call) -> Answer:
        """Answer one call from outside: it counts, and the emulator's faults strike it."""
        site = self._site
        site.strike(call)
        site.used += call.path.startswith("/services/data/")
        answer = self.dispatch(call)
        usage = {"Sforce-Limit-Info": f"api-usage={site.used}/{site.daily_limit}"}
        return replace(answer, headers={**answer.headers, **usage})

    def dispatch(self, call: Call) -> Answer:
        """Answer a call, or a part of a batch: what it wrote is undone if it is refused."""
        mark = self._site.org.begin()
        try:
            answer = self._dispatch(call)
        except ApiError as error:
            self._site.org.roll_back(mark)
            return _refusal(call, error)
        except BaseException:
            self._site.org.roll_back(mark)
            raise
        self._site.org.commit()
        return answer

    def _dispatch(self, call: Call) -> Answer:
        segments = [unquote(part) for part in call.path.split("/") if part]
        route, named = _ROUTES.find(segments)
        if not route.open:
            call = replace(call, user_id=call.user_id or self._authenticate(call, segments))
            self._check_budget()
        version = _version(segments, named)
        method = "GET" if call.method == "HEAD" else call.method
        if method == "POST" and (other := call.query.get("_HttpMethod", "").upper()) in _OVERRIDES:
            method = other
        handler = route.handlers.get(method)
        if handler is None:
            allowed = ",".join(route.handlers)
            message = f"HTTP Method '{method}' not allowed. Allowed are {allowed}"
            raise ApiError(405, "METHOD_NOT_ALLOWED", message)
        return handler(self._site, replace(call, segments=named, version=version, method=method))

    def _authenticate(self, call: Call, segments: list[str]) -> str:
        kind, _, token = call.headers.get("authorization", "").partition(" ")
        site = self._site
        if classic_token := call.headers.get("x-sfdc-session"):
            return site.user_of(classic_token)
        if kind.lower() not in {"bearer", "oauth"}:
            raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
        user_id, scope = site.user_of(token.strip()), site.sessions.scope(token.strip())
        about_user = segments[:2] == ["services", "oauth2"] or segments[:1] == ["id"]
        if scope and not about_user and not reaches_data(scope):
            message = "This session is not valid for use with the REST API"
            raise ApiError(403, "INVALID_SESSION_ID", message)
        return user_id

    def _check_budget(self) -> None:
        if self._site.used > self._site.daily_limit or self._site.played.get("request_limit"):
            raise ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def _refusal(call: Call, error: ApiError) -> Answer:
    if call.path.startswith("/services/async/"):
        return classic.refusal(call, error)
    return Answer(error.status, error.body())


def _version(segments: list[str], named: Mapping[str, str]) -> float:
    text = named.get("version", "")
    if segments[1:2] == ["async"]:
        text = f"v{text}"
    elif segments[1:2] != ["data"] or not text:
        return 0.0
    try:
        version = float(text.removeprefix("v"))
    except ValueError:
        version = 0.0
    if OLDEST <= version <= NEWEST and text.startswith("v") and version == int(version):
        return version
    if RETIRED <= version < OLDEST:
        message = "The requested API version has been retired"
        raise ApiError(410, "UNSUPPORTED_API_VERSION", message)
    raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
