"""What people ask the hub to do or tell it: a hand-off, a duplicate, what was agreed, a retry.

A request enters the inbox as a change of the hub's own, and so goes the way of every change.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from hub.clock import Clock, Ids
from hub.core import log
from hub.core.process import HUB
from hub.core.store import Session, dead, inbox, items, outbox
from hub.core.store.codec import micros
from hub.core.store.schema import InboxState, OutboxState
from hub.errors import UnknownError
from hub.models import (
    Change,
    CreateRecord,
    EditComment,
    Event,
    Fields,
    Ref,
    UpdateRecord,
)

RATINGS: Final = ("1", "2", "3", "4", "5")
_Word = Annotated[str, msgspec.Meta(min_length=1, max_length=320)]
_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=32_000)]


class HandOff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A wish to pass a case on: each leaves method, result, remaining matters, next handler.

    `key` makes asking again harmless.
    """

    to: _Word
    method: _Text
    result: _Text
    open_items: Annotated[str, msgspec.Meta(max_length=32_000)] = ""
    by: _Word = "api"
    key: str = ""


What = Literal["agreed", "unreached", "confirmed", "objected", "rated", "feedback", "acknowledged"]


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person tells of a case.

    `agreed`: until `value` (a date, or an instant; empty takes it back) was agreed to wait;
    `unreached`: the customer could not be reached; `confirmed`, `objected`: what the customer said
    of the solution; `rated`: how content they are, 1 to 5 in `value`; `feedback`: the account
    manager's, in `text`; `acknowledged`: that `by` takes the case. `key` makes asking
    again harmless.
    """

    what: What
    value: Annotated[str, msgspec.Meta(max_length=64)] = ""
    text: Annotated[str, msgspec.Meta(max_length=32_000)] = ""
    by: _Word = "api"
    key: str = ""

    def __post_init__(self) -> None:
        """ValueError if the value is none that fits."""
        if self.what == "agreed" and self.value:
            try:
                datetime.fromisoformat(self.value)
            except ValueError:
                told = "value must be a date or an instant, such as 2026-03-09 or 2026-03-09T14:00"
                raise ValueError(told) from None
        if self.what == "rated" and self.value not in RATINGS:
            raise ValueError(f"value must be one of {', '.join(RATINGS)}")
        if self.what == "feedback" and not self.text.strip():
            raise ValueError("text must not be empty: it is the feedback")


class DuplicateVerdict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's word on a likely duplicate: `of` names the earlier case, by any of its names.

    `accept` closes the case in favour of the earlier one, which takes in what it says.
    """

    of: _Word
    decision: Literal["accept", "refuse"]
    by: _Word = "api"
    reason: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    key: str = ""


class Desk:
    """Takes requests into the store; any process may, also beside a running hub."""

    def __init__(self, session: Session, clock: Clock, ids: Ids) -> None:
        self._session = session
        self._clock = clock
        self._ids = ids

    def hand_off(self, asked: str, wish: HandOff) -> str:
        """Ask that an item be handed off; give its id. UnknownError if there is none."""
        with self._session.write("hand-off") as connection:
            item_id = self._known(connection, asked)
            data: Fields = {
                "to": wish.to,
                "method": wish.method,
                "result": wish.result,
                "open_items": wish.open_items,
                "by": wish.by,
            }
            key = wish.key or self._ids.new()
            change = self._request("request", key, item_id, "hand_off_requested", data)
            self._take(connection, change)
        log.event("handoff.requested", item=item_id, to=wish.to, method=wish.method, by=wish.by)
        return item_id

    def tell(self, asked: str, told: Told) -> str:
        """Take what a person tells of an item; give its id. UnknownError if there is none."""
        with self._session.write("told") as connection:
            item_id = self._known(connection, asked)
            data: Fields = {name: getattr(told, name) for name in ("what", "value", "text", "by")}
            key = told.key or self._ids.new()
            self._take(connection, self._request("request", key, item_id, "told", data))
        log.event("case.told", item=item_id, what=told.what, by=told.by)
        return item_id

    def settle_duplicate(self, asked: str, verdict: DuplicateVerdict) -> tuple[str, str]:
        """Join a case to an earlier one, or say that they differ; give the ids of both.

        UnknownError if either is not known, or they are one.
        """
        with self._session.write("duplicate") as connection:
            item_id, other_id = self._known(connection, asked), self._known(connection, verdict.of)
            if item_id == other_id:
                raise UnknownError(f"{asked!r} and {verdict.of!r} are the same case")
            both = items.load_items(connection, [item_id, other_id])
            item, other = both[item_id][0], both[other_id][0]
            told: Fields = {"by": verdict.by, "reason": verdict.reason}
            number = other.text("case_number")
            data: Fields = {**told, "of": other_id, "number": number or other_id}
            key = verdict.key or self._ids.new()
            accepted = verdict.decision == "accept"
            event = "duplicate_accepted" if accepted else "duplicate_refused"
            self._take(connection, self._request("request", key, item_id, event, data))
            if accepted:
                names = ("subject", "description", "contact_email")
                says: Fields = {name: item.text(name) for name in names}
                says |= {**told, "item": item_id, "number": item.text("case_number") or item_id}
                joined = self._request("request", key, other_id, "duplicate_joined", says)
                self._take(connection, joined)
        log.event("duplicate.settled", item=item_id, of=other_id, decision=verdict.decision)
        return item_id, other_id

    def _known(self, connection: Connection, asked: str) -> str:
        item_id = items.find_item_id(connection, asked)
        if item_id is None:
            raise UnknownError(f"no item is known as {asked!r}")
        return item_id

    def retry(self, number: int) -> dead.DeadLetter:
        """Have a dead letter's matter tried again. UnknownError if it is not open."""
        with self._session.write("dead letter") as connection:
            letter = self._settled(connection, number, "retried")
            self._try_again(connection, letter)
        log.event("dead_letter.retried", dead_letter=number, item=letter.item_id, ref=letter.ref)
        return letter

    def drop(self, number: int) -> dead.DeadLetter:
        """Take a dead letter as settled. UnknownError if it is not open."""
        with self._session.write("dead letter") as connection:
            letter = self._settled(connection, number, "dropped")
            if letter.kind == "effect" and letter.source_seq is not None:
                self._give_up(connection, outbox.entry(connection, letter.source_seq))
        log.event("dead_letter.dropped", dead_letter=number, item=letter.item_id, ref=letter.ref)
        return letter

    def _settled(self, connection: Connection, number: int, state: str) -> dead.DeadLetter:
        letter = dead.get(connection, number)
        if letter is None:
            raise UnknownError(f"there is no dead letter {number}")
        if not dead.mark(connection, number, state, self._clock.now()):
            raise UnknownError(f"the dead letter {number} was {letter.state} before")
        return letter

    def _try_again(self, connection: Connection, letter: dead.DeadLetter) -> None:
        if letter.kind == "record":
            ref = Ref.parse(letter.ref)
            inbox.forget_unreadable(connection, ref)
            inbox.want_fetch(connection, [ref], self._clock.now())
            self._session.wake(f"fetch:{letter.connector}")
        elif letter.kind == "effect" and letter.source_seq is not None:
            self._effect_again(connection, letter, outbox.entry(connection, letter.source_seq))
        elif letter.kind == "hook" and letter.item_id:
            self._take(connection, self._hook_again(letter))
        elif letter.source_seq is not None:
            self._change_again(connection, letter.source_seq)

    def _change_again(self, connection: Connection, seq: int) -> None:
        """Have a change worked on again, or, if later ones were, its record as it is now."""
        overtaken = inbox.overtaken_by(connection, seq)
        if overtaken is None or overtaken[0].connector == HUB:
            inbox.reopen_change(connection, seq)
            self._session.wake("inbox")
            return
        ref, last = overtaken
        now = self._clock.now()
        inbox.settle_changes(connection, [(InboxState.DONE, micros(now), None, "overtaken", seq)])
        # That version may be the one that a plugin ignored by its bug: it may come in once more.
        inbox.set_earlier_aside(connection, ref, last + 1)
        inbox.want_fetch(connection, [ref], now)
        self._session.wake(f"fetch:{ref.connector}")

    def _effect_again(
        self, connection: Connection, letter: dead.DeadLetter, entry: outbox.Entry
    ) -> None:
        command = entry.command
        if isinstance(command.effect, UpdateRecord) and not command.then:
            # The world went on since: what the record lacks now is sent, not what it lacked then.
            data: Fields = {
                **command.effect.fields,
                "hub.connector": command.connector,
                "hub.part": command.part,
            }
            change = self._request("again", str(letter.id), command.item_id, "again", data)
            self._take(connection, change)
            return
        if isinstance(command.effect, CreateRecord):
            # Item and map may be other ones by now: the engine makes the fields anew.
            told: Fields = {"hub.command": msgspec.json.encode(command).decode()}
            change = self._request("remake", str(letter.id), command.item_id, "remake", told)
            self._take(connection, change)
            return
        if isinstance(command.effect, EditComment) and self._rewritten(connection, entry):
            outbox.supersede(connection, [entry.seq], "a later text was sent", self._clock.now())
            return
        outbox.reopen(connection, entry.seq)
        self._session.wake(f"outbox:{letter.connector}")

    def _rewritten(self, connection: Connection, entry: outbox.Entry) -> bool:
        """Say whether a later text of the same comment is on its way or there already."""
        command = entry.command
        return any(
            later.seq > entry.seq
            and isinstance(later.command.effect, EditComment)
            and (later.command.connector, later.command.part) == (command.connector, command.part)
            for later in outbox.entries_of_item(connection, command.item_id)
        )

    def _give_up(self, connection: Connection, entry: outbox.Entry) -> None:
        """Let a record that could not be made be wanted anew some day."""
        command = entry.command
        if not isinstance(command.effect, CreateRecord) or entry.state is not OutboxState.DEAD:
            return
        known = items.load_links_of_items(
            connection, [command.item_id], connector=command.connector, lock=True
        )
        gone = [x for x in known if x.part == command.part and not x.record_id]
        items.save_links(connection, [(replace(x, gone=True), entry.shard) for x in gone])

    def _hook_again(self, letter: dead.DeadLetter) -> Change:
        """Make the change that asks the plugin which failed, and no other, once more."""
        failed = msgspec.json.decode(letter.detail, type=_FailedHook)
        data: Fields = {
            "hub.plugin": failed.plugin,
            "hub.detail": msgspec.json.encode(failed.event).decode(),
        }
        known = failed.event.change.mentions if failed.event.change else ()
        name = failed.event.name
        return self._request("rehook", str(letter.id), letter.item_id, name, data, known)

    def _request(
        self,
        kind: str,
        key: str,
        item_id: str,
        event: str,
        data: Fields,
        mentions: Sequence[str] = (),
    ) -> Change:
        return Change(
            ref=Ref(HUB, kind, f"{item_id}/{key}"),
            version="1",
            seen_at=self._clock.now(),
            fields={**data, "hub.event": event},
            mentions=(f"item:{item_id}", *mentions),
        )

    def _take(self, connection: Connection, change: Change) -> None:
        shards = inbox.shards_of_changes(connection, [change])
        inbox.add_changes(connection, [inbox.inbox_row(change, shards[0], self._clock.now())])
        self._session.wake("inbox")


class _FailedHook(msgspec.Struct, frozen=True):
    """What the engine keeps of a hook that failed."""

    plugin: str
    event: Event
