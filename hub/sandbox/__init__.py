"""The ground on which units build emulators of their systems: servers, faults, control.

An emulator is a typed model under thin HTTP (or IMAP, SMTP) resources; it lives in its unit's
`sandbox` package. It follows the system's published description, not our connectors' habits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from hub.clock import Clock, SystemClock
from hub.sandbox.faults import ActFailedError, Fault, FaultPlan
from hub.sandbox.server import AsgiServer
from hub.sandbox.state import StatefulSandbox
from hub.sandbox.tls import Authority
from hub.sandbox.traffic import Traffic


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How to start emulators.

    Args:
        host: where they listen.
        ports: fixed ports by emulator name (0 or absent: a free one).
        profile: what they hold at first: `demo`, `empty`, or `conformance`, which has what the
            client libraries' own test suites expect.
        clock: the time that they live in.
        definitions: a folder with `NAME.yaml` for emulators that read what is the organisation's
            own, such as custom objects and fields in `salesforce.yaml`.
        data: a folder in which what must be the same after a restart is kept, if anywhere.
        real: whether real servers that are installed here are started beside the emulators.
        traffic: where they tell what was called: `options.traffic.of(self.name)`.
    """

    host: str = "127.0.0.1"
    ports: Mapping[str, int] = field(default_factory=dict)
    profile: str = "demo"
    clock: Clock = field(default_factory=SystemClock)
    definitions: Path | None = None
    data: Path | None = None
    real: bool = False
    traffic: Traffic = field(default_factory=Traffic)


class Sandbox(Protocol):
    """One emulator of one system.

    `name` is its key in the start-up line of `hub sandbox --json` (`jira_cloud`, `salesforce`,
    `mail`); `faults` is its plan of injected faults, which the control API changes. It lives in the
    time of `faults.clock(options.clock)`. One whose state can be kept is a `StatefulSandbox` too.
    """

    name: str
    faults: FaultPlan

    def start(self) -> Mapping[str, Any]:
        """Start serving; give where it is and how to log in, when it is ready."""
        ...

    def stop(self) -> None:
        """Stop serving and close all connections."""
        ...

    def records(self) -> Mapping[str, list[dict[str, Any]]]:
        """Give what it holds, by kind, as plain JSON values: for comparing and showing."""
        ...

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do what a person in the real system would do (`create_case`, `comment`, `deliver`, …).

        Each emulator documents its actions; an unknown one raises ValueError.
        """
        ...


PROFILES: Final = ("demo", "empty", "conformance")

__all__ = [
    "PROFILES",
    "ActFailedError",
    "AsgiServer",
    "Authority",
    "Fault",
    "FaultPlan",
    "Sandbox",
    "SandboxOptions",
    "StatefulSandbox",
    "Traffic",
]
