"""Reads a handbook's folder: all files, all defects at once, or a checked `Handbook`."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from hub.errors import ConfigError, Problem
from hub.handbook.build import build_handbook
from hub.handbook.check import check_handbook
from hub.handbook.closingshapes import EndingShape
from hub.handbook.examples import FOLDER
from hub.handbook.files import Files
from hub.handbook.handbook import Handbook
from hub.handbook.reportshapes import ReportsShape
from hub.handbook.rotashapes import AfterHoursShape, RotaShape
from hub.handbook.shapes import (
    AboutShape,
    HandOffShape,
    IntakeShape,
    MessagesShape,
    PeopleShape,
    RoutingShape,
)
from hub.handbook.targetshapes import TargetsShape
from hub.handbook.timeshapes import CalendarsShape
from hub.settings import Document, Location, load_yaml, parse_settings

SHAPES: Final[Mapping[str, type[BaseModel]]] = {
    "handbook.yaml": AboutShape,
    "calendar.yaml": CalendarsShape,
    "people.yaml": PeopleShape,
    "intake.yaml": IntakeShape,
    "routing.yaml": RoutingShape,
    "rota.yaml": RotaShape,
    "after_hours.yaml": AfterHoursShape,
    "targets.yaml": TargetsShape,
    "handoff.yaml": HandOffShape,
    "reports.yaml": ReportsShape,
    "closing.yaml": EndingShape,
}
_OPAQUE: Final = {"when", "then", "inputs", "outputs", "values", "inbound"}
Shape = TypeVar("Shape", bound=BaseModel)


def load_handbook(
    path: Path,
    *,
    connectors: Collection[str] | None = None,
    functions: Mapping[str, Callable[..., Any]] | None = None,
) -> Handbook:
    """Read and check the handbook in a folder; ConfigError lists all its problems.

    Args:
        path: the handbook's folder.
        connectors: names of the configured connectors, to check its systems against.
        functions: what its expressions may call besides CEL's own functions.
    """
    files = read_files(path)
    handbook, problems = build_handbook(files, functions or {}, _fingerprint(path))
    problems += check_handbook(handbook, connectors)
    if problems:
        raise ConfigError(sorted(problems, key=lambda p: (p.file, p.line)))
    return handbook


def read_files(path: Path) -> Files:
    """Read the files of a handbook into their shapes; ConfigError lists all defects of form."""
    if not path.is_dir():
        raise ConfigError([Problem(str(path), 0, "is no folder", "name the handbook's folder")])
    problems = _unknown_files(path)
    parsed: dict[str, BaseModel] = {}
    documents: dict[str, Document] = {}
    messages = sorted((path / "messages").glob("*.yaml"))
    names = [*SHAPES, *(f"messages/{file.name}" for file in messages)]
    for name in names:
        try:
            documents[name] = _with_sources(load_yaml(path / name), name)
            parsed[name] = parse_settings(SHAPES.get(name, MessagesShape), documents[name])
        except ConfigError as error:
            problems += error.problems
    if not messages:
        problems.append(Problem(str(path / "messages"), 0, "has no message templates"))
    if problems:
        raise ConfigError(problems)
    return Files(path, parsed, documents)


def _unknown_files(path: Path) -> list[Problem]:
    problems = []
    for file in sorted(path.glob("*.y*ml")):
        if file.name not in SHAPES:
            close = difflib.get_close_matches(file.name, list(SHAPES), 1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(SHAPES)}"
            problems.append(Problem(str(file), 0, "is no file of a handbook", hint))
    return problems


def _with_sources(document: Document, name: str) -> Document:
    """Give each row its file and line, so that every decision can cite them."""
    problems: list[Problem] = []
    data = _annotated(document, document.data, (), name, problems)
    if problems:
        raise ConfigError(problems)
    return Document(document.path, data, document.lines)


def _annotated(
    document: Document, data: Any, at: Location, name: str, problems: list[Problem]
) -> Any:
    if isinstance(data, list):
        return [
            _annotated(document, value, (*at, index), name, problems)
            for index, value in enumerate(data)
        ]
    if not isinstance(data, dict):
        return data
    result = {
        key: value if key in _OPAQUE else _annotated(document, value, (*at, key), name, problems)
        for key, value in data.items()
    }
    if "source" in data:
        where = (*at, "source")
        problems.append(document.problem(where, "source is found by itself", "leave it out"))
    if "id" in data or data.keys() >= {"item", "record"}:
        result["source"] = f"{name}:{document.line(at)}"
    return result


def texts_of(path: Path) -> dict[str, str]:
    """Give the texts of a handbook's files by their paths in its folder, but for the examples."""
    return {
        file.relative_to(path).as_posix(): file.read_text(encoding="utf-8")
        for file in sorted(path.rglob("*.yaml"))
        if file.parent.name != FOLDER  # Examples try the rules; they are none.
    }


def _fingerprint(path: Path) -> str:
    digest = hashlib.sha256()
    for name, text in texts_of(path).items():
        content = text.encode()
        digest.update(f"{name}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]
