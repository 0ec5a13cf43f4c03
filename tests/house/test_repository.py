"""The repository as a whole: its rooms, its packages, its promises."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from hub import __version__
from hub.core.plugins import PluginHost
from hub.models import Command, PublicText, SendReply, Why
from hub.settings import load_yaml

UNITS = ("crm", "jira", "mail")
TEXTS = {".py", ".md", ".toml", ".yaml", ".yml", ".txt", ".service", ".sh", ".json", ".lock", ""}


def committed(root: Path) -> list[Path]:
    """Give the files that git would ship: tracked ones, and new ones that are not ignored."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    return [path for name in names.splitlines() if (path := root / name).is_file()]


def test_the_import_contracts_hold(tree: Any) -> None:
    """Layers, strangers, doors, and no cycle anywhere."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
    ]

    done = subprocess.run(
        [*command, "importlinter.toml", "--no-cache"],
        cwd=tree.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_unit_has_its_card(tree: Any) -> None:
    """A README for people, a quality card for the hub, one package, and no tests inside."""
    for unit in UNITS:
        folder = tree.root / "plugins" / unit
        card = tomllib.loads((folder / "quality.toml").read_text(encoding="utf-8"))
        packages = [path.parent.name for path in folder.glob("*/__init__.py")]
        assert (folder / "README.md").stat().st_size > 500, unit
        assert card, unit
        assert [f"hub_{unit}"] == packages
        assert not (folder / "__init__.py").exists()
        assert not list(folder.rglob("tests")), unit


def test_the_wheel_ships_four_packages_and_the_configuration(tree: Any) -> None:
    """Top-level names are few and ours; `plugins` is a folder, never a package."""
    project = tomllib.loads((tree.root / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]

    names = [Path(package).name for package in wheel["packages"]]
    assert names == ["hub", "hub_crm", "hub_jira", "hub_mail"]
    assert wheel["shared-data"] == {"config": "share/handbook-hub/config"}
    assert set(UNITS) == set(project["project"]["entry-points"]["hub.plugins"])
    assert __version__ == project["project"]["version"]
    for package in wheel["packages"]:
        assert (tree.root / package / "py.typed").exists(), package


def test_no_path_of_a_machine_stands_in_the_tree(tree: Any) -> None:
    """What works here only would not work anywhere else."""
    marks = re.compile(
        r"/(?:work|root|home/\w+)/(?!\.|$)\w|/tmp/bash|pypi-more|claude|anthropic", re.IGNORECASE
    )
    found = [
        f"{path.relative_to(tree.root)}: {match.group()}"
        for path in committed(tree.root)
        if path.suffix in TEXTS and path != Path(__file__)
        for match in [marks.search(path.read_text(encoding="utf-8", errors="replace"))]
        if match
    ]

    assert found == []


def test_every_dependency_is_locked_with_its_hash(tree: Any) -> None:
    """What is installed tomorrow is what was tested today."""
    project = tomllib.loads((tree.root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    lock = (tree.root / "requirements.lock").read_text(encoding="utf-8")
    locked = re.findall(r"(?m)^([A-Za-z0-9._-]+)(?:\[.*\])?==", lock)

    names = {re.split(r"[\[<>=~!; ]", each)[0].lower().replace("_", "-") for each in wanted}
    assert sorted(names - {name.lower().replace("_", "-") for name in locked}) == []
    assert all(
        "--hash=sha256:" in part for part in re.split(r"(?m)^(?=\S+==)", lock) if "==" in part
    )


DOCUMENTS = (
    "README.md",
    "CHANGELOG.md",
    "deploy/README.md",
    "docs/tutorial.md",
    "docs/explanation.md",
    "docs/handbook.md",
    "docs/how-to/operate.md",
    "docs/how-to/take-cases-in.md",
    "docs/how-to/sandbox.md",
    "docs/how-to/write-a-plugin.md",
    "docs/reference/README.md",
)


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_only_what_exists(tree: Any, document: str) -> None:
    """Targets of make, commands of hub, and files that are linked."""
    text = (tree.root / document).read_text(encoding="utf-8")
    makefile = (tree.root / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"(?m)^([a-z-]+):.*## ", makefile))
    commands = {path.stem for path in (tree.root / "hub" / "cli").glob("*.py")}

    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets
    named = re.findall(r"`(?:[a-z-]*hub) ([a-z]+)|(?m:^(?:\.venv/bin/)?hub ([a-z]+))", text)
    assert {one or other for one, other in named} <= commands
    for link in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (tree.root / document).parent.joinpath(link).exists(), link


def test_the_plugin_of_the_how_to_works(tree: Any) -> None:
    """The code that people copy is run here."""
    text = (tree.root / "docs" / "how-to" / "write-a-plugin.md").read_text(encoding="utf-8")
    source = re.search(r"```python\n(# hub_vip.py\n.*?)```", text, re.DOTALL)
    assert source is not None
    module = ModuleType("hub_vip")
    exec(source.group(1), vars(module))  # noqa: S102 - the document's own code

    host = PluginHost.of(("vip", module))

    def asked(to: str) -> str | None:
        reply = SendReply(to=(to,), subject="s", text=PublicText("t"))
        why = Why(plugin="test")
        return host.before_effect(
            Command(key="k", item_id="2", connector="mail", part="mail:1", effect=reply, why=why)
        ).value

    assert asked("chair@pku.edu.cn") == "the chairman's office is answered by a person"
    assert asked("li@pku.edu.cn") is None


def test_the_makefile_has_every_door(tree: Any) -> None:
    """And each does its own set-up."""
    makefile = (tree.root / "Makefile").read_text(encoding="utf-8")

    doors = {"setup", "demo", "test", "check", "bench", "soak", "fix", "docs", "lock", "help"}
    assert doors <= set(re.findall(r"(?m)^([a-z-]+):.*## ", makefile))
    steps = (tree.root / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in steps
    assert "make check" in steps
    assert "set -euo pipefail" in steps


def test_all_configuration_is_yaml_that_loads(tree: Any) -> None:
    """Each file, with the loader that the hub uses."""
    files = sorted((tree.root / "config").rglob("*.yaml"))

    assert files
    for path in files:
        assert load_yaml(path).data is not None, path


def test_plugins_import_nothing_private(tree: Any) -> None:
    """A unit lives by the contract alone: also in what it imports within a function."""
    private = re.compile(r"(?m)^\s*(?:from|import) hub\.(core|cli|testing|rules|handbook)\b")
    found = [
        tree.name(path)
        for path in tree.files("plugins")
        if private.search(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_importing_the_command_line_costs_no_vendor_library() -> None:
    """`hub --help` and `hub run` pay for what they use."""
    code = (
        "import sys; import hub.cli.program as p; p.build_program();"
        "heavy = {'jira', 'simple_salesforce', 'sqlalchemy', 'alembic', 'uvicorn', 'aiosmtpd'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
