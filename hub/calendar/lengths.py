"""Lengths of time as a handbook writes them: `30 min`, `2 bh`, `5 wd`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Final, Literal

from hub.calendar.calendar import Calendar

Unit = Literal["min", "h", "wd"]
_LENGTH: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(\S+)")
_UNITS: Final[dict[str, Unit]] = {
    "min": "min", "分钟": "min",
    "h": "h", "bh": "h", "小时": "h", "工作小时": "h",
    "wd": "wd", "工作日": "wd",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """A length of business time; a working day is as long as the calendar's ordinary one."""

    number: float
    unit: Unit

    def on(self, calendar: Calendar) -> timedelta:
        """Give the business time that this is on a calendar."""
        if self.unit == "wd":
            return calendar.nominal * self.number
        return timedelta(minutes=self.number * (60 if self.unit == "h" else 1))

    def words(self, language: str) -> str:
        """Give it as people read it: `5 个工作日`, `1 working day`."""
        zh, one, many = _WORDS[self.unit]
        number = f"{self.number:g}"
        return f"{number} {one if number == '1' else many}" if language == "en" else number + zh


_WORDS: Final[dict[Unit, tuple[str, str, str]]] = {
    "min": ("分钟", "minute", "minutes"),
    "h": ("小时", "hour", "hours"),
    "wd": ("个工作日", "working day", "working days"),
}


@lru_cache(maxsize=1024)
def parse_length(text: str) -> Length:
    """Read a length; ValueError says what is wrong with it.

    Units are min (分钟), h or bh (小时, 工作小时), and wd (工作日); hours are those of the
    calendar that the length is used on.
    """
    match = _LENGTH.fullmatch(text.strip())
    if match is None or match[2] not in _UNITS:
        raise ValueError(f"{text!r} is no length of time, such as 30 min, 4 bh or 2 wd")
    return Length(float(match[1]), _UNITS[match[2]])
