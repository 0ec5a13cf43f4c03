"""What an administrator says about one Jira: where it is, who we are there, what maps to what."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator

from hub.settings import SecretRef, SecretSettings


class JiraSettings(SecretSettings):
    """Settings of one Jira connector.

    Args:
        url: the site, with its context path (`https://example.atlassian.net`,
            `https://jira.example.com/jira`).
        flavour: `cloud` or `server` (Data Center too); `auto` asks the site.
        email: the account for Basic login: an e-mail address on Cloud, a user name on Server.
            Without it, `token` is sent as a bearer token (Server's personal access tokens).
        token: API token, password, or personal access token.
        project: key of the project that takes hand-offs.
        issue_type: name of the issue type that hand-offs become.
        key_label_prefix: the label that carries the hub's key begins with it.
        fields: more fields to read and write: the hub's name → Jira's id or name.
        users: people whose e-mail address Jira hides: address → accountId (Server: user name).
        transitions: target status → name or id of the transition to prefer.
        default_resolution: what a transition gets that needs a resolution when none is known.
        statuses: statuses that the workflow must have, for `hub check`.
        done_statuses: statuses that mean that R&D is done, for `hub check`.
        search_lag_seconds: how long the search index may lag behind writes.
        overlap_seconds: how far a poll reads back, once a minute, for what the index showed late.
        since: changes before it are not read when the hub meets this project first.
        poll_filter: JQL that narrows which issues are read.
        page_size: issues per page of a poll.
        text_limit: longest text Jira takes, in characters, after conversion.
        webhook_secret: the secret of Jira's webhook; without it webhooks are refused.
        ca_file: certificates to trust, where the site has its own authority.
        connect_timeout_seconds: longest wait for a connection.
        read_timeout_seconds: longest wait for an answer.
        poll_seconds: pause between polls.
    """

    url: str
    flavour: Literal["auto", "cloud", "server"] = "auto"
    email: str = ""
    token: SecretRef
    project: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]+$")]
    issue_type: str = "Bug"
    key_label_prefix: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,60}$")] = "hub-key-"
    fields: dict[str, str] = Field(default_factory=dict)
    users: dict[str, str] = Field(default_factory=dict)
    transitions: dict[str, str] = Field(default_factory=dict)
    default_resolution: str = "Done"
    statuses: tuple[str, ...] = ()
    done_statuses: tuple[str, ...] = ()
    search_lag_seconds: Annotated[float, Field(ge=0)] = 20.0
    overlap_seconds: Annotated[float, Field(ge=0)] = 300.0
    since: datetime | None = None
    poll_filter: str = ""
    page_size: Annotated[int, Field(ge=1, le=100)] = 50
    text_limit: Annotated[int, Field(ge=100)] = 32_767
    webhook_secret: SecretRef | None = None
    ca_file: str | None = None
    connect_timeout_seconds: Annotated[float, Field(gt=0)] = 5.0
    read_timeout_seconds: Annotated[float, Field(gt=0)] = 30.0
    poll_seconds: Annotated[float, Field(gt=0)] = 5.0

    @field_validator("url")
    @classmethod
    def _plain_url(cls, url: str) -> str:
        if not url.startswith(("http://", "https://")):
            raise ValueError("the address of the site begins with https:// (or http://)")
        return url.rstrip("/")

    @field_validator("ca_file")
    @classmethod
    def _there(cls, path: str | None) -> str | None:
        if path is not None and not Path(path).is_file():
            raise ValueError(f"{path} is no file")
        return path

    @field_validator("poll_filter")
    @classmethod
    def _no_order(cls, jql: str) -> str:
        if "order by" in jql.lower():
            raise ValueError("leave ORDER BY out: the poll orders by itself")
        return jql.strip()

    @field_validator("since")
    @classmethod
    def _aware(cls, since: datetime | None) -> datetime | None:
        if since is not None and since.tzinfo is None:
            raise ValueError("write the time zone too, as in 2026-01-05T00:00:00+08:00")
        return since

    @field_validator("users")
    @classmethod
    def _lower(cls, users: dict[str, str]) -> dict[str, str]:
        return {address.lower(): account for address, account in users.items()}

    @model_validator(mode="after")
    def _cloud_needs_an_account(self) -> Self:
        if self.flavour == "cloud" and not self.email:
            raise ValueError("Jira Cloud needs `email` beside the API token")
        return self

    @property
    def needed_statuses(self) -> tuple[str, ...]:
        """Give every status that the configuration speaks of, once each."""
        return tuple(dict.fromkeys((*self.statuses, *self.transitions, *self.done_statuses)))
