"""Runs a search over the organisation's records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from hub_crm.sandbox.org import Org
from hub_crm.sandbox.schema import TEXTUAL, FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.soql import Runner
from hub_crm.sandbox.soql.bound import Row
from hub_crm.sandbox.soql.lexer import malformed
from hub_crm.sandbox.soql.nodes import Query
from hub_crm.sandbox.sosl.parser import Search, returning
from hub_crm.sandbox.sosl.terms import Fits, understand

_TYPES: Final = {"EMAIL": FieldType.EMAIL, "PHONE": FieldType.PHONE}
_NAMES: Final = frozenset({"Name", "FirstName", "LastName", "Subject", "CaseNumber", "Title"})


def run(org: Org, runner: Runner, search: Search) -> list[dict[str, Any]]:
    """Give the records that a search finds, object after object, as JSON."""
    fits = understand(search.terms)
    queries = search.wanted or [
        returning("", definition.name)
        for definition in org.objects.values()
        if definition.searchable
    ]
    found: list[dict[str, Any]] = []
    for query in queries:
        found += _found(runner, query, search.group, fits)
        if len(found) >= search.limit:
            break
    return found[: search.limit]


def _found(runner: Runner, query: Query, group: str, fits: Fits) -> list[dict[str, Any]]:
    definition = runner.object(query)
    result = runner.run(replace(query, limit=None, offset=0))
    if result.shape is None:
        what = "Aggregate functions can not be used in a search"
        raise malformed(query.text, query.source_at, what)
    fields = [field.name for field in _searched(definition, group)]
    rows = [row for row in result.rows if fits(list(_texts(row, fields)))]
    end = None if query.limit is None else query.offset + query.limit
    return [runner.write(result.shape, row) for row in rows[query.offset : end]]


def _searched(definition: ObjectDef, group: str) -> Iterable[FieldDef]:
    for field in definition.fields.values():
        if group in _TYPES:
            wanted = field.type is _TYPES[group]
        elif group == "NAME":
            wanted = field.name_field or field.name in _NAMES
        else:
            wanted = field.type in TEXTUAL
        if wanted:
            yield field


def _texts(row: Row, fields: Iterable[str]) -> Iterable[str]:
    for name in fields:
        value = row.get(name)
        if isinstance(value, str):
            yield value.lower()
