"""What is promised for an item: time limits, by name, each counted on a calendar."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import msgspec

from hub.models.effects import Why

PROMISES: Final = "promises"
"""The item's field that holds its limits, each as the text of a `Limit`."""


class Limit(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One limit: `response` within `2 bh` of the calendar `office`, and the row that says so.

    Its text form is `target|length|calendar|rule|source|clause`.
    """

    target: str
    length: str
    calendar: str
    rule: str = ""
    source: str = ""
    clause: str = ""

    def __str__(self) -> str:
        return "|".join(getattr(self, name) for name in self.__struct_fields__)

    @classmethod
    def parse(cls, text: str) -> Limit:
        """Read the text form; ValueError if it has not six parts."""
        return _parsed(text)


@lru_cache(maxsize=4096)
def _parsed(text: str) -> Limit:
    # Handbooks have few rows and items are many: the same texts come again and again.
    parts = text.split("|", 5)
    if len(parts) != 6:
        raise ValueError(f"not a limit (target|length|calendar|rule|source|clause): {text!r}")
    return Limit(**dict(zip(Limit.__struct_fields__, parts, strict=True)))


class Targets(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """Answer of `hub_targets`: all limits that hold for an item now; none of the others does."""

    limits: tuple[Limit, ...]
    why: Why

    def texts(self) -> list[str]:
        """Give the limits as the item's field holds them."""
        return list(_written(self.limits))


@lru_cache(maxsize=512)
def _written(limits: tuple[Limit, ...]) -> tuple[str, ...]:
    return tuple(str(limit) for limit in limits)
