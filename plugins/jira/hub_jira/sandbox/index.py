"""The search index: it may lag behind the issues, as Jira's does.

Issues read by id are always fresh; what a search sees is the newest version that was written
at least the lag ago. Some old versions are kept, so that a lag can begin at any moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from hub_jira.sandbox.issue import Issue

_KEPT: Final = 8
_KEPT_GONE: Final = 1000


class Index:
    """What searches see."""

    def __init__(self, live: Mapping[str, Issue]) -> None:
        self._live = live
        self._versions: dict[str, deque[tuple[datetime, Issue | None]]] = {}
        self._gone: deque[str] = deque()
        self.lag = timedelta()

    def wrote(self, issue: Issue, now: datetime, *, gone: bool = False) -> None:
        """Take note of a new version of an issue."""
        versions = self._versions.setdefault(issue.id, deque(maxlen=_KEPT))
        versions.append((now, None if gone else issue.snapshot()))
        if gone:
            self._gone.append(issue.id)
            if len(self._gone) > _KEPT_GONE:
                self._versions.pop(self._gone.popleft(), None)

    def visible(self, now: datetime, stale: timedelta | None = None) -> Iterator[Issue]:
        """Give the issues as a search sees them now."""
        lag = self.lag if stale is None else stale
        if not lag:
            yield from list(self._live.values())
            return
        until = now - lag
        for versions in list(self._versions.values()):
            seen = [issue for at, issue in versions if at <= until]
            if seen and seen[-1] is not None:
                yield seen[-1]
