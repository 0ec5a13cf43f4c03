"""Reads a query's tokens into nodes; what does not fit the grammar is MALFORMED_QUERY."""

from __future__ import annotations

from typing import Final

from hub_crm.sandbox.soql.lexer import Kind, Token, malformed, tokens
from hub_crm.sandbox.soql.literals import read_literal
from hub_crm.sandbox.soql.nodes import (
    Aggregate,
    Both,
    Compare,
    Condition,
    Either,
    Literal,
    Negation,
    Order,
    Path,
    Query,
    Within,
)

AGGREGATES: Final = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
_RESERVED: Final = frozenset(
    {"AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST",
     "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OFFSET", "OR", "ORDER", "SELECT", "USING", "WHERE",
     "WITH"}
)  # fmt: skip
_COMPARISONS: Final = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})


def parse(text: str) -> Query:
    """Parse one query."""
    parser = _Parser(text)
    query = parser.query()
    parser.end()
    return query


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = tokens(text)
        self._next = 0

    @property
    def _token(self) -> Token:
        return self._tokens[self._next]

    def _fail(self, token: Token | None = None) -> Exception:
        token = token or self._token
        shown = "<EOF>" if token.kind is Kind.END else token.text
        return malformed(self._text, token.at, f"unexpected token: '{shown}'")

    def _take(self) -> Token:
        token = self._token
        self._next += 1
        return token

    def _word(self, *words: str) -> bool:
        kinds = self._tokens[self._next : self._next + len(words)]
        if len(kinds) < len(words) or any(
            token.kind is not Kind.NAME or token.text.upper() != word
            for token, word in zip(kinds, words, strict=True)
        ):
            return False
        self._next += len(words)
        return True

    def _need_word(self, *words: str) -> None:
        if not self._word(*words):
            raise self._fail()

    def _sign(self, sign: str) -> bool:
        if self._token.kind is Kind.SIGN and self._token.text == sign:
            self._next += 1
            return True
        return False

    def _need_sign(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._fail()

    def _name(self) -> Token:
        token = self._token
        if token.kind is not Kind.NAME or token.text.upper() in _RESERVED:
            raise self._fail()
        return self._take()

    def _integer(self) -> int:
        token = self._token
        if token.kind is not Kind.NUMBER or not token.text.isdigit():
            raise self._fail()
        return int(self._take().text)

    def end(self) -> None:
        """Expect the end of the text."""
        if self._token.kind is not Kind.END:
            raise self._fail()

    def query(self) -> Query:
        """Read a query up to where it can not go on."""
        self._need_word("SELECT")
        fields = [self._field()]
        while self._sign(","):
            fields.append(self._field())
        self._need_word("FROM")
        source = self._source()
        alias = ""
        if self._token.kind is Kind.NAME and self._token.text.upper() not in _RESERVED:
            alias = self._take().text
        where = self._condition() if self._word("WHERE") else None
        group = self._paths() if self._word("GROUP", "BY") else ()
        order = self._orders() if self._word("ORDER", "BY") else ()
        limit = self._integer() if self._word("LIMIT") else None
        offset = self._integer() if self._word("OFFSET") else 0
        return Query(
            self._text, tuple(fields), source.text, source.at, alias, where, group, order, limit,
            offset,
        )  # fmt: skip

    def _source(self) -> Token:
        # GROUP and ORDER are objects as well as words of the language.
        if self._token.kind is Kind.NAME and self._token.text.upper() in {"GROUP", "ORDER"}:
            return self._take()
        return self._name()

    def _field(self) -> Path | Aggregate | Query:
        if self._sign("("):
            query = self.query()
            self._need_sign(")")
            return query
        path = self._path()
        function = path.text.upper()
        if function not in AGGREGATES or not self._sign("("):
            return path
        inner = None if self._token.text == ")" and function == "COUNT" else self._path()
        self._need_sign(")")
        alias = ""
        if self._token.kind is Kind.NAME and self._token.text.upper() not in _RESERVED:
            alias = self._take().text
        return Aggregate(function, inner, alias, path.at)

    def _path(self) -> Path:
        first = self._name()
        parts = [first.text]
        while self._sign("."):
            parts.append(self._name().text)
        return Path(tuple(parts), first.at)

    def _paths(self) -> tuple[Path, ...]:
        paths = [self._path()]
        while self._sign(","):
            paths.append(self._path())
        return tuple(paths)

    def _orders(self) -> tuple[Order, ...]:
        orders = [self._order()]
        while self._sign(","):
            orders.append(self._order())
        return tuple(orders)

    def _order(self) -> Order:
        path = self._path()
        descending = self._word("DESC")
        if not descending:
            self._word("ASC")
        nulls_last = self._word("NULLS", "LAST")
        if not nulls_last:
            self._word("NULLS", "FIRST")
        return Order(path, descending, nulls_last)

    def _condition(self) -> Condition:
        """Read conditions joined by one word; AND beside OR needs brackets, as in the system."""
        parts = [self._negation()]
        for word, joined in (("AND", Both), ("OR", Either)):
            if not self._word(word):
                continue
            parts.append(self._negation())
            while self._word(word):
                parts.append(self._negation())
            return joined(tuple(parts))
        return parts[0]

    def _negation(self) -> Condition:
        if self._word("NOT"):
            return Negation(self._negation())
        if self._sign("("):
            condition = self._condition()
            self._need_sign(")")
            return condition
        return self._comparison()

    def _comparison(self) -> Condition:
        path = self._path()
        operator = self._token
        if self._word("NOT", "IN"):
            return Within(path, self._values(), True, operator.at)
        if self._word("IN"):
            return Within(path, self._values(), False, operator.at)
        if self._word("LIKE"):
            return Compare(path, "LIKE", self._literal(), operator.at)
        if operator.kind is not Kind.SIGN or operator.text not in _COMPARISONS:
            raise self._fail()
        self._take()
        sign = "!=" if operator.text == "<>" else operator.text
        return Compare(path, sign, self._literal(), operator.at)

    def _values(self) -> tuple[Literal, ...] | Query:
        self._need_sign("(")
        if self._token.text.upper() == "SELECT":
            query = self.query()
            self._need_sign(")")
            return query
        values = [self._literal()]
        while self._sign(","):
            values.append(self._literal())
        self._need_sign(")")
        return tuple(values)

    def _literal(self) -> Literal:
        token = self._take()
        number = 0
        if token.kind is Kind.NAME and self._sign(":"):
            number = self._integer()
        return read_literal(self._text, token, number)
