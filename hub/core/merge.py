"""The three-way merge of a record's fields with an item's: pure, over plain values.

The base is the link's shadow: what both sides last agreed on. A field that only they changed is
taken over; one that only we changed is written by `outgoing`; one that both changed is settled by
its policy, or becomes a conflict.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
from msgspec.structs import replace

from hub.models import Conflict, Direction, FieldMap, Fields, Link, Policy, RecordMap, Value
from hub.models.fieldmaps import inward, outward, same

CONFLICTS: Final = "conflicts"
"""The item's field that names fields in conflict, as `connector.field`; they are not written."""


class Merge(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a record's fields.

    `item` are fields to set on the item; `shadow` is the link's new shadow; `forced` are fields of
    the record that have to be written again although the item did not change.
    """

    item: Fields
    shadow: Fields
    forced: frozenset[str] = frozenset()
    conflicts: tuple[Conflict, ...] = ()
    unknown: Fields = {}


def merge(record: RecordMap, link: Link, ours: Fields, theirs: Fields, *, newer: bool) -> Merge:
    """Merge a record's fields into an item's; `newer` says theirs is the later edit."""
    settled: Fields = {}
    shadow = dict(link.shadow)
    forced: set[str] = set()
    conflicts: list[Conflict] = []
    unknown: Fields = {}
    for one in record.fields:
        if one.record not in theirs:
            continue
        value = theirs[one.record]
        base = link.shadow.get(one.record)
        shadow[one.record] = value
        if one.direction is Direction.OUT or same(value, base) or _on_its_way(link, one, value):
            continue
        known, mapped = inward(one, value)
        if not known:
            unknown[one.record] = value
            continue
        current = ours.get(one.item)
        if same(mapped, current) or _says_the_same(one, current, value):
            continue
        if one.direction is Direction.IN or _we_did_not(one, current, base):
            settled[one.item] = mapped
        elif one.policy is Policy.ASK and _marker(link, one) not in _marked(ours):
            conflicts.append(Conflict(field=one.record, shadow=base, ours=current, theirs=value))
        elif one.policy is Policy.OURS or (one.policy is Policy.NEWEST and not newer):
            forced.add(one.record)
        else:
            settled[one.item] = mapped
    return Merge(
        item=settled,
        shadow=shadow,
        forced=frozenset(forced),
        conflicts=tuple(conflicts),
        unknown=unknown,
    )


def _on_its_way(link: Link, one: FieldMap, value: Value) -> bool:
    if one.record in link.pending and same(link.pending[one.record], value):
        return True
    return any(same(older, value) for older in link.overtaken.get(one.record, ()))


def _we_did_not(one: FieldMap, current: Value, base: Value) -> bool:
    if current is None:
        return True
    write, written = outward(one, current)
    return not write or same(written, base)


def _says_the_same(one: FieldMap, current: Value, theirs: Value) -> bool:
    """Say whether the item's value is one of several that the record has one word for."""
    if one.direction is Direction.IN or current is None:
        return False
    write, written = outward(one, current)
    return write and same(written, theirs)


def _marker(link: Link, one: FieldMap) -> str:
    return f"{link.connector}.{one.record}"


def _marked(ours: Fields) -> list[str]:
    marked = ours.get(CONFLICTS)
    return marked if isinstance(marked, list) else []


def marked_conflicts(ours: Fields, link: Link, merged: Merge, theirs: Fields) -> Fields:
    """Give the item's field of conflicts after a merge, if it changes.

    A new conflict is added; a later edit of such a field on the other side settles it.
    """
    before = _marked(ours)
    if not before and not merged.conflicts:
        return {}
    touched = {
        f"{link.connector}.{name}"
        for name, value in theirs.items()
        if not same(value, link.shadow.get(name))
    }
    after = [name for name in before if name not in touched]
    after += [f"{link.connector}.{conflict.field}" for conflict in merged.conflicts]
    return {CONFLICTS: after} if after != before else {}


def commanded(link: Link, fields: Fields) -> Link:
    """Give the link once these fields are commanded.

    What was commanded before and is not yet acknowledged may still be seen: it is `overtaken`.
    """
    overtaken = dict(link.overtaken)
    for name, value in fields.items():
        if name in link.pending and not same(link.pending[name], value):
            overtaken[name] = [*overtaken.get(name, ()), link.pending[name]]
    return replace(link, pending={**link.pending, **fields}, overtaken=overtaken)


def acknowledged(link: Link, written: Fields) -> Link:
    """Give the link once a command of these fields has come to its end: they wait no more."""
    pending = {
        name: value
        for name, value in link.pending.items()
        if name not in written or not same(value, written[name])
    }
    overtaken = {name: older for name, older in link.overtaken.items() if name in pending}
    return replace(link, pending=pending, overtaken=overtaken)


def outgoing(
    record: RecordMap,
    link: Link,
    ours: Fields,
    forced: Collection[str] = (),
    touched: Collection[str] = (),
) -> Fields:
    """Give the fields that have to be written to the record so that it agrees with the item.

    What is on its way already (`pending`) is not written twice, unless it is `forced`. A word of
    the record that means what the item says stays, and so does one that means nothing to us,
    until the item's field is changed (`touched`).
    """
    marked = _marked(ours)
    result: Fields = {}
    for one in record.fields:
        if one.direction is Direction.IN or one.item not in ours:
            continue
        name, mine = one.record, ours[one.item]
        write, value = outward(one, mine)
        if not write or (marked and f"{link.connector}.{name}" in marked):
            continue
        expected = link.pending[name] if name in link.pending else link.shadow.get(name)
        if name in forced:
            result[name] = value
        elif not same(value, expected):
            known, meaning = inward(one, expected)
            stays = same(meaning, mine) if known else one.item not in touched
            if not stays:
                result[name] = value
    return result
