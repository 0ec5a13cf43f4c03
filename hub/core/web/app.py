"""The ASGI app: `/livez`, `/readyz`, `/metrics`, `/webhooks/{connector}` and `/api`."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from hub.connector import WebhookRequest
from hub.core import log
from hub.core.desk import HandOff
from hub.core.metrics import CONTENT_TYPE
from hub.core.web.body import TooLargeError, bounded_body
from hub.core.web.doors import Doors
from hub.core.web.token import RequireToken
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    HubError,
    RateLimitedError,
    RetryableError,
    StoreError,
    UnknownError,
)

Endpoint = Callable[[Request], Awaitable[Response]]

_encoder: Final = msgspec.json.Encoder(enc_hook=str)


def build_app(doors: Doors) -> Starlette:
    """Make the app over the hub's doors."""
    api = Starlette(
        routes=[
            Route("/items/{id}", _guarded(_item(doors)), methods=["GET"]),
            Route("/items/{id}/handoff", _guarded(_hand_off(doors)), methods=["POST"]),
            Route("/dead", _guarded(_dead(doors)), methods=["GET"]),
        ]
    )
    return Starlette(
        routes=[
            Route("/livez", _guarded(_livez(doors)), methods=["GET"]),
            Route("/readyz", _guarded(_readyz(doors)), methods=["GET"]),
            Route("/metrics", _guarded(_metrics(doors)), methods=["GET"]),
            Route("/webhooks/{connector}", _guarded(_webhook(doors)), methods=["POST"]),
            Mount("/api", RequireToken(api, doors.token)),
        ]
    )


def _answer(status: int, value: Any, headers: Mapping[str, str] | None = None) -> Response:
    body = _encoder.encode(value)
    return Response(body, status, headers, media_type="application/json")


def _refusal(status: int, what: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _answer(status, {"error": what}, named)


def _livez(doors: Doors) -> Endpoint:
    async def livez(_request: Request) -> Response:
        alive = await run_in_threadpool(doors.alive)
        return _answer(200 if alive else 503, {"alive": alive})

    return livez


def _readyz(doors: Doors) -> Endpoint:
    async def readyz(_request: Request) -> Response:
        readiness = await run_in_threadpool(doors.readiness)
        shown = {
            "ready": readiness.ready,
            "store": readiness.store,
            "workers": readiness.workers,
            "connectors": readiness.connectors,
        }
        return _answer(200 if readiness.ready else 503, shown)

    return readyz


def _metrics(doors: Doors) -> Endpoint:
    async def metrics(_request: Request) -> Response:
        text = await run_in_threadpool(doors.metrics)
        return Response(text, media_type=CONTENT_TYPE)

    return metrics


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
        return _answer(202, {"accepted": count})

    return webhook


def _webhook_refused(error: HubError) -> Response:
    """Class a refusal; what is wrong with a signature is for the log, not for the sender."""
    if isinstance(error, UnknownError):
        return _refusal(404, "no such webhook")
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


def _hand_off(doors: Doors) -> Endpoint:
    async def hand_off(request: Request) -> Response:
        try:
            wish = msgspec.json.decode(await bounded_body(request), type=HandOff)
        except msgspec.DecodeError as error:
            return _refusal(400, f"not a hand-off: {error}")
        key = request.headers.get("idempotency-key", "")
        wish = msgspec.structs.replace(wish, key=(key or wish.key)[:200])
        item = request.path_params["id"]
        await run_in_threadpool(doors.hand_off, item, wish)
        return _answer(202, {"accepted": True, "item": item})

    return hand_off


def _dead(doors: Doors) -> Endpoint:
    async def dead(_request: Request) -> Response:
        return _answer(200, {"dead_letters": await run_in_threadpool(doors.dead)})

    return dead


def _guarded(endpoint: Endpoint) -> Endpoint:
    """Answer every failure in JSON; only what the hub did not foresee is a 500, and is logged."""

    async def guarded(request: Request) -> Response:
        try:
            return await endpoint(request)
        except UnknownError as error:
            return _refusal(404, str(error))
        except TooLargeError as error:
            return _refusal(413, str(error))
        except (RetryableError, StoreError) as error:
            return _refusal(503, str(error), retry_after="5")
        except Exception as error:  # noqa: BLE001 - one request must not end the server
            trace = traceback.format_exc()
            log.event("web.failed", path=request.url.path, error=error, traceback=trace)
            return _refusal(500, "the hub failed; its log says how")

    return guarded
