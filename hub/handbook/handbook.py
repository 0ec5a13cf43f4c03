"""The handbook as a checked value: everything the rules ask of it, looked up fast."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from hub.calendar import Calendar, parse_length
from hub.handbook import picking
from hub.handbook.closingshapes import EndingShape
from hub.handbook.messages import Messages
from hub.handbook.people import People, Target
from hub.handbook.picking import Picked
from hub.handbook.reportshapes import ReportShape
from hub.handbook.rota import Roster
from hub.handbook.rotashapes import AfterHoursShape
from hub.handbook.shapes import (
    AboutShape,
    CommentShape,
    HandOffShape,
    IntakeShape,
    NamedRow,
    PathShape,
    RoutingShape,
    Row,
)
from hub.handbook.tables import Table
from hub.handbook.targetshapes import HANDLER, TargetsShape
from hub.handbook.timeshapes import WEEKDAYS, CalendarShape, OwnDaysShape
from hub.models import Context, Fields, Item, RecordMap, Why


class Provision(Protocol):
    """Anything of the handbook that a decision can cite."""

    @property
    def id(self) -> str:
        """Give its id."""
        ...

    @property
    def clause(self) -> str:
        """Give the clause of the department's handbook."""
        ...

    @property
    def source(self) -> str:
        """Give its file and line."""
        ...


FORESIGHT_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class UnknownYear:
    """A year, near or begun, whose public days a calendar does not know; and what helps."""

    calendar: str
    year: int
    remedy: str


@dataclass(frozen=True, slots=True)
class RotaEnd:
    """A night, near, on which nobody has duty in a line; and what helps."""

    line: str
    night: date
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handbook:
    """A loaded and checked handbook.

    `working` names the calendar by whose hours colleagues are told things.
    `timed_by` is a hash of all by which time is reckoned: due times are reckoned anew when it
    changes. `version` is what its author calls it, `fingerprint` a hash of what its files hold.
    """

    folder: Path
    version: str
    fingerprint: str
    about: AboutShape
    people: People
    intake: IntakeShape
    routing: RoutingShape
    roster: Roster
    after_hours: AfterHoursShape
    handoff: HandOffShape
    ending: EndingShape
    messages: Messages
    targets: TargetsShape
    timed_by: str
    calendars: Mapping[str, Calendar]
    calendar_rows: Mapping[str, CalendarShape]
    own_days: tuple[OwnDaysShape, ...]
    working: str
    tables: Mapping[str, Table]
    record_maps: Mapping[tuple[str, str], RecordMap]
    map_rows: Mapping[tuple[str, str], Provision]
    reports: tuple[ReportShape, ...]
    provisions: Mapping[str, NamedRow]

    @property
    def cases(self) -> str:
        """Give the name of the connector that holds the cases (the CRM)."""
        return self.about.systems.cases

    @property
    def rnd(self) -> str:
        """Give the name of the connector through which R&D works."""
        return self.about.systems.rnd

    @property
    def mail(self) -> str:
        """Give the name of the mail connector."""
        return self.about.systems.mail

    @property
    def zone(self) -> ZoneInfo:
        """Give the zone of its clock."""
        return ZoneInfo(self.about.zone)

    def working_time(self, start: datetime, length: str) -> datetime:
        """Give when a length of time has passed since an instant, in the hours of `working`."""
        calendar = self.calendars[self.working]
        return calendar.add(start, parse_length(length).on(calendar)).at

    def unknown_years(self, now: datetime) -> list[UnknownYear]:
        """Give the years within sixty days whose public days are not known, by calendar."""
        found = []
        for name, calendar in self.calendars.items():
            year = calendar.unknown_year(now, FORESIGHT_DAYS)
            if year is not None:
                row = self.calendar_rows[name].source
                remedy = f"write the days of {year} into calendar.yaml, and {year} into the "
                remedy += f"known_years of {row}; or install a newer table of holidays"
                found.append(UnknownYear(name, year, remedy))
        return found

    def rota_ends(self, now: datetime) -> list[RotaEnd]:
        """Give the lines of duty that have a night within sixty days that nobody has."""
        remedy = "write the turns that follow into rota.yaml"
        found = self.roster.ending(now, FORESIGHT_DAYS)
        return [RotaEnd(line, night, remedy) for line, night in found]

    def system(self, part: str) -> str:
        """Give the connector's name of a part (`cases`, `rnd`, `mail`); ValueError if unknown."""
        names = {"cases": self.cases, "rnd": self.rnd, "mail": self.mail}
        if part not in names:
            raise ValueError(f"no system plays the part {part!r}")
        return names[part]

    def record_map(self, connector: str, kind: str) -> RecordMap | None:
        """Give the field maps of a connector's kind of record; None if it has none."""
        return self.record_maps.get((connector, kind))

    def why(
        self,
        plugin: str,
        row: Provision | str,
        inputs: Fields | None = None,
        note: str = "",
    ) -> Why:
        """Cite a row, or a provision by its id, as the cause of a decision."""
        cited = self.provisions[row] if isinstance(row, str) else row
        if not note and isinstance(cited, NamedRow):
            note = cited.label(self.about.language)
        return Why(
            plugin=plugin,
            rule=cited.id,
            source=cited.source,
            clause=cited.clause,
            inputs=inputs or {},
            note=note,
        )

    def is_staff(self, email: str) -> bool:
        """Say whether an address is a colleague's."""
        address = email.lower()
        domain = address.rpartition("@")[2]
        return address in self.people.persons or domain in self.about.own_domains

    def ways(self, role: str) -> tuple[str, ...]:
        """Give the ways in which a person is picked in a role."""
        row = next((row for row in self.routing.assignment if row.role == role), None)
        return row.by if row else ("round_robin",)

    def assignment(self, role: str) -> Row | str:
        """Give the provision by which a person is picked in a role."""
        found = (row for row in self.routing.assignment if row.role == role)
        return next(found, "in_turn")

    def fallback(self, role: str) -> tuple[str, ...]:
        """Give the roles that take over where nobody of a role is there."""
        rows = (row.fallback for row in self.routing.assignment if row.role == role)
        return next(rows, ())

    def pick(self, role: str, item: Item, context: Context) -> Picked:
        """Pick who is given an item in a role; always somebody (see `hub.handbook.picking`)."""
        return picking.pick(self, role, item, context)

    def person_for(self, role: str, item: Item, now: datetime) -> str:
        """Give who reads what a role is told about an item."""
        return picking.who_is_told(self, role, item, now)

    def persons_for(self, roles: Iterable[str], item: Item, now: datetime) -> dict[str, str]:
        """Give who reads what several roles are told: role by address, each person once."""
        found: dict[str, str] = {}
        for role in roles:
            person = self.person_for(role, item, now)
            if person:
                found.setdefault(person, role)
        return found

    def handler(self, item: Item, now: datetime) -> str:
        """Give who reads what an item's handler is told: the owner or who stands in.

        Who is away and has nobody standing in finds it when they are back.
        """
        owner = item.text("owner").lower()
        return self.roster.reached(owner, now) or owner

    def occasion(self, now: datetime) -> Fields:
        """Give what the calendar says of an instant, as decision tables ask for it.

        A break between two spans of a day is working time.
        """
        calendar = self.calendars[self.working]
        local = now.astimezone(calendar.zone)
        start, end = self.after_hours.night
        clock = local.strftime("%H:%M")
        night = start <= clock < end if start < end else clock >= start or clock < end
        return {
            "working_time": calendar.attended(now),
            "day": calendar.kind(local.date()),
            "weekday": WEEKDAYS[local.weekday()],
            "hour": local.hour,
            "night": night,
        }

    def people_of(self, roles: Iterable[str], item: Item, now: datetime) -> list[str]:
        """Give one person for each role or `handler`; the desk stands in where nobody is found."""
        found: dict[str, None] = {}
        for role in roles:
            if role == HANDLER:
                person = self.handler(item, now)
                person = person if self.is_staff(person) else ""
            else:
                person = self.person_for(role, item, now)
            found[person or self.person_for(self.people.desk, item, now)] = None
        return [person for person in found if person]

    def path(self, from_role: str, to_role: str) -> PathShape | None:
        """Give the provision that allows a hand-off; None if none does."""
        return next(
            (p for p in self.handoff.paths if from_role in p.from_roles and to_role in p.to_roles),
            None,
        )

    def received_by_system(self, role: str) -> bool:
        """Say whether a role is reached only through a system's records (R&D through JIRA)."""
        row = self.people.roles.get(role)
        return row is not None and row.receives != ""

    def next_handler(self, item: Item) -> Target | None:
        """Say whom the record's next handler means; None if it names nobody known."""
        return self.people.resolve(item.text("next_handler"))

    def comments(self, connector: str) -> tuple[CommentShape, str] | None:
        """Give the provision for comments that come from a connector, and where they go."""
        for row in self.handoff.comments:
            if self.system(row.from_system) == connector:
                return row, self.system(row.to_system)
        return None
