"""Arithmetic with business time. Pure, and fast by remembering each day once it is laid out.

An instant is open if the wall clock then shows a time within a span of its day. Where clocks
are set back an hour can so be open twice, and where they are set forward a span is shorter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

from hub.calendar.publicdays import PublicDays
from hub.calendar.spans import CLOSED, WHOLE_DAY, Span

_HORIZON: Final = 366 * 20
"""How many days ahead an opening is looked for."""
_KEPT: Final = 40_000
_YEAR: Final = 366
_NONE: Final = timedelta(0)
_DAY: Final = timedelta(days=1)
Piece = tuple[datetime, datetime]
DayKind: TypeAlias = Literal["workday", "makeup", "weekend", "holiday"]


class CalendarError(ValueError):
    """A limit that this calendar never reaches."""


@dataclass(frozen=True, slots=True)
class Due:
    """When a limit runs out (UTC).

    `provisional` says that it depends on a year whose public days nobody knows yet.
    """

    at: datetime
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class _Block:
    """One day of UTC: what of it is open, how long in all, what of it is in unknown years."""

    opens: tuple[Piece, ...]
    length: timedelta
    unknown: tuple[Piece, ...]


class Calendar:
    """Working hours in a zone.

    Args:
        zone: of the wall clock that the spans mean.
        week: spans for Monday to Sunday.
        public: public holidays, which are closed, and make-up days, which are not.
        makeup: spans of a make-up working day.
        own: spans of single dates; they go before all else.
        known: years whose public days are complete with `own`.
        nominal: length of an ordinary working day, for limits that count days; by default that
            of the first weekday that has any hours.
    """

    def __init__(
        self,
        zone: ZoneInfo,
        week: Sequence[tuple[Span, ...]],
        *,
        public: PublicDays | None = None,
        makeup: tuple[Span, ...] | None = None,
        own: Mapping[date, tuple[Span, ...]] | None = None,
        known: frozenset[int] = frozenset(),
        nominal: timedelta | None = None,
    ) -> None:
        if len(week) != 7:
            raise ValueError(f"a week has seven days, not {len(week)}")
        self.zone = zone
        self._week = tuple(week)
        self._public = public
        ordinary = next((spans for spans in self._week if spans), CLOSED)
        self._makeup = ordinary if makeup is None else makeup
        self._own = dict(own or {})
        self._known = known
        self.nominal = nominal or timedelta(minutes=sum(s.end - s.start for s in ordinary))
        whole = all(spans == WHOLE_DAY for spans in self._week)
        self.always = whole and public is None and not self._own
        self._blocks: dict[int, _Block] = {}
        self._knowledge: dict[int, bool] = {}

    @classmethod
    def round_the_clock(cls) -> Calendar:
        """Give the calendar that is always open; its day has 24 hours."""
        return cls(ZoneInfo("UTC"), [WHOLE_DAY] * 7)

    # What a day is.

    def spans(self, day: date) -> tuple[Span, ...]:
        """Give the working hours of a local date."""
        if day in self._own:
            return self._own[day]
        if self._public is not None:
            if self._public.works(day):
                return self._makeup
            if self._public.holiday(day):
                return CLOSED
        return self._week[day.weekday()]

    def kind(self, day: date) -> DayKind:
        """Say what a local date is; a day off that is made a working day is a `makeup`."""
        ordinary, spans = self._week[day.weekday()], self.spans(day)
        if spans:
            return "workday" if ordinary else "makeup"
        return "holiday" if ordinary or self._is_public(day) else "weekend"

    def _is_public(self, day: date) -> bool:
        return self._public is not None and bool(self._public.holiday(day))

    def weekly(self) -> list[timedelta]:
        """Give the hours of Monday to Sunday, as they are without holidays."""
        minutes = (sum(s.end - s.start for s in spans) for spans in self._week)
        return [timedelta(minutes=number) for number in minutes]

    def knows(self, year: int) -> bool:
        """Say whether the public days of a year are known."""
        found = self._knowledge.get(year)
        if found is None:
            found = self._public is None or year in self._known or self._public.knows(year)
            self._knowledge[year] = found
        return found

    def unknown_year(self, now: datetime, days: int) -> int | None:
        """Give the first unknown year that begins, or has begun, within some days from now."""
        today = now.astimezone(self.zone).date()
        years = range(today.year, (today + timedelta(days=days)).year + 1)
        return next((year for year in years if not self.knows(year)), None)

    # Arithmetic.

    def is_open(self, instant: datetime) -> bool:
        """Say whether an instant is in working hours; closing time itself is not."""
        block = self._block(_ordinal(instant))
        return any(start <= instant < end for start, end in block.opens)

    def attended(self, instant: datetime) -> bool:
        """Say whether an instant lies between a day's first opening and its last closing.

        Breaks belong to the day: at noon nobody has gone home.
        """
        day = instant.astimezone(self.zone).date()
        spans = self.spans(day)
        if not spans:
            return False
        return self._at(day, spans[0].start) <= instant < self._at(day, spans[-1].end)

    def morning(self, instant: datetime) -> tuple[datetime, datetime] | None:
        """Give the night before the day's first opening, the last one not after an instant.

        It runs from the last closing before to that opening; None if the two are one instant, or
        there was no opening in a year.
        """
        today = instant.astimezone(self.zone).date()
        days = [today - _DAY * number for number in range(_YEAR)]
        open_days = (day for day in days if self.spans(day))
        for day in open_days:
            opened = self._at(day, self.spans(day)[0].start)
            if opened <= instant:
                before = next(open_days, None)
                if before is None:
                    return None
                closed = self._at(before, self.spans(before)[-1].end)
                return (closed, opened) if closed < opened else None
        return None

    def _at(self, day: date, minute: int) -> datetime:
        wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
        return wall.replace(tzinfo=self.zone).astimezone(UTC)

    def next_open(self, instant: datetime) -> Due:
        """Give the first instant of working hours, not before the one given.

        Raises:
            CalendarError: it never opens again.
        """
        for start, end in self._pieces(instant):
            if end > instant:
                at = max(start, instant)
                return Due(at, self._provisional(instant, at))
        raise CalendarError(f"no working hours in the twenty years from {instant}")

    def add(self, instant: datetime, length: timedelta) -> Due:
        """Give when business time of a length has passed since an instant.

        Raises:
            CalendarError: that never happens.
        """
        if length <= _NONE or self.always:
            return Due(instant + max(length, _NONE))
        first, left = _ordinal(instant), length
        for ordinal in range(first, first + _HORIZON):
            block = self._block(ordinal)
            if ordinal > first and block.length < left:
                left -= block.length
                continue
            for start, end in block.opens:
                start = max(start, instant)  # noqa: PLW2901 - what is left of the piece
                if end - start >= left:
                    at = start + left
                    return Due(at, self._provisional(instant, at))
                left -= max(end - start, _NONE)
        raise CalendarError(f"{length} of working hours do not pass in twenty years")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Give the business time from one instant to another; none if that is before it."""
        if end <= start:
            return _NONE
        if self.always:
            return end - start
        first, last = _ordinal(start), _ordinal(end)
        passed = _NONE
        for ordinal in range(first, last + 1):
            block = self._block(ordinal)
            if first < ordinal < last:
                passed += block.length
                continue
            for opens, closes in block.opens:
                passed += max(min(closes, end) - max(opens, start), _NONE)
        return passed

    def _pieces(self, instant: datetime) -> Iterator[Piece]:
        first = _ordinal(instant)
        for ordinal in range(first, first + _HORIZON):
            yield from self._block(ordinal).opens

    def _provisional(self, start: datetime, end: datetime) -> bool:
        if all(self.knows(year) for year in range((start - _DAY).year, (end + _DAY).year + 1)):
            return False
        for ordinal in range(_ordinal(start), _ordinal(end) + 1):
            for begins, ends in self._block(ordinal).unknown:
                if begins < end and start < ends:
                    return True
        return False

    # Days of UTC, laid out.

    def _block(self, ordinal: int) -> _Block:
        block = self._blocks.get(ordinal)
        if block is None:
            if len(self._blocks) >= _KEPT:
                self._blocks.clear()
            block = self._blocks[ordinal] = self._laid_out(ordinal)
        return block

    def _laid_out(self, ordinal: int) -> _Block:
        begin = datetime.combine(date.fromordinal(ordinal), datetime.min.time(), UTC)
        opens: list[Piece] = []
        unknown: list[Piece] = []
        for start, end, offset in self._steady(begin, begin + _DAY):
            day = (start + offset).date()
            while (midnight := _utc(day, 0, offset)) < end:
                following = _utc(day, 24 * 60, offset)
                if not self.knows(day.year):
                    unknown.append((max(midnight, start), min(following, end)))
                for span in self.spans(day):
                    piece = _utc(day, span.start, offset), _utc(day, span.end, offset)
                    clipped = max(piece[0], start), min(piece[1], end)
                    if clipped[0] < clipped[1]:
                        opens.append(clipped)
                day += _DAY
        length = sum((closes - at for at, closes in opens), _NONE)
        return _Block(tuple(opens), length, tuple(unknown))

    def _steady(
        self, start: datetime, end: datetime
    ) -> Iterator[tuple[datetime, datetime, timedelta]]:
        """Cut a day of UTC where the zone's offset changes; that happens at full seconds."""
        began = start
        for low, high in pairwise(start + timedelta(hours=hours) for hours in range(0, 25, 3)):
            if self._offset(low) != self._offset(high):
                change = self._change(low, high)
                yield began, change, self._offset(low)
                began = change
        if began < end:
            yield began, end, self._offset(began)

    def _change(self, low: datetime, high: datetime) -> datetime:
        offset = self._offset(low)
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=(high - low).total_seconds() // 2)
            low, high = (middle, high) if self._offset(middle) == offset else (low, middle)
        return high

    def _offset(self, instant: datetime) -> timedelta:
        return instant.astimezone(self.zone).utcoffset() or _NONE


def _ordinal(instant: datetime) -> int:
    return instant.astimezone(UTC).toordinal()


def _utc(day: date, minute: int, offset: timedelta) -> datetime:
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    return midnight + timedelta(minutes=minute) - offset
