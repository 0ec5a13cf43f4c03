"""Searches: SOSL as a text, and the same in parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from hub_crm.sandbox.resources.queries import runner
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soql.nodes import Path, Query, Selected
from hub_crm.sandbox.sosl import Search, parse, run
from hub_crm.sandbox.sosl.parser import GROUPS, MOST, SearchParser, returning
from hub_crm.sandbox.sosl.terms import refused
from hub_crm.sandbox.wire import Answer, ApiError, Call

_LISTED_UNTIL: Final = 37.0
"""Before this version the answer is the list itself."""


def search(site: Site, call: Call) -> Answer:
    """Search by a SOSL text."""
    return _answer(site, call, parse(call.query.get("q", "")))


def parameterized(site: Site, call: Call) -> Answer:
    """Search by parameters, in the address or as JSON."""
    body = call.json_object() if call.method == "POST" else _from_address(call.query)
    text = body.get("q")
    if not isinstance(text, str) or not text.strip():
        raise refused("No search term found.")
    group = str(body.get("in") or "ALL").upper()
    if group not in GROUPS:
        raise ApiError(400, "INVALID_SEARCH_SCOPE", f"unknown search group: {group}")
    fields, most = body.get("fields") or ["Id"], body.get("defaultLimit")
    objects = body.get("sobjects") or []
    if not isinstance(objects, list) or not all(isinstance(one, dict) for one in objects):
        raise refused("sobjects is expected as a list of objects")
    wanted = tuple(_wanted({"fields": fields, "limit": most, **one}) for one in objects)
    limit = _number(body.get("overallLimit"), MOST)
    return _answer(site, call, Search(text, group, wanted, min(limit, MOST)))


def _answer(site: Site, call: Call, wanted: Search) -> Answer:
    records = run(site.org, runner(site, call), wanted)
    return Answer(200, records if call.version < _LISTED_UNTIL else {"searchRecords": records})


def _from_address(query: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        name: query[name] for name in ("q", "in", "overallLimit", "defaultLimit") if name in query
    }
    if "fields" in query:
        body["fields"] = query["fields"].split(",")
    objects = []
    for name in filter(None, query.get("sobject", "").split(",")):
        told: dict[str, Any] = {"name": name.strip()}
        for key in ("where", "limit", "orderBy", "offset"):
            if (value := query.get(f"{name}.{key}")) is not None:
                told[key] = value
        if (fields := query.get(f"{name}.fields")) is not None:
            told["fields"] = fields.split(",")
        objects.append(told)
    return {**body, "sobjects": objects}


def _wanted(told: Mapping[str, Any]) -> Query:
    """Read one object's parameters by the grammar of SOSL, each for itself."""
    names = ",".join(str(name) for name in told["fields"])
    clauses = (
        ("WHERE", "where"),
        ("ORDER BY", "orderBy"),
        ("LIMIT", "limit"),
        ("OFFSET", "offset"),
    )
    rest = " ".join(f"{word} {told[key]}" for word, key in clauses if told.get(key) is not None)
    try:
        fields = SearchParser(names)
        items = fields.items()
        fields.end()
        parser = SearchParser(rest)
        base = returning(rest, str(told.get("name", "")))
        query = replace(parser.narrowed(base), items=items)
        parser.end()
    except ApiError as error:
        raise refused(error.message) from None
    if not any(_is_id(item) for item in query.items):
        query = replace(query, items=(Selected(Path(("Id",), 0)), *query.items))
    return query


def _is_id(item: object) -> bool:
    return isinstance(item, Selected) and isinstance(item.what, Path) and (
        item.what.text.lower() == "id"
    )  # fmt: skip


def _number(value: object, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, int | str) and str(value).isdecimal() and len(str(value)) < 10:
        return int(value)
    raise refused(f"not a number: {value}")
