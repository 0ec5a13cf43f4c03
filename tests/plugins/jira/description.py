"""Atlassian's published description of Jira Cloud's REST API, and what departs from it.

`fixtures/cloud_description.json` holds, without its prose, all operations and schemas of the
description of API version 3 (Apache 2.0), one a line. To write it anew from a newer one:

    python tests/plugins/jira/description.py jira-cloud-v3.swagger-v3.v3.json
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Final

FIXTURE: Final = Path(__file__).parent / "fixtures" / "cloud_description.json"
METHODS: Final = frozenset({"get", "put", "post", "delete"})
KEPT: Final = frozenset(
    {
        "$ref", "additionalProperties", "allOf", "anyOf", "oneOf", "enum", "items", "properties",
        "required", "type",
    }
)  # fmt: skip
TYPES: Final[dict[str, type | tuple[type, ...]]] = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


class Description:
    """The description; paths are those of API version 3."""

    @cached_property
    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(FIXTURE.read_text(encoding="utf-8"))
        return content

    @property
    def operations(self) -> dict[str, dict[str, Any]]:
        """Give status → schema by `METHOD /path`; the schema is null where no JSON is described."""
        operations: dict[str, dict[str, Any]] = self._content["operations"]
        return operations

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        """Give the operations' patterns, those with the fewest variables first."""
        ordered = sorted(self.operations, key=lambda name: (name.count("{"), name))
        return [(re.compile(re.sub(r"\{\w+\}", "[^/]+", name)), name) for name in ordered]

    def named(self, method: str, path: str) -> str | None:
        """Find the operation that a request is; None if it is not described."""
        call = f"{method} {path}"
        return next((name for shape, name in self._patterns if shape.fullmatch(call)), None)

    def defects(self, value: Any, schema: dict[str, Any] | str, at: str = "$") -> Iterator[str]:
        """Give where a value departs from a schema, or from the schema of that name."""
        if isinstance(schema, str):
            schema = self._content["schemas"][schema]
        if "$ref" in schema:
            schema = self._content["schemas"][schema["$ref"].rpartition("/")[2]]
        for part in schema.get("allOf", ()):
            yield from self.defects(value, part, at)
        choices = schema.get("oneOf") or schema.get("anyOf")
        if choices and all(list(self.defects(value, choice, at)) for choice in choices):
            yield f"{at}: {value!r:.60} fits none of {len(choices)} choices"
        kind = schema.get("type")
        if value is None or kind is None:
            return
        if not isinstance(value, TYPES[kind]) or (kind != "boolean" and isinstance(value, bool)):
            yield f"{at}: {value!r:.60} is not of type {kind}"
        elif "enum" in schema and value not in schema["enum"]:
            yield f"{at}: {value!r} is none of {schema['enum']}"
        elif kind == "array":
            for number, entry in enumerate(value):
                yield from self.defects(entry, schema.get("items", {}), f"{at}[{number}]")
        elif kind == "object":
            yield from self._object_defects(value, schema, at)

    def _object_defects(
        self, value: dict[str, Any], schema: dict[str, Any], at: str
    ) -> Iterator[str]:
        known = schema.get("properties", {})
        more = schema.get("additionalProperties", {})
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{at}: {name} is missing"
        for name, entry in value.items():
            if name in known:
                yield from self.defects(entry, known[name], f"{at}.{name}")
            elif more is False:
                yield f"{at}: {name} is not described"
            elif isinstance(more, dict):
                yield from self.defects(entry, more, f"{at}.{name}")


def _bare(schema: Any) -> Any:
    """Take the prose out of a schema."""
    if isinstance(schema, list):
        return [_bare(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _bare(value) for key, value in schema.items() if key in KEPT}
    if isinstance(schema.get("properties"), dict):
        kept["properties"] = {key: _bare(value) for key, value in schema["properties"].items()}
    return kept


def _operations(paths: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in paths.items():
        for method in METHODS & set(item):
            answers = item[method]["responses"]
            yield (
                f"{method.upper()} {path}",
                {status: _bare(_schema(answer)) for status, answer in answers.items()},
            )


def _schema(answer: dict[str, Any]) -> Any:
    return answer.get("content", {}).get("application/json", {}).get("schema")


def _lines(entries: Iterable[tuple[str, Any]]) -> str:
    lines = (
        f"{json.dumps(name)}:{json.dumps(value, sort_keys=True, separators=(',', ':'))}"
        for name, value in sorted(entries)
    )
    return "{\n" + ",\n".join(lines) + "\n}"


def extract(source: Path) -> None:
    """Write the fixture from the published description."""
    published = json.loads(source.read_text(encoding="utf-8"))
    schemas = published["components"]["schemas"].items()
    operations = _lines(_operations(published["paths"]))
    bare = _lines((name, _bare(schema)) for name, schema in schemas)
    text = f'{{"operations":{operations},\n"schemas":{bare}}}\n'
    FIXTURE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    extract(Path(sys.argv[1]))
