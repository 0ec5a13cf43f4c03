"""Serves an ASGI app from a thread, on loopback, with faults played beneath the app.

Common faults (latency, 429, 5xx, dropped connections, half bodies) are played here for every
HTTP emulator; what only an emulator can play (an expired token, a stale search) it asks for
itself by `faults.strike`.
"""

from __future__ import annotations

import asyncio
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.sandbox.faults import COMMON, ActFailedError, Fault, FaultPlan
from hub.sandbox.traffic import LONGEST, Call, Recorder, line

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

_SECRET: Final = re.compile(r"token|secret|passw|pwd|assertion|code|sid|key", re.IGNORECASE)


class _Protocol(HttpToolsProtocol):
    """Lets the app reach the connection, so that it can be cut as a network would cut it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class _Server(uvicorn.Server):
    """Leaves no connection open behind it, not even one in the midst of a request."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        # Sockets are closed some turns of the loop after the abort.
        await asyncio.sleep(0.01)


class AsgiServer:
    """One HTTP server in a thread of its own.

    Args:
        app: the emulator's ASGI app.
        faults: its fault plan; the operation's name is `METHOD /path`.
        certificate: (certificate file, key file) to serve https.
        record: told of each call that ended.
    """

    def __init__(
        self,
        app: AsgiApp,
        faults: FaultPlan,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: tuple[str, str] | None = None,
        record: Recorder | None = None,
    ) -> None:
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle on
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self.calls = 0
        self.record = record
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://{host}:{self.port}"
        config = uvicorn.Config(
            _Faulty(app, faults, self),
            http=_Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            ssl_certfile=certificate[0] if certificate else None,
            ssl_keyfile=certificate[1] if certificate else None,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{self.port}", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Start serving and return when connections are accepted."""
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            threading.Event().wait(0.005)

    def stop(self) -> None:
        """Stop serving at once; open connections are closed."""
        self._server.should_exit = True
        self._server.force_exit = True
        if self._thread.is_alive():
            self._thread.join(10)
        self._socket.close()


class _Faulty:
    """Plays common faults around an app, and tells what was called and how it ended."""

    def __init__(self, app: AsgiApp, faults: FaultPlan, server: AsgiServer) -> None:
        self._app = app
        self._faults = faults
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._server.calls += 1
        began = time.monotonic()
        operation = f"{scope['method']} {scope['path']}"
        struck = self._faults.strike(operation, COMMON | {"act"})
        answer = _Watched(send, self._faults)
        try:
            await self._play(scope, receive, answer, struck)
        finally:
            if self._server.record is not None:
                kinds = tuple(fault.kind for fault in struck)
                self._server.record(answer.call(scope, operation, began, kinds))

    async def _play(
        self, scope: Scope, receive: Receive, answer: _Watched, struck: list[Fault]
    ) -> None:
        played = {fault.kind: fault for fault in struck}
        if latency := played.get("latency"):
            await asyncio.sleep(latency.number("seconds", 0.2))
        if "act" in played and not await self._acted(struck, answer):
            return
        if "drop_before" in played:
            await _cut(scope, receive)
        elif limited := played.get("rate_limit"):
            await _answer_rate_limit(limited, answer)
        elif broken := played.get("server_error"):
            status = int(broken.number("status", 503))
            await _answer(answer, status, b"<html>Service Unavailable", [])
        elif "drop_after" in played:
            await self._app(scope, receive, _swallow)
            await _cut(scope, receive)
        elif "half_body" in played:
            await self._app(scope, receive, _Halving(scope, receive, answer))
        else:
            await self._app(scope, receive, answer)

    async def _acted(self, struck: list[Fault], answer: _Watched) -> bool:
        """Do what faults of the kind `act` say; one that can not be done is the answer."""
        try:
            await asyncio.to_thread(self._faults.act, struck)
        except ActFailedError as error:
            told = {"error": "ActFailedError", "errorMessages": [str(error)], "message": str(error)}
            kind = (b"content-type", b"application/json")
            await _answer(answer, 500, msgspec.json.encode(told), [kind])
            return False
        return True


class _Watched:
    """Sends an answer with the emulated system's date, and notes how it ends."""

    def __init__(self, send: Send, faults: FaultPlan) -> None:
        self._send = send
        self._faults = faults
        self._status = 0
        self._said = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            now = datetime.now(UTC) + self._faults.skew()
            date = (b"date", format_datetime(now, usegmt=True).encode())
            message = {**message, "headers": [date, *message.get("headers", ())]}
        elif self._status >= 400 and not self._said:
            self._said = bytes(message.get("body", b""))[:LONGEST]
        await self._send(message)

    def call(self, scope: Scope, operation: str, began: float, faults: tuple[str, ...]) -> Call:
        """Give what is to be told of the call."""
        lost = not self._status or "half_body" in faults
        said = self._said.decode("utf-8", "replace")
        return Call(
            operation=operation,
            status=str(self._status) if self._status else "cut",
            failed=lost or self._status >= 400,
            seconds=time.monotonic() - began,
            about=line(said or _asked(scope)),
            faults=faults,
        )


def _asked(scope: Scope) -> str:
    """Give the query, with the values of what may be secret left out."""
    pairs = parse_qsl(scope.get("query_string", b"").decode("latin-1"))
    return " ".join(f"{name}={'…' if _SECRET.search(name) else text}" for name, text in pairs)


class _Halving:
    """Sends the head and half of the body, then cuts the connection."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            half = {"type": message["type"], "body": body[: len(body) // 2], "more_body": True}
            await self._send(half)
            await asyncio.sleep(0)
            await _cut(self._scope, self._receive)
        else:
            await self._send(message)


async def _swallow(message: Message) -> None:
    del message


async def _cut(scope: Scope, receive: Receive) -> None:
    """Cut the connection, and wait until the server knows: else it complains of no answer."""
    transport = scope["state"]["transport"]
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def _answer_rate_limit(fault: Fault, send: Send) -> None:
    headers = [(b"retry-after", str(fault.arguments.get("retry_after", 1)).encode())]
    if reason := fault.arguments.get("reason"):
        headers.append((b"ratelimit-reason", str(reason).encode()))
    await _answer(send, 429, b'{"errorMessages":["Rate limit exceeded."]}', headers)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    head = [(b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
