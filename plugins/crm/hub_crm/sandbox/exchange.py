"""Reads a request off the server, and writes an answer to it."""

from __future__ import annotations

import gzip
import zlib
from typing import Any, Final
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from starlette.datastructures import Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request

from hub.sandbox.server import Message, Receive, Scope, Send
from hub_crm.sandbox.wire import Answer, ApiError, Call, Part

LARGEST_BODY: Final = 150 * 1024 * 1024
LARGEST_FIELD: Final = 50 * 1024 * 1024


async def received(scope: Scope, receive: Receive) -> Call:
    """Give a request as a call; ApiError if its body is too large or can not be read."""
    headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
    raw = scope.get("raw_path") or scope["path"].encode()
    body = _unpacked(await _read(receive), headers.get("content-encoding", ""))
    parts: tuple[Part, ...] = ()
    if headers.get("content-type", "").lower().startswith("multipart/form-data"):
        parts = await _parts(scope, body)
    return Call(
        method=scope["method"],
        path=raw.decode("latin-1").partition("?")[0],
        query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers=headers,
        body=body,
        origin=f"{scope['scheme']}://{headers.get('host', '')}",
        parts=parts,
    )


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message: Message = await receive()
        parts.append(bytes(message.get("body", b"")))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            message_ = "The request content exceeds the maximum size"
            raise ApiError(413, "REQUEST_ENTITY_TOO_LARGE", message_)
        if not message.get("more_body"):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _unpacked(body: bytes, encoding: str) -> bytes:
    if encoding.lower() != "gzip" or not body:
        return body
    try:
        return gzip.decompress(body)
    except (OSError, EOFError, zlib.error):
        raise ApiError(400, "UNKNOWN_EXCEPTION", "The body is no gzip data") from None


async def _parts(scope: Scope, body: bytes) -> tuple[Part, ...]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    head = {"type": "http", "method": "POST", "headers": Headers(raw=scope["headers"]).raw}
    found = []
    try:
        async with Request(head, receive).form(max_part_size=LARGEST_FIELD) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    found.append(Part(name, part.filename or "", await part.read()))
                else:
                    found.append(Part(name, "", part.encode()))
    except (HTTPException, MultiPartException, FormParserError, KeyError, ValueError):
        message = "The multipart body is malformed"
        raise ApiError(400, "INVALID_MULTIPART_REQUEST", message) from None
    return tuple(found)


async def deliver(answer: Answer, send: Send, *, head: bool = False) -> None:
    """Send an answer; of one to HEAD the head alone."""
    body = answer.raw()
    headers: list[tuple[bytes, bytes]] = [
        (name.lower().encode(), str(value).encode("utf-8"))
        for name, value in answer.headers.items()
    ]
    if body:
        headers.append((b"content-type", answer.media_type.encode()))
    headers.append((b"content-length", str(len(body)).encode()))
    start: dict[str, Any] = {"type": "http.response.start", "status": answer.status}
    await send({**start, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
