"""`hub.yaml`: what is enabled, which systems are connected, where the store and handbook are.

Everything is typed, and every defect is told with its file and line, all of them together. A
connector's section is parsed by the settings class that its plugin brings.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from hub.core.pluginload import installed_plugins, installed_twice, not_installed
from hub.core.plugins import PluginHost
from hub.errors import ConfigError, PluginError, Problem
from hub.settings import (
    Document,
    Secret,
    SecretRef,
    SecretSettings,
    Settings,
    load_yaml,
    parse_settings,
)

OWN_KEYS: Final = ("plugin", "poll_seconds", "workers")
"""Keys of a connector's section that the hub reads itself."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_STORES: Final = ("sqlite:///", "postgresql+psycopg://")
_PASSWORD: Final = re.compile(r"(?<=://)([^:/@\s]*):[^@/\s]*@")


def _read_url(value: object) -> object:
    """Take a URL as text, or a secret reference to one; it may hold a password."""
    return Secret(value, "hub.yaml") if isinstance(value, str) else value


StoreUrl = Annotated[SecretRef, BeforeValidator(_read_url)]


class StoreSettings(SecretSettings):
    """Where the hub keeps what it knows."""

    url: StoreUrl = Field(
        default=Secret("sqlite:///var/hub.db", "default"),
        description=(
            "`sqlite:///PATH` (relative to the working directory) or "
            "`postgresql+psycopg://USER:PASSWORD@HOST/NAME`; the URL itself or a secret reference."
        ),
    )

    @field_validator("url")
    @classmethod
    def _known(cls, url: Secret) -> Secret:
        if not url.reveal().startswith(_STORES):
            scheme = url.reveal().partition(":")[0][:30]
            raise ValueError(f"unknown kind of store {scheme!r}: use {' or '.join(_STORES)}…")
        return url

    @property
    def shown(self) -> str:
        """Give the URL without its password."""
        return _PASSWORD.sub(r"\1:***@", self.url.reveal())

    @property
    def file(self) -> Path | None:
        """Give the file of an SQLite store; None of any other."""
        _, found, path = self.url.reveal().partition("sqlite:///")
        return Path(path) if found else None


class WebSettings(SecretSettings):
    """The hub's own HTTP server: health, metrics, webhooks, API."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8085, ge=0, le=65535, description="Port; 0 takes a free one.")
    public_url: str = Field(
        default="",
        description="Address at which customers and colleagues reach this server; mails carry "
        "links to it, signed with a key made from the token.",
    )
    token: SecretRef | None = Field(
        default=None,
        description="Bearer token of the API; without it the API answers 401 to everybody.",
    )
    form_per_hour: int = Field(
        default=30,
        ge=0,
        description="How often one address may send the service form in an hour; 0 for no limit.",
    )


class LogSettings(Settings):
    """How the hub writes its log to standard output."""

    format: Literal["auto", "json", "console"] = Field(
        default="auto", description="`auto` is console on a terminal and JSON elsewhere."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least level that is written."
    )


class ConnectorSection(Settings):
    """One connected system: the hub's own keys; all others are its plugin's settings."""

    model_config = ConfigDict(frozen=True, extra="allow")

    plugin: str = Field(description="The enabled plugin that speaks to this system.")
    poll_seconds: float | None = Field(
        default=None, gt=0, description="How often to poll; by default as the plugin says."
    )
    workers: int | None = Field(
        default=None, ge=1, le=64, description="Threads that write; by default as the plugin says."
    )


class HubConfig(SecretSettings):
    """The whole of `hub.yaml`."""

    plugins: list[str] = Field(
        default=[], description="The allow-list, in the order they are asked; nothing else loads."
    )
    connectors: dict[str, ConnectorSection] = Field(
        default={}, description="Connected systems by name; two of one plugin are two lines."
    )
    store: StoreSettings = Field(default=StoreSettings(), description="The store.")
    handbook: Path = Field(
        default=Path("handbook"), description="The handbook's folder, relative to this file."
    )
    web: WebSettings = Field(default=WebSettings(), description="The HTTP server.")
    log: LogSettings = Field(default=LogSettings(), description="The log.")


@dataclass(frozen=True, slots=True)
class LoadedConfig:
    """A parsed `hub.yaml` with the lines of its values."""

    document: Document
    config: HubConfig

    @property
    def path(self) -> Path:
        """Give the file."""
        return self.document.path

    @property
    def handbook(self) -> Path:
        """Give the handbook's folder, resolved."""
        return self.document.path.parent / self.config.handbook


def load_config(path: Path) -> LoadedConfig:
    """Read and check a configuration file, without importing any plugin.

    Raises:
        ConfigError: all defects, each with its line and what would be right.
    """
    document = load_yaml(path)
    if not isinstance(document.data, dict):
        example = "it begins with a line like `plugins: [crm, jira, mail]`"
        raise ConfigError([Problem(str(path), 1, "this is not a configuration", example)])
    config = parse_settings(HubConfig, document)
    problems = [*_plugin_problems(document, config), *_connector_problems(document, config)]
    if problems:
        raise ConfigError(problems)
    return LoadedConfig(document, config)


def enabled_plugins(path: Path) -> list[str]:
    """Give the allow-list alone: for commands that need no system, and so no secrets.

    Raises:
        ConfigError: the file can not be read, or its `plugins` are no list of names.
    """
    document = load_yaml(path)
    given = document.data.get("plugins", []) if isinstance(document.data, dict) else None
    if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
        remedy = "write `plugins: [crm, jira, mail]`"
        raise ConfigError([document.problem(("plugins",), "plugins is no list of names", remedy)])
    return list(given)


def load_host(loaded: LoadedConfig, builtins: Sequence[tuple[str, object]] = ()) -> PluginHost:
    """Load the enabled plugins; those that are not installed are told with their line.

    Raises:
        ConfigError: a name is not installed, or installed twice.
        PluginError: a plugin can not be imported, or does not fit the contract.
    """
    installed = installed_plugins()
    problems: list[Problem] = []
    for index, name in enumerate(loaded.config.plugins):
        found = [each for each in installed if each.name == name]
        at = ("plugins", index)
        if not found:
            remedy = "install it into the hub's environment, or take it off the list"
            problems.append(loaded.document.problem(at, not_installed(name), remedy))
        elif len(found) > 1:
            problems.append(loaded.document.problem(at, installed_twice(name, found)))
    if problems:
        raise ConfigError(problems)
    return PluginHost.load(loaded.config.plugins, builtins)


def build_settings(loaded: LoadedConfig, host: PluginHost) -> dict[str, BaseModel]:
    """Make each connector's settings, typed by its plugin, by the connector's name.

    Raises:
        ConfigError: all defects of all sections.
    """
    result: dict[str, BaseModel] = {}
    problems: list[Problem] = []
    for name, section in loaded.config.connectors.items():
        at = ("connectors", name)
        try:
            model = host.connector_type(section.plugin).settings
            section_of = _own_section(loaded.document, name, model)
            result[name] = parse_settings(model, section_of, at, also=OWN_KEYS)
        except PluginError as error:
            others = ", ".join(host.connector_plugins()) or "none"
            remedy = f"plugins that bring one: {others}"
            problems.append(loaded.document.problem((*at, "plugin"), str(error), remedy))
        except ConfigError as error:
            problems.extend(error.problems)
    if problems:
        raise ConfigError(problems)
    return result


def _own_section(document: Document, name: str, model: type[BaseModel]) -> Document:
    """Give the document with one section less the keys that the hub reads itself."""
    section: Mapping[str, Any] = document.data["connectors"][name]
    kept = {
        key: value
        for key, value in section.items()
        if key not in OWN_KEYS or (key != "plugin" and key in model.model_fields)
    }
    return replace(document, data={"connectors": {name: kept}})


def _plugin_problems(document: Document, config: HubConfig) -> list[Problem]:
    return [
        document.problem(
            ("plugins", index), f"the plugin {name!r} is enabled twice", "name it once"
        )
        for index, name in enumerate(config.plugins)
        if name in config.plugins[:index]
    ]


def _connector_problems(document: Document, config: HubConfig) -> list[Problem]:
    problems = []
    for name, section in config.connectors.items():
        if not _NAME.fullmatch(name):
            what = f"{name!r} can not name a connector"
            remedy = "use small letters, digits, - and _, and begin with a letter"
            problems.append(document.problem(("connectors", name), what, remedy))
        if section.plugin not in config.plugins:
            close = difflib.get_close_matches(section.plugin, config.plugins, 1)
            remedy = (
                f"did you mean {close[0]!r}?" if close else f"add {section.plugin!r} to plugins:"
            )
            what = f"connectors.{name}: the plugin {section.plugin!r} is not enabled"
            problems.append(document.problem(("connectors", name, "plugin"), what, remedy))
    return problems
