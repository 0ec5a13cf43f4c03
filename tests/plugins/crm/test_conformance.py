"""The connector against the conformance kit, over the emulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import pytest
from hub_crm.connector import CrmConnector
from hub_crm.ids import make_id
from hub_crm.sandbox import SalesforceSandbox
from hub_crm.settings import CrmSettings

from hub.clock import SystemClock
from hub.connector import Connector, Environment
from hub.models import CreateRecord, Effect, UpdateRecord
from hub.sandbox import SandboxOptions
from hub.settings import Secret
from hub.testing.connector_tests import ConnectorTests, Peer, SandboxPeer


@pytest.fixture(scope="module")
def emulator() -> Iterator[SalesforceSandbox]:
    """Give a running emulator in our own time."""
    sandbox = SalesforceSandbox(SandboxOptions(profile="empty"))
    sandbox.start()
    yield sandbox
    sandbox.stop()


class CrmPeer(SandboxPeer):
    """The emulator, and the people in it."""

    write_operation: ClassVar[str] = "PATCH *"
    counted: ClassVar[frozenset[str]] = frozenset({"cases", "comments"})

    def __init__(self, sandbox: SalesforceSandbox) -> None:
        super().__init__(sandbox)
        self._access = sandbox.reset()
        self.secrets = (self._access["client_secret"], self._access["access_token"])
        self._made: list[CrmConnector] = []

    def connector(self) -> Connector:
        """Make a connector with small pages and little patience."""
        settings = CrmSettings(
            url=self._access["url"],
            client_id=self._access["client_id"],
            client_secret=Secret(self._access["client_secret"]),
            ca_file=self._access["ca_file"],
            page_size=5,
            timeout_seconds=1.0,
            settle_seconds=0,
        )
        self._made.append(CrmConnector(settings, Environment(name="crm", clock=SystemClock())))
        return self._made[-1]

    def create(self, marker: str) -> str:
        """Make a case as a person does."""
        fields = {"Subject": "来电", "Description": marker}
        return str(self.sandbox.act("create_case", {"fields": fields})["Id"])

    def edit(self, record: str, marker: str) -> None:
        """Change a case as a person does."""
        self.sandbox.act("update_case", {"id": record, "fields": {"Description": marker}})

    def delete(self, record: str) -> None:
        """Delete a case as a person does."""
        self.sandbox.act("delete", {"id": record})

    def comment(self, record: str, text: str, *, public: bool) -> str:
        """Comment on a case as a person does."""
        made = self.sandbox.act("comment", {"case": record, "text": text, "public": public})
        return str(made["Id"])

    def close(self) -> None:
        """Close what was made."""
        for connector in self._made:
            connector.close()


class TestConformance(ConnectorTests):
    """The kit, with what Salesforce is like."""

    name: ClassVar[str] = "crm"
    kind: ClassVar[str] = "case"
    text_field: ClassVar[str] = "description"
    creation: ClassVar[Effect | None] = CreateRecord("case", {"subject": "由集线器登记"})
    update: ClassVar[UpdateRecord | None] = UpdateRecord({"subject": "已更改", "priority": "High"})
    idempotent: ClassVar[bool] = True
    long_text_bytes: ClassVar[int] = 60_000
    unknown_id: ClassVar[str] = make_id("500", 10**9)

    @pytest.fixture
    def peer(self, emulator: SalesforceSandbox) -> Iterator[Peer]:
        """Give a fresh organisation to each test."""
        peer = CrmPeer(emulator)
        yield peer
        peer.close()
