"""What the emulator's SMTP server does with recipients and mails: it decides, delivers, reports.

Who is logged in may send to anybody; who is not, only to the service's own domain, as a
customer's server does. Recipients at `*.invalid` do not exist (550).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Final, Protocol

from aiosmtpd.smtp import Envelope, Session

from hub.sandbox import Fault, FaultPlan
from hub_mail.sandbox.dsn import Report
from hub_mail.sandbox.model import MailStore

_ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")


@dataclass(slots=True)
class Orders:
    """What the sender of one mail asked for, by MAIL and by each RCPT; and who will not get it."""

    mail: dict[str, str] = field(default_factory=dict)
    rcpt: dict[str, dict[str, str]] = field(default_factory=dict)
    actions: dict[str, str] = field(default_factory=dict)


class Server(Protocol):
    """What the handler asks of a connection."""

    orders: Orders

    async def before(self, struck: list[Fault]) -> str | None:
        """Play what comes before an effect; give the answer that replaces it, if any."""
        ...

    async def after(self, struck: list[Fault]) -> None:
        """Play what comes after an effect."""
        ...

    def wished(self) -> dict[str, str]:
        """Give the parameters of the command under way."""
        ...


class Handler:
    """Decides on recipients and delivers."""

    def __init__(self, store: MailStore, faults: FaultPlan, host: str) -> None:
        self._store = store
        self._faults = faults
        self._host = host
        self._numbers = itertools.count(1)

    async def handle_EHLO(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self,
        server: Server,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Say what the server can, beyond what the library says."""
        del server, envelope
        session.host_name = hostname
        more = ["250-DSN", "250-PIPELINING", "250-ENHANCEDSTATUSCODES"]
        return [*responses[:-1], *more, responses[-1]]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept or refuse a recipient."""
        struck = self._faults.strike(f"SMTP RCPT {address}")
        answer = await server.before(struck)
        if answer is None:
            await server.after(struck)
        refusal = answer or self._refusal(session, envelope, address)
        if refusal:
            return refusal
        kinds = {fault.kind for fault in struck}
        failing, late = "bounce" in kinds, "delay" in kinds
        server.orders.actions[address] = "failed" if failing else "delayed" if late else "delivered"
        server.orders.rcpt[address] = server.wished()
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    def _refusal(self, session: Session, envelope: Envelope, address: str) -> str:
        if not _ADDRESS.fullmatch(address):
            return "501 5.1.3 Bad recipient address syntax"
        if not address.isascii() and not envelope.smtp_utf8:
            return "553 5.6.7 A non-ASCII address needs SMTPUTF8"
        domain = address.rpartition("@")[2].lower()
        if domain.endswith("invalid"):
            return "550 5.1.2 Host unknown"
        if not session.authenticated and domain != self._store.domain:
            return "550 5.7.1 Relaying denied"
        return ""

    async def handle_DATA(  # noqa: N802 - aiosmtpd finds its hooks by these names
        self, server: Server, session: Session, envelope: Envelope
    ) -> str:
        """Deliver an accepted mail; faults strike before or after that."""
        struck = self._faults.strike("SMTP DATA")
        answer = await server.before(struck)
        if answer is not None:
            return answer
        self._deliver(session, envelope, server.orders)
        await server.after(struck)
        return "250 2.0.0 OK queued"

    def _deliver(self, session: Session, envelope: Envelope, orders: Orders) -> None:
        content = envelope.content
        body = content if isinstance(content, bytes) else (content or "").encode()
        sender = (envelope.mail_from or "").strip("<>")
        now = format_datetime(self._store.clock.now())
        protocol = "UTF8SMTP" if envelope.smtp_utf8 else "ESMTP"
        for address in dict.fromkeys(envelope.rcpt_tos):
            action = orders.actions.get(address, "delivered")
            if action != "failed":
                trace = (
                    f"Return-Path: <{sender}>\r\n"
                    f"Delivered-To: {address}\r\n"
                    f"Received: from {session.host_name or 'unknown'} by {self._host} with"
                    f" {protocol}; {now}\r\n"
                )
                self._store.deliver(address, trace.encode("utf-8", "surrogateescape") + body)
            report = Report.wished(address, action, orders.mail, orders.rcpt.get(address, {}))
            if report is not None and sender:
                self._report(report, sender, body)

    def _report(self, report: Report, sender: str, body: bytes) -> None:
        own_id = f"<dsn.{self._store.new_validity()}.{next(self._numbers)}@{self._host}>"
        now = self._store.clock.now()
        self._store.deliver(sender, report.write(body, sender, now=now, own_id=own_id))
