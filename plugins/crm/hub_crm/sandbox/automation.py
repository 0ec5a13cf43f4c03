"""What the organisation does by itself when a record is saved: names, closing, rules, history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from hub_crm.sandbox import files
from hub_crm.sandbox.records import Records
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import ApiError
from hub_crm.sandbox.write import Write

_TRACKED: Final = ("Status", "OwnerId", "Priority")
_FORECASTS: Final = {"Closed Won": ("Closed", 100), "Closed Lost": ("Omitted", 0)}


def before(org: Records, name: str, old: Row | None, row: Row, write: Write) -> None:
    """Fill in what the system sets itself, before the record is checked and stored."""
    if step := _BEFORE.get(name):
        step(org, old, row, write)


def after(org: Records, name: str, old: Row | None, row: Row, write: Write) -> None:
    """Make what the system makes of a record that was stored."""
    if step := _AFTER.get(name):
        step(org, old, row, write)


def closed_values(definition: ObjectDef, field: str) -> frozenset[str]:
    """Give the values of a picklist that mean closed (of a lead: converted)."""
    return frozenset(v.value for v in definition.fields[field].entries if v.closed)


def _case(org: Records, old: Row | None, row: Row, write: Write) -> None:
    contact_before = old["ContactId"] if old else None
    account_before = old["AccountId"] if old else None
    if row["ContactId"] not in {None, contact_before} and row["AccountId"] == account_before:
        contact = org.tables["Contact"].get(row["ContactId"])
        row["AccountId"] = contact["AccountId"] if contact else row["AccountId"]
    row["IsClosed"] = row["Status"] in closed_values(org.objects["Case"], "Status")
    if old is None:
        row["IsClosedOnCreate"] = row["IsClosed"]
    if not row["IsClosed"]:
        row["ClosedDate"] = None
    elif not (old and old["IsClosed"]):
        row["ClosedDate"] = org.now()
    if row["IsStopped"] != bool(old and old["IsStopped"]):
        row["StopStartDate"] = org.now() if row["IsStopped"] else None
    if write.auto_assign and org.assign_to:
        row["OwnerId"] = org.assign_to
    if write.owner_id:
        row["OwnerId"] = write.owner_id


def _case_saved(org: Records, old: Row | None, row: Row, write: Write) -> None:
    changes: list[tuple[str, Any, Any]] = [("created", None, None)] if old is None else []
    if old is not None:
        changes = [(f, old[f], row[f]) for f in _TRACKED if old[f] != row[f]]
    for field, was, became in changes:
        values = {"CaseId": row["Id"], "Field": "Owner" if field == "OwnerId" else field,
                  "DataType": "EntityId" if field == "OwnerId" else "Text",
                  "OldValue": was, "NewValue": became}  # fmt: skip
        org.put("CaseHistory", values, write)


def _person(_org: Records, _old: Row | None, row: Row, _write: Write) -> None:
    first, last = row["FirstName"] or "", row["LastName"] or ""
    asian = any("\u4e00" <= sign <= "\u9fff" for sign in first + last)
    row["Name"] = last + first if asian else f"{first} {last}".strip()
    if "IsEmailBounced" in row:
        row["IsEmailBounced"] = row["EmailBouncedReason"] is not None


def _user(org: Records, old: Row | None, row: Row, write: Write) -> None:
    _person(org, old, row, write)
    start = row["Username"].split("@")[0]
    row["Alias"] = row["Alias"] or start[:8]
    row["CommunityNickname"] = row["CommunityNickname"] or start[:40]
    if row["ProfileId"] is None:
        standard = (p for p in org.rows("Profile") if p["Name"] == "Standard User")
        row["ProfileId"] = next((p["Id"] for p in standard), None)


def _comment(_org: Records, _old: Row | None, row: Row, write: Write) -> None:
    row["IsPublished"] = bool(row["IsPublished"]) or write.publish


def _opportunity(org: Records, old: Row | None, row: Row, _write: Write) -> None:
    stage, closing = row["StageName"], closed_values(org.objects["Opportunity"], "StageName")
    row["IsClosed"], row["IsWon"] = stage in closing, stage == "Closed Won"
    category, probability = _FORECASTS.get(stage, ("Pipeline", 10))
    if old is None or old["StageName"] != stage:
        row["ForecastCategory"] = row["ForecastCategoryName"] = category
        if row["Probability"] == (old or {}).get("Probability"):
            row["Probability"] = probability
    if day := row["CloseDate"]:
        row["FiscalYear"], row["FiscalQuarter"] = day.year, (day.month + 2) // 3
        row["Fiscal"] = f"{day.year} {row['FiscalQuarter']}"


def _activity(org: Records, old: Row | None, row: Row, _write: Write) -> None:
    if "Status" in row:
        row["IsClosed"] = row["Status"] in closed_values(org.objects["Task"], "Status")
        row["IsHighPriority"] = row["Priority"] == "High"
        was = bool(old and old["IsClosed"])
        if row["IsClosed"] != was:
            row["CompletedDateTime"] = org.now() if row["IsClosed"] else None
    elif row["StartDateTime"] or row["ActivityDateTime"]:
        _event(row)
    about = org.row(row["WhatId"]) or org.row(row["WhoId"])
    row["AccountId"] = None
    if about is not None:
        own = about["Id"] if str(about["Id"]).startswith("001") else None
        row["AccountId"] = own or about.get("AccountId")


def _event(row: Row) -> None:
    start = row["StartDateTime"] or row["ActivityDateTime"]
    row["StartDateTime"] = row["ActivityDateTime"] = start
    row["ActivityDate"] = start.date()
    if row["EndDateTime"] is not None:
        row["DurationInMinutes"] = int((row["EndDateTime"] - start).total_seconds() // 60)
    elif row["DurationInMinutes"] is None:
        message = "Required fields are missing: [DurationInMinutes]"
        raise ApiError(400, "REQUIRED_FIELD_MISSING", message, ["DurationInMinutes"])


def _contract(_org: Records, _old: Row | None, row: Row, _write: Write) -> None:
    row["StatusCode"] = {"In Approval Process": "InApproval"}.get(row["Status"], row["Status"])
    start, months = row["StartDate"], row["ContractTerm"]
    if start is not None and months:
        month = start.month - 1 + int(months)
        ends = datetime(start.year + month // 12, month % 12 + 1, 1, tzinfo=UTC).date()
        row["EndDate"] = ends.replace(day=min(start.day, 28))


def _order(_org: Records, _old: Row | None, row: Row, _write: Write) -> None:
    row["StatusCode"] = row["Status"]


def _entitlement(org: Records, _old: Row | None, row: Row, _write: Write) -> None:
    today = org.now().date()
    if row["EndDate"] is not None and row["EndDate"] < today:
        row["Status"] = "Expired"
    elif row["StartDate"] is not None and row["StartDate"] > today:
        row["Status"] = "Inactive"
    else:
        row["Status"] = "Active"


def _mail_saved(org: Records, old: Row | None, row: Row, write: Write) -> None:
    """A mail that is linked to nothing but a case is at work: it reopens nothing by itself."""
    if old is None and row["MessageDate"] is None:
        org.amend("EmailMessage", row, {"MessageDate": org.now()}, write)


def _article(org: Records, old: Row | None, row: Row, write: Write) -> None:
    if old is not None:
        return
    row["VersionNumber"], row["IsLatestVersion"] = 1, True
    row["ArticleCreatedDate"], row["ArticleCreatedById"] = org.now(), write.user_id
    shown = {"ArticleNumber": row["ArticleNumber"], "MasterLanguage": row["Language"]}
    if row["PublishStatus"] == "Online":
        shown |= {"FirstPublishedDate": org.now(), "LastPublishedDate": org.now()}
        row |= {"FirstPublishedDate": org.now(), "LastPublishedDate": org.now()}
    row["KnowledgeArticleId"] = org.put("Knowledge__ka", shown, write)["Id"]


def _member_numbers(org: Records, _old: Row | None, row: Row, _write: Write) -> None:
    if org.row(row["QueueId"]) and org.row(row["QueueId"])["Type"] != "Queue":  # type: ignore[index]
        message = "Queue ID: id value of incorrect type"
        raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", message, ["QueueId"])


def lines_changed(org: Records, _old: Row | None, row: Row, write: Write) -> None:
    """Let an opportunity know whether it has products; it is worth what they are worth."""
    sale = org.tables["Opportunity"].get(row["OpportunityId"])
    if sale is None or sale["IsDeleted"]:
        return
    lines = list(org.having("OpportunityLineItem", "OpportunityId", sale["Id"]))
    told: dict[str, Any] = {"HasOpportunityLineItem": bool(lines)}
    if lines:
        told["Amount"] = sum((line["TotalPrice"] or Decimal(0) for line in lines), Decimal(0))
    org.amend("Opportunity", sale, told, write)


_Step = Callable[[Records, Row | None, Row, Write], None]
_BEFORE: Final[dict[str, _Step]] = {
    "Case": _case,
    "CaseComment": _comment,
    "Contact": _person,
    "Lead": _person,
    "User": _user,
    "Opportunity": _opportunity,
    "Task": _activity,
    "Event": _activity,
    "Contract": _contract,
    "Order": _order,
    "Entitlement": _entitlement,
    "Knowledge__kav": _article,
    "QueueSobject": _member_numbers,
    "ContentVersion": files.version,
    "ContentDocumentLink": files.link,
    "Attachment": files.attachment,
    "Document": files.attachment,
}
_AFTER: Final[dict[str, _Step]] = {
    "Case": _case_saved,
    "EmailMessage": _mail_saved,
    "OpportunityLineItem": lines_changed,
    "ContentVersion": files.version_saved,
}
