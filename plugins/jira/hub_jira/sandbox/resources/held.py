"""Properties of projects and users: any JSON under any key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from hub_jira.sandbox.call import Answer, Call, Route
from hub_jira.sandbox.model import JiraError

Find: TypeAlias = Callable[[Call], dict[str, Any]]


def held_routes(
    path: str, link: Callable[[Call], str], seen: Find, edited: Find
) -> tuple[Route, ...]:
    """Give the operations on properties below a path.

    `link` gives that path of the owner that a call is about, whole; `seen` and `edited` give its
    properties to who may read, or write them.
    """

    def keys(call: Call) -> Answer:
        held = seen(call)
        return Answer({"keys": [{"self": f"{link(call)}/{key}", "key": key} for key in held]})

    def read(call: Call) -> Answer:
        held, key = seen(call), call.path["key"]
        return Answer({"key": key, "value": _known(held, key)[key]})

    def put(call: Call) -> Answer:
        held, key = edited(call), call.path["key"]
        status = 200 if key in held else 201
        held[key] = call.body
        return Answer({} if call.site.cloud else None, status)

    def delete(call: Call) -> Answer:
        held, key = edited(call), call.path["key"]
        del _known(held, key)[key]
        return Answer(status=204)

    return (
        Route("GET", path, keys),
        Route("GET", f"{path}/{{key}}", read),
        Route("PUT", f"{path}/{{key}}", put),
        Route("DELETE", f"{path}/{{key}}", delete),
    )


def _known(held: dict[str, Any], key: str) -> dict[str, Any]:
    if key not in held:
        raise JiraError(404, f"The property with key '{key}' does not exist.")
    return held
