"""Random histories under random handbooks: no rung twice or out of order, nobody forgotten."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.calendar import Calendar
from hub.handbook import Handbook, load_handbook
from hub.handbook.ladders import GRACE
from hub.handbook.targetshapes import LadderShape, RungShape, TargetsShape
from hub.handbook.timing import clocks_of, due, limits_of, pauses_of, relevant
from tests.rules.lives import Life, wall

STATES = (
    "routed", "in_progress", "waiting_customer", "waiting_rnd", "resolved", "closed", "reopened",
    "suspended",
)  # fmt: skip
OWNERS = ("wang.lei@vendor.example", "zhao.qian@vendor.example", "gone@elsewhere.example", "")
ROLES = ("handler", "account_manager", "service_manager", "general_manager", "customer_specialist")
LENGTHS = ("10 min", "1 h", "4 bh", "1 wd", "3 wd")
START = wall("2026-02-12 15:00")

MOVES = st.one_of(
    st.tuples(st.just("state"), st.sampled_from(STATES)),
    st.tuples(st.just("severity"), st.sampled_from(("normal", "urgent", "critical"))),
    st.tuples(st.just("owner"), st.sampled_from(OWNERS)),
    st.tuples(st.just("customer_status"), st.sampled_from(("formal", "trial"))),
    st.tuples(st.just("agreed_until"), st.sampled_from(("2026-02-20", "2026-03-05", "", "soon"))),
    st.tuples(st.just("handling_method"), st.sampled_from(("重启", ""))),
    st.tuples(
        st.sampled_from(("answered", "writes", "comments", "rnd", "nothing", "early", "late")),
        st.just(""),
    ),
)
HISTORIES = st.lists(st.tuples(st.integers(0, 60 * 72), MOVES), max_size=14)
SEEDS = st.integers(0, 2**32)


@lru_cache
def shipped() -> Handbook:
    """Give the handbook that ships; an argument of a property would be printed with it."""
    return load_handbook(Path(__file__).parents[2] / "config" / "handbook")


def other(handbook: Handbook, seed: int) -> Handbook:
    """Give a valid handbook with other ladders, limits, signals and calendars."""
    chance = random.Random(seed)
    targets = handbook.targets
    ladders = tuple(_ladder(ladder, chance) for ladder in targets.ladders)
    kinds = tuple(
        kind.model_copy(
            update={
                "ladder": chance.choice([*(each.id for each in ladders), ""]),
                "restarts": chance.random() < 0.5,
                "pauses": chance.choice([(), ("waiting",), ("agreed",), ("waiting", "agreed")]),
            }
        )
        for kind in targets.targets
    )
    table = handbook.tables["limits"]
    rules = tuple(
        replace(rule, then={**rule.then, **_limits(rule.then, chance)}) for rule in table.rules
    )
    calendars = {**handbook.calendars}
    if chance.random() < 0.3:
        calendars["office"] = Calendar.round_the_clock()
    shape: TargetsShape = targets.model_copy(update={"ladders": ladders, "targets": kinds})
    return replace(
        handbook,
        targets=shape,
        timed_by=str(seed),
        calendars=calendars,
        tables={**handbook.tables, "limits": replace(table, rules=rules)},
    )


def _limits(then: object, chance: random.Random) -> dict[str, str]:
    assert isinstance(then, dict)
    names = [name for name in then if name != "calendar"]
    limits = {name: chance.choice(LENGTHS) for name in names}
    return {**limits, "calendar": chance.choice(["office", "around_the_clock"])}


def _ladder(ladder: LadderShape, chance: random.Random) -> LadderShape:
    shares = sorted(chance.sample(range(10, 300, 10), chance.randint(1, 4)))
    rungs = [
        RungShape(
            id=f"{ladder.id}{number}",
            clause="P01",
            origin="default",
            zh="提醒",
            en="reminder",
            at=share,
            tell=tuple(chance.sample(ROLES, chance.randint(1, 3))),
            severities=chance.choice([(), (), ("critical",), ("normal", "urgent")]),
            source="targets.yaml:1",
        )
        for number, share in enumerate(shares)
    ]
    if chance.random() < 0.5:
        repeated = {"every": "4 bh", "times": chance.choice([0, 3])}
        rungs[-1] = rungs[-1].model_copy(update=repeated)
    any_hour = chance.choice([(), ("critical",)])
    return ladder.model_copy(update={"rungs": tuple(rungs), "any_hour": any_hour})


def lived(handbook: Handbook, history: list[tuple[int, tuple[str, str]]]) -> Life:
    """Live through a history."""
    life = Life(handbook, START).opens(severity="normal")
    watch(life)
    for minutes, (what, value) in history:
        life.until(life.now + timedelta(minutes=minutes))
        move(life, what, value)
        watch(life)
    return life.until(life.now + timedelta(days=20))


def move(life: Life, what: str, value: str) -> None:
    """Do one thing to a case."""
    if what == "answered":
        life.answered()
    elif what == "writes":
        life.writes()
    elif what in ("comments", "rnd"):
        life.comments("crm" if what == "comments" else "rnd")
    elif what == "early" and life.timers:
        life.rings(min(life.timers))
    elif what == "late":
        life.rings("ladder:resolution")
    elif what not in ("nothing", "early"):
        life.sets(**{what: value})


def watch(life: Life) -> None:
    """Hold what must always be so."""
    assert [] == life.failures
    if life.item.text("state") not in ("resolved", "closed"):
        assert life.timers, "an open case without a next deadline"
        alarms = [name for name in life.timers if name == "review" or name.startswith("ladder:")]
        assert alarms, "an open case of which nobody will ever be told"
    else:
        assert not [name for name in life.timers if name.startswith("ladder:")]


def rungs_told(life: Life) -> dict[str, list[tuple[int, int]]]:
    """Give which rungs were told in each run of a clock, in the order of telling."""
    places = {
        rung.id: index
        for ladder in life.handbook.targets.ladders
        for index, rung in enumerate(ladder.rungs)
    }
    told: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for mark in life.marks:
        run, _, name = mark.rpartition(" ")
        rung, _, time = name.rpartition("#")
        told[run].append((places[rung], int(time)))
    return told


@given(HISTORIES, SEEDS)
@settings(max_examples=40, deadline=None)
def test_no_rung_is_told_twice_or_out_of_order(
    history: list[tuple[int, tuple[str, str]]], seed: int
) -> None:
    """In any run of any clock, under any ladders; and an open case always has a next deadline."""
    life = lived(other(shipped(), seed), history)

    for run, places in rungs_told(life).items():
        assert places == sorted(set(places)), run


@given(HISTORIES)
@settings(max_examples=25, deadline=None)
def test_the_shipped_handbook_tells_in_working_hours_unless_it_is_critical(
    history: list[tuple[int, tuple[str, str]]],
) -> None:
    """No colleague is woken for a normal case."""
    life = lived(shipped(), history)

    office = shipped().calendars["office"]
    for told in life.told:
        if "非常紧迫" not in told.subject:
            assert office.between(told.at - GRACE, told.at + timedelta(seconds=1))


@given(HISTORIES, SEEDS)
@settings(max_examples=25, deadline=None)
def test_due_times_stand_as_if_all_had_been_known_from_the_start(
    history: list[tuple[int, tuple[str, str]]], seed: int
) -> None:
    """Reckoned step by step they are what clocks, pauses and limits give at once."""
    life = lived(other(shipped(), seed), history)

    clocks, limits, pauses = clocks_of(life.item), limits_of(life.item), pauses_of(life.item)
    for shape in life.handbook.targets.targets:
        if not shape.due:
            continue
        clock, limit = clocks.get(shape.id), limits.get(shape.id)
        found = None
        if clock is not None and limit is not None:
            found = due(clock, limit, relevant(shape, pauses), life.handbook.calendars)
        kept = life.item.text(shape.due)
        assert (found.at if found else None) == (datetime.fromisoformat(kept) if kept else None)


@given(HISTORIES, SEEDS, SEEDS)
@settings(max_examples=20, deadline=None)
def test_another_handbook_can_come_into_force_at_any_time(
    history: list[tuple[int, tuple[str, str]]], first: int, second: int
) -> None:
    """What was reckoned by the one is reckoned anew by the other; nothing is lost."""
    life = lived(other(shipped(), first), history)

    life.reloads(other(shipped(), second))

    watch(life)
    assert str(second) == life.item.text("timed_by")
