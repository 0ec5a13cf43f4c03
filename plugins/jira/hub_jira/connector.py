"""The connector of a Jira project: issues, their comments and their status, both ways."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any, Final

from hub.connector import (
    Capabilities,
    Environment,
    FieldInfo,
    Finding,
    Outcome,
    Page,
    WebhookRequest,
)
from hub.errors import AuthenticationError, ConnectorError, InvalidPayloadError
from hub.models import Change, Delivery, Receipt, Ref, Unreadable
from hub_jira.checking import Preflight
from hub_jira.client import JiraClient
from hub_jira.directory import Directory
from hub_jira.mapping import comment_id
from hub_jira.reading import Reader
from hub_jira.settings import JiraSettings
from hub_jira.writing import Writer

_SIGNATURE: Final = "x-hub-signature"


class JiraConnector:
    """Joins one project of one Jira (Cloud or Data Center) to the hub."""

    def __init__(self, settings: JiraSettings, environment: Environment) -> None:
        self._settings = settings
        self._environment = environment
        self._client = JiraClient(settings)
        self._directory = Directory(self._client, settings)
        clock = environment.clock
        self._reader = Reader(self._client, settings, self._directory, environment.name, clock)
        self._writer = Writer(self._client, settings, self._directory, self._reader, clock)

    @property
    def capabilities(self) -> Capabilities:
        """Give what this connector can do."""
        return Capabilities(
            kinds=frozenset({"issue", "comment"}),
            reread=frozenset({"issue"}),
            creates=frozenset({"issue"}),
            effects=frozenset({"create", "update", "comment", "edit_comment"}),
            webhook=self._settings.webhook_secret is not None,
            bulk=1,
            workers=4,
            poll_seconds=self._settings.poll_seconds,
        )

    def check(self) -> Sequence[Finding]:
        """Look at reach, login, rights, issue type, fields, statuses and transitions."""
        return self._preflight().findings()

    def describe(self) -> Mapping[str, Sequence[FieldInfo]]:
        """Give the fields of issues and comments, with the values the project allows."""
        return {
            "issue": self._preflight().describe_issue(),
            "comment": [
                FieldInfo(name="author", type="user", writable=False),
                FieldInfo(name="author_name", type="string", writable=False),
                FieldInfo(name="created", type="datetime", writable=False),
            ],
        }

    def poll(self, cursor: str | None) -> Page:
        """Read the issues that changed, with all their comments."""
        return self._reader.poll(cursor)

    def watch(self, timeout: float, stop: Event) -> bool:
        """Wait without watching: Jira tells of changes by webhook only."""
        stop.wait(timeout)
        return False

    def receive(self, request: WebhookRequest) -> Sequence[Ref]:
        """Verify a webhook's signature on its raw bytes; give the records it speaks of."""
        secret = self._settings.webhook_secret
        if secret is None:
            raise AuthenticationError("webhooks are refused: no webhook_secret is configured")
        headers = {name.lower(): value for name, value in request.headers.items()}
        made = hmac.new(secret.reveal().encode(), request.body, hashlib.sha256).hexdigest()
        given = headers.get(_SIGNATURE, "")
        if not hmac.compare_digest(f"sha256={made}".encode(), given.encode()):
            raise AuthenticationError("the webhook's signature is missing or wrong")
        try:
            return self._refs(json.loads(request.body))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise InvalidPayloadError(f"the webhook can not be read: {error!r}") from None

    def _refs(self, payload: Mapping[str, Any]) -> list[Ref]:
        issue = payload.get("issue")
        if issue is None:
            return []
        name = self._environment.name
        refs = [Ref(name, "issue", str(issue["id"]))]
        if comment := payload.get("comment"):
            identifier = comment_id(str(issue["id"]), str(comment["id"]))
            refs.append(Ref(name, "comment", identifier))
        return refs

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change | Unreadable]:
        """Read issues and comments as they are now."""
        return [self._reader.fetch(ref) for ref in refs]

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        """Make effects, one after the other."""
        return [self._outcome(delivery) for delivery in deliveries]

    def _outcome(self, delivery: Delivery) -> Outcome:
        try:
            return self._writer.perform(delivery)
        except ConnectorError as error:
            return error

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look by its key whether an earlier try made this effect."""
        return self._writer.find(delivery)

    def close(self) -> None:
        """Close the session to Jira."""
        self._client.close()

    def _preflight(self) -> Preflight:
        return Preflight(self._client, self._settings, self._directory)
