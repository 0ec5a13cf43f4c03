"""Examples of a handbook: what is given, and what must follow. `examples/*.yaml` holds them.

They are its owner's tests. An example asks one decision table, or takes a whole case through
classification and routing; `hub handbook test` runs them against the rules themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

from pydantic import Field, model_validator

from hub.errors import ConfigError, Problem
from hub.handbook.handbook import Handbook
from hub.handbook.tables import as_value
from hub.models import Fields, Value
from hub.settings import Document, Settings, load_yaml, parse_settings

FOLDER: Final = "examples"
OUTCOMES: Final = ("issue_type", "subtype", "severity", "role", "owner", "notify", "state")
"""What may be demanded of a case that was classified and routed."""
GIVEN_BESIDES: Final = ("text",)


class ExampleShape(Settings):
    """One example: `given` are inputs, `then` what must follow (only what it names is compared).

    With `table` that table alone decides, and `row` can name the row that must; without, `given`
    are fields of a new case, and what follows is its classification and its route.
    """

    id: str
    zh: str
    en: str
    table: str = ""
    row: str = ""
    given: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)
    then: dict[str, str | int | float | bool | list[str] | None] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _demands_something(self) -> Self:
        if not self.then and not self.row:
            raise ValueError("an example must say what follows: then, or row")
        if self.row and not self.table:
            raise ValueError("row needs table: a case is decided by several tables")
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
