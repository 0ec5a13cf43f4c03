"""Runs a replay: parts the record into matters, goes through each, on as many cores as there are.

What the record ties together (answers to a mail, comments of an issue) stays together. One thing
ties all cases: who is given the next one may follow from what everybody has to do. So all are gone
through side by side, in order of time; of several processes each sees the others' share as it is
recorded.
"""

from __future__ import annotations

import gc
import heapq
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
from hub.core.replay.workloads import Given, Workloads, given
from hub.core.store import Database
from hub.core.store.record import changes_of, effects_of, entries_of, references, span
from hub.errors import UnknownError
from hub.handbook import Handbook
from hub.models import Fields

AT_ONCE: Final = 200
"""So many matters are read together."""
SELDOM: Final = 200_000
WORTH_A_PROCESS: Final = 1000
"""Fewer cases are gone through sooner than another process is started."""

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
            mine = {item for group in groups for item in group.items}
            count = processes or min(_cores(), -(-len(mine) // WORTH_A_PROCESS))
            others = list(given(connection, until, () if count > 1 else mine))
            if count <= 1:
                tally = go_through(connection, groups, rules, until, deadlines, others)
    finally:
        session.close()
    if count > 1:
        url = database.url.render_as_string(hide_password=False)
        asked = Asked(
            config=config, handbook=book.folder, url=url, until=until, deadlines=deadlines
        )
        tally = _shared(asked, groups, count, others)
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


def _shared(asked: Asked, groups: Sequence[Tied], count: int, others: Sequence[Given]) -> Tally:
    """Let several processes go through a share each; the others' share stays as recorded."""
    tally = Tally()
    with ProcessPoolExecutor(count, mp_context=get_context("spawn")) as pool:
        running = []
        for share in _shares(groups, count):
            mine = {item for group in share for item in group.items}
            rest = [each for each in others if each.item not in mine]
            running.append(pool.submit(_go_through_share, asked, share, rest))
        for each in running:
            tally.join(each.result())
    return tally


def _shares(groups: Sequence[Tied], count: int) -> list[list[Tied]]:
    """Part matters into shares of about as many cases, each in order of time."""
    shares: list[list[Tied]] = [[] for _ in range(count)]
    sizes = [0] * count
    for group in groups:
        lightest = sizes.index(min(sizes))
        shares[lightest].append(group)
        sizes[lightest] += len(group.items) + len(group.seqs)
    return shares


def _go_through_share(asked: Asked, groups: Sequence[Tied], others: Sequence[Given]) -> Tally:
    # A process of its own: what is loaded stays, and what passes has no cycles to be looked for.
    gc.freeze()
    gc.set_threshold(SELDOM)
    _, rules = read_rulebook(asked.config, asked.handbook)
    database = Database(asked.url, read_only=True)
    session = database.session()
    try:
        with session.read() as connection:
            return go_through(connection, groups, rules, asked.until, asked.deadlines, others)
    finally:
        session.close()
        database.close()


def go_through(
    connection: Connection,
    groups: Sequence[Tied],
    rules: Rulebook,
    until: datetime,
    deadlines: Collection[str],
    others: Sequence[Given] = (),
) -> Tally:
    """Go through matters side by side, in order of time; sum up what differs.

    Who is given a case depends on what everybody has by then, and so on all other cases.
    """
    known, workloads = References(references(connection, until)), Workloads(others)
    tally, number = Tally(), 0
    running: list[tuple[datetime, int, Course]] = []
    coming = list(groups)[::-1]
    while running or coming:
        while coming and not (running and running[0][0] < coming[-1].first):
            some = [coming.pop() for _ in range(min(AT_ONCE, len(coming)))]
            for matter in read_matters(connection, some, until):
                number += 1
                course = Course(matter, known, rules, workloads, until)
                if not _go_on(running, number, course):
                    _sum_up(course, deadlines, tally)
        if running:
            _, place, course = heapq.heappop(running)
            course.step()
            if not _go_on(running, place, course):
                _sum_up(course, deadlines, tally)
    return tally


def _go_on(running: list[tuple[datetime, int, Course]], number: int, course: Course) -> bool:
    following = course.following
    if following is not None:
        heapq.heappush(running, (following, number, course))
    return following is not None


def _sum_up(course: Course, deadlines: Collection[str], tally: Tally) -> None:
    ran = course.ran
    recorded = facts_of(ran.recorded, ran.recorded_effects, deadlines)
    replayed = facts_of(ran.replayed, ran.wanted, deadlines)
    for item in dict.fromkeys([*course.items, *replayed]):
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
        matters[place[entered.item_id]].entered.append(entered)
    for effect in effects_of(connection, ids):
        matters[place[effect.command.item_id]].effects.append(effect)
    yield from matters
