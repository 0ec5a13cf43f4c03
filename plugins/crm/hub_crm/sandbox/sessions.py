"""Who is logged in: tokens that end, that can be killed, and the credentials they are got for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.clock import Clock

LIFETIME: Final = timedelta(hours=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What logs in: the connected app's pair, a user's name with password and token."""

    client_id: str
    client_secret: str
    username: str
    password: str
    security_token: str
    refresh_token: str


class Sessions:
    """Open sessions by token."""

    def __init__(self, clock: Clock, organization_id: str) -> None:
        self._clock = clock
        self._organization_id = organization_id
        self._open: dict[str, tuple[str, datetime]] = {}
        self.logins = 0

    def open(self, user_id: str) -> str:
        """Log a user in; give the token."""
        self.logins += 1
        digest = hashlib.sha256(f"{user_id}/{self.logins}".encode()).digest()
        sign = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        token = f"{self._organization_id[:15]}!AQ{sign}"
        self._open[token] = (user_id, self._clock.now() + LIFETIME)
        return token

    def user(self, token: str) -> str | None:
        """Give the user of a token; None if it is not or no longer valid."""
        user_id, until = self._open.get(token, ("", None))
        if until is None or self._clock.now() >= until:
            return None
        return user_id

    def end(self, token: str) -> bool:
        """End one session; tell whether there was one."""
        return self._open.pop(token, None) is not None

    def end_all(self) -> None:
        """End every session."""
        self._open.clear()

    def sign(self, text: str, key: str) -> str:
        """Give the signature that a token answer carries."""
        return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()
