"""The records in memory: tables, indexes of what is looked up, transactions that can be undone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import RLock
from typing import Any

from hub.clock import Clock
from hub_crm.ids import normal_id
from hub_crm.sandbox.index import Index
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.wire import ApiError

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Saved:
    """One record as it was and as it became; None where there was or is none."""

    name: str
    record_id: str
    before: Row | None
    after: Row | None


Listener = Callable[[Sequence[Saved]], None]


class Store:
    """All records of one organisation, by object and id. Rows are replaced, never changed.

    `listeners` are told what was saved, when it is certain.
    """

    def __init__(self, clock: Clock, objects: Mapping[str, ObjectDef]) -> None:
        self.lock = RLock()
        self.clock = clock
        self.objects: dict[str, ObjectDef] = {}
        self.tables: dict[str, dict[str, Row]] = {}
        self.listeners: list[Listener] = []
        self.numbers: dict[str, int] = {}
        self._by_prefix: dict[str, ObjectDef] = {}
        self._folded: dict[str, ObjectDef] = {}
        self.index = Index(())
        self._log: list[Saved] = []
        self._depth = 0
        for definition in objects.values():
            self.declare(definition)

    def now(self) -> datetime:
        """Give the present instant, as coarse as the system's stamps are."""
        return self.clock.now().replace(microsecond=0)

    def declare(self, definition: ObjectDef) -> None:
        """Add an object, or put it in the place of the one of its name; records stay."""
        name = definition.name
        made = [o.name for o in self.objects.values() if o.custom] + [name] * definition.custom
        definition = _opened(definition, made)
        new = definition.custom and name not in self.objects
        self.objects[name] = definition
        self._by_prefix[definition.prefix] = definition
        self._folded[name.lower()] = definition
        table = self.tables.setdefault(name, {})
        for record_id, row in table.items():
            if missing := [f for f in definition.blank if f not in row]:
                table[record_id] = {**row, **{f: definition.blank[f] for f in missing}}
        self.index.forget(name)
        for field in definition.fields.values():
            self.index.watch(name, field)
        for row in table.values():
            self.index.enter(name, row)
        for other in [o for o in self.objects.values() if new and o.name != name]:
            if other != (wider := _opened(other, [name])):
                self.declare(wider)

    def fill(self, name: str, rows: Iterable[Row]) -> None:
        """Let an object hold these rows and no others, told to nobody; what they lack is empty."""
        definition = self.objects[name]
        self.tables[name] = table = {row["Id"]: {**definition.blank, **row} for row in rows}
        self.index.forget(name)
        for field in definition.fields.values():
            self.index.watch(name, field)
        for row in table.values():
            self.index.enter(name, row)

    def forget(self, name: str) -> None:
        """Remove an object and its records."""
        definition = self.objects.pop(name)
        del self.tables[name], self._by_prefix[definition.prefix], self._folded[name.lower()]
        self.index.forget(name)

    def rename(self, name: str, new: str) -> None:
        """Give an object another name; its records go with it, references to it follow."""
        table = self.tables[name]
        definition = self.objects[name]
        self.forget(name)
        self.tables[new] = table
        self.declare(definition.changed(name=new))
        for other in list(self.objects.values()):
            moved = [f for f in other.own if name in f.references]
            if moved:
                self.declare(other.with_fields(*(f.pointing(name, new) for f in moved)))

    def next_number(self, sequence: str) -> int:
        """Give the next number of a sequence; the first is 1."""
        self.numbers[sequence] = self.numbers.get(sequence, 0) + 1
        return self.numbers[sequence]

    def object(self, name: str) -> ObjectDef:
        """Give an object by its name in whatever case; NOT_FOUND if there is none."""
        definition = self._folded.get(name.lower())
        if definition is None:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        return definition

    def object_of(self, record_id: str) -> ObjectDef | None:
        """Give the object to which an id's prefix belongs."""
        return self._by_prefix.get(record_id[:3])

    def rows(self, name: str, *, deleted: bool = False) -> Iterator[Row]:
        """Give the records of an object, those in the recycle bin only if asked."""
        for row in self.tables[name].values():
            if deleted or not row.get("IsDeleted"):
                yield row

    def row(self, record_id: Any) -> Row | None:
        """Give the record of an id, live or in the recycle bin."""
        found = normal_id(record_id)
        definition = self.object_of(found) if found else None
        return self.tables[definition.name].get(found or "") if definition else None

    def having(self, name: str, field: str, value: str, *, deleted: bool = False) -> Iterator[Row]:
        """Give the records that have a value in a field that `index` knows, in order of id."""
        table = self.tables[name]
        for record_id in sorted(self.index.find(name, field, value)):
            row = table[record_id]
            if deleted or not row.get("IsDeleted"):
                yield row

    def begin(self) -> int:
        """Begin a transaction, or a part of one; give the mark to which it can be undone."""
        self._depth += 1
        return len(self._log)

    def commit(self) -> None:
        """End a transaction and keep what was written; listeners hear of it when all are ended."""
        self._depth -= 1
        if self._depth:
            return
        log, self._log = self._log, []
        if log:
            for listener in self.listeners:
                listener(log)

    def roll_back(self, mark: int) -> None:
        """Undo what was written since a mark, and end that transaction."""
        for saved in reversed(self._log[mark:]):
            self._replace(saved.name, saved.record_id, saved.before)
        del self._log[mark:]
        self.commit()

    def save(self, name: str, record_id: str, row: Row | None) -> None:
        """Put a record in the place of what was there, or take it away."""
        before = self._replace(name, record_id, row)
        entry = Saved(name, record_id, before, row)
        if self._depth:
            self._log.append(entry)
        else:
            for listener in self.listeners:
                listener([entry])

    def _replace(self, name: str, record_id: str, row: Row | None) -> Row | None:
        table = self.tables[name]
        before = table.get(record_id)
        if before is not None:
            self.index.remove(name, before)
        if row is None:
            table.pop(record_id, None)
        else:
            table[record_id] = row
            self.index.enter(name, row)
        return before


def _opened(definition: ObjectDef, made: Sequence[str]) -> ObjectDef:
    """Give an object of which the references to all custom objects point to these too."""
    wider = [
        f.open_to(made) for f in definition.own if f.customs and not {*made} <= {*f.references}
    ]
    return definition.with_fields(*wider) if wider else definition
