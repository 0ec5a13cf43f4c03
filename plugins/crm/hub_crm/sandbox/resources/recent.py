"""What was looked at last: records that were viewed, newest first."""

from __future__ import annotations

from typing import Any, Final

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import Answer, ApiError, Call

MOST: Final = 200


def viewed(site: Site, name: str | None = None) -> list[Row]:
    """Give the live records that were viewed, newest first, of one object or of all."""
    names = [name] if name else list(site.org.objects)
    rows = [
        row
        for each in names
        if "LastViewedDate" in site.org.objects[each].fields
        for row in site.org.rows(each)
        if row["LastViewedDate"] is not None
    ]
    return sorted(rows, key=lambda row: row["LastViewedDate"], reverse=True)[:MOST]


def named(call: Call, site: Site, row: Row) -> dict[str, Any]:
    """Give a record with its id and name alone."""
    definition = site.org.object_of(str(row["Id"]))
    name = definition.name_field if definition else None
    kind = definition.name if definition else ""
    url = f"{call.base}/sobjects/{kind}/{row['Id']}"
    body = {"attributes": {"type": kind, "url": url}, "Id": row["Id"]}
    return body | ({name.name: row.get(name.name)} if name else {})


def recent(site: Site, call: Call) -> Answer:
    """Give the records viewed last, of all objects."""
    limit = call.query.get("limit", str(MOST))
    if not limit.isdigit() or not 1 <= int(limit) <= MOST:
        raise ApiError(400, "INVALID_ARGUMENT", f"limit must be from 1 to {MOST}: {limit}")
    rows = viewed(site)[: int(limit)]
    return Answer(200, [named(call, site, row) for row in rows])
