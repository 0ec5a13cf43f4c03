"""A cause, as an answer to *why not* tells it."""

from __future__ import annotations

import msgspec

from hub.core.explain.reasons import Row


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """One cause, with the place in the handbook that says so, and rows that did not match."""

    text: str
    rule: str = ""
    source: str = ""
    clause: str = ""
    rows: list[Row] = []
