"""Salesforce's rows as the hub's changes. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote

from hub.models import (
    Change,
    Fields,
    InternalText,
    PublicText,
    Receipt,
    Ref,
    Text,
    Unreadable,
    Value,
)

OBJECT_OF: Final = {
    "user": "User", "account": "Account", "contact": "Contact", "case": "Case",
    "case_comment": "CaseComment",
}  # fmt: skip
"""The object behind each kind; references stand before what refers to them."""
REFERENCES: Final = ("user", "account", "contact")
QUEUE: Final = "queue:"
"""How the owner begins if it is a queue, not a person."""

_MARK: Final = re.compile(r"\n*\[hub:([^\]\s]+)\]\s*\Z")
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What mapping needs to know of the connection: its name, and the organisation's fields."""

    connector: str
    case_map: Mapping[str, str]
    key_field: str
    domain_field: str
    account_map: Mapping[str, str]


def selected(kind: str, terms: Terms) -> list[str]:
    """Give the fields to read of a kind; `Id` and `SystemModstamp` come first."""
    paths = ["Id", "SystemModstamp", *_SELECTED[kind]]
    if kind == "case":
        paths += [*terms.case_map.values(), terms.key_field]
    if kind == "account":
        paths += [terms.domain_field, *terms.account_map.values()]
    return list(dict.fromkeys(paths))


_SELECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "user": ("Name", "Email", "IsActive"),
    "account": ("IsDeleted", "MasterRecordId", "Name", "OwnerId", "Owner.Email"),
    "contact": ("IsDeleted", "MasterRecordId", "Name", "Email", "Phone", "AccountId"),
    "case": (
        "IsDeleted", "MasterRecordId", "CaseNumber", "IsClosed", "OwnerId", "Owner.Type",
        "Owner.Email", "ContactId", "Contact.Name", "Contact.Email", "Contact.Phone", "AccountId",
        "Account.Name", "Account.Owner.Email", "LastModifiedBy.Email",
    ),
    "case_comment": ("IsDeleted", "ParentId", "CommentBody", "IsPublished", "CreatedBy.Email"),
}  # fmt: skip


def to_change(
    kind: str, row: Mapping[str, Any], terms: Terms, queues: Mapping[str, str], seen_at: datetime
) -> Change | Unreadable:
    """Give the change that a row is; one that can not be understood as `Unreadable`."""
    ref = Ref(terms.connector, kind, str(row.get("Id")))
    try:
        if row.get("IsDeleted"):
            return _gone(ref, row, terms, seen_at)
        return _MAPPERS[kind](ref, row, terms, queues, seen_at)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return Unreadable(
            ref=ref,
            version=f"{row.get('SystemModstamp')}~unreadable",
            cause=f"not a readable {OBJECT_OF[kind]}: {type(error).__name__}: {error}",
            excerpt=json.dumps(row, ensure_ascii=False, default=str)[:2000],
            remedy="compare the connector's field names with the organisation (hub check)",
        )


def absent(ref: Ref, seen_at: datetime) -> Change:
    """Give the change for a record that is no longer there, or may no longer be seen."""
    return Change(
        ref=ref, version="absent", seen_at=seen_at, gone=True, reference=ref.kind in REFERENCES
    )


def to_receipt(change: Change, *, found: bool = False) -> Receipt:
    """Give the receipt for a record as it was read back."""
    return Receipt(
        ref=change.ref,
        version=change.version,
        at=change.at,
        fields=change.fields,
        aliases=change.aliases,
        found=found,
    )


def _gone(ref: Ref, row: Mapping[str, Any], terms: Terms, seen_at: datetime) -> Change:
    winner = row.get("MasterRecordId")
    parent = row.get("ParentId") if ref.kind == "case_comment" else None
    return Change(
        ref=ref,
        version=f"{row['SystemModstamp']}~gone",
        seen_at=seen_at,
        at=moment(row["SystemModstamp"]),
        parent=Ref(terms.connector, "case", str(parent)) if parent else None,
        gone=True,
        reference=ref.kind in REFERENCES,
        mentions=(f"ref:{terms.connector}:{ref.kind}:{winner}",) if winner else (),
    )


def _case(
    ref: Ref, row: Mapping[str, Any], terms: Terms, queues: Mapping[str, str], seen_at: datetime
) -> Change:
    fields = {name: plain(row[api]) for name, api in terms.case_map.items() if api in row}
    contact, account = row.get("Contact") or {}, row.get("Account") or {}
    fields |= {
        "case_number": row["CaseNumber"],
        "closed": bool(row["IsClosed"]),
        "owner": _owner(row, queues),
        "contact_name": fields.get("contact_name") or contact.get("Name"),
        "contact_email": fields.get("contact_email") or contact.get("Email"),
        "contact_phone": fields.get("contact_phone") or contact.get("Phone"),
        "customer_name": account.get("Name") or fields.get("customer_name"),
        "account_manager": (account.get("Owner") or {}).get("Email"),
    }
    mentions = [
        f"ref:{terms.connector}:{kind}:{row[api]}"
        for kind, api in (("contact", "ContactId"), ("account", "AccountId"))
        if row.get(api)
    ]
    if fields["contact_email"]:
        mentions.append(f"email:{str(fields['contact_email']).lower()}")
    return _change(
        ref,
        row,
        seen_at,
        fields,
        aliases=(f"case-number:{row['CaseNumber']}",),
        mentions=tuple(mentions),
        key=str(row.get(terms.key_field) or ""),
        actor=_email_of(row.get("LastModifiedBy")),
    )


def _owner(row: Mapping[str, Any], queues: Mapping[str, str]) -> str:
    owner, owner_id = row.get("Owner") or {}, str(row["OwnerId"])
    if owner.get("Type") == "Queue":
        return QUEUE + queues.get(owner_id, owner_id)
    return _email_of(owner)


def _email_of(person: Mapping[str, Any] | None) -> str:
    return str((person or {}).get("Email") or "").lower()


def _comment(
    ref: Ref, row: Mapping[str, Any], terms: Terms, _: Mapping[str, str], seen_at: datetime
) -> Change:
    text, key = split_mark(str(row["CommentBody"] or ""))
    public = row["IsPublished"] is True
    return _change(
        ref,
        row,
        seen_at,
        {"public": public},
        text=PublicText(text) if public else InternalText(text),
        parent=Ref(terms.connector, "case", str(row["ParentId"])),
        key=key,
        actor=_email_of(row.get("CreatedBy")),
    )


def _contact(
    ref: Ref, row: Mapping[str, Any], terms: Terms, _: Mapping[str, str], seen_at: datetime
) -> Change:
    email, account = str(row.get("Email") or "").lower(), row.get("AccountId")
    fields: Fields = {
        "name": row["Name"], "email": email or None, "phone": row.get("Phone"), "account": account,
    }  # fmt: skip
    return _change(
        ref,
        row,
        seen_at,
        fields,
        aliases=(f"email:{email}",) if email else (),
        mentions=(f"ref:{terms.connector}:account:{account}",) if account else (),
    )


def _account(
    ref: Ref, row: Mapping[str, Any], terms: Terms, _: Mapping[str, str], seen_at: datetime
) -> Change:
    domains = hosts(str(row.get(terms.domain_field) or ""))
    fields: Fields = {
        "name": row["Name"], "owner": _email_of(row.get("Owner")), "domains": domains,
    }  # fmt: skip
    fields |= {name: plain(row[api]) for name, api in terms.account_map.items() if api in row}
    return _change(
        ref,
        row,
        seen_at,
        fields,
        aliases=(*(f"domain:{domain}" for domain in domains), f"name:{row['Name']}".casefold()),
        mentions=(f"ref:{terms.connector}:user:{row['OwnerId']}",),
    )


def _user(
    ref: Ref, row: Mapping[str, Any], terms: Terms, _: Mapping[str, str], seen_at: datetime
) -> Change:
    del terms
    email = _email_of(row)
    fields: Fields = {"name": row["Name"], "email": email, "active": bool(row["IsActive"])}
    return _change(ref, row, seen_at, fields, aliases=(f"email:{email}",) if email else ())


_MAPPERS: Final = {
    "user": _user, "account": _account, "contact": _contact, "case": _case,
    "case_comment": _comment,
}  # fmt: skip


def _change(
    ref: Ref,
    row: Mapping[str, Any],
    seen_at: datetime,
    fields: Fields,
    *,
    text: Text | None = None,
    **more: Any,
) -> Change:
    content = json.dumps([fields, text.text if text else None], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return Change(
        ref=ref,
        # The stamp counts whole seconds: two edits within one differ by their content alone.
        version=f"{row['SystemModstamp']}~{digest}",
        seen_at=seen_at,
        at=moment(row["SystemModstamp"]),
        reference=ref.kind in REFERENCES,
        fields=fields,
        text=text,
        **more,
    )


def moment(text: str) -> datetime:
    """Read an instant as Salesforce writes it (`…T06:03:07.000+0000`)."""
    return datetime.fromisoformat(text).astimezone(UTC)


def plain(value: Any) -> Value:
    """Give a field's value in the hub's form: numbers as decimal text, instants in ISO 8601."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return moment(value).isoformat()
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"a value of an unknown form: {value!r}")


def hosts(text: str) -> list[str]:
    """Give the domains in a field that holds a web address, or several domains."""
    found = []
    for part in re.split(r"[,;，；、\s]+", text.strip().lower()):
        host = re.sub(r"^[a-z]+://", "", part).split("/")[0].split(":")[0].split("@")[-1]
        host = host.removeprefix("www.").strip(".")
        if "." in host:
            found.append(host)
    return list(dict.fromkeys(found))


def split_mark(body: str) -> tuple[str, str]:
    """Give (text, key) of a comment's body; the key is empty if a person wrote it."""
    body = body.replace("\r\n", "\n").replace("\r", "\n")
    found = _MARK.search(body)
    if found is None:
        return body, ""
    return body[: found.start()], unquote(found.group(1))
