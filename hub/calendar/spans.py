"""Spans of wall-clock time within one day: `09:00-12:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_SPAN: Final = re.compile(r"(\d\d?):(\d\d)\s*[-–—至]\s*(\d\d?):(\d\d)")
_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open from one minute of the day until before another; 0 is midnight, 1440 the next."""

    start: int
    end: int

    def __str__(self) -> str:
        hours = (f"{minute // 60:02d}:{minute % 60:02d}" for minute in (self.start, self.end))
        return "-".join(hours)


CLOSED: Final[tuple[Span, ...]] = ()
WHOLE_DAY: Final = (Span(0, _DAY),)


def parse_spans(texts: Iterable[str]) -> tuple[Span, ...]:
    """Read spans in the order of the day; ValueError says which is wrong and why."""
    spans: list[Span] = []
    for text in texts:
        match = _SPAN.fullmatch(text.strip())
        if match is None:
            raise ValueError(f"{text!r} is no span of time, such as 09:00-12:00")
        first, second, third, fourth = (int(part) for part in match.groups())
        span = Span(first * 60 + second, third * 60 + fourth)
        if second > 59 or fourth > 59 or span.end > _DAY:
            raise ValueError(f"{text!r}: a day has the hours from 00:00 to 24:00")
        if span.start >= span.end:
            raise ValueError(f"{text!r} ends before it begins; give a night to its two days")
        if spans and span.start < spans[-1].end:
            raise ValueError(f"{text!r} begins before {spans[-1]} has ended")
        spans.append(span)
    return tuple(spans)
