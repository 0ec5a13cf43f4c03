"""Finds the resource of a path. Raw segments are matched: an escaped `/` stays part of a value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call

Handler = Callable[[Site, Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A pattern of segments and the handlers of its methods.

    `{name}` takes any segment, `{name*}` at the end all that follow. An open route needs no token.
    """

    pattern: tuple[str, ...]
    handlers: Mapping[str, Handler]
    open: bool = False

    def match(self, segments: list[str]) -> dict[str, str] | None:
        """Give the named segments if the path fits."""
        named: dict[str, str] = {}
        for number, wanted in enumerate(self.pattern):
            if wanted.endswith("*}"):
                named[wanted[1:-2]] = "/".join(segments[number:])
                return named
            if number >= len(segments):
                return None
            found = segments[number]
            if wanted.startswith("{"):
                named[wanted[1:-1]] = found
            elif wanted.lower() != found.lower():
                return None
        return named if len(segments) == len(self.pattern) else None


def route(pattern: str, *, open_: bool = False, **handlers: Handler) -> Route:
    """Make a route; handlers are named by their methods in lower case."""
    parts = tuple(part for part in pattern.split("/") if part)
    return Route(parts, {name.upper(): handler for name, handler in handlers.items()}, open_)


class Routes:
    """All routes; the first that fits is taken."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._by_length: dict[int, list[Route]] = {}
        self._long: list[Route] = []
        for each in routes:
            if each.pattern and each.pattern[-1].endswith("*}"):
                self._long.append(each)
            else:
                self._by_length.setdefault(len(each.pattern), []).append(each)

    def find(self, segments: list[str]) -> tuple[Route, dict[str, str]]:
        """Give the route of a path with its named segments; NOT_FOUND if there is none."""
        for candidates in (self._by_length.get(len(segments), ()), self._long):
            for each in candidates:
                named = each.match(segments)
                if named is not None:
                    return each, named
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
