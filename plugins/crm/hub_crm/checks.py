"""Looks at reach and rights: is it Salesforce, who am I, what is missing, what to do about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from hub.connector import Finding
from hub.errors import (
    AuthenticationError,
    ConnectorError,
    NotFoundError,
    RateLimitedError,
    UnavailableError,
)
from hub_crm.client import soql
from hub_crm.facts import FieldFacts, ObjectFacts
from hub_crm.mapping import OBJECT_OF
from hub_crm.reading import Reader
from hub_crm.settings import CUSTOM_TYPES, STANDARD_FIELDS, CrmSettings

_WHERE: Final = "Setup, Object Manager, Case, Fields & Relationships, New"
_RIGHT: Final = "give the hub's user the right in its permission set (field-level security)"


class Checks:
    """The findings about one organisation."""

    def __init__(self, reader: Reader, settings: CrmSettings) -> None:
        self._reader = reader
        self._client = reader.client
        self._settings = settings

    def run(self) -> list[Finding]:
        """Give the findings; what stands on something that failed is not looked at."""
        findings: list[Finding] = []
        for step in (self._reach, self._login, self._objects, self._beneath):
            new = list(_guarded(step))
            findings += new
            if not all(finding.ok for finding in new):
                break
        return findings

    def _reach(self) -> Iterator[Finding]:
        offered = self._client.versions()
        yield Finding(what="reach", ok=True, detail=self._settings.url)
        wanted = self._settings.api_version
        span = f"{offered[0]} to {offered[-1]} are offered" if offered else "none is offered"
        yield Finding(
            what="API version",
            ok=wanted in offered,
            detail=f"{wanted}; {span}",
            remedy="" if wanted in offered else "set api_version to one that is offered",
        )

    def _login(self) -> Iterator[Finding]:
        user_id = self._client.login()
        query = soql("SELECT Username, Name FROM User WHERE Id = {}", user_id)
        rows = self._client.query("who am I", query) if user_id else []
        name = str(rows[0]["Username"]) if rows else "a user that may not be read"
        usage = self._client.usage
        spent = f"; {usage[0]} of {usage[1]} calls of the day are used" if usage else ""
        yield Finding(what="login", ok=True, detail=f"as {name}{spent}")

    def _objects(self) -> Iterator[Finding]:
        self._reader.descriptions.forget()
        objects = self._reader.descriptions.objects()
        for name in OBJECT_OF.values():
            yield _object(name, objects.get(name))
        case = objects.get("Case")
        if case is not None:
            yield self._key(case)
            for hub_name, api in self._settings.case_map.items():
                yield _case_field(hub_name, api, case.fields)
        account = objects.get("Account")
        wanted = [self._settings.account_domain_field, *self._settings.account_fields.values()]
        for api in wanted if account else ():
            yield Finding(
                what=f"field Account.{api}",
                ok=account is not None and api in account.fields,
                remedy="" if account and api in account.fields else f"make it, or {_RIGHT}",
            )

    def _beneath(self) -> Iterator[Finding]:
        """Look whether tasks and files can be made; cases do without, but not their desk."""
        for name, what in (("Task", "tasks of a case"), ("ContentVersion", "files of a case")):
            try:
                body = self._client.call("describe", f"sobjects/{name}/describe").body
                ok = bool(body["createable"])
            except NotFoundError:
                ok = False
            remedy = "" if ok else f"let the hub's user create {name} in its permission set"
            yield Finding(what=what, ok=ok, detail=name, remedy=remedy)

    def _key(self, case: ObjectFacts) -> Finding:
        name = self._settings.key_field
        field, what = case.fields.get(name), f"key field Case.{name}"
        recipe = (
            f"{_WHERE}: Text(255) named {name.removesuffix('__c')}, External ID, Unique "
            f"(case sensitive); then {_RIGHT}"
        )
        if field is None:
            return Finding(what=what, ok=False, detail="is missing or hidden", remedy=recipe)
        if not (field.external_id and field.unique):
            detail = "must be an external id and unique: else an effect could be made twice"
            return Finding(what=what, ok=False, detail=detail, remedy=recipe)
        return Finding(what=what, ok=field.createable, remedy="" if field.createable else _RIGHT)


def _object(name: str, facts: ObjectFacts | None) -> Finding:
    what = f"object {name}"
    if facts is None:
        return Finding(what=what, ok=False, detail="can not be read", remedy=_RIGHT)
    writes = name in {"Case", "CaseComment"}
    ok = not writes or (facts.createable and facts.updateable)
    detail = f"{len(facts.fields)} fields" if ok else "can be read, but not made and changed"
    return Finding(what=what, ok=ok, detail=detail, remedy="" if ok else _RIGHT)


def _case_field(hub_name: str, api: str, fields: Mapping[str, FieldFacts]) -> Finding:
    what, field = f"field Case.{api}", fields.get(api)
    if field is None:
        kind = CUSTOM_TYPES.get(hub_name, "Long Text Area")
        remedy = (
            f"name another in case_fields.{hub_name}, or {_RIGHT}"
            if hub_name in STANDARD_FIELDS and api == STANDARD_FIELDS[hub_name]
            else f"{_WHERE}: {kind} named {api.removesuffix('__c')}; or name another in "
            f"case_fields.{hub_name}; then {_RIGHT}"
        )
        return Finding(
            what=what, ok=False, detail=f"for {hub_name}: missing or hidden", remedy=remedy
        )
    ok = field.createable and field.updateable
    detail = f"for {hub_name}" if ok else f"for {hub_name}: can be read, but not written"
    return Finding(what=what, ok=ok, detail=detail, remedy="" if ok else _RIGHT)


def _guarded(step: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from step()
    except AuthenticationError as error:
        remedy = (
            "check client_id, client_secret and the user; that the connected app allows the flow"
        )
        yield Finding(what="login", ok=False, detail=str(error), remedy=remedy)
    except RateLimitedError as error:
        remedy = "wait, or raise the organisation's daily limit of calls"
        yield Finding(what="call budget", ok=False, detail=str(error), remedy=remedy)
    except UnavailableError as error:
        remedy = "check url, ca_file, proxy and firewall"
        yield Finding(what="reach", ok=False, detail=str(error), remedy=remedy)
    except ConnectorError as error:
        yield Finding(what="rights", ok=False, detail=str(error), remedy=_RIGHT)
