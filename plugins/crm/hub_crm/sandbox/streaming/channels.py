"""Channels: which events each tells, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from hub_crm.sandbox.blobs import Blob
from hub_crm.sandbox.events import Entry
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.schema import FieldType, ObjectDef
from hub_crm.sandbox.soql import Runner, parse
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.store import Row, Saved
from hub_crm.sandbox.wire import NEWEST, ApiError

Tell = Callable[[Entry], dict[str, Any] | None]
"""Gives the data of an event as a channel tells it; None if it does not."""

_CHANGES: Final = re.compile(r"/data/(\w+?)(__)?ChangeEvent")
_SYSTEM: Final = frozenset({"SystemModstamp", "LastModifiedDate", "LastModifiedById"})
_PEOPLE: Final = frozenset({"Contact", "Lead", "User"})
_TOPIC_TYPES: Final = {
    "CREATE": ("created", "NotifyForOperationCreate"),
    "UPDATE": ("updated", "NotifyForOperationUpdate"),
    "DELETE": ("deleted", "NotifyForOperationDelete"),
    "UNDELETE": ("undeleted", "NotifyForOperationUndelete"),
}


def channel(org: Org, name: str) -> Tell | None:
    """Give how a channel tells events; None if there is no such channel."""
    if name.startswith("/topic/"):
        return _topic(org, name.removeprefix("/topic/"))
    if name.startswith("/u/"):
        known = any(org.having("StreamingChannel", "Name", name))
        return _generic(name) if known else None
    if name == "/data/ChangeEvents":
        return lambda entry: _change(org, entry, None)
    if found := _CHANGES.fullmatch(name):
        definition = org.objects.get(found[1] + ("__c" if found[2] else ""))
        if definition is not None:
            return lambda entry: _change(org, entry, definition)
    return None


def _generic(name: str) -> Tell:
    def tell(entry: Entry) -> dict[str, Any] | None:
        if entry.channel != name:
            return None
        event = {"createdDate": _moment(entry.at), "replayId": entry.replay_id}
        return {"event": event, "payload": entry.payload}

    return tell


def _topic(org: Org, name: str) -> Tell | None:
    topic = next(iter(org.having("PushTopic", "Name", name)), None)
    if topic is None or not topic["IsActive"]:
        return None
    runner = Runner(org, f"/services/data/v{NEWEST}.0")
    try:
        watched = runner.watch(parse(topic["Query"]))
    except ApiError:
        return None

    def tell(entry: Entry) -> dict[str, Any] | None:
        saved = entry.saved
        if saved is None or entry.gap or saved.name != watched.definition.name:
            return None
        row = saved.after or {}
        change = change_type(saved)
        kind, right = _TOPIC_TYPES.get(change, ("", ""))
        if not kind or not topic[right] or not (watched.holds is None or watched.holds(row)):
            return None
        if change == "UPDATE" and not _noticed(topic, watched.names, watched.filtered, saved):
            return None
        sobject = {"Id": row["Id"]}
        if change != "DELETE":
            sobject = runner.write(watched.shape, row)
            sobject.pop("attributes")
        event = {"createdDate": _moment(entry.at), "replayId": entry.replay_id, "type": kind}
        return {"event": event, "sobject": sobject}

    return tell


def _noticed(topic: Row, selected: frozenset[str], filtered: frozenset[str], saved: Saved) -> bool:
    """Tell whether a change is of fields for which a topic is to notify."""
    changed = frozenset(changed_fields(saved))
    fields = {
        "All": changed,
        "Select": selected,
        "Where": filtered,
        "Referenced": selected | filtered,
    }[topic["NotifyForFields"]]
    return bool(changed & fields)


def change_type(saved: Saved) -> str:
    """Give what happened to a record; an empty text if it is told to nobody."""
    before, after = saved.before, saved.after
    if after is None:
        return "" if before is None or "IsDeleted" in before else "DELETE"
    if before is None:
        return "CREATE"
    if before.get("IsDeleted") != after.get("IsDeleted"):
        return "DELETE" if after["IsDeleted"] else "UNDELETE"
    return "UPDATE"


def changed_fields(saved: Saved) -> list[str]:
    """Give the names of the fields that a change changed."""
    before, after = saved.before or {}, saved.after or {}
    return [name for name in after if before.get(name) != after[name]]


def _change(org: Org, entry: Entry, wanted: ObjectDef | None) -> dict[str, Any] | None:
    saved = entry.saved
    if saved is None or (wanted is not None and saved.name != wanted.name):
        return None
    definition = org.objects.get(saved.name)
    change = entry.gap or change_type(saved)
    if definition is None or not change:
        return None
    changed = [
        name
        for name in changed_fields(saved)
        if name in definition.fields and not definition.fields[name].calculated
    ]
    if change == "UPDATE" and not changed:
        return None
    values = {} if entry.gap else _values(definition, saved, change, changed)
    header = _header(definition, entry, change, changed)
    return {
        "schema": f"sandbox{definition.prefix}{len(definition.fields):04d}",
        "payload": {"ChangeEventHeader": header, **values},
        "event": {"replayId": entry.replay_id},
    }


def _header(definition: ObjectDef, entry: Entry, change: str, changed: list[str]) -> dict[str, Any]:
    row = (entry.saved.after or entry.saved.before or {}) if entry.saved else {}
    told = [name for name in changed if name not in _SYSTEM]
    updates = change == "UPDATE"
    return {
        "entityName": definition.name,
        "recordIds": [row["Id"]] if change != "GAP_OVERFLOW" else ["000000000000000AAA"],
        "changeType": change,
        "changeOrigin": f"com/salesforce/api/rest/{NEWEST}.0",
        "transactionKey": entry.transaction,
        "sequenceNumber": entry.number,
        "commitTimestamp": int(entry.at.timestamp() * 1000),
        "commitNumber": entry.replay_id,
        "commitUser": row.get("LastModifiedById"),
        "nulledFields": [name for name in told if updates and row.get(name) is None],
        "diffFields": [],
        "changedFields": [*told, "LastModifiedDate"] if updates else [],
    }


def _values(definition: ObjectDef, saved: Saved, change: str, changed: list[str]) -> dict[str, Any]:
    after = saved.after or {}
    if change == "DELETE":
        return {}
    if change == "UPDATE":
        names = [*(name for name in changed if name not in _SYSTEM), "LastModifiedDate"]
    else:
        names = [name for name, value in after.items() if value is not None]
    told = {
        name: _told(after.get(name))
        for name in names
        if name in definition.fields
        and name not in {"Id", "IsDeleted", "SystemModstamp"}
        and definition.fields[name].type is not FieldType.BASE64
        and not definition.fields[name].calculated
    }
    if definition.name in _PEOPLE and "Name" in told:
        parts = ("Salutation", "FirstName", "LastName")
        told = {k: v for k, v in told.items() if k not in parts}
        told["Name"] = {p: after.get(p) for p in parts if p in after}
    return told


def _told(value: Any) -> Any:
    if isinstance(value, Blob):
        return None
    shown = plain(value)
    return shown.replace("+0000", "Z") if isinstance(shown, str) else shown


def _moment(at: Any) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
