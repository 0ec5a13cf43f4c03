"""Workflow rules and approvals: this organisation has none, and answers as one without them."""

from __future__ import annotations

from typing import Any

from hub_crm.sandbox.resources.collections import target
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call


def rules(site: Site, call: Call) -> Answer:
    """Give the workflow rules by object."""
    if name := call.segments.get("object"):
        site.org.object(name)
    return Answer(200, {"rules": {}})


def trigger(site: Site, call: Call) -> Answer:
    """Hold records against the rules: nothing follows; who names no record is refused."""
    ids = call.json_object().get("contextIds")
    if not isinstance(ids, list) or not ids:
        raise ApiError(400, "MISSING_ARGUMENT", "contextIds are needed")
    for record_id in ids:
        _record(site, record_id)
    return Answer(200, {"errors": None, "success": True})


def approvals(_site: Site, _call: Call) -> Answer:
    """Give the approval processes by object."""
    return Answer(200, {"approvals": {}})


def submit(site: Site, call: Call) -> Answer:
    """Submit records to an approval process: there is none that they fit."""
    requests = call.json_object().get("requests")
    if not isinstance(requests, list) or not requests:
        raise ApiError(400, "MISSING_ARGUMENT", "requests are needed")
    return Answer(200, [_submitted(site, one if isinstance(one, dict) else {}) for one in requests])


def _submitted(site: Site, request: dict[str, Any]) -> dict[str, Any]:
    record_id = str(request.get("contextId") or "")
    try:
        told = _unfit(site, request.get("actionType"), record_id).entries()
    except ApiError as error:
        told = error.entries()
    return {
        "actorIds": None, "entityId": record_id, "errors": told, "instanceId": None,
        "instanceStatus": None, "newWorkitemIds": None, "success": False,
    }  # fmt: skip


def _unfit(site: Site, action: Any, record_id: str) -> ApiError:
    if action != "Submit":  # there is no work item that could be meant
        return ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    _record(site, record_id)
    message = "No applicable approval process was found."
    return ApiError(400, "NO_APPLICABLE_PROCESS", message)


def _record(site: Site, record_id: Any) -> None:
    definition = site.org.object_of(str(record_id))
    if definition is None:
        raise ApiError(400, "MALFORMED_ID", f"bad id {record_id}")
    target(site, definition, str(record_id))
