"""The tables. Instants are microseconds since 1970 in UTC, JSON is text, states are numbers."""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)

SHARDS: Final = 64
"""Items and their effects are hashed to this many shards, the unit that a worker locks."""

metadata: Final = MetaData()

_serial: Final = BigInteger().with_variant(Integer(), "sqlite")


class InboxState(IntEnum):
    """How far a change has come."""

    NEW = 0
    DONE = 1
    DEAD = 2


class OutboxState(IntEnum):
    """How far an effect has come; up to TRYING it is open."""

    WANTED = 0
    TRYING = 1
    DONE = 2
    DEAD = 3
    SUPERSEDED = 4
    HELD = 5
    UNCERTAIN = 6


inbox: Final = Table(
    "inbox",
    metadata,
    Column("seq", _serial, primary_key=True, autoincrement=True),
    Column("connector", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("shard", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("payload", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    Column("item_id", Text),
    Column("outcome", Text),
    Column("waits_for", Text),
    UniqueConstraint("record_id", "version", "kind", "connector"),
    Index("inbox_new", "seq", sqlite_where=text("state = 0"), postgresql_where=text("state = 0")),
    Index(
        "inbox_waits_for",
        "waits_for",
        sqlite_where=text("waits_for IS NOT NULL"),
        postgresql_where=text("waits_for IS NOT NULL"),
    ),
    Index(
        "inbox_item",
        "item_id",
        sqlite_where=text("item_id IS NOT NULL"),
        postgresql_where=text("item_id IS NOT NULL"),
    ),
)

items: Final = Table(
    "items",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("shard", SmallInteger, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("fields", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    Column("customer", Text),
    Index(
        "items_customer",
        "customer",
        "opened_at",
        sqlite_where=text("customer IS NOT NULL"),
        postgresql_where=text("customer IS NOT NULL"),
    ),
)
"""`customer` is the key of whom an item is open for; what is closed has none."""

files: Final = Table(
    "files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("media_type", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("received_at", BigInteger, nullable=False),
)
"""What customers handed in with a form, until it stands in a system."""

links: Final = Table(
    "links",
    metadata,
    Column("item_id", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record_id", Text),
    Column("shard", SmallInteger, nullable=False),
    Column("shadow", Text, nullable=False),
    Column("pending", Text, nullable=False),
    Column("overtaken", Text, nullable=False),
    Column("at", BigInteger),
    Column("written_at", BigInteger),
    Column("gone", SmallInteger, nullable=False),
    PrimaryKeyConstraint("item_id", "connector", "part"),
    Index(
        "links_record",
        "record_id",
        "kind",
        "connector",
        unique=True,
        sqlite_where=text("record_id IS NOT NULL"),
        postgresql_where=text("record_id IS NOT NULL"),
    ),
)

aliases: Final = Table(
    "aliases",
    metadata,
    Column("key", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    PrimaryKeyConstraint("key", "connector", "kind", "record_id"),
)

records: Final = Table(
    "records",
    metadata,
    Column("record_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("at", BigInteger),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("record_id", "kind", "connector"),
)

timers: Final = Table(
    "timers",
    metadata,
    Column("item_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    PrimaryKeyConstraint("item_id", "name"),
    Index("timers_due", "due_at"),
)

commands: Final = Table(
    "commands",
    metadata,
    Column("key", Text, primary_key=True),
    Column("payload", Text, nullable=False),
)
"""What the outbox's entries ask for. It stands apart, for an entry's state is written several times
and what it asks for once."""

outbox: Final = Table(
    "outbox",
    metadata,
    Column("seq", _serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("item_id", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("shard", SmallInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("tried_at", BigInteger),
    Column("done_at", BigInteger),
    Column("receipt", Text),
    Column("cause", Text),
    Index(
        "outbox_open",
        "connector",
        "seq",
        sqlite_where=text("state <= 1"),
        postgresql_where=text("state <= 1"),
    ),
    Index(
        "outbox_waiting",
        "connector",
        "due_at",
        sqlite_where=text("state <= 1 AND due_at IS NOT NULL"),
        postgresql_where=text("state <= 1 AND due_at IS NOT NULL"),
    ),
    Index(
        "outbox_held",
        "connector",
        sqlite_where=text("state = 5"),
        postgresql_where=text("state = 5"),
    ),
    Index("outbox_item", "item_id"),
)

cursors: Final = Table(
    "cursors",
    metadata,
    Column("connector", Text, primary_key=True),
    Column("cursor", Text, nullable=False),
    Column("moved_at", BigInteger, nullable=False),
    Column("complete_at", BigInteger),
)

fetches: Final = Table(
    "fetches",
    metadata,
    Column("connector", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record_id", Text, nullable=False),
    Column("wanted_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("connector", "kind", "record_id"),
)

journal: Final = Table(
    "journal",
    metadata,
    Column("chain", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("entry", Text, nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("chain", "seq"),
    Index("journal_item", "item_id"),
)

chains: Final = Table(
    "chains",
    metadata,
    Column("chain", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
)

dead_letters: Final = Table(
    "dead_letters",
    metadata,
    Column("id", _serial, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("item_id", Text, nullable=False),
    Column("source_seq", BigInteger),
    Column("code", Text, nullable=False),
    Column("cause", Text, nullable=False),
    Column("remedy", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("settled_at", BigInteger),
    Index("dead_letters_state", "state", "id"),
)

workload: Final = Table(
    "workload",
    metadata,
    Column("person", Text, primary_key=True),
    Column("open_items", Integer, nullable=False),
    Column("turn", BigInteger, nullable=False),
)
"""How many open cases everybody has, and the number of the last one they were given."""

handbooks: Final = Table(
    "handbooks",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("files", Text, nullable=False),
)
"""The texts of each handbook that was ever in force: what was decided by it can be explained."""

shards: Final = Table("shards", metadata, Column("shard", SmallInteger, primary_key=True))

IS_NEW: Final = inbox.c.state == literal_column("0")
IS_OPEN: Final = outbox.c.state <= literal_column("1")
IS_HELD: Final = outbox.c.state == literal_column("5")
"""Written out, not bound: the partial indexes are used only where the planner sees the value."""
