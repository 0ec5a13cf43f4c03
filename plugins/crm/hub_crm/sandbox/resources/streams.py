"""Pushing to generic streaming channels, and who listens to them."""

from __future__ import annotations

from hub_crm.sandbox.resources.records import by_id
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call


def push(site: Site, call: Call) -> Answer:
    """Push events to a channel."""
    row = by_id(site, site.org.objects["StreamingChannel"], call)
    events = call.json_object().get("pushEvents")
    if not isinstance(events, list) or not all(isinstance(one, dict) for one in events):
        raise ApiError(400, "INVALID_INPUT", "pushEvents is required, as a list of objects")
    for event in events:
        if "payload" not in event:
            raise ApiError(400, "MISSING_ARGUMENT", "payload is required on each event")
        site.push(str(row["Name"]), event["payload"])
    return Answer(200, [{"fanoutCount": -1, "userOnlineStatus": {}} for _ in events])


def listeners(site: Site, call: Call) -> Answer:
    """Tell who listens to a channel; as the system does, of nobody in particular."""
    by_id(site, site.org.objects["StreamingChannel"], call)
    return Answer(200, {"OnlineUserIds": [], "ChannelName": call.segments["id"]})
