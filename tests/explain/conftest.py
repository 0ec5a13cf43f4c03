"""A case from Friday afternoon to Monday evening, recorded, and questions about it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hub.core.explain import Books, Explained, WhyNot, answered, explained
from hub.core.store import Database
from hub.handbook import Handbook, load_handbook
from hub.testing.history import History

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
FRIDAY = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
"""Four in the afternoon in Shanghai."""


@pytest.fixture
def book() -> Handbook:
    """Load the shipped handbook."""
    return load_handbook(SHIPPED)


@pytest.fixture
def history(sqlite_url: str, book: Handbook) -> Iterator[History]:
    """Begin a history on a Friday afternoon."""
    database = Database(sqlite_url, durable=False)
    made = History(database, book, FRIDAY)
    yield made
    made.close()
    database.close()


@pytest.fixture
def other_book(tmp_path: Path) -> Handbook:
    """Give a handbook that came into force later: its rows stand at other lines."""
    folder = tmp_path / "later"
    shutil.copytree(SHIPPED, folder)
    for name in ("routing.yaml", "targets.yaml", "intake.yaml"):
        text = (folder / name).read_text(encoding="utf-8")
        text = text.replace("severity: {not: critical}", "severity: urgent")
        (folder / name).write_text(f"# A line more.\n{text}", encoding="utf-8")
    text = (folder / "handbook.yaml").read_text(encoding="utf-8")
    text = text.replace('version: "1.0"', 'version: "2.0"')
    (folder / "handbook.yaml").write_text(text, encoding="utf-8")
    return load_handbook(folder)


@pytest.fixture
def ask(history: History, book: Handbook) -> Callable[..., WhyNot]:
    """Give a way to ask why something did not happen to the case."""

    def put(subject: str, at: str = "", who: str = "", language: str = "en") -> WhyNot:
        with history.session.read() as connection:
            books = Books(connection, book)
            tongue = "zh" if language == "zh" else "en"
            return answered(connection, "00000001", subject, books, tongue, at=at, who=who)  # type: ignore[arg-type]

    return put


@pytest.fixture
def explain(history: History, book: Handbook) -> Callable[..., Explained]:
    """Give a way to have the case explained, with the handbook in force now."""

    def put(present: Handbook = book) -> Explained:
        with history.session.read() as connection:
            return explained(connection, "00000001", Books(connection, present), "en")

    return put
