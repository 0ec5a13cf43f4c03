"""A mail service for strangers' clients."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hub_mail.sandbox import MailSandbox

from hub.sandbox import Fault, SandboxOptions


class Service:
    """A running mail emulator: `at` says where, as `hub sandbox --json` does."""

    def __init__(self) -> None:
        self.sandbox = MailSandbox(SandboxOptions())
        self.at: Mapping[str, Any] = self.sandbox.start()

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        """Give what a script in Node is handed."""
        return {"mail": self.at}

    @property
    def trust(self) -> ssl.SSLContext:
        """Give a client's TLS context that trusts the sandbox alone."""
        return ssl.create_default_context(cafile=self.at["ca_file"])

    def act(self, action: str, **arguments: Any) -> Mapping[str, Any]:
        """Do what a person would do."""
        return self.sandbox.act(action, arguments)

    def deliver(self, subject: str, **arguments: Any) -> Mapping[str, Any]:
        """Have a mail arrive."""
        details = {"from": "李 <li@pku.edu.cn>", "text": "不能登录", **arguments}
        return self.act("deliver", subject=subject, **details)

    def mails(self, mailbox: str = "service@vendor.example") -> list[dict[str, Any]]:
        """Give the mails of a mailbox."""
        return self.sandbox.records().get(mailbox, [])

    def fault(self, kind: str, operation: str = "*", **details: Any) -> None:
        """Have a fault played."""
        times = details.pop("times", None)
        self.sandbox.faults.add(
            Fault(kind=kind, operation=operation, times=times, arguments=details)
        )


@pytest.fixture
def service() -> Iterator[Service]:
    """Give a fresh mail service."""
    made = Service()
    yield made
    made.sandbox.stop()
