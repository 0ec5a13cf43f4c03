"""Holds the handbook's field maps against a system as it describes itself: would it take that."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

from hub.connector import FieldInfo
from hub.errors import Problem
from hub.handbook.handbook import Handbook
from hub.handbook.lengths import DESCRIPTION, NAME, SUBJECT
from hub.handbook.messages import vocabulary_rows
from hub.handbook.places import Checker, Placed
from hub.handbook.shapes import FieldMapShape, MapShape

LONGEST: Final[Mapping[str, int]] = {
    "subject": SUBJECT,
    "description": DESCRIPTION,
    "contact_name": NAME,
}
"""How long the item's texts can be, in characters, where the hub shortens them."""

SHOWN: Final = 12
"""So many of a field's allowed values are named at most."""


def check_maps(
    handbook: Handbook, connector: str, described: Mapping[str, Sequence[FieldInfo]]
) -> list[Problem]:
    """Give what a connector's system would refuse of the maps, each with file and line.

    A connector that describes nothing is not held against anything.
    """
    checker = Checker(handbook)
    problems: list[Problem] = []
    for row in handbook.handoff.maps if described else ():
        if handbook.system(row.system) != connector:
            continue
        if row.kind not in described:
            what = f"{row.id}: {connector} has no records of the kind {row.kind!r}"
            problems.append(checker.at(row, what, _meant(row.kind, described)))
            continue
        fields = {info.name: info for info in described[row.kind]}
        problems += _check_map(checker, connector, row, fields)
    return problems


def _check_map(
    checker: Checker, connector: str, row: MapShape, fields: Mapping[str, FieldInfo]
) -> Iterator[Problem]:
    for shape in row.fields:
        info = fields.get(shape.record)
        if info is None:
            what = f"{row.id}: {connector}'s {row.kind} has no field {shape.record!r}"
            remedy = _meant(shape.record, fields) + " (or make it there, or leave the line out)"
            yield checker.at(shape, what, remedy)
        elif shape.direction != "in":
            yield from _check_written(checker, row, shape, info)


def _check_written(
    checker: Checker, row: MapShape, shape: FieldMapShape, info: FieldInfo
) -> Iterator[Problem]:
    place = f"{row.id}: {shape.record}"
    if not info.writable:
        remedy = "set direction: in; or give the hub's user the right to write it"
        yield checker.at(shape, f"{place} can not be written", remedy)
        return
    written = list(_written(checker, shape))
    if info.values:
        known = {value.casefold() for value in info.values}
        for where, value in written:
            if value.casefold() not in known:
                what = f"{place} does not take {value!r}"
                yield checker.at(where, what, _meant(value, info.values))
        return
    longest = max([len(value) for _, value in written] + [LONGEST.get(shape.item, 0)])
    if 0 < info.length < longest:
        what = f"{place} takes {info.length} characters, and {longest} may be written"
        yield checker.at(shape, what, "make it longer there, or map to a longer field")


def _written(checker: Checker, shape: FieldMapShape) -> Iterator[tuple[Placed, str]]:
    """Give the values that can be written, as far as the handbook knows them, and who says so."""
    book = checker.handbook
    yield from ((shape, value) for value in shape.values.values() if value)
    if shape.item == "rnd_status":
        closing = book.ending.closing
        for status in (closing.rnd_status, closing.rnd_reopened):
            if status and status not in shape.values:
                yield closing, status
    field = checker.fields.get(shape.item)
    if shape.closed or field is None or field.values in {"", "people", "instants"}:
        return
    rows: Iterable[str] = vocabulary_rows(book.about, book.people, book.intake)[field.values]
    yield from ((shape, name) for name in rows if name not in shape.values)


def _meant(name: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    if close:
        return f"did you mean {close[0]!r}?"
    shown = ", ".join(sorted(known)[:SHOWN])
    return f"known: {shown}{' …' if len(known) > SHOWN else ''}"
