"""What happened, in order, for as long as it can be replayed."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from hub_crm.sandbox.events import Entry
from hub_crm.sandbox.records import Records
from hub_crm.sandbox.store import Saved

RETENTION: Final = timedelta(hours=72)
_UNTOLD: Final = frozenset(
    {"PushTopic", "StreamingChannel", "CaseHistory", "RecordType", "CaseStatus"}
)


class EventLog:
    """The events that can be replayed; those that are too old, or too many, are forgotten."""

    def __init__(self, records: Records, entries: deque[Entry]) -> None:
        self._records = records
        self._entries = entries

    @property
    def last(self) -> int:
        """Give the id of the newest event, whether it can still be replayed or not."""
        return self._records.numbers.get("replay", 0)

    @property
    def oldest(self) -> int:
        """Give the id behind which all events can be replayed."""
        self._forget()
        return self._entries[0].replay_id - 1 if self._entries else self.last

    def saved(self, log: Sequence[Saved]) -> list[Entry]:
        """Note records that were saved together."""
        transaction = f"{self._records.next_number('transaction'):08x}-0000-4000-8000-000000000000"
        told = [one for one in log if one.name not in _UNTOLD]
        return [
            self._add(saved=one, transaction=transaction, number=number)
            for number, one in enumerate(told, start=1)
        ]

    def pushed(self, channel: str, payload: Any) -> Entry:
        """Note what was pushed to a generic channel."""
        return self._add(channel=channel, payload=payload)

    def gap(self, saved: Saved, kind: str) -> Entry:
        """Note that something happened of which no fields can be told."""
        return self._add(saved=saved, gap=kind, transaction=f"gap-{self.last + 1}")

    def after(self, replay_id: int) -> Iterator[Entry]:
        """Give the events behind an id, oldest first."""
        self._forget()
        return (entry for entry in self._entries if entry.replay_id > replay_id)

    def _add(self, **what: Any) -> Entry:
        number = self._records.next_number("replay")
        entry = Entry(number, self._records.clock.now(), **what)
        self._entries.append(entry)
        return entry

    def _forget(self) -> None:
        since = self._records.clock.now() - RETENTION
        while self._entries and self._entries[0].at < since:
            self._entries.popleft()
