"""A stage to play on: all emulators of the enabled units, and a configuration that fits them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

from hub.core.plugins import PluginHost
from hub.core.shipped import shipped_config
from hub.sandbox import AsgiServer, FaultPlan, Sandbox, SandboxOptions, StatefulSandbox
from hub.sandbox.control import Control
from hub.sandbox.state import StateKeeper

_PLACE: Final = re.compile(r"\$\{(secret:)?([a-z_]+)\.([a-z_]+)\}")

Facts = Mapping[str, Mapping[str, Any]]


class Stage:
    """Emulators that run, with what they said of themselves, and the API that steers them.

    Args:
        sandboxes: the emulators, not yet started.
        options: how they were made; with `data` their state is kept there.
    """

    def __init__(self, sandboxes: Iterable[Sandbox], options: SandboxOptions | None = None) -> None:
        self.sandboxes: dict[str, Sandbox] = {sandbox.name: sandbox for sandbox in sandboxes}
        self.facts: dict[str, Mapping[str, Any]] = {}
        self.options: Final = options or SandboxOptions()
        self._running = ExitStack()

    @classmethod
    def of(cls, plugins: Sequence[str], options: SandboxOptions | None = None) -> Self:
        """Make a stage of all emulators that these units bring."""
        options = options or SandboxOptions()
        return cls(PluginHost.load(plugins).sandboxes(options), options)

    @property
    def forgetful(self) -> list[str]:
        """Give the emulators whose state can not be kept."""
        return [n for n, each in self.sandboxes.items() if not isinstance(each, StatefulSandbox)]

    def start(self) -> Facts:
        """Start all; give where they are and how to log in, `control` among them."""
        keeper = self._keeper()
        if keeper is not None:
            keeper.load()
        for name, sandbox in self.sandboxes.items():
            self._running.callback(sandbox.stop)
            self.facts[name] = sandbox.start()
        traffic, port = self.options.traffic, self.options.ports.get("control", 0)
        app = Control(list(self.sandboxes.values()), dict(self.facts), traffic).app()
        server = AsgiServer(app, FaultPlan(), host=self.options.host, port=port)
        server.start()
        self._running.callback(server.stop)
        self.facts["control"] = {"url": server.url}
        if keeper is not None:
            keeper.start()
            self._running.callback(keeper.stop)
        return self.facts

    def _keeper(self) -> StateKeeper | None:
        data = self.options.data
        if data is None:
            return None
        data.mkdir(parents=True, exist_ok=True)
        return StateKeeper(data, self.sandboxes.values(), self.options.traffic)

    def stop(self) -> None:
        """Stop all."""
        self._running.close()
        self.facts.clear()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def act(self, sandbox: str, action: str, **arguments: Any) -> Mapping[str, Any]:
        """Do what a person in one of the systems would do."""
        return self.sandboxes[sandbox].act(action, arguments)

    def records(self, sandbox: str, kind: str) -> list[dict[str, Any]]:
        """Give what a system holds of a kind."""
        return self.sandboxes[sandbox].records()[kind]

    def write_config(
        self,
        folder: Path,
        *,
        store: str = "",
        port: int = 0,
        handbook: Path | None = None,
        changes: Mapping[str, str] | None = None,
    ) -> Path:
        """Write a `hub.yaml` that speaks to these emulators; give its path.

        `changes` replaces pieces of the template's text (tests: other poll times, say).
        """
        template = (shipped_config() / "sandbox.yaml").read_text(encoding="utf-8")
        for old, new in (changes or {}).items():
            if old not in template:
                raise ValueError(f"the template holds no {old!r}")
            template = template.replace(old, new)
        own = {
            "store": store or f"sqlite:///{folder}/hub.db",
            "handbook": str(handbook or shipped_config() / "handbook"),
            "port": port,
        }
        path = folder / "hub.yaml"
        path.write_text(_filled(template, {**self.facts, "hub": own}, folder), encoding="utf-8")
        return path


def _filled(template: str, facts: Facts, folder: Path) -> str:
    def fill(match: re.Match[str]) -> str:
        secret, name, key = match.groups()
        value = str(facts[name][key])
        if not secret:
            return value
        file = folder / f"{name}.{key}.secret"
        file.touch(mode=0o600)
        file.write_text(value, encoding="utf-8")
        return f"{{file: {file}}}"

    lines = (line for line in template.splitlines() if not line.startswith("#"))
    return _PLACE.sub(fill, "\n".join(lines)) + "\n"
