"""Writes all that an organisation holds to bytes, and reads it back."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

import msgspec

from hub_crm.sandbox.blobs import Blob
from hub_crm.sandbox.bulk.jobs import Job
from hub_crm.sandbox.bulk.keeping import KeptJob, kept, restored
from hub_crm.sandbox.events import Entry
from hub_crm.sandbox.formula import Formula, FormulaError, parse_formula
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.resources.queries import runner
from hub_crm.sandbox.schema import NUMERIC, FieldDef, FieldType, ObjectDef
from hub_crm.sandbox.sessions import Kept
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soql import Runner
from hub_crm.sandbox.store import Row, Saved
from hub_crm.sandbox.views import VIEWS
from hub_crm.sandbox.wire import Call

FORMAT: Final = 1
_READERS: Final[Mapping[FieldType, Callable[[Any], Any]]] = {
    FieldType.DATETIME: datetime.fromisoformat,
    FieldType.DATE: date.fromisoformat,
    FieldType.TIME: time.fromisoformat,
    **dict.fromkeys(NUMERIC, lambda value: value if isinstance(value, int) else Decimal(value)),
}


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    """An event that can be replayed; `record` names the object and the id of what was saved."""

    replay_id: int
    at: datetime
    record: tuple[str, str] | None = None
    before: dict[str, Any] | None = None
    after: dict[str, Any] | None = None
    transaction: str = ""
    number: int = 1
    channel: str = ""
    payload: Any = None
    gap: str = ""


class _Dump(msgspec.Struct, frozen=True, kw_only=True):
    """What is written."""

    format: int = FORMAT
    objects: list[dict[str, Any]]
    tables: dict[str, list[dict[str, Any]]]
    numbers: dict[str, int]
    purged: list[tuple[str, str, datetime]]
    deleted_with: dict[str, str]
    hidden: list[tuple[str, str]]
    denied: list[tuple[str, str]]
    locked: list[str]
    assign_to: str
    rule_id: str
    sessions: Kept
    jobs: list[KeptJob] = []
    events: list[_Event] = []
    used: int
    daily_limit: int
    integration_user: str
    organization_id: str


def dump(site: Site) -> bytes:
    """Give all that a site holds."""
    org = site.org
    return msgspec.json.encode(
        _Dump(
            objects=[_fields_of(definition) for definition in org.objects.values()],
            tables={
                name: [_stored(row) for row in table.values()]
                for name, table in org.tables.items()
                if table and name not in VIEWS
            },
            numbers=org.numbers,
            purged=org.purged,
            deleted_with=org.deleted_with,
            hidden=sorted(org.rights.hidden),
            denied=sorted(org.rights.denied),
            locked=sorted(org.rights.locked),
            assign_to=org.assign_to,
            rule_id=org.rule_id,
            sessions=site.sessions.kept_state(),
            jobs=kept(site.jobs, _stored),
            events=[_told(entry) for entry in site.events],
            used=site.used,
            daily_limit=site.daily_limit,
            integration_user=site.integration_user,
            organization_id=site.organization_id,
        ),
        enc_hook=_plain,
    )


def _stored(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _told(entry: Entry) -> _Event:
    saved, common = entry.saved, {name: getattr(entry, name) for name in _EVENT}
    if saved is None:
        return _Event(**common)
    before, after = (_untold(row) for row in (saved.before, saved.after))
    return _Event(**common, record=(saved.name, saved.record_id), before=before, after=after)


_EVENT: Final = ("replay_id", "at", "transaction", "number", "channel", "payload", "gap")


def _untold(row: Row | None) -> Row | None:
    """Give a record as an event keeps it: without its files, of which no event tells."""
    if row is None:
        return None
    return _stored({key: value for key, value in row.items() if not isinstance(value, Blob)})


def _event(org: Org, told: _Event) -> Entry | None:
    """Give an event again; None if its object is no longer there."""
    common: dict[str, Any] = {name: getattr(told, name) for name in _EVENT}
    if told.record is None:
        return Entry(**common)
    name, record_id = told.record
    definition = org.objects.get(name)
    if definition is None:
        return None
    before, after = (row and _row(definition, row) for row in (told.before, told.after))
    return Entry(**common, saved=Saved(name, record_id, before, after))


def _fields_of(definition: ObjectDef) -> dict[str, Any]:
    return {f.name: getattr(definition, f.name) for f in dataclasses.fields(definition)}


def _plain(value: object) -> Any:
    if isinstance(value, Blob):
        return value.data
    if isinstance(value, Formula):
        return value.text
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"can not be kept: {value!r}")


def load(site: Site, dumped: bytes) -> None:
    """Let a site hold what was dumped, and nothing else; ValueError if it is no such dump."""
    try:
        found = msgspec.json.decode(dumped, type=_Dump)
        if found.format != FORMAT:
            raise ValueError(f"it is of format {found.format}, not {FORMAT}")
        objects = [msgspec.convert(o, ObjectDef, dec_hook=_read) for o in found.objects]
    except (msgspec.MsgspecError, FormulaError) as error:
        raise ValueError(str(error)) from None
    org = Org(site.clock, {o.name: o for o in objects})
    for name, rows in found.tables.items():
        for stored in rows:
            row = _row(org.objects[name], stored)
            org.save(name, row["Id"], row)
    org.numbers = found.numbers
    org.purged = found.purged
    org.deleted_with = found.deleted_with
    org.rights.hidden = set(found.hidden)
    org.rights.denied = set(found.denied)
    org.rights.locked = set(found.locked)
    org.assign_to, org.rule_id = found.assign_to, found.rule_id
    site.org = org
    site.sessions.take(found.sessions, found.organization_id)
    site.jobs = restored(
        found.jobs,
        lambda job: _running(site, job),
        lambda name, stored: _row(org.objects[name], stored),
    )
    site.events.clear()
    site.events.extend(entry for told in found.events if (entry := _event(org, told)))
    site.used, site.daily_limit = found.used, found.daily_limit
    site.integration_user = found.integration_user
    site.organization_id = found.organization_id


def _running(site: Site, job: Job) -> Runner:
    call = Call("GET", "/", version=job.version, user_id=job.created_by)
    return runner(site, call, deleted=job.operation == "queryAll")


def _read(kind: type, value: Any) -> Any:
    if kind is Formula:
        return parse_formula(str(value))
    raise TypeError(f"{kind} can not be read")


def _row(definition: ObjectDef, stored: Mapping[str, Any]) -> Row:
    row: Row = dict.fromkeys(definition.fields)
    for name, value in stored.items():
        row[name] = _value(definition, definition.fields.get(name), value, stored)
    return row


def _value(
    definition: ObjectDef, field: FieldDef | None, value: Any, stored: Mapping[str, Any]
) -> Any:
    if field is None:
        return value
    if field.type is FieldType.BASE64:
        data = base64.b64decode(value)
        return Blob(definition.name, stored["Id"], field.name, data)
    reader = _READERS.get(field.type)
    return reader(value) if reader else value
