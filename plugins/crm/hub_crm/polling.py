"""Reads what changed, by `SystemModstamp` and id, all kinds under one cursor.

A cycle reads every kind from a little before where the last cycle began, page by page, to the
end. It must begin before: stamps count whole seconds, so a record may be saved behind the place
that was read; and a long transaction commits rows with older stamps, so that now and then a
cycle begins minutes before (a sweep). What was given already is not given again, as far as this
process knows; elsewhere its version tells. Within a page what refers is read before what it
refers to, and given after it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

import msgspec

from hub.clock import Clock
from hub.connector import Page
from hub.errors import InvalidPayloadError, RejectedError
from hub.models import Change, Unreadable
from hub_crm.mapping import OBJECT_OF, REFERENCES, moment
from hub_crm.reading import Reader
from hub_crm.settings import CrmSettings

STAGES: Final = (REFERENCES, (*REFERENCES, "case"), (*REFERENCES, "case", "case_comment"))
"""The kinds of a page: comments only when the cases are read, cases only when references are."""
IDLE_STEP: Final = timedelta(seconds=30)


class Cursor(msgspec.Struct, kw_only=True, omit_defaults=True):
    """How far everything was read; stored by the hub as JSON.

    `at` holds each kind's (stamp, id) within the cycle under way, empty between cycles;
    `through` is the server's time at which the last whole cycle began, `swept` that of the last
    which looked back minutes. `number` grows with each page that gave something.
    """

    version: int = 1
    number: int = 0
    at: dict[str, tuple[str, str]] = {}
    stage: int = 2
    began: str = ""
    deep: bool = False
    through: str = ""
    swept: str = ""


class Poller:
    """Reads page after page; called by one thread at a time."""

    def __init__(self, reader: Reader, settings: CrmSettings, clock: Clock) -> None:
        self._reader = reader
        self._settings = settings
        self._clock = clock
        self._issued = ""
        self._pending: dict[str, tuple[str, datetime | None]] = {}
        self._given: dict[str, tuple[str, datetime | None]] = {}

    def poll(self, text: str | None) -> Page:
        """Read one page behind a cursor."""
        self._settle(text)
        seen_at = self._clock.now()
        cursor = _decode(text)
        if not cursor.at:
            self._begin(cursor)
        kinds = STAGES[cursor.stage]
        bodies, server_time = self._read(cursor, kinds)
        if not cursor.began:
            cursor.began = min(server_time or seen_at, seen_at).isoformat()
        changes = self._take(cursor, kinds, bodies, seen_at)
        more = bool(cursor.at)
        fresh = [change for change in changes if self._is_fresh(change)]
        cursor.number += bool(fresh)
        if text and not fresh and not more and self._idles(text, cursor):
            return Page(changes=(), cursor=text)
        self._issued = _encode(cursor)
        return Page(changes=tuple(fresh), cursor=self._issued, more=more)

    def _settle(self, text: str | None) -> None:
        # Only the cursor of a page proves that the hub has stored the page.
        if text is not None and text == self._issued:
            self._given |= self._pending
        else:
            self._given.clear()
        self._pending = {}

    def _begin(self, cursor: Cursor) -> None:
        settings, start = self._settings, ""
        cursor.deep = True
        if cursor.through:
            through = datetime.fromisoformat(cursor.through)
            swept = datetime.fromisoformat(cursor.swept)
            cursor.deep = through - swept >= timedelta(seconds=settings.sweep_seconds)
            back = timedelta(minutes=settings.overlap_minutes)
            recent = timedelta(seconds=settings.recent_seconds)
            start = (through - (max(back, recent) if cursor.deep else recent)).isoformat()
        cursor.stage = 2 if cursor.through else 0
        cursor.began = ""
        since = settings.since.isoformat() if settings.since and not start else start
        cursor.at = {k: (start if k in REFERENCES else since, "") for k in OBJECT_OF}

    def _read(
        self, cursor: Cursor, kinds: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], datetime | None]:
        backwards = list(reversed(kinds))
        for again in (False, True):
            paths = [self._path(kind, cursor.at[kind]) for kind in backwards]
            try:
                bodies, server_time = self._reader.client.batch("poll", paths)
            except InvalidPayloadError:
                # A field was hidden or removed since it was described.
                if again:
                    raise
                self._reader.descriptions.forget()
                continue
            return dict(zip(backwards, bodies, strict=True)), server_time
        raise AssertionError  # pragma: no cover  # the second round returns or raises

    def _path(self, kind: str, at: tuple[str, str]) -> str:
        stamp, last = at
        query = self._reader.select(kind)
        if stamp and last:
            literal = _literal(stamp)
            query += (
                f" WHERE (SystemModstamp > {literal} OR (SystemModstamp = {literal} "
                f"AND Id > '{last}'))"
            )
        elif stamp:
            query += f" WHERE SystemModstamp >= {_literal(stamp)}"
        query += f" ORDER BY SystemModstamp, Id LIMIT {self._settings.page_size}"
        return f"{self._reader.resource(kind)}/?q={quote(query, safe='')}"

    def _take(
        self, cursor: Cursor, kinds: tuple[str, ...], bodies: Mapping[str, Any], seen_at: datetime
    ) -> list[Change | Unreadable]:
        changes: list[Change | Unreadable] = []
        full = False
        for stage, members in enumerate(STAGES):
            for kind in members:
                if kind not in kinds or (stage and kind in STAGES[stage - 1]):
                    continue
                rows = bodies[kind]["records"]
                changes += self._reader.changes(kind, rows, seen_at)
                if rows:
                    cursor.at[kind] = (rows[-1]["SystemModstamp"], rows[-1]["Id"])
                full |= len(rows) >= self._settings.page_size or not bodies[kind]["done"]
            if full:
                cursor.stage = stage
                return changes
        if kinds != STAGES[-1]:
            cursor.stage += 1
        else:
            self._finish(cursor)
        return changes

    def _finish(self, cursor: Cursor) -> None:
        cursor.at = {}
        # A clock that ran back never moves the cursor back.
        cursor.through = max(cursor.through, cursor.began, key=_when)
        if cursor.deep:
            cursor.swept = cursor.through
        cursor.began, cursor.deep = "", False
        back = timedelta(minutes=self._settings.overlap_minutes)
        oldest = datetime.fromisoformat(cursor.through) - back - 2 * IDLE_STEP
        for ref, (_, at) in list(self._given.items()):
            if at is not None and at < oldest:
                del self._given[ref]

    def _is_fresh(self, change: Change | Unreadable) -> bool:
        ref = str(change.ref)
        if self._given.get(ref, ("", None))[0] == change.version:
            return False
        self._pending[ref] = (change.version, change.at if isinstance(change, Change) else None)
        return True

    def _idles(self, text: str, cursor: Cursor) -> bool:
        """Tell whether a cursor that only grew a little older need not be stored anew."""
        before = _decode(text)
        if not before.through or before.at:
            return False
        step = min(IDLE_STEP, timedelta(seconds=max(self._settings.sweep_seconds, 1)))
        idles = _when(cursor.through) - _when(before.through) < step
        if idles:
            self._issued = text
        return idles


def _when(text: str) -> datetime:
    return datetime.fromisoformat(text or "1970-01-01T00:00:00+00:00")


def _literal(stamp: str) -> str:
    when = moment(stamp)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03d}Z"


def _encode(cursor: Cursor) -> str:
    return msgspec.json.encode(cursor).decode()


def _decode(text: str | None) -> Cursor:
    if text is None:
        return Cursor()
    try:
        return msgspec.json.decode(text, type=Cursor)
    except msgspec.MsgspecError as error:
        message = f"the stored cursor can not be read: {error}"
        raise RejectedError(message, operation="poll") from None
