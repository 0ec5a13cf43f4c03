"""What a change is for the hub: an echo, news of a linked record, a new item, or nothing. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

import msgspec
from msgspec.structs import replace

from hub.clock import Ids
from hub.core.entries import ChangeEntry, Decision
from hub.core.merge import acknowledged
from hub.core.plugins import PluginHost
from hub.core.turn import LinkKey, Maps, Outcome, Turn
from hub.core.wants import text_fields, written_fields
from hub.errors import InvariantError
from hub.models import (
    Change,
    Command,
    Context,
    Event,
    Fields,
    Ignored,
    InternalText,
    Item,
    Link,
    Opening,
    PublicText,
    Ref,
    Why,
    Workload,
)
from hub.models.fieldmaps import normal

HUB: Final = "hub"
"""Name under which the hub's own changes stand: timers, receipts, requests, retried hooks."""
SUBMISSION: Final = "submission"
"""Kind of the hub's own records that people hand in by form, API or command: each opens a case."""


def is_own(ref: Ref) -> bool:
    """Say whether a change is the hub's own word on an item it has; a submission is news."""
    return ref.connector == HUB and ref.kind != SUBMISSION


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The plugins and field maps in force; replaced as a whole when the handbook is reloaded.

    `handbook` is the fingerprint of the handbook that they carry out.
    """

    host: PluginHost
    maps: Maps = field(default_factory=dict)
    handbook: str = ""


class Surroundings(Protocol):
    """What is known around a change: the items and links of a batch."""

    def item_of(self, ref: Ref) -> str | None:
        """Give the item that a record belongs to."""
        ...

    def command_of_key(self, change: Change) -> Command | None:
        """Give the hub's own command whose key the change carries."""
        ...

    def item(self, item_id: str) -> Item:
        """Give an item; it must be one that this worker holds."""
        ...

    def links(self, item_id: str) -> Mapping[LinkKey, Link]:
        """Give all links of an item."""
        ...

    def context(self, change: Change, now: datetime) -> Context:
        """Give what the change mentions."""
        ...

    def workload(self) -> Workload:
        """Give what everybody has to do, kept still until this change is processed."""
        ...

    def open_cases(self, item: Item) -> tuple[Item, ...]:
        """Give earlier open items of the same customer, the latest first."""
        ...


def process(
    change: Change, around: Surroundings, book: Rulebook, now: datetime, ids: Ids
) -> Outcome:
    """Give what follows from a change."""
    if is_own(change.ref):
        return _own(change, around, book, now)
    item_id = around.item_of(change.ref)
    if item_id is None and change.key:
        return _returned(change, around, book, now)
    if item_id is None:
        return _unlinked(change, around, book, now, ids)
    link = next(x for x in around.links(item_id).values() if x.ref == change.ref)
    if link.gone and not change.gone:
        # It may come back in a version that had its consequences before: this is another cause.
        change = replace(change, version=f"{change.version}?{change.seen_at.isoformat()}")
    return _linked(change, _turn(change, item_id, around, book, now), link, now)


def _turn(
    change: Change, item_id: str, around: Surroundings, book: Rulebook, now: datetime
) -> Turn:
    context = around.context(change, now)
    item, links = around.item(item_id), around.links(item_id)
    return Turn(
        change, item, links, context, book.host, book.maps, book.handbook, around.open_cases
    )


def _linked(change: Change, turn: Turn, link: Link, now: datetime) -> Outcome:
    if change.gone:
        return _gone(change, turn, link)
    if change.at is not None and link.at is not None and change.at < link.at:
        return Outcome("stale")
    texts = text_fields(change.text)
    rewritten = bool(texts) and not _same_text(link, texts)
    current = replace(link, gone=False, at=change.at or link.at)
    if rewritten:
        current = replace(current, shadow=texts)
    turn.put(current)
    before = turn.absorb(current, change.fields)
    if (before or rewritten or turn.forced) and _doubtful(change, link, now):
        return _in_doubt(change, link, now)
    if rewritten and change.text is not None:
        turn.raise_event(Event(name="comment_changed", change=change, part=link.part))
        if "text" in link.pending:
            turn.restate(link, change.text)
    turn.raise_changed(before, link.part)
    turn.settle()
    outcome = turn.finish("merged" if before or rewritten else "echo")
    outcome.turned = link.gone
    return outcome


def _doubtful(change: Change, link: Link, now: datetime) -> bool:
    """Say whether a change may have been read before our own last write."""
    written = link.written_at
    return written is not None and (change.seen_at <= written or change.seen_at > now)


def _in_doubt(change: Change, link: Link, now: datetime) -> Outcome:
    """Have the record read afresh: only that can tell.

    A write that is still to come by our clock was stamped before the clock was set back.
    """
    outcome = Outcome("doubtful", fetches=[change.ref])
    if link.written_at is not None and link.written_at > now:
        outcome.links[link.connector, link.part] = replace(link, written_at=now)
    return outcome


def _same_text(link: Link, texts: Fields) -> bool:
    mine = {name: normal(value) for name, value in texts.items()}
    if mine["text"] in [normal(older) for older in link.overtaken.get("text", ())]:
        return True
    # A receipt takes what it wrote from what is pending, also what a later edit writes as well.
    for known in (link.shadow, {**link.shadow, **link.pending}):
        if known and {name: normal(known.get(name)) for name in mine} == mine:
            return True
    return False


def _gone(change: Change, turn: Turn, link: Link) -> Outcome:
    if link.gone:
        return Outcome("echo")
    turn.put(replace(link, gone=True))
    turn.raise_event(Event(name="record_gone", change=change, part=link.part))
    turn.settle()
    outcome = turn.finish("gone")
    outcome.turned = True
    return outcome


def _returned(change: Change, around: Surroundings, book: Rulebook, now: datetime) -> Outcome:
    """Take in a record that carries one of our keys: our own effect, seen before its receipt."""
    made = around.command_of_key(change)
    if made is None:
        note = "it carries the key of a hub whose store this is not"
        return ignored(change, Ignored(why=Why(plugin="hub.engine", rule="own effect", note=note)))
    turn = _turn(change, made.item_id, around, book, now)
    link = turn.links.get((change.ref.connector, made.part))
    if link is None or link.record_id not in ("", change.ref.id):
        note = f"a second record with the key of {made.part}, which is {link and link.record_id}"
        return ignored(change, Ignored(why=Why(plugin="hub.engine", rule="own effect", note=note)))
    # That it is there is a receipt: somebody may have edited since what both had agreed on then.
    written = written_fields(made.effect)
    link = replace(
        acknowledged(link, written),
        record_id=change.ref.id,
        kind=change.ref.kind,
        shadow={**written, **link.shadow},
    )
    turn.put(link)
    outcome = _linked(change, turn, link, now)
    outcome.aliases += [(key, change.ref) for key in change.aliases]
    return outcome


def _unlinked(
    change: Change, around: Surroundings, book: Rulebook, now: datetime, ids: Ids
) -> Outcome:
    if change.gone:
        note = "it was gone before the hub knew it"
        return ignored(change, Ignored(why=Why(plugin="hub.engine", rule="unknown", note=note)))
    context = around.context(change, now)
    answer = book.host.open_item(change, context)
    verdict = answer.value
    if verdict is None:
        note = "no rule says what this record is"
        verdict = Ignored(why=Why(plugin="hub.engine", rule="unknown", note=note))
    if isinstance(verdict, Ignored):
        outcome = ignored(change, verdict, book.handbook)
        if change.parent is not None and around.item_of(change.parent) is None:
            # The record above it may be read later, or its receipt may not be in yet.
            outcome.waits_for = change.parent
    elif verdict.join:
        turn = _turn(change, verdict.join, around, book, now)
        outcome = _joined(change, turn, verdict, answer.plugin)
    else:
        item = Item(id=ids.new(), kind=verdict.kind, fields={}, opened_at=now)
        context = replace(context, workload=around.workload())
        turn = Turn(
            change, item, {}, context, book.host, book.maps, book.handbook, around.open_cases
        )
        outcome = _opened(change, turn, verdict, answer.plugin)
    event = Event(name="open_item", change=change)
    outcome.failures += [(failure, event) for failure in answer.failures]
    return outcome


def ignored(change: Change, verdict: Ignored, handbook: str = "") -> Outcome:
    """Give the outcome of a change from which nothing follows, with its reason.

    Its names are kept, so that one can ask by them why nothing followed.
    """
    decision = Decision(plugin=verdict.why.plugin, action="ignore", why=verdict.why)
    ref = str(change.ref)
    entry = ChangeEntry(
        change=ref,
        version=change.version,
        outcome="ignored",
        handbook=handbook,
        decisions=[decision],
    )
    named = [(key, change.ref) for key in change.aliases]
    return Outcome("ignored", entry=entry, aliases=named)


def _opened(change: Change, turn: Turn, verdict: Opening, plugin: str) -> Outcome:
    turn.set_fields(verdict.fields, plugin, verdict.why)
    link = turn.adopt(verdict.part or change.ref.kind)
    turn.absorb(link, change.fields)
    turn.classify()
    turn.route()
    turn.promise()
    turn.raise_event(Event(name="item_opened", change=change, part=link.part))
    turn.settle()
    return turn.finish("opened")


def _joined(change: Change, turn: Turn, verdict: Opening, plugin: str) -> Outcome:
    link = turn.adopt(verdict.part or f"{change.ref.kind}:{change.ref.id}")
    turn.note(plugin, f"{change.ref} is {link.part}", verdict.why)
    before = turn.set_fields(verdict.fields, plugin, verdict.why)
    before = {**turn.absorb(link, change.fields), **before}
    name = "record_joined"
    if change.text is not None:
        name = "mail_received" if change.parent is None else "comment_added"
    turn.raise_event(Event(name=name, change=change, part=link.part))
    turn.raise_changed(before, link.part)
    turn.settle()
    return turn.finish("joined")


def _news(change: Change, link: Link, data: Fields) -> Fields:
    """Give what a receipt tells that the link does not know; of the rest a poll knows better."""
    if change.at is not None and link.at is not None and change.at < link.at:
        return {}
    return {name: value for name, value in data.items() if name not in link.shadow}


def _as_it_reads_now(event: Event, turn: Turn) -> Event:
    """Give an event of the past with the text that its record has by now."""
    told = event.change
    if told is None or told.text is None:
        return event
    now = next((x.shadow for x in turn.links.values() if x.ref == told.ref), {})
    if "text" not in now:
        return event
    text = (PublicText if now.get("public") else InternalText)(str(now["text"]))
    return replace(event, change=replace(told, text=text))


def _own(change: Change, around: Surroundings, book: Rulebook, now: datetime) -> Outcome:
    item_id = change.mentions[0].removeprefix("item:")
    turn = _turn(change, item_id, around, book, now)
    data = {k: v for k, v in change.fields.items() if not k.startswith("hub.")}
    name = str(change.fields.get("hub.event", ""))
    part = str(change.fields.get("hub.part", ""))
    if change.ref.kind == "rehook":
        event = msgspec.json.decode(str(change.fields["hub.detail"]), type=Event)
        turn.ask_again(str(change.fields["hub.plugin"]), _as_it_reads_now(event, turn))
    elif change.ref.kind == "effect":
        link = turn.links.get((str(change.fields["hub.connector"]), part))
        before = turn.absorb(link, _news(change, link, data)) if link else {}
        turn.raise_event(Event(name=name, change=change, part=part, data=data))
        turn.raise_changed(before, part)
    elif change.ref.kind == "remake":
        turn.remake(msgspec.json.decode(str(change.fields["hub.command"]), type=Command))
    elif change.ref.kind == "again":
        turn.touch((str(change.fields["hub.connector"]), part), data)
    elif change.ref.kind in {"timer", "request"}:
        turn.raise_event(Event(name=name, change=change, part=part, data=data))
    else:
        raise InvariantError(f"a change of the hub's own of unknown kind: {change.ref}")
    turn.settle()
    return turn.finish(change.ref.kind)
