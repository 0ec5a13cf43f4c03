"""JQL's grammar: tokens to a tree, with Jira's own word for each place where it can go wrong."""

from __future__ import annotations

from typing import Final

from hub_jira.sandbox.jql.lexer import PREFIX, JqlError, Lexer, Token
from hub_jira.sandbox.jql.reserved import KEYWORDS
from hub_jira.sandbox.jql.syntax import (
    Clause,
    Empty,
    FieldName,
    Function,
    Group,
    Node,
    Not,
    Operand,
    Order,
    Predicate,
    Property,
    Query,
    Several,
    Single,
    Value,
)

_COMPARING: Final = frozenset({"=", "!=", "<", ">", "<=", ">=", "~", "!~"})
_PREDICATES: Final = ("after", "before", "during", "on", "by", "from", "to")
_DEEPEST: Final = 100
OPERATOR_NAMES: Final = {
    "=": "EQUALS", "!=": "NOT_EQUALS", "<": "LESS_THAN", "<=": "LESS_THAN_EQUALS",
    ">": "GREATER_THAN", ">=": "GREATER_THAN_EQUALS", "~": "LIKE", "!~": "NOT_LIKE",
    "IN": "IN", "NOT IN": "NOT_IN", "IS": "IS", "IS NOT": "IS_NOT",
}  # fmt: skip


def parse(text: str) -> Query:
    """Parse a query; `JqlError` with Jira's message if it is malformed."""
    return _Parser(Lexer(text).tokens()).query()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._now
        self._at += token.kind != "end"
        return token

    def _word(self, *words: str) -> bool:
        if self._now.lower in words:
            self._at += 1
            return True
        return False

    def _sign(self, *signs: str) -> bool:
        if self._now.kind in {"operator", "punctuation"} and self._now.text in signs:
            self._at += 1
            return True
        return False

    def _expected(self, what: str, more: str = "") -> JqlError:
        """Refuse the token that stands where something else should."""
        token = self._now
        if token.kind == "end":
            return JqlError(f"{PREFIX}Expecting {what} before the end of the query.{more}")
        return JqlError(f"{PREFIX}Expecting {what} but got '{token.shown}'.{more} {token.place}")

    def _must(self, sign: str) -> None:
        if not self._sign(sign):
            raise self._expected(f"'{sign}'")

    def query(self) -> Query:
        starts = self._now.kind == "end" or self._now.lower == "order"
        where = None if starts else self._or()
        if self._now.kind != "end" and self._now.lower != "order":
            raise self._expected("either 'OR' or 'AND'")
        return Query(where, self._order())

    def _or(self) -> Node:
        nodes = [self._and()]
        while self._word("or") or self._sign("||", "|"):
            nodes.append(self._and())
        return nodes[0] if len(nodes) == 1 else Group(False, tuple(nodes))

    def _and(self) -> Node:
        nodes = [self._not()]
        while self._word("and") or self._sign("&&", "&"):
            nodes.append(self._not())
        return nodes[0] if len(nodes) == 1 else Group(True, tuple(nodes))

    def _not(self) -> Node:
        self._deeper()
        try:
            if self._word("not") or self._sign("!"):
                return Not(self._not())
            if self._sign("("):
                node = self._or()
                self._must(")")
                return node
            return self._clause()
        finally:
            self._depth -= 1

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise JqlError(f"{PREFIX}Unable to parse the query. {self._now.place}")

    def _clause(self) -> Clause:
        field = self._field()
        operator = self._operator()
        if operator == "CHANGED":
            return self._changed(field)
        operand = self._operand()
        predicates = self._predicates()
        if predicates and operator in OPERATOR_NAMES:
            first = predicates[0]
            raise JqlError(
                f"{PREFIX}The {OPERATOR_NAMES[operator]} operator does not support the use of the "
                f"{first.word.lower()} {first.operand} predicate."
            )
        return Clause(field, operator, operand, predicates)

    def _changed(self, field: FieldName) -> Clause:
        ends = {"", "and", "or", "order", *_PREDICATES}
        bare = self._now.kind in {"word", "string", "number"} and self._now.lower not in ends
        if bare or self._now.kind in {"string", "number"}:
            operand = self._operand()
            raise JqlError(
                f"{PREFIX}The CHANGED operator does not support the use of values without "
                f"predicates. You must prefix the {operand} value with a suitable predicate."
            )
        return Clause(field, "CHANGED", None, self._predicates())

    def _predicates(self) -> tuple[Predicate, ...]:
        found = []
        while self._now.lower in _PREDICATES:
            word = self._take().lower
            found.append(Predicate(word.upper(), self._operand()))
        return tuple(found)

    def _field(self) -> FieldName:
        token = self._now
        if token.kind == "end":
            raise JqlError(f"{PREFIX}Expecting a field name at the end of the query.")
        if token.text == "[" and token.kind == "punctuation":
            raise JqlError(
                f"{PREFIX}Expecting a field name but got '['. Did you mean 'cf['? {token.place}"
            )
        if token.kind not in {"word", "string", "number"} or token.lower in KEYWORDS:
            raise self._expected(
                "a field name",
                f" You must surround '{token.shown}' in quotation marks to use it as a field name.",
            )
        if not token.text.strip():
            raise JqlError(f"{PREFIX}A field name cannot be empty. {token.place}")
        self._take()
        if token.lower == "cf":
            return self._numbered()
        if self._now.kind == "punctuation" and self._now.text == "[":
            return self._of_property(token.text)
        return FieldName(token.text)

    def _numbered(self) -> FieldName:
        self._must("[")
        number = self._now
        if number.kind != "number" or number.text.startswith("-"):
            raise self._expected("a custom field id (a positive number)")
        self._take()
        self._must("]")
        return FieldName(f"cf[{number.text}]")

    def _of_property(self, name: str) -> FieldName:
        self._take()
        key = self._now
        if key.kind not in {"word", "string", "number"}:
            raise self._expected("a property id")
        self._take()
        self._must("]")
        path = ""
        if self._now.kind == "word" and self._now.text.startswith("."):
            path = self._take().text
        return FieldName(name, Property(key.text, path))

    def _operator(self) -> str:
        token = self._now
        if token.kind == "operator" and token.text in _COMPARING:
            return self._take().text
        if self._word("in"):
            return "IN"
        if self._word("not"):
            if self._word("in"):
                return "NOT IN"
            raise self._expected("'IN'")
        if self._word("is"):
            return self._negated("IS")
        if self._word("was"):
            operator = self._negated("WAS")
            return f"{operator} IN" if self._word("in") else operator
        if self._word("changed"):
            return "CHANGED"
        raise self._expected(
            "operator",
            " The valid operators are '=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', "
            "'IS' and 'IS NOT'.",
        )

    def _negated(self, operator: str) -> str:
        if self._word("not"):
            return f"{operator} NOT"
        if self._now.kind == "operator" and self._now.text == "!":
            raise self._expected("'NOT'")
        return operator

    def _operand(self) -> Operand:
        if not self._sign("("):
            return self._single()
        self._deeper()
        operands = [self._operand()]
        while self._sign(","):
            operands.append(self._operand())
        self._must(")")
        self._depth -= 1
        return Several(tuple(operands))

    def _single(self) -> Single:
        token = self._now
        if token.lower in {"empty", "null"}:
            self._take()
            return Empty()
        if token.kind not in {"word", "string", "number"} or token.lower in KEYWORDS:
            raise self._no_operand()
        self._take()
        if self._sign("("):
            if not token.text.strip():
                raise JqlError(f"{PREFIX}A function name cannot be empty. {token.place}")
            return Function(token.text, self._arguments())
        return Value(token.text, number=token.kind == "number")

    def _no_operand(self) -> JqlError:
        token = self._now
        what = "Error in JQL Query: Expecting either a value, list or function"
        if token.kind == "end":
            return JqlError(f"{what} before the end of the query.")
        return JqlError(
            f"{what} but got '{token.shown}'. You must surround '{token.shown}' in quotation marks "
            f"to use it as a value. {token.place}"
        )

    def _arguments(self) -> tuple[str, ...]:
        if self._sign(")"):
            return ()
        if self._now.kind == "end" or self._now.text == ",":
            raise self._expected("')'")
        arguments = [self._argument()]
        while self._sign(","):
            if self._now.text == ")" and self._now.kind == "punctuation":
                raise JqlError(f"{PREFIX}Function argument must be specified. {self._now.place}")
            arguments.append(self._argument())
        if self._now.kind == "end":
            raise self._expected("')'")
        if not self._sign(")"):
            raise self._expected("')' or ','")
        return tuple(arguments)

    def _argument(self) -> str:
        token = self._now
        if token.kind == "end":
            raise JqlError(f"{PREFIX}Expecting a function argument at the end of the query.")
        if token.kind not in {"word", "string", "number"}:
            raise self._expected(
                "a function argument",
                f" You must surround '{token.shown}' in quotation marks to use it as an argument.",
            )
        return self._take().text

    def _order(self) -> tuple[Order, ...]:
        if not self._word("order"):
            return ()
        if not self._word("by"):
            raise self._expected("'by'")
        orders = [self._sort()]
        while self._sign(","):
            orders.append(self._sort())
        if self._now.kind != "end":
            ended = orders[-1].descending is not None
            raise self._expected("','" if ended else "either 'ASC' or 'DESC'")
        return tuple(orders)

    def _sort(self) -> Order:
        field = self._field()
        if self._word("asc"):
            return Order(field, False)
        return Order(field, True if self._word("desc") else None)
