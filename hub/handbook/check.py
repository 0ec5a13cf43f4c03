"""Finds what can not work in a handbook before it runs: each defect with its line and a remedy."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from hub.errors import Problem
from hub.handbook.check_after_hours import check_after_hours
from hub.handbook.check_closing import check_closing
from hub.handbook.check_intake import check_intake
from hub.handbook.check_messages import check_messages
from hub.handbook.check_reports import check_reports
from hub.handbook.check_rota import check_rota
from hub.handbook.check_tables import check_tables
from hub.handbook.check_targets import check_targets
from hub.handbook.handbook import Handbook, Provision
from hub.handbook.messages import vocabulary_rows
from hub.handbook.places import Checker
from hub.handbook.shapes import FieldMapShape, MapShape
from hub.handbook.words import (
    AFTER_HOURS_PROVISIONS,
    HANDOFF_PROVISIONS,
    INTAKE_PROVISIONS,
    ROUTING_PROVISIONS,
    STATES,
)

PARTS: Final = ("cases", "rnd", "mail")


def check_handbook(handbook: Handbook, connectors: Collection[str] | None) -> list[Problem]:
    """Give all problems of a handbook whose files could be read."""
    checker = Checker(handbook)
    return [
        *_check_about(checker, connectors),
        *_check_duplicates(checker),
        *_check_people(checker),
        *check_intake(checker),
        *check_tables(checker),
        *check_targets(checker),
        *check_reports(checker),
        *check_closing(checker),
        *_check_assignment(checker),
        *check_rota(checker),
        *check_after_hours(checker),
        *_check_paths(checker),
        *_check_ways_out(checker),
        *_check_words(checker),
        *_check_maps(checker),
        *_check_comments(checker),
        *_check_provisions(checker),
        *check_messages(checker),
    ]


def _check_about(checker: Checker, connectors: Collection[str] | None) -> Iterator[Problem]:
    about = checker.handbook.about
    if "@" not in about.service_address:
        what = f"service_address: {about.service_address!r} is no mail address"
        yield checker.problem("handbook.yaml", what)
    for part, name in about.systems.model_dump().items():
        if connectors is not None and name not in connectors:
            yield checker.problem(
                "handbook.yaml",
                f"systems.{part}: there is no connector {name!r}",
                f"configured: {', '.join(sorted(connectors)) or 'none'}",
            )
    missing = [state for state in STATES if state not in {row.id for row in about.states}]
    if missing:
        what = f"states are missing: {', '.join(missing)}"
        yield checker.problem("handbook.yaml", what, "the rules move items through them")


def _check_duplicates(checker: Checker) -> Iterator[Problem]:
    book = checker.handbook
    lists: list[tuple[str, Sequence[Provision]]] = [
        ("state", book.about.states),
        ("role", tuple(book.people.roles.values())),
        ("type", book.intake.types),
        ("subtype", [sub for row in book.intake.types for sub in row.subtypes]),
        ("severity", book.intake.severities),
        ("channel", book.intake.channels),
        ("field", book.intake.fields),
        ("path", book.handoff.paths),
        ("target", book.targets.targets),
        ("provision", [
            *book.intake.provisions, *book.routing.provisions, *book.handoff.provisions,
            *book.targets.provisions, *book.after_hours.provisions,
            *book.ending.provisions,
        ]),
        *((f"row of {name}", table.rules) for name, table in book.tables.items()),
    ]  # fmt: skip
    for what, rows in lists:
        seen: dict[str, str] = {}
        for row in rows:
            if row.id in seen:
                text = f"the {what} {row.id} is given twice"
                yield checker.at(row, text, f"it also stands in {seen[row.id]}")
            seen.setdefault(row.id, row.source)


def _check_people(checker: Checker) -> Iterator[Problem]:
    people = checker.handbook.people
    yield from checker.known("role", people.roles, "people.yaml", "desk", [people.desk])
    for person in people.persons.values():
        yield from checker.known("role", people.roles, person, "roles", person.roles)
        if "@" not in person.email:
            yield checker.at(person, f"{person.email!r} is no mail address")
    for role in people.roles.values():
        if role.receives:
            yield from checker.known("system", PARTS, role, "receives", [role.receives])
    for team in people.teams:
        yield from checker.known("role", people.roles, team, "role", [team.role])
        yield from checker.known("person", people.persons, team, "members", team.members)
    if people.desk in people.roles and not people.members(people.desk):
        row = people.roles[people.desk]
        yield checker.at(row, f"nobody holds the role {people.desk}, the desk", _GIVE)


_GIVE: Final = "give it to a person in people.yaml"


def _check_assignment(checker: Checker) -> Iterator[Problem]:
    book = checker.handbook
    seen: dict[str, str] = {}
    for row in book.routing.assignment:
        roles = [row.role, *row.fallback]
        yield from checker.known("role", book.people.roles, row, row.id, roles)
        if row.role in seen:
            what = f"{row.id}: how {row.role} is assigned is said twice"
            yield checker.at(row, what, f"it also stands in {seen[row.role]}")
        seen.setdefault(row.role, row.source)
        if row.by[-1] not in SETTLING:
            what = f"{row.id}: {row.by[-1]} alone can leave nobody, or several"
            yield checker.at(row, what, f"let the last way be one of {', '.join(SETTLING)}")
        for role in row.fallback:
            yield from checker.held(role, row, f"{row.id} falls back on {role}")
            if role == row.role:
                yield checker.at(row, f"{row.id}: {role} falls back on itself", "take it out")


SETTLING: Final = ("round_robin", "member")
"""The ways after which exactly one person is left, if anybody is there."""


def _check_paths(checker: Checker) -> Iterator[Problem]:
    book = checker.handbook
    handoff, roles = book.handoff, book.people.roles
    yield from checker.known("field", checker.fields, "handoff.yaml", "demands", handoff.demands)
    yield from checker.known("role", roles, "handoff.yaml", "engineer", [handoff.engineer])
    reached: set[str] = set()
    for path in handoff.paths:
        named = [*path.from_roles, *path.to_roles, *path.notify]
        yield from checker.known("role", roles, path, path.id, named)
        yield from checker.known("state", checker.states, path, "state", [path.state])
        for role in [*path.to_roles, *path.notify]:
            yield from checker.held(role, path, f"{path.id} names {role}")
        yield from checker.not_told(path, path.id, path.notify)
        reached |= set(path.to_roles)
    for row in roles.values():
        if row.receives and row.id not in reached:
            what = f"no hand-off leads to {row.id}, which is reached by hand-off only"
            yield checker.at(row, what, "add a path to it in handoff.yaml")
    if not handoff.demands:
        yield checker.problem("handoff.yaml", "demands is empty", "name what each hand-off records")


def _check_ways_out(checker: Checker) -> Iterator[Problem]:
    """Who can be given a case must be able to hand it on."""
    book = checker.handbook
    out = {role for path in book.handoff.paths for role in path.from_roles}
    given: list[tuple[str, Provision]] = [
        *((str(rule.then.get("role") or ""), rule) for rule in book.tables["routing"].rules),
        *((role, row) for row in book.routing.assignment for role in row.fallback),
        *((role, path) for path in book.handoff.paths for role in path.to_roles),
    ]
    for role, row in dict(reversed(given)).items():
        if role in book.people.roles and role not in out and not book.received_by_system(role):
            what = f"{row.id} gives cases to {role}, who can hand them to nobody"
            yield checker.at(row, what, "add the role to from of a path in handoff.yaml")


def _check_words(checker: Checker) -> Iterator[Problem]:
    meant: dict[str, str] = {}
    for row in checker.handbook.handoff.words:
        yield from checker.known("role", checker.handbook.people.roles, row, row.id, [row.role])
        for word in row.words:
            key = "".join(word.casefold().split())
            if meant.get(key, row.role) != row.role:
                yield checker.at(row, f"the word {word!r} means both {meant[key]} and {row.role}")
            meant[key] = row.role


def _check_maps(checker: Checker) -> Iterator[Problem]:
    book = checker.handbook
    for row in book.handoff.maps:
        yield from checker.known("system", PARTS, row, "system", [row.system])
        ways: set[tuple[str, str]] = set()
        for shape in row.fields:
            yield from _check_field_map(checker, row, shape)
            for way in ("in", "out"):
                if shape.direction in {"both", way}:
                    end = shape.item if way == "in" else shape.record
                    if (way, end) in ways:
                        side = "item" if way == "in" else "record"
                        yield checker.at(shape, f"{row.id}: two maps write the {side}'s {end}")
                    ways.add((way, end))
    for part, kind in (("cases", "case"), ("rnd", "issue")):
        if book.record_map(book.system(part), kind) is None:
            yield checker.problem("handoff.yaml", f"maps: none for the {part} system's {kind}")


def _check_field_map(checker: Checker, row: MapShape, shape: FieldMapShape) -> Iterator[Problem]:
    place = f"{row.id}, {shape.item} and {shape.record}"
    yield from checker.known("field", checker.fields, shape, place, [shape.item])
    field = checker.fields.get(shape.item)
    book = checker.handbook
    if field is None or field.values in {"", "people", "instants"}:
        return
    rows = vocabulary_rows(book.about, book.people, book.intake)[field.values]
    ours: Iterable[str] = [*shape.values, *shape.inbound.values()]
    yield from checker.known(field.values, rows, shape, place, ours)
    if shape.direction != "in" and shape.closed:
        unmapped = [name for name in rows if name not in shape.values]
        if unmapped:
            what = f"{place}: no value for {', '.join(unmapped)}, so they are never written"
            yield checker.at(shape, what, 'map them, or to "" if that is meant')


def _check_comments(checker: Checker) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for row in checker.handbook.handoff.comments:
        ends = [row.from_system, row.to_system]
        yield from checker.known("system", PARTS, row, row.id, ends)
        if row.from_system == row.to_system:
            yield checker.at(row, f"{row.id}: comments can not cross from a system to itself")
        if row.from_system in seen:
            what = f"{row.id}: comments from {row.from_system} are settled twice"
            yield checker.at(row, what, f"also in {seen[row.from_system]}")
        seen.setdefault(row.from_system, row.source)


def _check_provisions(checker: Checker) -> Iterator[Problem]:
    book = checker.handbook
    wanted = (
        ("intake.yaml", INTAKE_PROVISIONS, book.intake.provisions),
        ("routing.yaml", ROUTING_PROVISIONS, book.routing.provisions),
        ("handoff.yaml", HANDOFF_PROVISIONS, book.handoff.provisions),
        ("after_hours.yaml", AFTER_HOURS_PROVISIONS, book.after_hours.provisions),
    )
    for file, ids, rows in wanted:
        missing = [name for name in ids if name not in {row.id for row in rows}]
        if missing:
            what = f"provisions are missing: {', '.join(missing)}"
            yield checker.problem(file, what, "the rules cite them for what they do")
        for row in rows:
            if row.id not in ids:
                what = f"no rule cites the provision {row.id}"
                yield checker.at(row, what, f"known: {', '.join(ids)}")
