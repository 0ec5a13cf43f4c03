"""Compiles the parsed files into a `Handbook`: tables, maps, templates, look-ups."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.calendar import HOLIDAYS, DayKind
from hub.errors import Problem
from hub.handbook.calendars import FILE as CALENDAR_FILE
from hub.handbook.calendars import CalendarBuilder
from hub.handbook.closingshapes import EndingShape
from hub.handbook.compile import TableCompiler
from hub.handbook.files import Files
from hub.handbook.handbook import Handbook, Provision
from hub.handbook.messages import Messages, vocabulary_rows
from hub.handbook.people import People
from hub.handbook.reportshapes import ReportsShape
from hub.handbook.rota import Roster
from hub.handbook.rotashapes import AfterHoursShape, RotaShape
from hub.handbook.shapes import (
    AboutShape,
    HandOffShape,
    IntakeShape,
    MapShape,
    NamedRow,
    PeopleShape,
    RoutingShape,
    TableShape,
)
from hub.handbook.tables import Table
from hub.handbook.targetshapes import TargetsShape
from hub.handbook.templates import Template
from hub.handbook.timeshapes import WEEKDAYS, CalendarsShape
from hub.models import FieldMap, RecordMap
from hub.settings import Location

Functions = Mapping[str, Callable[..., Any]]


@dataclass(slots=True)
class _Parts:
    """The typed files at hand, and the problems met on the way."""

    files: Files
    about: AboutShape
    people: People
    intake: IntakeShape
    routing: RoutingShape
    rota: RotaShape
    after_hours: AfterHoursShape
    handoff: HandOffShape
    ending: EndingShape
    targets: TargetsShape
    calendars: CalendarsShape
    problems: list[Problem] = field(default_factory=list)


def build_handbook(
    files: Files, functions: Functions, fingerprint: str
) -> tuple[Handbook, list[Problem]]:
    """Compile; what can not be compiled is among the problems, and left out."""
    about = files.get("handbook.yaml", AboutShape)
    parts = _Parts(
        files,
        about,
        People(files.get("people.yaml", PeopleShape)),
        files.get("intake.yaml", IntakeShape),
        files.get("routing.yaml", RoutingShape),
        files.get("rota.yaml", RotaShape),
        files.get("after_hours.yaml", AfterHoursShape),
        files.get("handoff.yaml", HandOffShape),
        files.get("closing.yaml", EndingShape),
        files.get("targets.yaml", TargetsShape),
        files.get(CALENDAR_FILE, CalendarsShape),
    )
    parts.people.learn(parts.handoff.words)
    zone = _zone(parts)
    roster = Roster(parts.rota, zone)
    parts.people.enlist(parts.rota.role, roster.officers())
    times = CalendarBuilder(files, parts.calendars, zone)
    handbook = Handbook(
        folder=files.path,
        version=about.version,
        fingerprint=fingerprint,
        about=about,
        people=parts.people,
        intake=parts.intake,
        routing=parts.routing,
        roster=roster,
        after_hours=parts.after_hours,
        handoff=parts.handoff,
        ending=parts.ending,
        messages=Messages(_templates(parts), about, parts.people, parts.intake, zone),
        targets=parts.targets,
        timed_by=_timed_by(parts),
        calendar_rows={row.id: row for row in times.shape.calendars},
        own_days=times.shape.days,
        calendars=times.build(),
        working=times.shape.working,
        tables=_tables(parts, functions),
        record_maps=dict(_record_map(about, row) for row in parts.handoff.maps),
        map_rows={_map_key(about, row): row for row in parts.handoff.maps},
        reports=files.get("reports.yaml", ReportsShape).reports,
        provisions=_provisions(parts),
    )
    return handbook, [*parts.problems, *times.problems]


def _zone(parts: _Parts) -> ZoneInfo:
    try:
        return ZoneInfo(parts.about.zone)
    except (ZoneInfoNotFoundError, ValueError):
        what, remedy = f"unknown time zone {parts.about.zone!r}", "such as Asia/Shanghai"
        parts.problems.append(parts.files.problem("handbook.yaml", ("zone",), what, remedy))
        return ZoneInfo("UTC")


def vocabularies(
    about: AboutShape, people: People, intake: IntakeShape
) -> dict[str, tuple[str, ...]]:
    """Give the ids behind each name that a column's domain can have."""
    rows = vocabulary_rows(about, people, intake)
    return {name: tuple(found) for name, found in rows.items()}


def _timed_by(parts: _Parts) -> str:
    told = [HOLIDAYS, parts.calendars.model_dump_json(), parts.targets.model_dump_json()]
    told.append(parts.ending.closing.model_dump_json())
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Place:
    """A decision table as written: its name, file, place within it, and shape."""

    name: str
    file: str
    at: Location
    shape: TableShape


def table_places(files: Files) -> list[Place]:
    """Give all decision tables of a handbook's files."""
    intake = files.get("intake.yaml", IntakeShape)
    after_hours = files.get("after_hours.yaml", AfterHoursShape)
    found = [
        Place("senders", "intake.yaml", ("senders",), intake.senders),
        Place("required", "intake.yaml", ("required",), intake.required),
        Place("routing", "routing.yaml", ("routing",),
              files.get("routing.yaml", RoutingShape).routing),
        Place("after_hours", "after_hours.yaml", ("rules",), after_hours.rules),
        Place("limits", "targets.yaml", ("limits",),
              files.get("targets.yaml", TargetsShape).limits),
        Place("returns", "handoff.yaml", ("returns",),
              files.get("handoff.yaml", HandOffShape).returns),
        Place("answers", "closing.yaml", ("answers",),
              files.get("closing.yaml", EndingShape).answers),
    ]  # fmt: skip
    for name, shape in intake.classification.items():
        at: Location = ("classification", name)
        found.append(Place(f"classification.{name}", "intake.yaml", at, shape))
    return found


def table_words(files: Files) -> dict[str, tuple[str, ...]]:
    """Give the ids behind each name that a domain of a handbook's tables can have."""
    people = People(files.get("people.yaml", PeopleShape))
    about, intake = files.get("handbook.yaml", AboutShape), files.get("intake.yaml", IntakeShape)
    known = vocabularies(about, people, intake)
    known |= {"days": get_args(DayKind), "weekdays": WEEKDAYS}
    calendars = files.get(CALENDAR_FILE, CalendarsShape).calendars
    known["calendars"] = tuple(row.id for row in calendars)
    return known


def _tables(parts: _Parts, functions: Functions) -> dict[str, Table]:
    known, tables = table_words(parts.files), {}
    for place in table_places(parts.files):
        compiler = TableCompiler(parts.files, place.file, place.at, known, functions)
        tables[place.name] = compiler.compile(place.name, place.shape)
        parts.problems += compiler.problems
    return tables


def _templates(parts: _Parts) -> dict[str, Template]:
    templates: dict[str, Template] = {}
    for file, shape in parts.files.messages().items():
        for index, row in enumerate(shape.messages):
            if row.id in templates:
                what = f"the message {row.id} is given twice"
                remedy = f"it also stands in {templates[row.id].source}"
                parts.problems.append(parts.files.problem(file, ("messages", index), what, remedy))
                continue
            templates[row.id] = Template(
                id=row.id,
                visibility=row.visibility,
                subjects={language: text.subject for language, text in row.texts.items()},
                texts={language: text.text.strip() for language, text in row.texts.items()},
                clause=row.clause,
                origin=row.origin,
                source=row.source,
            )
    return templates


def _map_key(about: AboutShape, row: MapShape) -> tuple[str, str]:
    names = about.systems.model_dump()
    return str(names.get(row.system, row.system)), row.kind


def _record_map(about: AboutShape, row: MapShape) -> tuple[tuple[str, str], RecordMap]:
    key = _map_key(about, row)
    fields = tuple(FieldMap(**shape.model_dump(exclude={"source"})) for shape in row.fields)
    return key, RecordMap(connector=key[0], kind=row.kind, fields=fields)


def _provisions(parts: _Parts) -> dict[str, NamedRow]:
    found: dict[str, NamedRow] = {}
    files = (
        parts.intake, parts.routing, parts.after_hours, parts.targets, parts.handoff, parts.ending,
    )  # fmt: skip
    for rows in (file.provisions for file in files):
        found.update({row.id: row for row in rows})
    return found


__all__ = ["Provision", "build_handbook", "vocabularies"]
