"""The report of a replay: per case what would differ, and in sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, zip_longest
from typing import Final, Literal

import msgspec

from hub.core.replay.facts import HISTORIES, KINDS, Fact
from hub.models import Fields, Why

MOMENT: Final = timedelta(minutes=1)
"""What happens within so little of the same time happens at the same time."""

Way = Literal["new", "gone", "other", "moved", "worded"]


class Side(msgspec.Struct, gc=False, frozen=True):
    """One side of a difference: the values in their order, the last one's time and cause."""

    values: list[str]
    at: datetime
    why: Why


class Difference(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One thing that would differ.

    `way` is `new` (only in the replay), `gone` (only in the record), `other` (another value),
    `moved` (at another time) or `worded` (the same person is written other words).
    """

    kind: str
    what: str
    way: Way
    recorded: Side | None = None
    replayed: Side | None = None


class Case(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A case that would differ; `fields` name it (its number, subject, customer)."""

    item: str
    fields: Fields
    differences: list[Difference]


class Load(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """What falls to one person: cases they had and notices they got, recorded and replayed."""

    person: str
    cases: int = 0
    cases_replayed: int = 0
    notices: int = 0
    notices_replayed: int = 0


class Trouble(msgspec.Struct, gc=False, frozen=True):
    """What failed in the replay, and how often."""

    what: str
    times: int
    item: str = ""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a replay found.

    `counts` are the differences by kind, `invented` how many answers the record does not hold,
    because its hub never asked; `elsewhere` how many changes concern items opened earlier.
    """

    handbook: str
    version: str
    since: datetime
    until: datetime
    cases: int
    differing: int
    counts: dict[str, int]
    load: list[Load]
    differences: list[Case]
    troubles: list[Trouble] = []
    invented: int = 0
    elsewhere: int = 0


def compare(recorded: Sequence[Fact], replayed: Sequence[Fact]) -> list[Difference]:
    """Give what differs between what was and what would have been, kind by kind."""
    theirs, ours = _grouped(recorded), _grouped(replayed)
    found: list[Difference] = []
    for key in sorted({*theirs, *ours}, key=lambda k: (KINDS.index(k[0]), k[1:])):
        kind, what, _ = key
        before, after = theirs.get(key, []), ours.get(key, [])
        if kind in HISTORIES:
            found += _history(kind, what, before, after)
        else:
            found += _events(kind, what, before, after)
    return found


def _grouped(facts: Iterable[Fact]) -> dict[tuple[str, str, str], list[Fact]]:
    groups: dict[tuple[str, str, str], list[Fact]] = {}
    for fact in facts:
        own = "" if fact.kind in HISTORIES else fact.value
        groups.setdefault((fact.kind, fact.what, own), []).append(fact)
    return groups


def _history(
    kind: str, what: str, before: Sequence[Fact], after: Sequence[Fact]
) -> Iterator[Difference]:
    then, now = _steps(before), _steps(after)
    if [fact.value for fact in then] != [fact.value for fact in now]:
        way: Way = "other"
    elif any(_apart(one, two) for one, two in zip(then, now, strict=True)):
        way = "moved"
    else:
        return
    sides = (_side(then), _side(now))
    yield Difference(kind=kind, what=what, way=way, recorded=sides[0], replayed=sides[1])


def _steps(facts: Sequence[Fact]) -> list[Fact]:
    """Give the facts at which a value changed."""
    return [next(group) for _, group in groupby(facts, key=lambda fact: fact.value)]


def _side(facts: Sequence[Fact]) -> Side | None:
    if not facts:
        return None
    return Side([fact.value for fact in facts], facts[-1].at, facts[-1].why)


def _events(
    kind: str, what: str, before: Sequence[Fact], after: Sequence[Fact]
) -> Iterator[Difference]:
    for then, now in zip_longest(before, after):
        if then is None:
            way: Way = "new"
        elif now is None:
            way = "gone"
        elif _apart(then, now):
            way = "moved"
        elif then.words != now.words:
            way = "worded"
        else:
            continue
        sides = [Side([fact.value], fact.at, fact.why) if fact else None for fact in (then, now)]
        yield Difference(kind=kind, what=what, way=way, recorded=sides[0], replayed=sides[1])


def _apart(one: Fact, other: Fact) -> bool:
    return abs(one.at - other.at) > MOMENT


class Tally:
    """Sums up over cases; tallies of several processes are added to one another."""

    def __init__(self) -> None:
        self.cases = 0
        self.counts: Counter[str] = Counter()
        self.loads: dict[str, Counter[str]] = {}
        self.differing: list[Case] = []
        self.troubles: dict[str, Trouble] = {}
        self.invented = 0

    def add(
        self, item: str, fields: Fields, recorded: Sequence[Fact], replayed: Sequence[Fact]
    ) -> None:
        """Take in a case."""
        self.cases += 1
        self._load(recorded, "cases", "notices")
        self._load(replayed, "cases_replayed", "notices_replayed")
        differences = compare(recorded, replayed)
        if differences:
            self.counts.update(each.kind for each in differences)
            self.differing.append(Case(item=item, fields=fields, differences=differences))

    def _load(self, facts: Sequence[Fact], cases: str, notices: str) -> None:
        owners = {fact.value for fact in facts if fact.what == "owner" and fact.value}
        for person in owners:
            self.loads.setdefault(person, Counter())[cases] += 1
        for fact in facts:
            if fact.kind == "notice":
                self.loads.setdefault(fact.value, Counter())[notices] += 1

    def fail(self, item: str, what: str) -> None:
        """Take in a failure."""
        known = self.troubles.get(what)
        self.troubles[what] = Trouble(what, known.times + 1 if known else 1, item)

    def join(self, other: Tally) -> None:
        """Take in another tally."""
        self.cases += other.cases
        self.counts += other.counts
        self.differing += other.differing
        self.invented += other.invented
        for person, load in other.loads.items():
            self.loads[person] = self.loads.get(person, Counter()) + load
        for what, trouble in other.troubles.items():
            known = self.troubles.get(what)
            times = trouble.times + (known.times if known else 0)
            self.troubles[what] = Trouble(what, times, trouble.item)

    def load(self) -> list[Load]:
        """Give the load of all persons, who would have most first."""
        loads = [Load(person=person, **load) for person, load in self.loads.items()]
        return sorted(loads, key=lambda each: (-each.cases_replayed, each.person))
