"""What an operation of the hub's own HTTP is, and how it refuses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """What was wrong, in one sentence."""

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an operation may answer: what it means, and its type; None for what is not JSON."""

    meaning: str
    type: type[Any] | None = Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation.

    Args:
        id: its name in the code and in generated clients.
        method, path: how it is asked for; names in braces are part of the path.
        summary: what it does.
        answers: what it may answer, by status.
        body: what the request's body is; None for none.
        raw: the body is taken byte for byte.
        token: it needs the API's bearer token.
        headers: request headers that it heeds, with their meaning.
        query: parameters behind the path, with their meaning.
    """

    id: str
    method: str
    path: str
    summary: str
    answers: Mapping[int, Answer]
    body: type[Any] | None = None
    raw: bool = False
    token: bool = False
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
