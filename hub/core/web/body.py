"""Reads a request's body, but no more than a bound: senders are strangers."""

from __future__ import annotations

from typing import Final

from starlette.requests import Request

MAX_BODY: Final = 4 * 1024 * 1024


class TooLargeError(Exception):
    """The body is larger than the hub takes."""


async def bounded_body(request: Request, limit: int = MAX_BODY) -> bytes:
    """Give the body; `TooLargeError` as soon as it passes the limit."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLargeError(f"more than {limit} bytes")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLargeError(f"more than {limit} bytes")
        parts.append(part)
    return b"".join(parts)
