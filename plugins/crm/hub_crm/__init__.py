"""The CRM unit: connections to Salesforce, and an emulator of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from hub.connector import Connector, Environment
from hub.hookspecs import ConnectorType, hookimpl
from hub_crm.settings import CrmSettings

if TYPE_CHECKING:
    from hub.sandbox import Sandbox, SandboxOptions

HUB_API: Final = 1


def _build(settings: Any, environment: Environment) -> Connector:
    from hub_crm.connector import CrmConnector  # noqa: PLC0415  # only when one is configured

    return CrmConnector(settings, environment)


@hookimpl
def hub_connector_type() -> ConnectorType:
    """Give the connector type for Salesforce."""
    return ConnectorType(settings=CrmSettings, build=_build)


@hookimpl
def hub_sandboxes(options: SandboxOptions) -> Sequence[Sandbox]:
    """Give the Salesforce emulator."""
    from hub_crm.sandbox import SalesforceSandbox  # noqa: PLC0415  # brings a web server along

    return [SalesforceSandbox(options)]
