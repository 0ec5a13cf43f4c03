"""Record ids: 15 signs that tell case apart, and the 18-sign form that survives case folding."""

from __future__ import annotations

import re
from typing import Final

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_ID: Final = re.compile(r"[0-9A-Za-z]{15}([A-Za-z0-5]{3})?")


def suffix(short: str) -> str:
    """Give the three signs that say which of the fifteen are capitals."""
    parts = []
    for start in (0, 5, 10):
        bits = sum(1 << i for i, sign in enumerate(short[start : start + 5]) if sign.isupper())
        parts.append(_ALPHABET[bits])
    return "".join(parts)


def normal_id(text: object) -> str | None:
    """Give the 18-sign form of an id; None for what is no id."""
    if not isinstance(text, str) or not _ID.fullmatch(text):
        return None
    return text[:15] + suffix(text[:15])


def make_id(prefix: str, number: int) -> str:
    """Give the 18-sign id of an object's n-th record."""
    digits = ""
    while number:
        number, rest = divmod(number, 62)
        digits = _DIGITS[rest] + digits
    short = f"{prefix}D0{digits.rjust(10, '0')}"
    return short + suffix(short)
