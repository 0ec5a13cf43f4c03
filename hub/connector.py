"""What a connector is: the one class a team writes to join another system to the hub.

A connector never decides. It reads changes, makes effects, and classes what goes wrong by the
errors of `hub.errors`. All methods are synchronous and may be called from several threads at
once, except `poll`, which is called by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import BinaryIO, Protocol, TypeAlias, runtime_checkable

from hub.clock import Clock
from hub.errors import ConnectorError, NotFoundError
from hub.models import Change, Delivery, Receipt, Ref, Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a connector can do; the hub asks for nothing else.

    Args:
        kinds: kinds of records it reads.
        references: those of them that are for looking up (contacts, users). When a store is
            new, they are read to the end before other systems are, so that the first mail
            finds its sender.
        reread: those of them whose linked records the hub fetches afresh now and then, since
            `poll` does not tell of each that was deleted, or moved out of its sight.
        creates: kinds it can create by `CreateRecord`.
        effects: tags of effects it performs: `create`, `update`, `comment`, `edit_comment`,
            `attach`, `reply`, `notice`.
        watch: `watch` blocks until something may have changed (IMAP IDLE).
        webhook: `receive` understands the system's webhooks.
        bulk: most deliveries that one `apply` takes.
        workers: how many threads may call `apply` at once.
        poll_seconds: how often to poll if the configuration does not say.
    """

    kinds: frozenset[str]
    references: frozenset[str] = frozenset()
    reread: frozenset[str] = frozenset()
    creates: frozenset[str] = frozenset()
    effects: frozenset[str] = frozenset()
    watch: bool = False
    webhook: bool = False
    bulk: int = 1
    workers: int = 1
    poll_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page of changes and the cursor that stands behind it.

    The cursor is opaque to the hub and stored in one transaction with the changes.
    `more` asks for the next page at once.
    """

    changes: Sequence[Change | Unreadable]
    cursor: str
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of a connector's check: what was looked at, whether it holds, what to do if not."""

    what: str
    ok: bool
    detail: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldInfo:
    """A field as the system describes it.

    `values` are the only ones that the system takes, empty if it takes others as well; `length`
    is that of the longest text it takes, in characters, 0 if that is not known.
    """

    name: str
    type: str
    writable: bool = True
    required: bool = False
    values: tuple[str, ...] = ()
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRequest:
    """An incoming webhook: hostile until its signature is verified on the raw body."""

    headers: Mapping[str, str]
    body: bytes
    query: Mapping[str, str] = field(default_factory=dict)


def _no_file(file_id: str) -> BinaryIO:
    raise NotFoundError(f"there is no file {file_id}", operation="open file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What the hub hands to a connector: its configured name, a clock, the files it keeps.

    `open_file` gives the bytes of an `AttachFile`'s file by its id, to be closed after reading;
    NotFoundError if the hub has it no more.
    """

    name: str
    clock: Clock
    stopping: Event = field(default_factory=Event)
    open_file: Callable[[str], BinaryIO] = _no_file


Outcome: TypeAlias = Receipt | ConnectorError
"""The outcome of one delivery; an error is returned where others of the batch worked."""


@runtime_checkable
class Connector(Protocol):
    """A configured connection to one external system."""

    @property
    def capabilities(self) -> Capabilities:
        """Give what this connector can do; constant, and without a call to the system."""
        ...

    def check(self) -> Sequence[Finding]:
        """Look at reach and rights: who am I, what may I do, what is missing. Never raises."""
        ...

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Give the kinds and their fields, in the hub's names, as the system has them now."""
        ...

    def poll(self, cursor: str | None) -> Page:
        """Read what changed behind the cursor; None starts from the configured beginning."""
        ...

    def watch(self, timeout: float, stop: Event) -> bool:
        """Block up to `timeout` seconds; True as soon as a poll may find something."""
        ...

    def receive(self, request: WebhookRequest) -> Sequence[Ref]:
        """Verify a webhook, give the records to fetch; AuthenticationError if it is not genuine."""
        ...

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change | Unreadable]:
        """Read records as they are now; one that is absent comes as a change that is `gone`."""
        ...

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Make effects: one outcome for each, in order. Raising means that none is known.

        `RateLimitedError` and `AuthenticationError` say that an effect was not made, and it is
        made anew without a look. If one strikes what follows the write (reading back, as a
        rule), answer another `RetryableError`.
        """
        ...

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look whether this effect was already made by an earlier try, by its key.

        None must be certain; while the system's search may lag, raise `RetryableError`.
        """
        ...

    def close(self) -> None:
        """Let go of connections; may be called twice, and while other threads are in a call."""
        ...


class ConnectorDefaults:
    """Answers for what a connector does not have; inherit it or write your own."""

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Describe nothing."""
        return {}

    def watch(self, timeout: float, stop: Event) -> bool:
        """Wait without watching."""
        stop.wait(timeout)
        return False

    def receive(self, request: WebhookRequest) -> Sequence[Ref]:  # noqa: ARG002
        """Take no webhooks."""
        return ()

    def close(self) -> None:
        """Hold nothing that needs closing."""
