"""What people and administrators do in the organisation by hand, for tests and the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from hub.errors import ConfigError
from hub.settings import Document
from hub_crm.ids import normal_id
from hub_crm.sandbox.appkey import public_key
from hub_crm.sandbox.catalogue import make_field, merged
from hub_crm.sandbox.loading import load
from hub_crm.sandbox.profile import enter_record_types
from hub_crm.sandbox.rights import RIGHTS
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write

Arguments = Mapping[str, Any]
GAPS: Final = ("GAP_CREATE", "GAP_UPDATE", "GAP_DELETE", "GAP_UNDELETE", "GAP_OVERFLOW")
_KINDS: Final = {
    "cases": "Case", "comments": "CaseComment", "contacts": "Contact", "accounts": "Account",
    "users": "User", "queues": "Group",
}  # fmt: skip


def act(site: Site, action: str, arguments: Arguments) -> Mapping[str, Any]:
    """Do one action; ValueError if it is unknown, or the organisation refuses it."""
    perform = ACTIONS.get(action)
    if perform is None:
        known = ", ".join(sorted(ACTIONS))
        raise ValueError(f"unknown action {action!r}; known: {known}")
    try:
        return perform(site, arguments)
    except ApiError as error:
        raise ValueError(str(error)) from error
    except KeyError as error:
        raise ValueError(f"{action} needs the argument {error}") from None


def listing(site: Site) -> Mapping[str, list[dict[str, Any]]]:
    """Give all live records by kind, as plain values; people and queues are named, not numbered."""
    return {
        kind: [_shown(site, name, row) for row in site.org.rows(name)]
        for kind, name in _KINDS.items()
    }


def _shown(site: Site, name: str, row: Row) -> dict[str, Any]:
    shown = {field: plain(row.get(field)) for field in site.org.objects[name].fields}
    for field, label in (("OwnerId", "Owner"), ("CreatedById", "CreatedBy"),
                         ("LastModifiedById", "LastModifiedBy")):  # fmt: skip
        if field in shown:
            shown[label] = _person(site, row.get(field))
    if name == "CaseComment":
        parent = site.org.tables["Case"].get(row["ParentId"])
        shown["CaseNumber"] = parent["CaseNumber"] if parent else None
    return shown


def _person(site: Site, record_id: str | None) -> str | None:
    user = site.org.tables["User"].get(record_id or "")
    if user is not None:
        return str(user["Email"])
    group = site.org.tables["Group"].get(record_id or "")
    return f"queue:{group['DeveloperName']}" if group else None


def _write(site: Site, arguments: Arguments) -> Write:
    by = str(arguments.get("by", "")).lower()
    user_id = _user_id(site, by) if by else site.integration_user
    return Write(
        user_id=user_id,
        auto_assign=bool(arguments.get("auto_assign")),
        stale_seconds=float(arguments.get("stale_seconds", 0)),
    )


def _user_id(site: Site, email: str) -> str:
    for user in site.org.rows("User"):
        if (user["Email"] or "").lower() == email.lower():
            return str(user["Id"])
    raise ValueError(f"no user has the e-mail address {email}")


def _values(site: Site, arguments: Arguments) -> dict[str, Any]:
    values = dict(arguments["fields"])
    owner = values.pop("owner", None)
    if isinstance(owner, str) and owner.startswith("queue:"):
        queues = {row["DeveloperName"]: row["Id"] for row in site.org.rows("Group")}
        values["OwnerId"] = queues.get(owner.removeprefix("queue:"))
    elif owner:
        values["OwnerId"] = _user_id(site, str(owner))
    return values


def _case(site: Site, arguments: Arguments) -> Row:
    wanted = arguments.get("id") or arguments.get("case_number") or arguments["case"]
    for row in site.org.rows("Case"):
        if wanted in {row["Id"], row["Id"][:15], row["CaseNumber"]}:
            return row
    raise ValueError(f"no case {wanted}")


def _named(site: Site, arguments: Arguments) -> tuple[ObjectDef, Row]:
    record_id = normal_id(arguments["id"]) or ""
    definition = site.org.object_of(record_id)
    if definition is None:
        raise ValueError(f"not an id: {arguments['id']}")
    return definition, site.org.get(definition, record_id)


def _create(name: str) -> Callable[[Site, Arguments], Mapping[str, Any]]:
    def create(site: Site, arguments: Arguments) -> Mapping[str, Any]:
        values = _values(site, arguments)
        row = site.org.insert(site.org.objects[name], values, _write(site, arguments))
        return _shown(site, name, row)

    return create


def _update_case(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    row, values = _case(site, arguments), _values(site, arguments)
    definition = site.org.objects["Case"]
    row = site.org.update(definition, row, values, _write(site, arguments))
    return _shown(site, "Case", row)


def _update(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    definition, row = _named(site, arguments)
    row = site.org.update(definition, row, _values(site, arguments), _write(site, arguments))
    return _shown(site, definition.name, row)


def _comment(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    values = {
        "ParentId": _case(site, {"case": arguments["case"]})["Id"],
        "CommentBody": arguments["text"],
        "IsPublished": bool(arguments.get("public")),
    }
    definition = site.org.objects["CaseComment"]
    row = site.org.insert(definition, values, _write(site, arguments))
    return _shown(site, "CaseComment", row)


def _delete(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    definition, row = _named(site, arguments)
    site.org.delete(definition, row, _write(site, arguments))
    return {"id": row["Id"]}


def _undelete(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    record_id = normal_id(arguments["id"]) or ""
    definition = site.org.object_of(record_id)
    if definition is None:
        raise ValueError(f"not an id: {arguments['id']}")
    site.org.undelete(definition, record_id, _write(site, arguments))
    return {"id": record_id}


def _merge(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    definition, master = _named(site, {"id": arguments["master"]})
    _, loser = _named(site, {"id": arguments["loser"]})
    site.org.merge(definition, master, [loser], _write(site, arguments))
    return {"id": master["Id"]}


def _purge(site: Site, _arguments: Arguments) -> Mapping[str, Any]:
    return {"purged": site.org.purge()}


def _hide(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.org.rights.hidden.add((str(arguments["object"]), str(arguments["field"])))
    return {}


def _show(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.org.rights.hidden.discard((str(arguments["object"]), str(arguments["field"])))
    return {}


def _add_field(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    declared = {k: v for k, v in arguments.items() if k not in {"object", "field", "length"}}
    if "length" in arguments:
        declared["type"] = f"{declared.get('type', 'string')}({int(arguments['length'])})"
    field = make_field(str(arguments["field"]), declared)
    site.org.add_field(site.org.object(str(arguments["object"])).name, field)
    return {}


def _declare(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    document = Document(Path("declare"), arguments["objects"])
    try:
        declared = merged(site.org.objects, [document])
    except ConfigError as error:
        raise ValueError(str(error)) from None
    for name in arguments["objects"]:
        site.org.declare(declared[name])
    enter_record_types(site.org, _write(site, {}))
    return {"objects": sorted(arguments["objects"])}


def _remove_field(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    definition = site.org.object(str(arguments["object"]))
    site.org.declare(definition.without_field(str(arguments["field"])))
    return {}


def _deny(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.org.rights.denied.add((str(arguments["object"]), _right(arguments)))
    return {}


def _allow(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.org.rights.denied.discard((str(arguments["object"]), _right(arguments)))
    return {}


def _right(arguments: Arguments) -> str:
    right = str(arguments["right"])
    if right not in RIGHTS:
        raise ValueError(f"{right!r} is no right; known: {', '.join(RIGHTS)}")
    return right


def _lock(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    _, row = _named(site, arguments)
    site.org.rights.locked.add(row["Id"])
    return {"id": row["Id"]}


def _unlock(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.org.rights.locked.discard(normal_id(arguments["id"]) or "")
    return {}


def _open_transaction(site: Site, _arguments: Arguments) -> Mapping[str, Any]:
    site.transaction_since = site.transaction_since or site.now()
    return {"since": plain(site.transaction_since)}


def _close_transaction(site: Site, _arguments: Arguments) -> Mapping[str, Any]:
    site.transaction_since = None
    return {}


def _load(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    write = _write(site, arguments)
    ids, counts = load(site.org, str(arguments["object"]), arguments["records"], write)
    return {"ids": ids, "made": counts}


def _gap(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    _, row = _named(site, arguments)
    kind = str(arguments.get("kind", "GAP_UPDATE"))
    if kind not in GAPS:
        raise ValueError(f"{kind!r} is no gap; known: {', '.join(GAPS)}")
    site.gap(row["Id"], kind)
    return {"id": row["Id"]}


def _expire(site: Site, _arguments: Arguments) -> Mapping[str, Any]:
    site.sessions.end_all()
    return {}


def _trust_key(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.sessions.keys.append(public_key(str(arguments["pem"]).encode()))
    return {}


def _trust_network(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.sessions.trusted = bool(arguments["trusted"])
    return {}


def _set_limit(site: Site, arguments: Arguments) -> Mapping[str, Any]:
    site.daily_limit = int(arguments["calls"])
    return {"used": site.used}


ACTIONS: Final[Mapping[str, Callable[[Site, Arguments], Mapping[str, Any]]]] = {
    "create_case": _create("Case"),
    "create_contact": _create("Contact"),
    "create_account": _create("Account"),
    "create_user": _create("User"),
    "update_case": _update_case,
    "update": _update,
    "comment": _comment,
    "delete": _delete,
    "undelete": _undelete,
    "merge": _merge,
    "empty_recycle_bin": _purge,
    "hide_field": _hide,
    "show_field": _show,
    "add_field": _add_field,
    "load": _load,
    "open_transaction": _open_transaction,
    "close_transaction": _close_transaction,
    "declare": _declare,
    "remove_field": _remove_field,
    "deny": _deny,
    "allow": _allow,
    "lock": _lock,
    "unlock": _unlock,
    "expire_sessions": _expire,
    "gap_event": _gap,
    "set_daily_limit": _set_limit,
    "organization": lambda site, _: {"id": site.organization_id},
    "trust_key": _trust_key,
    "trust_network": _trust_network,
}
