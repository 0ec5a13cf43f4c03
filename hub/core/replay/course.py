"""One matter of the record, gone through in virtual time: the same processing, other rules."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from itertools import count
from typing import Final

from msgspec.structs import replace

from hub.clock import ID_LENGTH, spelled
from hub.core.entries import ChangeEntry, decode_entry
from hub.core.known import Known
from hub.core.process import HUB, Rulebook, is_own, process
from hub.core.receipts import moved, told_back
from hub.core.replay.peers import Answer, Peers
from hub.core.replay.references import References
from hub.core.replay.workloads import Workloads
from hub.core.store.codec import decode_change, decode_command
from hub.core.store.record import Arrived, Effected, Entered
from hub.core.timekeeper import rung
from hub.core.turn import Outcome
from hub.models import (
    Change,
    Command,
    Fields,
    Link,
    Record,
    Ref,
    StartTimer,
    UpdateRecord,
    Workload,
)

MOST_TURNS: Final = 20_000
"""No case has so many: a handbook whose timers ring without end is stopped here, and said so."""


@dataclass(frozen=True, slots=True)
class Matter:
    """Items that the record ties to one another, and all that it holds of them."""

    items: list[str]
    arrived: list[Arrived] = field(default_factory=list)
    entered: list[Entered] = field(default_factory=list)
    effects: list[Effected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided on a change of an item, and when; in the record or in the replay."""

    item_id: str
    at: datetime
    entry: ChangeEntry


@dataclass(slots=True)
class Ran:
    """What a replay of a matter gave, beside what the record has of it."""

    recorded_effects: dict[str, Command] = field(default_factory=dict)
    recorded: list[Decided] = field(default_factory=list)
    replayed: list[Decided] = field(default_factory=list)
    wanted: dict[str, Command] = field(default_factory=dict)
    failures: list[tuple[str, str]] = field(default_factory=list)
    invented: int = 0


class Course(Known):
    """A matter's course under a rulebook.

    Args:
        matter: what is recorded of it.
        references: the reference records of the whole record.
        book: the rules to decide by.
        workloads: what everybody has to do, shared by all that run at one time.
        until: where the record ends; timers ring up to then.
    """

    def __init__(
        self,
        matter: Matter,
        references: References,
        book: Rulebook,
        workloads: Workloads,
        until: datetime,
    ) -> None:
        super().__init__()
        self.items = matter.items
        self.ran = Ran(recorded_effects={x.command.key: x.command for x in matter.effects})
        self._references = references
        self._book = book
        self._workloads = workloads
        self._until = until
        self._now = until
        self._turns = 0
        self._peers = Peers(matter.effects, matter.arrived)
        self._ids = _Ids()
        self._entries = _by_change(matter.entered)
        self._rings = {(c.ref.id, c.version) for c in _timers(matter.arrived)}
        self._timers: dict[tuple[str, str], datetime] = {}
        self._dropped: dict[tuple[str, str, datetime], datetime] = {}
        self._folded: dict[tuple[str, str, str], Fields] = {}
        self._answered: set[str] = set()
        self._failed: set[str] = set()
        self._heap: list[tuple[datetime, int, _Event]] = []
        self._order = count()
        for row in matter.arrived:
            self._later(row.done_at, row)

    @property
    def following(self) -> datetime | None:
        """Give when something happens next; None if nothing does before the record's end."""
        at = self._heap[0][0] if self._heap else None
        return at if at is not None and at <= self._until else None

    def step(self) -> None:
        """Let the next thing happen."""
        self._now, _, event = heapq.heappop(self._heap)
        self._turns += 1
        if self._turns > MOST_TURNS:
            self.ran.failures.append(("", f"stopped after {MOST_TURNS} steps: timers ring on"))
            self._heap.clear()
        elif isinstance(event, Arrived):
            self._arrives(event)
        elif isinstance(event, _Ring):
            self._rings_now(event)
        else:
            self._is_answered(*event)
        self.ran.invented = self._peers.invented

    def _later(self, at: datetime, event: _Event) -> None:
        heapq.heappush(self._heap, (at, next(self._order), event))

    # What a turn sees.

    def record(self, ref: Ref) -> Record | None:
        """Give a reference record as it was known at this time."""
        return self._references.record(ref, self._now)

    def named(self, key: str) -> Sequence[Ref]:
        """Give the records that went by a key at this time, in the store's order."""
        found = {*super().named(key), *self._references.named(key, self._now)}
        return sorted(found, key=lambda ref: ref.id)

    def workload_seen(self) -> Workload:
        """Give what everybody has to do at this time."""
        return self._workloads.at(self._now)

    def command_of_key(self, change: Change) -> Command | None:
        """Give the replay's command that made what a record's key tells of."""
        key = self._peers.stands_for.get(change.key, change.key)
        return self.ran.wanted.get(key)

    # What comes.

    def _arrives(self, row: Arrived) -> None:
        change = decode_change(row.payload)
        waiting = self._entries.get((str(change.ref), _plain(change.version)))
        if is_own(change.ref):
            if self._comes_again(change, row):
                self._turn(change, row.item_id)
        else:
            item_id = self.item_of(change.ref)
            link = self._link_of(item_id, change.ref)
            self._turn(self._peers.news(change, link), row.item_id)
        if waiting:
            item_id, entry = waiting.pop(0)
            self.ran.recorded.append(Decided(item_id, self._now, entry))
            self._wrote(entry)

    def _wrote(self, entry: ChangeEntry) -> None:
        for decision in entry.decisions:
            command = self._peers.command(decision.key) if decision.key else None
            if command is not None:
                self._peers.recorded(command)

    def _link_of(self, item_id: str | None, ref: Ref) -> Link | None:
        links = self.links(item_id).values() if item_id else ()
        return next((link for link in links if link.ref == ref), None)

    def _comes_again(self, change: Change, row: Arrived) -> bool:
        """Say whether a change of the record's hub itself is one of the replayed hub, too."""
        item_id = change.mentions[0].removeprefix("item:") if change.mentions else ""
        if item_id not in self._items:
            return False
        kind = change.ref.kind
        if kind == "timer":
            return self._ring_of_record(item_id, change, row)
        if kind == "effect":
            return change.ref.id in self._answered
        if kind == "rehook":
            return str(change.fields.get("hub.plugin")) in self._failed
        if kind == "remake":
            return decode_command(str(change.fields["hub.command"])).key in self.ran.wanted
        return True

    # Timers.

    def _ring_of_record(self, item_id: str, change: Change, row: Arrived) -> bool:
        name = change.ref.id.removeprefix(f"{item_id}/")
        due = datetime.fromisoformat(change.version)
        if self._timers.get((item_id, name)) == due:
            del self._timers[item_id, name]
            return True
        dropped = self._dropped.get((item_id, name, due))
        return dropped is not None and dropped >= row.received_at

    def _rings_now(self, ring: _Ring) -> None:
        if self._timers.get((ring.item_id, ring.name)) != ring.due:
            return
        if (f"{ring.item_id}/{ring.name}", ring.due.isoformat()) in self._rings:
            return  # It rang in the record, too: then is when it rings.
        del self._timers[ring.item_id, ring.name]
        self._turn(rung(ring.item_id, ring.name, ring.due, self._now), ring.item_id)

    def _set_timers(self, item_id: str, outcome: Outcome) -> None:
        for name, action in outcome.timers.items():
            before = self._timers.pop((item_id, name), None)
            if before is not None:
                self._dropped[item_id, name, before] = self._now
            if isinstance(action, StartTimer):
                self._timers[item_id, name] = action.due_at
                self._later(max(self._now, action.due_at), _Ring(item_id, name, action.due_at))

    # Deciding.

    def _turn(self, change: Change, item_id: str) -> None:
        self._ids.following = item_id if item_id not in self._items else ""
        self._ids.cause = f"{change.ref}|{change.version}"
        try:
            outcome = process(change, self, self._book, self._now, self._ids)
        except Exception as error:  # noqa: BLE001 - as the engine, it concerns this change alone
            self.ran.failures.append((item_id, f"{change.ref}: {type(error).__name__}: {error}"))
            return
        self._failed |= {failure.plugin for failure, _ in outcome.failures}
        for failure, _ in outcome.failures:
            told = f"{failure.plugin} failed in {failure.hook}: {failure.error!r}"
            self.ran.failures.append((item_id, told))
        before = self._items.get(outcome.item.id) if outcome.item else None
        self.keep(change, outcome)
        if outcome.item is None:
            return
        self._workloads.take(before, outcome.item)
        owner = outcome.item.id
        if outcome.entry is not None:
            self.ran.replayed.append(Decided(owner, self._now, outcome.entry))
        self._set_timers(owner, outcome)
        for command in (*outcome.commands, *outcome.remade):
            if command.key not in self.ran.wanted:
                self._want(command)
            self.ran.wanted[command.key] = command

    def _want(self, command: Command) -> None:
        self._peers.replayed(command)
        answer = self._peers.answer(command, self._now)
        if answer.at is not None:
            self._later(max(answer.at, self._now), (command, answer))

    # What is answered.

    def _is_answered(self, command: Command, answer: Answer) -> None:
        effect, place = command.effect, (command.item_id, command.connector, command.part)
        if isinstance(effect, UpdateRecord):
            fields = {**self._folded.pop(place, {}), **effect.fields}
            if answer.folded:
                self._folded[place] = fields
                return
            effect = UpdateRecord(fields=fields)
        links = self._links.setdefault(command.item_id, {})
        link = links.get((command.connector, command.part))
        receipt = answer.receipt
        if link is None and receipt is not None and receipt.ref is not None:
            link = Link(
                item_id=command.item_id, connector=command.connector, part=command.part, kind=""
            )
        if link is not None:
            written_at = link.written_at
            link = moved(link, effect, receipt, self._now)
            if answer.tells:
                # What the record does not hold was read by nobody before it was written.
                link = replace(link, written_at=written_at)
            links[command.connector, command.part] = link
        if receipt is None:
            return
        if receipt.ref is not None:
            self._take_over(receipt.ref, command)
            self._aliases_of(receipt.ref, receipt.aliases)
        self._answered.add(command.key)
        if answer.tells and command.then:
            self._turn(told_back(command, receipt, self._now), command.item_id)

    def _take_over(self, ref: Ref, command: Command) -> None:
        """Part a record that we made from whatever took it for somebody else's."""
        before = self._by_ref.get(ref)
        if before is not None:
            links = self._links[before]
            mine = (command.connector, command.part)
            for key in [k for k, link in links.items() if link.ref == ref]:
                if before != command.item_id or key != mine:
                    del links[key]
        self._by_ref[ref] = command.item_id

    def _aliases_of(self, ref: Ref, aliases: Collection[str]) -> None:
        for alias in aliases:
            self._aliases.setdefault(alias, []).append(ref)


@dataclass(frozen=True, slots=True)
class _Ring:
    """That a timer of the replay is due."""

    item_id: str
    name: str
    due: datetime


_Event = Arrived | _Ring | tuple[Command, Answer]


class _Ids:
    """The ids of the record for the items it opened, others that follow from the cause."""

    def __init__(self) -> None:
        self.following = ""
        self.cause = ""

    def new(self) -> str:
        """Give the next item's id."""
        if self.following:
            return self.following
        digest = blake2b(self.cause.encode("utf-8", "surrogatepass"), digest_size=10).digest()
        return spelled(int.from_bytes(digest) % (1 << 5 * ID_LENGTH))


def _by_change(
    entered: Iterable[Entered],
) -> dict[tuple[str, str], list[tuple[str, ChangeEntry]]]:
    found: dict[tuple[str, str], list[tuple[str, ChangeEntry]]] = {}
    for each in entered:
        entry = decode_entry(each.entry)
        if isinstance(entry, ChangeEntry):
            change = (entry.change, _plain(entry.version))
            found.setdefault(change, []).append((each.item_id, entry))
    return found


def _plain(version: str) -> str:
    """Give a version without what `process` adds to it when a record comes back."""
    return version.partition("?")[0]


def _timers(arrived: Iterable[Arrived]) -> Iterable[Change]:
    for row in arrived:
        if row.connector == HUB and row.outcome == "timer":
            yield decode_change(row.payload)
