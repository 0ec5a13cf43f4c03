"""The conformance kit, upon the emulator."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from hub_mail import mapping

from hub.connector import Connector
from hub.models import PublicText, SendReply
from hub.sandbox import Fault
from hub.testing.connector_tests import ConnectorTests, Peer, SandboxPeer, Trouble

SERVICE = "service@vendor.example"


class MailPeer(SandboxPeer):
    """A mail service and the customers who write to it."""

    write_operation = "SMTP DATA"
    faults: ClassVar[Mapping[Trouble, Fault | None]] = {
        "unauthorised": Fault(kind="expired_token", operation="* [LAE][OUX]*"),
        "forbidden": Fault(kind="forbidden", operation="* [LER][OXC]*"),
        "limited": None,  # neither IMAP nor SMTP names a pause
        "silent": Fault(
            # Silence before the final dot is known to have sent nothing.
            kind="latency",
            operation="*[MD]A[PT]*",
            arguments={"seconds": 30.0},
        ),
        "unavailable": Fault(kind="server_error", arguments={"status": 451}),
        "garbage": Fault(kind="garbage"),
    }

    def __init__(self, post: Any, read: Any) -> None:
        super().__init__(post.sandbox)
        self._post = post
        self._read = read
        self._number = 0
        self.secrets = (str(post.at["password"]),)

    def connector(self) -> Connector:
        """Make a connector that keeps evidence of what it sends."""
        made: Connector = self._post.connector(
            page_size=5, timeout_seconds=2.0, copy_to=SERVICE, imap={"sent_folder": "Sent"}
        )
        return made

    def create(self, marker: str) -> str:
        """Write to the service."""
        self._number += 1
        raw = (
            f"From: li@pku.edu.cn\r\nSubject: {self._number}\r\n"
            f"Message-ID: <{self._number}@pku.edu.cn>\r\nContent-Type: text/plain; charset=utf-8"
            "\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        ).encode() + base64.encodebytes(marker.encode())
        self._post.deliver(raw)
        change = self._read.either(raw)
        return str(change.ref.id)

    def delete(self, record: str) -> None:
        """Take a mail out of the mailbox."""
        connector = self._post.connector()
        for change in connector.poll(None).changes:
            if change.ref.id == record:
                uid = connector._reader._places[record][1]
                self.sandbox.act("expunge", {"uids": [uid]})

    def things(self) -> int:
        """Count the mails that customers got."""
        return len(self.sandbox.records().get("li@pku.edu.cn", []))


class TestMail(ConnectorTests):
    """All tests of the kit that mail can have."""

    name = "mail"
    kind = mapping.KIND
    creation = SendReply(to=("li@pku.edu.cn",), subject="Re: x", text=PublicText("已收到"))
    edits = False
    polls_deletions = False
    reads_what_it_makes = False
    unknown_id = "0123456789ab-0123456789abcdef"

    @pytest.fixture
    def peer(self, post: Any, read: Any) -> Peer:
        """A mail service."""
        return MailPeer(post, read)
