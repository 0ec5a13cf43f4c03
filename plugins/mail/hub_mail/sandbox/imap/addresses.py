"""Address fields of a header as ENVELOPE has them: people, groups and their ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from typing import Final

_ROUTE: Final = re.compile(r"<\s*(@[^:<>]*):")
_CLOSING: Final = {'"': '"', "(": ")", "<": ">"}


@dataclass(frozen=True, slots=True)
class Address:
    """One entry: a person; or, without a host, the beginning of a group, its name in `local`.

    An entry without both ends a group (RFC 3501, 7.4.2). Encoded words stand as they came.
    """

    name: str | None = None
    route: str | None = None
    local: str | None = None
    host: str | None = None


def read_addresses(values: Iterable[str]) -> list[Address]:
    """Read address fields; what can not be read is left out."""
    found: list[Address] = []
    for value in values:
        inside = False
        for text, end in _pieces(value):
            if end == ":":
                found.append(Address(local=parseaddr(f"{text} <x>")[0] or text.strip()))
                inside = True
                continue
            found += _person(text)
            if end == ";" and inside:
                found.append(Address())
                inside = False
    return found


def _person(text: str) -> Iterator[Address]:
    route = _ROUTE.search(text)
    name, address = parseaddr(text[: route.start(1)] + text[route.end() :] if route else text)
    if address:
        local, at, host = address.rpartition("@")
        local, host = (local, host) if at else (host, "")
        yield Address(name or None, route[1].strip() if route else None, local, host)


def _pieces(value: str) -> Iterator[tuple[str, str]]:
    """Cut at the commas, colons and semicolons that stand in no quotes, comments or brackets."""
    start = 0
    waiting: list[str] = []
    for at, sign in enumerate(value):
        if waiting:
            if sign == waiting[-1]:
                waiting.pop()
            elif sign == "(" and waiting[-1] == ")":
                waiting.append(")")
        elif sign in _CLOSING:
            waiting.append(_CLOSING[sign])
        elif sign in ",:;":
            yield value[start:at], sign
            start = at + 1
    yield value[start:], ""
