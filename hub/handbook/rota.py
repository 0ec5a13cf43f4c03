"""The rota at work: who is on duty, who is away, who stands in for whom. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hub.handbook.rotashapes import AbsenceShape, RotaShape, SwapShape, TurnsShape
from hub.handbook.timeshapes import dates_of

_NIGHTS = {"night": 1, "week": 7}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on duty, and the rows that say so: turns, a swap, absences that a stand-in covers."""

    person: str
    rows: tuple[TurnsShape | SwapShape | AbsenceShape, ...]

    @property
    def source(self) -> str:
        """Give where the rota says so."""
        return ", ".join(row.source for row in self.rows)


class Roster:
    """A rota, looked up by night and by day; both are dates of the department's zone."""

    def __init__(self, shape: RotaShape, zone: ZoneInfo) -> None:
        self.shape = shape
        self.zone = zone
        self.lines = tuple(line.id for line in shape.lines)
        self._changeover = time.fromisoformat(shape.changeover)
        self._swaps: Mapping[tuple[str, date], SwapShape] = {
            (row.line, night): row for row in shape.swaps for night in dates(row.nights)
        }
        self._away: dict[str, dict[date, AbsenceShape]] = {}
        for row in shape.absences:
            days = self._away.setdefault(row.person.lower(), {})
            days.update((day, row) for day in dates(row.days))

    # Duty.

    def night(self, at: datetime) -> date:
        """Give the date of the night that an instant belongs to."""
        local = at.astimezone(self.zone)
        return local.date() if local.time() >= self._changeover else local.date() - _DAY

    def on_duty(self, line: str, at: datetime) -> Duty | None:
        """Give who is on duty in a line; None if nobody is."""
        return self.duty_of(line, self.night(at))

    def duty_of(self, line: str, night: date) -> Duty | None:
        """Give who has duty on a night; who is away on its date is not, who stands in is."""
        row = self.turns_of(line, night)
        swap = self._swaps.get((line, night))
        if swap is not None:
            return self._there(swap.taker.lower(), (swap,), night)
        if row is None:
            return None
        return self._there(person_of(row, night), (row,), night)

    def turns_of(self, line: str, night: date) -> TurnsShape | None:
        """Give the first turns that cover a night."""
        return next((r for r in self.shape.turns if r.line == line and covers(r, night)), None)

    def _there(
        self, person: str, rows: tuple[TurnsShape | SwapShape, ...], night: date
    ) -> Duty | None:
        reader, absences = self._stand_in(person, night)
        return Duty(reader, (*rows, *absences)) if reader else None

    def ending(self, now: datetime, days: int) -> list[tuple[str, date]]:
        """Give the lines in which nobody has duty on a night within some days, with the first."""
        first = self.night(now)
        found = []
        for line in self.lines:
            nights = (first + number * _DAY for number in range(days))
            lacking = next((n for n in nights if self.duty_of(line, n) is None), None)
            if lacking is not None:
                found.append((line, lacking))
        return found

    def officers(self) -> tuple[str, ...]:
        """Give all who ever have duty."""
        names = [person for row in self.shape.turns for person in row.people]
        names += [row.taker for row in self.shape.swaps]
        return tuple(sorted({name.lower() for name in names}))

    # Absence.

    def away(self, person: str, at: datetime) -> AbsenceShape | None:
        """Give the absence that a person has at an instant; None if they are there."""
        return self.away_on(person, at.astimezone(self.zone).date())

    def away_on(self, person: str, day: date) -> AbsenceShape | None:
        """Give the absence that a person has on a date; None if they are there."""
        return self._away.get(person.lower(), {}).get(day)

    def reached(self, person: str, at: datetime) -> str:
        """Give who does a person's work at an instant: themselves, or who stands in.

        Empty if they are away and nobody stands in who is there.
        """
        return self._stand_in(person.lower(), at.astimezone(self.zone).date())[0]

    def _stand_in(self, person: str, day: date) -> tuple[str, tuple[AbsenceShape, ...]]:
        absences: list[AbsenceShape] = []
        seen = set()
        while person and person not in seen:
            absence = self.away_on(person, day)
            if absence is None:
                return person, tuple(absences)
            seen.add(person)
            absences.append(absence)
            person = absence.stand_in.lower()
        return "", tuple(absences)


def dates(texts: Sequence[str]) -> list[date]:
    """Give all dates that a list of them names."""
    return [day for text in texts for day in dates_of(text)]


def covers(row: TurnsShape, night: date) -> bool:
    """Say whether turns reach a night."""
    first, last = limits(row)
    return first <= night and (last is None or night <= last)


def limits(row: TurnsShape) -> tuple[date, date | None]:
    """Give the first and the last night of turns; None for no end."""
    return date.fromisoformat(row.first), date.fromisoformat(row.last) if row.last else None


def person_of(row: TurnsShape, night: date) -> str:
    """Give whose turn a night is."""
    first, _ = limits(row)
    return row.people[(night - first).days // _NIGHTS[row.each] % len(row.people)].lower()
