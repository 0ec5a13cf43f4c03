"""The settings of a Salesforce connection, as they stand in its section of `hub.yaml`."""

from __future__ import annotations

from datetime import UTC, datetime
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
}

_API_NAME: Final = r"^[A-Za-z][A-Za-z0-9_]*$"
ApiName = Annotated[str, Field(pattern=_API_NAME)]


def _version(value: object) -> object:
    # YAML reads 59.0 as a number; people also write v59.0.
    return str(value).removeprefix("v") if isinstance(value, int | float | str) else value


class CrmSettings(SecretSettings):
    """A connection to one Salesforce organisation.

    It logs in by OAuth: with the connected app alone (client credentials), or, where `username`
    is given, with that user's password and security token besides.
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
