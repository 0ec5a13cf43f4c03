"""Lets only bearers of the configured token pass."""

from __future__ import annotations

import hmac

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.settings import Secret


class RequireToken:
    """ASGI middleware; comparing takes the same time whatever is wrong."""

    def __init__(self, app: ASGIApp, token: Secret | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if self._passes(Headers(scope=scope).get("authorization", "")):
            await self._app(scope, receive, send)
            return
        refusal = JSONResponse(
            {"error": "a bearer token is needed"},
            status_code=401,
            headers={"www-authenticate": 'Bearer realm="hub"'},
        )
        await refusal(scope, receive, send)

    def _passes(self, header: str) -> bool:
        scheme, _, given = header.partition(" ")
        expected = self._token.reveal() if self._token else ""
        same = hmac.compare_digest(given.strip().encode(), expected.encode())
        return same and scheme.lower() == "bearer" and bool(expected)
