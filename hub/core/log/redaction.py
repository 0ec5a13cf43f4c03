"""Keeps secrets out of the log: by the name of a field, and by what a text looks like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

STARS: Final = "***"

_NAMES: Final = frozenset({
    "access_token", "api_key", "api_token", "apikey", "authorization", "client_secret", "cookie",
    "credentials", "passphrase", "passwd", "password", "private_key", "proxy-authorization",
    "refresh_token", "secret", "security_token", "session_id", "set-cookie", "sid", "token",
    "x-api-key",
})  # fmt: skip

_PLAIN: Final = frozenset({int, float, bool, type(None), datetime})
_URL: Final = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]+@")
_SCHEME: Final = re.compile(r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}")
_HEADER: Final = re.compile(
    r"(?im)\b(authorization|(?:set-)?cookie)(['\"]?\s*:\s*['\"]?)[^\r\n'\"]+"
)
_PAIR: Final = re.compile(
    r"(?i)\b(access_token|api_?key|api_token|client_secret|passphrase|passwd|password|"
    r"refresh_token|secret|security_token|session_id|sid|token)"
    r"(['\"]?\s*[=:]\s*['\"]?)(?!\{)[^\s'\"&,;)}\]]+"
)


def redacted(name: str, value: Any) -> Any:
    """Give a field's value as it may be logged."""
    kind = type(value)
    if kind is str:
        return STARS if name.lower() in _NAMES else redacted_text(value)
    if kind in _PLAIN:
        return value
    if name.lower() in _NAMES:
        return STARS
    return _redacted_object(name, value)


def _redacted_object(name: str, value: Any) -> Any:
    if isinstance(value, BaseException):
        return redacted_text(f"{type(value).__name__}: {value}")
    if isinstance(value, Mapping):
        return {str(key): redacted(str(key), each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [redacted(name, each) for each in value]
    return f"{len(value)} bytes" if isinstance(value, bytes) else redacted_text(str(value))


def redacted_text(text: str) -> str:
    """Take passwords out of URLs, and what follows `Bearer`, `Cookie:`, `token=` and the like."""
    # Identifiers and addresses have neither of these signs, and they are most of what is logged.
    if not (" " in text or "=" in text or "://" in text or "\n" in text or '"' in text):
        return text
    text = _URL.sub(rf"\1:{STARS}@", text)
    text = _HEADER.sub(rf"\1\2{STARS}", text)
    text = _SCHEME.sub(rf"\1 {STARS}", text)
    return _PAIR.sub(rf"\1\2{STARS}", text)
