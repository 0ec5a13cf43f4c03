"""Dispatch: makes effects in one system, each exactly once as far as the system lets us.

An effect is marked *trying* and that is committed before the first byte is sent. Whatever is
found *trying* when a lane is taken is first looked up by its key, for an answer may have been lost.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from hub.clock import Clock
from hub.connector import Connector, Outcome
from hub.core import log, receipts
from hub.core.health import Health, backoff_seconds
from hub.core.links import Links
from hub.core.plugins import HookFailure
from hub.core.process import Rulebook
from hub.core.receipts import Result, Sending
from hub.core.store import Database, Locks, Session, TryAgainError, again, items, outbox
from hub.core.store.outbox import Entry, Settled
from hub.core.store.schema import SHARDS, OutboxState
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    HubError,
    InvariantError,
    RateLimitedError,
    RejectedError,
    RetryableError,
    StoreError,
)
from hub.models import (
    AddComment,
    AttachFile,
    Command,
    CreateRecord,
    Delivery,
    EditComment,
    Receipt,
    Ref,
    UpdateRecord,
)

SPARE: Final = 50
"""So many more entries are read than one batch takes: some of one item fold into one."""

Addresses = Mapping[tuple[str, str], tuple[Ref | None, bool]]


@dataclass(slots=True)
class Dispatcher:
    """One connector's effects; `step` may run in several threads, each with its own session.

    `sharers` is how many workers share the lanes, so that none takes them all; `links` puts the
    links into notices that have a place for one.
    """

    name: str
    connector: Connector
    database: Database
    locks: Locks
    health: Health
    clock: Clock
    rulebook: Rulebook
    sharers: int = 1
    links: Links | None = None

    def step(self, session: Session) -> int:
        """Make the effects that are due in some lanes; give how many were tried."""
        with session.read() as connection:
            if not outbox.has_open(connection, self.name, self.clock.now()):
                return 0
        shards = list(range(SHARDS))
        random.shuffle(shards)
        share = -(-SHARDS // max(self.sharers, 1))
        for start in range(0, SHARDS, share):
            if count := self._some(session, shards[start : start + share]):
                return count
        return 0

    def _some(self, session: Session, shards: Sequence[int]) -> int:
        space = f"lane:{self.name}"
        mine = self.locks.claim(session, space, shards)
        try:
            return self._lanes(session, mine) if mine else 0
        finally:
            self.locks.release(session, space, mine)

    def _lanes(self, session: Session, shards: Sequence[int]) -> int:
        bulk = max(1, self.connector.capabilities.bulk)
        now = self.clock.now()
        only = None if len(shards) == SHARDS else shards
        with session.read() as connection:
            entries = outbox.take_open(connection, self.name, now, bulk + SPARE, only)
            wanted = {entry.item_id for entry in entries}
            addresses = items.load_addresses(connection, wanted, self.name)
        sendings, results = self._plan(entries, addresses, bulk)
        if results:
            self._commit(session, results)
        fresh = [x for x in sendings if x.entry.state is OutboxState.WANTED]
        tried = [x for x in sendings if x.entry.state is OutboxState.TRYING]
        settled, unmade = self._look_up(tried)
        if settled:
            self._commit(session, settled)
        if (fresh or unmade) and not self.health.paused():
            self._begin(session, [*unmade, *fresh])
            self._commit(session, self._send([*unmade, *fresh]))
        return len(sendings) + len(results)

    # Which effects, and on what.

    def _plan(
        self, entries: Sequence[Entry], addresses: Addresses, bulk: int
    ) -> tuple[list[Sending], list[Result]]:
        """Take the first effect of each item, updates of one record folded into one."""
        lanes: dict[str, list[Entry]] = {}
        for entry in entries:
            lanes.setdefault(entry.item_id, []).append(entry)
        sendings: list[Sending] = []
        results: list[Result] = []
        for lane in lanes.values():
            if len(sendings) >= bulk:
                break
            sending, settled = self._first(lane, addresses)
            results += settled
            if sending is not None:
                sendings.append(sending)
        return sendings, results

    def _first(
        self, lane: Sequence[Entry], addresses: Addresses
    ) -> tuple[Sending | None, list[Result]]:
        entry, folded = _fold(lane)
        command = entry.command
        veto = self._veto(command) if entry.state is OutboxState.WANTED else ""
        if veto:
            return None, [Result.dropped(entry, f"{receipts.VETOED}{veto}", folded=folded)]
        target: Ref | None = None
        beneath = isinstance(command.effect, CreateRecord) and bool(command.parent_part)
        if beneath or isinstance(
            command.effect, UpdateRecord | EditComment | AddComment | AttachFile
        ):
            part = command.parent_part or command.part
            target, gone = addresses.get((command.item_id, part), (None, False))
            if gone and isinstance(command.effect, UpdateRecord):
                # Should it come back, it is compared with the item anew.
                return None, [Result.dropped(entry, f"{part} is gone", folded=folded)]
            if gone:
                return None, [Result.held(entry, f"{part} is gone")]
            if target is None:
                return None, [Result.held(entry, f"{part} is not yet made in {self.name}")]
        delivery = Delivery(
            key=command.key,
            item_id=command.item_id,
            effect=(self.links.put(command) if self.links else command).effect,
            target=target,
            attempt=entry.attempts + 1,
            tried_at=entry.tried_at or self.clock.now(),
        )
        return Sending(entry, delivery, tuple(folded)), []

    def _veto(self, command: Command) -> str:
        answer = self.rulebook.host.before_effect(command)
        _tell_failures(command, answer.failures)
        return answer.value or ""

    # Sending, looking up, settling.

    def _begin(self, session: Session, sendings: Sequence[Sending]) -> None:
        now = self.clock.now()

        def mark() -> None:
            with session.write("trying") as connection:
                outbox.mark_trying(connection, [x.entry for x in sendings], now)
                folded = [x for sending in sendings for x in sending.folded]
                joined = [x.entry.command for x in sendings if x.folded]
                outbox.rewrite(connection, joined)
                receipts.supersede(connection, folded, "folded into a later one", now)

        again(mark)

    def _look_up(self, tried: Sequence[Sending]) -> tuple[list[Result], list[Sending]]:
        """Ask whether earlier tries made their effects; give what is settled, what surely is not.

        Once the system is to be left alone the others stay as they are.
        """
        settled: list[Result] = []
        unmade: list[Sending] = []
        for sending in tried:
            if self.health.paused() > 0:
                break
            result = self._look(sending)
            if result is None:
                unmade.append(sending)
            else:
                settled.append(result)
        return settled, unmade

    def _look(self, sending: Sending) -> Result | None:
        try:
            receipt = self.connector.find(sending.delivery)
        except ConnectorError as error:
            self._note([error])
            return self._failure(sending, error)
        except Exception as error:  # noqa: BLE001 - a connector's bug concerns this effect alone
            return self._bug(sending, error)
        if receipt is None:
            return None
        self._note([receipt])
        return self._outcome(sending, receipt)

    def _send(self, sendings: Sequence[Sending]) -> list[Result]:
        began = self.clock.monotonic()
        try:
            outcomes = list(self.connector.apply([sending.delivery for sending in sendings]))
        except ConnectorError as error:
            self._note([error])
            return [self._failure(sending, error) for sending in sendings]
        except Exception as error:  # noqa: BLE001 - a connector's bug concerns these effects alone
            return [self._bug(sending, error) for sending in sendings]
        if len(outcomes) != len(sendings):
            bug = InvariantError(f"{self.name} gave {len(outcomes)} outcomes for {len(sendings)}")
            return [self._bug(sending, bug) for sending in sendings]
        self._note(outcomes)
        seconds = self.clock.monotonic() - began
        return [
            self._outcome(sending, outcome, seconds)
            for sending, outcome in zip(sendings, outcomes, strict=True)
        ]

    def _note(self, outcomes: Sequence[Outcome]) -> None:
        """Tell how the system fares: one call counts once, however many effects it carried."""
        passing = [x for x in outcomes if isinstance(x, RetryableError | AuthenticationError)]
        asked = [x for x in passing if isinstance(x, RateLimitedError | AuthenticationError)]
        if asked:
            self.health.failed(asked[0])
        elif any(isinstance(outcome, Receipt) for outcome in outcomes):
            self.health.worked()
        elif passing:
            self.health.failed(passing[0])

    def _outcome(self, sending: Sending, outcome: object, seconds: float = 0.0) -> Result:
        if isinstance(outcome, Receipt):
            return self._success(sending, outcome, seconds)
        if isinstance(outcome, ConnectorError):
            return self._failure(sending, outcome)
        bug = InvariantError(f"{self.name} gave a {type(outcome).__name__} for an outcome")
        return self._bug(sending, bug)

    def _success(self, sending: Sending, receipt: Receipt, seconds: float) -> Result:
        state = OutboxState.UNCERTAIN if receipt.uncertain else OutboxState.DONE
        settled = Settled(
            seq=sending.entry.seq, state=state, done_at=self.clock.now(), receipt=receipt
        )
        return Result(sending.entry, settled, receipt=receipt, seconds=seconds)

    def _failure(self, sending: Sending, error: ConnectorError) -> Result:
        if isinstance(error, RejectedError) or not isinstance(
            error, RetryableError | AuthenticationError
        ):
            remedy = "correct it in the system or the handbook, then retry"
            return self._dead(sending.entry, error, remedy)
        # Refused outright means that nothing was made; everything else has to be looked up.
        refused = isinstance(error, RateLimitedError | AuthenticationError)
        before = sending.entry.state is OutboxState.TRYING
        state = OutboxState.WANTED if refused and not before else OutboxState.TRYING
        wait = backoff_seconds(sending.entry.attempts + 1)
        if isinstance(error, RateLimitedError):
            wait = max(wait, error.retry_after)
        due = self.clock.now() + timedelta(seconds=wait)
        settled = Settled(seq=sending.entry.seq, state=state, due_at=due, cause=str(error))
        return Result(sending.entry, settled, error=error)

    def _bug(self, sending: Sending, error: Exception) -> Result:
        if isinstance(error, StoreError):
            raise error
        remedy = (
            f"this is a fault of the connector {self.name} or of the hub; report it, then retry"
        )
        return self._dead(sending.entry, error, remedy)

    def _dead(self, entry: Entry, error: Exception, remedy: str) -> Result:
        cause = f"{type(error).__name__}: {error}"
        settled = Settled(
            seq=entry.seq, state=OutboxState.DEAD, done_at=self.clock.now(), cause=cause
        )
        code = error.code if isinstance(error, HubError) else InvariantError.code
        detail = "" if isinstance(error, HubError) else "".join(traceback.format_exception(error))
        return Result(entry, settled, error=error, code=code, remedy=remedy, detail=detail)

    def _commit(self, session: Session, results: Sequence[Result]) -> None:
        now = self.clock.now()

        def write() -> None:
            with session.write("receipt") as connection:
                wake = receipts.write(connection, self.name, results, now)
                session.wake(*wake)

        try:
            again(write)
        except (StoreError, TryAgainError):
            raise
        except Exception as error:  # noqa: BLE001 - one answer that can not be kept fails alone
            self._commit_singly(session, results, error)
            return
        for result in results:
            self._tell(result)

    def _commit_singly(self, session: Session, results: Sequence[Result], error: Exception) -> None:
        if len(results) > 1:
            for result in results:
                self._commit(session, [result])
            return
        (result,) = results
        if result.receipt is None:
            raise error
        remedy = "it was made, but the answer can not be kept; mend the connector, then retry"
        self._commit(session, [self._dead(result.entry, error, remedy)])

    def _tell(self, result: Result) -> None:
        receipts.tell(result, self.clock.now())
        command = result.entry.command
        if result.receipt is not None:
            _tell_failures(command, self.rulebook.host.after_effect(command, result.receipt))


def _tell_failures(command: Command, failures: Sequence[HookFailure]) -> None:
    for each in failures:
        log.event(
            "plugin.hook_failed",
            item=command.item_id,
            plugin=each.plugin,
            hook=each.hook,
            error=each.error,
            traceback=each.traceback_text,
        )


def _fold(lane: Sequence[Entry]) -> tuple[Entry, list[Entry]]:
    """Join updates of one record that follow one another; give the last, holding all fields."""
    first = lane[0]
    if first.state is OutboxState.TRYING or not isinstance(first.command.effect, UpdateRecord):
        return first, []
    fields = dict(first.command.effect.fields)
    folded: list[Entry] = []
    current = first
    for entry in lane[1:]:
        effect = entry.command.effect
        same = entry.command.part == first.command.part
        if (
            entry.state is not OutboxState.WANTED
            or not same
            or current.command.then
            or not isinstance(effect, UpdateRecord)
        ):
            break
        fields.update(effect.fields)
        folded.append(current)
        current = entry
    if not folded:
        return first, []
    return receipts.with_fields(current, fields), folded
