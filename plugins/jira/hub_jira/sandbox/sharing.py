"""With whom a filter or a dashboard is shared."""

from __future__ import annotations

from hub_jira.sandbox.model import User
from hub_jira.sandbox.planning import Filter
from hub_jira.sandbox.settings import Dashboard
from hub_jira.sandbox.site import Site


def shared(site: Site, user: User | None, entry: Filter | Dashboard) -> bool:
    """Say whether a user sees a filter or dashboard: its owner, and those whom its shares name."""
    if user is not None and entry.owner == user.account_id:
        return True
    return any(_reaches(site, user, share) for share in entry.shares)


def _reaches(site: Site, user: User | None, share: dict[str, object]) -> bool:
    kind = share.get("type")
    if kind == "global":
        return True
    if user is None:
        return False
    if kind in {"loggedin", "authenticated"}:
        return True
    if kind == "group":
        return str(share.get("groupname")) in user.groups
    if kind == "user":
        return share.get("accountId") == user.account_id
    project = site.projects.get(str(share.get("projectId")))
    return project is not None and site.may(user, "BROWSE_PROJECTS", project)
