"""Logins of Data Center: sessions by cookie, personal access tokens, and what failed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True, kw_only=True)
class Login:
    """How often someone has logged in, and failed to since."""

    count: int = 0
    failures: int = 0
    last: datetime | None = None
    last_failure: datetime | None = None


@dataclass(slots=True, kw_only=True)
class Token:
    """A personal access token of Data Center."""

    id: int
    name: str
    owner: str
    secret: str
    created: datetime
    expires: datetime


@dataclass(slots=True)
class Logins:
    """All logins of a site: by user name, by cookie (with the account), by id."""

    history: dict[str, Login] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[int, Token] = field(default_factory=dict)
