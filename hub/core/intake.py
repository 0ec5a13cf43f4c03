"""Intake: what connectors see goes into the inbox, in one transaction with the cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.clock import Clock
from hub.connector import Connector
from hub.core import log
from hub.core.store import Session, dead, inbox
from hub.core.store.bulk import Row
from hub.core.store.inbox import inbox_row
from hub.errors import AuthenticationError, RetryableError, UnreadableRecordError
from hub.models import Change, Ref, Unreadable

LONGEST_ADDRESS: Final = 2000
"""In bytes: an index of PostgreSQL takes 2,700."""
SHORT: Final = 200
LONG: Final = 8000
FEW: Final = 3
"""So many records may vanish between two rounds without a doubt."""


class Intake:
    """Reads one connector's changes.

    `poll` and `fetch` raise the connector's errors; the cursor then stays where it was, and what
    is wanted stays wanted. A record whose fetch fails for good becomes a dead letter.
    """

    def __init__(self, name: str, connector: Connector, clock: Clock) -> None:
        self.name = name
        self._connector = connector
        self._clock = clock
        self._complete = False

    def poll(self, session: Session) -> tuple[int, bool]:
        """Read one page; give how many changes were new, and whether there is more."""
        with session.read() as connection:
            cursor = inbox.read_cursor(connection, self.name)
        page = self._connector.poll(cursor)
        # More behind a cursor that does not move would be read for ever.
        more = page.more and page.cursor != cursor
        if not page.changes and page.cursor == cursor and self._complete:
            return 0, more
        return self._store(session, page.changes, page.cursor, more=more), more

    def fetch(self, session: Session, limit: int = 50) -> int:
        """Read afresh the records that were asked for; give how many changes were new."""
        with session.read() as connection:
            wanted = inbox.wanted_fetches(connection, self.name, limit)
        if not wanted:
            return 0
        changes = self._fetched([ref for ref, _ in wanted])
        return self._store(session, changes, None, wanted)

    def _fetched(self, refs: Sequence[Ref]) -> list[Change | Unreadable]:
        try:
            return list(self._connector.fetch(refs))
        except (RetryableError, AuthenticationError):
            raise
        except Exception as error:  # noqa: BLE001 - one record at fault must not hide the others
            if len(refs) > 1:
                return [change for ref in refs for change in self._fetched([ref])]
            cause = f"it can not be fetched: {type(error).__name__}: {error}"
            return [Unreadable(ref=refs[0], version="not fetched", cause=cause)]

    def reread(self, session: Session, refs: Sequence[Ref]) -> int:
        """Read linked records afresh though nobody asked; give how many changes were new.

        What can not be read now is none of its business. Where most seem gone at once, a right
        was withdrawn or the wrong system answers: nothing is then taken for deleted.
        """
        changes = [x for x in self._fetched(refs) if isinstance(x, Change)]
        gone = sum(change.gone for change in changes)
        if gone > FEW and gone * 2 > len(changes):
            log.event("round.doubted", connector=self.name, count=gone, of=len(changes))
            changes = [change for change in changes if not change.gone]
        return self._store(session, changes, None) if changes else 0

    def want(self, session: Session, refs: Sequence[Ref]) -> None:
        """Ask that records be read afresh (a webhook named them)."""
        with session.write("fetch wanted") as connection:
            inbox.want_fetch(connection, refs, self._clock.now())
            session.wake(f"fetch:{self.name}")

    def _store(
        self,
        session: Session,
        changes: Sequence[Change | Unreadable],
        cursor: str | None,
        fetched: Sequence[tuple[Ref, int]] = (),
        *,
        more: bool = True,
    ) -> int:
        now = self._clock.now()
        readable, letters = self._sort(changes)
        with session.write("intake") as connection:
            shards = inbox.shards_of_changes(connection, readable)
            rows: list[Row] = []
            for change, shard in zip(readable, shards, strict=True):
                rows.append(inbox_row(change, shard, now))
            added = inbox.add_changes(connection, rows)
            letters = [x for x in letters if inbox.add_unreadable(connection, x[0], now)]
            for _, letter in letters:
                dead.add(connection, letter)
            inbox.fetched(connection, fetched)
            if cursor is not None:
                inbox.move_cursor(connection, self.name, cursor, now)
            if not more and not self._complete:
                inbox.read_completely(connection, self.name, now)
            if added:
                session.wake("inbox")
        self._complete = self._complete or not more
        self._tell(added, len(readable) - added, [letter for _, letter in letters])
        return added

    def _tell(self, added: int, known: int, letters: Sequence[dead.DeadLetter]) -> None:
        if added:
            log.event("inbox.received", connector=self.name, count=added)
        if known:
            log.event("inbox.duplicate", connector=self.name, count=known)
        for letter in letters:
            log.event("inbox.unreadable", connector=self.name, ref=letter.ref, cause=letter.cause)
            dead.tell(letter)

    def _sort(
        self, changes: Sequence[Change | Unreadable]
    ) -> tuple[list[Change], list[tuple[Unreadable, dead.DeadLetter]]]:
        readable: list[Change] = []
        letters: list[tuple[Unreadable, dead.DeadLetter]] = []
        for change in changes:
            problem = change if isinstance(change, Unreadable) else _unstorable(change)
            if problem is None:
                readable.append(change)  # type: ignore[arg-type]
            else:
                clean = _storable(problem)
                letters.append((clean, self._letter(clean)))
        return readable, letters

    def _letter(self, problem: Unreadable) -> dead.DeadLetter:
        return dead.DeadLetter(
            kind="record",
            connector=self.name,
            ref=str(problem.ref),
            item_id="",
            code=UnreadableRecordError.code,
            cause=problem.cause,
            remedy=problem.remedy or "look at it in the system itself; retry reads it again",
            detail=problem.excerpt,
            at=self._clock.now(),
        )


def _unstorable(change: Change) -> Unreadable | None:
    """Say what keeps a change out of the database: a connector let bad values through."""
    try:
        address = inbox_row(change, 0, change.seen_at)[:4]
    except UnicodeEncodeError as error:
        cause = f"its text is not Unicode: {error.reason}"
    except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this change alone
        cause = f"it can not be stored: {type(error).__name__}: {error}"
    else:
        parts = [part for part in address if isinstance(part, str)]
        if len(parts) == len(address) and "\0" not in (text := "".join(parts)):
            if len(text.encode()) <= LONGEST_ADDRESS:
                return None
            cause = f"its address is longer than {LONGEST_ADDRESS} bytes"
        else:
            cause = "its address is no text, or holds a NUL"
    excerpt = repr(change.fields)[:2000]
    return Unreadable(ref=change.ref, version=change.version, cause=cause, excerpt=excerpt)


def _storable(problem: Unreadable) -> Unreadable:
    """Give what is told of an unreadable record in a form that can be stored in any case."""
    ref = Ref(problem.ref.connector, problem.ref.kind, _clean(problem.ref.id, SHORT))
    return Unreadable(
        ref=ref,
        version=_clean(problem.version, SHORT),
        cause=_clean(problem.cause, LONG),
        excerpt=_clean(problem.excerpt, LONG),
        remedy=_clean(problem.remedy, LONG),
    )


def _clean(text: object, longest: int) -> str:
    return str(text)[:longest].encode("utf-8", "replace").decode().replace("\0", "?")
