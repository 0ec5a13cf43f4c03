"""What the tests about the repository look at."""

from __future__ import annotations

import ast
import importlib.util
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("hub", "plugins")
CODE = (*SOURCES, "tests", "docs", "benchmarks")


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


class Tree:
    """The checkout: its Python files, parsed once."""

    root = ROOT

    def files(self, *folders: str) -> list[Path]:
        """Give the Python files below some folders."""
        return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))

    def parsed(self, path: Path) -> ast.Module:
        """Give a file's syntax tree."""
        return _parsed(path)

    def name(self, path: Path) -> str:
        """Give a file's name as people write it."""
        return str(path.relative_to(ROOT))

    def functions(self, *folders: str) -> dict[str, int]:
        """Give the length in lines of every function, decorators and docstring left out."""
        return {
            f"{self.name(path)}:{node.lineno} {node.name}": _length(node)
            for path in self.files(*folders)
            for node in ast.walk(self.parsed(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        lines -= (first.end_lineno or first.lineno) - first.lineno + 1
    return lines


@pytest.fixture
def tree() -> Tree:
    """Give the checkout."""
    return Tree()


@pytest.fixture(scope="session")
def generator() -> ModuleType:
    """Give the script that writes the reference pages."""
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
