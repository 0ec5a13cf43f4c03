"""Why a decision was made: the table that it came from, and at which cells the other rows missed.

The inputs are those that the journal keeps; a text that it keeps shortened is taken from the item
as it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

import msgspec

from hub.calendar import Calendar
from hub.core.explain.past import Moment
from hub.core.explain.words import WORDS
from hub.handbook import Handbook, Rule, Table, Verdict
from hub.handbook.naming import Names
from hub.handbook.shapes import Language
from hub.handbook.targetshapes import LadderShape
from hub.handbook.timing import Pause, instant_of, running, texts
from hub.models import Fields, Value, Why

_PLACE: Final = re.compile(r"[\w./-]+\.yaml:\d+")
_MOST_DAYS: Final = 21


class Cell(msgspec.Struct, frozen=True):
    """A cell that did not accept: the column, what it asks for, what it saw."""

    column: str
    wanted: str
    seen: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a table: whether it decided, and if it did not match, at which cells."""

    id: str
    label: str
    source: str
    clause: str = ""
    chosen: bool = False
    misses: list[Cell] = []


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why one decision was made.

    `rows` are those of the decision's table or ladder, in order: one that neither was chosen nor
    missed comes after the one that was. `counted` are the days on which a limit was counted.
    `doubt` says why this can not be told, or not for certain.
    """

    table: str = ""
    handbook: str = ""
    inputs: Fields = {}
    rows: list[Row] = []
    counted: list[str] = []
    doubt: str = ""


def reason_of(moment: Moment, book: Handbook | None, language: Language) -> list[Reason]:
    """Give why a decision was made, by each table that had a part in it; none where none had."""
    why, say = moment.decision.why, WORDS[language]
    if not why.source:
        return []
    if book is None:
        return [Reason(doubt=say["not kept"].format(moment.entry.handbook or "?"))]
    reasons = [_of_table(table, moment, book, language) for table in _tables(book, why)]
    ladder = _ladder(book, why.source)
    if ladder is not None:
        reasons.append(_of_ladder(ladder, why, book, language))
    counted = list(_counted(moment, book, language))
    if counted:
        reasons.append(Reason(handbook=book.version, inputs=why.inputs, counted=counted))
    return reasons


def _tables(book: Handbook, why: Why) -> Iterator[Table]:
    places = {why.source, *_PLACE.findall(why.note)}
    for table in book.tables.values():
        if any(rule.source in places for rule in table.rules):
            yield table


def _of_table(table: Table, moment: Moment, book: Handbook, language: Language) -> Reason:
    why = moment.decision.why
    inputs = _inputs(table, moment)
    verdicts = table.explain(inputs)
    chosen = {verdict.rule.source for verdict in verdicts if verdict.chosen}
    places = {why.source, *_PLACE.findall(why.note)}
    doubt = "" if chosen & places else WORDS[language]["differs"]
    named = Names(book, language)
    return Reason(
        table=table.name,
        handbook=book.version,
        inputs=table.seen(inputs),
        rows=[row_of(verdict, named, language) for verdict in verdicts],
        doubt=doubt,
    )


def _inputs(table: Table, moment: Moment) -> Fields:
    kept, before, decided = moment.decision.why.inputs, moment.before, moment.decision.fields
    text = "\n".join(str(before.get(name) or "") for name in ("subject", "description"))
    inputs: Fields = {}
    for name in table.inputs:
        value: Value = kept.get(name, before.get(name))
        if name not in kept and name in decided and name not in table.outputs:
            value = decided[name]  # What one table settles, the next one of a decision sees.
        elif name not in kept or (isinstance(value, str) and value.endswith("…")):
            value = text if name == "text" else before.get(name, value)
        inputs[name] = None if value == "(empty)" else value
    return inputs


def row_of(verdict: Verdict, named: Names, language: Language) -> Row:
    """Give a row as people read it."""
    rule = verdict.rule
    return Row(
        id=rule.id,
        label=rule.label(language),
        source=rule.source,
        clause=rule.clause,
        chosen=verdict.chosen,
        misses=[
            Cell(named.column(miss.column), _wanted(rule, miss.column, named) or miss.wanted,
                 " ".join(named.value(miss.column, miss.seen).split()))
            for miss in verdict.misses
        ],
    )  # fmt: skip


def _wanted(rule: Rule, column: str, named: Names) -> str:
    return named.cell(column, rule.cells[column]) if column in rule.cells else ""


# Ladders and limits.


def _ladder(book: Handbook, source: str) -> LadderShape | None:
    for ladder in book.targets.ladders:
        if any(rung.source == source for rung in ladder.rungs):
            return ladder
    return None


def _of_ladder(ladder: LadderShape, why: Why, book: Handbook, language: Language) -> Reason:
    severity = str(why.inputs.get("severity") or "")
    say, named = WORDS[language], Names(book, language)
    rows = []
    for rung in ladder.rungs:
        misses = []
        if rung.severities and severity not in rung.severities:
            wanted = named.value("severity", list(rung.severities))
            seen = named.value("severity", severity)
            misses.append(Cell(named.column("severity"), wanted, seen))
        share = why.inputs.get("share")
        if isinstance(share, int) and rung.source != why.source and rung.at > share:
            misses.append(Cell(say["share"], f"{rung.at} %", f"{share} %"))
        chosen = rung.source == why.source
        label = f"{rung.at} %: {rung.label(language)}"
        rows.append(
            Row(
                id=rung.id, label=label, source=rung.source, clause=rung.clause, chosen=chosen,
                misses=misses,
            )
        )  # fmt: skip
    return Reason(table=ladder.label(language), handbook=book.version, inputs=why.inputs, rows=rows)


def _counted(moment: Moment, book: Handbook, language: Language) -> Iterator[str]:
    """Say on which days a limit was counted, if the decision is about one that is due."""
    decision = moment.decision
    fields = {shape.due for shape in book.targets.targets if shape.due} & set(decision.fields)
    start = instant_of(str(decision.why.inputs.get("started") or ""))
    calendar = book.calendars.get(str(decision.why.inputs.get("calendar") or ""))
    for name in sorted(fields):
        end = instant_of(str(decision.fields[name] or ""))
        if start is not None and end is not None and calendar is not None:
            pauses = map(Pause.parse, texts(decision.why.inputs.get("pauses")))
            yield from counted(calendar, start, end, pauses, language)


def counted(
    calendar: Calendar,
    start: datetime,
    end: datetime,
    pauses: Iterable[Pause] = (),
    language: Language = "en",
) -> Iterator[str]:
    """Give the local days from one instant to another, each with the time that counts."""
    say = WORDS[language]
    spans = [(begins, min(ends or end, end)) for begins, ends in running(start, pauses)]
    day = start.astimezone(calendar.zone).date()
    for number in range(_MOST_DAYS):
        today = day + timedelta(days=number)
        begins = datetime.combine(today, datetime.min.time(), calendar.zone)
        following = begins + timedelta(days=1)
        if begins > end:
            return
        passed = sum(
            (calendar.between(max(one, begins), min(two, following)) for one, two in spans),
            timedelta(0),
        )
        minutes = int(passed.total_seconds()) // 60
        kind = "" if calendar.always else f" ({say[calendar.kind(today)]})"
        yield f"{today.isoformat()}{kind}: {minutes // 60}:{minutes % 60:02d}"
    yield "…"
