"""Fixtures: the shipped handbook, and a week of cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.handbook import Handbook, load_handbook
from hub.reports import Period
from tests.reports.histories import WEEK, History, made_up

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"


@pytest.fixture(scope="session")
def handbook() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(SHIPPED)


@pytest.fixture
def week() -> Period:
    """Give the week that the histories are about."""
    return WEEK


@pytest.fixture
def history(handbook: Handbook) -> History:
    """Give the history of sixty cases."""
    return made_up(handbook, 7, 60)
