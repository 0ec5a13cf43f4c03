"""Formula fields: computed when a record is saved, and again when a record above it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hub_crm.sandbox.formula import Env
from hub_crm.sandbox.schema import INTEGRAL, NUMERIC, TEXTUAL, FieldDef, ObjectDef
from hub_crm.sandbox.store import Row, Store


class Computing:
    """Computes the formulas of one organisation.

    `NOW()` and `TODAY()` in a formula field are of the instant at which the record was saved.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._below: dict[str, set[tuple[str, str]]] = {}
        self.learn()

    def learn(self) -> None:
        """Note which objects' formulas read which others, by which reference."""
        self._below = {}
        for definition in self._store.objects.values():
            for field in definition.formulas:
                for path in field.formula.paths if field.formula else ():
                    way = definition.way(path[0]) if len(path) > 1 else None
                    for target in way.references if way else ():
                        self._below.setdefault(target, set()).add(
                            (definition.name, way.name if way else "")
                        )

    def env(self, definition: ObjectDef, row: Row, before: Row | None = None) -> Env:
        """Give what a formula sees of a record."""
        return Env(lambda path: self.read(definition, row, path), self._store.now(), before, row)

    def read(self, definition: ObjectDef, row: Row, path: tuple[str, ...]) -> Any:
        """Give the value at a path from a record; null if a record on the way is not there."""
        current, known = row, definition
        for step in path[:-1]:
            way = known.way(step)
            above = self._store.row(current.get(way.name)) if way else None
            found = self._store.object_of(str(above["Id"])) if above else None
            if above is None or found is None:
                return None
            current, known = above, found
        field = known.field(path[-1])
        return current.get(field.name) if field else None

    def compute(self, definition: ObjectDef, row: Row) -> None:
        """Fill in the computed fields of a record."""
        for field in definition.formulas:
            if field.formula is not None:
                row[field.name] = _fitted(field, field.formula.value(self.env(definition, row)))

    def spread(self, definition: ObjectDef, row: Row) -> None:
        """Compute anew what reads a record that was changed."""
        for name, reference in self._below.get(definition.name, ()):
            if not self._store.index.knows(name, reference):
                continue
            below = self._store.objects[name]
            for child in list(self._store.having(name, reference, str(row["Id"]), deleted=True)):
                fresh = dict(child)
                self.compute(below, fresh)
                if fresh != child:
                    self._store.save(name, str(child["Id"]), fresh)
                    self.spread(below, fresh)


def _fitted(field: FieldDef, value: Any) -> Any:
    if value is None:
        return None
    if field.type in INTEGRAL:
        return int(value)
    if field.type in NUMERIC:
        return round(Decimal(value), field.scale)
    if field.type in TEXTUAL:
        return str(value)
    return value
