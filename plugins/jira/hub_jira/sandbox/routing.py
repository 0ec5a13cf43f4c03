"""Finds the operation that a method and a path name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from hub_jira.sandbox.call import Route

API: Final = "rest/api"


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    variable: _Node | None = None
    operations: dict[str, tuple[Route, tuple[str, ...], int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """An operation, the values of its path's variables, and the version of the API."""

    route: Route
    path: Mapping[str, str]
    api: int


class Router:
    """The operations of one face of Jira.

    Args:
        routes: those that this face has.
        context: the path of the site, such as `/jira`.
        versions: the names of the API's versions, as they stand in paths.
    """

    def __init__(self, routes: Iterable[Route], context: str, versions: Mapping[str, int]) -> None:
        self._root = _Node()
        for route in routes:
            if route.path.startswith("/"):
                self._enter(f"{context}{route.path}", route, 2)
                continue
            for name, api in versions.items():
                self._enter(f"{context}/{API}/{name}/{route.path}", route, api)

    def _enter(self, path: str, route: Route, api: int) -> None:
        node = self._root
        names = []
        for part in path.strip("/").split("/"):
            if part.startswith("{"):
                names.append(part.strip("{}"))
                node.variable = node = node.variable or _Node()
            else:
                node = node.literals.setdefault(part, _Node())
        node.operations[route.method] = (route, tuple(names), api)

    def find(self, method: str, path: str) -> Found | list[str] | None:
        """Find an operation by its still quoted path.

        Returns:
            The operation; or the methods there are, if not this one; or None for a path that
            nobody knows. A literal part of a path wins over a variable one.
        """
        parts = path.strip("/").split("/")
        methods: list[str] = []
        for node, values in _ends(self._root, parts, 0):
            if method in node.operations:
                route, names, api = node.operations[method]
                return Found(route, dict(zip(names, map(unquote, values), strict=True)), api)
            methods += node.operations
        return methods or None


def _ends(node: _Node, parts: list[str], at: int) -> list[tuple[_Node, list[str]]]:
    """Give the nodes at which a path may end, the most literal one first."""
    if at == len(parts):
        return [(node, [])] if node.operations else []
    found = []
    part = parts[at]
    if literal := node.literals.get(part):
        found += _ends(literal, parts, at + 1)
    if node.variable is not None and part:
        ends = _ends(node.variable, parts, at + 1)
        found += [(end, [part, *values]) for end, values in ends]
    return found
