"""Looks whether an effect was already made: a case by its key, a comment by its mark."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from hub.clock import Clock
from hub.errors import PreconditionFailedError, RetryableError
from hub.models import (
    AddComment,
    Change,
    CreateRecord,
    Delivery,
    EditComment,
    Fields,
    PublicText,
    Receipt,
    Ref,
    Text,
    UpdateRecord,
    Value,
)
from hub.models.fieldmaps import normal
from hub_crm.client import soql
from hub_crm.ids import normal_id
from hub_crm.mapping import to_receipt
from hub_crm.reading import Reader

_IDS: Final = frozenset({"contact", "account"})


class Finder:
    """Finds effects of earlier tries in one organisation."""

    def __init__(self, reader: Reader, key_field: str, clock: Clock, settle_seconds: float) -> None:
        self._reader = reader
        self._key_field = key_field
        self._clock = clock
        self._settle = timedelta(seconds=settle_seconds)

    def find(self, delivery: Delivery) -> Receipt | None:
        """Give the receipt of an effect that was made; None if it certainly was not."""
        effect, target = delivery.effect, delivery.target
        if isinstance(effect, CreateRecord) and effect.kind == "case":
            return self._case(delivery.key)
        if target is None:
            return None
        if isinstance(effect, UpdateRecord):
            return self._updated(target, effect.fields)
        if isinstance(effect, AddComment):
            return self._comment(delivery, target)
        if isinstance(effect, EditComment):
            return self._edited(target, effect.text)
        return None

    def _case(self, key: str) -> Receipt | None:
        condition = soql("{:literal} = {}", self._key_field, key)
        found = [change for change in self._read("case", condition) if change.key == key]
        if len(found) > 1:
            ids = ", ".join(change.ref.id for change in found)
            message = f"several cases carry the key {key}: {ids}"
            raise PreconditionFailedError(message, operation="find")
        return to_receipt(found[0], found=True) if found else None

    def _updated(self, target: Ref, fields: Fields) -> Receipt | None:
        for change in self._read("case", soql("Id = {}", target.id)):
            if all(_same(name, change.fields.get(name), value) for name, value in fields.items()):
                return to_receipt(change, found=True)
        return None

    def _comment(self, delivery: Delivery, target: Ref) -> Receipt | None:
        for change in self._read("case_comment", soql("ParentId = {}", target.id)):
            if change.key == delivery.key:
                return to_receipt(change, found=True)
        tried = delivery.tried_at
        if tried is not None and timedelta(0) <= self._clock.now() - tried < self._settle:
            # The earlier call may still be at work over there, and would not be seen yet.
            message = "the earlier try may not have come to its end"
            raise RetryableError(message, operation="find")
        return None

    def _edited(self, target: Ref, text: Text) -> Receipt | None:
        for change in self._read("case_comment", soql("Id = {}", target.id)):
            same_side = isinstance(change.text, PublicText) is isinstance(text, PublicText)
            if change.text and same_side and normal(change.text.text) == normal(text.text):
                return to_receipt(change, found=True)
        return None

    def _read(self, kind: str, condition: str) -> list[Change]:
        rows = self._reader.rows(kind, condition)
        changes = self._reader.changes(kind, rows, self._clock.now())
        return [c for c in changes if isinstance(c, Change) and not c.gone]


def _same(name: str, found: Value, wanted: Value) -> bool:
    if name in _IDS and isinstance(wanted, str):
        wanted = normal_id(wanted) or wanted
    if name == "owner" and isinstance(wanted, str):
        return normal(str(found or "").lower()) == normal(wanted.lower())
    return bool(normal(found) == normal(wanted))
