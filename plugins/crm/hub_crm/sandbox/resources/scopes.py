"""What a token is good for: the scopes that the connected app may be given."""

from __future__ import annotations

from typing import Final

USUAL: Final = "refresh_token web api full"
"""What is granted where nothing is asked for."""
_ALLOWED: Final = (
    "refresh_token", "offline_access", "web", "api", "full", "id", "profile", "email",
)  # fmt: skip
_DATA: Final = frozenset({"api", "full"})
_LASTING: Final = frozenset({"refresh_token", "offline_access"})


def chosen(asked: str, among: str = " ".join(_ALLOWED)) -> str | None:
    """Give the scopes that are granted to who asks for these; None if one is not allowed."""
    wanted, allowed = asked.split(), among.split()
    if not wanted:
        return USUAL if among == " ".join(_ALLOWED) else among
    if not {*wanted} <= {*allowed}:
        return None
    return " ".join(name for name in allowed if name in wanted)


def reaches_data(scope: str) -> bool:
    """Tell whether a token of this scope may call the APIs."""
    return not _DATA.isdisjoint(scope.split())


def lasts(scope: str) -> bool:
    """Tell whether a refresh token comes with this scope."""
    return not _LASTING.isdisjoint(scope.split())
