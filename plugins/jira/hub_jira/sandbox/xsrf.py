"""Which requests Jira takes for forged by a page of another site, and refuses.

A file or a form must say by `X-Atlassian-Token: no-check` that no page sent it. What comes from a
browser, as its `User-Agent` tells, must come from a page of this very site.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BROWSERS: Final = ("mozilla", "opera", "msie", "chrome", "safari")
_NO_CHECK: Final = frozenset({"no-check", "nocheck"})


def forged(method: str, headers: Mapping[str, str], *, files: bool = False) -> bool:
    """Say whether a page of another site may have had a request, or `files`, sent."""
    if method in _READS:
        return False
    unchecked = headers.get("x-atlassian-token", "").lower() in _NO_CHECK
    agent = headers.get("user-agent", "").lower()
    browser = any(name in agent for name in _BROWSERS)
    return (files and not unchecked) or (browser and not _own_page(headers))


def _own_page(headers: Mapping[str, str]) -> bool:
    host = headers.get("host", "").lower()
    pages = (headers.get("origin", ""), headers.get("referer", ""))
    return any(urlsplit(page).netloc.lower() == host for page in pages if page)
