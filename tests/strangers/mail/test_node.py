"""The mail emulator under nodemailer and imapflow, unchanged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hub_mail.sandbox import MailSandbox

from hub.sandbox import SandboxOptions


@pytest.fixture
def at() -> Iterator[Mapping[str, Mapping[str, Any]]]:
    """Give where a fresh mail service is."""
    sandbox = MailSandbox(SandboxOptions())
    yield {"mail": sandbox.start()}
    sandbox.stop()


def test_what_nodemailer_sends_imapflow_reads(node: Any, at: Any) -> None:
    """Over STARTTLS and IMAPS, with the sandbox's authority trusted, names in Chinese."""
    told = node("mail/send_and_read.mjs", at)

    assert told == {
        "accepted": ["service@vendor.example"],
        "sameId": True,
        "subject": "登录失败 – urgent",
        "from": [{"name": "服务台", "address": "service@vendor.example"}],
        "types": ["text/plain", "text/plain"],
        "filename": "截图.txt",
        "complete": True,
    }
