"""Builds JQL from values of unknown origin. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS: Final = 60_000
_CONTROL: Final = re.compile("[\0-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
"""Signs that JQL takes in no string, not even a quoted one, unless they are escaped."""


def quote(value: str) -> str:
    """Quote a value, so that nothing in it is read as JQL."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", escaped) + '"'


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
    clauses = _of_project(project, extra)
    if bound is not None:
        clauses.append(f"updated >= {bound}")
    return f"{' AND '.join(clauses)} ORDER BY updated ASC, key ASC"


def changed_in_minute(project: str, begin: int, after_key: str, extra: str = "") -> str:
    """Ask for the issues whose last change lies in one minute, by key, behind a key.

    What is changed again meanwhile leaves the minute, and is found behind it.
    """
    clauses = _of_project(project, extra)
    clauses += [f"updated >= {begin}", f"updated < {begin + MINUTE_MS}"]
    if after_key:
        clauses.append(f"key > {quote(after_key)}")
    return f"{' AND '.join(clauses)} ORDER BY key ASC"


def _of_project(project: str, extra: str) -> list[str]:
    return [f"project = {quote(project)}", *([f"({extra})"] if extra else [])]


def labelled(label: str) -> str:
    """Ask for the issues that carry a label."""
    return f"labels = {quote(label)} ORDER BY created ASC"
