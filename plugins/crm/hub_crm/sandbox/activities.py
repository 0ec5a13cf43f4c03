"""Tasks and events as their records list them: what was done, and what is still to be done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from hub_crm.sandbox.records import Records

ACTIVITIES: Final = frozenset({"ActivityHistory", "OpenActivity"})


def gather(org: Records, name: str) -> None:
    """Let one of both lists hold the tasks and events that belong to it now."""
    wanted = name == "ActivityHistory"
    rows = [_activity(row, task=True) for row in org.rows("Task") if row["IsClosed"] is wanted]
    for event in org.rows("Event"):
        past = event["EndDateTime"] is not None and event["EndDateTime"] < org.now()
        if past is wanted:
            rows.append({**_activity(event, task=False), "IsClosed": past})
    known = org.objects[name].fields
    org.fill(name, ({key: row[key] for key in row.keys() & known.keys()} for row in rows))


def _activity(row: dict[str, Any], *, task: bool) -> dict[str, Any]:
    kind = row["TaskSubtype"] if task else row["EventSubtype"]
    return {**row, "IsTask": task, "ActivityType": kind}
