"""A mail service of one's own for each test, and connectors to it that are closed at its end."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hub_mail import mapping
from hub_mail.connector import MailConnector
from hub_mail.sandbox import MailSandbox
from hub_mail.settings import MailSettings

from hub.clock import SystemClock
from hub.connector import Environment
from hub.models import (
    Change,
    Delivery,
    PublicText,
    SendReply,
    Unreadable,
)
from hub.sandbox import Fault, SandboxOptions
from hub.settings import Secret

SERVICE = "service@vendor.example"


class Post:
    """A running mail emulator, with what tests do to it."""

    def __init__(self) -> None:
        self.sandbox = MailSandbox(SandboxOptions())
        self.at = self.sandbox.start()
        self.opened: list[MailConnector] = []

    def settings(self, **overrides: Any) -> MailSettings:
        """Give settings for the service's mailbox; dictionaries are merged."""
        password = Secret(str(self.at["password"]), "test")
        login = {"user": self.at["user"], "password": password, "host": self.at["imap_host"]}
        values: dict[str, Any] = {
            "address": SERVICE,
            "display_name": "服务台",
            "imap": {**login, "port": self.at["imap_port"], "tls": "none"},
            "smtp": {**login, "port": self.at["smtp_port"], "tls": "none"},
            "limits": {},
            "ca_file": self.at["ca_file"],
            "timeout_seconds": 20.0,
            "lookup_seconds": 0.0,
            "start": "all",
        }
        for key, value in overrides.items():
            values[key] = {**values[key], **value} if isinstance(value, dict) else value
        return MailSettings.model_validate(values)

    def connector(self, **overrides: Any) -> MailConnector:
        """Make a connector; it is closed when the test ends."""
        settings = self.settings(**overrides)
        made = MailConnector(settings, Environment(name="mail", clock=SystemClock()))
        self.opened.append(made)
        return made

    def deliver(self, raw: bytes = b"", **arguments: Any) -> dict[str, Any]:
        """Deliver raw bytes, or a mail made of arguments."""
        if raw:
            arguments["raw"] = base64.b64encode(raw).decode()
        else:
            arguments = {"from": "li@pku.edu.cn", "subject": "登录", "text": "不能登录"} | arguments
        return dict(self.sandbox.act("deliver", arguments))

    def mails(self, mailbox: str = SERVICE) -> list[dict[str, Any]]:
        """Give the mails of a mailbox."""
        return self.sandbox.records().get(mailbox, [])

    def fault(self, kind: str, operation: str = "*", **details: Any) -> None:
        """Have the emulator play a fault."""
        times, skip = details.pop("times", None), details.pop("skip", 0)
        self.sandbox.faults.add(
            Fault(kind=kind, operation=operation, times=times, skip=skip, arguments=details)
        )

    def close(self) -> None:
        """Close the connectors, then the emulator."""
        for one in self.opened:
            one.close()
        self.sandbox.stop()


@pytest.fixture
def post() -> Iterator[Post]:
    """A mail service."""
    running = Post()
    yield running
    running.close()


class Reading:
    """Reads raw bytes as the connector does, without a server."""

    profile = mapping.Profile(
        connector="mail",
        own_addresses=frozenset({SERVICE}),
        domain="vendor.example",
        authserv_id="mx.vendor.example",
    )
    received = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def either(self, raw: bytes) -> Change | Unreadable:
        """Read bytes, whatever they are."""
        source = mapping.Source(place="uid-1-1", received_at=self.received, seen_at=self.received)
        return mapping.to_change(raw, source, self.profile)

    def __call__(self, raw: bytes) -> Change:
        """Read bytes that are a mail."""
        change = self.either(raw)
        assert isinstance(change, Change)
        return change

    def text(self, raw: bytes) -> str:
        """Read a mail's text."""
        text = self(raw).text
        assert text is not None
        return text.text


@pytest.fixture
def read() -> Reading:
    """A reader of raw mails."""
    return Reading()


def reply(key: str = "k1", *to: str, **details: Any) -> Delivery:
    """Make the delivery of a reply."""
    attempt = details.pop("attempt", 1)
    effect = SendReply(
        to=to or ("li@pku.edu.cn",),
        subject=details.pop("subject", "Re: 登录 [#23456789ABCDEFGH]"),
        text=PublicText(details.pop("text", "已收到")),
        **details,
    )
    now = datetime.now(UTC)
    return Delivery(
        key=key, item_id="23456789ABCDEFGH", effect=effect, attempt=attempt, tried_at=now
    )


@pytest.fixture
def make_reply() -> Any:
    """A maker of deliveries."""
    return reply
