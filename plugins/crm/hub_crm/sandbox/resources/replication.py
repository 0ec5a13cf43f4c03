"""The lists of what was changed or deleted in a span of time, for those who keep copies.

Such a list holds only what is certain: while a long transaction may still commit records stamped
before now, `latestDateCovered` stays behind its beginning.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import Answer, ApiError, Call

KEPT: Final = timedelta(days=30)
MOST_IDS: Final = 600_000


def updated(site: Site, call: Call) -> Answer:
    """Give the ids of records that were made, changed or undeleted within a span."""
    definition = site.org.object(call.segments["object"])
    start, end = _span(site, call)
    covered = _covered(site, start, end)
    ids = [
        row["Id"]
        for row in site.org.rows(definition.name)
        if start <= row["SystemModstamp"] < covered
    ]
    _check_count(len(ids))
    return Answer(200, {"ids": ids, "latestDateCovered": plain(covered)})


def deleted(site: Site, call: Call) -> Answer:
    """Give the ids of records deleted within a span, with when."""
    definition = site.org.object(call.segments["object"])
    start, end = _span(site, call)
    covered = _covered(site, start, end)
    found = [
        (row["Id"], row["SystemModstamp"])
        for row in site.org.rows(definition.name, deleted=True)
        if row.get("IsDeleted")
    ]
    found += [(i, at) for name, i, at in site.org.purged if name == definition.name]
    listed = [
        {"deletedDate": plain(at), "id": i}
        for i, at in sorted(found, key=lambda pair: pair[1])
        if start <= at < covered
    ]
    _check_count(len(listed))
    return Answer(
        200,
        {
            "deletedRecords": listed,
            "earliestDateAvailable": plain(_minute(site.now() - KEPT)),
            "latestDateCovered": plain(covered),
        },
    )


def _covered(site: Site, start: datetime, end: datetime) -> datetime:
    """Give up to when the list is certain: its end, now, or an open transaction's start."""
    since = site.transaction_since or site.now()
    return max(start, min(end, _minute(since)))


def _check_count(count: int) -> None:
    if count > MOST_IDS:
        message = f"more than {MOST_IDS} ids lie in the span; ask for a shorter one"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", message)


def _span(site: Site, call: Call) -> tuple[datetime, datetime]:
    start, end = _moment(call, "start"), _moment(call, "end")
    if end <= start:
        message = "startDate must be before endDate and at least one minute apart"
        raise ApiError(400, "INVALID_REPLICATION_DATE", message)
    if start < _minute(site.now() - KEPT):
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
    return _minute(moment.astimezone(UTC))


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)
