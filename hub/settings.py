"""YAML with the line of every value, typed settings, and secrets that can not be printed.

One loader serves `hub.yaml` and the handbook. Scalars follow YAML 1.2's core schema: `09:00`,
`no` and `on` are texts, as their authors mean them.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final, Self, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from hub.errors import ConfigError, Problem

Location = tuple[str | int, ...]

_INT: Final = re.compile(r"[-+]?[0-9]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: Final[dict[str, bool | None]] = {
    "": None, "~": None, "null": None, "true": True, "false": False,
}  # fmt: skip


class Settings(BaseModel):
    """Base of all typed settings: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain values, with the line on which each of them stands."""

    path: Path
    data: Any
    lines: Mapping[Location, int] = field(default_factory=dict)

    def line(self, location: Location) -> int:
        """Give the line of a value, or of the nearest value around it (1 is the first)."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def problem(self, location: Location, what: str, remedy: str = "") -> Problem:
        """Make a problem that points at a value."""
        return Problem(str(self.path), self.line(location), what, remedy)


class Secret:
    """A secret's value. Printing, logging or serialising it shows stars."""

    __slots__ = ("_value", "source")

    def __init__(self, value: str, source: str = "") -> None:
        self._value = value
        self.source = source

    def reveal(self) -> str:
        """Give the secret itself: only where it is sent to its system."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret(*** from {self.source})" if self.source else "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    def __reduce__(self) -> str:
        raise TypeError("a secret is never serialised")


def _read_secret(reference: object) -> Secret:
    if isinstance(reference, Secret):
        return reference
    if not isinstance(reference, Mapping) or len(reference) != 1:
        raise ValueError(
            "a secret is given by reference: {env: NAME}, {file: PATH} or {credential: NAME}"
        )
    ((kind, name),) = reference.items()
    if kind == "env":
        value = os.environ.get(str(name))
        if value is None:
            raise ValueError(f"the environment variable {name} is not set")
        return Secret(value, f"env {name}")
    if kind == "credential":
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise ValueError(f"no credentials folder for {name}: set LoadCredential= in the unit")
        return _secret_file(Path(folder) / str(name))
    if kind == "file":
        return _secret_file(Path(str(name)))
    raise ValueError(f"unknown kind of secret reference {kind!r}: use env, file or credential")


def _secret_file(path: Path) -> Secret:
    try:
        return Secret(path.read_text(encoding="utf-8").strip(), f"file {path}")
    except OSError as error:
        raise ValueError(f"the secret's file {path} can not be read: {error.strerror}") from None


SecretRef = Annotated[Secret, BeforeValidator(_read_secret)]
"""Type of a secret setting, for classes that inherit `SecretSettings`."""


class SecretSettings(Settings):
    """Base of settings that hold secrets."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True
    )


def load_yaml(path: Path) -> Document:
    """Read a YAML file. Unreadable, malformed, or with a key given twice: `ConfigError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError([Problem(str(path), 0, f"not UTF-8 text: {error.reason}")]) from None
    except OSError as error:
        what, remedy = f"can not be read: {error.strerror}", ""
        if isinstance(error, FileNotFoundError):
            remedy = (
                "the configuration is named by --config or HUB_CONFIG; a handbook has all files"
            )
        raise ConfigError([Problem(str(path), 0, what, remedy)]) from None
    return parse_yaml(text, path)


def parse_yaml(text: str, path: Path) -> Document:
    """Read YAML text that stands in `path`; errors as `load_yaml`."""
    try:
        node = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if error.context == "while scanning a simple key":
            # What lacks its colon, or the blank behind it, stands where the key begins.
            mark = error.context_mark or mark
        line = mark.line + 1 if mark else 0
        what = f"not valid YAML: {error.problem or error.context}"
        remedy = "check indentation, quotes, and that a blank follows each colon"
        raise ConfigError([Problem(str(path), line, what, remedy)]) from None
    except yaml.YAMLError as error:
        raise ConfigError([Problem(str(path), 0, f"not valid YAML: {error}")]) from None
    lines: dict[Location, int] = {}
    problems: list[Problem] = []
    data = _plain(node, (), path, lines, problems) if node is not None else None
    if problems:
        raise ConfigError(problems)
    return Document(path, data, lines)


def _plain(
    node: yaml.Node, at: Location, path: Path, lines: dict[Location, int], problems: list[Problem]
) -> Any:
    lines.setdefault(at, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            line = key_node.start_mark.line + 1
            if key in result:
                problems.append(Problem(str(path), line, f"the key {key!r} is given twice"))
            lines[(*at, key)] = line
            result[key] = _plain(value_node, (*at, key), path, lines, problems)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [
            _plain(child, (*at, index), path, lines, problems)
            for index, child in enumerate(node.value)
        ]
    # The C parser marks plain scalars by an empty style, the one in Python by None.
    return node.value if getattr(node, "style", None) else _scalar(str(node.value))


def _scalar(text: str) -> str | int | float | bool | None:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


Model = TypeVar("Model", bound=BaseModel)


def parse_settings(
    model: type[Model], document: Document, at: Location = (), also: Sequence[str] = ()
) -> Model:
    """Make typed settings of a part of a document; all defects together as one `ConfigError`.

    `also` are keys that somebody else reads from the same part: what was meant may be one of them.
    """
    data = document.data
    for step in at:
        data = data[step]
    try:
        return model.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise ConfigError(
            [_as_problem(document, at, dict(detail), model, also) for detail in error.errors()]
        ) from None


def _as_problem(
    document: Document,
    at: Location,
    detail: dict[str, Any],
    model: type[BaseModel],
    also: Sequence[str],
) -> Problem:
    inner = tuple(detail["loc"])
    location = _known_part(document, (*at, *inner))
    name = ".".join(str(step) for step in (*at, *inner)) or "the file"
    if detail["type"] == "extra_forbidden":
        known = [field.alias or key for key, field in _fields_at(model, inner[:-1]).items()]
        known += [key for key in also if len(inner) == 1 and key not in known]
        close = difflib.get_close_matches(str(inner[-1]), known, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"known here: {', '.join(known)}"
        return document.problem(location, f"unknown setting {name}", hint)
    if detail["type"] == "missing":
        return document.problem(location, f"{name} is missing", "give it a value")
    what = str(detail["msg"]).removeprefix("Value error, ")
    return document.problem(location, f"{name}: {what}")


def _known_part(document: Document, location: Location) -> Location:
    while location and location not in document.lines:
        location = location[:-1]
    return location


def _fields_at(model: type[BaseModel], location: Location) -> Mapping[str, Any]:
    current: Any = model
    for step in location:
        inner = current.model_fields.get(str(step)) if hasattr(current, "model_fields") else None
        if inner is None:
            continue
        candidates = [inner.annotation, *getattr(inner.annotation, "__args__", ())]
        current = next((c for c in candidates if hasattr(c, "model_fields")), current)
    return current.model_fields if hasattr(current, "model_fields") else {}
