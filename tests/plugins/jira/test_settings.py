"""Settings are typed; what is wrong with them is said before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_jira import HUB_API, hub_connector_type, hub_sandboxes
from hub_jira.settings import JiraSettings

from hub.errors import ConfigError
from hub.sandbox import SandboxOptions
from hub.settings import parse_settings, parse_yaml

GOOD = """
url: https://jira.example/
email: hub@vendor.example
token: {env: HUB_TEST_JIRA_TOKEN}
project: RND
"""


def parse(text: str) -> JiraSettings:
    """Read settings as the hub does."""
    return parse_settings(JiraSettings, parse_yaml(text, Path("hub.yaml")))


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the token's variable."""
    monkeypatch.setenv("HUB_TEST_JIRA_TOKEN", "secret-token")


def test_a_short_configuration_is_enough() -> None:
    """Four lines say where and who; the rest has defaults."""
    settings = parse(GOOD)

    assert settings.url == "https://jira.example"
    assert settings.issue_type == "Bug"
    assert "secret-token" not in repr(settings)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("projekt: RND", "did you mean 'project'"),
        ("poll_filter: labels = a ORDER BY key", "leave ORDER BY out"),
        ("since: 2026-01-05T00:00:00", "time zone"),
        ("page_size: 500", "less than or equal to 100"),
        ("flavour: onprem", "flavour"),
        ("webhook_secret: plain", "by reference"),
    ],
)
def test_each_defect_is_told_with_its_line(line: str, words: str) -> None:
    """The error names the line, what is wrong, and what would be right."""
    with pytest.raises(ConfigError) as caught:
        parse(GOOD + line + "\n")

    assert words in str(caught.value)
    assert "hub.yaml:6" in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("https://jira.example/", "jira.example", "begins with https://"),
        ("RND", "rnd", "project"),
        ("email: hub@vendor.example", "flavour: cloud", "Jira Cloud needs `email`"),
    ],
)
def test_each_wrong_value_is_told(old: str, new: str, words: str) -> None:
    """An address without scheme, a key in small letters, a Cloud without account."""
    with pytest.raises(ConfigError) as caught:
        parse(GOOD.replace(old, new))

    assert words in str(caught.value)


def test_needed_statuses_are_listed_once() -> None:
    """Every status that the configuration speaks of is checked."""
    settings = parse(GOOD + "done_statuses: [Done, Closed]\ntransitions: {Done: Resolve}\n")

    assert settings.needed_statuses == ("Done", "Closed")


def test_the_plugin_brings_a_connector_and_two_sandboxes() -> None:
    """The hooks answer without starting anything."""
    assert HUB_API == 1
    assert hub_connector_type().settings is JiraSettings
    assert [s.name for s in hub_sandboxes(SandboxOptions())] == ["jira_cloud", "jira_server"]


def test_certificates_that_are_not_there_are_told(tmp_path: Path) -> None:
    """The file is named before anything connects."""
    missing = tmp_path / "ca.pem"

    with pytest.raises(ConfigError, match=r"ca_file: .*ca\.pem is no file"):
        parse(f"{GOOD}ca_file: {missing}\n")
