"""JQL's grammar: tokens to a tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from hub_jira.sandbox.jql.lexer import JqlError, Lexer, Token

_COMPARING: Final = ("=", "!=", "<", ">", "<=", ">=", "~", "!~")
_ALL_OPERATORS: Final = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS', 'IS NOT'"
_RESERVED_WORDS: Final = frozenset(
    {
        "and", "or", "not", "in", "is", "empty", "null", "order", "by", "was", "changed", "asc",
        "desc", "select", "update", "delete", "insert", "from", "where", "having", "group", "limit",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Value:
    """A single value; `quoted` ones are never keywords."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function's call."""

    name: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Empty:
    """EMPTY or NULL."""


Single: TypeAlias = Value | Function | Empty


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator operands`; the operator is upper case."""

    field: str
    operator: str
    operands: tuple[Single, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    node: Node


@dataclass(frozen=True, slots=True)
class Group:
    """AND or OR of several nodes."""

    all: bool
    nodes: tuple[Node, ...]


Node: TypeAlias = Clause | Not | Group


@dataclass(frozen=True, slots=True)
class Order:
    """One field of ORDER BY; `descending` is None where the query leaves it to the field."""

    field: str
    descending: bool | None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query."""

    where: Node | None
    order: tuple[Order, ...]


def parse(text: str) -> Query:
    """Parse a query; `JqlError` with Jira's message if it is malformed."""
    return _Parser(Lexer(text).tokens()).query()


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0

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

    def query(self) -> Query:
        starts = self._now.kind == "end" or self._now.lower == "order"
        where = None if starts else self._or()
        order = self._order()
        if self._now.kind != "end":
            raise JqlError(
                f"Error in the JQL Query: Expecting either 'OR' or 'AND' but got "
                f"'{self._now.text}'. {self._now.place}"
            )
        return Query(where, order)

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
        if self._word("not") or self._sign("!"):
            return Not(self._not())
        if self._sign("("):
            node = self._or()
            if not self._sign(")"):
                raise self._unexpected("')'")
            return node
        return self._clause()

    def _unexpected(self, wanted: str) -> JqlError:
        token = self._now
        if token.kind == "end":
            return JqlError(
                f"Error in the JQL Query: Expecting {wanted} before the end of the query."
            )
        return JqlError(
            f"Error in the JQL Query: Expecting {wanted} but got '{token.text}'. {token.place}"
        )

    def _clause(self) -> Clause:
        field = self._field()
        operator = self._operator(field)
        if operator in {"IN", "NOT IN"}:
            return Clause(field, operator, self._list())
        operand = self._operand()
        if operator in {"IS", "IS NOT"} and not isinstance(operand, Empty):
            raise JqlError(f"The operator '{operator.lower()}' only supports 'EMPTY' or 'NULL'.")
        return Clause(field, operator, (operand,))

    def _field(self) -> str:
        token = self._now
        if token.kind not in {"word", "string"}:
            raise self._unexpected("either a field name")
        self._refuse_reserved(token)
        name = self._take().text
        if token.lower == "cf" and self._sign("["):
            number = self._take().text
            if not self._sign("]"):
                raise self._unexpected("']'")
            return f"cf[{number}]"
        return name

    def _refuse_reserved(self, token: Token) -> None:
        if token.lower in _RESERVED_WORDS:
            raise JqlError(
                f"Error in the JQL Query: '{token.text}' is a reserved JQL word. You must "
                f"surround it in quotation marks to use it in a query. {token.place}"
            )

    def _operator(self, field: str) -> str:
        token = self._now
        if token.kind == "operator" and token.text in _COMPARING:
            return self._take().text
        if self._word("in"):
            return "IN"
        if self._word("not"):
            if self._word("in"):
                return "NOT IN"
            raise self._unexpected("'IN'")
        if self._word("is"):
            return "IS NOT" if self._word("not") else "IS"
        if token.lower in {"was", "changed"}:
            raise JqlError(f"History searches do not support the '{field}' field.")
        if token.kind == "end":
            raise JqlError(
                "Error in the JQL Query: Expecting operator before the end of the query. The "
                f"valid operators are {_ALL_OPERATORS}."
            )
        raise JqlError(
            f"Error in the JQL Query: Expecting operator but got '{token.text}'. The valid "
            f"operators are {_ALL_OPERATORS}. {token.place}"
        )

    def _list(self) -> tuple[Single, ...]:
        if not self._sign("("):
            start = self._at
            operand = self._operand()
            if isinstance(operand, Function):
                return (operand,)
            self._at = start
            raise self._unexpected("'('")
        operands = [self._operand()]
        while self._sign(","):
            operands.append(self._operand())
        if not self._sign(")"):
            raise self._unexpected("either ')' or ','")
        return tuple(operands)

    def _operand(self) -> Single:
        token = self._now
        if token.kind == "string":
            return Value(self._take().text, quoted=True)
        if token.kind != "word":
            raise self._unexpected("either a value, list or function")
        if token.lower in {"empty", "null"}:
            self._take()
            return Empty()
        self._refuse_reserved(token)
        self._take()
        if self._sign("("):
            return self._function(token.text)
        return Value(token.text)

    def _function(self, name: str) -> Function:
        arguments: list[str] = []
        while not self._sign(")"):
            token = self._take()
            if token.kind not in {"word", "string"}:
                self._at -= token.kind != "end"
                raise self._unexpected("either a function argument or ')'")
            arguments.append(token.text)
            self._sign(",")
        return Function(name, tuple(arguments))

    def _order(self) -> tuple[Order, ...]:
        if not self._word("order"):
            return ()
        if not self._word("by"):
            raise self._unexpected("'by'")
        orders = [self._sort()]
        while self._sign(","):
            orders.append(self._sort())
        return tuple(orders)

    def _sort(self) -> Order:
        field = self._field()
        if self._word("asc"):
            return Order(field, False)
        return Order(field, True if self._word("desc") else None)
