"""The engine: takes changes from the inbox in batches, one transaction each.

A change that no rule can process becomes a dead letter and blocks nobody. A batch that the
database refuses is halved until the row at fault is alone.
"""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from sqlalchemy import Connection

from hub.clock import Clock, Ids
from hub.core import log
from hub.core.entries import Decision
from hub.core.plugins import HookFailure
from hub.core.process import Rulebook, process
from hub.core.store import Database, Session, TryAgainError, dead, inbox
from hub.core.store.codec import decode_change, encode, micros
from hub.core.store.inbox import Waiting
from hub.core.store.schema import InboxState
from hub.core.turn import Outcome
from hub.core.workspace import ElsewhereError, Workspace
from hub.errors import HubError, StoreError
from hub.models import Change, Event, Ref

BATCH: Final = 500
SHARDS_AT_ONCE: Final = 16
"""On PostgreSQL a batch holds so many of the shards, so that other workers find theirs."""


@dataclass(slots=True)
class _Batch:
    """What a batch leaves, to be told once it is committed."""

    settled: list[tuple[int, int, str | None, str, int]] = field(default_factory=list)
    forwarded: list[tuple[int, int]] = field(default_factory=list)
    aside: list[int] = field(default_factory=list)
    orphans: list[tuple[str, int]] = field(default_factory=list)
    adopted: list[Ref] = field(default_factory=list)
    turned: list[tuple[Ref, int]] = field(default_factory=list)
    fetching: set[str] = field(default_factory=set)
    letters: list[dead.DeadLetter] = field(default_factory=list)
    told: list[tuple[Change, Outcome]] = field(default_factory=list)


class Engine:
    """Processes what waits in the inbox by the rulebook in force.

    Args:
        database: the store.
        rulebook: plugins and field maps; assign another to reload.
        clock, ids: where time and new items' ids come from.
    """

    def __init__(self, database: Database, rulebook: Rulebook, clock: Clock, ids: Ids) -> None:
        self.rulebook = rulebook
        self._database = database
        self._clock = clock
        self._ids = ids

    def step(self, session: Session, limit: int = BATCH) -> int:
        """Process up to `limit` changes; give how many were taken."""
        try:
            return self._run(session, limit, None)
        except (StoreError, TryAgainError):
            raise
        except Exception:  # noqa: BLE001 - whatever it is, it is some row's fault
            return self._bisect(session, limit)

    def _bisect(self, session: Session, limit: int) -> int:
        with session.read() as connection:
            seqs = [row.seq for row in inbox.take_waiting(connection, limit)]
        return self._halves(session, seqs)

    def _halves(self, session: Session, seqs: Sequence[int]) -> int:
        if not seqs:
            return 0
        try:
            return self._run(session, len(seqs), frozenset(seqs))
        except (StoreError, TryAgainError):
            raise
        except Exception as error:  # noqa: BLE001 - the row at fault is found by halving
            if len(seqs) == 1:
                return self._bury(session, seqs[0], error)
        middle = len(seqs) // 2
        return self._halves(session, seqs[:middle]) + self._halves(session, seqs[middle:])

    def _run(self, session: Session, limit: int, only: frozenset[int] | None) -> int:
        batch = _Batch()
        with session.write("engine") as connection:
            held = None if self._database.is_sqlite else self._hold(connection)
            if held is not None and not held:
                return 0
            window = max(limit, BATCH) if only else limit
            waiting = inbox.take_waiting(connection, window, None if held is None else list(held))
            waiting = waiting if only is None else _in_order(waiting, only)
            if not waiting:
                return 0
            busy = self._work(connection, waiting, held, batch)
            inbox.settle_changes(connection, batch.settled)
            inbox.forward_changes(connection, batch.forwarded)
            inbox.set_aside(connection, batch.aside)
            inbox.wait_for(connection, batch.orphans)
            released = inbox.release_waiting(connection, batch.adopted)
            for ref, seq in batch.turned:
                inbox.set_earlier_aside(connection, ref, seq)
            for letter in batch.letters:
                dead.add(connection, letter)
            session.wake(*(f"outbox:{connector}" for connector in busy))
            session.wake(*(f"fetch:{connector}" for connector in batch.fetching))
            if batch.forwarded or released:
                session.wake("inbox")
        self._tell(batch)
        return len(waiting)

    def _hold(self, connection: Connection) -> frozenset[int]:
        return frozenset(inbox.lock_shards(connection, SHARDS_AT_ONCE))

    def _work(
        self,
        connection: Connection,
        waiting: Sequence[Waiting],
        held: frozenset[int] | None,
        batch: _Batch,
    ) -> set[str]:
        readable: list[tuple[Waiting, Change]] = []
        for row in waiting:
            try:
                readable.append((row, decode_change(row.payload)))
            except msgspec.DecodeError as error:
                self._fail(batch, row, None, error)
        space = Workspace(connection, held)
        space.load([change for _, change in readable])
        for row, change in readable:
            self._one(space, row, change, batch)
        batch.adopted = space.adopted
        return space.flush(self._clock.now())

    def _one(self, space: Workspace, row: Waiting, change: Change, batch: _Batch) -> None:
        now = self._clock.now()
        try:
            if change.reference:
                space.take_record(change)
                outcome = Outcome("reference")
            else:
                outcome = process(change, space, self.rulebook, now, self._ids)
            letters = [self._hook_letter(row, change, outcome, *each) for each in outcome.failures]
            item_id = space.take(change, outcome, row.shard)
        except ElsewhereError as elsewhere:
            batch.forwarded.append((elsewhere.shard, row.seq))
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this change alone
            self._fail(batch, row, change, error)
            return
        batch.settled.append((InboxState.DONE, micros(now), item_id, outcome.result, row.seq))
        if outcome.fetches:
            batch.aside.append(row.seq)
            batch.fetching.update(ref.connector for ref in outcome.fetches)
        if outcome.waits_for is not None:
            batch.orphans.append((str(outcome.waits_for), row.seq))
        if outcome.turned:
            batch.turned.append((change.ref, row.seq))
        batch.letters += letters
        batch.told.append((change, outcome))

    def _hook_letter(
        self, row: Waiting, change: Change, outcome: Outcome, failure: HookFailure, event: Event
    ) -> dead.DeadLetter:
        told = {
            "plugin": failure.plugin,
            "event": event,
            "trace": log.redacted("trace", failure.traceback_text),
        }
        return dead.DeadLetter(
            kind="hook",
            connector=failure.plugin,
            ref=str(change.ref),
            item_id=outcome.item.id if outcome.item else "",
            source_seq=row.seq,
            code="HUB-P-010",
            cause=f"{failure.plugin} failed in {failure.hook}: {failure.error!r}",
            remedy="mend or disable the plugin, then retry; only this plugin runs again",
            detail=encode(told),
            at=self._clock.now(),
        )

    def _fail(self, batch: _Batch, row: Waiting, change: Change | None, error: Exception) -> None:
        now = self._clock.now()
        batch.settled.append((InboxState.DEAD, micros(now), None, "failed", row.seq))
        batch.letters.append(
            dead.DeadLetter(
                kind="change",
                connector=change.ref.connector if change else "",
                ref=str(change.ref) if change else f"inbox:{row.seq}",
                item_id="",
                source_seq=row.seq,
                code=error.code if isinstance(error, HubError) else "HUB-X-001",
                cause=f"{type(error).__name__}: {error}",
                remedy="mend the handbook or plugin at fault, then retry",
                detail=log.redacted("trace", "".join(traceback.format_exception(error))),
                at=now,
            )
        )

    def _bury(self, session: Session, seq: int, error: Exception) -> int:
        batch = _Batch()
        with session.write("engine") as connection:
            row = inbox.hold_waiting(connection, seq)
            if row is None:
                return 0
            self._fail(batch, row, _readable(row), error)
            inbox.settle_changes(connection, batch.settled)
            for letter in batch.letters:
                dead.add(connection, letter)
        self._tell(batch)
        return 1

    def _tell(self, batch: _Batch) -> None:
        for change, outcome in batch.told:
            _tell_outcome(change, outcome)
        for letter in batch.letters:
            dead.tell(letter)


def _in_order(waiting: Sequence[Waiting], only: frozenset[int]) -> list[Waiting]:
    """Give the named rows before which none of their shard is left out."""
    taken: list[Waiting] = []
    passed: set[int] = set()
    for row in waiting:
        if row.seq not in only:
            passed.add(row.shard)
        elif row.shard not in passed:
            taken.append(row)
    return taken


def _readable(row: Waiting) -> Change | None:
    try:
        return decode_change(row.payload)
    except msgspec.DecodeError:
        return None


_NAMES: Final = {
    "opened": "item.opened",
    "joined": "item.joined",
    "ignored": "item.ignored",
    "stale": "change.stale",
    "doubtful": "change.stale",
    "echo": "change.echo",
    "reference": "change.echo",
}


def _tell_outcome(change: Change, outcome: Outcome) -> None:
    ref = str(change.ref)
    item = outcome.item.id if outcome.item else ""
    name = _NAMES.get(outcome.result, "item.changed")
    log.event(name, item=item, ref=ref, connector=change.ref.connector, outcome=outcome.result)
    if outcome.entry is not None and "conflict" in outcome.entry.events:
        log.event("conflict.found", item=item, ref=ref, connector=change.ref.connector)
    for failure, event in outcome.failures:
        log.event(
            "plugin.hook_failed",
            item=item,
            ref=ref,
            plugin=failure.plugin,
            hook=failure.hook,
            event_name=event.name,
            error=failure.error,
            traceback=failure.traceback_text,
        )
    for decision in outcome.entry.decisions if outcome.entry else ():
        if not decision.key:
            _tell_decision(item, change, decision)
    for command in (*outcome.commands, *outcome.remade):
        log.event(
            "outbox.wanted",
            item=item,
            ref=ref,
            connector=command.connector,
            part=command.part,
            kind=type(command.effect).__name__,
            key=command.key,
            plugin=command.why.plugin,
            rule=command.why.rule,
            source=command.why.source,
        )


def _tell_decision(item: str, change: Change, decision: Decision) -> None:
    log.event(
        "decision.made",
        item=item,
        ref=str(change.ref),
        connector=change.ref.connector,
        plugin=decision.plugin,
        action=decision.action,
        what=decision.name or ", ".join(decision.fields),
        rule=decision.why.rule,
        source=decision.why.source,
    )
