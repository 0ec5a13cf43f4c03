"""Queries, page by page, and how they would be run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from hub_crm.ids import make_id
from hub_crm.sandbox.resources.pages import query_of_view
from hub_crm.sandbox.site import Cursor, Site
from hub_crm.sandbox.soql import Plan, Result, Runner, calendar_for, parse
from hub_crm.sandbox.wire import Answer, ApiError, Call

PAGE: Final = 2000
SMALLEST_PAGE: Final = 200
IDLE: Final = timedelta(minutes=15)
"""How long a locator lives after it was used last."""
MOST_CURSORS: Final = 200
_LOCATOR_PREFIX: Final = "0r8"


def query(site: Site, call: Call) -> Answer:
    """Run a query over live records."""
    return _run(site, call, deleted=False)


def query_all(site: Site, call: Call) -> Answer:
    """Run a query over live records and the recycle bin."""
    return _run(site, call, deleted=True)


def more(site: Site, call: Call) -> Answer:
    """Give the next page of a query."""
    name, _, start = call.segments["locator"].rpartition("-")
    cursor = site.cursors.get(name)
    dead = cursor is None or site.now() - cursor.used_at > IDLE
    if cursor is None or dead or site.played.get("lost_locator"):
        site.cursors.pop(name, None)
        raise _lost()
    if not start.isdigit() or not 0 < int(start) < cursor.result.total:
        raise _lost()
    cursor.used_at = site.now()
    return Answer(200, _page(call, name, cursor, int(start)))


def _lost() -> ApiError:
    return ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")


def runner(site: Site, call: Call, *, deleted: bool = False) -> Runner:
    """Give what runs the queries of a call: in its user's zone, children page by page."""
    org = site.org
    user = org.tables["User"].get(call.user_id, {})
    organization = next(iter(org.tables["Organization"].values()), {})
    made = Runner(
        org,
        call.base,
        deleted=deleted,
        user_id=call.user_id,
        calendar=calendar_for(site.now(), user, organization),
        # A parent counts too: the first of its children come on the page that it stands on.
        pager=lambda result: first_page(site, call, made, result, _size(call, SMALLEST_PAGE) - 1),
        hides=site.hidden(),
    )
    return made


def _run(site: Site, call: Call, *, deleted: bool) -> Answer:
    if "explain" in call.query:
        return _explain(site, call)
    text = call.query.get("q")
    if text is None:
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    running = runner(site, call, deleted=deleted)
    result = running.run(parse(text))
    if result.ready is not None:
        return Answer(200, {"totalSize": result.total, "done": True, "records": result.ready})
    return Answer(200, first_page(site, call, running, result))


def first_page(
    site: Site, call: Call, running: Runner, result: Result, size: int = 0
) -> dict[str, Any]:
    """Give the first page of what a query found, and keep the rest for those who ask on.

    `size` is how many records a page holds, if that is not what the call asks for.
    """
    cursor = Cursor(running, result, size or _size(call), site.now())
    name = ""
    if result.total > cursor.size:
        name = make_id(_LOCATOR_PREFIX, site.org.next_number("locator"))
        site.cursors[name] = cursor
        if len(site.cursors) > MOST_CURSORS:
            site.cursors.pop(next(iter(site.cursors)))
    return _page(call, name, cursor, 0)


def _size(call: Call, usual: int = PAGE) -> int:
    for part in call.headers.get("sforce-query-options", "").split(","):
        key, _, value = part.partition("=")
        if key.strip().lower() == "batchsize" and value.strip().isdigit():
            return min(max(int(value), SMALLEST_PAGE), PAGE)
    return usual


def _page(call: Call, name: str, cursor: Cursor, start: int) -> dict[str, Any]:
    result: Result = cursor.result
    end = start + cursor.size
    done = end >= result.total
    body: dict[str, Any] = {"totalSize": result.total, "done": done}
    if not done:
        body["nextRecordsUrl"] = f"{call.base}/query/{name}-{end}"
    if result.shape is not None:
        rows = result.rows[start:end]
        body["records"] = [cursor.runner.write(result.shape, row) for row in rows]
    return body


def _explain(site: Site, call: Call) -> Answer:
    text = query_of_view(site, call.query["explain"]) or call.query["explain"]
    chosen, definition = runner(site, call).plan(parse(text))
    total = len(site.org.tables[definition.name])
    plans = [chosen, Plan(definition.name)] if chosen.lookup else [chosen]
    return Answer(200, {"plans": [_told(site, p, total) for p in plans], "sourceQuery": text})


def _told(site: Site, plan: Plan, total: int) -> dict[str, Any]:
    cost = plan.cost(site.org)
    scanned = plan.lookup is None
    note = {
        "description": "Not considering filter for optimization because unindexed",
        "fields": ["IsDeleted"],
        "tableEnumOrId": plan.definition,
    }
    return {
        "cardinality": cost,
        "fields": [plan.lookup.field] if plan.lookup else [],
        "leadingOperationType": "TableScan" if scanned else "Index",
        "notes": [note] if scanned else [],
        "relativeCost": 2.0 if scanned else round(cost / max(total, 1), 6),
        "sobjectCardinality": total,
        "sobjectType": plan.definition,
    }
