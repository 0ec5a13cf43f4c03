"""Who asks a query, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hub_jira.sandbox.model import User
from hub_jira.sandbox.site import Site


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and when: dates are read in their zone."""

    user: User | None
    now: datetime

    @property
    def zone(self) -> str:
        """Give the zone in which dates are read."""
        return self.user.time_zone if self.user else "UTC"

    def sees(self, site: Site, project: str) -> bool:
        """Say whether issues of a project (by id) are there for them."""
        return site.may(self.user, "BROWSE_PROJECTS", site.projects[project])
