"""Who is logged in: tokens that end, that can be killed, and the credentials they are got for."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec

from hub.clock import Clock

LIFETIME: Final = timedelta(hours=2)
CODE_LIFETIME: Final = timedelta(minutes=15)
MOST_OPEN: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What logs in: the connected app's pair, a user's name with password and token."""

    client_id: str
    client_secret: str
    username: str
    password: str
    security_token: str
    refresh_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """What a user's consent is worth once: for whom, whither, with which proof (PKCE)."""

    user_id: str
    redirect_uri: str
    challenge: str
    scope: str
    until: datetime


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The state of all sessions, as it is kept."""

    open: dict[str, tuple[str, datetime]]
    refresh: dict[str, str]
    passwords: dict[str, str]
    keys: list[bytes]
    trusted: bool
    logins: int
    scopes: dict[str, str] = {}


class Sessions:
    """Open sessions by token; refresh tokens and authorization codes by theirs.

    `passwords` are those that were set for users, by user id; `keys` are the public keys (PEM) of
    the certificates with which the connected app signs assertions. In a `trusted` network no
    security token is needed behind the password.
    """

    def __init__(self, clock: Clock, organization_id: str) -> None:
        self._clock = clock
        self._organization_id = organization_id
        self._open: dict[str, tuple[str, datetime]] = {}
        self._refresh: dict[str, str] = {}
        self._codes: dict[str, Code] = {}
        self._scopes: dict[str, str] = {}
        self.passwords: dict[str, str] = {}
        self.keys: list[bytes] = []
        self.trusted = True
        self.logins = 0

    def open(self, user_id: str, scope: str = "") -> str:
        """Log a user in; give the token, which is good for all unless a scope says for what."""
        self.logins += 1
        token = f"{self._organization_id[:15]}!AQ{self._sign(user_id)}"
        now = self._clock.now()
        if len(self._open) >= MOST_OPEN:
            self._open = {t: held for t, held in self._open.items() if held[1] > now}
            left = self._open.keys() | self._refresh.keys()
            self._scopes = {t: scope for t, scope in self._scopes.items() if t in left}
        self._open[token] = (user_id, now + LIFETIME)
        if scope:
            self._scopes[token] = scope
        return token

    def user(self, token: str) -> str | None:
        """Give the user of a token; None if it is not or no longer valid."""
        user_id, until = self._open.get(token, ("", None))
        if until is None or self._clock.now() >= until:
            return None
        return user_id

    def scope(self, token: str) -> str:
        """Give what a token is good for; empty if nothing was said of that."""
        return self._scopes.get(token, "")

    def seconds_left(self, token: str) -> int:
        """Give for how long a token is still valid."""
        _, until = self._open.get(token, ("", self._clock.now()))
        return max(0, int((until - self._clock.now()).total_seconds()))

    def end(self, token: str) -> bool:
        """End one session, or what a refresh token is good for; tell whether there was one."""
        refresh = self._refresh.pop(token, None) is not None
        return self._open.pop(token, None) is not None or refresh

    def end_user(self, user_id: str) -> None:
        """End the sessions of one user."""
        self._open = {t: held for t, held in self._open.items() if held[0] != user_id}

    def end_all(self) -> None:
        """End every session."""
        self._open.clear()

    def keep(self, user_id: str, token: str = "", scope: str = "") -> str:
        """Give a refresh token for a user; what it is good for once is good for so much."""
        self.logins += 1
        token = token or f"5Aep861{self._sign('refresh' + user_id)}"
        self._refresh[token] = user_id
        if scope:
            self._scopes[token] = scope
        return token

    def kept(self, refresh_token: str) -> str | None:
        """Give the user of a refresh token."""
        return self._refresh.get(refresh_token)

    def consent(self, user_id: str, redirect_uri: str, challenge: str, scope: str) -> str:
        """Give an authorization code."""
        self.logins += 1
        code = f"aPrx{self._sign('code' + user_id)}"
        until = self._clock.now() + CODE_LIFETIME
        self._codes[code] = Code(
            user_id=user_id, redirect_uri=redirect_uri, challenge=challenge, scope=scope,
            until=until,
        )  # fmt: skip
        return code

    def redeem(self, code: str) -> Code | None:
        """Take an authorization code, which is good once; None if it is not or no longer valid."""
        found = self._codes.pop(code, None)
        return found if found and found.until > self._clock.now() else None

    def sign(self, text: str, key: str) -> str:
        """Give the signature that a token answer carries."""
        return base64.b64encode(hmac.digest(key.encode(), text.encode(), "sha256")).decode()

    def kept_state(self) -> Kept:
        """Give what must be the same after a restart."""
        return Kept(
            open=dict(self._open),
            refresh=dict(self._refresh),
            passwords=dict(self.passwords),
            keys=list(self.keys),
            trusted=self.trusted,
            logins=self.logins,
            scopes=dict(self._scopes),
        )

    def take(self, kept: Kept, organization_id: str) -> None:
        """Go on from what was kept."""
        self._organization_id = organization_id
        self._open, self._refresh = dict(kept.open), dict(kept.refresh)
        self.passwords, self.keys = dict(kept.passwords), list(kept.keys)
        self.trusted, self.logins = kept.trusted, kept.logins
        self._scopes = dict(kept.scopes)

    def _sign(self, text: str) -> str:
        digest = hashlib.sha256(f"{text}/{self.logins}".encode()).digest()
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")
