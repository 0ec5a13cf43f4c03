"""Writes IMAP's values: quoted strings, literals, NIL, lists."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

_QUOTABLE: Final = re.compile(rb"[\x20-\x7e]{0,900}")


def quoted(value: bytes) -> bytes:
    """Give a string: quoted if it can be, else a literal."""
    if _QUOTABLE.fullmatch(value):
        return b'"' + value.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    return literal(value)


def literal(value: bytes) -> bytes:
    """Give a literal."""
    return b"{%d}\r\n" % len(value) + value


def nstring(value: bytes | str | None) -> bytes:
    """Give a string, or NIL for None."""
    if value is None:
        return b"NIL"
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    return quoted(value)


def listing(values: list[bytes]) -> bytes:
    """Give a list in parentheses."""
    return b"(" + b" ".join(values) + b")"


def flags(values: set[str], *, recent: bool = False) -> bytes:
    """Give a list of flags."""
    names = sorted(values) + (["\\Recent"] if recent else [])
    return listing([name.encode("latin-1", "replace") for name in names])


def date_time(moment: datetime) -> bytes:
    """Give an INTERNALDATE."""
    return moment.astimezone(UTC).strftime('"%d-%b-%Y %H:%M:%S +0000"').encode()
