"""The tree that a query is parsed to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Value:
    """A single value. A bare number may be an id."""

    text: str
    number: bool = False

    def __str__(self) -> str:
        return self.text if self.number else f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Function:
    """A function's call."""

    name: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(self.arguments)})"


@dataclass(frozen=True, slots=True)
class Empty:
    """EMPTY or NULL."""

    def __str__(self) -> str:
        return "EMPTY"


@dataclass(frozen=True, slots=True)
class Several:
    """A list in parentheses; it may hold further lists."""

    operands: tuple[Operand, ...]

    def __str__(self) -> str:
        return f"({', '.join(map(str, self.operands))})"

    def flat(self) -> tuple[Single, ...]:
        """Give its members, and those of its lists."""
        members: list[Single] = []
        for operand in self.operands:
            members += operand.flat() if isinstance(operand, Several) else [operand]
        return tuple(members)


Single: TypeAlias = Value | Function | Empty
Operand: TypeAlias = Single | Several


@dataclass(frozen=True, slots=True)
class Property:
    """A property of an issue, and the path to a value inside it."""

    key: str
    path: str


@dataclass(frozen=True, slots=True)
class FieldName:
    """A field as the query names it."""

    name: str
    property: Property | None = None

    def __str__(self) -> str:
        if self.property is None:
            return self.name
        return f"{self.name}[{self.property.key}]{self.property.path}"


@dataclass(frozen=True, slots=True)
class Predicate:
    """AFTER, BEFORE, DURING, ON, BY, FROM or TO; the word is upper case."""

    word: str
    operand: Operand


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator operand predicates`; the operator is upper case; CHANGED has no operand."""

    field: FieldName
    operator: str
    operand: Operand | None
    predicates: tuple[Predicate, ...] = ()

    @property
    def operands(self) -> tuple[Single, ...]:
        """Give its values, one by one."""
        if self.operand is None:
            return ()
        return self.operand.flat() if isinstance(self.operand, Several) else (self.operand,)


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

    field: FieldName
    descending: bool | None


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query."""

    where: Node | None
    order: tuple[Order, ...]
