"""JSON Schemas of the handbook's files, for editors that complete and check while one writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from hub.handbook.examples import FOLDER, ExamplesShape
from hub.handbook.load import SHAPES
from hub.handbook.shapes import MessagesShape

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schemas() -> Mapping[str, Mapping[str, Any]]:
    """Give the schema of each kind of file, by its name within the handbook's folder."""
    shapes: dict[str, type[BaseModel]] = {
        **SHAPES,
        "messages/*.yaml": MessagesShape,
        f"{FOLDER}/*.yaml": ExamplesShape,
    }
    return {name: _schema(name, shape.model_json_schema()) for name, shape in shapes.items()}


def _schema(name: str, made: dict[str, Any]) -> Mapping[str, Any]:
    for definition in (made, *made.get("$defs", {}).values()):
        # The loader fills it in; nobody writes it.
        definition.get("properties", {}).pop("source", None)
    return {"$schema": DIALECT, **made, "title": name}
