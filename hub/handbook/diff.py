"""What changes in meaning from one handbook to another, whatever changed in its files.

Decision tables are compared by what they answer (`regions`), all else row by row, by id. Comments,
order where it says nothing, clauses and places mean nothing to the rules, and are no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from hub.handbook.cells import Key
from hub.handbook.handbook import Handbook
from hub.handbook.load import load_handbook, read_files
from hub.handbook.regions import Region, Space
from hub.handbook.shapes import Label, TableShape
from hub.handbook.tables import Table

_CITATIONS: Final = {"id", "source", "clause", "origin"}
_ORDERED: Final = {"rungs", "paths", "words"}
"""Lists of rows whose order counts."""
_SETS: Final = {
    "tell", "severities", "states", "members", "skills", "notify", "any_hour", "ended_in",
    "runs_in", "starts", "ends", "resumes", "pauses", "own_domains", "required", "calendars",
    "from_roles", "to_roles", "known_years", "free_mail_domains", "demands",
}  # fmt: skip
"""Lists of values whose order says nothing."""


@dataclass(frozen=True, slots=True)
class TableChange:
    """A decision table that answers otherwise; without regions it is new, or gone."""

    name: str
    space: Space | None
    regions: tuple[Region, ...]
    added: bool = False


@dataclass(frozen=True, slots=True)
class PartChange:
    """A row or a value that changed: where it stands, and what it was and is.

    A row that came or went has one side only, its name. `label` names the row to people.
    """

    file: str
    place: str
    before: str | None
    after: str | None
    label: Label | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed in meaning between two handbooks."""

    before: Handbook
    after: Handbook
    tables: tuple[TableChange, ...]
    parts: tuple[PartChange, ...]

    @property
    def same(self) -> bool:
        """Say whether nothing changed in meaning."""
        return not self.tables and not self.parts


def compare(before: Path, after: Path) -> Difference:
    """Compare the handbooks in two folders; ConfigError if one of them has defects."""
    one, two = load_handbook(before), load_handbook(after)
    return Difference(one, two, tuple(_tables(one, two)), tuple(_parts(before, after)))


def _tables(one: Handbook, two: Handbook) -> Iterator[TableChange]:
    for name in dict.fromkeys((*one.tables, *two.tables)):
        mine, theirs = one.tables.get(name), two.tables.get(name)
        if mine is None or theirs is None:
            yield TableChange(name, None, (), added=mine is None)
            continue
        space = Space(mine, theirs, _never_together(one, two, mine))
        regions = tuple(space.regions())
        if regions:
            yield TableChange(name, space, regions)


def _never_together(one: Handbook, two: Handbook, table: Table) -> Iterator[Mapping[str, Any]]:
    """Give the subtypes that are none of a type, in either handbook."""
    if not {"issue_type", "subtype"} <= table.inputs.keys():
        return
    subtypes: dict[str, set[Key]] = {}
    for row in (*one.intake.types, *two.intake.types):
        subtypes.setdefault(row.id, set()).update(sub.id for sub in row.subtypes)
    known = {sub for subs in subtypes.values() for sub in subs}
    for kind, own in subtypes.items():
        if known - own:
            yield {"issue_type": frozenset({kind}), "subtype": frozenset(known - own)}


def _parts(before: Path, after: Path) -> Iterator[PartChange]:
    one, two = read_files(before).parsed, read_files(after).parsed
    # Messages are one matter, in however many files.
    for name in dict.fromkeys((*one, *two)):
        if not name.startswith("messages/"):
            yield from _models(name, "", one[name], two[name])
    folder = "messages/"
    yield from _rows(folder, "messages", _messages(one), _messages(two))


def _messages(files: Mapping[str, BaseModel]) -> list[BaseModel]:
    shapes = [shape for name, shape in files.items() if name.startswith("messages/")]
    return [row for shape in shapes for row in getattr(shape, "messages", ())]


def _models(file: str, at: str, one: BaseModel, two: BaseModel) -> Iterator[PartChange]:
    for name in type(one).model_fields:
        if name not in _CITATIONS:
            yield from _values(file, _below(at, name), getattr(one, name), getattr(two, name))


def _values(file: str, at: str, one: Any, two: Any) -> Iterator[PartChange]:
    if one == two or isinstance(one, TableShape) or isinstance(two, TableShape):
        return
    if type(one) is type(two) and isinstance(one, BaseModel):
        yield from _models(file, at, one, two)
    elif isinstance(one, dict) and isinstance(two, dict):
        for key in dict.fromkeys((*one, *two)):
            yield from _values(file, _below(at, str(key)), one.get(key), two.get(key))
    elif _of_rows(one) or _of_rows(two):
        yield from _rows(file, at, one, two)
    elif _shown(at, one) != _shown(at, two):
        yield PartChange(file, at, _shown(at, one), _shown(at, two))


def _of_rows(value: Any) -> bool:
    return isinstance(value, tuple) and any(_key(each) for each in value)


def _key(row: Any) -> str:
    if not isinstance(row, BaseModel):
        return ""
    named = getattr(row, "id", "")
    return str(named or getattr(row, "item", ""))


def _rows(
    file: str, at: str, one: Sequence[BaseModel], two: Sequence[BaseModel]
) -> Iterator[PartChange]:
    mine, theirs = ({_key(row): row for row in rows} for rows in (one, two))
    for name in dict.fromkeys((*mine, *theirs)):
        before, after, place = mine.get(name), theirs.get(name), _below(at, name)
        if before is None or after is None:
            was, now = name if before else None, name if after else None
            yield PartChange(file, place, was, now, _label(before or after))
            continue
        for change in _models(file, place, before, after):
            yield PartChange(
                change.file,
                change.place,
                change.before,
                change.after,
                change.label or _label(after),
            )
    yield from _order(file, at, list(mine), list(theirs))


def _order(file: str, at: str, mine: list[str], theirs: list[str]) -> Iterator[PartChange]:
    if at.rpartition("/")[2] not in _ORDERED:
        return
    one, two = [n for n in mine if n in theirs], [n for n in theirs if n in mine]
    if one != two:
        yield PartChange(file, at, ", ".join(one), ", ".join(two))


def _label(row: BaseModel | None) -> Label | None:
    zh, en = getattr(row, "zh", ""), getattr(row, "en", "")
    return Label(zh=zh, en=en) if zh and en else None


def _below(at: str, name: str) -> str:
    return f"{at}/{name}" if at else name


def _shown(at: str, value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, tuple):
        texts = [str(part) for part in value]
        return ", ".join(sorted(texts) if at.rpartition("/")[2] in _SETS else texts)
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude=_CITATIONS)
    return str(value)
