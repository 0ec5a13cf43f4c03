"""What changed in issues: of one, of many, of chosen entries."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from hub_jira.sandbox.call import Answer, Call, Route, page
from hub_jira.sandbox.issue import History, Issue
from hub_jira.sandbox.model import JiraError
from hub_jira.sandbox.resources.finding import the_issue


def listing(call: Call) -> Answer:
    """List an issue's changes, oldest first."""
    entries = the_issue(call).histories
    cut = page(entries, call.number("startAt", 0, 10**9), call.number("maxResults", 100, 100))
    shown = [call.view.history(entry) for entry in cut.pop("shown")]
    last = cut["startAt"] + len(shown) >= cut["total"]
    link = f"{call.view.root}/issue/{call.path['issue']}/changelog"
    result = {"self": f"{link}?maxResults={cut['maxResults']}&startAt={cut['startAt']}", **cut}
    if not last:
        start = cut["startAt"] + len(shown)
        result["nextPage"] = f"{link}?maxResults={cut['maxResults']}&startAt={start}"
    return Answer({**result, "isLast": last, "values": shown})


def by_ids(call: Call) -> Answer:
    """Read chosen entries of an issue's changelog."""
    entries = the_issue(call).histories
    wanted = {str(entry) for entry in call.listed("changelogIds")}
    if not wanted:
        raise JiraError(400, "The changelog ids must be given.")
    shown = [call.view.history(entry) for entry in entries if entry.id in wanted]
    counts = {"startAt": 0, "maxResults": len(shown), "total": len(shown)}
    return Answer({**counts, "histories": shown})


def bulk(call: Call) -> Answer:
    """Read the changes of up to 1000 issues, of up to 10 fields, in pages."""
    call.logged_in()
    wanted = [str(entry) for entry in call.listed("issueIdsOrKeys")]
    fields = {str(entry) for entry in call.listed("fieldIds")}
    if not 0 < len(wanted) <= 1000:
        raise JiraError(400, "Between 1 and 1000 issue ids or keys must be given.")
    if len(fields) > 10:
        raise JiraError(400, "No more than 10 field ids can be given.")
    size = call.data.get("maxResults", 1000)
    if not isinstance(size, int) or not 0 < size <= 10_000:
        raise JiraError(400, "maxResults must be between 1 and 10000.")
    start = _position(call.data.get("nextPageToken"))
    entries = _entries(call, wanted, fields)
    result: dict[str, Any] = {"issueChangeLogs": _grouped(call, entries[start : start + size])}
    if start + size < len(entries):
        token = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        result["nextPageToken"] = token
    return Answer(result)


def _entries(call: Call, wanted: list[str], fields: set[str]) -> list[tuple[Issue, History]]:
    found = [
        (issue, entry)
        for issue in _visible(call, wanted)
        for entry in issue.histories
        if not fields or any(item.field_id in fields for item in entry.items)
    ]
    return sorted(found, key=lambda pair: (pair[1].created, int(pair[1].id)))


def _visible(call: Call, wanted: list[str]) -> list[Issue]:
    found = {}
    for identifier in wanted:
        issue = call.site.find_issue(identifier)
        if issue is not None and call.site.sees(call.user, issue):
            found[issue.id] = issue
    return list(found.values())


def _grouped(call: Call, entries: list[tuple[Issue, History]]) -> list[dict[str, Any]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for issue, entry in entries:
        groups.setdefault(issue.id, []).append(call.view.history(entry))
    return [{"issueId": issue, "changeHistories": shown} for issue, shown in groups.items()]


def _position(token: Any) -> int:
    if token is None:
        return 0
    try:
        return max(0, int(base64.urlsafe_b64decode(str(token)).decode("ascii")))
    except (ValueError, binascii.Error):
        raise JiraError(400, "The next page token is invalid.") from None


ROUTES = (
    Route("GET", "issue/{issue}/changelog", listing, server=False),
    Route("POST", "issue/{issue}/changelog/list", by_ids, server=False),
    Route("POST", "changelog/bulkfetch", bulk, server=False),
)
