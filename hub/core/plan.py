"""A checked configuration: everything that is needed to run, and nothing of it started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from hub.clock import Clock
from hub.connector import Connector, Environment
from hub.core.config import HubConfig, LoadedConfig, build_settings, load_config, load_host
from hub.core.plugins import PluginHost
from hub.core.process import Rulebook
from hub.errors import ConfigError, Problem
from hub.handbook import Handbook, load_handbook
from hub.rules import builtin_rules


@dataclass(frozen=True, slots=True)
class Plan:
    """What was read: configuration, plugins, handbook, each connector's settings."""

    loaded: LoadedConfig
    host: PluginHost
    handbook: Handbook
    settings: Mapping[str, BaseModel]

    @property
    def config(self) -> HubConfig:
        """Give the configuration."""
        return self.loaded.config

    def rulebook(self) -> Rulebook:
        """Give what the engine decides by."""
        return Rulebook(self.host, self.handbook.record_maps, self.handbook.fingerprint)

    def build_connector(self, name: str, environment: Environment) -> Connector:
        """Make a configured connector; it connects when it is first used."""
        kind = self.host.connector_type(self.config.connectors[name].plugin)
        return kind.build(self.settings[name], environment)

    def build_connectors(self, clock: Clock) -> dict[str, Connector]:
        """Make all configured connectors (for checks)."""
        return {
            name: self.build_connector(name, Environment(name=name, clock=clock))
            for name in self.settings
        }


def read_plan(path: Path) -> Plan:
    """Read and check configuration, plugins and handbook; nothing is started or changed.

    Raises:
        ConfigError: all defects with their lines.
        PluginError: an enabled plugin can not be used.
    """
    loaded = load_config(path)
    host = load_host(loaded)
    problems: list[Problem] = []
    settings: Mapping[str, BaseModel] = {}
    try:
        settings = build_settings(loaded, host)
    except ConfigError as error:
        problems += error.problems
    try:
        handbook = load_handbook(
            loaded.handbook,
            connectors=loaded.config.connectors,
            functions=host.expression_functions(),
        )
    except ConfigError as error:
        raise ConfigError([*problems, *error.problems]) from None
    if problems:
        raise ConfigError(problems)
    return Plan(loaded, host.replace_builtins(builtin_rules(handbook)), handbook, settings)


def read_rulebook(path: Path, handbook: Path | None = None) -> tuple[Handbook, Rulebook]:
    """Read the plugins and a handbook, the configured one or another, to decide by and no more.

    No settings of connectors are read, so that neither secrets nor systems are needed.

    Raises:
        ConfigError: all defects with their lines.
        PluginError: an enabled plugin can not be used.
    """
    loaded = load_config(path)
    host = load_host(loaded)
    read = load_handbook(
        handbook or loaded.handbook,
        connectors=loaded.config.connectors,
        functions=host.expression_functions(),
    )
    ruled = host.replace_builtins(builtin_rules(read))
    return read, Rulebook(ruled, read.record_maps, read.fingerprint)
