"""Many rows in one statement, fast on both databases.

SQLite takes some tens of rows in one VALUES list: with one row at a time the interpreter's lock
would change hands at each. PostgreSQL takes all rows as one JSON text, which costs the client a
quarter of what arrays do. The statements are made once for each shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from itertools import chain
from typing import Any, Final, TypeAlias

from msgspec import json
from sqlalchemy import BigInteger, Connection, Integer, SmallInteger, Table
from sqlalchemy.dialects import postgresql

Row: TypeAlias = tuple[object, ...]

AT_ONCE: Final = 50
"""So many rows go into one of SQLite's statements; what is left over goes row by row, so that two
statements of each shape are all that there are."""


def insert_rows(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Row],
    *,
    skip_existing: bool = False,
) -> int:
    """Insert rows; give how many are new. With `skip_existing` those already there are left."""
    if not rows:
        return 0
    return _run(connection, partial(_insert_sql, table, columns, skip_existing), columns, rows)


def upsert_rows(
    connection: Connection,
    table: Table,
    keys: tuple[str, ...],
    values: tuple[str, ...],
    rows: Sequence[Row],
) -> None:
    """Insert rows, or overwrite `values` where `keys` exist. Columns come as keys, then values."""
    if rows:
        _run(connection, partial(_upsert_sql, table, keys, values), (*keys, *values), rows)


def update_rows(
    connection: Connection,
    table: Table,
    keys: tuple[str, ...],
    values: tuple[str, ...],
    rows: Sequence[Row],
) -> int:
    """Set `values` of the rows with these `keys`. Columns come as values, then keys."""
    if not rows:
        return 0
    return _run(connection, partial(_update_sql, table, keys, values), (*values, *keys), rows)


def select_in(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    column: str,
    values: Iterable[str],
    suffix: str = "",
    *,
    also: tuple[str, str] | None = None,
) -> Sequence[tuple[Any, ...]]:
    """Read the rows whose `column` is one of many texts; `suffix` is more of the statement.

    The values travel as one array, so that the statement is the same for any number of them.
    `also` is another column with the one text that it must hold.
    """
    wanted = list(values)
    if not wanted:
        return ()
    dialect = connection.dialect.name
    sql = _select_sql(dialect, table, columns, column, also[0] if also else "", suffix)
    parameter = json.encode(wanted).decode() if dialect == "sqlite" else _array(wanted)
    parameters = (parameter, also[1]) if also else (parameter,)
    rows: Sequence[Any] = connection.exec_driver_sql(sql, parameters).fetchall()
    return rows


@lru_cache(maxsize=256)
def _select_sql(
    dialect: str, table: Table, columns: tuple[str, ...], column: str, also: str, suffix: str
) -> str:
    sqlite = dialect == "sqlite"
    several = "IN (SELECT value FROM json_each(?))" if sqlite else "= ANY(%s::text[])"
    one = f"AND {also} = {'?' if sqlite else '%s'}" if also else ""
    source = f"FROM {table.name} WHERE {column} {several} {one} {suffix}"
    return f"SELECT {', '.join(columns)} {source}"


def _array(texts: Sequence[str]) -> str:
    """Give an array of texts as PostgreSQL writes it."""
    escaped = [text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]
    return f"""{{{",".join([f'"{text}"' for text in escaped])}}}"""


def _run(
    connection: Connection,
    statement: Callable[[str, int], str],
    columns: tuple[str, ...],
    rows: Sequence[Row],
) -> int:
    """Run a statement, which is made for a dialect and a number of rows, over all rows."""
    if connection.dialect.name != "sqlite":
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        parameters = (json.encode(records).decode(),)
        return connection.exec_driver_sql(statement("postgresql", 0), parameters).rowcount
    count, whole = 0, len(rows) - len(rows) % AT_ONCE
    for start in range(0, whole, AT_ONCE):
        values = tuple(chain.from_iterable(rows[start : start + AT_ONCE]))
        count += connection.exec_driver_sql(statement("sqlite", AT_ONCE), values).rowcount
    if rest := list(rows[whole:]):
        count += connection.exec_driver_sql(statement("sqlite", 1), rest).rowcount
    return count


@lru_cache(maxsize=256)
def _insert_sql(
    table: Table, columns: tuple[str, ...], skip: bool, dialect: str, count: int
) -> str:
    head = f"INSERT INTO {table.name} ({', '.join(columns)}) "
    source = _source(dialect, table, columns, count)
    return head + source + (" ON CONFLICT DO NOTHING" if skip else "")


@lru_cache(maxsize=256)
def _upsert_sql(
    table: Table, keys: tuple[str, ...], values: tuple[str, ...], dialect: str, count: int
) -> str:
    columns = (*keys, *values)
    source = _source(dialect, table, columns, count)
    head = f"INSERT INTO {table.name} ({', '.join(columns)}) {source}"
    assignments = ", ".join(f"{name} = excluded.{name}" for name in values)
    return f"{head} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {assignments}"


@lru_cache(maxsize=256)
def _update_sql(
    table: Table, keys: tuple[str, ...], values: tuple[str, ...], dialect: str, count: int
) -> str:
    columns = (*values, *keys)
    names = columns
    source = _records(table, columns)
    if dialect == "sqlite":
        names = tuple(f"column{number}" for number, _ in enumerate(columns, 1))
        source = f"({_values(columns, count)}) AS new"
    new = dict(zip(columns, names, strict=True))
    assignments = ", ".join(f"{name} = new.{new[name]}" for name in values)
    condition = " AND ".join(f"{table.name}.{name} = new.{new[name]}" for name in keys)
    return f"UPDATE {table.name} SET {assignments} FROM {source} WHERE {condition}"  # noqa: S608


def _source(dialect: str, table: Table, columns: tuple[str, ...], count: int) -> str:
    if dialect == "sqlite":
        return _values(columns, count)
    # WHERE true keeps ON CONFLICT from being read as part of a join.
    return f"SELECT {', '.join(columns)} FROM {_records(table, columns)} WHERE true"  # noqa: S608


def _values(columns: tuple[str, ...], count: int) -> str:
    row = f"({', '.join('?' for _ in columns)})"
    return f"VALUES {', '.join([row] * count)}"


def _records(table: Table, columns: Iterable[str]) -> str:
    typed = ", ".join(f"{name} {_pg_type(table, name)}" for name in columns)
    return f"json_to_recordset(%s) AS new({typed})"


def _pg_type(table: Table, name: str) -> str:
    kind = table.columns[name].type
    if isinstance(kind, SmallInteger):
        return "smallint"
    if isinstance(kind, BigInteger):
        return "bigint"
    if isinstance(kind, Integer):
        return "integer"
    return str(kind.compile(dialect=postgresql.dialect()))  # type: ignore[no-untyped-call]
