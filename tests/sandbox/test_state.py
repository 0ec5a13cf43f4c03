"""What emulators hold is there again after a restart, if a folder was given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.errors import ConfigError
from hub.sandbox import FaultPlan, SandboxOptions
from hub.testing.stage import Stage


class Shelf:
    """An emulator with a state."""

    name = "shelf"

    def __init__(self) -> None:
        self.faults = FaultPlan()
        self.goods: list[dict[str, Any]] = []

    def start(self) -> Mapping[str, Any]:
        """Say that it runs."""
        return {"url": "http://shelf.invalid"}

    def stop(self) -> None:
        """Forget everything, as a process that ends does."""
        self.goods = []

    def records(self) -> Mapping[str, list[dict[str, Any]]]:
        """Give the goods."""
        return {"goods": self.goods}

    def act(self, action: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        """Take goods in."""
        self.goods.append({action: dict(arguments)})
        return {}

    def dump(self) -> bytes:
        """Give the goods as JSON."""
        return json.dumps(self.goods).encode()

    def load(self, dumped: bytes) -> None:
        """Take what was dumped."""
        self.goods = json.loads(dumped)


def test_what_was_there_is_there_again(tmp_path: Path) -> None:
    """Also a second time."""
    options = SandboxOptions(data=tmp_path / "kept")
    for number in range(2):
        with Stage([Shelf()], options) as stage:
            assert len(stage.records("shelf", "goods")) == number
            stage.act("shelf", "put", number=number)

    with Stage([Shelf()], options) as stage:
        assert stage.records("shelf", "goods") == [{"put": {"number": n}} for n in (0, 1)]


def test_a_file_that_is_no_state_is_named(tmp_path: Path) -> None:
    """And what to do about it."""
    path = tmp_path / "shelf.state"
    path.write_bytes(b"{")

    with (
        pytest.raises(ConfigError, match=r"shelf\.state: can not be read .*\n *remove it"),
        Stage([Shelf()], SandboxOptions(data=tmp_path)),
    ):
        pass

    assert path.read_bytes() == b"{"


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    """Each start begins anew."""
    with Stage([Shelf()]) as stage:
        stage.act("shelf", "put")

    with Stage([Shelf()]) as stage:
        assert stage.records("shelf", "goods") == []
