"""Runs a replay: parts the record into matters, goes through each, on as many cores as there are.

Matters are independent: who takes a case follows from the case and the handbook alone, and what
the record ties together (answers to a mail, comments of an issue) stays together.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from hub.core.plan import read_rulebook
from hub.core.process import Rulebook
from hub.core.replay.course import Course, Decided, Matter
from hub.core.replay.facts import facts_of
from hub.core.replay.matters import Tied, tied
from hub.core.replay.references import References
from hub.core.replay.report import Report, Tally
from hub.core.store import Database
from hub.core.store.record import changes_of, effects_of, entries_of, references, span
from hub.errors import UnknownError
from hub.handbook import Handbook
from hub.models import Fields

AT_ONCE: Final = 200
"""So many matters are read together."""
WORTH_A_PROCESS: Final = 1000
"""Fewer matters are gone through sooner than another process is started."""

NAMING: Final = ("case_number", "subject", "customer_name", "jira_key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a process is to go through."""

    config: Path
    handbook: Path
    url: str
    until: datetime
    deadlines: frozenset[str]


def replay(
    database: Database,
    config: Path,
    handbook: tuple[Handbook, Rulebook],
    since: datetime | None = None,
    until: datetime | None = None,
    processes: int | None = None,
) -> Report:
    """Go through the cases opened in a span of time by another handbook; nothing is changed.

    Args:
        database: the store, opened read-only.
        config: the configuration: its plugins take part, its connectors are not built.
        handbook: the other handbook, with the rules that carry it out (`read_rulebook`).
        since: where the span begins; by default with the record.
        until: where it ends, and with it virtual time; by default with the record.
        processes: how many to use; by default one for each core, if there is enough to do.

    Raises:
        ConfigError: the configured handbook has defects.
        UnknownError: nothing is recorded in this span.
    """
    book, rules = handbook
    present, _ = read_rulebook(config)
    shapes = [*book.targets.targets, *present.targets.targets]
    deadlines = frozenset(shape.due for shape in shapes if shape.due)
    session = database.session()
    try:
        with session.read() as connection:
            since, until = _span(connection, since, until)
            matters = tied(connection, since, until)
            groups = matters.groups
            count = processes or min(_cores(), -(-len(groups) // WORTH_A_PROCESS))
            if count <= 1:
                tally = go_through(connection, groups, rules, until, deadlines)
    finally:
        session.close()
    if count > 1:
        url = database.url.render_as_string(hide_password=False)
        asked = Asked(
            config=config, handbook=book.folder, url=url, until=until, deadlines=deadlines
        )
        tally = _shared(asked, groups, count)
    return Report(
        handbook=str(book.folder),
        version=book.version,
        since=since,
        until=until,
        cases=tally.cases,
        differing=len(tally.differing),
        counts=dict(tally.counts),
        load=tally.load(),
        differences=sorted(tally.differing, key=lambda case: case.item),
        troubles=list(tally.troubles.values()),
        invented=tally.invented,
        elsewhere=matters.elsewhere,
    )


def _span(
    connection: Connection, since: datetime | None, until: datetime | None
) -> tuple[datetime, datetime]:
    known = span(connection)
    if known is None:
        raise UnknownError("nothing is recorded yet: the store holds no decided change")
    since, until = since or known[0], min(until or known[1], known[1])
    if since > until:
        raise UnknownError(f"nothing is recorded after {since.isoformat()}")
    return since, until


def _cores() -> int:
    return len(os.sched_getaffinity(0))


def _shared(asked: Asked, groups: Sequence[Tied], count: int) -> Tally:
    """Let several processes go through a share each."""
    shares = [groups[number::count] for number in range(count)]
    tally = Tally()
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        for each in pool.map(_go_through_share, [asked] * count, shares):
            tally.join(each)
    return tally


def _go_through_share(asked: Asked, groups: Sequence[Tied]) -> Tally:
    _, rules = read_rulebook(asked.config, asked.handbook)
    database = Database(asked.url, read_only=True)
    session = database.session()
    try:
        with session.read() as connection:
            return go_through(connection, groups, rules, asked.until, asked.deadlines)
    finally:
        session.close()
        database.close()


def go_through(
    connection: Connection,
    groups: Sequence[Tied],
    rules: Rulebook,
    until: datetime,
    deadlines: Collection[str],
) -> Tally:
    """Go through matters, one after the other; sum up what differs."""
    known = References(references(connection, until))
    tally = Tally()
    for start in range(0, len(groups), AT_ONCE):
        for matter in read_matters(connection, groups[start : start + AT_ONCE], until):
            _one(matter, known, rules, until, deadlines, tally)
    return tally


def _one(
    matter: Matter,
    known: References,
    rules: Rulebook,
    until: datetime,
    deadlines: Collection[str],
    tally: Tally,
) -> None:
    course = Course(matter, known, rules, until)
    ran = course.run()
    commands = {each.command.key: each.command for each in matter.effects}
    recorded = facts_of(ran.recorded, commands, deadlines)
    replayed = facts_of(ran.replayed, ran.wanted, deadlines)
    for item in dict.fromkeys([*matter.items, *replayed]):
        fields = _naming(ran.recorded, item) or _naming(ran.replayed, item)
        tally.add(item, fields, recorded.get(item, []), replayed.get(item, []))
    for item, what in ran.failures:
        tally.fail(item, what)
    tally.invented += ran.invented


def _naming(decided: Sequence[Decided], item: str) -> Fields:
    fields: Fields = {}
    for each in decided:
        if each.item_id == item:
            for decision in each.entry.decisions:
                fields |= {n: v for n, v in decision.fields.items() if n in NAMING and v}
    return fields


def read_matters(
    connection: Connection, groups: Sequence[Tied], until: datetime
) -> Iterator[Matter]:
    """Read what is recorded of some matters."""
    ids = [item for group in groups for item in group.items]
    seqs = [seq for group in groups for seq in group.seqs]
    place = {item: number for number, group in enumerate(groups) for item in group.items}
    loose = {seq: number for number, group in enumerate(groups) for seq in group.seqs}
    matters = [Matter(group.items) for group in groups]
    for row in changes_of(connection, ids, seqs, until):
        number = place[row.item_id] if row.item_id in place else loose[row.seq]
        matters[number].arrived.append(row)
    for entered in entries_of(connection, ids):
        if entered.at <= until:
            matters[place[entered.item_id]].entered.append(entered)
    for effect in effects_of(connection, ids):
        matters[place[effect.command.item_id]].effects.append(effect)
    yield from matters
