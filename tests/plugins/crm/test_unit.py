"""The unit as the hub sees it: hooks, settings, what it costs to import."""

from __future__ import annotations

import subprocess
import sys

import hub_crm
import pluggy
from hub_crm.settings import CrmSettings

from hub import hookspecs
from hub.connector import Connector, Environment
from hub.hookspecs import NAME
from hub.sandbox import SandboxOptions
from hub.testing import FrozenClock


def host() -> pluggy.PluginManager:
    """Give a plugin host with this unit alone."""
    manager = pluggy.PluginManager(NAME)
    manager.add_hookspecs(hookspecs)
    manager.register(hub_crm, "crm")
    manager.check_pending()
    return manager


def test_the_hooks_give_a_connector_and_an_emulator(settings: CrmSettings) -> None:
    """The hub builds a connector from settings, and finds the emulator by name."""
    manager = host()
    kind = manager.hook.hub_connector_type()

    connector = kind.build(settings, Environment(name="crm", clock=FrozenClock()))
    (sandbox,) = manager.hook.hub_sandboxes(options=SandboxOptions())[0]

    assert kind.settings is CrmSettings
    assert isinstance(connector, Connector)
    assert sandbox.name == "salesforce"
    connector.close()


def test_building_a_connector_loads_no_vendor_library() -> None:
    """The vendor library costs a third of a second: it waits for the first call."""
    code = (
        "import sys, hub_crm, hub_crm.connector\n"
        "heavy = {'simple_salesforce', 'requests', 'uvicorn', 'trustme'} & set(sys.modules)\n"
        "print(*heavy)"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")
