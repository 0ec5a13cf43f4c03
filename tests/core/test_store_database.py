"""Transactions, their boundaries, what is lost with the store, and who may write."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from hub.core.store import Database, Locks, Session, TryAgainError, again, migrate, schema, upgrade
from hub.core.store.database import check_url
from hub.errors import ConfigError, InvariantError, StoreError

SHARD = "UPDATE shards SET shard = shard WHERE shard = {}"


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    """Give a database without tables."""
    if request.param == "sqlite":
        made = Database(f"sqlite:///{tmp_path}/new/hub.db", durable=False)
    else:
        made = Database(request.getfixturevalue("empty_postgres_url"))
    yield made
    made.close()


def test_upgrading_twice_is_upgrading_once(empty: Database) -> None:
    """The second time there is nothing to do."""
    assert migrate.current(empty) is None
    assert upgrade(empty) == upgrade(empty) == migrate.head() == migrate.current(empty)
    with empty.session().read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM shards").scalar() == schema.SHARDS


def test_the_newest_revision_makes_the_tables_of_the_schema(empty: Database) -> None:
    """Whoever changes the one must change the other."""
    upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, schema.metadata) == []


def test_a_store_of_a_newer_hub_is_refused(database: Database) -> None:
    """An older hub would not know what it writes into."""
    session = database.session()
    with session.write("test") as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    session.close()
    with pytest.raises(StoreError, match="newer"):
        upgrade(database)


UPGRADE = """
import sys
from hub.core.store import Database, upgrade
upgrade(Database(sys.argv[1]))
"""


def test_processes_that_upgrade_at_once_do_not_collide(empty_postgres_url: str) -> None:
    """The second waits for the first and finds all done."""
    command = [sys.executable, "-c", UPGRADE, empty_postgres_url]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [0, 0, 0] == [process.wait(60) for process in processes]


def fail_half_way(session: Session) -> None:
    """Write something, raise a signal, then be refused."""
    with session.write("test") as connection:
        connection.exec_driver_sql("INSERT INTO cursors VALUES ('crm', 'a', 1, NULL)")
        session.wake("inbox")
        connection.exec_driver_sql("INSERT INTO shards VALUES (1)")


def test_a_failed_transaction_leaves_nothing_and_wakes_nobody(database: Database) -> None:
    """Rows and signals go together."""
    session = database.session()
    with pytest.raises(IntegrityError):
        fail_half_way(session)
    with session.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM cursors").scalar() == 0
    assert database.signals.count("inbox") == 0
    with session.write("test"):
        session.wake("inbox", "inbox", "other")
    assert (database.signals.count("inbox"), database.signals.count("other")) == (1, 1)
    session.close()


def test_a_transaction_within_a_transaction_is_a_bug_that_is_told(database: Database) -> None:
    """It must not take the outer one's signals with it."""
    session = database.session()
    with session.write("outer"):
        session.wake("inbox")
        with pytest.raises(InvariantError, match="inner"), session.write("inner"):
            pass
        with pytest.raises(InvariantError), session.read():
            pass
    assert database.signals.count("inbox") == 1
    session.close()


def test_the_observer_stands_at_both_sides_of_each_commit(database_url: str) -> None:
    """The simulator crashes there."""
    seen: list[str] = []
    database = Database(database_url, observer=seen.append, durable=False)
    session = database.session()
    with session.write("test"):
        assert seen == []
    session.close()
    database.close()
    assert seen == ["before commit of test", "after commit of test"]


def test_as_many_sessions_as_workers_may_be_open(database: Database) -> None:
    """A hub with many connectors has a connection for each loop."""
    sessions = [database.session() for _ in range(40)]
    for session in sessions:
        with session.read() as connection:
            assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    for session in sessions:
        session.close()


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense", "sqlite", "oracle://a"])
def test_a_url_that_names_no_store_is_a_defect_of_the_configuration(url: str) -> None:
    """With file and line."""
    with pytest.raises(ConfigError, match=r"hub\.yaml:7"):
        check_url(url, "hub.yaml", 7)
    check_url("sqlite:///x.db", "hub.yaml", 7)
    check_url("postgresql+psycopg://u@h/d", "hub.yaml", 7)


def test_one_sqlite_file_is_for_one_hub(sqlite_url: str) -> None:
    """The second is told so; when the first ends, it may."""
    first, second = Database(sqlite_url), Database(sqlite_url)
    first.only_process()
    with pytest.raises(StoreError, match="another hub already runs"):
        second.only_process()
    first.close()
    second.only_process()
    second.close()


def test_a_folder_that_can_not_be_made_is_told(tmp_path: Any) -> None:
    """An error for people, with the place."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreError, match="can not be made"):
        Database(f"sqlite:///{tmp_path}/file/hub.db")


def test_a_lock_that_can_not_be_written_is_told(sqlite_url: str) -> None:
    """So it is where the store lies on what can only be read."""
    Path(f"{make_url(sqlite_url).database}.lock").mkdir(parents=True)
    database = Database(sqlite_url)

    with pytest.raises(StoreError, match=r"\.lock can not be written"):
        database.only_process()
    database.close()


def test_a_sqlite_write_is_synchronous_and_in_wal(sqlite_url: str) -> None:
    """What is committed survives the power cut."""
    database = Database(sqlite_url)
    session = database.session()
    with session.read() as connection:
        asked = [f"PRAGMA {n}" for n in ("journal_mode", "synchronous", "foreign_keys")]
        assert [connection.exec_driver_sql(a).scalar() for a in asked] == ["wal", 2, 1]
    session.close()
    database.close()


def test_a_full_disk_is_told_and_survived(sqlite_url: str) -> None:
    """The error is precise; with space again all goes on, and nothing that stood is lost."""
    database = Database(sqlite_url, durable=False)
    session = database.session()
    insert = "INSERT INTO cursors VALUES (?, ?, 1, NULL)"
    with session.write("test") as connection:
        connection.exec_driver_sql(insert, ("kept", "a"))
    with session.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match="full"), session.write("test") as connection:
        connection.exec_driver_sql(insert, ("big", "x" * 10_000_000))
    with session.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 100000000")
    with session.write("test") as connection:
        connection.exec_driver_sql(insert, ("big", "y"))
    with session.read() as connection:
        rows = connection.exec_driver_sql("SELECT connector FROM cursors ORDER BY 1")
        assert [tuple(row) for row in rows] == [("big",), ("kept",)]
    session.close()
    database.close()


def test_a_damaged_file_is_a_loss_of_the_store(sqlite_url: str) -> None:
    """It is told as that, and not as a bug."""
    path = sqlite_url.removeprefix("sqlite:///")
    with open(path, "r+b") as file:  # noqa: PTH123 - the path is of a URL
        file.write(b"garbage garbage garbage")
    with pytest.raises(StoreError):
        upgrade(Database(sqlite_url))


def killed(database: Database, server: str) -> None:
    """End all connections to a database, as a restart of the server does."""
    with psycopg.connect(server, autocommit=True) as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(query, (database.url.database,))


def test_a_lost_connection_is_a_loss_of_the_store(postgres_url: str, postgres_server: str) -> None:
    """The process ends; the next one begins with a new connection."""
    database = Database(postgres_url)
    session = database.session()
    with session.read():
        pass
    killed(database, postgres_server)
    with pytest.raises(StoreError), session.write("test") as connection:
        connection.exec_driver_sql(SHARD.format(1))
    session.drop()
    with session.write("test") as connection:
        connection.exec_driver_sql(SHARD.format(1))
    session.close()
    database.close()


def test_an_unreachable_store_is_a_loss_of_the_store(tmp_path: Any) -> None:
    """The address is wrong, or nobody listens."""
    database = Database(f"postgresql+psycopg://u@/d?host={tmp_path}")
    with pytest.raises(StoreError), database.session().read():
        pass
    with pytest.raises(StoreError):
        upgrade(database)


def test_what_one_row_does_wrong_is_no_loss_of_the_store(database: Database) -> None:
    """A value that the database refuses concerns who sent it."""
    session = database.session()
    with pytest.raises(IntegrityError), session.write("test") as connection:
        connection.exec_driver_sql("INSERT INTO shards VALUES (1)")
    session.close()


def test_a_value_too_long_for_an_index_is_no_loss_of_the_store(postgres_url: str) -> None:
    """A stranger's mail must not be able to end the hub."""
    database = Database(postgres_url)
    session = database.session()
    long = "".join(map(str, range(5000)))
    with pytest.raises(DBAPIError), session.write("test") as connection:
        connection.execute(text("INSERT INTO chains VALUES (:x, 1, 'h')"), {"x": long})
    session.close()
    database.close()


def test_a_store_that_became_read_only_is_a_loss_of_the_store(postgres_url: str) -> None:
    """After a fail-over the old address may be a copy that only reads."""
    database = Database(postgres_url)
    session = database.session()
    write = "SET TRANSACTION READ ONLY; " + SHARD.format(1)
    with pytest.raises(StoreError), session.write("test") as connection:
        connection.exec_driver_sql(write)
    session.close()
    database.close()


def test_of_two_transactions_that_wait_for_one_another_one_is_run_again(
    postgres_url: str,
) -> None:
    """A deadlock is a lost race, not a failure."""
    database = Database(postgres_url)
    both = threading.Barrier(2)
    tries: list[int] = []

    def run(first: int, second: int) -> None:
        session = database.session()

        def work() -> None:
            tries.append(first)
            with session.write("test") as connection:
                connection.exec_driver_sql(SHARD.format(first))
                if len(tries) <= 2:
                    both.wait(10)
                connection.exec_driver_sql(SHARD.format(second))

        again(work)
        session.close()

    threads = [threading.Thread(target=run, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    assert len(tries) > 2


def test_a_race_that_is_always_lost_is_not_run_for_ever() -> None:
    """After some tries the caller hears of it."""
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        raise TryAgainError

    with pytest.raises(TryAgainError):
        again(work, tries=4)
    assert len(tries) == 4


def test_a_number_is_held_by_one_at_a_time(database: Database) -> None:
    """Within a process as between them."""
    locks = Locks(database)
    one, two = database.session(), database.session()
    assert locks.claim(one, "lane:crm", [1, 2]) == [1, 2]
    assert locks.claim(two, "lane:crm", [2, 3]) == [3]
    assert locks.claim(two, "lane:rnd", [2]) == [2]
    locks.release(one, "lane:crm", [1, 2])
    assert locks.claim(two, "lane:crm", [1, 2, 3]) == [1, 2]
    one.close()
    two.close()


def test_a_process_that_dies_frees_what_it_held(
    postgres_url: str, postgres_server: str, make_process: Callable[[], Any]
) -> None:
    """Its connection died, and its locks with it."""
    dying, living = make_process(), make_process()
    assert dying.locks.claim(dying.session, "reader:crm", [0]) == [0]
    assert living.locks.claim(living.session, "reader:crm", [0]) == []
    assert dying.database.url == living.database.url
    with dying.session.read() as connection:
        pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    assert living.locks.claim(living.session, "reader:crm", [0]) == [0]


@pytest.fixture
def make_process(postgres_url: str) -> Any:
    """Give a maker of what stands for a process: a database, locks and a session of its own."""
    made: list[Process] = []

    def make() -> Process:
        made.append(Process(Database(postgres_url)))
        return made[-1]

    yield make
    for each in made:
        each.session.drop()
        each.database.close()


class Process:
    """One process's view of the store."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.locks = Locks(database)
        self.session = database.session()


def test_a_commit_in_one_process_wakes_another(make_process: Callable[[], Process]) -> None:
    """By NOTIFY, with the transaction and not before."""
    one, two = make_process(), make_process()
    stop = threading.Event()
    listener = threading.Thread(target=two.database.listen, args=(stop.is_set,))
    seen = two.database.signals.count("inbox")
    listener.start()
    try:
        assert two.database.signals.wait("inbox", seen, 10), "listening wakes everybody first"
        seen = two.database.signals.count("inbox")
        with one.session.write("test"):
            one.session.wake("inbox")
            assert two.database.signals.count("inbox") == seen
        assert two.database.signals.wait("inbox", seen, 10)
    finally:
        stop.set()
        listener.join()


def test_on_sqlite_there_is_nobody_to_listen_to(sqlite_url: str) -> None:
    """It gives up at once."""
    database = Database(sqlite_url)
    database.listen(lambda: False)
    database.close()
