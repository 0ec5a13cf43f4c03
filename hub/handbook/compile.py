"""Compiles a decision table as written into one that runs; every defect at its own line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hub.errors import Problem
from hub.handbook.cells import AnyCell, Cell, Range, Words, parse_cell, values_of
from hub.handbook.domains import Domain, parse_domain
from hub.handbook.expressions import Expression
from hub.handbook.files import Files
from hub.handbook.shapes import RuleShape, TableShape
from hub.handbook.tables import Rule, Table, as_value
from hub.models import Value
from hub.settings import Location


class TableCompiler:
    """Compiles one table that stands at a place of a file."""

    def __init__(
        self,
        files: Files,
        file: str,
        at: Location,
        vocabularies: Mapping[str, tuple[str, ...]],
        functions: Mapping[str, Callable[..., Any]],
    ) -> None:
        self._files = files
        self._file = file
        self._at = at
        self._vocabularies = vocabularies
        self._functions = functions
        self.problems: list[Problem] = []

    def compile(self, name: str, shape: TableShape) -> Table:
        """Compile; cells that can not be read are problems and accept anything."""
        inputs = self._domains("inputs", shape.inputs)
        outputs = self._domains("outputs", shape.outputs)
        rules = tuple(
            self._rule(index, row, inputs, outputs) for index, row in enumerate(shape.rows)
        )
        if not rules:
            self._problem(("rows",), f"the table {name} has no rows")
        source = f"{self._file}:{self._files.documents[self._file].line(self._at)}"
        return Table(
            name=name,
            hit=shape.hit,
            inputs=inputs,
            outputs=outputs,
            rules=rules,
            source=source,
            sound=not self.problems,
        )

    def _problem(self, at: Location, what: str, remedy: str = "") -> None:
        where = (*self._at, *at)
        self.problems.append(self._files.problem(self._file, where, what, remedy))

    def _domains(self, side: str, data: Mapping[str, Any]) -> dict[str, Domain]:
        domains = {}
        for name, written in data.items():
            try:
                domains[name] = parse_domain(written, self._vocabularies)
            except ValueError as error:
                self._problem((side, name), f"column {name}: {error}")
                domains[name] = Domain("text")
        return domains

    def _rule(
        self,
        index: int,
        row: RuleShape,
        inputs: Mapping[str, Domain],
        outputs: Mapping[str, Domain],
    ) -> Rule:
        cells = {}
        for name, data in row.when.items():
            cell = self._cell(("rows", index, "when", name), row.id, name, data, inputs)
            if cell is not None and not isinstance(cell, AnyCell):
                cells[name] = cell
        return Rule(
            id=row.id,
            cells=cells,
            then=self._outputs(index, row, outputs),
            condition=self._condition(index, row, inputs),
            clause=row.clause,
            origin=row.origin,
            source=row.source,
            zh=row.zh,
            en=row.en,
        )

    def _cell(
        self, at: Location, row: str, name: str, data: Any, inputs: Mapping[str, Domain]
    ) -> Cell | None:
        domain = inputs.get(name)
        if domain is None:
            known = ", ".join(inputs)
            self._problem(at, f"row {row}: unknown column {name}", f"declared inputs: {known}")
            return None
        try:
            cell = parse_cell(data)
        except ValueError as error:
            self._problem(at, f"row {row}, {name}: {error}")
            return None
        self._check_cell(at, f"row {row}, {name}", cell, domain)
        return cell

    def _check_cell(self, at: Location, place: str, cell: Cell, domain: Domain) -> None:
        if isinstance(cell, Words) and domain.kind != "text":
            self._problem(at, f"{place}: only texts can be searched for words")
        if isinstance(cell, Range) and domain.kind != "number":
            self._problem(at, f"{place}: only numbers lie in a range")
        if domain.kind == "enum":
            for key in values_of(cell) - set(domain.all_values):
                shown = "an empty value" if key is None else repr(key)
                self._problem(at, f"{place}: {shown} can not occur", f"known: {domain}")

    def _condition(
        self, index: int, row: RuleShape, inputs: Mapping[str, Domain]
    ) -> Expression | None:
        if not row.condition:
            return None
        try:
            return Expression(row.condition, inputs, self._functions)
        except ValueError as error:
            self._problem(("rows", index, "if"), f"row {row.id}: {error}")
            return None

    def _outputs(
        self, index: int, row: RuleShape, outputs: Mapping[str, Domain]
    ) -> dict[str, Value]:
        result: dict[str, Value] = {}
        for name, data in row.then.items():
            at = ("rows", index, "then", name)
            domain = outputs.get(name)
            if domain is None:
                known = ", ".join(outputs)
                self._problem(
                    at, f"row {row.id}: unknown output {name}", f"declared outputs: {known}"
                )
                continue
            try:
                result[name] = as_value(data)
            except ValueError as error:
                self._problem(at, f"row {row.id}, {name}: {error}")
                continue
            self._check_output(at, f"row {row.id}, {name}", result[name], domain)
        return result

    def _check_output(self, at: Location, place: str, value: Value, domain: Domain) -> None:
        if domain.kind != "enum":
            return
        for part in value if isinstance(value, list) else [value]:
            text = str(part).lower() if isinstance(part, bool) else part
            if text not in domain.all_values:
                self._problem(at, f"{place}: {part!r} is unknown", f"known: {domain}")
