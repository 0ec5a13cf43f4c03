"""How much a site lets through: bursts, quotas, writes to one issue; off until switched on.

The figures of the limits on one issue are Atlassian's; those of bursts and quotas are settings.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final, Literal

from hub_jira.sandbox.model import JiraError

Reason = Literal[
    "jira-burst-based", "jira-quota-tenant-based", "jira-quota-global-based",
    "jira-per-issue-on-write",
]  # fmt: skip
_ISSUE_WINDOWS: Final = ((20, timedelta(seconds=2)), (100, timedelta(seconds=30)))
_HOUR: Final = timedelta(hours=1)
_NEAR: Final = 0.2
_EXCEEDED: Final = "Rate limit exceeded."


@dataclass(slots=True, kw_only=True)
class Limits:
    """What is limited; 0 is no limit.

    Args:
        burst: calls of one operation by one user within `seconds`.
        tenant_quota: calls to the site within an hour.
        global_quota: calls of one user within an hour.
        per_issue: whether writes to one issue are limited: 20 in 2 s, 100 in 30 s.
        dates: whether `Retry-After` is an HTTP date instead of seconds.
    """

    burst: int = 0
    seconds: float = 1.0
    tenant_quota: int = 0
    global_quota: int = 0
    per_issue: bool = False
    dates: bool = False

    @property
    def on(self) -> bool:
        """Say whether anything is limited."""
        return bool(self.burst or self.tenant_quota or self.global_quota or self.per_issue)


class Limiter:
    """Counts the calls to one site."""

    def __init__(self, *, cloud: bool) -> None:
        self._cloud = cloud
        self._taken: defaultdict[tuple[str, ...], deque[datetime]] = defaultdict(deque)

    def take(
        self, limits: Limits, now: datetime, user: str, operation: str, issue: str = ""
    ) -> Mapping[str, str]:
        """Let a call pass, with the headers that tell what is left; refuse it beyond a limit.

        `issue` names the issue that the call writes to, if it does.
        """
        if not limits.on:
            return {}
        windows: list[tuple[Reason, tuple[str, ...], int, timedelta]] = []
        if limits.per_issue and issue:
            windows += [
                ("jira-per-issue-on-write", ("issue", issue), n, span) for n, span in _ISSUE_WINDOWS
            ]
        if limits.burst:
            span = timedelta(seconds=limits.seconds)
            windows.append(("jira-burst-based", ("burst", user, operation), limits.burst, span))
        if limits.tenant_quota:
            windows.append(("jira-quota-tenant-based", ("tenant",), limits.tenant_quota, _HOUR))
        if limits.global_quota:
            quota = limits.global_quota
            windows.append(("jira-quota-global-based", ("global", user), quota, _HOUR))
        for reason, key, most, span in windows:
            self._check(limits, now, reason, key, most, span)
        for key in {key for _, key, _, _ in windows}:
            self._taken[key].append(now)
        if not windows:
            return {}
        _, key, most, span = windows[-1]
        return self._left(key, most, span, now)

    def _check(
        self,
        limits: Limits,
        now: datetime,
        reason: Reason,
        key: tuple[str, ...],
        most: int,
        span: timedelta,
    ) -> None:
        taken = self._taken[key]
        longest = max(span, _ISSUE_WINDOWS[-1][1]) if reason.endswith("write") else span
        while taken and taken[0] <= now - longest:
            taken.popleft()
        inside = [at for at in taken if at > now - span]
        if len(inside) < most:
            return
        free = inside[-most] + span
        wait = max(1, -(-(free - now) // timedelta(seconds=1)))
        after = format_datetime((now + timedelta(seconds=wait)).astimezone(UTC), usegmt=True)
        headers = {"Retry-After": after if limits.dates else str(wait)}
        headers |= self._left(key, most, span, now)
        if self._cloud:
            headers["RateLimit-Reason"] = reason
            headers["X-RateLimit-Reset"] = f"{free.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
        raise JiraError(429, _EXCEEDED, headers=headers)

    def _left(
        self, key: tuple[str, ...], most: int, span: timedelta, now: datetime
    ) -> dict[str, str]:
        left = max(0, most - sum(at > now - span for at in self._taken[key]))
        headers = {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": str(left)}
        if not self._cloud:
            seconds = max(1, round(span.total_seconds()))
            rate = {"X-RateLimit-FillRate": str(most), "X-RateLimit-Interval-Seconds": str(seconds)}
            return headers | rate
        if left < most * _NEAR:
            headers["X-RateLimit-NearLimit"] = "true"
        return headers
