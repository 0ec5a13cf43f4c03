"""Quick actions: what a user starts from any page, such as logging a call."""

from __future__ import annotations

from typing import Any, Final

from hub_crm.ids import normal_id
from hub_crm.sandbox.resources.records import saved
from hub_crm.sandbox.resources.sections import COLOR, section
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call

_ACTIONS: Final = {
    "LogACall": ("LogACall", "Log a Call", "Task", ("Subject", "Description", "WhoId", "WhatId")),
    "NewTask": ("Create", "New Task", "Task", ("Subject", "ActivityDate", "Status", "WhoId",
                                               "WhatId")),
    "NewEvent": ("Create", "New Event", "Event", ("Subject", "StartDateTime", "EndDateTime",
                                                  "WhoId", "WhatId")),
    "NewCase": ("Create", "New Case", "Case", ("Subject", "Description", "ContactId", "Status")),
    "NewContact": ("Create", "New Contact", "Contact", ("FirstName", "LastName", "Email",
                                                        "AccountId")),
}  # fmt: skip


def action_items(call: Call) -> list[dict[str, Any]]:
    """Give all quick actions in short."""
    return [_action_item(call, name) for name in _ACTIONS]


def _action_item(call: Call, name: str) -> dict[str, Any]:
    kind, label, target, _ = _ACTIONS[name]
    place = f"{call.base}/quickActions/{name}"
    return {
        "accessLevelRequired": None, "colors": [COLOR], "iconUrl": None, "icons": [],
        "label": label, "miniIconUrl": "", "quickActionName": name, "targetSobjectType": target,
        "type": kind, "name": name, "actionEnum": f"Global.{name}",
        "urls": {
            "quickAction": place, "describe": f"{place}/describe",
            "defaultValues": f"{place}/defaultValues",
            "defaultValuesTemplate": f"{place}/defaultValues/{{ID}}",
        },
    }  # fmt: skip


def quick_actions(site: Site, call: Call) -> Answer:
    """Give the quick actions, of all pages or of an object's."""
    if "object" in call.segments:
        site.org.object(call.segments["object"])
    return Answer(200, action_items(call))


def quick_action(site: Site, call: Call) -> Answer:
    """Give one quick action, its description, or the values that it starts with."""
    name = _action(call)
    what = call.segments.get("what", "").lower()
    _, _, target, fields = _ACTIONS[name]
    if what == "defaultvalues":
        return Answer(200, _starting(site, call, target, fields))
    body = _action_item(call, name)
    if what == "describe":
        definition = site.org.objects[target]
        body |= {
            "contextSobjectType": None, "defaultValues": None, "height": None, "width": None,
            "layout": section(definition, [definition.fields[f] for f in fields]),
            "sourceSobjectType": None, "targetParentField": None, "targetRecordTypeId": None,
            "canvasApplicationName": None, "lightningComponentBundleId": None,
        }  # fmt: skip
    elif what:
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
    return Answer(200, body)


def _action(call: Call) -> str:
    for name in _ACTIONS:
        if name.lower() == call.segments["action"].lower():
            return name
    raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def _starting(site: Site, call: Call, target: str, fields: tuple[str, ...]) -> dict[str, Any]:
    definition = site.org.objects[target]
    values = {name: definition.blank[name] for name in fields}
    place = call.segments.get("context")
    if place and (row := site.org.row(place)) is not None:
        values |= _context(definition, str(row["Id"]), fields)
    return {"attributes": {"type": target}, **values}


def _context(definition: ObjectDef, record_id: str, fields: tuple[str, ...]) -> dict[str, str]:
    """Give the values by which a new record refers to the one that it is made from."""
    names = {"001": ("AccountId", "WhatId"), "003": ("ContactId", "WhoId"), "00Q": ("WhoId",)}
    for name in names.get(record_id[:3], ("WhatId",)):
        if name in fields and name in definition.fields:
            return {name: record_id}
    return {}


def perform(site: Site, call: Call) -> Answer:
    """Do a quick action: make its record, for another if a context is given."""
    name = _action(call)
    _, _, target, fields = _ACTIONS[name]
    body = call.json_object()
    context, given = body.get("contextId"), body.get("record")
    if not isinstance(given, dict):
        raise ApiError(400, "INVALID_INPUT", "record is required, as an object")
    definition = site.org.objects[target]
    values = {k: v for k, v in given.items() if k != "attributes"}
    if context is not None:
        row = site.org.row(context)
        if row is None or row.get("IsDeleted"):
            raise ApiError(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
        values = _context(definition, str(row["Id"]), fields) | values
    if name == "LogACall":
        values = {"Status": "Completed", "TaskSubtype": "Call", "Subject": "Call"} | values
    made = site.org.insert(definition, values, site.write(call))
    told = {
        **saved(made), "contextId": normal_id(context) if context else None, "created": True,
        "feedItemIds": [], "successMessage": None, "warnings": [],
    }  # fmt: skip
    return Answer(201, told)
