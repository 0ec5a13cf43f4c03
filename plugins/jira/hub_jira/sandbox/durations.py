"""Jira's durations: `1w 2d 3h 30m`, with the default week of five days of eight hours. Pure."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {"w": 144_000, "d": 28_800, "h": 3_600, "m": 60}
_PART: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,4})?)\s*([wdhm])?\s*", re.IGNORECASE | re.ASCII)


def seconds(text: str) -> int | None:
    """Read a duration, a bare number as minutes; None if it is none."""
    total, at = 0.0, 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            return None
        total += float(match[1]) * _SECONDS[(match[2] or "m").lower()]
        at = match.end()
    return int(total) if text.strip() else None


def shown(amount: int) -> str:
    """Show seconds as Jira does; less than a minute is `0m`."""
    parts = []
    for unit, size in _SECONDS.items():
        count, amount = divmod(amount, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0m"
