"""The files of a handbook as read, before anything refers to anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from hub.errors import InvariantError, Problem
from hub.handbook.shapes import MessagesShape
from hub.settings import Document, Location

Shape = TypeVar("Shape", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Files:
    """Parsed files and their documents (for lines), by path within the handbook."""

    path: Path
    parsed: Mapping[str, BaseModel]
    documents: Mapping[str, Document]

    def get(self, name: str, shape: type[Shape]) -> Shape:
        """Give a parsed file in its shape."""
        value = self.parsed[name]
        if not isinstance(value, shape):
            raise InvariantError(f"{name} was read as {type(value).__name__}")
        return value

    def messages(self) -> Mapping[str, MessagesShape]:
        """Give the files of messages."""
        return {n: value for n, value in self.parsed.items() if isinstance(value, MessagesShape)}

    def problem(self, name: str, at: Location, what: str, remedy: str = "") -> Problem:
        """Make a problem that points at a value of a file."""
        return self.documents[name].problem(at, what, remedy)
