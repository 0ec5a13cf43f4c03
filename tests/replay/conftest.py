"""A department's history in a store of its own, and the handbooks by which it is gone through."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hub.core.plan import read_rulebook
from hub.core.replay import Report, replay
from hub.core.store import Database
from hub.handbook import load_handbook
from hub.testing.history import History

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"


@pytest.fixture
def config(tmp_path: Path, sqlite_url: str) -> Path:
    """Write a configuration of the store, with the shipped handbook; no system can be reached."""
    path = tmp_path / "hub.yaml"
    store = f"store: {{url: '{sqlite_url}'}}"
    systems = {"crm": "crm", "rnd": "jira", "mail": "mail"}
    named = "\n".join(f"  {name}: {{plugin: {plugin}}}" for name, plugin in systems.items())
    text = f"plugins: [crm, jira, mail]\nconnectors:\n{named}\n{store}\nhandbook: {SHIPPED}\n"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def history(sqlite_url: str) -> Iterator[History]:
    """Begin a history under the shipped handbook."""
    database = Database(sqlite_url, durable=False)
    made = History(database, load_handbook(SHIPPED))
    yield made
    made.close()
    database.close()


Change = Callable[..., Path]


@pytest.fixture
def changed(tmp_path: Path) -> Change:
    """Give a maker of handbooks: the shipped one with a piece of a file's text replaced."""

    def make(file: str, old: str, new: str, name: str = "draft") -> Path:
        folder = tmp_path / name
        shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return make


@pytest.fixture
def replayed(config: Path, sqlite_url: str) -> Callable[..., Report]:
    """Go through what is recorded by a handbook."""

    def go(handbook: Path = SHIPPED, **given: object) -> Report:
        database = Database(sqlite_url, read_only=True)
        try:
            return replay(database, config, read_rulebook(config, handbook), **given)  # type: ignore[arg-type]
        finally:
            database.close()

    return go
