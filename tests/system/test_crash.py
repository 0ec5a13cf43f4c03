"""Killed at any moment, the hub loses nothing and does nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.testing.crash import Ordeal


def test_a_hub_on_sqlite_that_is_killed_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """Short form: real processes, real servers, faults on."""
    report = Ordeal(tmp_path, kills=6, changes=60, seed=11).run()

    assert report.complaints == ()
    assert report.kills == 6


def test_two_hubs_on_postgresql_that_are_killed_lose_and_double_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    """Two processes share the work; one that is killed frees it."""
    report = Ordeal(tmp_path, store=postgres_url, processes=2, kills=6, changes=60, seed=12).run()

    assert report.complaints == ()
    assert report.kills == 6


@pytest.mark.soak
@pytest.mark.parametrize("seed", [1, 2])
def test_two_hundred_kills_on_sqlite(tmp_path: Path, seed: int) -> None:
    """Long form: two thousand changes."""
    report = Ordeal(tmp_path, kills=200, changes=2000, seed=seed).run()

    assert report.complaints == ()


@pytest.mark.soak
def test_two_hundred_kills_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    """Long form, two processes."""
    ordeal = Ordeal(tmp_path, store=postgres_url, processes=2, kills=200, changes=2000, seed=3)

    report = ordeal.run()

    assert report.complaints == ()
