"""Apex REST: this organisation publishes no classes, and says so as the system does."""

from __future__ import annotations

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call


def unmatched(_site: Site, _call: Call) -> Answer:
    """Refuse: no class is mapped to any address."""
    raise ApiError(404, "NOT_FOUND", "Could not find a match for URL")
