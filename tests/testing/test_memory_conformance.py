"""The memory connector passes the kit that it is shipped with, also where the search lags."""

from __future__ import annotations

import pytest

from hub.models import CreateRecord, UpdateRecord
from hub.testing.connector_tests import ConnectorTests, Peer


class TestMemoryConnector(ConnectorTests):
    """The kit on a system that shows at once what was written."""

    name = "peer"
    kind = "ticket"
    text_field = "description"
    creation = CreateRecord("ticket", {"subject": "made by the hub", "description": "why"})
    update = UpdateRecord({"status": "Working", "subject": "changed by the hub"})
    package = "hub.testing.memory"

    # The memory connector is itself a part of hub.testing; only a plugin must not import that.
    def test_the_package_imports_the_contract_only(self, peer: Peer) -> None:
        """Skip what concerns plugins alone."""
        pytest.skip("it is no plugin")

    @pytest.fixture
    def peer(self, memory_peer: Peer) -> Peer:
        """Give a plain system."""
        return memory_peer


class TestLaggingMemoryConnector(TestMemoryConnector):
    """The kit on a system whose search lags: `find` says that it can not tell yet."""

    @pytest.fixture
    def peer(self, lagging_peer: Peer) -> Peer:
        """Give a system whose search lags."""
        return lagging_peer


class TestUpsertingMemoryConnector(TestMemoryConnector):
    """The kit on a system that makes a thing once for each key."""

    idempotent = True

    @pytest.fixture
    def peer(self, upserting_peer: Peer) -> Peer:
        """Give a system that upserts."""
        return upserting_peer
