"""What the organisation does by itself when a record is saved: numbers, names, closing, rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from hub_crm.sandbox.objects import CLOSED_STATUSES
from hub_crm.sandbox.schema import ObjectDef

Row = dict[str, Any]


class Records(Protocol):
    """What automation sees of the organisation."""

    assign_to: str

    @property
    def objects(self) -> Mapping[str, ObjectDef]:
        """Give the objects by name."""
        ...

    @property
    def tables(self) -> Mapping[str, Mapping[str, Row]]:
        """Give the records of each object by id."""
        ...

    def now(self) -> datetime:
        """Give the present instant."""
        ...

    def next_number(self, sequence: str) -> int:
        """Give the next number of a sequence."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """How a record is written: by whom, whether assignment rules run, which faults are played.

    `stale_seconds` is how far behind now the record is stamped: a long transaction's commit.
    `owner_id` is an owner that a flow sets whatever the call asks; `publish` has a flow publish
    every comment.
    """

    user_id: str
    auto_assign: bool = False
    stale_seconds: float = 0.0
    owner_id: str = ""
    publish: bool = False


def complete(org: Records, name: str, old: Row | None, row: Row, write: Write) -> None:
    """Fill in what the system sets itself, before the record is checked and stored."""
    definition = org.objects[name]
    if old is None:
        for field in definition.fields.values():
            if field.name not in row:
                row[field.name] = field.default if field.default != "" else None
        if "OwnerId" in definition.fields and row["OwnerId"] is None:
            row["OwnerId"] = write.user_id
    if step := _STEPS.get(name):
        step(org, old, row, write)


def _case(org: Records, old: Row | None, row: Row, write: Write) -> None:
    if old is None:
        row["CaseNumber"] = f"{org.next_number('CaseNumber'):08d}"
    contact_before = old["ContactId"] if old else None
    account_before = old["AccountId"] if old else None
    if row["ContactId"] not in {None, contact_before} and row["AccountId"] == account_before:
        contact = org.tables["Contact"].get(row["ContactId"])
        row["AccountId"] = contact["AccountId"] if contact else row["AccountId"]
    row["IsClosed"] = row["Status"] in CLOSED_STATUSES
    if not row["IsClosed"]:
        row["ClosedDate"] = None
    elif not (old and old["IsClosed"]):
        row["ClosedDate"] = org.now()
    if write.auto_assign and org.assign_to:
        row["OwnerId"] = org.assign_to
    if write.owner_id:
        row["OwnerId"] = write.owner_id


def _person(_org: Records, _old: Row | None, row: Row, _write: Write) -> None:
    first, last = row["FirstName"] or "", row["LastName"]
    asian = any("\u4e00" <= sign <= "\u9fff" for sign in first + last)
    row["Name"] = last + first if asian else f"{first} {last}".strip()


def _user(org: Records, old: Row | None, row: Row, write: Write) -> None:
    _person(org, old, row, write)
    row["UserType"] = row["UserType"] or "Standard"
    row["Alias"] = row["Alias"] or row["Username"].split("@")[0][:8]


def _comment(_org: Records, _old: Row | None, row: Row, write: Write) -> None:
    row["IsPublished"] = bool(row["IsPublished"]) or write.publish


_STEPS: Final[dict[str, Callable[[Records, Row | None, Row, Write], None]]] = {
    "Case": _case,
    "CaseComment": _comment,
    "Contact": _person,
    "User": _user,
}
