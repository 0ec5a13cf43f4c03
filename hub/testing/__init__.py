"""What plugin authors test with: a frozen clock, systems in memory, the conformance kit."""

from __future__ import annotations

from hub.testing.clock import FrozenClock, SeededIds

__all__ = ["FrozenClock", "SeededIds"]
