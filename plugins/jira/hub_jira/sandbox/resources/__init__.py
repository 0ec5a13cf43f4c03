"""The operations of Jira's REST API, by what they are about."""

from __future__ import annotations

from hub_jira.sandbox.resources import (
    attachments,
    bulk,
    changelogs,
    comments,
    interest,
    issues,
    links,
    meta,
    projects,
    properties,
    search,
    users,
    webhooks,
    worklogs,
)

ROUTES = (
    *issues.ROUTES,
    *bulk.ROUTES,
    *changelogs.ROUTES,
    *comments.ROUTES,
    *properties.ROUTES,
    *attachments.ROUTES,
    *worklogs.ROUTES,
    *links.ROUTES,
    *interest.ROUTES,
    *search.ROUTES,
    *meta.ROUTES,
    *projects.ROUTES,
    *users.ROUTES,
    *webhooks.ROUTES,
)
