"""Decision tables as DMN 1.3 (OMG formal/2021-02-01), with FEEL unary tests, for other engines.

What FEEL can not say as we do: words are looked for in a text in lower case, without our folding
of wide and narrow signs; a CEL condition is an input of its own, whose value the caller reckons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from xml.etree.ElementTree import (
    Element,
    SubElement,
    indent,
    tostring,
)

from hub.handbook.cells import AnyCell, Cell, Key, Range, Words, fold
from hub.handbook.domains import Domain
from hub.handbook.handbook import Handbook
from hub.handbook.naming import WORDS, Names
from hub.handbook.shapes import Language
from hub.handbook.tables import Rule, Table
from hub.models import Value

NAMESPACE: Final = "https://www.omg.org/spec/DMN/20191111/MODEL/"
LIST: Final = "listOfTexts"
CONDITION: Final = "condition"
_HITS: Final = {"first": "FIRST", "unique": "UNIQUE", "collect": "COLLECT"}
_BOOLEAN: Final = ("true", "false")
_REGEX_SIGNS: Final = re.compile(r"([\\.\[\]{}()*+?^$|])")


def definitions(handbook: Handbook, names: Iterable[str], language: Language) -> bytes:
    """Give a DMN file with the tables of these names."""
    root = Element(
        "definitions",
        {
            "xmlns": NAMESPACE,
            "id": "handbook",
            "name": handbook.about.name.label(language),
            "namespace": f"urn:handbook:{handbook.fingerprint}",
        },
    )
    listed = SubElement(root, "itemDefinition", {"name": LIST, "isCollection": "true"})
    SubElement(listed, "typeRef").text = "string"
    inputs: dict[tuple[str, str], str] = {}
    decisions = []
    for name in names:
        writer = _TableWriter(handbook, handbook.tables[name], language)
        decisions.append(writer.decision(inputs))
    for (name, kind), identity in inputs.items():
        data = SubElement(root, "inputData", {"id": identity, "name": _data_name(name, identity)})
        SubElement(data, "variable", {"name": _data_name(name, identity), "typeRef": kind})
    root.extend(decisions)
    indent(root)
    written: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{written}\n'.encode()


def _data_name(name: str, identity: str) -> str:
    """Name an input's data; one of another type than the first of its name is told apart."""
    return name if identity == f"in.{name}" else identity.removeprefix("in.").replace(".", "_")


class _TableWriter:
    def __init__(self, handbook: Handbook, table: Table, language: Language) -> None:
        self._table = table
        self._language = language
        self._say = WORDS[language]
        self._names = Names(handbook, language)
        self._conditions = list(
            dict.fromkeys(str(rule.condition) for rule in table.rules if rule.condition)
        )
        self._data: dict[str, str] = {}
        self._lists = {
            name
            for name in table.outputs
            if any(isinstance(rule.then.get(name), list) for rule in table.rules)
        }

    def decision(self, inputs: dict[tuple[str, str], str]) -> Element:
        """Give the decision; what it needs is added to the inputs, ids by name and type."""
        table = self._table
        made = Element("decision", {"id": table.name, "name": table.name})
        SubElement(made, "description").text = table.source
        SubElement(made, "variable", {"name": table.name, "typeRef": "Any"})
        columns = [(name, _type(domain)) for name, domain in table.inputs.items()]
        columns += [(self._condition_name(n), "boolean") for n in range(len(self._conditions))]
        for name, kind in columns:
            taken = any(known == name for known, _ in inputs)
            fresh = f"in.{name}.{kind}" if taken else f"in.{name}"
            identity = inputs.setdefault((name, kind), fresh)
            self._data[name] = _data_name(name, identity)
            needed = SubElement(made, "informationRequirement", {"id": f"{table.name}.{identity}"})
            SubElement(needed, "requiredInput", {"href": f"#{identity}"})
        made.append(self._written())
        return made

    def _condition_name(self, number: int) -> str:
        return f"{CONDITION}_{self._table.name.replace('.', '_')}_{number + 1}"

    def _written(self) -> Element:
        table = self._table
        made = Element(
            "decisionTable", {"id": f"{table.name}.table", "hitPolicy": _HITS[table.hit]}
        )
        for name, domain in table.inputs.items():
            column = SubElement(made, "input", {"label": self._names.column(name)})
            asked = SubElement(column, "inputExpression", {"typeRef": _type(domain)})
            SubElement(asked, "text").text = self._data[name]
            if domain.values and not domain.optional and _type(domain) != "boolean":
                known = SubElement(column, "inputValues")
                SubElement(known, "text").text = ", ".join(feel(value) for value in domain.values)
        for number, condition in enumerate(self._conditions):
            column = SubElement(made, "input", {"label": condition})
            SubElement(column, "description").text = f"CEL: {condition}"
            asked = SubElement(column, "inputExpression", {"typeRef": "boolean"})
            SubElement(asked, "text").text = self._condition_name(number)
        for name, domain in table.outputs.items():
            kind = LIST if name in self._lists else _type(domain)
            SubElement(made, "output", {"name": name, "label": self._names.column(name),
                                        "typeRef": kind})  # fmt: skip
        for name in ("row", "clause", "source"):
            SubElement(made, "annotation", {"name": self._say[name]})
        for number, rule in enumerate(table.rules, 1):
            made.append(self._rule(number, rule))
        return made

    def _rule(self, number: int, rule: Rule) -> Element:
        made = Element("rule", {"id": f"{self._table.name}.{number}.{rule.id}"})
        SubElement(made, "description").text = rule.label(self._language)
        for name, domain in self._table.inputs.items():
            entry = SubElement(made, "inputEntry")
            SubElement(entry, "text").text = unary(rule.cell(name), domain)
        for condition in self._conditions:
            entry = SubElement(made, "inputEntry")
            SubElement(entry, "text").text = "true" if str(rule.condition) == condition else "-"
        for name in self._table.outputs:
            entry = SubElement(made, "outputEntry")
            SubElement(entry, "text").text = self._output(name, rule.then)
        for text in (rule.id, rule.clause, rule.source):
            SubElement(SubElement(made, "annotationEntry"), "text").text = text
        return made

    def _output(self, name: str, then: Mapping[str, Value]) -> str:
        value = then.get(name)
        if name not in self._lists:
            return feel(value)
        many = value if isinstance(value, list) else [] if value is None else [str(value)]
        return f"[{', '.join(feel(each) for each in many)}]"


def _type(domain: Domain) -> str:
    if domain.kind == "number":
        return "number"
    return "boolean" if domain.values == _BOOLEAN else "string"


def unary(cell: Cell, domain: Domain) -> str:
    """Give a cell as FEEL unary tests."""
    if isinstance(cell, AnyCell):
        return "-"
    if isinstance(cell, Words):
        test = f'matches(lower case(?), "{_pattern(cell)}")'
        return f"? = null or not({test})" if cell.negated else f"? != null and {test}"
    if isinstance(cell, Range):
        test = _range(cell)
        return f"? = null or not(? in ({test}))" if cell.negated else test
    listed = ", ".join(_key(key, domain) for key in sorted(cell.keys, key=str))
    return f"not({listed})" if cell.negated else listed


def _key(key: Key, domain: Domain) -> str:
    if key is None and domain.kind == "text":
        return 'null, ""'
    return str(key) if _type(domain) == "boolean" and key in _BOOLEAN else feel(key)


def _range(cell: Range) -> str:
    low, high = cell.low, cell.high
    if low is not None and high is not None:
        return f"{'(' if cell.low_open else '['}{low:g}..{high:g}{')' if cell.high_open else ']'}"
    if low is not None:
        return f"{'>' if cell.low_open else '>='} {low:g}"
    return f"{'<' if cell.high_open else '<='} {high:g}"


def _pattern(cell: Words) -> str:
    """Give the words as one regular expression: Latin ones are bounded by what is no letter."""
    pieces = []
    for word in cell.words:
        folded = fold(word)
        stem = folded.removesuffix("*")
        left = "(^|[^a-z0-9])" if _is_latin(stem[0]) else ""
        right = "($|[^a-z0-9])" if stem == folded and _is_latin(stem[-1]) else ""
        pieces.append(left + _REGEX_SIGNS.sub(r"\\\1", stem) + right)
    return _escaped("|".join(f"({piece})" for piece in pieces))


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def feel(value: Value | Key) -> str:
    """Give a value as FEEL writes it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{_escaped(str(value))}"' if isinstance(value, str | list) else f"{value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
