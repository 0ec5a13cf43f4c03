"""What a query is made of once it is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class DateLiteral:
    """A word for a span of days: `TODAY`, `LAST_N_DAYS:7`."""

    name: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """A quoted text; `pattern` keeps the escaped wildcards for LIKE."""

    value: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency: `USD5000`."""

    currency: str
    amount: Decimal


Literal: TypeAlias = (
    Text | bool | int | Decimal | date | datetime | time | Money | DateLiteral | None
)


@dataclass(frozen=True, slots=True)
class Path:
    """A field, perhaps of a parent: `Account.Owner.Email`; `at` is where it stands in the text."""

    parts: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        """Give the path as it was written."""
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True)
class Call:
    """A function over a field, upper case: `COUNT()`, `CALENDAR_YEAR(CreatedDate)`, `FORMAT(x)`."""

    function: str
    arguments: tuple[Operand, ...]
    at: int


Operand: TypeAlias = Path | Call | Text | int | Decimal


@dataclass(frozen=True, slots=True)
class Selected:
    """A field or function that is asked for, with the name it is given."""

    what: Path | Call
    alias: str = ""
    alias_at: int = 0


@dataclass(frozen=True, slots=True)
class FieldSet:
    """`FIELDS(ALL)`, `FIELDS(STANDARD)` or `FIELDS(CUSTOM)`."""

    which: str
    at: int


@dataclass(frozen=True, slots=True)
class TypeOf:
    """Fields of a polymorphic parent by its object: `TYPEOF Owner WHEN User THEN … END`."""

    way: str
    cases: tuple[tuple[Path, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison: `=`, `!=`, `<`, `<=`, `>`, `>=` or `LIKE`."""

    operand: Path | Call
    operator: str
    value: Literal
    at: int


@dataclass(frozen=True, slots=True)
class Within:
    """`IN`, `NOT IN`, `INCLUDES`, `EXCLUDES`: a list of values, or what a query selects."""

    operand: Path | Call
    operator: str
    values: tuple[Literal, ...] | Query
    at: int


@dataclass(frozen=True, slots=True)
class Both:
    """Conditions that must all hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Conditions of which one must hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Negation:
    """A condition that must not hold."""

    part: Condition


Condition: TypeAlias = Compare | Within | Both | Either | Negation


@dataclass(frozen=True, slots=True)
class Order:
    """One key of the order; nulls come first unless asked otherwise."""

    operand: Path | Call
    descending: bool = False
    nulls_last: bool = False


Item: TypeAlias = "Selected | FieldSet | TypeOf | Query"


@dataclass(frozen=True, slots=True)
class Query:
    """One query; `source` is an object's name, or a child relationship's in a subquery.

    `aliases` are short names of the object (an empty path) and of its parents. `grouping` is empty,
    `ROLLUP` or `CUBE`; `purposes` are those of `FOR VIEW, REFERENCE`.
    """

    text: str
    items: tuple[Item, ...]
    source: str
    source_at: int
    aliases: tuple[tuple[str, tuple[str, ...]], ...] = ()
    scope: str = ""
    where: Condition | None = None
    group: tuple[Path | Call, ...] = ()
    grouping: str = ""
    having: Condition | None = None
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
    purposes: frozenset[str] = frozenset()
