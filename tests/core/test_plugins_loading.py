"""What the plugin host refuses before anything starts, each with a precise error."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hub.core.plugins import PluginHost
from hub.errors import PluginContractError, PluginLoadError

Install = Callable[..., None]

GOOD = """
from hub.hookspecs import hookimpl
HUB_API = 1

@hookimpl
def hub_before_effect(command):
    return None
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution with one plugin on a path of its own."""
    before = set(sys.modules)

    def do(name: str, source: str, *, distribution: str = "", module: str = "") -> None:
        distribution = distribution or f"hub-{name}"
        module = module or f"hub_test_{name}"
        folder = tmp_path / distribution
        info = folder / f"{distribution.replace('-', '_')}-2.5.dist-info"
        info.mkdir(parents=True)
        (folder / f"{module}.py").write_text(source, encoding="utf-8")
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 2.5")
        (info / "entry_points.txt").write_text(f"[hub.plugins]\n{name} = {module}\n")
        monkeypatch.syspath_prepend(folder)

    yield do
    for added in set(sys.modules) - before:
        if added.startswith("hub_test_"):
            del sys.modules[added]


def test_an_enabled_plugin_is_loaded_and_listed_with_version_and_hooks(install: Install) -> None:
    """A stranger's distribution is found by its entry point, with no code of ours changed."""
    install("erp", GOOD)

    host = PluginHost.load(["erp"])

    row = next(row for row in host.listing() if row.name == "erp")
    assert (row.distribution, row.version, row.enabled) == ("hub-erp", "2.5", True)
    assert row.hooks == ("hub_before_effect",)


def test_a_plugin_that_is_not_enabled_is_listed_but_never_imported(install: Install) -> None:
    """Being installed is no reason to run."""
    install("erp", "raise SystemExit('imported!')")

    host = PluginHost.load([])

    row = next(row for row in host.listing() if row.name == "erp")
    assert not row.enabled
    assert "hub_test_erp" not in sys.modules


def test_a_plugin_that_is_not_installed_is_named_with_what_was_meant() -> None:
    """The message lists what is installed and the nearest name."""
    with pytest.raises(PluginLoadError) as caught:
        PluginHost.load(["jria"])

    assert "the plugin 'jria' is not installed" in str(caught.value)
    assert "crm, jira, mail" in str(caught.value)
    assert "did you mean 'jira'?" in str(caught.value)


def test_a_plugin_installed_twice_is_refused_naming_both_distributions(install: Install) -> None:
    """Neither of two plugins of one name wins in silence."""
    install("erp", GOOD)
    install("erp", GOOD, distribution="evil-erp", module="hub_test_evil")

    with pytest.raises(PluginLoadError, match="installed twice") as caught:
        PluginHost.load(["erp"])

    assert "hub-erp 2.5" in str(caught.value)
    assert "evil-erp 2.5" in str(caught.value)


def test_a_plugin_enabled_twice_is_refused() -> None:
    """One name in the allow-list counts once."""
    with pytest.raises(PluginLoadError, match="'crm' is enabled twice"):
        PluginHost.load(["crm", "crm"])


def test_a_failing_import_says_what_failed_and_where(install: Install) -> None:
    """The import's own error, its file and line are part of the message."""
    install("erp", "import no_such_library\n")

    with pytest.raises(PluginLoadError) as caught:
        PluginHost.load(["erp"])

    assert "'erp' (hub-erp 2.5, hub_test_erp) can not be imported" in str(caught.value)
    assert "hub_test_erp.py:1" in str(caught.value)
    assert "the module 'no_such_library' is missing: reinstall hub-erp" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("", "declares no HUB_API"),
        ("HUB_API = 99", "written for HUB_API 99; this hub offers 1"),
    ],
)
def test_a_plugin_for_another_contract_is_refused(
    install: Install, source: str, message: str
) -> None:
    """The version of the contract is checked before any hook is called."""
    install("erp", source)

    with pytest.raises(PluginContractError, match=message):
        PluginHost.load(["erp"])


def test_a_misspelt_hook_is_refused_with_the_one_that_was_meant(install: Install) -> None:
    """A hook that would never be called is an error, not silence."""
    install("erp", GOOD.replace("hub_before_effect", "hub_befor_effect"))

    with pytest.raises(PluginContractError, match="'hub_befor_effect'; did you mean 'hub_before_e"):
        PluginHost.load(["erp"])


def test_a_hook_without_its_mark_is_refused(install: Install) -> None:
    """A function named like a hook that pluggy would overlook is an error."""
    install("erp", GOOD.replace("@hookimpl", ""))

    with pytest.raises(PluginContractError, match="hub_before_effect, which lacks the mark"):
        PluginHost.load(["erp"])


def test_an_argument_that_a_hook_has_not_is_refused(install: Install) -> None:
    """The message names the argument and lists the right ones."""
    install("erp", GOOD.replace("(command)", "(comand)"))

    with pytest.raises(PluginContractError, match=r"unknown argument 'comand'.*takes: command"):
        PluginHost.load(["erp"])


def test_a_wrapper_is_refused(install: Install) -> None:
    """The host calls functions directly, so that a wrapper would never run."""
    install("erp", GOOD.replace("@hookimpl", "@hookimpl(wrapper=True)").replace("return", "yield"))

    with pytest.raises(PluginContractError, match="wraps 'hub_before_effect'"):
        PluginHost.load(["erp"])


def test_all_plugins_that_can_not_be_loaded_are_named_together() -> None:
    """One start shows all problems."""
    with pytest.raises(PluginLoadError) as caught:
        PluginHost.load(["jria", "crn"])

    assert "did you mean 'jira'?" in str(caught.value)
    assert "did you mean 'crm'?" in str(caught.value)
