"""The sections of a handbook as tables for readers: who, what, decisions, times, ladders."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from hub.handbook.handbook import Handbook
from hub.handbook.naming import WORDS, Names
from hub.handbook.shapes import Language, PathShape
from hub.handbook.tables import Rule, Table
from hub.handbook.targetshapes import HANDLER, LadderShape, RungShape, TargetShape

Cells = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One table: heading, a line about it, its columns, its rows."""

    title: str
    note: str
    columns: Cells
    rows: tuple[Cells, ...]


class Sections:
    """Makes the sections of one handbook in one language, by name."""

    def __init__(self, handbook: Handbook, language: Language) -> None:
        self._book = handbook
        self._language = language
        self._say = WORDS[language]
        self._named = Names(handbook, language)
        before: dict[str, Callable[[], Section]] = {
            "roles": self._roles,
            "people": self._persons,
            "types": self._types,
            "severities": self._severities,
            "channels": self._channels,
            "calendars": self._calendars,
            "days": self._days,
        }
        after: dict[str, Callable[[], Section]] = {
            "targets": self._targets,
            "ladders": self._ladders,
            "assignment": self._assignment,
            "rota": self._rota,
            "absences": self._absences,
            "calls": self._calls,
            "paths": self._paths,
            "reports": self._reports,
        }
        tables: dict[str, Callable[[], Section]] = {
            name: partial(self._table, name, table) for name, table in handbook.tables.items()
        }
        self._makers = before | tables | after

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of all sections, in the order in which they are read."""
        return tuple(self._makers)

    def make(self, name: str) -> Section:
        """Give a section; KeyError if there is none of that name."""
        return self._makers[name]()

    def _section(
        self, title: str, columns: Cells, rows: Iterable[Cells], note: str = ""
    ) -> Section:
        named = tuple(self._say.get(column, column) for column in columns)
        return Section(self._say[title], note, named, tuple(rows))

    # Who and what.

    def _roles(self) -> Section:
        language = self._language
        rows = [
            (row.label(language), row.id, ", ".join(self._members(row.id)), row.clause)
            for row in self._book.people.roles.values()
        ]
        return self._section("roles", ("role", "id", "people", "clause"), rows)

    def _members(self, role: str) -> Iterator[str]:
        for email in self._book.people.members(role):
            yield self._book.people.name(email, self._language)

    def _persons(self) -> Section:
        rows = [
            (row.label(self._language), row.email, self._named.value("role", list(row.roles)),
             self._named.value("subtype", list(row.skills)))
            for row in self._book.people.persons.values()
        ]  # fmt: skip
        return self._section("people", ("person", "mail", "roles", "skills"), rows)

    def _types(self) -> Section:
        language, say = self._language, self._say
        rows = [
            (row.label(language), row.id, say["list"].join(s.label(language) for s in row.subtypes),
             row.clause)
            for row in self._book.intake.types
        ]  # fmt: skip
        return self._section("types", ("type", "id", "subtypes", "clause"), rows)

    def _severities(self) -> Section:
        severities = self._book.intake.severities
        rows = [(row.label(self._language), row.id, row.clause) for row in severities]
        return self._section("severities", ("severity", "id", "clause"), rows)

    def _channels(self) -> Section:
        say = self._say
        rows = [
            (row.label(self._language), say["yes" if row.acknowledge else "no"], row.clause)
            for row in self._book.intake.channels
        ]
        return self._section("channels", ("channel", "acknowledged", "clause"), rows)

    # When and by when.

    def _calendars(self) -> Section:
        rows = [
            (row.label(self._language), row.id, self._hours(row.week), row.country,
             row.zone or self._book.about.zone, row.clause, row.source)
            for row in self._book.calendar_rows.values()
        ]  # fmt: skip
        columns = ("calendar", "id", "hours", "country", "zone", "clause", "source")
        return self._section("calendars", columns, rows)

    def _hours(self, week: Mapping[str, Sequence[str]]) -> str:
        return "; ".join(f"{self._weekdays(key)} {', '.join(spans)}" for key, spans in week.items())

    def _weekdays(self, key: str) -> str:
        return "–".join(self._say[day.strip()] for day in key.split("-"))

    def _days(self) -> Section:
        names, say = self._book.calendar_rows, self._say
        rows = [
            (row.label(self._language), ", ".join(row.dates),
             say[row.hours] if isinstance(row.hours, str) else ", ".join(row.hours),
             say["list"].join(names[c].label(self._language) for c in row.calendars),
             row.clause, row.source)
            for row in self._book.own_days
        ]  # fmt: skip
        columns = ("day", "dates", "hours", "calendars", "clause", "source")
        return self._section("days", columns, rows)

    def _targets(self) -> Section:
        rows = [self._target(row) for row in self._book.targets.targets]
        pauses = self._book.targets.pauses
        states = self._named.value("state", list(pauses.states))
        note = f"{self._say['paused']}: {states}; {self._named.column(pauses.until)}"
        columns = ("target", "id", "starts", "ends", "ladder", "clause", "source")
        return self._section("targets", columns, rows, note)

    def _target(self, row: TargetShape) -> Cells:
        say = self._say
        starts = [say[name] for name in (*row.starts, *row.resumes)]
        ends = [say[name] for name in row.ends]
        ends += [f"{say['state']}: {self._named.value('state', list(row.ended_in))}"] * bool(
            row.ended_in
        )
        ends += [f"{say['unless']} {self._named.value('state', list(row.runs_in))}"] * bool(
            row.runs_in
        )
        ladder = next((x for x in self._book.targets.ladders if x.id == row.ladder), None)
        return (
            row.label(self._language),
            row.id,
            say["list"].join(starts),
            say["list"].join(ends),
            ladder.label(self._language) if ladder else "",
            row.clause,
            row.source,
        )

    def _ladders(self) -> Section:
        rows = [
            self._rung(ladder, rung)
            for ladder in self._book.targets.ladders
            for rung in ladder.rungs
        ]
        columns = ("ladder", "at", "rung", "told", "by_way", "severities", "again", "hours")
        return self._section("ladders", (*columns, "clause", "source"), rows)

    def _rung(self, ladder: LadderShape, rung: RungShape) -> Cells:
        say = self._say
        again = ""
        if rung.every:
            times = str(rung.times) if rung.times else say["until_gone"]
            again = f"{rung.every} × {times}"
        any_hour = self._named.value("severity", list(ladder.any_hour))
        return (
            ladder.label(self._language),
            f"{rung.at} %",
            rung.label(self._language),
            self._told(rung.tell),
            say[f"by_{rung.by}"],
            self._named.value("severity", list(rung.severities)) or say["any"],
            again,
            f"{say['any_hour']}: {any_hour}" if any_hour else say["working"],
            rung.clause,
            rung.source,
        )

    def _told(self, names: Sequence[str]) -> str:
        say = self._say
        return say["list"].join(
            say[name] if name == HANDLER else self._named.value("role", name) for name in names
        )

    # Assignment and duty.

    def _assignment(self) -> Section:
        say, named = self._say, self._named
        rows = [
            (named.value("role", row.role), say["then"].join(say[way] for way in row.by),
             named.value("role", list(row.fallback)), row.clause, row.source)
            for row in self._book.routing.assignment
        ]  # fmt: skip
        columns = ("role", "ways", "fallback", "clause", "source")
        return self._section("assignment", columns, rows)

    def _rota(self) -> Section:
        say, shape = self._say, self._book.roster.shape
        lines = {row.id: row.label(self._language) for row in shape.lines}
        turns = [
            (lines.get(row.line, row.line), f"{row.first}…{row.last or ''}",
             say["then"].join(map(self._name, row.people)), say[f"each_{row.each}"], row.clause,
             row.source)
            for row in shape.turns
        ]  # fmt: skip
        swaps = [
            (lines.get(row.line, row.line), say["list"].join(row.nights),
             f"{self._name(row.giver)} → {self._name(row.taker)}",
             f"{say['approved']} {self._name(row.approved_by)}", row.clause, row.source)
            for row in shape.swaps
        ]  # fmt: skip
        columns = ("line", "nights", "people", "each", "clause", "source")
        return self._section("rota", columns, [*turns, *swaps])

    def _absences(self) -> Section:
        rows = [
            (self._name(row.person), self._say["list"].join(row.days), self._name(row.stand_in),
             row.clause, row.source)
            for row in self._book.roster.shape.absences
        ]  # fmt: skip
        return self._section("absences", ("person", "dates", "stand_in", "clause", "source"), rows)

    def _calls(self) -> Section:
        book, language = self._book, self._language
        rows = [
            (call.label(language), step.label(language), step.wait, step.clause, step.source)
            for call in book.after_hours.calls
            for step in call.steps
        ]
        note = f"{self._say['emergency_phone']}: {book.after_hours.emergency_phone}"
        return self._section("calls", ("call", "told", "wait", "clause", "source"), rows, note)

    def _name(self, person: str) -> str:
        return self._book.people.name(person, self._language) if person else ""

    def _reports(self) -> Section:
        say = self._say
        rows = [
            (row.label(self._language), say[f"every_{row.every}"],
             f"{say.get(str(row.on), row.on)} {row.at}", self._told(row.tell),
             say["list"].join(row.languages), row.clause, row.source)
            for row in self._book.reports
        ]  # fmt: skip
        columns = ("report", "every", "sent", "told", "languages", "clause", "source")
        return self._section("reports", columns, rows)

    # Decisions.

    def _paths(self) -> Section:
        columns = ("hand-off", "by", "towards", "told", "state", "clause", "source")
        return self._section("paths", columns, [self._path(p) for p in self._book.handoff.paths])

    def _path(self, path: PathShape) -> Cells:
        return (
            path.label(self._language),
            self._named.value("role", list(path.from_roles)),
            self._named.value("role", list(path.to_roles)),
            self._named.value("role", list(path.notify)),
            self._named.value("state", path.state),
            path.clause,
            path.source,
        )

    def _table(self, name: str, table: Table) -> Section:
        """Give a decision table; columns that no row asks about are left out."""
        say = self._say
        asked = [column for column in table.inputs if any(column in r.cells for r in table.rules)]
        condition = ["if"] if any(rule.condition for rule in table.rules) else []
        given = [column for column in table.outputs if any(r.then.get(column) for r in table.rules)]
        columns = (
            say["row"],
            *(self._named.column(column) for column in asked),
            *(say[column] for column in condition),
            *(f"→ {self._named.column(column)}" for column in given),
            say["clause"],
            say["source"],
        )
        rows = tuple(self._row(rule, asked, condition, given) for rule in table.rules)
        return Section(name, f"{say['hit']}: {say[table.hit]}", columns, rows)

    def _row(
        self, rule: Rule, asked: Sequence[str], condition: Sequence[str], given: Sequence[str]
    ) -> Cells:
        return (
            rule.label(self._language),
            *(self._named.cell(column, rule.cell(column)) for column in asked),
            *(str(rule.condition or "") for _ in condition),
            *(self._named.value(column, rule.then.get(column)) for column in given),
            rule.clause,
            rule.source,
        )
