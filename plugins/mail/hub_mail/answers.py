"""Reads what imaplib gives of an IMAP server's answers: pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

UID: Final = re.compile(rb"\bUID (\d+)")
SIZE: Final = re.compile(rb"\bRFC822\.SIZE (\d+)")
_DATE: Final = re.compile(
    rb'INTERNALDATE "\s?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)"'
)
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"


@dataclass(frozen=True, slots=True)
class Box:
    """A selected folder's numbers; `uid_next` is 0 where the server does not say."""

    uid_validity: int
    uid_next: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A mail in a folder before it is read."""

    uid: int
    size: int
    received_at: datetime | None


def text(data: Sequence[object]) -> str:
    """Give an answer's words."""
    parts = [part.decode("utf-8", "replace") for part in data if isinstance(part, bytes)]
    return " ".join(parts)[:500]


def messages(data: Sequence[object]) -> Iterator[tuple[bytes, list[bytes]]]:
    """Put a FETCH answer's pieces together: for each message its text and its literals."""
    head, literals = b"", list[bytes]()
    for piece in data:
        line, literal = piece if isinstance(piece, tuple) else (piece, None)
        if not isinstance(line, bytes):
            continue
        if re.match(rb"\d+ \(", line):
            if head:
                yield head, literals
            head, literals = b"", []
        head += line
        if isinstance(literal, bytes):
            literals.append(literal)
    if head:
        yield head, literals


def flat(piece: object) -> bytes:
    """Give one piece of an answer as it came, literal included."""
    if isinstance(piece, tuple):
        return b"\r\n".join(one for one in piece if isinstance(one, bytes))
    return piece if isinstance(piece, bytes) else b""


def date(head: bytes) -> datetime | None:
    """Give the INTERNALDATE of an answer in UTC."""
    found = _DATE.search(head)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, hours, minutes = (
        part.decode("ascii") for part in found.groups()
    )
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        number = _MONTHS.index(month.lower()) // 3 + 1
        zone = timezone(offset)
        moment = datetime(
            int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=zone
        )
    except ValueError:
        return None
    return moment.astimezone(UTC)


def listed(head: bytes, low: int, high: int | None) -> Listed | None:
    """Give the mail of an answer, if it lies in the range that was asked for.

    `n:*` is answered with the last mail even if its UID is below n.
    """
    uid, size = UID.search(head), SIZE.search(head)
    if uid is None or size is None or not low <= int(uid[1]) <= (high or 2**32):
        return None
    return Listed(int(uid[1]), int(size[1]), date(head))
