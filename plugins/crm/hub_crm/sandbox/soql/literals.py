"""The values that a query can name."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from hub_crm.sandbox.soql.dates import takes_number
from hub_crm.sandbox.soql.lexer import Kind, Token, malformed, unquote
from hub_crm.sandbox.soql.nodes import DateLiteral, Literal, Money, Text

LONGEST: Final = 4000
_WORDS: Final[dict[str, bool | None]] = {"TRUE": True, "FALSE": False, "NULL": None}
_MONEY: Final = re.compile(r"([A-Z]{3})(\d+)")


def read_literal(query: str, token: Token) -> Literal:
    """Give the value of a token; MALFORMED_QUERY if it is none."""
    if token.kind is Kind.NAME:
        return _named(query, token)
    try:
        match token.kind:
            case Kind.TEXT:
                return _text(query, token)
            case Kind.NUMBER:
                return number(token.text)
            case Kind.DATE:
                return date.fromisoformat(token.text)
            case Kind.MOMENT:
                return datetime.fromisoformat(token.text).astimezone(UTC)
            case Kind.TIME:
                return time.fromisoformat(token.text).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise malformed(query, token.at, f"Invalid literal: {token.text[:40]}") from None
    shown = token.text if token.kind is not Kind.END else "<EOF>"
    raise malformed(query, token.at, f"unexpected token: '{shown}'")


def number(text: str) -> int | Decimal:
    """Give a number as it is written; ValueError if it is beyond measure."""
    if len(text) > 400:
        raise ValueError("too many digits")
    return int(text) if text.lstrip("+-").isdigit() else Decimal(text)


def _named(query: str, token: Token) -> Literal:
    word = token.text.upper()
    if word in _WORDS:
        return _WORDS[word]
    if takes_number(word) is not None:
        return DateLiteral(word)
    if money := _MONEY.fullmatch(word):
        return Money(money[1], Decimal(money[2]))
    raise malformed(query, token.at, f"unexpected token: '{token.text}'")


def _text(query: str, token: Token) -> Text:
    value, pattern = unquote(query, token)
    if len(value) > LONGEST:
        raise malformed(query, token.at, f"string literal too long (max {LONGEST} characters)")
    return Text(value, pattern)
