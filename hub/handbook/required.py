"""What the record of a case must have, what it lacks, and what the customer is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.handbook.handbook import Handbook, Provision
from hub.handbook.submissions import LONGEST
from hub.models import Fields, Item

TABLE = "required"


@dataclass(frozen=True, slots=True)
class Lack:
    """What a case lacks: by which rows, from which inputs.

    `missing` are fields that the desk completes, `ask` those the customer is asked for.
    """

    missing: tuple[str, ...]
    ask: tuple[str, ...]
    row: Provision | None
    inputs: Fields


def lack_of(handbook: Handbook, item: Item) -> Lack:
    """Give what a case lacks by the handbook's table."""
    table = handbook.tables[TABLE]
    answer = table.decide(item.fields)
    if answer is None:
        return Lack((), (), None, table.seen(item.fields))
    missing = _empty(item, answer.listed("needs"))
    ask = _empty(item, answer.listed("asks"))
    wanted = {*missing, *ask}
    rows = [
        rule
        for rule in answer.rules
        if wanted.intersection([*_names(rule.then.get("needs")), *_names(rule.then.get("asks"))])
    ]
    told: Fields = {**answer.inputs, "rows": [f"{rule.id} ({rule.source})" for rule in rows]}
    return Lack(missing, ask, rows[0] if rows else None, told)


def _names(value: object) -> list[str]:
    if isinstance(value, list):
        return value
    return [str(value)] if value else []


def _empty(item: Item, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(name for name in names if not item.text(name).strip())


def labels(handbook: Handbook, names: Iterable[str], language: str) -> list[str]:
    """Give fields as people call them."""
    known = {row.id: row for row in handbook.intake.fields}
    return [known[name].label(language) if name in known else name for name in names]


def question_lines(handbook: Handbook, names: Iterable[str], language: str) -> str:
    """Give the lines that a customer fills in: a field's name and a colon each."""
    colon = "：" if language == "zh" else ": "
    return "\n".join(f"{label}{colon}" for label in labels(handbook, names, language))


def answers_in(handbook: Handbook, text: str, names: Iterable[str]) -> Mapping[str, str]:
    """Read what a customer wrote behind the names of fields, one on a line, in either language."""
    found: dict[str, str] = {}
    for name in names:
        for label in (*labels(handbook, [name], "zh"), *labels(handbook, [name], "en")):
            pattern = rf"(?im)^[>\s*\-•]*{re.escape(label)}[ \t]*[:：][ \t]*(\S.*)$"
            match = re.search(pattern, text)
            if match and name not in found:
                found[name] = match.group(1).strip()[: LONGEST.get(name, 200)]
    return found
