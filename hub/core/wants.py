"""From what rules want, and from what linked records lack, to commands with their keys."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Protocol

from msgspec.structs import replace

from hub.core.merge import commanded, outgoing
from hub.errors import InvariantError
from hub.models import (
    AddComment,
    Change,
    Command,
    CreateRecord,
    EditComment,
    Effect,
    Fields,
    Item,
    Link,
    PublicText,
    RecordMap,
    Text,
    UpdateRecord,
    Want,
    Why,
)
from hub.models.fieldmaps import normal, outbound_fields


class Working(Protocol):
    """What a turn lets be seen and changed while commands are made."""

    change: Change
    item: Item
    links: dict[tuple[str, str], Link]
    maps: Mapping[tuple[str, str], RecordMap]
    forced: dict[tuple[str, str], frozenset[str]]
    touched: set[str]

    def put(self, link: Link) -> None:
        """Keep a link as it now is."""
        ...

    def note(self, plugin: str, text: str, why: Why, action: str = "note") -> None:
        """Have the journal keep a remark."""
        ...


def idempotency_key(item_id: str, connector: str, part: str, cause: str, what: str) -> str:
    """Make the key of an effect from its cause: the same cause gives the same key."""
    text = f"{item_id}|{connector}|{part}|{cause}|{what}"
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=10).hexdigest()


def text_fields(text: Text | None) -> Fields:
    """Give a text as the fields that a link's shadow keeps of it."""
    if text is None:
        return {}
    return {"text": text.text, "public": isinstance(text, PublicText)}


def written_fields(effect: Effect) -> Fields:
    """Give what a record holds once the effect is made on it, as far as the effect says."""
    if isinstance(effect, CreateRecord | UpdateRecord):
        return effect.fields
    if isinstance(effect, AddComment | EditComment):
        return text_fields(effect.text)
    return {}


def command_for(turn: Working, plugin: str, want: Want) -> Command | None:
    """Make the command of a want; None if there is nothing to do, which is then noted."""
    key = _key(turn, want.connector, want.part, f"{type(want.effect).__name__}|{want.once}")
    known = turn.links.get((want.connector, want.part))
    part, effect = want.part, want.effect
    mapped: Fields = {}
    if isinstance(effect, CreateRecord):
        if known is not None and not known.gone:
            turn.note(plugin, f"{part} exists already in {want.connector}", want.why)
            return None
        mapped = _mapped(turn, effect, want.connector)
        effect = CreateRecord(kind=effect.kind, fields={**mapped, **effect.fields})
        _expect(turn, want.connector, part, effect.kind, effect.fields)
    elif isinstance(effect, EditComment):
        if known is None:
            turn.note(plugin, f"{part} is not in {want.connector}", want.why)
            return None
        turn.put(commanded(known, text_fields(effect.text)))
    elif not isinstance(effect, UpdateRecord):
        part = part if known is None else f"{part}#{key[:8]}"
        text = effect.text if isinstance(effect, AddComment) else None
        _expect(turn, want.connector, part, "", text_fields(text))
    return Command(
        key=key,
        item_id=turn.item.id,
        connector=want.connector,
        part=part,
        effect=effect,
        parent_part=want.parent_part,
        then=want.then,
        mapped=tuple(mapped),
        why=want.why,
    )


def made_anew(turn: Working, command: Command) -> Command:
    """Give a command whose record could not be made, as item and map are now; its key stays.

    What the rule itself gave stays as well: only the mapped fields follow the item.
    """
    effect = command.effect
    if not isinstance(effect, CreateRecord):
        raise InvariantError(f"{command.key} makes no record")
    given = {n: value for n, value in effect.fields.items() if n not in command.mapped}
    effect = CreateRecord(kind=effect.kind, fields=given)
    mapped = _mapped(turn, effect, command.connector)
    effect = CreateRecord(kind=effect.kind, fields={**mapped, **given})
    known = turn.links.get((command.connector, command.part))
    if known is None or not known.record_id:
        _expect(turn, command.connector, command.part, effect.kind, effect.fields)
    return replace(command, effect=effect, mapped=tuple(mapped))


def _mapped(turn: Working, effect: CreateRecord, connector: str) -> Fields:
    """Give the fields that follow from the item; what the rule itself gives comes before them."""
    record = turn.maps.get((connector, effect.kind))
    mapped = outbound_fields(record, turn.item.fields) if record else {}
    return {
        name: value
        for name, value in mapped.items()
        if name not in effect.fields and normal(value) is not None
    }


def _expect(turn: Working, connector: str, part: str, kind: str, pending: Fields) -> None:
    item = turn.item.id
    turn.put(Link(item_id=item, connector=connector, part=part, kind=kind, pending=pending))


def update_for(turn: Working, link: Link) -> Command | None:
    """Make the command that brings a linked record up to the item; None if they agree."""
    record = turn.maps.get((link.connector, link.kind))
    if record is None or link.gone:
        return None
    forced = turn.forced.get((link.connector, link.part), frozenset())
    fields = outgoing(record, link, turn.item.fields, forced, turn.touched)
    if not fields:
        return None
    turn.put(commanded(link, fields))
    return Command(
        key=_key(turn, link.connector, link.part, "sync"),
        item_id=turn.item.id,
        connector=link.connector,
        part=link.part,
        effect=UpdateRecord(fields=fields),
        why=Why(plugin="hub.merge", rule="the record follows the item"),
    )


def _key(turn: Working, connector: str, part: str, what: str) -> str:
    cause = f"{turn.change.ref}|{turn.change.version}"
    return idempotency_key(turn.item.id, connector, part, cause, what)
