"""Reads fields, functions and conditions: what SOQL and SOSL have in common."""

from __future__ import annotations

from typing import Final

from hub_crm.sandbox.soql.dates import PARTS, takes_number
from hub_crm.sandbox.soql.lexer import Kind, malformed
from hub_crm.sandbox.soql.literals import number, read_literal
from hub_crm.sandbox.soql.nodes import (
    Both,
    Call,
    Compare,
    Condition,
    DateLiteral,
    Either,
    Literal,
    Negation,
    Operand,
    Order,
    Path,
    Query,
    Within,
)
from hub_crm.sandbox.soql.stream import Stream

AGGREGATES: Final = frozenset({"COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG"})
FUNCTIONS: Final = (
    AGGREGATES
    | PARTS.keys()
    | {"DAY_ONLY", "HOUR_IN_DAY", "CONVERTTIMEZONE", "TOLABEL", "FORMAT", "CONVERTCURRENCY",
       "DISTANCE", "GEOLOCATION", "GROUPING"}
)  # fmt: skip
_COMPARISONS: Final = frozenset({"=", "!=", "<>", "<", "<=", ">", ">="})
MOST_NESTED: Final = 100


class Reader(Stream):
    """Reads the parts of a statement; `query` reads a whole one, for queries inside `IN`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0

    def query(self) -> Query:
        """Read a query up to where it can not go on."""
        raise NotImplementedError

    def path(self) -> Path:
        """Read a field, perhaps of a parent."""
        first = self.name()
        parts = [first.text]
        while self.sign("."):
            parts.append(self._part())
        return Path(tuple(parts), first.at)

    def _part(self) -> str:
        # Behind a dot any name is a field's: Group and Order are objects too.
        if self.token.kind is not Kind.NAME:
            raise self.fail()
        return self.take().text

    def operand(self) -> Path | Call:
        """Read a field or a function over one."""
        if not self.sees_sign("(", ahead=1):
            return self.path()
        token = self.name()
        function = token.text.upper()
        if function not in FUNCTIONS:
            raise self.fail(token)
        self.need_sign("(")
        self._deeper(token.at)
        arguments: list[Operand] = []
        if not (function == "COUNT" and self.sees_sign(")")):
            arguments.append(self._argument())
            while self.sign(","):
                arguments.append(self._argument())
        self.need_sign(")")
        self._depth -= 1
        return Call(function, tuple(arguments), token.at)

    def _argument(self) -> Operand:
        token = self.token
        if token.kind is Kind.NUMBER:
            return number(self.take().text)
        if token.kind is Kind.TEXT:
            value = self.literal()
            assert not isinstance(value, bool | DateLiteral) and value is not None  # noqa: S101, PT018
            return value  # type: ignore[return-value]
        return self.operand()

    def _deeper(self, at: int) -> None:
        self._depth += 1
        if self._depth > MOST_NESTED:
            raise malformed(self.text, at, "Query is too complex: brackets are nested too deep")

    def orders(self) -> tuple[Order, ...]:
        """Read the keys of an order."""
        orders = [self._order()]
        while self.sign(","):
            orders.append(self._order())
        return tuple(orders)

    def _order(self) -> Order:
        operand = self.operand()
        descending = self.word("DESC")
        if not descending:
            self.word("ASC")
        nulls_last = False
        if self.word("NULLS"):
            nulls_last = self.word("LAST")
            if not nulls_last:
                self.need_word("FIRST")
        return Order(operand, descending, nulls_last)

    def condition(self) -> Condition:
        """Read conditions joined by one word; AND beside OR needs brackets, as in the system."""
        parts = [self._negation()]
        for word, joined in (("AND", Both), ("OR", Either)):
            if not self.word(word):
                continue
            parts.append(self._simple())
            while self.word(word):
                parts.append(self._simple())
            return joined(tuple(parts))
        return parts[0]

    def _negation(self) -> Condition:
        if self.word("NOT"):
            return Negation(self._simple())
        return self._simple()

    def _simple(self) -> Condition:
        # NOT behind AND or OR needs brackets around it.
        at = self.token.at
        if not self.sign("("):
            return self._comparison()
        self._deeper(at)
        condition = self.condition()
        self.need_sign(")")
        self._depth -= 1
        return condition

    def _comparison(self) -> Condition:
        operand = self.operand()
        operator = self.token
        if self.word("NOT", "IN"):
            return Within(operand, "NOT IN", self._values(), operator.at)
        for word in ("IN", "INCLUDES", "EXCLUDES"):
            if self.word(word):
                return Within(operand, word, self._values(), operator.at)
        if self.word("LIKE"):
            return Compare(operand, "LIKE", self.literal(), operator.at)
        if operator.kind is not Kind.SIGN or operator.text not in _COMPARISONS:
            raise self.fail()
        self.take()
        sign = "!=" if operator.text == "<>" else operator.text
        return Compare(operand, sign, self.literal(), operator.at)

    def _values(self) -> tuple[Literal, ...] | Query:
        at = self.token.at
        self.need_sign("(")
        if self.sees("SELECT"):
            self._deeper(at)
            query = self.query()
            self.need_sign(")")
            self._depth -= 1
            return query
        values = [self.literal()]
        while self.sign(","):
            values.append(self.literal())
        self.need_sign(")")
        return tuple(values)

    def literal(self) -> Literal:
        """Read a value."""
        if self.sees_sign(":"):
            raise malformed(self.text, self.token.at, "Bind variables only allowed in Apex code")
        if self.token.kind is Kind.SIGN:
            raise self.fail()
        value = read_literal(self.text, self.take())
        if not isinstance(value, DateLiteral) or not takes_number(value.name):
            return value
        if not self.sign(":"):
            raise self.fail()
        return DateLiteral(value.name, self.integer())
