"""Who may do what: lanes of effects, and the one poller of each connector.

On PostgreSQL these are session locks: a process that dies frees what it held because its
connection died. On SQLite there is one process, and a set in memory does.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from zlib import crc32

from hub.core.store.database import Database, Session


class Locks:
    """The exclusive rights of this process's workers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mutex = threading.Lock()
        self._held: dict[tuple[str, int], Session] = {}

    def claim(self, session: Session, space: str, numbers: Sequence[int]) -> list[int]:
        """Take those of the numbers in a space that nobody holds.

        What a session held that was dropped is free: on PostgreSQL its locks ended with it.
        """
        with self._mutex:
            free = [n for n in numbers if self._is_free((space, n))]
            self._held.update({(space, n): session for n in free})
        if self._database.is_sqlite or not free:
            return free
        try:
            taken = _claim_in_database(session, space, free)
        except BaseException:
            self._forget(space, free)
            raise
        self._forget(space, [n for n in free if n not in taken])
        return taken

    def release(self, session: Session, space: str, numbers: Sequence[int]) -> None:
        """Give numbers back."""
        try:
            if not self._database.is_sqlite and numbers:
                with session.read() as connection:
                    connection.exec_driver_sql(
                        "SELECT pg_advisory_unlock(%s, n) FROM unnest(%s::int[]) AS n",
                        (_signed(space), list(numbers)),
                    )
        finally:
            self._forget(space, numbers)

    def _is_free(self, right: tuple[str, int]) -> bool:
        holder = self._held.get(right)
        return holder is None or holder.dropped

    def _forget(self, space: str, numbers: Sequence[int]) -> None:
        with self._mutex:
            for number in numbers:
                self._held.pop((space, number), None)


def _claim_in_database(session: Session, space: str, numbers: Sequence[int]) -> list[int]:
    with session.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT n FROM unnest(%s::int[]) AS n WHERE pg_try_advisory_lock(%s, n)",
            (list(numbers), _signed(space)),
        )
        return [int(row[0]) for row in rows]


def _signed(space: str) -> int:
    return crc32(space.encode()) - 2**31
