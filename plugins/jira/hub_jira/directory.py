"""What a Jira site calls things: its users, fields and projects, asked once and kept.

Names are translated and not unique, so ids are resolved here and what is ambiguous is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from hub.errors import InvalidPayloadError, NotFoundError, RejectedError
from hub.models import Value
from hub_jira import adf, wiki
from hub_jira.client import JiraClient
from hub_jira.settings import JiraSettings

Json = dict[str, Any]
_UNASSIGNED: Final = (None, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What a field takes: its type, the type of its entries if it is a list, rich text or not."""

    id: str
    type: str
    items: str = ""
    rich: bool = False


class Directory:
    """Looks up ids by names, and keeps what it found."""

    def __init__(self, client: JiraClient, settings: JiraSettings) -> None:
        self._client = client
        self._settings = settings
        self._lock = Lock()
        self._accounts: dict[str, str] = dict(settings.users)
        self._shapes: dict[str, Shape] | None = None
        self._portals: dict[str, bool] = {}

    def account(self, person: str, field: str) -> str:
        """Give the account id (Server: user name) of an e-mail address; refused if unknown."""
        if person.startswith("account:"):
            return person.removeprefix("account:")
        address = person.lower()
        with self._lock:
            known = self._accounts.get(address)
        if known is None:
            known = self._search_account(address, field)
            with self._lock:
                self._accounts[address] = known
        return known

    def user(self, person: Value, field: str) -> Json | None:
        """Give the reference to a user as this Jira takes it; None for nobody."""
        if person in _UNASSIGNED:
            return None
        account = self.account(str(person), field)
        return {"accountId": account} if self._client.cloud else {"name": account}

    def _search_account(self, address: str, field: str) -> str:
        what = "query" if self._client.cloud else "username"
        found: list[Json] = self._client.get("user/search", **{what: address, "maxResults": 50})
        exact = [
            user
            for user in found
            if str(user.get("emailAddress", "")).lower() == address
            and user.get("active", True)
            and user.get("accountType", "atlassian") == "atlassian"
        ]
        if len(exact) != 1:
            how = "nobody" if not exact else f"{len(exact)} users"
            raise InvalidPayloadError(
                f"{how} in Jira can be told by the address {address}; name the account in `users`",
                field=field,
            )
        return str(exact[0]["accountId" if self._client.cloud else "name"])

    def shapes(self) -> dict[str, Shape]:
        """Give the configured extra fields: the hub's name → what Jira's field takes."""
        if self._shapes is None:
            self._shapes = self._resolve() if self._settings.fields else {}
        return self._shapes

    def _resolve(self) -> dict[str, Shape]:
        fields: list[Json] = self._client.get("field")
        result = {}
        for ours, theirs in self._settings.fields.items():
            found = [x for x in fields if x["id"] == theirs] or [
                x for x in fields if str(x["name"]).lower() == theirs.lower()
            ]
            if len(found) != 1:
                many = ", ".join(str(x["id"]) for x in found)
                how = f"several fields are called so: {many}" if found else "no such field"
                raise RejectedError(f"setting fields.{ours}: {theirs!r}: {how}; give the id")
            schema = found[0].get("schema") or {}
            rich = str(schema.get("custom", "")).endswith(":textarea")
            result[ours] = Shape(
                id=str(found[0]["id"]),
                type=str(schema.get("type", "string")),
                items=str(schema.get("items", "")),
                rich=rich or theirs == "environment",
            )
        return result

    def written(self, shape: Shape, value: Value, name: str) -> Any:
        """Give a value in the form that a field takes."""
        if shape.type == "array":
            entries = value if isinstance(value, list) else [value]
            return [self._single(shape.items, entry, name) for entry in entries if entry]
        if value in _UNASSIGNED:
            return None
        if shape.rich:
            text = str(value)
            return adf.from_text(text) if self._client.cloud else wiki.from_text(text)
        return self._single(shape.type, value, name)

    def _single(self, kind: str, value: Value, name: str) -> Any:
        if kind == "option":
            return {"value": str(value)}
        if kind in {"priority", "version", "component", "resolution", "group"}:
            return {"name": str(value)}
        if kind == "user":
            return self.user(value, name)
        if kind == "number" and isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                raise InvalidPayloadError(f"not a number: {value!r}", field=name) from None
        return value

    def portal(self, project: Json) -> bool:
        """Say whether a project has a customer portal."""
        kind = project.get("projectTypeKey")
        if kind is None:
            key = str(project.get("id") or project.get("key"))
            with self._lock:
                known = self._portals.get(key)
            if known is None:
                known = self._client.get(f"project/{key}").get("projectTypeKey") == "service_desk"
                with self._lock:
                    self._portals[key] = known
            return known
        return bool(kind == "service_desk")

    def project_visible(self) -> bool:
        """Say whether our user can see the configured project."""
        try:
            self._client.get(f"project/{self._settings.project}")
        except NotFoundError:
            return False
        return True
