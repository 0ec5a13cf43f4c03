"""Cuts JQL into tokens; what can not be cut is refused in Jira's words.

All of a query is cut before any of it is parsed, as Jira does: an illegal sign near the end is
told before a wrong word near the beginning.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, NoReturn

from hub_jira.sandbox.jql.reserved import RESERVED_WORDS

RESERVED_CHARACTERS: Final = frozenset("+;?*/%^$#@{}")
_OPERATORS: Final = ("!=", ">=", "<=", "!~", "&&", "||", "=", ">", "<", "~", "!", "&", "|")
_PUNCTUATION: Final = "(),[]"
_ENDS_A_WORD: Final = frozenset(" \t\r\n()[],=!<>~&|\"'") | RESERVED_CHARACTERS
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r"}
_CONTROL: Final = re.compile("[\0-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_NUMBER: Final = re.compile(r"-?[0-9]+")
_LARGEST: Final = 2**63 - 1
_VALID_ESCAPES: Final = (
    "The valid escape sequences are \\', \\\", \\t, \\n, \\r, \\\\, '\\ ' and \\uXXXX."
)
PREFIX: Final = "Error in the JQL Query: "


NO_VALUE: Final = "does not exist for the field"
"""Stands in the message about a value that is not there: such a query is well formed."""


class JqlError(Exception):
    """A query that Jira refuses; the texts are Jira's messages."""

    def __init__(self, *messages: str) -> None:
        self.messages = messages
        super().__init__(" ".join(messages))


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: `word`, `number`, `string`, `operator`, `punctuation` or `end`."""

    kind: str
    text: str
    line: int
    column: int

    @property
    def lower(self) -> str:
        """Give a bare word in lower case; empty for everything else, quoted words included."""
        return self.text.lower() if self.kind == "word" else ""

    @property
    def shown(self) -> str:
        """Give it as messages show it: on one line."""
        return one_line(self.text)

    @property
    def place(self) -> str:
        """Say where it stands."""
        return f"(line {self.line}, character {self.column})"


def one_line(text: str) -> str:
    """Give a piece of a query as messages show it."""
    return text.replace("\n", " ").replace("\r", " ")


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
        while self._at < len(self._text) and self._text[self._at] in " \t\r\n":
            self._pass()
        return self._at < len(self._text)

    def _pass(self) -> str:
        sign = self._text[self._at]
        self._at += 1
        if sign == "\n":
            self._line += 1
            self._line_start = self._at
        return sign

    def _token(self, kind: str, text: str) -> Token:
        return Token(kind, text, self._line, self._at - self._line_start + 1)

    def _next(self) -> Token:
        start = self._token("", "")
        sign = self._text[self._at]
        if sign in "\"'":
            return Token("string", self._quoted(sign, start), start.line, start.column)
        for operator in _OPERATORS:
            if self._text.startswith(operator, self._at):
                self._at += len(operator)
                return Token("operator", operator, start.line, start.column)
        if sign in _PUNCTUATION:
            self._at += 1
            return Token("punctuation", sign, start.line, start.column)
        if sign in RESERVED_CHARACTERS:
            raise JqlError(
                f"{PREFIX}The character '{sign}' is a reserved JQL character. You must enclose it "
                f"in a string or use the escape '\\u{ord(sign):04x}' instead. {start.place}"
            )
        return self._word(start)

    def _word(self, start: Token) -> Token:
        signs = []
        first = self._at
        while self._at < len(self._text):
            sign = self._text[self._at]
            if sign == "\\":
                signs.append(self._escape())
                continue
            if sign in _ENDS_A_WORD:
                break
            self._refuse_control(sign)
            signs.append(self._pass())
        text = "".join(signs)
        escaped = "\\" in self._text[first : self._at]
        if _NUMBER.fullmatch(text):
            if not -_LARGEST - 1 <= int(text) <= _LARGEST:
                raise JqlError(
                    f"{PREFIX}'{text}' is not a valid number. Numbers must be between "
                    f"{-_LARGEST - 1:,} and {_LARGEST:,}. {start.place}"
                )
            return Token("number", text, start.line, start.column)
        if not escaped and text.lower() in RESERVED_WORDS:
            raise JqlError(
                f"{PREFIX}'{text}' is a reserved JQL word. You must surround it in quotation marks "
                f"to use it in a query. {start.place}"
            )
        return Token("string" if escaped else "word", text, start.line, start.column)

    def _refuse_control(self, sign: str) -> None:
        if _CONTROL.match(sign):
            shown = "TAB" if sign == "\t" else f"U+{ord(sign):04X}"
            token = self._token("", sign)
            raise JqlError(
                f"{PREFIX}The character '{shown}' on line {token.line} at position {token.column} "
                f"must be escaped. Use the escape '\\u{ord(sign):04x}' instead. {token.place}"
            )

    def _quoted(self, quote: str, start: Token) -> str:
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
            self._refuse_control(sign)
            signs.append(self._pass())
        shown = f" '{one_line(''.join(signs))}'" if signs else ""
        raise JqlError(f"{PREFIX}The quoted string{shown} has not been completed. {start.place}")

    def _escape(self) -> str:
        place = self._token("", "").place
        following = self._text[self._at + 1 : self._at + 2]
        if not following:
            raise JqlError(
                f"{PREFIX}The escape sequence has not been completed. {_VALID_ESCAPES} {place}"
            )
        if following == "u":
            return self._unicode(place)
        if following in _ESCAPES:
            self._at += 2
            return _ESCAPES[following]
        if following not in "\"'\\ ":
            self._refuse(following, place)
        self._at += 2
        return following

    def _unicode(self, place: str) -> str:
        digits = self._text[self._at + 2 : self._at + 6]
        for count, digit in enumerate(digits, 1):
            if digit not in "0123456789abcdefABCDEF":
                self._refuse("u" + digits[:count], place)
        if len(digits) < 4:
            self._refuse("u" + digits, place)
        self._at += 6
        return chr(int(digits, 16))

    def _refuse(self, escape: str, place: str) -> NoReturn:
        raise JqlError(
            f"{PREFIX}'\\{one_line(escape)}' is an illegal JQL escape sequence. {_VALID_ESCAPES} "
            f"{place}"
        )
