"""The emulator's SMTP server: aiosmtpd, with relay rules, local delivery and faults.

Who is logged in may send to anybody; who is not, only to the service's own domain, as a
customer's server does. Recipients at `*.invalid` do not exist (550).
"""

from __future__ import annotations

import asyncio
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import Any, AnyStr, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hub.sandbox import Fault, FaultPlan
from hub.sandbox.traffic import Call, Recorder, line
from hub_mail.sandbox.model import MailStore

MAX_MAIL_BYTES: Final = 60 * 1024 * 1024
_FAULTY: Final = ("EHLO", "HELO", "AUTH", "MAIL", "STARTTLS", "RSET", "QUIT")
_ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")


class Handler:
    """Decides on recipients and delivers."""

    def __init__(self, store: MailStore, faults: FaultPlan, host: str) -> None:
        self._store = store
        self._faults = faults
        self._host = host

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept or refuse a recipient."""
        fault = await server.play(f"SMTP RCPT {address}")
        if fault is not None:
            return fault
        if not _ADDRESS.fullmatch(address):
            return "501 5.1.3 Bad recipient address syntax"
        domain = address.rpartition("@")[2].lower()
        if domain.endswith("invalid"):
            return "550 5.1.2 Host unknown"
        if not session.authenticated and domain != self._store.domain:
            return "550 5.7.1 Relaying denied"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self, server: Server, session: Session, envelope: Envelope
    ) -> str:
        """Deliver an accepted mail; faults strike before or after that."""
        operation = "SMTP DATA"
        struck = self._faults.strike(operation)
        answer = await server.before(struck)
        if answer is not None:
            return answer
        self._deliver(session, envelope)
        await server.after(struck)
        return "250 2.0.0 OK queued"

    def _deliver(self, session: Session, envelope: Envelope) -> None:
        content = envelope.content
        body = content if isinstance(content, bytes) else (content or "").encode()
        now = format_datetime(self._store.clock.now())
        for address in dict.fromkeys(envelope.rcpt_tos):
            trace = (
                f"Return-Path: <{envelope.mail_from or ''}>\r\n"
                f"Delivered-To: {address}\r\n"
                f"Received: from {session.host_name or 'unknown'} by {self._host} with ESMTP;"
                f" {now}\r\n"
            )
            self._store.deliver(address, trace.encode("utf-8", "surrogateescape") + body)


class _QuietSession(Session):
    """A session that does not log a warning at each login, as its base does."""

    login_data = None


class Server(SMTP):
    """One SMTP connection that can play faults."""

    def __init__(
        self,
        handler: Handler,
        faults: FaultPlan,
        store: MailStore,
        context: ssl.SSLContext,
        record: Recorder,
    ) -> None:
        self._faults = faults
        self._store = store
        self._record = record
        self._said = ""
        self._struck: list[str] = []
        super().__init__(
            handler,
            hostname="sandbox.vendor.example",
            ident="ESMTP sandbox",
            data_size_limit=MAX_MAIL_BYTES,
            enable_SMTPUTF8=True,
            auth_require_tls=False,
            authenticator=self._check_password,
            tls_context=context,
        )
        for name, method in list(self._smtp_methods.items()):
            faulty = self._faulty(name, method) if name in _FAULTY else method
            self._smtp_methods[name] = self._told(name, faulty)

    def _create_session(self) -> Session:
        return _QuietSession(self.loop)

    def _check_password(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        if not isinstance(data, LoginPassword):
            return AuthResult(success=False, handled=False)
        user = data.login.decode("utf-8", "replace").strip().lower()
        with self._store.lock:
            account = self._store.accounts.get(user)
        good = account is not None and account.password.encode() == data.password
        return AuthResult(success=good, handled=False)

    def _faulty(
        self, name: str, method: Callable[[str], Awaitable[None]]
    ) -> Callable[[str], Awaitable[None]]:
        async def call(argument: str) -> None:
            struck = self._faults.strike(f"SMTP {name}")
            answer = await self.before(struck)
            if answer is not None:
                await self.push(answer)
                return
            await method(argument)
            await self.after(struck)

        return call

    def _told(
        self, name: str, method: Callable[[str], Awaitable[None]]
    ) -> Callable[[str], Awaitable[None]]:
        async def call(argument: str) -> None:
            self._said, self._struck = "", []
            began = time.monotonic()
            try:
                await method(argument)
            finally:
                self._record(self._call(name, argument, time.monotonic() - began))

        return call

    def _call(self, name: str, argument: str | None, seconds: float) -> Call:
        """Give what is to be told of a command; AUTH's argument is a secret."""
        status, _, said = self._said.partition(" ")
        failed = not status or status >= "4"
        asked = "" if name == "AUTH" else argument or ""
        return Call(
            operation=f"SMTP {name}",
            status=status or "cut",
            failed=failed,
            seconds=seconds,
            about=line(f"{said} · {asked}" if failed and asked else said if failed else asked),
            faults=tuple(self._struck),
        )

    async def push(self, status: AnyStr) -> None:
        """Write one line of a reply."""
        self._said = status.decode("utf-8", "replace") if isinstance(status, bytes) else status
        await super().push(status)

    async def play(self, operation: str) -> str | None:
        """Play the faults of an operation whose effect is only its answer."""
        struck = self._faults.strike(operation)
        answer = await self.before(struck)
        if answer is None:
            await self.after(struck)
        return answer

    async def before(self, struck: list[Fault]) -> str | None:
        """Play what comes before an effect; give the answer that replaces it, if any."""
        played = {fault.kind: fault for fault in struck}
        self._struck += played
        if latency := played.get("latency"):
            await asyncio.sleep(latency.number("seconds", 0.2))
        if "act" in played:
            await asyncio.to_thread(self._faults.act, struck)
        if "drop_before" in played:
            await self._cut()
        if "garbage" in played:
            return "<html><body>Proxy login</body></html>"
        if "forbidden" in played:
            return "550 5.7.1 Not permitted"
        if "rate_limit" in played:
            return "450 4.7.1 Too many messages, try again later"
        if "expired_token" in played:
            return "535 5.7.8 Authentication credentials invalid"
        if fault := played.get("server_error"):
            status = int(fault.number("status", 451))
            reason = str(fault.arguments.get("reason", "fault on demand"))
            return f"{status} {status // 100}.3.0 {reason}"
        return None

    async def after(self, struck: list[Fault]) -> None:
        """Play what comes after an effect: the answer is lost."""
        if any(fault.kind in {"drop_after", "half_body"} for fault in struck):
            self._said = ""
            await self._cut()

    def abort(self) -> None:
        """Cut the connection at once."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def _cut(self) -> None:
        """Cut the connection; the loss of it ends this coroutine."""
        self.abort()
        await asyncio.Event().wait()
