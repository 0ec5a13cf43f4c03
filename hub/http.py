"""What every client of an HTTP peer needs: a status classed into the hub's errors."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from hub.errors import (
    AuthenticationError,
    ConnectorError,
    DeadlineExceededError,
    InvalidPayloadError,
    NotFoundError,
    PreconditionFailedError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)

DEFAULT_RETRY_AFTER: Final = 30.0
MAX_RETRY_AFTER: Final = 3600.0

_BY_STATUS: Final[Mapping[int, type[ConnectorError]]] = {
    401: AuthenticationError,
    404: NotFoundError,
    408: DeadlineExceededError,
    409: PreconditionFailedError,
    410: NotFoundError,
    412: PreconditionFailedError,
    504: DeadlineExceededError,
}


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Read `Retry-After` (seconds, or an HTTP date); None if absent or unreadable."""
    text = next((v for k, v in headers.items() if k.lower() == "retry-after"), "").strip()
    if not text:
        return None
    if text.isdigit():
        return min(float(text), MAX_RETRY_AFTER)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    seconds = (moment - (now or datetime.now(UTC))).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def error_for_status(
    status: int,
    message: str,
    *,
    operation: str = "",
    headers: Mapping[str, str] | None = None,
    field: str = "",
) -> ConnectorError:
    """Class an HTTP error answer. `message` must already be free of secrets."""
    headers = headers or {}
    pause = retry_after_seconds(headers)
    if status == 429:
        seconds = DEFAULT_RETRY_AFTER if pause is None else pause
        scope = next((v for k, v in headers.items() if k.lower() == "ratelimit-reason"), "")
        return RateLimitedError(message, retry_after=seconds, scope=scope, operation=operation)
    if status >= 500 and pause is not None:
        return RateLimitedError(message, retry_after=pause, operation=operation)
    if status in {400, 413, 422}:
        return InvalidPayloadError(message, field=field, operation=operation)
    other = UnavailableError if status >= 500 else RejectedError
    return _BY_STATUS.get(status, other)(message, operation=operation)


def build_client(timeout_seconds: float = 30.0, *, ca_file: str | None = None) -> httpx.Client:
    """Make an HTTP client with timeouts and without redirects; the caller closes it."""
    timeout = httpx.Timeout(timeout_seconds, connect=min(5.0, timeout_seconds))
    verify = ssl.create_default_context(cafile=ca_file) if ca_file else True
    return httpx.Client(timeout=timeout, verify=verify, follow_redirects=False)
