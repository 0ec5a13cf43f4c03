"""The ASGI app: a route for each of the operations, behind each a door of the hub."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from hub.connector import WebhookRequest
from hub.core import log
from hub.core.desk import DuplicateVerdict, HandOff, Told
from hub.core.inquiry import ItemView
from hub.core.links import Asked
from hub.core.metrics import CONTENT_TYPE
from hub.core.submissions import NewCase
from hub.core.web import links, page
from hub.core.web.body import MAX_BODY, TooLargeError, bounded_body
from hub.core.web.doors import Doors
from hub.core.web.openapi import document
from hub.core.web.operation import Refusal
from hub.core.web.operations import (
    OPERATIONS,
    Accepted,
    ConnectorReadiness,
    DuplicateSettled,
    HandOffAccepted,
    Letters,
    Liveness,
    ReadinessView,
    ToldAccepted,
)
from hub.core.web.service import service_form
from hub.core.web.token import RequireToken
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    HubError,
    InvalidPayloadError,
    RateLimitedError,
    RetryableError,
    StoreError,
    UnknownError,
)

Endpoint = Callable[[Request], Awaitable[Response]]

API: Final = "/api"
DOCUMENT: Final = "/openapi.json"
METHOD_NOT_ALLOWED: Final = 405

LONGEST_KEY: Final = 200
Wish = TypeVar("Wish", HandOff, Told, DuplicateVerdict, NewCase)


class BadRequestError(Exception):
    """A body that is not what it should be."""


_encoder: Final = msgspec.json.Encoder(enc_hook=str)


def build_app(doors: Doors) -> Starlette:
    """Make the app over the hub's doors: a route for each operation, and no other."""
    makers = {
        "livez": _livez,
        "readyz": _readyz,
        "metrics": _metrics,
        "openapi": _openapi,
        "webhook": _webhook,
        "page": links.page,
        "page_answer": links.page_answer,
        "item": _item,
        "why": _why,
        "why_not": _why_not,
        "hand_off": _hand_off,
        "tell": _tell,
        "ask_acknowledgement": _asked,
        "take_acknowledgement": _taken,
        "duplicate": _duplicate,
        "new_case": _new_case,
        "submission": _submission,
        "dead": _dead,
    }
    endpoints = {name: make(doors) for name, make in makers.items()}
    form = service_form(doors)
    if form is not None:
        endpoints |= {"form": form.show, "send_form": form.send, "form_received": form.received}
    guarded: list[BaseRoute] = []
    free: list[BaseRoute] = []
    for each in OPERATIONS:
        if each.id not in endpoints:
            continue
        path = each.path.removeprefix(API) if each.token else each.path
        route = Route(path, _guarded(endpoints[each.id]), methods=[each.method])
        (guarded if each.token else free).append(route)
    api = Starlette(routes=guarded, exception_handlers=_MISSED)
    mount = Mount(API, RequireToken(api, doors.token))
    return Starlette(routes=[*free, mount], exception_handlers=_MISSED)


async def _missed(_request: Request, error: Exception) -> Response:
    """Answer in JSON also where there is no route."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these alone
    if error.status_code == METHOD_NOT_ALLOWED:
        allowed = ", ".join(sorted((error.headers or {}).get("Allow", "").split(", ")))
        return _refusal(METHOD_NOT_ALLOWED, f"the method must be {allowed}", allow=allowed)
    return _refusal(error.status_code, f"there is nothing here: see {DOCUMENT}")


_MISSED: Final = {HTTPException: _missed}


def _answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    body = _encoder.encode(value)
    return Response(body, status, headers, media_type="application/json")


def _refusal(status: int, what: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _answer(status, Refusal(what), named)


def _livez(doors: Doors) -> Endpoint:
    async def livez(_request: Request) -> Response:
        alive = await run_in_threadpool(doors.alive)
        return _answer(200 if alive else 503, Liveness(alive))

    return livez


def _readyz(doors: Doors) -> Endpoint:
    async def readyz(_request: Request) -> Response:
        readiness = await run_in_threadpool(doors.readiness)
        shown = ReadinessView(
            ready=readiness.ready,
            store=readiness.store,
            workers=readiness.workers,
            connectors={
                name: ConnectorReadiness(each.state, each.detail, each.since)
                for name, each in readiness.connectors.items()
            },
        )
        return _answer(200 if readiness.ready else 503, shown)

    return readyz


def _metrics(doors: Doors) -> Endpoint:
    async def metrics(_request: Request) -> Response:
        text = await run_in_threadpool(doors.metrics)
        return Response(text, media_type=CONTENT_TYPE)

    return metrics


def _openapi(_doors: Doors) -> Endpoint:
    async def openapi(_request: Request) -> Response:
        return _answer(200, await run_in_threadpool(document))

    return openapi


def _webhook(doors: Doors) -> Endpoint:
    async def webhook(request: Request) -> Response:
        connector = request.path_params["connector"]
        received = WebhookRequest(
            headers=dict(request.headers),
            body=await bounded_body(request),
            query=dict(request.query_params),
        )
        try:
            count = await run_in_threadpool(doors.receive, connector, received)
        except HubError as error:
            remote = request.client.host if request.client else ""
            answer = _webhook_refused(error)
            log.event(
                "webhook.refused",
                connector=connector,
                error=error,
                remote=remote,
                status=answer.status_code,
            )
            return answer
        return _answer(202, Accepted(count))

    return webhook


def _webhook_refused(error: HubError) -> Response:
    """Class a refusal; what is wrong with a signature is for the log, not for the sender."""
    if isinstance(error, UnknownError):
        return _refusal(404, str(error))
    if isinstance(error, AuthenticationError):
        return _refusal(401, "not genuine")
    if isinstance(error, RateLimitedError):
        return _refusal(503, "try again", retry_after=str(max(1, round(error.retry_after))))
    if isinstance(error, (RetryableError, StoreError)):
        return _refusal(503, "try again", retry_after="5")
    if isinstance(error, ConnectorError):
        return _refusal(400, "not understood")
    raise error


def _item(doors: Doors) -> Endpoint:
    async def item(request: Request) -> Response:
        found = await run_in_threadpool(doors.item, request.path_params["id"])
        if found is None:
            raise UnknownError(f"no item {request.path_params['id']!r}")
        return _answer(200, found)

    return item


def _why(doors: Doors) -> Endpoint:
    async def why(request: Request) -> Response:
        item, language = request.path_params["id"], request.query_params.get("language", "")
        return _answer(200, await run_in_threadpool(doors.why, item, language))

    return why


def _why_not(doors: Doors) -> Endpoint:
    async def why_not(request: Request) -> Response:
        item = request.path_params["id"]
        asked = [request.query_params.get(name, "") for name in ("what", "at", "to", "language")]
        try:
            return _answer(200, await run_in_threadpool(doors.why_not, item, *asked))
        except ValueError as error:
            return _refusal(400, str(error))

    return why_not


def _hand_off(doors: Doors) -> Endpoint:
    async def hand_off(request: Request) -> Response:
        wish = await _wish(request, HandOff, "a hand-off")
        item = request.path_params["id"]
        await run_in_threadpool(doors.hand_off, item, wish)
        return _answer(202, HandOffAccepted(accepted=True, item=item))

    return hand_off


def _tell(doors: Doors) -> Endpoint:
    async def tell(request: Request) -> Response:
        told = await _wish(request, Told, "understood")
        item = request.path_params["id"]
        await run_in_threadpool(doors.tell, item, told)
        return _answer(202, ToldAccepted(accepted=True, item=item))

    return tell


def _asked(doors: Doors) -> Endpoint:
    async def asked(request: Request) -> Response:
        link, item = await run_in_threadpool(_linked, doors, request.path_params["link"])
        if link is None or item is None:
            return _page(404, page.unknown())
        return _page(200, page.question(item))

    return asked


def _taken(doors: Doors) -> Endpoint:
    async def taken(request: Request) -> Response:
        link, item = await run_in_threadpool(_linked, doors, request.path_params["link"])
        if link is None or item is None:
            return _page(404, page.unknown())
        told = Told(what="acknowledged", by=link.person, key=f"link-{link.key}")
        await run_in_threadpool(doors.tell, link.item, told)
        return _page(200, page.thanks(item, link.person))

    return taken


def _linked(doors: Doors, text: str) -> tuple[Asked | None, ItemView | None]:
    link = doors.link(text)
    return link, doors.item(link.item) if link else None


def _page(status: int, text: str) -> Response:
    return HTMLResponse(text, status, page.HEADERS)


def _duplicate(doors: Doors) -> Endpoint:
    async def duplicate(request: Request) -> Response:
        verdict = await _wish(request, DuplicateVerdict, "a word on a duplicate")
        item, other = await run_in_threadpool(doors.duplicate, request.path_params["id"], verdict)
        return _answer(202, DuplicateSettled(item, other))

    return duplicate


def _new_case(doors: Doors) -> Endpoint:
    async def new_case(request: Request) -> Response:
        platform = doors.handbook.intake.platform
        files = platform.files.most * platform.files.megabytes if platform else 0
        # Base64 makes four characters of three bytes.
        limit = MAX_BODY + int(files * 1024 * 1024 * 4 / 3)
        wish = await _wish(request, NewCase, "a case", limit)
        taken = await run_in_threadpool(
            doors.new_case, msgspec.structs.replace(wish, key=wish.key and f"api:{wish.key}")
        )
        return _answer(202, taken)

    return new_case


def _submission(doors: Doors) -> Endpoint:
    async def submission(request: Request) -> Response:
        reference = request.path_params["reference"]
        taken = await run_in_threadpool(doors.submission, reference)
        if taken is None:
            raise UnknownError(f"no submission {reference!r}")
        return _answer(200, taken)

    return submission


async def _wish(request: Request, kind: type[Wish], what: str, limit: int = MAX_BODY) -> Wish:
    """Read what a body asks for; its idempotency key is the header's, or its own."""
    try:
        wish = msgspec.json.decode(await bounded_body(request, limit), type=kind)
    except msgspec.DecodeError as error:
        raise BadRequestError(f"not {what}: {error}") from None
    key = request.headers.get("idempotency-key", "")
    return msgspec.structs.replace(wish, key=(key or wish.key)[:LONGEST_KEY])


def _dead(doors: Doors) -> Endpoint:
    async def dead(_request: Request) -> Response:
        return _answer(200, Letters(await run_in_threadpool(doors.dead)))

    return dead


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Answer every failure in JSON; only what the hub did not foresee is a 500, and is logged."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except UnknownError as error:
            return _refusal(404, str(error))
        except (BadRequestError, InvalidPayloadError) as error:
            return _refusal(400, str(error))
        except TooLargeError as error:
            return _refusal(413, str(error))
        except (RetryableError, StoreError) as error:
            return _refusal(503, str(error), retry_after="5")
        except Exception as error:  # noqa: BLE001 - one request must not end the server
            trace = traceback.format_exc()
            log.event("web.failed", path=request.url.path, error=error, traceback=trace)
            return _refusal(500, "the hub failed; its log says how")

    return guarded
