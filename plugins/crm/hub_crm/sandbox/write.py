"""How a record is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """How a record is written: by whom, which rules run, which faults are played.

    `stale_seconds` is how far behind now the record is stamped: a long transaction's commit.
    `owner_id` is an owner that a flow sets whatever the call asks; `publish` has a flow publish
    every comment. `truncate` cuts texts that are too long instead of refusing them.
    """

    user_id: str
    auto_assign: bool = False
    allow_duplicates: bool = False
    truncate: bool = False
    stale_seconds: float = 0.0
    owner_id: str = ""
    publish: bool = False
