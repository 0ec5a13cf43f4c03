"""The conformance kit: subclass it, and it tells what your connector gets wrong.

    class TestAcme(ConnectorTests):
        name = "acme"                      # Environment.name of the connector you make
        kind = "ticket"                    # what Peer.create makes
        text_field = "description"         # where its marker stands
        creation = CreateRecord("ticket", {"subject": "made by the hub"})
        update = UpdateRecord({"subject": "changed by the hub"})

        @pytest.fixture
        def peer(self, acme_server: AcmeServer) -> Peer:
            return AcmePeer(acme_server)

A `Peer` (or a `SandboxPeer`, if you have an emulator) acts as the people in your system do
and plays its troubles. The other class attributes are switches for what a
system has not: see `hub.testing.conformance.ground`.
"""

from __future__ import annotations

from hub.testing.conformance.failing import FailureTests
from hub.testing.conformance.peer import Peer, SandboxPeer, Trouble
from hub.testing.conformance.reading import ReadingTests
from hub.testing.conformance.writing import WritingTests

__all__ = ["ConnectorTests", "Peer", "SandboxPeer", "Trouble"]


class ConnectorTests(ReadingTests, WritingTests, FailureTests):
    """All tests of the kit."""
