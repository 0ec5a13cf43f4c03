"""Unit mail."""

from __future__ import annotations

from typing import Final

HUB_API: Final = 1
