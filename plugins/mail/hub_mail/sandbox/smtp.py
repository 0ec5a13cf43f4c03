"""The emulator's SMTP server: aiosmtpd, with DSN, bearer tokens and faults."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any, AnyStr, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from hub.sandbox import ActFailedError, Fault, FaultPlan
from hub.sandbox.traffic import Call, Recorder, line
from hub_mail.sandbox import dsn
from hub_mail.sandbox.delivery import Handler, Orders
from hub_mail.sandbox.model import MailStore

MAX_MAIL_BYTES: Final = 60 * 1024 * 1024
_BEARER: Final = re.compile(rb"user=(?P<user>[^\x01]*)\x01auth=Bearer (?P<token>[^\x01]*)\x01\x01")
_REFUSALS: Final = {
    "garbage": "<html><body>Proxy login</body></html>",
    "forbidden": "550 5.7.1 Not permitted",
    "rate_limit": "450 4.7.1 Too many messages, try again later",
    "expired_token": "535 5.7.8 Authentication credentials invalid",
}
_FAULTY: Final = ("EHLO", "HELO", "AUTH", "MAIL", "STARTTLS", "RSET", "QUIT")
_PARAMETERS: Final = {
    "MAIL": frozenset({"RET", "ENVID", "AUTH"}),
    "RCPT": frozenset({"NOTIFY", "ORCPT"}),
}
_LONGER: Final = 500
"""How much longer MAIL and RCPT may be with the parameters of RFC 3461."""


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
        self._lost: set[str] = set()
        self._wished: dict[str, str] = {}
        self.orders = Orders()
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
            extended = self._extended(name, faulty) if name in _PARAMETERS else faulty
            self._smtp_methods[name] = self._told(name, extended)
        for name in _PARAMETERS:
            self.command_size_limits[name] += _LONGER

    def _create_session(self) -> Session:
        return _QuietSession(self.loop)

    def _check_password(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        return AuthResult(success=self._knows(data), handled=False)

    def _knows(self, data: object) -> bool:
        if not isinstance(data, LoginPassword):
            return False
        user = data.login.decode("utf-8", "replace").strip().lower()
        with self._store.lock:
            account = self._store.accounts.get(user)
        return account is not None and account.password.encode() == data.password

    async def auth_XOAUTH2(  # noqa: N802 - aiosmtpd finds its mechanisms by these names
        self, _server: SMTP, args: list[str]
    ) -> AuthResult:
        """Log in with a bearer's token, as which the password serves."""
        told = await self.challenge_auth("") if len(args) < 2 else base64.b64decode(args[1])
        found = _BEARER.fullmatch(told) if isinstance(told, bytes) else None
        if found is not None and self._knows(LoginPassword(found["user"], found["token"])):
            return AuthResult(success=True)
        await self.challenge_auth('{"status":"400","schemes":"Bearer"}')
        return AuthResult(success=False, handled=False)

    def _faulty(
        self, name: str, method: Callable[[str], Awaitable[None]]
    ) -> Callable[[str], Awaitable[None]]:
        async def call(argument: str) -> None:
            struck = self._faults.strike(f"SMTP {name}")
            answer = await self.before(struck)
            if answer is not None:
                await self.push(answer)
                return
            self._lost = {"drop_after", "half_body"} & {fault.kind for fault in struck}
            await method(argument)
            await self.after(struck)

        return call

    def _extended(
        self, name: str, method: Callable[[str], Awaitable[None]]
    ) -> Callable[[str], Awaitable[None]]:
        """Take off the parameters that the library does not know."""

        async def call(argument: str) -> None:
            try:
                rest, self._wished = dsn.split(argument or "", _PARAMETERS[name])
            except ValueError as error:
                await self.push(f"501 5.5.4 {error}")
                return
            if name == "MAIL":
                self.orders = Orders(mail=self._wished)
            await method(rest)

        return call

    def wished(self) -> dict[str, str]:
        """Give the parameters of the command under way."""
        return self._wished

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
        """Write one line of a reply, unless a fault has it get lost."""
        self._said = status.decode("utf-8", "replace") if isinstance(status, bytes) else status
        if "half_body" in self._lost and self._writer is not None:
            self._writer.write(self._said.encode()[:2])  # not even the code is whole
        elif not self._lost:
            await super().push(status)

    async def before(self, struck: list[Fault]) -> str | None:
        """Play what comes before an effect; give the answer that replaces it, if any."""
        played = {fault.kind: fault for fault in struck}
        self._struck += played
        if latency := played.get("latency"):
            await asyncio.sleep(latency.number("seconds", 0.2))
        if "act" in played:
            try:
                await asyncio.to_thread(self._faults.act, struck)
            except ActFailedError as error:
                return f"451 4.3.0 {line(str(error))}"
        if "drop_before" in played:
            await self._cut()
        for kind, reply in _REFUSALS.items():
            if kind in played:
                return reply
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
