"""Cuts JQL into tokens; what can not be cut is refused in Jira's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RESERVED_CHARACTERS: Final = frozenset("+;?*/%^$#@{}\\`")
_OPERATORS: Final = ("!=", ">=", "<=", "!~", "&&", "||", "=", ">", "<", "~", "!", "&", "|")
_PUNCTUATION: Final = "(),[]"
_ENDS_A_WORD: Final = frozenset(" \t\r\n()[],=!<>~&|\"'") | RESERVED_CHARACTERS
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}


class JqlError(Exception):
    """A query that Jira refuses; the text is Jira's message."""


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: `word`, `string`, `operator`, `punctuation` or `end`."""

    kind: str
    text: str
    line: int
    column: int

    @property
    def lower(self) -> str:
        """Give a bare word in lower case; empty for everything else, quoted words included."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def place(self) -> str:
        """Say where it stands."""
        return f"(line {self.line}, character {self.column})"


class Lexer:
    """Reads one query."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1
        self._line_start = 0

    def tokens(self) -> list[Token]:
        """Give all tokens; the last is the end."""
        result = []
        while self._skip_space():
            result.append(self._next())
        return [*result, self._token("end", "")]

    def _skip_space(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            if self._text[self._at] == "\n":
                self._line += 1
                self._line_start = self._at + 1
            self._at += 1
        return self._at < len(self._text)

    def _token(self, kind: str, text: str, at: int | None = None) -> Token:
        place = self._at if at is None else at
        return Token(kind, text, self._line, place - self._line_start + 1)

    def _next(self) -> Token:
        start = self._at
        sign = self._text[start]
        if sign in "\"'":
            return self._token("string", self._quoted(sign), start)
        for operator in _OPERATORS:
            if self._text.startswith(operator, start):
                self._at += len(operator)
                return self._token("operator", operator, start)
        if sign in _PUNCTUATION:
            self._at += 1
            return self._token("punctuation", sign, start)
        if sign in RESERVED_CHARACTERS and sign != "\\":
            place = self._token("", sign).place
            raise JqlError(
                f"Error in the JQL Query: The character '{sign}' is a reserved JQL character. You "
                f"must enclose it in a string or use the escape '\\u{ord(sign):04x}' instead. "
                f"{place}"
            )
        return self._token("word", self._word(), start)

    def _word(self) -> str:
        signs = []
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign == "\\":
                signs.append(self._escape())
                continue
            if sign in _ENDS_A_WORD:
                break
            signs.append(sign)
            self._at += 1
        return "".join(signs)

    def _quoted(self, quote: str) -> str:
        start = self._token("", "")
        self._at += 1
        signs: list[str] = []
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign == quote:
                self._at += 1
                return "".join(signs)
            if sign == "\\":
                signs.append(self._escape())
                continue
            signs.append(sign)
            self._at += 1
        raise JqlError(
            f"Error in the JQL Query: The quoted string '{''.join(signs)}' has not been "
            f"completed. {start.place}"
        )

    def _escape(self) -> str:
        place = self._token("", "").place
        following = self._text[self._at + 1 : self._at + 2]
        if following == "u":
            digits = self._text[self._at + 2 : self._at + 6]
            self._at += 6
            try:
                return chr(int(digits, 16)) if len(digits) == 4 else self._refuse(digits, place)
            except ValueError:
                return self._refuse(digits, place)
        self._at += 2
        if following in _ESCAPES:
            return _ESCAPES[following]
        return following if following in "\"'\\ " and following else self._refuse(following, place)

    def _refuse(self, escape: str, place: str) -> str:
        raise JqlError(
            f"Error in the JQL Query: '\\{escape}' is an illegal JQL escape sequence. The valid "
            "escape sequences are \\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX. " + place
        )
