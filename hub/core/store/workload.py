"""What every person has to do: kept with the items' own transactions, and so never astray.

The row of nobody holds the number of the last turn. Who gives a case to somebody locks it first:
so turns are taken one after the other, by however many processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, select, update

from hub.core.store.schema import workload
from hub.models import Item, Workload

NOBODY: Final = ""
_UPSERT: Final = (
    "INSERT INTO workload (person, open_items, turn) {values} ON CONFLICT (person) DO UPDATE SET "
    "open_items = workload.open_items + excluded.open_items, turn = CASE WHEN excluded.turn > "
    "workload.turn THEN excluded.turn ELSE workload.turn END"
)


class Ledger:
    """The workload as one batch sees and changes it.

    What the batch itself gives out counts at once, and is written when it ends.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: Workload | None = None
        self._more: dict[str, int] = {}
        self._turns: dict[str, int] = {}
        self._last = 0
        self._held = False

    def seen(self, *, hold: bool = False) -> Workload:
        """Give the workload; `hold` keeps others from giving out turns until the batch ends."""
        if self._seen is None or (hold and not self._held):
            self._seen = self._read(hold=hold)
        return self._seen

    def _read(self, *, hold: bool) -> Workload:
        connection = self._connection
        if hold and connection.dialect.name != "sqlite":
            # SQLite has one writer anyway.
            mine = select(workload.c.turn).where(workload.c.person == NOBODY)
            connection.execute(mine.with_for_update())
        self._held = self._held or hold
        rows = connection.execute(select(workload)).all()
        known = {person: (count, turn) for person, count, turn in rows}
        self._last = max(known.pop(NOBODY, (0, 0))[1], self._last)
        people = {*known, *self._more}
        count = {p: known.get(p, (0, 0))[0] + self._more.get(p, 0) for p in people}
        turns = {p: known.get(p, (0, 0))[1] for p in people} | self._turns
        return Workload(open=count, turns=turns)

    def take(self, before: Item | None, after: Item) -> None:
        """Count what an item's change means for who has it, and for who had it."""
        left, worker = before.worker if before else "", after.worker
        if left == worker:
            return
        seen = self.seen()
        for person, step in ((left, -1), (worker, 1)):
            if person:
                self._more[person] = self._more.get(person, 0) + step
                seen.open[person] = seen.open.get(person, 0) + step
        if worker:
            self._last += 1
            self._turns[worker] = seen.turns[worker] = self._last

    def flush(self) -> None:
        """Write what the batch has changed."""
        turned = {NOBODY: 0} if self._turns else {}
        rows = [
            (person, count, self._last if person == NOBODY else self._turns.get(person, 0))
            for person, count in sorted((self._more | turned).items())
        ]
        for person, count, turn in rows:
            self._write(person, count, turn)

    def _write(self, person: str, count: int, turn: int) -> None:
        sqlite = self._connection.dialect.name == "sqlite"
        values = "VALUES (?, ?, ?)" if sqlite else "VALUES (%s, %s, %s)"
        sql = _UPSERT.format(values=values)
        self._connection.exec_driver_sql(sql, (person, count, turn))


def fill(connection: Connection, found: Iterable[Item]) -> None:
    """Count all items anew, in the order given."""
    connection.execute(update(workload).values(open_items=0))
    ledger = Ledger(connection)
    for item in found:
        ledger.take(None, item)
    ledger.flush()
