"""Fixtures: the handbook that ships, and copies of it with one thing broken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.errors import ConfigError, Problem
from hub.handbook import Handbook, load_handbook

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"

Breaker = Callable[..., tuple[Problem, ...]]


@pytest.fixture(scope="session")
def handbook() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(SHIPPED, connectors=["crm", "rnd", "mail"])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Give a copy of the shipped handbook that a test may change."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "handbook"))


@pytest.fixture
def broken(copy: Path) -> Breaker:
    """Give a function that replaces text in a file and gives what the checker says to that."""

    def breaks(file: str, *edits: tuple[str, str], **options: object) -> tuple[Problem, ...]:
        path = copy / file
        text = path.read_text(encoding="utf-8")
        for old, new in edits:
            assert old in text, f"{old!r} is not in {file}: the test has to follow the handbook"
            text = text.replace(old, new, 1)
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_handbook(copy, **options)  # type: ignore[arg-type]
        return caught.value.problems

    return breaks


@pytest.fixture
def line_of(copy: Path) -> Callable[[str, str], int]:
    """Give a function that finds the line on which a text stands first."""

    def find(file: str, text: str) -> int:
        lines = (copy / file).read_text(encoding="utf-8").splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)

    return find
