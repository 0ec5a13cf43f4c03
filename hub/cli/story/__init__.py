"""The demo's story: what customers, engineers and R&D do, and what must come of it."""

from __future__ import annotations
