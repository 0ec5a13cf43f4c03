"""What the tests of `hub.core.process` share: a hub, a case with its issue, the journal's notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def hub(sqlite_hub: Any) -> Any:
    """Run these on SQLite alone: nothing here depends on the database."""
    return sqlite_hub


@pytest.fixture
def twin(hub: Any) -> tuple[str, str]:
    """Give a case and its issue, in step."""
    case = hub.crm.create("case", {"subject": "a", "status": "New"})
    hub.run()
    return case, hub.rnd.all("issue")[0].id


@pytest.fixture
def notes(hub: Any) -> Callable[[], list[str]]:
    """Give why changes without an item were ignored."""

    def read() -> list[str]:
        with hub.session.read() as connection:
            rows = connection.exec_driver_sql("SELECT entry FROM journal WHERE kind = 'change'")
            return [row.entry for row in rows if '"ignored"' in row.entry]

    return read
