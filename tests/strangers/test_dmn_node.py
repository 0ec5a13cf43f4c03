"""DMN files in hands that did not write them: bpmn.io's model reads them, feelin decides alike."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from hub.handbook import Handbook, Table, load_handbook
from hub.handbook.cells import Range, Values, Words
from hub.handbook.dmn import definitions
from hub.handbook.domains import Domain
from hub.handbook.tables import Rule
from hub.models import Fields, Value

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"
QUESTIONS = 150
TEXTS = (None, "", "系统宕机了", "the server is down", "download 慢", "Trial-07", "HT-2026-0001",
         "如何使用成绩簿", "please renew", "won't fix", "完成", "crashed twice")  # fmt: skip


@pytest.fixture(scope="module")
def handbook() -> Handbook:
    """Give the handbook that ships."""
    return load_handbook(SHIPPED)


def asked(table: Table, seed: int) -> Iterator[Fields]:
    """Ask a table about inputs by chance: known values, numbers, texts with its words in them."""
    chance = random.Random(seed)
    words = [
        word.rstrip("*")
        for rule in table.rules
        for cell in rule.cells.values()
        if isinstance(cell, Words)
        for word in cell.words
    ]
    for _ in range(QUESTIONS):
        yield {name: _value(chance, domain, words) for name, domain in table.inputs.items()}


def _value(chance: random.Random, domain: Domain, words: list[str]) -> Value:
    if domain.kind == "enum":
        value = chance.choice(domain.all_values)
        return value == "true" if domain.values == ("true", "false") else value
    if domain.kind == "number":
        return chance.choice([None, -1, 0, 1, 1.5, 2, 3])
    text = chance.choice(TEXTS)
    return f"{text or ''} {chance.choice(words)}" if words and chance.random() < 0.6 else text


def ours(table: Table, fields: Fields) -> list[Mapping[str, Any]]:
    """Give what the hub decides, with every output."""
    answer = table.decide(fields)
    rules = answer.rules if answer else ()
    kept = rules if table.hit == "collect" else rules[:1]
    return [{name: rule.then.get(name) for name in table.outputs} for rule in kept]


def told(node: Any, folder: Path, xml: bytes, questions: list[Mapping[str, Any]]) -> Any:
    """Have the file read and the questions decided by others."""
    file = folder / "asked.json"
    file.write_text(json.dumps({"xml": xml.decode(), "questions": questions}), encoding="utf-8")
    return node("dmn/decide.mjs", {"dmn": {"asked": str(file)}})


def alike(theirs: list[Mapping[str, Any]], mine: list[Mapping[str, Any]]) -> bool:
    """Compare answers; to DMN an empty list says what nothing says."""
    return [{k: v or None for k, v in a.items()} for a in theirs] == [
        {k: v or None for k, v in a.items()} for a in mine
    ]


def test_every_table_of_the_shipped_handbook_decides_alike(
    node: Any, handbook: Handbook, tmp_path: Path
) -> None:
    """All tables, for some hundred inputs each, by an engine that knows FEEL and not us."""
    tables = handbook.tables
    questions = [
        {"table": name, "inputs": fields}
        for seed, (name, table) in enumerate(tables.items())
        for fields in asked(table, seed)
    ]

    answered = told(node, tmp_path, definitions(handbook, tables, "zh"), questions)

    assert [] == answered["warnings"]
    assert [[name, table.hit.upper(), len(table.rules)] for name, table in tables.items()] == (
        answered["tables"]
    )
    differing = [
        (question, theirs, ours(tables[question["table"]], question["inputs"]))
        for question, theirs in zip(questions, answered["answers"], strict=True)
        if not alike(theirs, ours(tables[question["table"]], question["inputs"]))
    ]
    assert [] == differing


def test_every_kind_of_cell_and_hit_policy_decides_alike(
    node: Any, handbook: Handbook, tmp_path: Path
) -> None:
    """Ranges, negations, nothing at all, words of both scripts; first, unique and collect."""
    kinds = {
        "who": Domain("enum", ("a", "b"), optional=True),
        "load": Domain("number"),
        "text": Domain("text"),
        "yes": Domain("enum", ("true", "false")),
    }
    cells = [
        {"who": Values(frozenset({"a", None}))},
        {"who": Values(frozenset({"a"}), negated=True), "load": Range(1, 2, low_open=True)},
        {"load": Range(1, None, negated=True), "text": Words(("crash*", "宕机"))},
        {"load": Range(None, 2, high_open=True), "yes": Values(frozenset({"true"}))},
        {"text": Words(("down", "won't fix"), negated=True)},
        {"text": Values(frozenset({None, "完成"}))},
        {"load": Values(frozenset({1, 2}), negated=True)},
    ]
    rules = tuple(
        Rule(id=f"r{n}", cells=each, then={"out": f"o{n}", "list": ["x", str(n)]}, source=f"t:{n}")
        for n, each in enumerate(cells)
    )
    outputs = {"out": Domain("text"), "list": Domain("text")}
    made = {
        hit: Table(name=hit, hit=hit, inputs=kinds, outputs=outputs, rules=rules)  # type: ignore[arg-type]
        for hit in ("first", "unique", "collect")
    }
    told_of = _with_tables(handbook, made)
    questions = [
        {"table": name, "inputs": fields}
        for seed, (name, table) in enumerate(made.items())
        for fields in asked(table, seed)
    ]

    answered = told(node, tmp_path, definitions(told_of, made, "en"), questions)

    assert [["first", "FIRST", 7], ["unique", "UNIQUE", 7], ["collect", "COLLECT", 7]] == (
        answered["tables"]
    )
    differing = [
        (question, theirs, ours(made[question["table"]], question["inputs"]))
        for question, theirs in zip(questions, answered["answers"], strict=True)
        if not alike(theirs, ours(made[question["table"]], question["inputs"]))
    ]
    assert [] == differing


def _with_tables(handbook: Handbook, tables: Mapping[str, Table]) -> Handbook:
    return dataclasses.replace(handbook, tables=tables)
