"""Cuts a query into tokens, and words the errors that point at a place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub_crm.sandbox.wire import ApiError


class Kind(StrEnum):
    """Kinds of tokens."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token and where it begins."""

    kind: Kind
    text: str
    at: int


_MOMENT: Final = r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})"
_TOKEN: Final = re.compile(
    rf"""\s*(?:
      (?P<moment>{_MOMENT})
    | (?P<date>\d{{4}}-\d{{2}}-\d{{2}})
    | (?P<number>[+-]?\d+(?:\.\d+)?)
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<sign><=|>=|!=|<>|[=<>(),.:])
    | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)


def malformed(query: str, at: int, what: str, code: str = "MALFORMED_QUERY") -> ApiError:
    """Give an error that shows the place in the query, as the system words it."""
    before = query[:at]
    row = before.count("\n") + 1
    column = at - (before.rfind("\n") + 1) + 1
    line = query.split("\n")[row - 1]
    start = max(0, column - 40)
    excerpt = line[start : column + 40]
    caret = " " * (column - 1 - start) + "^"
    return ApiError(400, code, f"\n{excerpt}\n{caret}\nERROR at Row:{row}:Column:{column}\n{what}")


def tokens(query: str) -> list[Token]:
    """Give the query's tokens, an end token last; MALFORMED_QUERY where none fits."""
    result: list[Token] = []
    at = 0
    while True:
        match = _TOKEN.match(query, at)
        if match is None:
            rest = query[at:].lstrip()
            place = len(query) - len(rest)
            raise malformed(query, place, f"unexpected token: '{rest[:1] or '<EOF>'}'")
        kind = Kind(str(match.lastgroup))
        result.append(Token(kind, match.group(kind.value), match.start(kind.value)))
        if kind is Kind.END:
            return result
        at = match.end()


_ESCAPES: Final = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"',
}  # fmt: skip
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)


def unquote(query: str, token: Token) -> tuple[str, str]:
    """Give a quoted text's (value, LIKE pattern); in the pattern wildcards stay escaped."""

    def plain(match: re.Match[str], keep: bool) -> str:
        sign = match.group(1)
        if sign in {"%", "_"}:
            return "\\" + sign if keep else sign
        if len(sign) == 5:
            return chr(int(sign[1:], 16))
        if sign not in _ESCAPES:
            raise malformed(query, token.at, f"Invalid string literal '{token.text}'")
        return "\\\\" if keep and sign == "\\" else _ESCAPES[sign]

    inner = token.text[1:-1]
    value = _ESCAPE.sub(lambda m: plain(m, keep=False), inner)
    return value, _ESCAPE.sub(lambda m: plain(m, keep=True), inner)
