"""`hub.yaml`: what is read, and how each defect is told."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from hub.core.config import LoadedConfig, build_settings, load_config, load_host
from hub.core.plugins import PluginHost
from hub.errors import ConfigError, Problem
from hub.hookspecs import ConnectorType, hookimpl
from hub.settings import SecretRef, SecretSettings

SMALL = """\
plugins: [crm, mail]
connectors:
  crm:
    plugin: crm
    url: http://localhost
    poll_seconds: 2
  mail: {plugin: mail, url: x, token: {env: MAIL_TOKEN}}
store:
  url: postgresql+psycopg://hub:s3cret@db/hub
handbook: house/handbook
"""


class UnitSettings(SecretSettings):
    """What the plugins of these tests want to know."""

    url: str
    token: SecretRef | None = None


def unit() -> Any:
    """Make a plugin that brings a connector type."""
    kind = ConnectorType(settings=UnitSettings, build=lambda *_: None)  # type: ignore[arg-type,return-value]
    return SimpleNamespace(hub_connector_type=hookimpl(lambda: kind), own=object())


def write(folder: Path, text: str) -> Path:
    """Write a configuration file."""
    path = folder / "hub.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str = SMALL) -> LoadedConfig:
    """Load a configuration from text."""
    return load_config(write(folder, text))


def problems(folder: Path, text: str) -> list[Problem]:
    """Give the problems of a configuration that must be refused."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    return list(caught.value.problems)


def test_sections_become_the_settings_of_their_plugins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub's own keys are read by the hub; the plugin's settings see the rest."""
    monkeypatch.setenv("MAIL_TOKEN", "tell-nobody")
    loaded = load(tmp_path)

    settings = build_settings(loaded, PluginHost.of(("crm", unit()), ("mail", unit())))

    assert UnitSettings(url="http://localhost") == settings["crm"]
    assert loaded.config.connectors["crm"].poll_seconds == 2
    assert isinstance(settings["mail"], UnitSettings)
    assert settings["mail"].token is not None
    assert settings["mail"].token.reveal() == "tell-nobody"
    assert "tell-nobody" not in repr(settings)


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    """The smallest configuration names nothing but the allow-list."""
    config = load(tmp_path, "plugins: []\n").config

    assert config.store.shown == "sqlite:///var/hub.db"
    assert config.store.file == Path("var/hub.db")
    assert (config.log.format, config.web.token) == ("auto", None)


def test_the_handbook_stands_beside_the_file(tmp_path: Path) -> None:
    """Its path is relative to the file that names it, whatever the working directory."""
    assert tmp_path / "house" / "handbook" == load(tmp_path).handbook


def test_the_password_of_the_store_is_never_shown(tmp_path: Path) -> None:
    """Neither the representation nor the shown form of the URL has it."""
    config = load(tmp_path).config

    assert config.store.shown == "postgresql+psycopg://hub:***@db/hub"
    assert config.store.url.reveal() == "postgresql+psycopg://hub:s3cret@db/hub"
    assert "s3cret" not in repr(config)


def test_the_url_of_the_store_may_be_a_secret_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password need not stand in the file at all."""
    monkeypatch.setenv("HUB_STORE", "sqlite:////tmp/x.db")

    config = load(tmp_path, "store: {url: {env: HUB_STORE}}").config

    assert config.store.url.reveal() == "sqlite:////tmp/x.db"


def test_defects_are_told_together_with_their_lines(tmp_path: Path) -> None:
    """A misspelt key, a wrong type and a wrong value: three lines, three problems."""
    text = "plugns: [crm]\nweb:\n  port: much\nlog:\n  level: loud\n"

    found = {problem.line: problem for problem in problems(tmp_path, text)}

    assert "unknown setting plugns" in found[1].what
    assert found[1].remedy == "did you mean 'plugins'?"
    assert "web.port" in found[3].what
    assert "'debug', 'info', 'warning' or 'error'" in found[5].what


def test_a_connector_of_a_plugin_that_is_not_enabled_is_refused(tmp_path: Path) -> None:
    """The problem points at the line that names the plugin."""
    (problem,) = problems(tmp_path, SMALL.replace("plugin: crm", "plugin: crn"))

    assert problem.line == 4
    assert problem.what == "connectors.crm: the plugin 'crn' is not enabled"
    assert problem.remedy == "did you mean 'crm'?"


@pytest.mark.parametrize("name", ["CRM", "a:b", "客户", "1st"])
def test_a_connector_needs_a_plain_name(tmp_path: Path, name: str) -> None:
    """Names stand in addresses of records, so that a colon would tear those apart."""
    (problem,) = problems(tmp_path, f"plugins: [crm]\nconnectors:\n  '{name}': {{plugin: crm}}\n")

    assert problem.line == 3
    assert "can not name a connector" in problem.what


def test_a_connector_named_twice_is_refused(tmp_path: Path) -> None:
    """The second section does not silently win."""
    (problem,) = problems(tmp_path, SMALL.replace("  mail: {plugin: mail", "  crm: {plugin: mail"))

    assert (problem.line, problem.what) == (7, "the key 'crm' is given twice")


def test_a_plugin_enabled_twice_is_told_with_its_line(tmp_path: Path) -> None:
    """The allow-list names each plugin once."""
    (problem,) = problems(tmp_path, "plugins:\n  - crm\n  - crm\n")

    assert (problem.line, problem.what) == (3, "the plugin 'crm' is enabled twice")


def test_a_plugin_that_is_not_installed_is_told_with_its_line(tmp_path: Path) -> None:
    """What the loader knows by name, the configuration knows by line."""
    loaded = load(tmp_path, "plugins:\n  - crm\n  - jria\n")

    with pytest.raises(ConfigError) as caught:
        load_host(loaded)

    (problem,) = caught.value.problems
    assert problem.line == 3
    assert "did you mean 'jira'?" in problem.what


def test_defects_of_all_connectors_are_told_together(tmp_path: Path) -> None:
    """A missing value here, an unset secret there."""
    text = SMALL.replace("    url: http://localhost\n", "    ulr: http://localhost\n")

    with pytest.raises(ConfigError) as caught:
        build_settings(load(tmp_path, text), PluginHost.of(("crm", unit()), ("mail", unit())))

    told = [(problem.line, problem.what) for problem in caught.value.problems]
    assert (5, "unknown setting connectors.crm.ulr") in told
    assert (3, "connectors.crm.url is missing") in told
    unset = "connectors.mail.token: the environment variable MAIL_TOKEN is not set"
    assert (7, unset) in told


def test_a_key_that_the_hub_itself_reads_is_offered_as_what_was_meant(tmp_path: Path) -> None:
    """A section is read by two; the reader of it need not know."""
    text = SMALL.replace("    url: http://localhost\n", "    url: http://x\n    pol_seconds: 1\n")

    with pytest.raises(ConfigError) as caught:
        build_settings(load(tmp_path, text), PluginHost.of(("crm", unit()), ("mail", unit())))

    remedies = {problem.what: problem.remedy for problem in caught.value.problems}
    assert remedies["unknown setting connectors.crm.pol_seconds"] == "did you mean 'poll_seconds'?"


def test_a_connector_of_a_plugin_without_one_is_refused(tmp_path: Path) -> None:
    """The remedy lists who brings a connector."""
    host = PluginHost.of(("crm", object()), ("mail", unit()))

    with pytest.raises(ConfigError) as caught:
        build_settings(load(tmp_path, "plugins: [crm]\nconnectors: {crm: {plugin: crm}}"), host)

    (problem,) = caught.value.problems
    assert problem.what == "the plugin 'crm' brings no connector"
    assert problem.remedy == "plugins that bring one: mail"


@pytest.mark.parametrize("url", ["mysql://x", "postgres://x", "hub.db"])
def test_an_unknown_kind_of_store_is_refused(tmp_path: Path, url: str) -> None:
    """The message says which there are."""
    (problem,) = problems(tmp_path, f"store:\n  url: {url}\n")

    assert problem.line == 2
    assert "use sqlite:/// or postgresql+psycopg://" in problem.what


@pytest.mark.parametrize("text", ["", "- a\n", "just words"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    """An empty or half-written file is told as such."""
    (problem,) = problems(tmp_path, text)

    assert problem.what == "this is not a configuration"


def test_a_half_written_file_is_told_with_the_line_where_it_breaks(tmp_path: Path) -> None:
    """A cut quote or bracket is a precise error."""
    (problem,) = problems(tmp_path, "plugins: [crm]\nconnectors:\n  crm: {plugin: crm, url: 'htt")

    assert problem.line == 3
    assert "not valid YAML" in problem.what
