"""Replay: the recorded past gone through once more, by another handbook, in virtual time.

It reads the store and changes nothing; no connector is built. What people and systems did stands
in the record; what the hub decides is decided anew, by the code by which the engine decides.
"""

from __future__ import annotations

from hub.core.replay.report import Report
from hub.core.replay.run import replay

__all__ = ["Report", "replay"]
