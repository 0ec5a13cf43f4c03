"""Shows the site's values as Jira's JSON: Cloud or Server, API version 2 or 3."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub_jira.sandbox.model import CATEGORIES, Named, Project, User
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.site import Site

Json = dict[str, Any]

_COLOURS: Final = ("#d04437", "#f15c75", "#f79232", "#707070", "#999999")


@dataclass(frozen=True, slots=True)
class View:
    """Shows values to one reader: dates in their zone, addresses only where they may be seen."""

    site: Site
    reader: User | None
    api: int

    @property
    def root(self) -> str:
        """Give the address of the REST API."""
        return f"{self.site.base_url}/rest/api/{self.api}"

    def local(self, at: datetime) -> datetime:
        """Give an instant in the reader's zone."""
        return at.astimezone(ZoneInfo(self.reader.time_zone if self.reader else "UTC"))

    def moment(self, at: datetime | None) -> str | None:
        """Show an instant in the reader's zone, with milliseconds and no colon in the offset."""
        if at is None:
            return None
        local = self.local(at)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def rich(self, text: RichText | None) -> Any:
        """Show a rich text in the form of this version of the API."""
        if text is None:
            return None
        return text.as_document() if self.api == 3 else text.as_markup()

    def user(self, account: str | None) -> Json | None:
        """Show a user."""
        if account is None:
            return None
        user = self.site.users[account]
        digest = hashlib.md5(user.email.encode(), usedforsecurity=False).hexdigest()
        sizes = ("48x48", "24x24", "16x16", "32x32")
        avatars = {size: f"{self.site.base_url}/avatar/{digest}?size={size[:2]}" for size in sizes}
        common: Json = {
            "displayName": user.display_name,
            "active": user.active,
            "timeZone": user.time_zone,
            "avatarUrls": avatars,
        }
        if not self.site.cloud:
            link = f"{self.root}/user?username={user.name}"
            names = {"self": link, "name": user.name, "key": f"JIRAUSER{user.account_id}"}
            return {**names, "emailAddress": user.email, **common}
        link = f"{self.root}/user?accountId={user.account_id}"
        own = self.reader is not None and self.reader.account_id == user.account_id
        mail = {} if user.email_hidden and not own else {"emailAddress": user.email}
        kind = {"accountId": user.account_id, "accountType": user.account_type}
        return {"self": link, **kind, **mail, **common}

    def somebody(self, account: str) -> Json:
        """Show a user as filters and dashboards name their owners on Cloud: in short."""
        shown = self.user(account) or {}
        names = ("self", "accountId", "name", "key", "displayName", "active", "avatarUrls")
        return {name: shown[name] for name in names if name in shown}

    def named(self, kind: str, entry: Named | None) -> Json | None:
        """Show a priority, resolution or the like."""
        if entry is None:
            return None
        return {
            "self": f"{self.root}/{kind}/{entry.id}",
            "id": entry.id,
            "name": entry.name,
            "description": entry.description,
        }

    def priority(self, identifier: str) -> Json:
        """Show a priority."""
        icon = f"{self.site.base_url}/images/icons/priorities/{identifier}.svg"
        return {
            **(self.named("priority", self.site.priorities[identifier]) or {}),
            "iconUrl": icon,
            "statusColor": _COLOURS[list(self.site.priorities).index(identifier) % len(_COLOURS)],
        }

    def resolution(self, identifier: str | None) -> Json | None:
        """Show a resolution."""
        return self.named("resolution", self.site.resolutions[identifier] if identifier else None)

    def category(self, key: str) -> Json:
        """Show a status category."""
        entry = CATEGORIES[key]
        return {
            "self": f"{self.root}/statuscategory/{entry.id}",
            "id": entry.id,
            "key": entry.key,
            "colorName": entry.color,
            "name": entry.name,
        }

    def status(self, identifier: str) -> Json:
        """Show a status."""
        entry = self.site.statuses[identifier]
        return {
            **(self.named("status", entry) or {}),
            "iconUrl": f"{self.site.base_url}/images/icons/statuses/generic.png",
            "statusCategory": self.category(entry.category),
        }

    def issue_type(self, identifier: str) -> Json:
        """Show an issue type."""
        entry = self.site.issue_types[identifier]
        icon = f"{self.site.base_url}/images/icons/issuetypes/{identifier}.png"
        return {
            **(self.named("issuetype", entry) or {}),
            "iconUrl": icon,
            "subtask": entry.subtask,
            "avatarId": 10303,
            **({"hierarchyLevel": entry.level} if self.site.cloud else {}),
        }

    def project(self, project: Project, *, full: bool = False) -> Json:
        """Show a project, in short or in full."""
        sizes = ("48x48", "24x24", "16x16", "32x32")
        avatar = f"{self.site.base_url}/secure/projectavatar?pid={project.id}"
        result: Json = {
            "self": f"{self.root}/project/{project.id}",
            "id": project.id,
            "key": project.key,
            "name": project.name,
            "projectTypeKey": project.type_key,
            "avatarUrls": {size: f"{avatar}&size={size}" for size in sizes},
        }
        if self.site.cloud:
            result["simplified"] = False
        if full:
            result |= {
                "description": project.description,
                "lead": self.user(project.lead),
                "issueTypes": [self.issue_type(x) for x in project.issue_types],
                "assigneeType": project.assignee_type,
            }
        return result
