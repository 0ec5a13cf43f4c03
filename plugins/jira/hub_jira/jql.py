"""Builds JQL from values of unknown origin. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS: Final = 60_000


def quote(value: str) -> str:
    """Quote a value, so that nothing in it is read as JQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.replace("\r", "\\r").replace("\n", "\\n")


def in_milliseconds(moment: datetime) -> int:
    """Give an instant in milliseconds since 1970: the only date that JQL reads in no zone."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def floor_minute(milliseconds: int) -> int:
    """Give the beginning of an instant's minute: JQL compares no finer."""
    return milliseconds - milliseconds % MINUTE_MS


def changed_since(project: str, bound: int | None, extra: str = "") -> str:
    """Ask for a project's issues changed at or after a bound, oldest first.

    There is no upper bound: an issue changed again and again would slide past one for ever.
    """
    clauses = [f"project = {quote(project)}"]
    if bound is not None:
        clauses.append(f"updated >= {bound}")
    if extra:
        clauses.append(f"({extra})")
    return f"{' AND '.join(clauses)} ORDER BY updated ASC, key ASC"


def labelled(label: str) -> str:
    """Ask for the issues that carry a label."""
    return f"labels = {quote(label)} ORDER BY created ASC"
