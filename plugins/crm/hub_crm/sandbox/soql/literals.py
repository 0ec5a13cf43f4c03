"""The values that a query can name, and the days that its words for dates stand for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final

from hub_crm.sandbox.soql.lexer import Kind, Token, malformed, unquote
from hub_crm.sandbox.soql.nodes import DateLiteral, Literal, Text

_SPANS: Final = frozenset(
    {"TODAY", "YESTERDAY", "TOMORROW", "LAST_N_DAYS", "NEXT_N_DAYS", "THIS_WEEK", "LAST_WEEK",
     "THIS_MONTH", "THIS_YEAR"}
)  # fmt: skip
_WORDS: Final[dict[str, bool | None]] = {"TRUE": True, "FALSE": False, "NULL": None}


def read_literal(query: str, token: Token, number: int = 0) -> Literal:
    """Give the value of a token; MALFORMED_QUERY if it is none."""
    try:
        match token.kind:
            case Kind.TEXT:
                return Text(*unquote(query, token))
            case Kind.NUMBER:
                return Decimal(token.text) if "." in token.text else int(token.text)
            case Kind.DATE:
                return date.fromisoformat(token.text)
            case Kind.MOMENT:
                return datetime.fromisoformat(token.text).astimezone(UTC)
            case Kind.NAME if token.text.upper() in _WORDS:
                return _WORDS[token.text.upper()]
            case Kind.NAME if token.text.upper() in _SPANS:
                return DateLiteral(token.text.upper(), number)
    except ValueError:
        raise malformed(query, token.at, f"Invalid date: {token.text}") from None
    shown = token.text if token.kind is not Kind.END else "<EOF>"
    raise malformed(query, token.at, f"unexpected token: '{shown}'")


def span(literal: DateLiteral, today: date) -> tuple[date, date]:
    """Give the first day of the span and the first day after it."""
    day = timedelta(days=1)
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    spans = {
        "TODAY": (today, today + day),
        "YESTERDAY": (today - day, today),
        "TOMORROW": (today + day, today + 2 * day),
        "LAST_N_DAYS": (today - literal.number * day, today + day),
        "NEXT_N_DAYS": (today + day, today + (literal.number + 1) * day),
        "THIS_WEEK": (monday, monday + 7 * day),
        "LAST_WEEK": (monday - 7 * day, monday),
        "THIS_MONTH": (first, (first + 32 * day).replace(day=1)),
        "THIS_YEAR": (today.replace(month=1, day=1), date(today.year + 1, 1, 1)),
    }
    return spans[literal.name]
