"""Keeps a whole site as bytes, and makes a site of them again."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec

from hub_jira.sandbox.issue import Issue, Link, LinkType
from hub_jira.sandbox.logins import Logins
from hub_jira.sandbox.model import BulkTask, CustomField, IssueType, Named, Project, Status, User
from hub_jira.sandbox.planning import Planning
from hub_jira.sandbox.richtext import RichText
from hub_jira.sandbox.schemes import Schemes
from hub_jira.sandbox.settings import Settings
from hub_jira.sandbox.site import Site, Webhook

_FORM: Final = 2
TABLES: Final[dict[str, Any]] = {
    "users": dict[str, User],
    "statuses": dict[str, Status],
    "resolutions": dict[str, Named],
    "priorities": dict[str, Named],
    "issue_types": dict[str, IssueType],
    "custom_fields": dict[str, CustomField],
    "projects": dict[str, Project],
    "planning": Planning,
    "schemes": Schemes,
    "settings": Settings,
    "logins": Logins,
    "tasks": dict[str, BulkTask],
    "webhooks": dict[int, Webhook],
    "deleted_worklogs": list[tuple[str, datetime]],
    "upload_limit": int,
    "text_limit": int,
    "old_search": bool,
    "version": tuple[int, int, int],
    "last_id": int,
    "signing_key": bytes,
}
"""What of a site is kept as it is, and of which type it is."""
DERIVED: Final = frozenset({"issues", "relations", "index", "owners", "_keys"})
"""What is kept in another form, or found again from what is kept."""
PASSING: Final = frozenset({"cloud", "clock", "lock", "base_url", "listeners", "limits"})
"""What belongs to a running emulator alone."""


class _Kept(msgspec.Struct):
    form: int
    cloud: bool
    tables: dict[str, msgspec.Raw]
    issues: list[Issue]
    link_types: list[LinkType]
    links: list[Link]


def dump(site: Site) -> bytes:
    """Give all that a site holds, at one instant."""
    encode = msgspec.msgpack.Encoder().encode
    with site.lock:
        tables = {name: msgspec.Raw(encode(getattr(site, name))) for name in TABLES}
        relations = site.relations
        return encode(
            _Kept(
                form=_FORM,
                cloud=site.cloud,
                tables=tables,
                issues=list(site.issues.values()),
                link_types=list(relations.types.values()),
                links=list(relations.links.values()),
            )
        )


def load(site: Site, dumped: bytes) -> None:
    """Have a fresh site hold what was dumped, and nothing else; ValueError if it is no dump."""
    try:
        kept = msgspec.msgpack.decode(dumped, type=_Kept)
        if (kept.form, kept.cloud) != (_FORM, site.cloud):
            raise ValueError("it is another emulator's state, or another version's")
        tables = {
            name: msgspec.msgpack.decode(kept.tables[name], type=kind)
            for name, kind in TABLES.items()
        }
    except (msgspec.MsgspecError, KeyError) as error:
        raise ValueError(f"it is no state of this emulator: {error}") from error
    with site.lock:
        for name, value in tables.items():
            setattr(site, name, value)
        site.relations.types = {entry.id: entry for entry in kept.link_types}
        for issue in kept.issues:
            issue.custom = {name: _rich(value) for name, value in issue.custom.items()}
            site.keep(issue)
            site.owners.update({part.id: issue.id for part in issue.parts()})
        for link in kept.links:
            site.relations.connect(link)


def _rich(value: Any) -> Any:
    """Give a rich text that a custom field held back its type."""
    if isinstance(value, dict) and set(value) == {"document", "markup"}:
        return replace(RichText(), **value)
    return value
