"""Handbooks by which was decided: the one in force, and the older ones that the store keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hub.core.store import handbooks
from hub.errors import ConfigError
from hub.handbook import Handbook
from hub.handbook.load import load_handbook


class Books:
    """Gives handbooks by fingerprint.

    Args:
        connection: a reading transaction on the store.
        present: the handbook in force.
        functions: what its expressions may call besides CEL's own functions.
    """

    def __init__(
        self,
        connection: Connection,
        present: Handbook,
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        self.present = present
        self._connection = connection
        self._functions = functions or {}
        self._known: dict[str, Handbook | None] = {present.fingerprint: present}

    def get(self, fingerprint: str) -> Handbook | None:
        """Give a handbook; None if its texts are not kept, or this version can't read them."""
        if fingerprint not in self._known:
            self._known[fingerprint] = self._load(fingerprint)
        return self._known[fingerprint]

    def _load(self, fingerprint: str) -> Handbook | None:
        kept = handbooks.load(self._connection, fingerprint)
        if kept is None:
            return None
        with tempfile.TemporaryDirectory(prefix="hub-handbook-") as folder:
            for name, text in kept.files.items():
                file = Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            try:
                return load_handbook(Path(folder), functions=self._functions)
            except ConfigError:
                return None
