"""Several calls in one: each is answered on its own, and the whole costs one of the budget."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call

MOST: Final = 25


def batch(site: Site, call: Call) -> Answer:
    """Answer up to 25 calls in order."""
    body = call.json_object()
    requests = body.get("batchRequests")
    objects = isinstance(requests, list) and all(isinstance(r, dict) for r in requests)
    if not requests or not objects:
        raise ApiError(400, "INVALID_INPUT", "batchRequests is required, as a list of objects")
    if len(requests) > MOST:
        message = f"batchRequests: at most {MOST} requests are allowed"
        raise ApiError(400, "INVALID_INPUT", message)
    results: list[dict[str, Any]] = []
    halted = False
    for request in requests:
        answer = _HALTED if halted else site.dispatch(_inner(call, request))
        halted = halted or (bool(body.get("haltOnError")) and answer.status >= 400)
        results.append({"statusCode": answer.status, "result": answer.body})
    failed = any(result["statusCode"] >= 400 for result in results)
    return Answer(200, {"hasErrors": failed, "results": results})


_HALTED: Final = Answer(
    412,
    [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}],
)


def _inner(call: Call, request: dict[str, Any]) -> Call:
    split = urlsplit(str(request.get("url", "")))
    path = split.path if split.path.startswith("/") else f"/services/data/{split.path}"
    rich = request.get("richInput")
    return replace(
        call,
        method=str(request.get("method", "GET")).upper(),
        path=path,
        query=dict(parse_qsl(split.query)),
        body=json.dumps(rich).encode() if rich is not None else b"",
        headers={**call.headers, "content-type": "application/json"},
        segments={},
    )
