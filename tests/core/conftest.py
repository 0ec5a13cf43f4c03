"""A small hub over modelled systems: the real store and engine, two records, one rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hub.connector import Environment
from hub.core.dispatch import Dispatcher
from hub.core.engine import Engine
from hub.core.health import Health
from hub.core.intake import Intake
from hub.core.plugins import PluginHost
from hub.core.process import Rulebook
from hub.core.store import Database, Locks, Session, upgrade
from hub.core.timekeeper import Timekeeper
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    AddComment,
    Change,
    Context,
    CreateRecord,
    Event,
    FieldMap,
    Ignored,
    Item,
    Opening,
    RecordMap,
    Want,
    Why,
)
from hub.testing.clock import FrozenClock, SeededIds
from hub.testing.memory import Kind, MemoryConnector, MemorySystem

WHY = Why(plugin="test")


class TwinRules:
    """Every case of the CRM has an issue, and their comments cross."""

    @hookimpl
    def hub_open_item(self, change: Change, context: Context) -> Opening | Ignored | None:
        """Open an item for a case, join comments to theirs."""
        if change.ref.kind == "case":
            return Opening(part="case", why=WHY)
        if change.parent is not None and context.related:
            return Opening(part=f"comment:{change.ref}", join=context.related[0].id, why=WHY)
        return Ignored(why=Why(plugin="test", rule="stranger"))

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Make the issue; mirror comments."""
        if event.name == "item_opened":
            effect = CreateRecord(kind="issue")
            return [Want(connector="rnd", part="issue", effect=effect, then="handed", why=WHY)]
        if event.name == "comment_added" and event.change and event.change.text:
            here = event.change.ref.connector == "crm"
            there, parent = ("rnd", "issue") if here else ("crm", "case")
            effect = AddComment(event.change.text)
            want = Want(
                connector=there, part=event.part, parent_part=parent, effect=effect, why=WHY
            )
            return [want]
        return None


MAPS = [
    RecordMap(
        connector="crm",
        kind="case",
        fields=(
            FieldMap(item="subject", record="subject"),
            FieldMap(item="state", record="status", values={"new": "New", "done": "Closed"}),
            FieldMap(item="jira_key", record="jira_key"),
        ),
    ),
    RecordMap(
        connector="rnd",
        kind="issue",
        fields=(
            FieldMap(item="subject", record="summary"),
            FieldMap(item="state", record="status", values={"new": "To Do", "done": "Done"}),
            FieldMap(item="jira_key", record="key"),
        ),
    ),
]


@dataclass
class SmallHub:
    """The whole way, stepped by hand."""

    database: Database
    clock: FrozenClock = field(default_factory=FrozenClock)
    rules: object = field(default_factory=TwinRules)

    def __post_init__(self) -> None:
        """Wire it up as the real one is."""
        comments = Kind(name="comment")
        self.crm = MemorySystem(self.clock, [Kind(name="case", comments="comment"), comments])
        self.rnd = MemorySystem(
            self.clock,
            [Kind(name="issue", comments="comment", number=("key", "RND-{}")), comments],
        )
        self.systems = {"crm": self.crm, "rnd": self.rnd}
        maps = {(each.connector, each.kind): each for each in MAPS}
        self.book = Rulebook(PluginHost.of(("test", self.rules)), maps)
        self.session: Session = self.database.session()
        self.engine = Engine(self.database, self.book, self.clock, SeededIds(1))
        self.timekeeper = Timekeeper(self.clock)
        self.locks = Locks(self.database)
        self.connectors = {
            name: MemoryConnector(system, Environment(name=name, clock=self.clock))
            for name, system in self.systems.items()
        }
        self.health = {name: Health(name, self.clock) for name in self.systems}
        self.intakes = {n: Intake(n, c, self.clock) for n, c in self.connectors.items()}
        self.dispatchers = {
            name: Dispatcher(
                name=name,
                connector=connector,
                database=self.database,
                locks=self.locks,
                health=self.health[name],
                clock=self.clock,
                rulebook=self.book,
            )
            for name, connector in self.connectors.items()
        }

    def run(self, rounds: int = 20) -> None:
        """Step everything until nothing moves."""
        for _ in range(rounds):
            moved = 0
            for intake in self.intakes.values():
                moved += intake.fetch(self.session)
                moved += intake.poll(self.session)[0]
            moved += self.timekeeper.step(self.session)
            moved += self.engine.step(self.session)
            for dispatcher in self.dispatchers.values():
                moved += dispatcher.step(self.session)
            if not moved:
                return
            self.clock.advance(1)
        raise AssertionError("it does not come to rest")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A fresh store on SQLite."""
    made = Database(f"sqlite:///{tmp_path}/hub.db", durable=False)
    upgrade(made)
    yield made
    made.close()


@pytest.fixture
def hub(database: Database) -> SmallHub:
    """A small hub with its systems empty."""
    return SmallHub(database)
