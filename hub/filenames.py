"""Names of files that strangers chose, made safe to show, to store and to hand on."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 150
_UNSAFE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f<>:\"|?*\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def safe_name(name: str, default: str) -> str:
    """Give a name without path, controls or turned writing, not hidden, of bounded length."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    clean = _UNSAFE.sub("", last).strip().lstrip(".").strip()
    if len(clean) > LONGEST:
        stem, dot, ending = clean.rpartition(".")
        clean = stem[:130] + dot + ending[:15] if dot else clean[:LONGEST]
    return clean or default
