"""AUTHENTICATE: PLAIN, LOGIN, CRAM-MD5, XOAUTH2 and OAUTHBEARER.

The password serves as the token of the last two: expiry is a fault (`expired_token`).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from hub_mail.sandbox.imap.grammar import Arguments, BadError, NoError
from hub_mail.sandbox.imap.session import Session

Ask = Callable[[bytes], Awaitable[bytes]]
"""Sends a challenge, gives the line that the client answers with."""

_BEARER: Final = re.compile(r"auth=Bearer (?P<token>[^\x01]+)\x01", re.IGNORECASE)
_USER: Final = re.compile(r"(?:\A|,)(?:user|a)=(?P<user>[^\x01,]+)")


class _Dialogue:
    """The client's answers, decoded; the first may have come with the command."""

    def __init__(self, ask: Ask, initial: bytes | None) -> None:
        self._ask = ask
        self._initial = initial

    async def answer(self, challenge: bytes = b"") -> bytes:
        """Give the answer to a challenge."""
        given, self._initial = self._initial, None
        line = given if given is not None else await self._ask(base64.b64encode(challenge))
        if line == b"*":
            raise BadError("authentication was given up")
        try:
            return b"" if line == b"=" else base64.b64decode(line, validate=True)
        except binascii.Error:
            raise BadError("not base64") from None


async def authenticate(session: Session, arguments: Arguments, ask: Ask) -> str:
    """Answer AUTHENTICATE; log the user in."""
    arguments.space()
    mechanism = MECHANISMS.get(arguments.atom().upper())
    if mechanism is None:
        raise NoError(f"offered are {', '.join(MECHANISMS)}", "CANNOT")
    initial = arguments.rest if arguments.skip(b" ") else None
    try:
        return await mechanism(session, _Dialogue(ask, initial))
    except UnicodeDecodeError:
        raise BadError("not UTF-8") from None


async def _plain(session: Session, dialogue: _Dialogue) -> str:
    pieces = (await dialogue.answer()).decode().split("\0")
    if len(pieces) != 3:
        raise BadError("not a PLAIN response")
    return session.log_in(pieces[1], pieces[2])


async def _login(session: Session, dialogue: _Dialogue) -> str:
    user = (await dialogue.answer(b"User Name\0")).decode()
    return session.log_in(user, (await dialogue.answer(b"Password\0")).decode())


async def _cram_md5(session: Session, dialogue: _Dialogue) -> str:
    challenge = f"<{secrets.token_hex(8)}@sandbox.vendor.example>".encode()
    user, _, digest = (await dialogue.answer(challenge)).decode().rpartition(" ")
    account = session.store.accounts.get(user.strip().lower())
    password = account.password if account is not None else ""
    expected = hmac.new(password.encode(), challenge, "md5").hexdigest()
    return session.log_in(user, password if hmac.compare_digest(expected, digest) else "")


def _with_token(session: Session, told: str) -> str:
    user, token = _USER.search(told), _BEARER.search(told)
    if user is None or token is None:
        raise BadError("not a bearer's response")
    return session.log_in(user["user"], token["token"])


async def _xoauth2(session: Session, dialogue: _Dialogue) -> str:
    """Refuse at once: not every client expects that the reason comes as a challenge first."""
    return _with_token(session, (await dialogue.answer()).decode())


async def _oauthbearer(session: Session, dialogue: _Dialogue) -> str:
    told = (await dialogue.answer()).decode()
    try:
        return _with_token(session, told)
    except NoError:
        # The reason goes out as a challenge, which the client answers with nothing (RFC 7628).
        reason = {"status": "invalid_token", "scope": "https://mail.example/"}
        await dialogue.answer(json.dumps(reason).encode())
        raise


Mechanism = Callable[[Session, _Dialogue], Awaitable[str]]

MECHANISMS: Final[Mapping[str, Mechanism]] = {
    "PLAIN": _plain,
    "LOGIN": _login,
    "CRAM-MD5": _cram_md5,
    "XOAUTH2": _xoauth2,
    "OAUTHBEARER": _oauthbearer,
}
