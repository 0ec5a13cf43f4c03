"""Runs a handbook's examples against its rules, and tells what none of them exercised."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from msgspec.structs import replace

from hub.core.plugins import PluginHost
from hub.handbook import Handbook, Provision
from hub.handbook.examples import OUTCOMES, Example
from hub.handbook.tables import Answer, Rule, Table
from hub.models import Change, Classification, Context, Fields, Item, Ref, Route, Targets, Value
from hub.models.fieldmaps import same
from hub.rules import builtin_rules
from hub.testing.times import Run, Times

NOW: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Examples are decided at this instant: a Monday, nine in the morning in Shanghai."""
ITEM: Final = "EXAMPLEAAAAAAAAA"
_ORDINARY: Final[Fields] = {"state": "routed", "customer_status": "formal", "channel": "mail"}


class Named(Provision, Protocol):
    """A provision that has a name for readers."""

    def label(self, language: str) -> str:
        """Give its name in a language."""
        ...


@dataclass(frozen=True, slots=True)
class Shortfall:
    """One thing that did not follow: what, what was demanded, what came, and by which rows."""

    what: str
    wanted: Value
    came: Value


@dataclass(frozen=True, slots=True)
class Tried:
    """One example and what became of it: the rows that decided, rungs, calendars counted on."""

    example: Example
    rows: tuple[Provision, ...]
    shortfalls: tuple[Shortfall, ...]

    @property
    def ok(self) -> bool:
        """Say whether all that it demands followed."""
        return not self.shortfalls


@dataclass(frozen=True, slots=True)
class Report:
    """All examples, and what none of them reached: rows by table, `ladders`, `calendars`."""

    tried: tuple[Tried, ...]
    unexercised: Mapping[str, tuple[Named, ...]]

    @property
    def ok(self) -> bool:
        """Say whether every example holds."""
        return all(each.ok for each in self.tried)

    @property
    def rows(self) -> int:
        """Give how many rows, rungs and calendars some example exercised."""
        return len({rule.source for each in self.tried for rule in each.rows})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Watched(Table):
    """A table that notes which rows decided."""

    decided: list[Rule] = field(default_factory=list)

    def decide(self, fields: Mapping[str, Value]) -> Answer | None:
        """Decide as the table does."""
        answer = Table.decide(self, fields)
        if answer is not None:
            self.decided.extend(answer.rules)
        return answer


def try_examples(handbook: Handbook, host: PluginHost, examples: Sequence[Example]) -> Report:
    """Run examples by the rules in force; plugins that answer before the handbook count too."""
    tables = {name: _watched(table) for name, table in handbook.tables.items()}
    watched = dataclasses.replace(handbook, tables=tables)
    ruled = host.replace_builtins(builtin_rules(watched))
    times = Times(handbook)
    tried = tuple(_try(example, tables, ruled, times) for example in examples)
    exercised = {row.source for each in tried for row in each.rows}
    return Report(tried, dict(_unexercised(handbook, exercised)))


def _watched(table: Table) -> _Watched:
    given = {one.name: getattr(table, one.name) for one in dataclasses.fields(table) if one.init}
    return _Watched(**given)


def _unexercised(
    handbook: Handbook, exercised: Collection[str]
) -> Iterator[tuple[str, tuple[Named, ...]]]:
    demanded: dict[str, Sequence[Named]] = {n: t.rules for n, t in handbook.tables.items()}
    demanded["ladders"] = [rung for each in handbook.targets.ladders for rung in each.rungs]
    demanded["calendars"] = list(handbook.calendar_rows.values())
    for name, rows in demanded.items():
        left = tuple(row for row in rows if row.source not in exercised)
        if left:
            yield name, left


def _try(example: Example, tables: Mapping[str, _Watched], host: PluginHost, times: Times) -> Tried:
    for table in tables.values():
        table.decided.clear()
    shape, run = example.shape, Run()
    if shape.table:
        run.came = _ask(tables[shape.table], example)
    elif shape.calendar:
        run = times.count(shape)
    elif shape.target:
        item = _case({**_ORDINARY, **example.fields()})
        targets = host.targets(item, Context(now=NOW)).value
        run = times.climb(shape, item, targets.limits if isinstance(targets, Targets) else ())
    else:
        run.came = _route(example.fields(), host)
    decided = tuple(rule for table in tables.values() for rule in table.decided)
    return Tried(
        example,
        (*decided, *run.rungs[: len(shape.told)], *times.counted(run)),
        _short(example, run, decided),
    )


def _short(example: Example, run: Run, decided: Sequence[Rule]) -> tuple[Shortfall, ...]:
    short = [
        Shortfall(what, wanted, run.came.get(what))
        for what, wanted in example.demands().items()
        if not same(wanted, run.came.get(what))
    ]
    named = example.shape.row
    if named and named not in {rule.id for rule in decided}:
        short.append(Shortfall("row", named, ", ".join(rule.id for rule in decided) or None))
    told = [f"{each.rung} at {each.at}" for each in example.shape.told]
    came = run.told[: len(told)]
    if told != came:
        short.append(Shortfall("told", told, came))
    return tuple(short)


def _ask(table: _Watched, example: Example) -> Fields:
    answer = table.decide(example.fields())
    if answer is None:
        return {}
    listed = {name: answer.listed(name) for name in table.outputs}
    return {
        name: list(values) if len(values) > 1 else (values[0] if values else None)
        for name, values in listed.items()
    }


def _case(fields: Fields) -> Item:
    return Item(id=ITEM, kind="case", fields=fields, opened_at=NOW)


def _route(given: Fields, host: PluginHost) -> Fields:
    """Classify and route a new case with these fields."""
    fields: Fields = {"state": "new", **given}
    text = fields.pop("text", None)
    if text is not None:
        fields.setdefault("description", text)
    item = _case(fields)
    change = Change(ref=Ref("example", "case", "1"), version="1", seen_at=NOW, fields=fields)
    context = Context(now=NOW)
    classified = host.classify_case(item, change, context).value
    if isinstance(classified, Classification):
        unset = {n: v for n, v in classified.fields.items() if not item.text(n)}
        item = replace(item, fields={**item.fields, **unset})
    route = host.route_case(item, context).value
    came = {name: item.fields.get(name) for name in OUTCOMES}
    if isinstance(route, Route):
        came |= {"role": route.role, "owner": route.owner, "notify": list(route.notify)}
        came |= {name: value for name, value in route.fields.items() if name in OUTCOMES}
    return came
