"""The connector passes the kit that every connector must pass, on both faces of Jira."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, ClassVar

import pytest
from hub_jira.connector import JiraConnector
from hub_jira.mapping import comment_id
from hub_jira.sandbox import JiraSandbox
from hub_jira.settings import JiraSettings

from hub.clock import SystemClock
from hub.connector import Connector, Environment
from hub.models import CreateRecord, UpdateRecord
from hub.sandbox import SandboxOptions
from hub.settings import Secret
from hub.testing import FrozenClock
from hub.testing.connector_tests import ConnectorTests, Peer, SandboxPeer


class JiraPeer(SandboxPeer):
    """People at an emulated Jira."""

    write_operation: ClassVar[str] = "POST */issue*"
    silence_seconds: ClassVar[float] = 1.5
    lag: ClassVar[float] = 0.0

    def __init__(self, sandbox: JiraSandbox, clock: Any) -> None:
        super().__init__(sandbox)
        self.clock = clock
        self.facts = sandbox.start()
        secret = self.facts.get("api_token") or self.facts["token"]
        self.secrets = (str(secret),)
        self.connectors: list[JiraConnector] = []
        sandbox.set_search_lag(self.lag)

    def connector(self) -> Connector:
        """Make a connector with small pages."""
        settings = JiraSettings(
            url=self.facts["url"],
            email=self.facts.get("email", ""),
            token=Secret(self.secrets[0]),
            project="RND",
            page_size=5,
            search_lag_seconds=self.lag,
            read_timeout_seconds=1.0,
        )
        self.connectors.append(JiraConnector(settings, Environment(name="rnd", clock=self.clock)))
        return self.connectors[-1]

    def close(self) -> None:
        """Close the connectors and stop the site."""
        for connector in self.connectors:
            connector.close()
        self.sandbox.stop()

    def now(self) -> datetime:
        """Give the clock's instant."""
        moment: datetime = self.clock.now()
        return moment

    def create(self, marker: str) -> str:
        """Make an issue."""
        made = self.sandbox.act("create_issue", {"summary": "from a person", "description": marker})
        return str(made["id"])

    def edit(self, record: str, marker: str) -> None:
        """Rewrite an issue."""
        self.sandbox.act("edit", {"issue": record, "fields": {"description": marker}})

    def delete(self, record: str) -> None:
        """Delete an issue."""
        self.sandbox.act("delete_issue", {"issue": record})

    def comment(self, record: str, text: str, *, public: bool) -> str:
        """Comment on an issue."""
        made = self.sandbox.act("comment", {"issue": record, "text": text, "public": public})
        return comment_id(record, str(made["id"]))


class LaggingPeer(JiraPeer):
    """People at a Jira whose search is ten seconds behind."""

    lag: ClassVar[float] = 10.0

    def settle(self) -> None:
        """Wait out the lag."""
        self.clock.advance(11)


class TestJiraCloud(ConnectorTests):
    """The kit on Jira Cloud."""

    name = "rnd"
    kind = "issue"
    text_field = "description"
    creation = CreateRecord("issue", {"summary": "made by the hub", "description": "为什么"})
    update = UpdateRecord({"summary": "changed by the hub", "priority": "High"})
    polls_deletions = False

    @pytest.fixture
    def peer(self) -> Iterator[Peer]:
        """Give an emulated site."""
        sandbox = JiraSandbox.cloud(SandboxOptions())
        peer = JiraPeer(sandbox, SystemClock())
        yield peer
        peer.close()


class TestJiraServer(TestJiraCloud):
    """The kit on Jira Data Center."""

    @pytest.fixture
    def peer(self) -> Iterator[Peer]:
        """Give an emulated site."""
        sandbox = JiraSandbox.server(SandboxOptions())
        peer = JiraPeer(sandbox, SystemClock())
        yield peer
        peer.close()


class TestLaggingJiraCloud(TestJiraCloud):
    """The kit on a Jira whose search lags; all happens within one minute of a frozen clock."""

    @pytest.fixture
    def peer(self) -> Iterator[Peer]:
        """Give an emulated site whose search lags."""
        clock = FrozenClock()
        sandbox = JiraSandbox.cloud(SandboxOptions(clock=clock))
        peer = LaggingPeer(sandbox, clock)
        yield peer
        peer.close()
