"""How alike two texts are, in Chinese and in Latin script, and which words they share. Pure.

A text is taken apart into words of Latin letters and digits, and into pairs of neighbouring
Chinese characters (a word has two as a rule, and nobody marks where one ends). Likeness is Dice's
measure over the weights of these parts: of what both say, how much is shared.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from itertools import pairwise
from typing import Final

LONGEST: Final = 1000
"""Characters of a text that are compared: what is wrong stands at its beginning."""
_RUN: Final = re.compile(r"[\u3400-\u9fff]+|[a-z0-9][a-z0-9._'-]*[a-z0-9]")
_MOST_WORDS: Final = 5


def likeness(one: str, other: str, common: frozenset[str] = frozenset()) -> float:
    """Give how alike two texts are, from 0 to 1; `common` words do not count."""
    mine, theirs = _parts(one, common), _parts(other, common)
    if not mine or not theirs:
        return 0.0
    shared = sum(_weight(part) for part in mine & theirs)
    return 2 * shared / (sum(map(_weight, mine)) + sum(map(_weight, theirs)))


def shared_words(one: str, other: str, common: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Give what both texts say, the longest first: whole words, and runs of Chinese."""
    both = _parts(one, common) & _parts(other, common)
    found: dict[str, None] = {}
    for run in _runs(one):
        if _latin(run):
            found.update({run: None} if run in both else {})
        else:
            found.update(dict.fromkeys(_joined(run, both)))
    words = sorted(found, key=lambda word: (-len(word), word))
    kept: list[str] = []
    for word in words:
        if not any(word in longer for longer in kept):
            kept.append(word)
    return tuple(kept[:_MOST_WORDS])


def _joined(run: str, both: Collection[str]) -> list[str]:
    """Join the shared pairs of a run that follow one another."""
    found, current = [], ""
    for pair in ("".join(two) for two in pairwise(run)):
        if pair not in both:
            found.append(current)
            current = ""
        else:
            current = current + pair[1] if current else pair
    return [word for word in (*found, current) if word]


def _latin(part: str) -> bool:
    return part[0].isascii()


def _weight(part: str) -> int:
    # A Latin word says as much as the two or three pairs of a Chinese one.
    return 2 if _latin(part) else 1


def _runs(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKC", text[:LONGEST]).casefold()
    return _RUN.findall(folded)


@lru_cache(maxsize=512)
def _parts(text: str, common: frozenset[str]) -> frozenset[str]:
    found: set[str] = set()
    for run in _runs(text):
        if _latin(run) or len(run) == 1:
            found.add(run)
        else:
            found.update(map("".join, pairwise(run)))
    return frozenset(found - common)
