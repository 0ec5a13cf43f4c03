"""One thread with one event loop that serves IMAP, IMAPS and SMTP over the store."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from hub.sandbox import FaultPlan
from hub.sandbox.traffic import Recorder
from hub_mail.sandbox.delivery import Handler
from hub_mail.sandbox.imap.connection import LINE_LIMIT, Connection
from hub_mail.sandbox.model import MailStore
from hub_mail.sandbox.smtp import Server


class MailServers:
    """The three listening ports; `start` and `stop` are called once each."""

    def __init__(
        self,
        store: MailStore,
        faults: FaultPlan,
        context: ssl.SSLContext,
        *,
        host: str,
        ports: Mapping[str, int],
        record: Recorder,
    ) -> None:
        self._store = store
        self._faults = faults
        self._context = context
        self._host = host
        self._record = record
        self._sockets = {
            name: _bind(host, ports.get(name, 0)) for name in ("imap", "imaps", "smtp")
        }
        self.ports = {name: sock.getsockname()[1] for name, sock in self._sockets.items()}
        self._loop = asyncio.new_event_loop()
        self._connections: set[Connection] = set()
        self._smtp: set[Server] = set()
        self._servers: list[asyncio.AbstractServer] = []
        self._thread = threading.Thread(target=self._run, name="sandbox-mail", daemon=True)

    def start(self) -> None:
        """Serve; return when connections are accepted."""
        self._thread.start()
        self._call(self._open())
        self._store.listen(self._wake)

    def stop(self) -> None:
        """Cut all connections and end the thread."""
        if not self._thread.is_alive():
            return
        self._call(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def _wake(self) -> None:
        if self._thread.is_alive() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        for connection in self._connections:
            connection.wake()

    async def _open(self) -> None:
        for name, context in (("imap", None), ("imaps", self._context)):
            server = await asyncio.start_server(
                self._serve(tls=context is not None),
                sock=self._sockets[name],
                ssl=context,
                limit=LINE_LIMIT,
            )
            self._servers.append(server)
        handler = Handler(self._store, self._faults, self._host)
        self._servers.append(
            await self._loop.create_server(self._smtp_factory(handler), sock=self._sockets["smtp"])
        )

    def _serve(
        self, *, tls: bool
    ) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = Connection(
                self._store,
                self._faults,
                (reader, writer),
                tls=tls,
                context=self._context,
                record=self._record,
            )
            self._connections.add(connection)
            try:
                await connection.run()
            except asyncio.CancelledError:
                connection.abort()
            finally:
                self._connections.discard(connection)

        return serve

    def _smtp_factory(self, handler: Handler) -> Callable[[], Server]:
        def make() -> Server:
            server = Server(handler, self._faults, self._store, self._context, self._record)
            self._smtp.add(server)
            return server

        return make

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.abort()
        for smtp in self._smtp:
            smtp.abort()
        own = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not own]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)


def _bind(host: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    return sock
