"""Explanations of what was decided and what was not: rows, and cells on which they missed.

Nothing of this is worked out while the hub decides: it follows from the journal, which has every
change of an item's fields and what each rule saw, and from the handbook as it was then, which the
store keeps.
"""

from __future__ import annotations

from hub.core.explain.books import Books
from hub.core.explain.reasons import Reason
from hub.core.explain.story import Because, Explained, answered, explained
from hub.core.explain.whynot import Subject, WhyNot

__all__ = [
    "Because",
    "Books",
    "Explained",
    "Reason",
    "Subject",
    "WhyNot",
    "answered",
    "explained",
]
