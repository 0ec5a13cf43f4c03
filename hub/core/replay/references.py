"""The reference records as they were at any instant of the record."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime

from hub.core.known import reference
from hub.core.store.codec import decode_change
from hub.core.store.record import Arrived
from hub.models import Record, Ref


class References:
    """Contacts, accounts, users: every version that was taken in, and since when it held."""

    def __init__(self, arrived: Iterable[Arrived]) -> None:
        self._since: dict[Ref, list[datetime]] = {}
        self._versions: dict[Ref, list[Record]] = {}
        self._named: dict[str, dict[Ref, None]] = {}
        newest: dict[Ref, datetime] = {}
        for row in arrived:
            change = decode_change(row.payload)
            before = newest.get(change.ref)
            if before is not None and change.at is not None and change.at < before:
                continue
            if change.at is not None:
                newest[change.ref] = change.at
            self._since.setdefault(change.ref, []).append(row.done_at)
            self._versions.setdefault(change.ref, []).append(reference(change))
            for key in change.aliases:
                self._named.setdefault(key, {})[change.ref] = None

    def record(self, ref: Ref, at: datetime) -> Record | None:
        """Give a record as it was known at an instant."""
        since = self._since.get(ref)
        if since is None:
            return None
        place = bisect_right(since, at)
        return self._versions[ref][place - 1] if place else None

    def named(self, key: str, at: datetime) -> list[Ref]:
        """Give the records that went by a key at an instant."""
        return [
            ref
            for ref in self._named.get(key, ())
            if (record := self.record(ref, at)) is not None and key in record.aliases
        ]
