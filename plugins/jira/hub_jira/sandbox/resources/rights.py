"""Who may administer what."""

from __future__ import annotations

from hub_jira.sandbox.call import Call
from hub_jira.sandbox.model import JiraError, Project, User


def administrator(call: Call) -> User:
    """Give the caller, who must administer the site."""
    user = call.logged_in()
    if not call.site.may(user, "ADMINISTER"):
        raise JiraError(403, "You do not have permission to perform this operation.")
    return user


def managed(call: Call, identifier: str, status: int = 403) -> Project:
    """Give a project that the caller administers, in person or with the whole site."""
    user = call.logged_in()
    project = call.site.project(identifier, user)
    site = call.site
    if not site.may(user, "ADMINISTER") and not site.may(user, "ADMINISTER_PROJECTS", project):
        raise JiraError(
            status,
            "The user is not authorized to administer the project: " + project.key,
        )
    return project
