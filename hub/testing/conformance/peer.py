"""The system under a connector, as the conformance kit handles it: what the author supplies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import ClassVar, Literal, TypeAlias

from hub.connector import Connector
from hub.sandbox import Fault, Sandbox

Trouble: TypeAlias = Literal[
    "unauthorised",  # the credentials are refused (401)
    "forbidden",  # they are good, and this is not allowed (403)
    "limited",  # too many calls; pause `Peer.pause_seconds` (429)
    "unavailable",  # the system's own fault (503)
    "silent",  # no answer within the connector's own time-out
    "garbage",  # an answer that is no answer (200 with a page of HTML)
    "cut",  # the connection closes in the midst of the answer
    "lost_before",  # it closes before anything happened
    "lost_after",  # it closes after the effect was made, before the answer
]


class Untroubled:
    """A system that plays no trouble, shows at once what was written, and lives in our time."""

    def now(self) -> datetime:
        """Give the present instant, by the clock that the connector was given."""
        return datetime.now(UTC)

    def trouble(self, kind: Trouble, *, writing: bool = False) -> bool:
        """Have the next calls fail so (with `writing`, those that make effects, once).

        False: the system can not play it; the test is skipped.
        """
        del kind, writing
        return False

    def heal(self) -> None:
        """End all trouble."""

    def settle(self) -> None:
        """Let pass what time the system needs until its search shows all that was written."""


class Peer(Untroubled, ABC):
    """The system, and the people in it.

    A record that a person makes carries a marker: a text of the kit's choosing, in the field
    that `ConnectorTests.text_field` names, so that the kit knows it again when it is polled.
    """

    pause_seconds: ClassVar[float] = 7.0
    secrets: tuple[str, ...] = ()
    """Passwords and tokens in use: the kit looks for them where they must not be."""

    @abstractmethod
    def connector(self) -> Connector:
        """Make a new connector to the system, as a restarted hub would.

        With a page size that a dozen records do not fit in, and a short time-out.
        """

    @abstractmethod
    def create(self, marker: str) -> str:
        """Make a record as a person does; give its id as in `Ref.id`."""

    @abstractmethod
    def things(self) -> int:
        """Count what the system holds: records, comments, mails sent, all together."""

    def edit(self, record: str, marker: str) -> None:
        """Change a record's text as a person does."""
        raise NotImplementedError("Peer.edit is needed unless the class says `edits = False`")

    def delete(self, record: str) -> None:
        """Delete a record as a person does."""
        raise NotImplementedError("Peer.delete is needed unless the class says `deletes = False`")

    def comment(self, record: str, text: str, *, public: bool) -> str:
        """Comment on a record as a person does; give the comment's id."""
        raise NotImplementedError("Peer.comment is needed as the connector reads comments")


class SandboxPeer(Peer):
    """A peer that is an emulator: things are counted and trouble is played by its own means.

    `write_operation` is the glob of the calls that make effects, `faults` replaces the faults
    that are played for a trouble where the emulator has others than those of HTTP.
    """

    write_operation: ClassVar[str] = "POST *"
    counted: ClassVar[frozenset[str]] = frozenset()
    """Kinds of `Sandbox.records()` to count; empty for all."""
    faults: ClassVar[Mapping[Trouble, Fault | None]] = {}
    silence_seconds: ClassVar[float] = 3.0

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def things(self) -> int:
        """Count the emulator's records."""
        held = self.sandbox.records()
        return sum(len(held[kind]) for kind in self.counted or held)

    def trouble(self, kind: Trouble, *, writing: bool = False) -> bool:
        """Add the fault to the emulator's plan."""
        fault = self.faults[kind] if kind in self.faults else self._common(kind)
        if fault is None:
            return False
        operation = self.write_operation if writing else fault.operation
        self.sandbox.faults.add(
            Fault(
                kind=fault.kind,
                operation=operation,
                times=1 if writing else fault.times,
                arguments=fault.arguments,
            )
        )
        return True

    def heal(self) -> None:
        """Clear the emulator's plan."""
        self.sandbox.faults.clear()

    def _common(self, kind: Trouble) -> Fault:
        statuses = {"unauthorised": 401, "forbidden": 403, "unavailable": 503, "garbage": 200}
        if kind in statuses:
            return Fault(kind="server_error", arguments={"status": statuses[kind]})
        if kind == "limited":
            return Fault(kind="rate_limit", arguments={"retry_after": int(self.pause_seconds)})
        if kind == "silent":
            return Fault(kind="latency", arguments={"seconds": self.silence_seconds})
        names = {"cut": "half_body", "lost_before": "drop_before", "lost_after": "drop_after"}
        return Fault(kind=names[kind])
