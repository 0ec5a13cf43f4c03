"""What the systems around the hub answer in a replay: what the record holds, as far as it does.

A recorded snapshot shows what people did, and what the hub of the record had written. Where the
replayed hub wrote something else, the latter is not news: only what people did is handed on.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from hub.core.store.codec import decode_change
from hub.core.store.record import Arrived, Effected
from hub.core.store.schema import OutboxState
from hub.models import AddComment, Change, Command, CreateRecord, Fields, Link, Receipt, Ref, Value
from hub.models.effects import UpdateRecord
from hub.models.fieldmaps import same

_MADE: Final = frozenset({OutboxState.DONE, OutboxState.UNCERTAIN})

Place = tuple[str, str, str]
"""An item, a connector, a part."""


class Answer:
    """What a command of the replay is answered: when, by which receipt; None for none ever."""

    __slots__ = ("at", "folded", "receipt", "tells")

    def __init__(
        self,
        at: datetime | None,
        receipt: Receipt | None,
        *,
        tells: bool = False,
        folded: bool = False,
    ) -> None:
        self.at = at
        self.receipt = receipt
        self.tells = tells
        self.folded = folded


class Peers:
    """The systems of one matter: their recorded answers, and what was written to them."""

    def __init__(self, effects: Iterable[Effected], arrived: Iterable[Arrived]) -> None:
        self._effects = {each.command.key: each for each in effects}
        self._told: dict[str, Change] = {}
        for row in arrived:
            if row.connector == "hub" and row.outcome == "effect":
                change = decode_change(row.payload)
                self._told[change.ref.id] = change
        self._places: dict[Place, list[Effected]] = {}
        for effect in self._effects.values():
            if effect.state in _MADE and effect.receipt is not None:
                self._places.setdefault(_place(effect.command), []).append(effect)
        self._spent: set[str] = set()
        self._recorded: dict[Place, dict[str, list[Value]]] = {}
        self._replayed: dict[Place, dict[str, list[Value]]] = {}
        self._seen: dict[Ref, Fields] = {}
        self.stands_for: dict[str, str] = {}
        """Keys of the record, by which its snapshots know what a command of the replay made."""
        self.invented = 0
        """So many answers the record does not hold: that it was done was taken for granted."""

    def command(self, key: str) -> Command | None:
        """Give a command of the record."""
        known = self._effects.get(key)
        return known.command if known else None

    # Answers.

    def answer(self, command: Command, now: datetime) -> Answer:
        """Give how a command is answered."""
        known = self._effects.get(command.key)
        if known is None:
            return self._elsewhere(command, now)
        self._spent.add(command.key)
        if known.state in _MADE:
            return Answer(known.done_at, known.receipt)
        folded = known.state is OutboxState.SUPERSEDED
        ends = folded or known.state is OutboxState.DEAD
        return Answer(known.done_at if ends else None, None, folded=folded)

    def _elsewhere(self, command: Command, now: datetime) -> Answer:
        """Answer what the record's hub did not ask for then, by what it got at another time."""
        makes = isinstance(command.effect, CreateRecord | AddComment)
        for effect in self._places.get(_place(command), ()) if makes else ():
            recorded = effect.command
            if recorded.key in self._spent or type(recorded.effect) is not type(command.effect):
                continue
            self._spent.add(recorded.key)
            self.stands_for[recorded.key] = command.key
            told = self._told.get(recorded.key)
            fields = {} if told is None else told.fields
            given = {n: value for n, value in fields.items() if not n.startswith("hub.")}
            receipt = replace(effect.receipt or Receipt(), fields=given)
            return Answer(now, receipt, tells=True)
        self.invented += 1
        kind = command.effect.kind if isinstance(command.effect, CreateRecord) else "comment"
        ref = Ref(command.connector, kind, f"replayed-{command.key}") if makes else None
        return Answer(now, Receipt(ref=ref), tells=True)

    # What was written, and what of a snapshot is news.

    def recorded(self, command: Command) -> None:
        """Note what the record's hub wrote."""
        _note(self._recorded, command)

    def replayed(self, command: Command) -> None:
        """Note what the replayed hub writes."""
        _note(self._replayed, command)

    def news(self, change: Change, link: Link | None) -> Change:
        """Give a recorded snapshot less what stands in it by the record's hub alone."""
        before = self._seen.get(change.ref, {})
        self._seen[change.ref] = change.fields
        if link is None:
            return change
        place = (link.item_id, link.connector, link.part)
        theirs, ours = self._recorded.get(place, {}), self._replayed.get(place, {})
        if theirs == ours:
            return change
        old = {
            name
            for name, value in change.fields.items()
            if theirs.get(name) != ours.get(name)
            and (
                any(same(value, told) for told in theirs.get(name, ()))
                or (name in before and same(before[name], value))
            )
        }
        if not old:
            return change
        return replace(change, fields={n: v for n, v in change.fields.items() if n not in old})


def _place(command: Command) -> Place:
    return (command.item_id, command.connector, command.part)


def _note(written: dict[Place, dict[str, list[Value]]], command: Command) -> None:
    if not isinstance(command.effect, CreateRecord | UpdateRecord):
        return
    fields = written.setdefault(_place(command), {})
    for name, value in command.effect.fields.items():
        told = fields.setdefault(name, [])
        if not told or not same(told[-1], value):
            told.append(value)
