"""Serves an ASGI app from a thread, on loopback, with faults played beneath the app.

Common faults (latency, 429, 5xx, dropped connections, half bodies) are played here for every
HTTP emulator; what only an emulator can play (an expired token, a stale search) it asks for
itself by `faults.strike`.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from hub.sandbox.faults import Fault, FaultPlan

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

COMMON: Final = frozenset(
    {"latency", "rate_limit", "server_error", "drop_before", "drop_after", "half_body"}
)


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
    """

    def __init__(
        self,
        app: AsgiApp,
        faults: FaultPlan,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        certificate: tuple[str, str] | None = None,
    ) -> None:
        self._socket = socket.socket(proto=socket.IPPROTO_TCP)  # else asyncio leaves Nagle on
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self.calls = 0
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
    """Plays common faults around an app."""

    def __init__(self, app: AsgiApp, faults: FaultPlan, server: AsgiServer) -> None:
        self._app = app
        self._faults = faults
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self._server.calls += 1
        struck = self._faults.strike(f"{scope['method']} {scope['path']}", COMMON)
        played = {fault.kind: fault for fault in struck if fault.kind in COMMON}
        if latency := played.get("latency"):
            await asyncio.sleep(latency.number("seconds", 0.2))
        if "drop_before" in played:
            _cut(scope)
        elif limited := played.get("rate_limit"):
            await _answer_rate_limit(limited, send)
        elif broken := played.get("server_error"):
            await _answer(send, int(broken.number("status", 503)), b"<html>Service Unavailable", [])
        elif "drop_after" in played:
            await self._app(scope, receive, _swallow)
            _cut(scope)
        elif "half_body" in played:
            await self._app(scope, receive, _Halving(scope, send))
        else:
            await self._app(scope, receive, send)


class _Halving:
    """Sends the head and half of the body, then cuts the connection."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            half = {"type": message["type"], "body": body[: len(body) // 2], "more_body": True}
            await self._send(half)
            await asyncio.sleep(0)
            _cut(self._scope)
        else:
            await self._send(message)


async def _swallow(message: Message) -> None:
    del message


def _cut(scope: Scope) -> None:
    transport = scope["state"]["transport"]
    transport.abort()


async def _answer_rate_limit(fault: Fault, send: Send) -> None:
    headers = [(b"retry-after", str(fault.arguments.get("retry_after", 1)).encode())]
    if reason := fault.arguments.get("reason"):
        headers.append((b"ratelimit-reason", str(reason).encode()))
    await _answer(send, 429, b'{"errorMessages":["Rate limit exceeded."]}', headers)


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    head = [(b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
