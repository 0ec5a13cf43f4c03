"""The ground on which units build emulators of their systems: servers, faults, control.

An emulator is a typed model under thin HTTP (or IMAP, SMTP) resources; it lives in its unit's
`sandbox` package. It follows the system's published description, not our connectors' habits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from hub.clock import Clock, SystemClock
from hub.sandbox.faults import Fault, FaultPlan
from hub.sandbox.server import AsgiServer


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxOptions:
    """How to start emulators: host, fixed ports by emulator name (0 or absent: a free one)."""

    host: str = "127.0.0.1"
    ports: Mapping[str, int] = field(default_factory=dict)
    profile: str = "demo"
    clock: Clock = field(default_factory=SystemClock)


class Sandbox(Protocol):
    """One emulator of one system.

    `name` is its key in the start-up line of `hub sandbox --json` (`jira_cloud`, `salesforce`,
    `mail`); `faults` is its plan of injected faults, which the control API changes.
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


__all__ = ["AsgiServer", "Fault", "FaultPlan", "Sandbox", "SandboxOptions"]
