"""The operations of Jira's REST API, by what they are about."""

from __future__ import annotations

from hub_jira.sandbox.resources import comments, issues, meta, projects, search, users, webhooks

ROUTES = (
    *issues.ROUTES,
    *comments.ROUTES,
    *search.ROUTES,
    *meta.ROUTES,
    *projects.ROUTES,
    *users.ROUTES,
    *webhooks.ROUTES,
)
