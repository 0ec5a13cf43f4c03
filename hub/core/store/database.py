"""The database: connections, transactions, and what differs between SQLite and PostgreSQL.

SQLite: WAL, synchronous=FULL, one process, one writer at a time, every writing transaction begun
IMMEDIATE. PostgreSQL: any number of processes; a session keeps its connection, so that the locks
it holds end with it.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError
from sqlalchemy.pool import StaticPool

from hub.core.store.signals import CHANNEL, Signals, listen
from hub.errors import ConfigError, InvariantError, Problem, StoreError

Observer = Callable[[str], None]
Result = TypeVar("Result")

_TRY_AGAIN: Final = frozenset({"40001", "40P01"})
_LOST: Final = ("08", "28", "3D", "53", "57", "58", "XX", "25006")
"""Beginnings of PostgreSQL's states that mean the store: connection, login, no such database,
resources, operator, system, damage, read-only. What else it refuses concerns the rows sent."""


def _unobserved(boundary: str) -> None:
    del boundary


class Database:
    """One store.

    Args:
        url: `sqlite:///path`, `sqlite://` (in memory), or `postgresql+psycopg://…`.
        observer: called at each boundary (`before commit of …`, `after commit of …`); the
            simulator crashes there.
        durable: False gives up durability for speed, for tests alone.
        read_only: have the database itself refuse every write.
    """

    def __init__(
        self,
        url: str,
        *,
        observer: Observer = _unobserved,
        durable: bool = True,
        read_only: bool = False,
    ) -> None:
        self.url: URL = make_url(url)
        self.observer = observer
        self.signals = Signals()
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = threading.RLock()
        self._lock_file: int | None = None
        self.engine = self._make_engine(durable)
        if read_only:
            _forbid_writes(self.engine)

    def _make_engine(self, durable: bool) -> Engine:
        if not self.is_sqlite:
            return sqlalchemy.create_engine(self.url, max_overflow=-1)
        # Each loop keeps a connection, and how many loops there are is the configuration's matter.
        options: dict[str, Any] = {"max_overflow": -1}
        if self.url.database in {None, "", ":memory:"}:
            options = {"poolclass": StaticPool}
        else:
            _make_folder(Path(str(self.url.database)).parent)
        connect = {"check_same_thread": False, "timeout": 30.0}
        engine = sqlalchemy.create_engine(self.url, connect_args=connect, **options)
        _prepare_sqlite(engine, durable=durable)
        return engine

    def session(self) -> Session:
        """Open a session; it belongs to one thread."""
        return Session(self)

    def only_process(self) -> None:
        """Make sure that no other hub runs on this SQLite file; StoreError if one does."""
        if not self.is_sqlite or self.url.database in {None, "", ":memory:"}:
            return
        path = f"{self.url.database}.lock"
        try:
            handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as error:
            raise StoreError(f"{path} can not be written: {error.strerror}") from None
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise StoreError(
                f"another hub already runs on {self.url.database}; stop it, "
                "or use PostgreSQL to run several"
            ) from None
        self._lock_file = handle

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def listen(self, stopping: Callable[[], bool]) -> None:
        """Take in what other processes signal, until stopping; SQLite has no others."""
        if not self.is_sqlite:
            address = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
            listen(address, self.signals, stopping)

    def warnings(self) -> Sequence[str]:
        """Give what an administrator should know of this database."""
        if self.is_sqlite and sqlite3.sqlite_version_info < (3, 51, 3):
            what = f"SQLite {sqlite3.sqlite_version} has a rare fault with several writers"
            return (f"{what}: do not let other programs write to the hub's file",)
        return ()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the process's one right to write (SQLite); nothing on PostgreSQL."""
        if self.is_sqlite:
            with self._writer:
                yield
        else:
            yield


class Session:
    """One connection, kept for as long as its worker lives."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.dropped = False
        self._connection: Connection | None = None
        self._raised: set[str] = set()

    @property
    def connection(self) -> Connection:
        """Give the connection, opened at first use."""
        if self._connection is None:
            with translated():
                self._connection = self.database.engine.connect()
        return self._connection

    @contextmanager
    def write(self, label: str) -> Iterator[Connection]:
        """Run a writing transaction; it is committed at the end, rolled back on any error."""
        database = self.database
        self._refuse_nesting(label)
        self._raised = set()
        with translated(), database.exclusive():
            connection = self.connection
            with connection.begin():
                if database.is_sqlite:
                    connection.exec_driver_sql("BEGIN IMMEDIATE")
                yield connection
                self._notify(connection)
                database.observer(f"before commit of {label}")
            database.observer(f"after commit of {label}")
        database.signals.raise_all(self._raised)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Run a short reading transaction on one snapshot."""
        self._refuse_nesting("read")
        with translated():
            connection = self.connection
            with connection.begin():
                if self.database.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                yield connection

    def _refuse_nesting(self, label: str) -> None:
        if self._connection is not None and self._connection.in_transaction():
            raise InvariantError(f"{label!r} within another transaction of the same session")

    def wake(self, *names: str) -> None:
        """Raise signals when the running transaction is committed."""
        self._raised.update(names)

    def _notify(self, connection: Connection) -> None:
        if self._raised and not self.database.is_sqlite:
            for name in sorted(self._raised):
                connection.exec_driver_sql("SELECT pg_notify(%s, %s)", (CHANNEL, name))

    def close(self) -> None:
        """Give the connection back to the pool; who holds locks drops it instead."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def drop(self) -> None:
        """Close the connection for good, so that nothing of its session survives."""
        self.dropped = True
        if self._connection is not None:
            self._connection.invalidate()
            self.close()


class TryAgainError(Exception):
    """The database gave this transaction up in favour of another; run it again."""


@contextmanager
def translated() -> Iterator[None]:
    """Turn the loss of the store into StoreError, a lost race into TryAgainError."""
    try:
        yield
    except DBAPIError as error:
        state = getattr(error.orig, "sqlstate", None)
        if state in _TRY_AGAIN:
            raise TryAgainError(state) from error
        if error.connection_invalidated or _means_the_store(error, state):
            raise StoreError(f"the store fails: {error.orig}") from error
        raise


def _means_the_store(error: DBAPIError, state: str | None) -> bool:
    if state is not None:
        return state.startswith(_LOST)
    # A plain DatabaseError is SQLite's word for a file that is damaged or no database at all.
    return isinstance(error, OperationalError) or type(error) is DatabaseError


def again(work: Callable[[], Result], tries: int = 10) -> Result:
    """Run a transaction, again where it lost a race."""
    for _ in range(tries - 1):
        try:
            return work()
        except TryAgainError:
            continue
    return work()


def check_url(text: str, file: str, line: int) -> None:
    """Refuse a store URL that the hub can not use, as a configuration problem."""
    try:
        backend = make_url(text).get_backend_name()
    except sqlalchemy.exc.ArgumentError:
        backend = ""
    if backend not in {"sqlite", "postgresql"}:
        remedy = "use sqlite:///var/hub.db or postgresql+psycopg://user@host/database"
        raise ConfigError([Problem(file, line, "store.url names no database we know", remedy)])


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the folder {folder} can not be made: {error.strerror}") from None


def _forbid_writes(engine: Engine) -> None:
    sqlite = engine.dialect.name == "sqlite"
    statement = "PRAGMA query_only=ON" if sqlite else "SET default_transaction_read_only = on"

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, record: object) -> None:
        del record
        cursor = connection.cursor()
        cursor.execute(statement)
        cursor.close()
        if not sqlite:
            connection.commit()


def _prepare_sqlite(engine: Engine, *, durable: bool) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, record: object) -> None:
        del record
        connection.isolation_level = None  # TRAPS D1: we begin transactions ourselves
        cursor = connection.cursor()
        cursor.execute("PRAGMA page_size=8192")  # of a new file; most rows are of 1 KB
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")
        cursor.execute("PRAGMA busy_timeout=30000")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA mmap_size=0")
        cursor.execute("PRAGMA wal_autocheckpoint=4000")  # 32 MB: a batch writes several
        cursor.execute("PRAGMA cache_size=-16000")
        cursor.close()
