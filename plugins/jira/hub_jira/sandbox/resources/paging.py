"""Answers in pages, in the form that most of Jira's lists have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from hub_jira.sandbox.call import Answer, Call, page

T = TypeVar("T")
FARTHEST = 10**9


def bean(
    call: Call,
    path: str,
    entries: Sequence[T],
    show: Callable[[T], Any],
    *,
    size: int = 50,
    most: int = 100,
) -> Answer:
    """Give a page with its place among all: `startAt`, `total`, `isLast`, `nextPage`."""
    asked = call.number("maxResults", size, most)
    cut = page(entries, call.number("startAt", 0, FARTHEST), asked)
    shown = [show(entry) for entry in cut.pop("shown")]
    after = cut["startAt"] + len(shown)
    last = after >= cut["total"]
    link = f"{call.view.root}/{path}"
    result = {"self": link, **cut, "isLast": last, "values": shown}
    if not last:
        rest = {**call.query, "startAt": after, "maxResults": asked}
        result["nextPage"] = f"{link}?{urlencode(rest)}"
    return Answer(result)
