"""A whole hub in this process: the real application over modelled systems in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.work import Work
from hub.clock import SystemClock
from hub.connector import Environment, Page, WebhookRequest
from hub.core.app import App
from hub.core.config import ConnectorSection, HubConfig, LoadedConfig, StoreSettings, WebSettings
from hub.core.plan import Plan
from hub.core.plugins import PluginHost
from hub.core.store import Database, inbox
from hub.hookspecs import ConnectorType, hookimpl
from hub.models import Change, Ref
from hub.settings import Document, Secret, Settings
from hub.testing.memory import Kind, MemoryConnector, MemorySystem, capabilities_of

BULK: Final = 200
SELDOM: Final = 3600.0
PAGE: Final = 2000
KINDS: Final = {
    "crm": (Kind(name="case", comments="comment"), Kind(name="comment"), Kind(name="task")),
    "rnd": (Kind(name="issue", comments="comment"), Kind(name="comment")),
    "mail": (Kind(name="mail"),),
}


class BenchConnector(MemoryConnector):
    """A memory connector that reads no history, and whose webhooks name the record to fetch."""

    def poll(self, cursor: str | None) -> Page:
        """Give what is new; at first nothing, for what is measured is put in otherwise."""
        if cursor is None:
            return Page(changes=[], cursor=str(self._system.horizon()))
        return super().poll(cursor)

    def receive(self, request: WebhookRequest) -> Sequence[Ref]:
        """Give the case that the webhook names."""
        return [Ref("crm", "case", request.body.decode())]


class BenchPlugin:
    """Brings the connectors of the systems in memory."""

    def __init__(self, systems: dict[str, MemorySystem]) -> None:
        self._systems = systems

    @hookimpl
    def hub_connector_type(self) -> ConnectorType:
        """Give the connector type."""
        return ConnectorType(settings=Settings, build=self._build)

    def _build(self, settings: Settings, environment: Environment) -> MemoryConnector:
        del settings
        system = self._systems[environment.name]
        able = replace(capabilities_of(system, bulk=BULK), webhook=True, references=frozenset())
        return BenchConnector(system, environment, capabilities=able)


def build_app(url: str, work: Work) -> tuple[App, dict[str, MemorySystem]]:
    """Make a hub on a store, with systems that it polls but once, and give both."""
    clock = SystemClock()
    systems = {name: MemorySystem(clock, kinds) for name, kinds in KINDS.items()}
    section = ConnectorSection(plugin="memory", poll_seconds=SELDOM)
    config = HubConfig(
        plugins=["memory"],
        connectors=dict.fromkeys(KINDS, section),
        store=StoreSettings(url=Secret(url, "benchmark")),
        web=WebSettings(port=0),
    )
    handbook = work.handbook()
    host = PluginHost.of(("memory", BenchPlugin(systems))).replace_builtins(work.rules(handbook))
    loaded = LoadedConfig(Document(Path("hub.yaml"), {}), config)
    settings = dict.fromkeys(KINDS, Settings())
    return App(Plan(loaded, host, handbook, settings), clock), systems


def furnish(systems: dict[str, MemorySystem], changes: Sequence[Change]) -> None:
    """Have the records of changes exist in their system, so that they can be written to."""
    for change in changes:
        made = systems[change.ref.connector].create(change.ref.kind, change.fields)
        if made != change.ref.id:
            raise ValueError(f"the system made {made} for {change.ref}")


def load(database: Database, changes: Sequence[Change]) -> None:
    """Put changes into the inbox and wake the engine, all at once."""
    session = database.session()
    now = SystemClock().now()
    with session.write("load") as connection:
        for start in range(0, len(changes), PAGE):
            page = changes[start : start + PAGE]
            shards = inbox.shards_of_changes(connection, page)
            rows = [inbox.inbox_row(c, s, now) for c, s in zip(page, shards, strict=True)]
            inbox.add_changes(connection, rows)
        session.wake("inbox")
    session.close()
