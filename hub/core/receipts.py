"""What an effect's outcome changes in the store: outbox, link, shadow, journal, dead letter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Self, TypeAlias

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from hub.core import log
from hub.core.entries import EffectEntry
from hub.core.merge import acknowledged
from hub.core.process import HUB
from hub.core.store import dead, files, inbox, items, journal, outbox
from hub.core.store.codec import encode
from hub.core.store.outbox import Entry, Settled
from hub.core.store.schema import OutboxState
from hub.core.wants import written_fields
from hub.models import (
    AddComment,
    AttachFile,
    Change,
    Command,
    CreateRecord,
    Delivery,
    Effect,
    Fields,
    Link,
    Receipt,
    Ref,
    UpdateRecord,
)
from hub.models.fieldmaps import same

VETOED: Final = "vetoed: "
_OUTCOMES: Final = {state: state.name.lower() for state in OutboxState}

Links: TypeAlias = dict[tuple[str, str], Link]
"""The links of one connector around some results, by item and part."""


class Sending(msgspec.Struct, frozen=True):
    """An entry on its way, with the earlier ones that are folded into it."""

    entry: Entry
    delivery: Delivery
    folded: tuple[Entry, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """What became of an entry; `seconds` is how long its system took to answer."""

    entry: Entry
    settled: Settled
    seconds: float = 0.0
    receipt: Receipt | None = None
    error: Exception | None = None
    code: str = ""
    remedy: str = ""
    detail: str = ""
    folded: Sequence[Entry] = ()

    @classmethod
    def dropped(cls, entry: Entry, cause: str, *, folded: Sequence[Entry] = ()) -> Self:
        """Make the result of an entry that is no longer wanted."""
        return cls(
            entry,
            Settled(seq=entry.seq, state=OutboxState.SUPERSEDED, cause=cause),
            folded=folded,
        )

    @classmethod
    def held(cls, entry: Entry, cause: str) -> Self:
        """Make the result of an entry that waits for a record to be made."""
        return cls(entry, Settled(seq=entry.seq, state=OutboxState.HELD, cause=cause))

    @property
    def waits(self) -> bool:
        """Say whether the entry is to be tried again."""
        return self.settled.state in {OutboxState.WANTED, OutboxState.TRYING}


def with_fields(entry: Entry, fields: Fields) -> Entry:
    """Give an update entry that sets these fields."""
    command = replace(entry.command, effect=UpdateRecord(fields=fields))
    return replace(entry, decoded=command)


def supersede(connection: Connection, entries: Sequence[Entry], cause: str, now: datetime) -> None:
    """Note that entries are no longer wanted."""
    outbox.supersede(connection, [entry.seq for entry in entries], cause, now)


def write(
    connection: Connection, connector: str, results: Sequence[Result], now: datetime
) -> set[str]:
    """Store results; give the signals to raise."""
    wake: set[str] = set()
    known = _links(connection, connector, results)
    results = [_made_meanwhile(result, known) for result in results]
    taken = _take_over(connection, results)
    _move_links(connection, results, known, now)
    outbox.settle(connection, [result.settled for result in results])
    for result in results:
        supersede(connection, result.folded, result.settled.cause, now)
    files.drop(connection, _delivered_files(results))
    events = [
        (told_back(result.entry.command, result.receipt, now), result.entry.shard)
        for result in results
        if result.receipt is not None and result.entry.command.then
    ]
    if events:
        rows = [inbox.inbox_row(change, shard, now) for change, shard in events]
        inbox.add_changes(connection, rows)
        wake.add("inbox")
    made = {r.entry.command.item_id for r in results if _makes(r)}
    if made and outbox.release_held(connection, connector, made):
        wake.add(f"outbox:{connector}")
    records = [r.receipt.ref for r in results if r.receipt and r.receipt.ref and _makes(r)]
    if records and inbox.release_waiting(connection, records):
        wake.add("inbox")
    for result in results:
        if result.settled.state in {OutboxState.DEAD, OutboxState.UNCERTAIN}:
            dead.add(connection, _letter(result, now))
    entries = [_writing(connector, result, taken) for result in results if not result.waits]
    journal.append(connection, entries, now)
    return wake


def _delivered_files(results: Sequence[Result]) -> list[str]:
    """Give the files that stand in their system now: the hub need keep them no longer."""
    return [
        result.entry.command.effect.file.id
        for result in results
        if isinstance(result.entry.command.effect, AttachFile)
        and result.settled.state is OutboxState.DONE
    ]


def _makes(result: Result) -> bool:
    effect = result.entry.command.effect
    return result.receipt is not None and isinstance(effect, CreateRecord | AddComment | AttachFile)


def told_back(command: Command, receipt: Receipt, now: datetime) -> Change:
    """Give the change by which a command's receipt comes back to its item."""
    fields: Fields = {
        **receipt.fields,
        "hub.event": command.then,
        "hub.part": command.part,
        "hub.connector": command.connector,
    }
    return Change(
        ref=Ref(HUB, "effect", command.key),
        version="1",
        seen_at=now,
        at=receipt.at,
        fields=fields,
        mentions=(f"item:{command.item_id}",),
    )


def _links(connection: Connection, connector: str, results: Sequence[Result]) -> Links:
    """Read and lock the links around results: the engine may be at the same items."""
    wanted = {result.entry.command.item_id for result in results}
    found = items.load_links_of_items(connection, wanted, connector=connector, lock=True)
    return {(link.item_id, link.part): link for link in found}


def _made_meanwhile(result: Result, known: Links) -> Result:
    """Let an effect go on at once if the record it was to wait for has been seen meanwhile."""
    command = result.entry.command
    link = known.get((command.item_id, command.parent_part or command.part))
    there = link is not None and link.ref is not None and not link.gone
    if result.settled.state is not OutboxState.HELD or not there:
        return result
    return replace(result, settled=Settled(seq=result.entry.seq, state=OutboxState.WANTED))


def _take_over(connection: Connection, results: Sequence[Result]) -> dict[Ref, str]:
    """Part records that we made from whatever took them for somebody else's; give from what."""
    ours = {
        r.receipt.ref: (r.entry.command.item_id, r.entry.command.part)
        for r in results
        if r.receipt is not None and r.receipt.ref is not None and _makes(r)
    }
    taken: dict[Ref, str] = {}
    for ref, item_id, part in items.load_parts_of_refs(connection, ours):
        if ours[ref] != (item_id, part):
            items.unlink(connection, ref)
            taken[ref] = f"{item_id}/{part}"
    return taken


def _move_links(
    connection: Connection, results: Sequence[Result], known: Links, now: datetime
) -> None:
    after: dict[tuple[str, str], tuple[Link, int]] = {}
    aliases: list[tuple[str, Ref]] = []
    for result in results:
        if result.waits or result.settled.state is OutboxState.HELD:
            continue
        command, receipt = result.entry.command, result.receipt
        key = (command.item_id, command.part)
        link = known.get(key)
        if link is None:
            if receipt is None or receipt.ref is None:
                continue
            item_id, part = key
            link = Link(item_id=item_id, connector=command.connector, part=part, kind="")
        known[key] = link = moved(link, command.effect, receipt, now)
        after[key] = (link, result.entry.shard)
        if receipt is not None and link.ref is not None:
            aliases += [(alias, link.ref) for alias in receipt.aliases]
    items.save_links(connection, after.values())
    items.save_aliases(connection, aliases)


def moved(link: Link, effect: Effect, receipt: Receipt | None, now: datetime) -> Link:
    """Give the link after an outcome: a receipt moves its shadow, any end clears what waited."""
    written = written_fields(effect)
    link = acknowledged(link, written)
    if receipt is None:
        return link
    at = link.at
    older = receipt.at is not None and at is not None and receipt.at < at
    if receipt.at is not None and not older:
        at = receipt.at
    # A record can not have been seen before it was made: whatever was seen of it is later.
    makes = isinstance(effect, CreateRecord | AddComment)
    seen = makes and receipt.ref is not None and link.record_id == receipt.ref.id
    return replace(
        link,
        shadow=_agreed(link, written, receipt, older=older or seen),
        record_id=receipt.ref.id if receipt.ref else link.record_id,
        kind=receipt.ref.kind if receipt.ref else link.kind,
        at=at,
        written_at=now,
    )


def _agreed(link: Link, written: Fields, receipt: Receipt, *, older: bool) -> Fields:
    """Give the shadow after a receipt: what was written, unless something later was seen since.

    Later is what was seen at a later instant of the system's; and, where its instants are too
    coarse to tell, what the receipt itself still shows in place of what was written.
    """
    if older:
        return {**written, **link.shadow}
    seen = {
        name
        for name in written
        if name in link.shadow
        and name in receipt.fields
        and same(receipt.fields[name], link.shadow[name])
    }
    return {**link.shadow, **{n: value for n, value in written.items() if n not in seen}}


def _letter(result: Result, now: datetime) -> dead.DeadLetter:
    command = result.entry.command
    uncertain = result.settled.state is OutboxState.UNCERTAIN
    note = result.receipt.note if result.receipt else ""
    return dead.DeadLetter(
        kind="effect",
        connector=command.connector,
        ref=f"{command.connector}:{command.part}",
        item_id=command.item_id,
        source_seq=result.entry.seq,
        code="HUB-S-040" if uncertain else result.code,
        cause=f"perhaps sent: {note}" if uncertain else result.settled.cause,
        remedy="ask the recipient; retry sends it again, drop takes it as sent"
        if uncertain
        else result.remedy,
        detail=result.detail,
        at=now,
    )


def _writing(connector: str, result: Result, taken: Mapping[Ref, str]) -> journal.Writing:
    command, receipt = result.entry.command, result.receipt
    note = "found by its key. " if receipt and receipt.found else ""
    if receipt and receipt.ref and receipt.ref in taken:
        note += f"it had been taken for {taken[receipt.ref]}. "
    entry = EffectEntry(
        key=command.key,
        connector=connector,
        part=command.part,
        outcome=_OUTCOMES[result.settled.state],
        ref=str(receipt.ref) if receipt and receipt.ref else "",
        attempt=result.entry.attempts + 1,
        cause=result.settled.cause,
        note=note + (receipt.note if receipt else ""),
    )
    chain = f"{connector}/{result.entry.shard}"
    return journal.Writing(chain, command.item_id, "effect", encode(entry))


def tell(result: Result, now: datetime) -> None:
    """Log what became of an effect; once it is committed."""
    command, receipt, settled = result.entry.command, result.receipt, result.settled
    ref = str(receipt.ref) if receipt is not None and receipt.ref is not None else ""
    told: dict[str, object] = {
        "item": command.item_id,
        "connector": command.connector,
        "part": command.part,
        "kind": type(command.effect).__name__,
        "key": command.key,
        "attempt": result.entry.attempts + 1,
    }
    if result.waits:
        log.event(
            "outbox.retried", **told, error=result.error or settled.cause, due_at=settled.due_at
        )
    elif settled.cause.startswith(VETOED):
        log.event("outbox.vetoed", **told, reason=settled.cause)
    elif receipt is not None and receipt.found:
        log.event("outbox.found", **told, ref=ref)
    elif settled.state is OutboxState.DONE:
        log.event("outbox.delivered", **told, ref=ref, seconds=round(result.seconds, 4))
    elif settled.state is OutboxState.UNCERTAIN:
        log.event("outbox.uncertain", **told, ref=ref)
    elif settled.state is OutboxState.DEAD:
        log.event("outbox.refused", **told, error=result.error, error_code=result.code)
    else:
        name = "outbox.held" if settled.state is OutboxState.HELD else "outbox.superseded"
        log.event(name, **told, reason=settled.cause)
    if settled.state in {OutboxState.DEAD, OutboxState.UNCERTAIN}:
        dead.tell(_letter(result, now))
