"""Cells of decision tables as one writes them into a sheet, in the words of `hub why`.

`critical`, `urgent | normal`, `not critical`, `contains down | outage*`, `from 3 below 5`,
`not from 3`, `(empty)`; nothing at all accepts anything. Quotation marks keep a text that would
read as something else (`"not yet"`, `"42"`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

EMPTY: Final = "(empty)"
_BOUNDS: Final = ("from", "above", "to", "below")
_WORDS: Final = ("not", "contains", *_BOUNDS)
_NUMBER: Final = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_RANGE: Final = re.compile(rf"(?:({'|'.join(_BOUNDS)})\s+(\S+)\s*)+")
_BOUND: Final = re.compile(rf"({'|'.join(_BOUNDS)})\s+(\S+)")
_PIECE: Final = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^|]*)\s*(\||$)')


def written(data: Any) -> str | int | float | None:
    """Give a cell, as YAML has it, as a sheet has it; None if it accepts anything."""
    if isinstance(data, Mapping):
        return _test(data)
    if isinstance(data, list):
        return " | ".join(_literal(value) for value in data)
    if isinstance(data, int | float) and not isinstance(data, bool):
        return data
    return None if data in ("any", "-") else _literal(data)


def _test(data: Mapping[str, Any]) -> str | int | float | None:
    if "not" in data:
        return f"not {written(data['not'])}"
    if "is" in data:
        return written(data["is"]) if data["is"] not in ("any", "-") else json.dumps(data["is"])
    if "contains" in data:
        words = data["contains"]
        return f"contains {written(words if isinstance(words, list) else [words])}"
    return " ".join(f"{name} {data[name]}" for name in _BOUNDS if name in data)


def _literal(value: Any) -> str:
    if value is None or value == "":
        return EMPTY
    if isinstance(value, bool):
        return str(value).lower()
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if isinstance(value, str) and _odd(text) else text


def _odd(text: str) -> bool:
    """Say whether a text would be read as something else."""
    first = text.split(maxsplit=1)[0] if text.strip() else ""
    return (
        text != text.strip()
        or text in (EMPTY, "any", "-")
        or first in _WORDS
        or text.startswith('"')
        or any(sign in text for sign in "|\n\r\t")
        or _NUMBER.fullmatch(text) is not None
    )


def read(value: str | float | None) -> Any:
    """Give what YAML would have for a sheet's cell; ValueError says what is wrong with it.

    None for an empty cell, which accepts anything.
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return int(value) if isinstance(value, float) and value.is_integer() else value
    text = (value or "").strip()
    return _read_test(text) if text else None


def _read_test(text: str) -> Any:
    word, _, rest = text.partition(" ")
    if word == "not" and rest.strip():
        return {"not": read(rest)}
    if word == "contains" and rest.strip():
        return {"contains": values(rest)}
    if word in _BOUNDS:
        return _range(text)
    found = values(text)
    if len(found) > 1:
        return found
    return {"is": found[0]} if found[0] in ("any", "-", None) else found[0]


def _range(text: str) -> Mapping[str, Any]:
    if not _RANGE.fullmatch(text):
        raise ValueError(f"{text!r} is no range, such as from 3 below 5")
    pairs = _BOUND.findall(text)
    bounds = {name: _value(number) for name, number in pairs}
    if len(bounds) < len(pairs):
        raise ValueError(f"{text!r} gives one bound twice")
    return bounds


def values(text: str) -> list[Any]:
    """Give values that stand with bars between them."""
    found, at = [], 0
    while True:
        match = _PIECE.match(text, at)
        if match is None:
            raise ValueError(f"{text!r}: a text in quotation marks ends before the next bar")
        found.append(_value(match[1].strip()))
        at = match.end()
        if not match[2]:
            return found
        if at == len(text):
            raise ValueError(f"{text!r} ends with a bar: write a value after it")


def _value(text: str) -> Any:
    if text == EMPTY:
        return None
    if not text:
        raise ValueError("a value is missing between two bars")
    if text.startswith('"'):
        try:
            return str(json.loads(text))
        except ValueError:
            raise ValueError(f"{text} is no text in quotation marks") from None
    if _NUMBER.fullmatch(text):
        number = float(text)
        return int(number) if number.is_integer() and "e" not in text.lower() else number
    return text
