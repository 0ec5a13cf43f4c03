"""Unit jira: joins a Jira project (Cloud or Data Center) to the hub, and brings its emulators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from hub.hookspecs import ConnectorType, hookimpl

if TYPE_CHECKING:
    from hub.connector import Environment
    from hub.sandbox import Sandbox, SandboxOptions
    from hub_jira.connector import JiraConnector
    from hub_jira.settings import JiraSettings

HUB_API: Final = 1


def _build(settings: JiraSettings, environment: Environment) -> JiraConnector:
    from hub_jira.connector import JiraConnector  # noqa: PLC0415 - start-up pays for what it uses

    return JiraConnector(settings, environment)


@hookimpl
def hub_connector_type() -> ConnectorType:
    """Give how a Jira connector is configured and made."""
    from hub_jira.settings import JiraSettings  # noqa: PLC0415

    return ConnectorType(settings=JiraSettings, build=_build)


@hookimpl
def hub_sandboxes(options: SandboxOptions) -> Sequence[Sandbox]:
    """Give the emulators of Jira Cloud and Jira Data Center."""
    from hub_jira.sandbox import JiraSandbox  # noqa: PLC0415 - only `hub sandbox` needs a server

    return [JiraSandbox.cloud(options), JiraSandbox.server(options)]
