"""Nothing grows beyond what one can read at once."""

from __future__ import annotations

import ast
from typing import Any

MAX_FILE = 400
MAX_FUNCTION = 60
USUAL_FUNCTION = 30
MOCKS = {"Mock", "MagicMock", "AsyncMock", "patch", "create_autospec", "setattr", "setitem"}


def test_no_file_is_longer_than_400_lines(tree: Any) -> None:
    """Tests and benchmarks too."""
    long = {
        tree.name(path): lines
        for path in tree.files("hub", "plugins", "tests", "docs", "benchmarks")
        if (lines := path.read_text(encoding="utf-8").count("\n")) > MAX_FILE
    }

    assert long == {}


def test_no_function_is_longer_than_60_lines(tree: Any) -> None:
    """Who needs more has two functions."""
    lengths = tree.functions("hub", "plugins", "tests", "docs", "benchmarks")

    assert {name: n for name, n in lengths.items() if n > MAX_FUNCTION} == {}


def test_nine_of_ten_functions_are_within_30_lines(tree: Any) -> None:
    """The shipped code, without its docstrings."""
    lengths = list(tree.functions("hub", "plugins").values())

    within = sum(length <= USUAL_FUNCTION for length in lengths) / len(lengths)
    assert within >= 0.9, f"{within:.1%}"


def test_no_file_has_a_name_that_says_nothing(tree: Any) -> None:
    """A module bears the name of its one idea."""
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}

    assert [tree.name(path) for path in tree.files("hub", "plugins") if path.stem in empty] == []


def test_at_most_five_mocks_stand_beside_a_hundred_tests(tree: Any) -> None:
    """Borders are played by emulators and systems in memory; our own modules are never patched."""
    tests = mocks = 0
    for path in tree.files("tests"):
        for node in ast.walk(tree.parsed(path)):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                tests += 1
            elif isinstance(node, ast.Call):
                mocks += _name(node.func) in MOCKS

    assert tests > 0
    assert mocks / tests <= 0.05, f"{mocks} mocks, {tests} tests"


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_every_test_states_its_fact_in_a_sentence(tree: Any) -> None:
    """A failing test explains itself."""
    silent = [
        f"{tree.name(path)}:{node.lineno} {node.name}"
        for path in tree.files("tests")
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.FunctionDef)
        and node.name.startswith("test_")
        and ast.get_docstring(node) is None
    ]

    assert silent == []


def test_no_test_sleeps(tree: Any) -> None:
    """Who waits polls with a deadline, on an event: `time.sleep` in a test is a race."""
    sleeping = [
        f"{tree.name(path)}:{node.lineno}"
        for path in tree.files("tests")
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and _name(call.func) == "sleep"
    ]

    assert sleeping == []
