"""Cuts a query into tokens, and words the errors that point at a place in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Final

from hub_crm.sandbox.wire import ApiError


class Kind(StrEnum):
    """Kinds of tokens."""

    NAME = "name"
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    TIME = "time"
    SIGN = "sign"
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One token and where it begins; `word` is a name's text in upper case, else empty."""

    kind: Kind
    text: str
    at: int
    word: str = ""


_ZONE: Final = r"(?:Z|[+-]\d{2}:?\d{2})"
_CLOCK: Final = r"\d{2}:\d{2}:\d{2}(?:\.\d+)?"
_TOKEN: Final = re.compile(
    rf"""\s*(?:
      (?P<moment>\d{{4}}-\d{{2}}-\d{{2}}T{_CLOCK}{_ZONE})
    | (?P<date>\d{{4}}-\d{{2}}-\d{{2}}(?![\dT]))
    | (?P<time>{_CLOCK}{_ZONE})
    | (?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z_\d]))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<sign><=|>=|!=|<>|[=<>(),.:])
    | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL | re.ASCII,
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
            raise _stray(query, len(query) - len(query[at:].lstrip()))
        kind = Kind(str(match.lastgroup))
        text = match[kind.value]
        word = text.upper() if kind is Kind.NAME else ""
        result.append(Token(kind, text, match.start(kind.value), word))
        if kind is Kind.END:
            return result
        at = match.end()


def _stray(query: str, at: int) -> ApiError:
    sign = query[at : at + 1]
    if not sign.isascii() or not sign.isprintable():
        return malformed(query, at, f"line 1:{at} no viable alternative at character '{sign}'")
    return malformed(query, at, f"unexpected token: '{sign}'")


_ESCAPES: Final = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "\\": "\\", "'": "'", '"': '"',
    "N": "\n", "R": "\r", "T": "\t", "B": "\b", "F": "\f",
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
            what = f"Invalid string literal {token.text}. Illegal character sequence '\\{sign}' in "
            raise malformed(query, token.at, f"{what}string literal.")
        return "\\\\" if keep and sign == "\\" else _ESCAPES[sign]

    inner = token.text[1:-1]
    value, pattern = (
        _whole(_ESCAPE.sub(partial(plain, keep=keep), inner)) for keep in (False, True)
    )
    return value, pattern


def _whole(text: str) -> str:
    """Join halves of characters that were written as two escapes; a half alone is replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
