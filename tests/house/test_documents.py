"""Documents that code can write are current, and what code offers is documented."""

from __future__ import annotations

import ast
import inspect
import re
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

    assert {name.split()[1] for name in found} == set(COMMANDS)
    for name, command in found.items():
        assert command.help, name
        assert name in (command.epilog or ""), name
        options = [option for each in command.params for option in each.opts]
        assert "--json" in options, name
        assert all(getattr(each, "help", "") for each in command.params), name


def emitted(tree: Any) -> dict[str, list[tuple[str, ast.Call]]]:
    """Give all calls of `log.event` by event name, with where they stand."""
    found: dict[str, list[tuple[str, ast.Call]]] = {}
    for path in tree.files("hub", "plugins"):
        for node in ast.walk(tree.parsed(path)):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr != "event" or not isinstance(node.func.value, ast.Name):
                continue
            name = (
                node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
            )
            if node.func.value.id == "log":
                found.setdefault(str(name), []).append((f"{tree.name(path)}:{node.lineno}", node))
    return found


def test_every_emitted_log_event_is_registered_with_its_fields(tree: Any) -> None:
    """The reference page tells of every line that the hub can write."""
    strange = []
    for name, calls in emitted(tree).items():
        if name and name not in log.EVENTS:
            strange.append(name)
        for place, call in calls:
            given = {each.arg for each in call.keywords if each.arg}
            unknown = given - set(log.EVENTS[name].fields) if name in log.EVENTS else set()
            strange += [f"{place} {name}: {field}" for field in sorted(unknown)]

    assert strange == []


def test_every_registered_log_event_is_emitted(tree: Any) -> None:
    """The page promises nothing that never comes."""
    texts = {
        node.value
        for path in tree.files("hub")
        if path.name != "events.py"
        for node in ast.walk(tree.parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert [name for name in log.EVENTS if name not in texts] == []


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
