"""Queries, page by page, and the lists of what was changed or deleted in a span of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from hub_crm.ids import make_id
from hub_crm.sandbox.site import Cursor, Site
from hub_crm.sandbox.soql import Result, Runner, parse
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import Answer, ApiError, Call

PAGE: Final = 2000
SMALLEST_PAGE: Final = 200
_LOCATOR_PREFIX: Final = "0r8"
MOST_CURSORS: Final = 50


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
    if cursor is None or not start.isdigit() or site.played.get("lost_locator"):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return Answer(200, _page(call, name, cursor, int(start)))


def _run(site: Site, call: Call, *, deleted: bool) -> Answer:
    text = call.query.get("q")
    if text is None:
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    runner = Runner(site.org, call.base, deleted=deleted)
    result = runner.run(parse(text))
    if result.ready is not None:
        return Answer(200, {"totalSize": result.total, "done": True, "records": result.ready})
    cursor = Cursor(runner, result, _size(call))
    name = ""
    if result.total > cursor.size:
        name = make_id(_LOCATOR_PREFIX, site.org.next_number("locator"))
        site.cursors[name] = cursor
        if len(site.cursors) > MOST_CURSORS:
            site.cursors.pop(next(iter(site.cursors)))
    return Answer(200, _page(call, name, cursor, 0))


def _size(call: Call) -> int:
    for part in call.headers.get("sforce-query-options", "").split(","):
        key, _, value = part.partition("=")
        if key.strip().lower() == "batchsize" and value.strip().isdigit():
            return min(max(int(value), SMALLEST_PAGE), PAGE)
    return PAGE


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


def updated(site: Site, call: Call) -> Answer:
    """Give the ids of records changed within a span."""
    definition = site.org.object(call.segments["object"])
    start, end = _span(site, call)
    ids = [
        row["Id"] for row in site.org.rows(definition.name) if start <= row["SystemModstamp"] < end
    ]
    return Answer(200, {"ids": ids, "latestDateCovered": plain(end)})


def deleted(site: Site, call: Call) -> Answer:
    """Give the ids of records deleted within a span, with when."""
    definition = site.org.object(call.segments["object"])
    start, end = _span(site, call)
    found = [
        (row["Id"], row["SystemModstamp"])
        for row in site.org.rows(definition.name, deleted=True)
        if row.get("IsDeleted")
    ]
    found += [(i, at) for name, i, at in site.org.purged if name == definition.name]
    return Answer(
        200,
        {
            "deletedRecords": [
                {"id": i, "deletedDate": plain(at)} for i, at in found if start <= at < end
            ],
            "earliestDateAvailable": plain(site.now() - timedelta(days=30)),
            "latestDateCovered": plain(end),
        },
    )


def _span(site: Site, call: Call) -> tuple[datetime, datetime]:
    start, end = _moment(call, "start"), _moment(call, "end")
    if end <= start:
        message = "startDate must be before endDate and at least one minute apart"
        raise ApiError(400, "INVALID_REPLICATION_DATE", message)
    if start < site.now() - timedelta(days=30):
        message = "startDate before org replication enabled date or more than 30 days ago"
        raise ApiError(400, "INVALID_REPLICATION_DATE", message)
    return start, end


def _moment(call: Call, name: str) -> datetime:
    text = call.query.get(name, "").replace(" ", "+")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(400, "INVALID_ARGUMENT", f"{name} is not a date and time: {text}") from None
    if moment.tzinfo is None:
        raise ApiError(400, "INVALID_ARGUMENT", f"{name} has no offset: {text}")
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
