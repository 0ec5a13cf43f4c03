"""The formula language of validation rules and formula fields: the part that service teams use.

Literals, `&& || !`, comparisons, `+ - * / &`, functions, and paths over relationships. Blank texts
are null, as in the system's "treat blank fields as blanks".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

Read = Callable[[tuple[str, ...]], Any]
"""Gives the value at a path of names, such as ("Account", "Name")."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<name>\$?[A-Za-z_][\w.]*)|(?P<sign><>|!=|<=|>=|==|&&|\|\||[-+*/&=<>!(),^]))"
)
_BINDING: Final[Mapping[str, int]] = {
    "||": 1, "&&": 2, "=": 3, "==": 3, "<>": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4,
    "&": 5, "+": 5, "-": 5, "*": 6, "/": 6, "^": 7,
}  # fmt: skip


class FormulaError(ValueError):
    """A formula that can not be read, or names what is not there."""


@dataclass(frozen=True, slots=True)
class Env:
    """What a formula sees: the record by `read`, the instant, the values before a change."""

    read: Read
    now: datetime
    before: Mapping[str, Any] | None = None
    record: Mapping[str, Any] | None = None


Node = Callable[[Env], Any]


class Formula:
    """A formula that was read: its text, the paths it names, how it is computed."""

    __slots__ = ("_node", "paths", "text")

    def __init__(self, text: str, paths: tuple[tuple[str, ...], ...], node: Node) -> None:
        self.text = text
        self.paths = paths
        self._node = node

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Formula) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def value(self, env: Env) -> Any:
        """Give the value for a record; null where it can not be computed, as the system does."""
        try:
            return self._node(env)
        except (TypeError, ArithmeticError, ValueError):
            return None


def parse_formula(text: str) -> Formula:
    """Read a formula; FormulaError says what is wrong and where."""
    parser = _Parser(text)
    node = parser.expression(0)
    parser.expect("")
    return Formula(text, tuple(parser.paths), node)


class _Parser:
    """Reads by binding powers."""

    def __init__(self, text: str) -> None:
        self._tokens = _split(text)
        self._at = 0
        self.paths: list[tuple[str, ...]] = []

    def expression(self, power: int) -> Node:
        left = self._operand()
        while (sign := self._peek()[1]) in _BINDING and _BINDING[sign] > power:
            self._at += 1
            left = _binary(sign, left, self.expression(_BINDING[sign]))
        return left

    def expect(self, sign: str) -> None:
        kind, found, place = self._peek()
        if found != sign or kind == "text":
            wanted = repr(sign) if sign else "the end"
            raise FormulaError(f"{wanted} was expected at position {place}, not {found!r}")
        self._at += 1

    def _peek(self) -> tuple[str, str, int]:
        return self._tokens[self._at]

    def _operand(self) -> Node:
        kind, text, place = self._peek()
        self._at += 1
        if kind == "number":
            number = Decimal(text)
            return lambda _: number
        if kind == "text":
            value = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda _: value or None
        if text in {"!", "-"}:
            return _unary(text, self.expression(6))
        if text == "(":
            inner = self.expression(0)
            self.expect(")")
            return inner
        if kind == "name":
            return self._named(text, place)
        raise FormulaError(f"a value was expected at position {place}, not {text!r}")

    def _named(self, text: str, place: int) -> Node:
        if self._peek()[1] == "(":
            return self._call(text.upper(), place)
        if text.upper() in {"TRUE", "FALSE", "NULL"}:
            constant = {"TRUE": True, "FALSE": False, "NULL": None}[text.upper()]
            return lambda _: constant
        path = tuple(text.split("."))
        self.paths.append(path)
        return lambda env: env.read(path)

    def _call(self, name: str, place: int) -> Node:
        self._at += 1
        start, arguments = len(self.paths), []
        while self._peek()[1] != ")":
            arguments.append(self.expression(0))
            if self._peek()[1] != ",":
                break
            self._at += 1
        self.expect(")")
        if name in {"ISCHANGED", "PRIORVALUE"}:
            return _changed(name, self.paths[start:], place)
        if name not in FUNCTIONS:
            raise FormulaError(f"unknown function {name} at position {place}")
        function = FUNCTIONS[name]
        return lambda env: function(env, *arguments)


def _split(text: str) -> list[tuple[str, str, int]]:
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if not found:
            raise FormulaError(f"unreadable at position {at}: {text[at : at + 20]!r}")
        kind = str(found.lastgroup)
        tokens.append((kind, found.group(kind), found.start(kind)))
        at = found.end()
    return [*tokens, ("end", "", len(text))]


def _unary(sign: str, operand: Node) -> Node:
    if sign == "!":
        return lambda env: not operand(env)
    return lambda env: -operand(env)


def _binary(sign: str, left: Node, right: Node) -> Node:
    if sign == "&&":
        return lambda env: bool(left(env)) and bool(right(env))
    if sign == "||":
        return lambda env: bool(left(env)) or bool(right(env))
    operate = _OPERATORS[sign]
    return lambda env: operate(left(env), right(env))


def _plus(left: Any, right: Any) -> Any:
    if isinstance(left, str) or isinstance(right, str):
        return _join(left, right)
    if isinstance(left, date) and isinstance(right, Decimal | int):
        return left + timedelta(days=float(right))
    return left + right


def _minus(left: Any, right: Any) -> Any:
    if isinstance(left, date) and isinstance(right, Decimal | int):
        return left - timedelta(days=float(right))
    result = left - right
    if isinstance(result, timedelta):
        return Decimal(str(result.total_seconds())) / 86400
    return result


def _join(left: Any, right: Any) -> str:
    return f"{'' if left is None else left}{'' if right is None else right}"


_OPERATORS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": lambda a, b: a == b,
    "==": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "&": _join,
    "+": _plus,
    "-": _minus,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "^": lambda a, b: a**b,
}


def _changed(name: str, paths: list[tuple[str, ...]], place: int) -> Node:
    if len(paths) != 1 or len(paths[0]) != 1:
        raise FormulaError(f"{name} at position {place} takes one field of the record")
    (field,) = paths[0]

    def changed(env: Env) -> bool:
        return env.before is not None and env.before.get(field) != env.read((field,))

    def prior(env: Env) -> Any:
        return env.before.get(field) if env.before is not None else env.read((field,))

    return changed if name == "ISCHANGED" else prior


def _case(env: Env, subject: Node, *rest: Node) -> Any:
    value = subject(env)
    for index in range(0, len(rest) - 1, 2):
        if rest[index](env) == value:
            return rest[index + 1](env)
    return rest[-1](env)


def _texts(act: Callable[..., Any]) -> Callable[..., Any]:
    """Make a function of values of one of nodes; a blank text reads as an empty one."""

    def function(env: Env, *nodes: Node) -> Any:
        values = [node(env) for node in nodes]
        result = act(*("" if value is None else value for value in values))
        return None if result == "" else result

    return function


def _date(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else date.fromisoformat(str(value)[:10])


def _places(value: Any, places: Any = 0) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-int(places)), "ROUND_HALF_UP")


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "AND": lambda env, *nodes: all(node(env) for node in nodes),
    "OR": lambda env, *nodes: any(node(env) for node in nodes),
    "NOT": lambda env, node: not node(env),
    "IF": lambda env, test, then, otherwise: then(env) if test(env) else otherwise(env),
    "CASE": _case,
    "ISBLANK": lambda env, node: node(env) is None,
    "ISNULL": lambda env, node: node(env) is None,
    "BLANKVALUE": lambda env, node, other: other(env) if node(env) is None else node(env),
    "NULLVALUE": lambda env, node, other: other(env) if node(env) is None else node(env),
    "ISNEW": lambda env: env.before is None,
    "ISPICKVAL": lambda env, node, value: node(env) == value(env),
    "INCLUDES": lambda env, node, value: value(env) in str(node(env) or "").split(";"),
    "TEXT": _texts(str),
    "VALUE": _texts(lambda text: Decimal(str(text))),
    "LEN": _texts(len),
    "LOWER": _texts(lambda text: text.lower()),
    "UPPER": _texts(lambda text: text.upper()),
    "TRIM": _texts(lambda text: text.strip()),
    "LEFT": _texts(lambda text, count: text[: int(count)]),
    "RIGHT": _texts(lambda text, count: text[-int(count) :] if count else ""),
    "MID": _texts(lambda text, start, count: text[int(start) - 1 :][: int(count)]),
    "CONTAINS": _texts(lambda text, part: part in text),
    "BEGINS": _texts(lambda text, part: text.startswith(part)),
    "FIND": _texts(lambda part, text: text.find(part) + 1),
    "SUBSTITUTE": _texts(lambda text, old, new: text.replace(old, new)),
    "REGEX": _texts(lambda text, pattern: re.fullmatch(pattern, text) is not None),
    "TODAY": lambda env: env.now.date(),
    "NOW": lambda env: env.now,
    "DATEVALUE": _texts(_date),
    "YEAR": _texts(lambda value: value.year),
    "MONTH": _texts(lambda value: value.month),
    "DAY": _texts(lambda value: value.day),
    "ABS": _texts(abs),
    "ROUND": _texts(_places),
    "FLOOR": _texts(lambda value: Decimal(value).to_integral_value("ROUND_FLOOR")),
    "CEILING": _texts(lambda value: Decimal(value).to_integral_value("ROUND_CEILING")),
    "MAX": _texts(max),
    "MIN": _texts(min),
    "MOD": _texts(lambda value, by: value % by),
}  # fmt: skip
