"""Converting leads into accounts, contacts and opportunities."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hub_crm.sandbox.automation import closed_values
from hub_crm.sandbox.resources import collections
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soap.envelope import Request, children, tree
from hub_crm.sandbox.store import Row
from hub_crm.sandbox.wire import ApiError, Call
from hub_crm.sandbox.write import Write

_RESULT = ("accountId", "contactId", "leadId", "opportunityId", "success")


def convert(site: Site, http: Call, request: Request) -> list[Any]:
    """Convert leads, each on its own."""
    write = site.write(http)
    wanted = [tree(element) for element in children(request.body, "leadConverts")]
    results = collections.each(
        site, [w for w in wanted if isinstance(w, dict)], lambda w: _one(site, w, write),
        strict=False,
    )  # fmt: skip
    return [
        {**{key: result.get(key) for key in _RESULT},
         "errors": [{k: e[k] for k in ("fields", "message", "statusCode")}
                    for e in result["errors"]]}
        for result in results
    ]  # fmt: skip


def _one(site: Site, wanted: dict[str, Any], write: Write) -> dict[str, Any]:
    definition = site.org.objects["Lead"]
    lead = collections.target(site, definition, str(wanted.get("leadId", "")))
    if lead["IsConverted"]:
        raise ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    status = wanted.get("convertedStatus")
    if status not in closed_values(definition, "Status"):
        message = "invalid convertedStatus: " + str(status)
        raise ApiError(400, "INVALID_STATUS", message)
    owner = wanted.get("ownerId") or lead["OwnerId"]
    account = wanted.get("accountId") or _account(site, lead, owner, write)
    contact = wanted.get("contactId") or _contact(site, lead, account, owner, write)
    opportunity = None
    if wanted.get("doNotCreateOpportunity") not in {"true", "1"}:
        name = wanted.get("opportunityName") or lead["Company"]
        opportunity = wanted.get("opportunityId") or _opportunity(site, name, account, owner, write)
    converted = {
        "Status": status, "IsConverted": True, "ConvertedDate": site.now().date(),
        "ConvertedAccountId": account, "ConvertedContactId": contact,
        "ConvertedOpportunityId": opportunity,
    }  # fmt: skip
    site.org.amend("Lead", lead, converted, write)
    return {
        "accountId": account, "contactId": contact, "leadId": lead["Id"],
        "opportunityId": opportunity, "success": True, "errors": [],
    }  # fmt: skip


def _account(site: Site, lead: Row, owner: str, write: Write) -> str:
    values = {
        "Name": lead["Company"], "OwnerId": owner, "Phone": lead["Phone"],
        "Website": lead["Website"], "BillingCity": lead["City"], "BillingStreet": lead["Street"],
    }  # fmt: skip
    return str(site.org.insert(site.org.objects["Account"], values, write)["Id"])


def _contact(site: Site, lead: Row, account: str, owner: str, write: Write) -> str:
    same = ("FirstName", "LastName", "Title", "Email", "Phone", "MobilePhone", "LeadSource")
    values = {**{name: lead[name] for name in same}, "AccountId": account, "OwnerId": owner}
    return str(site.org.insert(site.org.objects["Contact"], values, write)["Id"])


def _opportunity(site: Site, name: str, account: str, owner: str, write: Write) -> str:
    values = {
        "Name": name, "AccountId": account, "OwnerId": owner, "StageName": "Prospecting",
        "CloseDate": str(site.now().date() + timedelta(days=90)),
    }  # fmt: skip
    return str(site.org.insert(site.org.objects["Opportunity"], values, write)["Id"])
