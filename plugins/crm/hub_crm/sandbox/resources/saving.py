"""Saves many records as the collections do: in chunks, each record for itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

from hub_crm.sandbox.bulk.outcome import Outcome
from hub_crm.sandbox.recycling import discard
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, Call

CHUNK: Final = 200
_DELETING: Final = frozenset({"delete", "hardDelete"})


def save(
    site: Site, call: Call, operation: str, name: str, key: str, records: Sequence[dict[str, Any]]
) -> Iterator[Outcome]:
    """Save records of one object; `key` is the external id field of an upsert."""
    call = replace(call, headers={**call.headers, "content-type": "application/json"}, parts=())
    rest = iter(records)
    while chunk := list(islice(rest, CHUNK)):
        if operation in _DELETING:
            yield from _delete(site, call, chunk, for_good=operation == "hardDelete")
        else:
            yield from _write(site, call, operation, name, key, chunk)


def _write(
    site: Site, call: Call, operation: str, name: str, key: str, chunk: list[dict[str, Any]]
) -> Iterator[Outcome]:
    typed = [{"attributes": {"type": name}, **values} for values in chunk]
    body = json.dumps({"allOrNone": False, "records": typed}, ensure_ascii=False).encode()
    place = f"{call.base}/composite/sobjects"
    if operation == "upsert":
        place = f"{place}/{quote(name)}/{quote(key)}"
    method = "POST" if operation == "insert" else "PATCH"
    answer = site.dispatch(replace(call, method=method, path=place, query={}, body=body))
    for entry in _entries(answer, len(chunk)):
        created = operation == "insert" or bool(entry.get("created"))
        yield _outcome(entry, created=created)


def _delete(
    site: Site, call: Call, chunk: list[dict[str, Any]], *, for_good: bool
) -> Iterator[Outcome]:
    ids = [next((str(v) for k, v in r.items() if k.lower() == "id" and v), "") for r in chunk]
    named = [record_id for record_id in ids if record_id]
    query = {"ids": ",".join(named), "allOrNone": "false"}
    place = f"{call.base}/composite/sobjects"
    asked = replace(call, method="DELETE", path=place, query=query, body=b"")
    entries = iter(_entries(site.dispatch(asked), len(named)) if named else ())
    for record_id in ids:
        if not record_id:
            yield Outcome(errors=[_error("MISSING_ARGUMENT", "Id not specified in a delete call")])
            continue
        outcome = _outcome(next(entries), created=False)
        row = site.org.row(outcome.record_id) if for_good and not outcome.errors else None
        if row is not None and (definition := site.org.object_of(outcome.record_id)):
            discard(site.org, definition.name, row)
        yield outcome


def _entries(answer: Answer, count: int) -> list[dict[str, Any]]:
    if answer.status == 200:
        return list(answer.body)
    first = answer.body[0]
    refused = {
        "success": False,
        "errors": [_error(first["errorCode"], first["message"], first.get("fields", []))],
    }
    return [refused] * count


def _outcome(entry: dict[str, Any], *, created: bool) -> Outcome:
    if entry["success"]:
        return Outcome(entry["id"], created)
    return Outcome(errors=entry["errors"])


def _error(code: str, message: str, fields: Sequence[str] = ()) -> dict[str, Any]:
    return {"statusCode": code, "message": message, "fields": list(fields)}
