"""A modelled external system, in memory: records, comments, mails, and the people who edit them.

It behaves as the real ones do where that matters to the hub: a clock of its own with a
granularity, a search that lags behind what was written, an index of idempotency keys, values
it refuses, records that vanish. Nothing in it is copied deeply: a write replaces, a read shares.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import msgspec

from hub.clock import Clock
from hub.connector import FieldInfo
from hub.errors import InvalidPayloadError, NotFoundError
from hub.models import Fields, Text

MILLISECOND: Final = timedelta(milliseconds=1)
"""The granularity of JIRA's stamps."""

SECOND: Final = timedelta(seconds=1)
"""The granularity of Salesforce's stamps."""

_encode: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of record that a system holds.

    Args:
        name: as in `Ref.kind`.
        fields: the fields it knows; a write to another is refused. Empty: anything goes.
        defaults: values of a new record.
        comments: the kind of the comments under it; empty for none.
        reference: its records are for looking up.
        number: the field that gets a running number, and its form (`("key", "RND-{}")`).
        aliases: prefix by field: `{"email": "email:"}`.
        mentions: prefix by field; `{}` in it stands for the connector's name.
        derive: computes read-only fields from the others.
    """

    name: str
    fields: tuple[FieldInfo, ...] = ()
    defaults: Fields = field(default_factory=dict)
    comments: str = ""
    reference: bool = False
    number: tuple[str, str] | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)
    mentions: Mapping[str, str] = field(default_factory=dict)
    derive: Callable[[Fields], Fields] | None = None


class Snapshot(msgspec.Struct, kw_only=True, gc=False):
    """A record at one version; `superseded` is the position of the next version in the log."""

    kind: str
    id: str
    position: int
    stamp: datetime
    written_at: datetime
    version: str
    fields: Fields
    text: Text | None = None
    parent: tuple[str, str] | None = None
    gone: bool = False
    key: str = ""
    actor: str = ""
    aliases: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    superseded: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMail:
    """A mail that the system sent; `message_id` is without brackets."""

    key: str
    message_id: str
    to: tuple[str, ...]
    subject: str
    text: Text
    thread: tuple[str, ...]
    automatic: bool
    at: datetime


class MemorySystem:
    """One external system.

    Args:
        clock: the time it lives in.
        kinds: the kinds of records it holds.
        granularity: to what its stamps are rounded down.
        skew: by how much its clock is ahead of the hub's.
        search_lag: how long a write stays invisible to polls and to searches by key.
    """

    def __init__(
        self,
        clock: Clock,
        kinds: Sequence[Kind],
        *,
        granularity: timedelta = MILLISECOND,
        skew: timedelta = timedelta(0),
        search_lag: timedelta = timedelta(0),
    ) -> None:
        self.clock = clock
        self.kinds: Final = {kind.name: kind for kind in kinds}
        self.granularity = granularity
        self.skew = skew
        self.search_lag = search_lag
        self.log: Final[list[Snapshot]] = []
        self.sent: Final[list[SentMail]] = []
        self._records: dict[tuple[str, str], Snapshot] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        self._sent_keys: dict[str, SentMail] = {}
        self._last_number: dict[str, int] = {}
        self._lock = threading.Lock()

    # What people do, and what a connector does for the hub (it alone hands in a key).

    def create(
        self,
        kind: str,
        fields: Fields,
        *,
        text: Text | None = None,
        parent: tuple[str, str] | None = None,
        actor: str = "",
        key: str = "",
        aliases: tuple[str, ...] = (),
        mentions: tuple[str, ...] = (),
    ) -> str:
        """Make a record; give its id. A key known already makes a second record all the same."""
        form = self._kind(kind)
        _refuse_unknown(form, fields)
        with self._lock:
            if parent is not None:
                self._present(*parent)
            number = self._last_number[kind] = self._last_number.get(kind, 0) + 1
            record = str(number + 10000)
            if form.number is not None:
                name, pattern = form.number
                fields = {name: pattern.format(number), **fields}
            self._write(
                form,
                record,
                {**form.defaults, **fields},
                text=text,
                parent=parent,
                key=key,
                actor=actor,
                aliases=aliases,
                mentions=mentions,
            )
            if key:
                self._keys.setdefault(key, (kind, record))
            return record

    def edit(self, kind: str, record: str, fields: Fields, *, actor: str = "") -> Snapshot:
        """Set fields of a record; give its new version."""
        form = self._kind(kind)
        _refuse_unknown(form, fields)
        with self._lock:
            old = self._present(kind, record)
            return self._write(form, record, {**old.fields, **fields}, old=old, actor=actor)

    def comment(self, kind: str, record: str, text: Text, *, actor: str = "", key: str = "") -> str:
        """Add a comment under a record; give the comment's id."""
        comments = self._kind(kind).comments
        if not comments:
            raise InvalidPayloadError(f"a {kind} has no comments")
        return self.create(comments, {}, text=text, parent=(kind, record), actor=actor, key=key)

    def rewrite(self, kind: str, record: str, text: Text, *, actor: str = "") -> Snapshot:
        """Replace a record's text (a comment's, as a rule); give its new version."""
        with self._lock:
            old = self._present(kind, record)
            form = self._kind(kind)
            return self._write(form, record, old.fields, old=old, text=text, actor=actor)

    def delete(self, kind: str, record: str, *, actor: str = "") -> None:
        """Delete a record and the comments under it."""
        with self._lock:
            doomed = [self._present(kind, record)]
            doomed += [s for s in self._live() if s.parent == (kind, record)]
            for old in doomed:
                form = self._kind(old.kind)
                self._write(form, old.id, old.fields, old=old, actor=actor, gone=True)

    def restore(self, kind: str, record: str, *, actor: str = "") -> None:
        """Bring a deleted record back, with the comments that were under it."""
        with self._lock:
            lost = [s for s in self._records.values() if s.gone]
            back = [s for s in lost if (s.kind, s.id) == (kind, record)]
            if not back:
                raise NotFoundError(f"no {kind} {record} was deleted")
            for old in [*back, *(s for s in lost if s.parent == (kind, record))]:
                self._write(self._kind(old.kind), old.id, old.fields, old=old, actor=actor)

    def send(self, mail: SentMail) -> None:
        """Send a mail; the same key twice sends it twice."""
        with self._lock:
            self.sent.append(mail)
            self._sent_keys.setdefault(mail.key, mail)

    # What can be read.

    def get(self, kind: str, record: str) -> Snapshot | None:
        """Give a record as it is now; None if it never was, a snapshot that is `gone` if it was."""
        return self._records.get((kind, record))

    def gone(self, kind: str) -> list[Snapshot]:
        """Give all records of a kind that were deleted, oldest first."""
        return [s for s in self._records.values() if s.gone and s.kind == kind]

    def all(self, kind: str) -> list[Snapshot]:
        """Give all records of a kind that exist, oldest first."""
        return [snapshot for snapshot in self._live() if snapshot.kind == kind]

    def comments(self, kind: str, record: str) -> list[Snapshot]:
        """Give the comments under a record, oldest first."""
        return [snapshot for snapshot in self._live() if snapshot.parent == (kind, record)]

    def by_key(self, key: str) -> Snapshot | None:
        """Give the record made under an idempotency key, if the search shows it yet."""
        place = self._keys.get(key)
        if place is None:
            return None
        snapshot = self._records[place]
        return snapshot if self._first_position(snapshot) <= self.horizon() else None

    def sent_by_key(self, key: str) -> SentMail | None:
        """Give the mail sent under an idempotency key."""
        return self._sent_keys.get(key)

    def horizon(self) -> int:
        """Give the position up to which the search shows what was written."""
        position = len(self.log)
        if self.search_lag:
            edge = self.clock.now() - self.search_lag
            while position and self.log[position - 1].written_at > edge:
                position -= 1
        return position

    def _live(self) -> Iterator[Snapshot]:
        return (s for s in list(self._records.values()) if not s.gone)

    def _first_position(self, snapshot: Snapshot) -> int:
        if not self.search_lag:
            return snapshot.position
        place = (snapshot.kind, snapshot.id)
        return next(s.position for s in self.log if (s.kind, s.id) == place)

    def _kind(self, kind: str) -> Kind:
        form = self.kinds.get(kind)
        if form is None:
            raise InvalidPayloadError(f"there is no kind {kind!r} here", field="kind")
        return form

    def _present(self, kind: str, record: str) -> Snapshot:
        snapshot = self._records.get((kind, record))
        if snapshot is None or snapshot.gone:
            raise NotFoundError(f"there is no {kind} {record}")
        return snapshot

    def _write(
        self,
        form: Kind,
        record: str,
        fields: Fields,
        *,
        old: Snapshot | None = None,
        text: Text | None = None,
        parent: tuple[str, str] | None = None,
        gone: bool = False,
        key: str = "",
        actor: str = "",
        aliases: tuple[str, ...] = (),
        mentions: tuple[str, ...] = (),
    ) -> Snapshot:
        if form.derive is not None:
            fields = {**fields, **form.derive(fields)}
        if old is not None:
            text = old.text if text is None else text
            parent, key, aliases, mentions = old.parent, old.key, old.aliases, old.mentions
        now = self.clock.now()
        stamp = self._stamp(now)
        snapshot = Snapshot(
            kind=form.name,
            id=record,
            position=len(self.log) + 1,
            stamp=stamp,
            written_at=now,
            version=_version(stamp, fields, text, gone),
            fields=fields,
            text=text,
            parent=parent,
            gone=gone,
            key=key,
            actor=actor,
            aliases=aliases,
            mentions=mentions,
        )
        if old is not None:
            old.superseded = snapshot.position
        self.log.append(snapshot)
        self._records[form.name, record] = snapshot
        return snapshot

    def _stamp(self, now: datetime) -> datetime:
        stamp = now + self.skew if self.skew else now
        if self.granularity >= SECOND:
            return stamp.replace(microsecond=0)
        step = self.granularity // timedelta(microseconds=1)
        return stamp.replace(microsecond=stamp.microsecond - stamp.microsecond % step)


def _version(stamp: datetime, fields: Fields, text: Text | None, gone: bool) -> str:
    content = zlib.crc32(_encode((fields, text, gone)))
    return f"{stamp.timestamp():.3f}-{content:08x}"


def _refuse_unknown(form: Kind, fields: Fields) -> None:
    if not form.fields:
        return
    known = {info.name: info for info in form.fields}
    for name, value in fields.items():
        info = known.get(name)
        if info is None or not info.writable:
            raise InvalidPayloadError(f"{name} can not be set on a {form.name}", field=name)
        if info.values and value not in (None, "") and value not in info.values:
            raise InvalidPayloadError(f"{value!r} is not a value of {name}", field=name)
