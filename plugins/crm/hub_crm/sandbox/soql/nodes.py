"""What a query is made of once it is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
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


Literal: TypeAlias = Text | bool | int | Decimal | date | datetime | DateLiteral | None


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
class Aggregate:
    """An aggregate function over a field; `COUNT()` has none."""

    function: str
    path: Path | None
    alias: str
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    """One comparison: `=`, `!=`, `<`, `<=`, `>`, `>=` or `LIKE`."""

    path: Path
    operator: str
    value: Literal
    at: int


@dataclass(frozen=True, slots=True)
class Within:
    """`IN` and `NOT IN`: a list of values, or what another query selects."""

    path: Path
    values: tuple[Literal, ...] | Query
    negated: bool
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

    path: Path
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One query; `source` is an object's name, or a child relationship's in a subquery."""

    text: str
    fields: tuple[Path | Aggregate | Query, ...]
    source: str
    source_at: int
    alias: str = ""
    where: Condition | None = None
    group: tuple[Path, ...] = ()
    order: tuple[Order, ...] = ()
    limit: int | None = None
    offset: int = 0
