"""Documents that code can write are current, and what code offers is documented."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import typer

from hub import errors
from hub.cli.program import COMMANDS, build_program
from hub.core import log
from hub.core.store.dead import CODES

CODE = re.compile(r"HUB-[A-Z]-\d{3}|HUB-000")


def test_the_generated_pages_are_current(tree: Any, generator: ModuleType) -> None:
    """`make docs` writes them; nobody does so by hand."""
    outdated = [
        name
        for name, text in generator.pages()
        if (tree.root / "docs" / "reference" / name).read_text(encoding="utf-8") != text
    ]

    assert outdated == []


def test_every_hook_is_documented_with_its_exact_arguments(
    tree: Any, generator: ModuleType
) -> None:
    """An argument that is added shows in the page and in the how-to's table."""
    page = (tree.root / "docs" / "reference" / "hooks.md").read_text(encoding="utf-8")

    for name, function in generator.hooks().items():
        assert f"## `{generator.hook_signature(name, function)}`" in page
        assert inspect.getdoc(function), name


def test_every_hook_has_a_test_that_names_it(tree: Any, generator: ModuleType) -> None:
    """A hook that no test implements is a promise that nobody checked."""
    text = "".join(path.read_text(encoding="utf-8") for path in tree.files("tests"))

    assert [name for name in generator.hooks() if name not in text] == []


def test_every_command_has_help_with_an_example_and_json(generator: ModuleType) -> None:
    """One can learn each command from itself, and use each in a program."""
    program: Any = typer.main.get_command(build_program())
    found = dict(generator.commands(program))

    groups = [each for each in program.commands.values() if hasattr(each, "commands")]
    assert {name.split()[1] for name in found} == set(COMMANDS)
    assert all("Example" in (group.epilog or "") for group in (program, *groups))
    for name, command in found.items():
        assert command.help, name
        assert name in (command.epilog or ""), name
        options = [option for each in command.params for option in each.opts]
        assert "--json" in options, name
        assert all(getattr(each, "help", "") for each in command.params), name


@dataclass
class Logging:
    """What the sources log of one event: where, and which fields they give it."""

    places: list[str] = field(default_factory=list)
    fields: set[str] = field(default_factory=set)


def logged(tree: Any) -> dict[str, Logging]:
    """Read from the sources which events are logged with which fields."""
    found: dict[str, Logging] = {}
    for path in tree.files("hub", "plugins"):
        module = tree.parsed(path)
        calls = [node for node in ast.walk(module) if _is_logging(node)]
        for call in calls:
            fields = {name for each in call.keywords for name in _fields(each, module)}
            # An error of the hub brings its code along.
            fields |= {"error_code"} if "error" in fields else set()
            for name in _names(call, module, calls):
                event = found.setdefault(name, Logging())
                event.places.append(f"{tree.name(path)}:{call.lineno}")
                event.fields |= fields
    return found


def _is_logging(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not node.args:
        return False
    return ast.unparse(node.func) == "log.event"


def _names(call: Any, module: ast.Module, calls: Sequence[Any]) -> set[str]:
    """Give the names that a call may log: its own, or those of its module that no other logs."""
    own = _texts(call.args[0])
    if own:
        return own
    literal = {name for each in calls for name in _texts(each.args[0])}
    return {text for text in _texts(module) if text in log.EVENTS} - literal


def _texts(node: ast.AST) -> set[str]:
    return {
        each.value
        for each in ast.walk(node)
        if isinstance(each, ast.Constant) and isinstance(each.value, str)
    }


def _fields(keyword: ast.keyword, module: ast.Module) -> set[str]:
    """Give the fields of a keyword; of `**name` those of the dictionary of that name."""
    if keyword.arg:
        return {keyword.arg}
    return {
        text
        for node in ast.walk(module)
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict)
        if ast.unparse(node.target) == ast.unparse(keyword.value)
        for key in node.value.keys
        if key is not None
        for text in _texts(key)
    }


LIBRARY = "library.logged"
"""The log itself writes it, of what libraries log."""


def test_every_log_event_is_registered(tree: Any) -> None:
    """The reference page tells of every line that the hub can write."""
    assert sorted(logged(tree).keys() - log.EVENTS.keys()) == []


def test_every_registered_log_event_is_logged(tree: Any) -> None:
    """The page promises nothing that never comes."""
    assert sorted(log.EVENTS.keys() - logged(tree).keys() - {LIBRARY}) == []


def test_every_log_event_carries_exactly_the_fields_that_are_registered(tree: Any) -> None:
    """What the page names is in the log, and what is in the log is named on the page."""
    differing = {
        name: (event.places, sorted(event.fields ^ set(log.EVENTS[name].fields)))
        for name, event in logged(tree).items()
        if event.fields != set(log.EVENTS[name].fields)
    }

    assert differing == {}


def test_every_error_has_a_code_of_its_own_and_an_anchor(tree: Any, generator: ModuleType) -> None:
    """A code found in a log leads to its explanation."""
    generator.import_all()
    page = (tree.root / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    classes = [each for _, each in generator.error_tree(errors.HubError)]
    codes = [each.code for each in classes]

    assert len(set(codes)) == len(codes)
    for each in classes:
        assert "code" in vars(each), f"{each.__name__} has no code of its own"
        assert CODE.fullmatch(each.code), each.code
        assert f"### {each.code}\n" in page, each.code
        assert each.__name__.endswith("Error"), each.__name__


def test_every_code_in_the_sources_is_documented(tree: Any) -> None:
    """Also those that only dead letters carry."""
    page = (tree.root / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    used = {
        code
        for path in tree.files("hub", "plugins")
        for code in CODE.findall(path.read_text(encoding="utf-8"))
    }

    assert sorted(code for code in used if f"### {code}\n" not in page) == []
    assert all(CODES.values())
