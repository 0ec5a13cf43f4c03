"""Runs the ASGI app with uvicorn in a thread of its own."""

from __future__ import annotations

import socket
import threading
from typing import Final

import uvicorn
from starlette.types import ASGIApp

from hub.core import log
from hub.errors import ConfigError, Problem

START_SECONDS: Final = 10.0
STOP_SECONDS: Final = 5


class WebServer:
    """One HTTP server. Its socket is bound when it is made, so that a taken port is told early."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._socket = _bound(host, port)
        self.host = host
        self.port: int = self._socket.getsockname()[1]
        self._started = threading.Event()
        config = uvicorn.Config(
            app,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        self._server = _Server(config, self._started)
        self._thread = threading.Thread(target=self._run, name="web", daemon=True)

    @property
    def url(self) -> str:
        """Give the address at which the server is reached."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_alive(self) -> bool:
        """Say whether the server's thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

    def start(self) -> None:
        """Start serving; return when connections are accepted."""
        self._thread.start()
        self._started.wait(START_SECONDS)
        log.event("web.started", host=self.host, port=self.port)

    def end(self) -> None:
        """Take no more requests; those that are open get some seconds to end."""
        self._server.should_exit = True

    def stop(self) -> None:
        """End, and wait for it."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS + 2)
        self._socket.close()


class _Server(uvicorn.Server):
    """Tells when it serves; leaves signals to the process that it is a part of."""

    def __init__(self, config: uvicorn.Config, started: threading.Event) -> None:
        super().__init__(config)
        self._told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and tell."""
        await super().startup(sockets)
        self._told.set()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(1024)
    except OSError as error:
        bound.close()
        what = f"web: can not listen on {host}:{port}: {error.strerror}"
        remedy = "another process has this port, or the host is not ours: set web.port or web.host"
        raise ConfigError([Problem("hub.yaml", 0, what, remedy)]) from None
    return bound
