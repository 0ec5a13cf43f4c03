"""Clients that others wrote, in Node: scripts drive the sandbox and tell what they saw."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

SCRIPTS: Final = Path(__file__).parent / "node"
OLDEST: Final = 20


class Node:
    """Runs scripts of `tests/strangers/node` against running emulators."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self, script: str, facts: Mapping[str, Mapping[str, Any]], seconds: float = 120
    ) -> Any:
        """Run a script, such as `mail/send.mjs`; give what it told last.

        `facts` is what the emulators said when they started, by their names. Authorities named
        by a `ca_file` among them are trusted. A script that fails shows what it wrote.
        """
        ran = subprocess.run(
            ["node", "--unhandled-rejections=strict", str(SCRIPTS / script)],
            env={**os.environ, "SANDBOX": json.dumps(facts, default=str), **self._trust(facts)},
            cwd=SCRIPTS,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert ran.returncode == 0, f"{script} failed:\n{ran.stderr}\n{ran.stdout[-4000:]}"
        lines = ran.stdout.strip().splitlines()
        assert lines, f"{script} told nothing"
        return json.loads(lines[-1])

    def _trust(self, facts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
        named = [Path(str(told["ca_file"])) for told in facts.values() if told.get("ca_file")]
        if not named:
            return {}
        bundle = self._folder / "authorities.pem"
        bundle.write_text("".join(path.read_text(encoding="ascii") for path in named))
        return {"NODE_EXTRA_CA_CERTS": str(bundle)}


def _lacking() -> str:
    """Say why Node's clients can not run here; empty if they can."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "needs Node and npm"
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    if int(told.strip().lstrip("v").split(".")[0]) < OLDEST:
        return f"needs Node {OLDEST} or later; this is {told.strip()}"
    if not (SCRIPTS / "node_modules" / ".set-up").exists():
        lacking = "the clients from npm are not installed: make clients"
        if os.environ.get("CI"):
            pytest.fail(lacking)
        return lacking
    return ""


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Give what runs Node scripts; where there is no Node, the test is skipped."""
    if lacking := _lacking():
        pytest.skip(lacking)
    return Node(tmp_path_factory.mktemp("node"))
