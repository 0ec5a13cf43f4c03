"""Examples of a handbook: what is given, and what must follow. `examples/*.yaml` holds them.

They are its owner's tests. An example asks one decision table, takes a whole case through
classification and routing, lets the clock of a target run and its ladder be climbed, or counts a
length on a calendar; `hub handbook test` runs them against the rules themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Final, Self, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from hub.errors import ConfigError, Problem
from hub.handbook.handbook import Handbook
from hub.handbook.tables import as_value
from hub.handbook.targetshapes import LengthText
from hub.models import Fields, Value
from hub.settings import Document, Settings, load_yaml, parse_settings

FOLDER: Final = "examples"
OUTCOMES: Final = ("issue_type", "subtype", "severity", "role", "owner", "notify", "state")
"""What may be demanded of a case that was classified and routed."""
GIVEN_BESIDES: Final = ("text",)


TIMED: Final = ("due", "calendar", "length")
"""What may be demanded of a target's clock."""
COUNTED: Final = ("due",)
"""What may be demanded of a calendar."""


def _local(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is not None:
        raise ValueError(f"{text!r} is no local time, such as 2026-03-02 09:00")
    return text


LocalTime: TypeAlias = Annotated[str, AfterValidator(_local)]
"""A moment by the handbook's clock: `2026-03-02 09:00`."""


class ToldShape(Settings):
    """One rung that must be told, and when."""

    rung: str
    at: LocalTime


class ExampleShape(Settings):
    """One example: `given` are inputs, `then` what must follow (only what it names is compared).

    With `table` that table alone decides, and `row` can name the row that must. With `target` a
    case of these fields is promised something, the clock has `started`, and nothing happens: what
    follows is when it is `due`, and the rungs that are `told`, from the first on. With `calendar`
    a `length` is counted on it since `started`. Without any of them, `given` are fields of a new
    case, and what follows is its classification and its route.
    """

    id: str
    zh: str
    en: str
    table: str = ""
    row: str = ""
    target: str = ""
    calendar: str = ""
    started: LocalTime | None = None
    length: LengthText | None = None
    told: tuple[ToldShape, ...] = ()
    given: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)
    then: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _demands_something(self) -> Self:
        if not self.then and not self.row and not self.told:
            raise ValueError("an example must say what follows: then, row or told")
        if self.row and not self.table:
            raise ValueError("row needs table: a case is decided by several tables")
        if sum(map(bool, (self.table, self.target, self.calendar))) > 1:
            raise ValueError("an example asks one of table, target and calendar")
        if bool(self.target or self.calendar) != bool(self.started):
            raise ValueError("started goes with target or calendar: when the clock begins to run")
        if bool(self.calendar) != bool(self.length):
            raise ValueError("length goes with calendar: what is counted on it")
        if self.told and not self.target:
            raise ValueError("told needs target: a ladder belongs to one")
        return self

    def label(self, language: str) -> str:
        """Give what it shows, in a language."""
        return self.en if language == "en" else self.zh


class ExamplesShape(Settings):
    """`examples/*.yaml`."""

    examples: tuple[ExampleShape, ...]


class Example(Settings):
    """An example with its place (`examples/intake.yaml:12`)."""

    shape: ExampleShape
    source: str

    def fields(self) -> Fields:
        """Give what is given as an item's fields."""
        return {name: as_value(value) for name, value in self.shape.given.items()}

    def demands(self) -> Mapping[str, Value]:
        """Give what must follow."""
        return {name: as_value(value) for name, value in self.shape.then.items()}


def load_examples(handbook: Handbook) -> tuple[Example, ...]:
    """Read a handbook's examples; ConfigError lists all their defects."""
    found: list[Example] = []
    problems: list[Problem] = []
    for file in sorted((handbook.folder / FOLDER).glob("*.yaml")):
        try:
            document = load_yaml(file)
            shapes = parse_settings(ExamplesShape, document).examples
        except ConfigError as error:
            problems += error.problems
            continue
        problems += _problems(handbook, document, shapes, {each.shape.id for each in found})
        found += [_placed(file, document, number, shape) for number, shape in enumerate(shapes)]
    if problems:
        raise ConfigError(problems)
    return tuple(found)


def _placed(file: Path, document: Document, number: int, shape: ExampleShape) -> Example:
    line = document.line(("examples", number))
    return Example(shape=shape, source=f"{FOLDER}/{file.name}:{line}")


def _problems(
    handbook: Handbook,
    document: Document,
    shapes: Sequence[ExampleShape],
    taken: Collection[str],
) -> Iterator[Problem]:
    seen = set(taken)
    for number, shape in enumerate(shapes):
        place = ("examples", number)
        if shape.id in seen:
            yield document.problem(place, f"the example {shape.id} is given twice")
        seen.add(shape.id)
        if shape.table and shape.table not in handbook.tables:
            known = ", ".join(sorted(handbook.tables))
            yield document.problem(
                (*place, "table"), f"no table {shape.table!r}", f"known: {known}"
            )
            continue
        for part, names, known_names in _names(handbook, shape):
            for name in names:
                if name not in known_names:
                    what = f"{shape.id}: no {part} {name!r}"
                    yield document.problem(place, what, f"known: {', '.join(known_names)}")


def _names(
    handbook: Handbook, shape: ExampleShape
) -> Iterator[tuple[str, Collection[str], Collection[str]]]:
    if shape.calendar:
        yield "calendar", [shape.calendar], list(handbook.calendars)
        yield "outcome", shape.then, COUNTED
        return
    if shape.target:
        yield from _timed_names(handbook, shape)
        return
    if not shape.table:
        fields = [field.id for field in handbook.intake.fields]
        yield "field", shape.given, [*fields, *GIVEN_BESIDES]
        yield "outcome", shape.then, OUTCOMES
        return
    table = handbook.tables[shape.table]
    yield f"input of {shape.table}", shape.given, list(table.inputs)
    yield f"output of {shape.table}", shape.then, list(table.outputs)
    if shape.row:
        yield f"row of {shape.table}", [shape.row], [rule.id for rule in table.rules]


def _timed_names(
    handbook: Handbook, shape: ExampleShape
) -> Iterator[tuple[str, Collection[str], Collection[str]]]:
    targets = {target.id: target for target in handbook.targets.targets}
    yield "target", [shape.target], list(targets)
    yield "field", shape.given, [field.id for field in handbook.intake.fields]
    yield "outcome", shape.then, TIMED
    if shape.target in targets:
        name = targets[shape.target].ladder
        ladder = next((each for each in handbook.targets.ladders if each.id == name), None)
        rungs = [rung.id for rung in ladder.rungs] if ladder else []
        yield f"rung of {shape.target}", [told.rung for told in shape.told], rungs
