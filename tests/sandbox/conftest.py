"""An HTTP emulator of three lines, and what drives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from hub.sandbox import AsgiServer, FaultPlan, Traffic


class Echo:
    """Answers each request with its path; `/missing…` with 404, and counts what it did."""

    def __init__(self) -> None:
        self.faults = FaultPlan({"stale_search"})
        self.traffic = Traffic()
        self.done: list[str] = []
        self.server = AsgiServer(self._app, self.faults, record=self.traffic.of("echo"))

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        path = scope["path"]
        self.done.append(path)
        status = 404 if path.startswith("/missing") else 200
        body = b"no such thing" if status == 404 else path.encode() * 100
        head = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})


@pytest.fixture
def echo() -> Iterator[Echo]:
    """Give the emulator, running."""
    made = Echo()
    made.server.start()
    yield made
    made.server.stop()


@pytest.fixture
def client(echo: Echo) -> Iterator[httpx.Client]:
    """Give a client to it."""
    with httpx.Client(base_url=echo.server.url, timeout=10) as made:
        yield made
