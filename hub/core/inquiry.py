"""Answers what people ask of the store: how does it stand, and why did that happen, or not."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import Connection

from hub.core.entries import ChangeEntry, Decision, EffectEntry, decode_entry
from hub.core.metrics import Backlog
from hub.core.store import dead, items, journal, outbox, overview, timers
from hub.core.store.schema import InboxState
from hub.models import DUPLICATES, Fields, Item, Link, Proposal, Ref, Why


class ConnectorStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How far a connector is: its cursor, and what waits to be written to its system."""

    connector: str
    cursor: str = ""
    moved_at: datetime | None = None
    waiting: int = 0


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """How the store stands."""

    items: int
    inbox_waiting: int
    oldest_waiting: datetime | None
    effects: dict[str, int]
    timers: int
    dead_letters: int
    connectors: list[ConnectorStatus]


class EffectState(msgspec.Struct, frozen=True, kw_only=True):
    """One wanted effect and how it stands."""

    key: str
    connector: str
    part: str
    effect: str
    state: str
    attempts: int
    cause: str
    due_at: datetime | None
    why: Why


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the journal, or a change that no entry tells of."""

    at: datetime
    what: str
    ref: str
    outcome: str
    key: str = ""
    note: str = ""
    attempt: int = 0
    events: list[str] = []
    decisions: list[Decision] = []
    failures: list[str] = []


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A dead letter as it is shown; `detail` only where one is looked at."""

    id: int
    kind: str
    connector: str
    ref: str
    item: str
    code: str
    cause: str
    remedy: str
    at: datetime
    state: str
    detail: str = ""


class LinkState(msgspec.Struct, frozen=True, kw_only=True):
    """A record that belongs to an item."""

    part: str
    ref: str
    gone: bool


class TimerState(msgspec.Struct, frozen=True, kw_only=True):
    """A timer of an item."""

    name: str
    due_at: datetime
    why: Why


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """The chain of cause and effect of an item, or of a record that belongs to none."""

    asked: str
    item: str
    fields: Fields
    links: list[LinkState]
    steps: list[Step]
    effects: list[EffectState]
    timers: list[TimerState]
    dead_letters: list[Letter]


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """An item: its fields by the glossary's names, its records, what waits, its dead letters.

    `duplicates` are the earlier cases that it may repeat.
    """

    id: str
    kind: str
    fields: Fields
    opened_at: datetime
    links: list[LinkState]
    waiting: list[EffectState]
    dead_letters: list[Letter]
    duplicates: list[Proposal] = []


def status(connection: Connection) -> Status:
    """Give how the store stands."""
    waiting = overview.outbox_waiting(connection)
    read = {reading.connector: reading for reading in overview.readings(connection)}
    count, oldest = overview.inbox_waiting(connection)
    return Status(
        items=overview.count_items(connection),
        inbox_waiting=count,
        oldest_waiting=_earlier(oldest, overview.outbox_oldest(connection)),
        effects=overview.outbox_states(connection),
        timers=overview.count_timers(connection),
        dead_letters=dead.count(connection),
        connectors=[
            ConnectorStatus(
                connector=name,
                cursor=read[name].cursor if name in read else "",
                moved_at=read[name].moved_at if name in read else None,
                waiting=waiting.get(name, 0),
            )
            for name in sorted({*read, *waiting})
        ],
    )


def backlog(connection: Connection, now: datetime) -> Backlog:
    """Give what waits, for the metrics."""
    count, oldest = overview.inbox_waiting(connection)
    oldest = _earlier(oldest, overview.outbox_oldest(connection))
    return Backlog(
        inbox=count,
        outbox=overview.outbox_waiting(connection),
        dead_letters=dead.count(connection),
        oldest_seconds=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
    )


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    known = [moment for moment in (one, other) if moment is not None]
    return min(known, default=None)


def explain(connection: Connection, asked: str) -> Explanation | None:
    """Explain an item (by id, by a record, a case number, a JIRA key) or a record without one.

    None if the hub never saw anything of that name.
    """
    item_id = items.find_item_id(connection, asked)
    if item_id is None:
        return _explain_record(connection, asked)
    item, _ = items.load_items(connection, [item_id])[item_id]
    links = items.load_links_of_items(connection, [item_id])
    return Explanation(
        asked=asked,
        item=item_id,
        fields=item.fields,
        links=[_link(link) for link in links],
        steps=_steps(connection, item_id, [link.ref for link in links if link.ref]),
        effects=_effects(connection, item_id),
        timers=[
            TimerState(name=each.name, due_at=each.due_at, why=each.why)
            for each in timers.of_item(connection, item_id)
        ],
        dead_letters=[letter_of(each) for each in dead.of_item(connection, item_id)],
    )


def _explain_record(connection: Connection, asked: str) -> Explanation | None:
    try:
        refs = [Ref.parse(asked)]
    except ValueError:
        keys = [asked, f"message-id:{asked.strip('<>')}"]
        found = items.resolve_aliases(connection, keys)
        refs = [ref for each in found.values() for ref in each]
    steps = [step for ref in refs for step in _steps(connection, str(ref), [ref])]
    letters = [
        letter_of(each)
        for each in (*dead.listing(connection), *dead.listing(connection, state="dropped"))
        if each.ref in {str(ref) for ref in refs}
    ]
    if not steps and not letters:
        return None
    return Explanation(
        asked=asked,
        item="",
        fields={},
        links=[],
        steps=steps,
        effects=[],
        timers=[],
        dead_letters=letters,
    )


def _steps(connection: Connection, owner: str, refs: list[Ref]) -> list[Step]:
    """Give the journal's entries, and the changes that it does not mention, in order of time."""
    steps = [_step(written) for written in journal.of_item(connection, owner)]
    told = {(step.ref, step.note) for step in steps if step.what == "change"}
    for arrival in overview.arrivals(connection, owner, refs):
        ref = str(arrival.ref)
        if (ref, arrival.version) in told:
            continue
        waits = arrival.state is InboxState.NEW
        outcome = "waiting" if waits else arrival.outcome or arrival.state.name.lower()
        step = Step(
            at=arrival.done_at or arrival.received_at,
            what="change",
            ref=ref,
            outcome=outcome,
            note=arrival.version,
        )
        steps.append(step)
    return sorted(steps, key=lambda step: step.at)


def _step(written: journal.Written) -> Step:
    entry = decode_entry(written.entry)
    if isinstance(entry, ChangeEntry):
        return Step(
            at=written.at,
            what="change",
            ref=entry.change,
            outcome=entry.outcome,
            note=entry.version,
            events=entry.events,
            decisions=entry.decisions,
            failures=entry.failures,
        )
    return _effect_step(written.at, entry)


def _effect_step(at: datetime, entry: EffectEntry) -> Step:
    return Step(
        at=at,
        what="effect",
        ref=entry.ref or f"{entry.connector}:{entry.part}",
        outcome=entry.outcome,
        key=entry.key,
        note=entry.cause or entry.note,
        attempt=entry.attempt,
    )


def _effects(connection: Connection, item_id: str) -> list[EffectState]:
    return [
        EffectState(
            key=entry.command.key,
            connector=entry.command.connector,
            part=entry.command.part,
            effect=type(entry.command.effect).__name__,
            state=entry.state.name.lower(),
            attempts=entry.attempts,
            cause=entry.cause,
            due_at=entry.due_at,
            why=entry.command.why,
        )
        for entry in outbox.entries_of_item(connection, item_id)
    ]


def _link(link: Link) -> LinkState:
    return LinkState(part=link.part, ref=str(link.ref or "(not made yet)"), gone=link.gone)


def letter_of(letter: dead.DeadLetter, *, detail: bool = False) -> Letter:
    """Give a dead letter as it is shown."""
    return Letter(
        id=letter.id,
        kind=letter.kind,
        connector=letter.connector,
        ref=letter.ref,
        item=letter.item_id,
        code=letter.code,
        cause=letter.cause,
        remedy=letter.remedy,
        at=letter.at,
        state=letter.state,
        detail=letter.detail if detail else "",
    )


def letters(connection: Connection, state: str = "open") -> list[Letter]:
    """Give the dead letters in a state."""
    return [letter_of(each) for each in dead.listing(connection, state=state)]


def letter(connection: Connection, number: int) -> Letter | None:
    """Give one dead letter with all that is known of it."""
    found = dead.get(connection, number)
    return letter_of(found, detail=True) if found else None


def item_view(connection: Connection, asked: str) -> ItemView | None:
    """Give an item with its links and what waits for it; None if there is none (the API)."""
    item_id = items.find_item_id(connection, asked)
    if item_id is None:
        return None
    item: Item = items.load_items(connection, [item_id])[item_id][0]
    links = items.load_links_of_items(connection, [item_id])
    waiting = [x for x in _effects(connection, item_id) if x.state in {"wanted", "trying", "held"}]
    proposed = item.fields.get(DUPLICATES)
    proposed = proposed if isinstance(proposed, list) else []
    return ItemView(
        id=item.id,
        kind=item.kind,
        fields=item.fields,
        opened_at=item.opened_at,
        links=[_link(link) for link in links],
        waiting=waiting,
        dead_letters=[letter_of(each) for each in dead.of_item(connection, item_id)],
        duplicates=[Proposal.parse(text) for text in proposed],
    )
