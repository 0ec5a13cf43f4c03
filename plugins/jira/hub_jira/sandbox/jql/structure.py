"""Shows a parsed query as `/jql/parse` does."""

from __future__ import annotations

import re
from typing import Any, Final

from hub_jira.sandbox.jql.reserved import KEYWORDS, RESERVED_WORDS
from hub_jira.sandbox.jql.syntax import (
    Clause,
    Empty,
    FieldName,
    Function,
    Node,
    Not,
    Operand,
    Query,
    Several,
)

_BARE: Final = re.compile(r"[\w.\-]+")


def structure(query: Query) -> dict[str, Any]:
    """Show a whole query."""
    result: dict[str, Any] = {}
    if query.where is not None:
        result["where"] = _node(query.where)
    if query.order:
        fields = []
        for order in query.order:
            entry: dict[str, Any] = {"field": _field(order.field)}
            if order.descending is not None:
                entry["direction"] = "desc" if order.descending else "asc"
            fields.append(entry)
        result["orderBy"] = {"fields": fields}
    return result


def _node(node: Node) -> dict[str, Any]:
    if isinstance(node, Not):
        return {"operator": "not", "clauses": [_node(node.node)]}
    if isinstance(node, Clause):
        return _clause(node)
    return {"operator": "and" if node.all else "or", "clauses": [_node(x) for x in node.nodes]}


def _clause(clause: Clause) -> dict[str, Any]:
    result: dict[str, Any] = {"field": _field(clause.field), "operator": clause.operator.lower()}
    if clause.operand is not None:
        result["operand"] = _operand(clause.operand)
    if clause.operator.startswith(("WAS", "CHANGED")):
        result["predicates"] = [
            {"operator": predicate.word.lower(), "operand": _operand(predicate.operand)}
            for predicate in clause.predicates
        ]
    return result


def _field(name: FieldName) -> dict[str, Any]:
    result: dict[str, Any] = {"name": name.name, "encodedName": _encoded(name.name)}
    if name.property is not None:
        path = name.property.path.removeprefix(".")
        result["property"] = [{"entity": "issue", "key": name.property.key, "path": path}]
    return result


def _operand(operand: Operand) -> dict[str, Any]:
    if isinstance(operand, Empty):
        return {"keyword": "empty", "encodedOperand": "empty"}
    if isinstance(operand, Function):
        arguments = list(operand.arguments)
        shown = f"{operand.name}({', '.join(map(_encoded, arguments))})"
        return {"function": operand.name, "arguments": arguments, "encodedOperand": shown}
    if isinstance(operand, Several):
        values = [_operand(entry) for entry in operand.operands]
        texts = (x.get("encodedValue") or x.get("encodedOperand") or "" for x in values)
        return {"values": values, "encodedOperand": f"({', '.join(texts)})"}
    return {"value": operand.text, "encodedValue": _encoded(operand.text)}


def _encoded(text: str) -> str:
    low = text.lower()
    if _BARE.fullmatch(text) and low not in KEYWORDS and low not in RESERVED_WORDS:
        return text
    if re.fullmatch(r"cf\[\d+\]", text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
