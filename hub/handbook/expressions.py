"""Conditions that a cell can not say, in CEL: compiled once, their references checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import cel

BUILT_IN: Final = frozenset({
    "_&&_", "_||_", "!_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_+_", "_-_", "_*_",
    "_/_", "_%_", "-_", "_?_:_", "_[_]", "@in", "@not_strictly_false", "size", "contains",
    "startsWith", "endsWith", "matches", "int", "uint", "double", "string", "bool", "timestamp",
    "duration", "min", "max", "getFullYear", "getMonth", "getDate", "getDayOfMonth",
    "getDayOfWeek", "getDayOfYear", "getHours", "getMinutes", "getSeconds",
})  # fmt: skip
_BINDING: Final = re.compile(r"\.(?:all|exists|exists_one|map|filter)\(\s*(\w+)\s*,")


class Expression:
    """A compiled condition over declared fields."""

    __slots__ = ("_functions", "_program", "fields", "source")

    def __init__(
        self,
        source: str,
        known: Collection[str],
        functions: Mapping[str, Callable[..., Any]] | None = None,
    ) -> None:
        """Compile; ValueError names a syntax error, or a field or function nobody declared."""
        self.source = source
        self._functions = dict(functions or {})
        try:
            self._program = cel.compile(source)
        except ValueError as error:
            reason = str(error).partition("ERROR:")[2].split("\n", maxsplit=1)[0] or str(error)
            raise ValueError(f"not an expression: {reason.strip()}") from None
        bound = set(_BINDING.findall(source))
        self.fields = tuple(sorted(set(self._program.variables()) - bound))
        self._refuse("field", set(self.fields) - set(known), known)
        called = set(self._program.functions()) - BUILT_IN - set(self._functions)
        self._refuse("function", called, self._functions)

    @staticmethod
    def _refuse(what: str, unknown: Collection[str], known: Collection[str]) -> None:
        if unknown:
            names = ", ".join(sorted(unknown))
            here = ", ".join(sorted(known)) or "none besides CEL's own"
            raise ValueError(f"the expression names an unknown {what}: {names} (known: {here})")

    def test(self, values: Mapping[str, Any]) -> bool:
        """Say whether the condition holds; unset fields are empty texts, a failure is a no."""
        given = {name: "" if (v := values.get(name)) is None else v for name in self.fields}
        try:
            return self._program.execute({**given, **self._functions}) is True
        except (TypeError, RuntimeError, ValueError):
            return False

    def __str__(self) -> str:
        return self.source
