"""The settings of a Salesforce connection, as they stand in its section of `hub.yaml`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from hub.settings import SecretRef, SecretSettings

STANDARD_FIELDS: Final = {
    "subject": "Subject",
    "description": "Description",
    "status": "Status",
    "priority": "Priority",
    "issue_type": "Type",
    "origin": "Origin",
    "contact": "ContactId",
    "account": "AccountId",
    "contact_name": "SuppliedName",
    "contact_email": "SuppliedEmail",
    "contact_phone": "SuppliedPhone",
    "customer_name": "SuppliedCompany",
}
CUSTOM_FIELDS: Final = {
    "handling_method": "Handling_Method__c",
    "handling_result": "Handling_Result__c",
    "handling_advice": "Handling_Advice__c",
    "open_items": "Open_Items__c",
    "next_handler": "Next_Handler__c",
    "jira_key": "Jira_Key__c",
    "resolution": "Resolution__c",
    "after_hours": "After_Hours__c",
    "solution": "Solution__c",
    "agreed_until": "Agreed_Until__c",
    "response_due": "Response_Due__c",
    "plan_due": "Plan_Due__c",
    "update_due": "Update_Due__c",
    "resolution_due": "Resolution_Due__c",
    "close_reason": "Close_Reason__c",
    "satisfaction": "Satisfaction__c",
}
CUSTOM_TYPES: Final = {
    **dict.fromkeys(("jira_key", "next_handler", "resolution", "close_reason"), "Text(255)"),
    **dict.fromkeys(
        ("agreed_until", "response_due", "plan_due", "update_due", "resolution_due"), "Date/Time"
    ),
    "after_hours": "Checkbox",
    "satisfaction": "Text(10)",
}
"""Of which type a custom field is to be made, where it is no Long Text Area."""

_API_NAME: Final = r"^[A-Za-z][A-Za-z0-9_]*$"
ApiName = Annotated[str, Field(pattern=_API_NAME)]


def _version(value: object) -> object:
    # YAML reads 59.0 as a number; people also write v59.0.
    return str(value).removeprefix("v") if isinstance(value, int | float | str) else value


class CrmSettings(SecretSettings):
    """A connection to one Salesforce organisation.

    It logs in by OAuth: with the connected app alone (client credentials), or, where `username`
    is given, with that user's password and security token besides.

    Args:
        username, password: a user's login, for the password flow.
        security_token: of that user, where the organisation asks for one.
        api_version: must be offered by the organisation; old ones retire.
        ca_file: certificates to trust instead of the system's.
        key_field: the unique external id of Case that carries the hub's key.
        case_fields: API name of each of the hub's fields of a case; more may be added.
        account_domain_field: holds an account's web address, or its mail domains.
        account_fields: more fields of an account: the hub's name → API name.
        since: cases and comments last changed before it are left alone.
        poll_seconds: pause between polls; each costs one call of the day's budget.
        recent_seconds: how far each poll looks back.
        overlap_minutes: how far a sweep looks back, for what was committed late.
        sweep_seconds: pause between sweeps.
        settle_seconds: how long a lost call may still be at work before "not made" is believed.
        page_size: records of a kind in one call.
        timeout_seconds: longest wait for an answer.
        connect_timeout_seconds: longest wait for a connection.
        usage_percent: share of the day's calls after which polling pauses, and effects go on.
    """

    url: str = Field(description="address of the organisation: https://NAME.my.salesforce.com")
    client_id: str = Field(description="consumer key of the connected app")
    client_secret: SecretRef = Field(description="consumer secret of the connected app")
    username: str = ""
    password: SecretRef | None = None
    security_token: SecretRef | None = None
    api_version: Annotated[str, BeforeValidator(_version), Field(pattern=r"^\d{2,3}\.0$")] = "59.0"
    ca_file: str | None = None
    key_field: ApiName = "Hub_Key__c"
    case_fields: dict[str, ApiName] = Field(default_factory=dict)
    account_domain_field: ApiName = "Website"
    account_fields: dict[str, ApiName] = Field(default_factory=dict)
    since: datetime | None = None
    poll_seconds: float = Field(default=5.0, gt=0)
    overlap_minutes: float = Field(default=10.0, ge=0)
    recent_seconds: float = Field(default=15.0, ge=1)
    sweep_seconds: float = Field(default=60.0, ge=0)
    settle_seconds: float = Field(default=3.0, ge=0)
    page_size: int = Field(default=500, ge=1, le=2000)
    timeout_seconds: float = Field(default=30.0, gt=0)
    connect_timeout_seconds: float = Field(default=5.0, gt=0)
    usage_percent: float = Field(default=95.0, gt=0, le=100)

    @field_validator("url")
    @classmethod
    def _https(cls, value: str) -> str:
        if not value.startswith("https://"):
            raise ValueError("the address must begin with https://; the client speaks nothing else")
        return value.rstrip("/")

    @field_validator("ca_file")
    @classmethod
    def _there(cls, value: str | None) -> str | None:
        if value is not None and not Path(value).is_file():
            raise ValueError(f"{value} is no file")
        return value

    @field_validator("since")
    @classmethod
    def _since_utc(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value

    @model_validator(mode="after")
    def _complete_login(self) -> Self:
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password are given together or not at all")
        return self

    @property
    def case_map(self) -> dict[str, str]:
        """Give the API name of each of the hub's fields of a case."""
        return {**STANDARD_FIELDS, **CUSTOM_FIELDS, **self.case_fields}
