"""A small hub over modelled systems: the real store and engine, two records, one rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from hub.connector import Environment
from hub.core import log
from hub.core.dispatch import Dispatcher
from hub.core.engine import Engine
from hub.core.health import Health
from hub.core.intake import Intake
from hub.core.plugins import PluginHost
from hub.core.process import Rulebook
from hub.core.store import (
    Database,
    Locks,
    Session,
    dead,
    inbox,
    items,
    outbox,
    schema,
)
from hub.core.timekeeper import Timekeeper
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    AddComment,
    Change,
    Classification,
    Command,
    Context,
    CreateRecord,
    Event,
    FieldMap,
    Ignored,
    Item,
    Link,
    Opening,
    RecordMap,
    Ref,
    Route,
    Want,
    Why,
)
from hub.testing.clock import EPOCH, FrozenClock, SeededIds
from hub.testing.memory import Faults, Kind, MemoryConnector, MemorySystem

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


class Scripted:
    """Rules made of functions; cases open items, comments join theirs, unless told otherwise."""

    def __init__(self, **answers: Callable[..., Any]) -> None:
        self._answers = answers
        self.asked: list[Event] = []

    @hookimpl
    def hub_open_item(self, change: Change, context: Context) -> Opening | Ignored | None:
        """Answer as told, or as the twin rules do."""
        answer = self._answers.get("opening", TwinRules().hub_open_item)
        return answer(change, context)

    @hookimpl
    def hub_classify_case(
        self, item: Item, change: Change, context: Context
    ) -> Classification | None:
        """Answer as told."""
        answer = self._answers.get("classify")
        return answer(item) if answer else None

    @hookimpl
    def hub_route_case(self, item: Item, context: Context) -> Route | None:
        """Answer as told."""
        answer = self._answers.get("route")
        return answer(item) if answer else None

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Remember the event, answer as told."""
        self.asked.append(event)
        answer = self._answers.get("react")
        return answer(item, event, context) if answer else None

    @hookimpl
    def hub_before_effect(self, command: Command) -> str | None:
        """Answer as told."""
        answer = self._answers.get("veto")
        return answer(command) if answer else None

    @property
    def heard(self) -> list[str]:
        """Give the names of the events that were asked about."""
        return [event.name for event in self.asked]


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
            FieldMap(item="assignee", record="assignee"),
        ),
    ),
]


@dataclass
class SmallHub:
    """The whole way, stepped by hand.

    `rules` is one plugin, or several with their names. `faults` and `options` are of the memory
    connectors, by name. `mail` adds a third system. `systems` are given to a second hub over the
    same ones.
    """

    database: Database
    clock: FrozenClock = field(default_factory=FrozenClock)
    rules: object = field(default_factory=TwinRules)
    faults: dict[str, Faults] = field(default_factory=dict)
    options: dict[str, dict[str, Any]] = field(default_factory=dict)
    mail: bool = False
    systems: dict[str, MemorySystem] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Wire it up as the real one is."""
        self.systems = self.systems or self._build_systems()
        self.crm, self.rnd = self.systems["crm"], self.systems["rnd"]
        maps = {(each.connector, each.kind): each for each in MAPS}
        rules = self.rules if isinstance(self.rules, list) else [("test", self.rules)]
        self.book = Rulebook(PluginHost.of(*rules), maps)
        self.session: Session = self.database.session()
        self.engine = Engine(self.database, self.book, self.clock, SeededIds(1))
        self.timekeeper = Timekeeper(self.clock)
        self.locks = Locks(self.database)
        self.connectors = {
            name: MemoryConnector(
                system,
                Environment(name=name, clock=self.clock),
                faults=self.faults.get(name),
                **self.options.get(name, {}),
            )
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

    def _build_systems(self) -> dict[str, MemorySystem]:
        comments = Kind(name="comment")
        issues = Kind(
            name="issue",
            comments="comment",
            number=("key", "RND-{}"),
            defaults={"assignee": "nobody"},
        )
        kinds = {
            "crm": [Kind(name="case", comments="comment"), comments],
            "rnd": [issues, comments],
        }
        if self.mail:
            kinds["mail"] = [Kind(name="mail")]
        return {name: MemorySystem(self.clock, some) for name, some in kinds.items()}

    def again(self, **changes: Any) -> SmallHub:
        """Start another process over the same database file or server, and the same systems."""
        database = Database(
            self.database.url.render_as_string(hide_password=False),
            durable=False,
            **changes.pop("store", {}),
        )
        given = {"clock": self.clock, "rules": self.rules, "systems": self.systems, **changes}
        following = SmallHub(database, **given)
        following.engine = Engine(database, following.book, self.clock, SeededIds(2))
        return following

    def close(self) -> None:
        """End the process: what it held is free."""
        self.session.drop()
        self.database.close()

    def step(self) -> int:
        """Step everything once, but for the clock."""
        moved = 0
        for intake in self.intakes.values():
            moved += intake.fetch(self.session)
            moved += intake.poll(self.session)[0]
        moved += self.timekeeper.step(self.session)
        moved += self.engine.step(self.session)
        for dispatcher in self.dispatchers.values():
            moved += dispatcher.step(self.session)
        return moved

    def run(self, rounds: int = 20) -> None:
        """Step everything until nothing moves."""
        for _ in range(rounds):
            if not self.step():
                return
            self.clock.advance(1)
        raise AssertionError("it does not come to rest")

    def decide(self) -> None:
        """Read all systems and let the engine work; no effect is made."""
        for intake in self.intakes.values():
            intake.poll(self.session)
        while self.engine.step(self.session):
            pass

    def read(self, question: Callable[..., Any], *arguments: Any) -> Any:
        """Put a question to the store."""
        with self.session.read() as connection:
            return question(connection, *arguments)

    def put(self, *changes: Change) -> None:
        """Put changes into the inbox as if a connector had seen them."""
        with self.session.write("test") as connection:
            shards = inbox.shards_of_changes(connection, changes)
            rows = [inbox.inbox_row(c, s, c.seen_at) for c, s in zip(changes, shards, strict=True)]
            inbox.add_changes(connection, rows)

    def letters(self, state: str = "open") -> list[dead.DeadLetter]:
        """Give the dead letters in a state."""
        return list(self.read(lambda connection: dead.listing(connection, state=state)))

    def items(self) -> list[Item]:
        """Give all items, oldest first."""
        query = select(schema.items.c.id).order_by(schema.items.c.opened_at, schema.items.c.id)
        with self.session.read() as connection:
            ids = [row.id for row in connection.execute(query)]
            found = items.load_items(connection, ids)
            return [found[each][0] for each in ids]

    def links(self) -> dict[tuple[str, str], Link]:
        """Give the links of the only item, by connector and part."""
        (item,) = self.items()
        found = self.read(items.load_links_of_items, [item.id])
        return {(link.connector, link.part): link for link in found}

    def effects(self, connector: str = "") -> list[outbox.Entry]:
        """Give all effects of all items, oldest first, of one connector if that is named."""
        entries = [e for x in self.items() for e in self.read(outbox.entries_of_item, x.id)]
        entries.sort(key=lambda entry: entry.seq)
        return [x for x in entries if connector in ("", x.command.connector)]

    def states(self, connector: str = "") -> list[str]:
        """Give how all effects stand, oldest first."""
        return [entry.state.name.lower() for entry in self.effects(connector)]

    def outcomes(self) -> list[str]:
        """Give what became of all changes, in the order they came."""
        rows = self.read(
            lambda connection: connection.execute(
                select(schema.inbox.c.outcome).order_by(schema.inbox.c.seq)
            ).all()
        )
        return [row.outcome or "" for row in rows]


@pytest.fixture
def make_hub(database: Database) -> Iterator[Callable[..., SmallHub]]:
    """Give a maker of small hubs over one store; all are closed at the end."""
    made: list[SmallHub] = []

    def make(**given: Any) -> SmallHub:
        hub = SmallHub(database, **given)
        made.append(hub)
        return hub

    yield make
    for hub in made:
        hub.session.close()


@pytest.fixture
def hub(make_hub: Callable[..., SmallHub]) -> SmallHub:
    """Give a small hub with its systems empty."""
    return make_hub()


def _making(url: str) -> Iterator[Callable[..., SmallHub]]:
    made: list[SmallHub] = []

    def make(**given: Any) -> SmallHub:
        made.append(SmallHub(Database(url, durable=False), **given))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def make_postgres(postgres_url: str) -> Iterator[Callable[..., SmallHub]]:
    """Give a maker of small hubs on PostgreSQL, for what it alone can do."""
    yield from _making(postgres_url)


@pytest.fixture
def postgres_hub(make_postgres: Callable[..., SmallHub]) -> SmallHub:
    """Give a small hub on PostgreSQL alone."""
    return make_postgres()


@pytest.fixture
def make_sqlite(sqlite_url: str) -> Iterator[Callable[..., SmallHub]]:
    """Give a maker of small hubs on SQLite, for what no database makes a difference to."""
    yield from _making(sqlite_url)


@pytest.fixture
def sqlite_hub(make_sqlite: Callable[..., SmallHub]) -> SmallHub:
    """Give a small hub on SQLite alone."""
    return make_sqlite()


@pytest.fixture
def scripted() -> type[Scripted]:
    """Give the class of rules made of functions."""
    return Scripted


@pytest.fixture
def seen() -> Callable[..., Change]:
    """Give a maker of changes: `seen("case:1", "2", subject="b")` of the CRM."""

    def make(address: str, version: str = "1", **given: Any) -> Change:
        kind, _, record = address.partition(":")
        about = {k: given.pop(k) for k in list(given) if k in Change.__struct_fields__}
        ref = about.pop("ref", Ref(given.pop("of", "crm"), kind, record))
        at = about.pop("seen_at", EPOCH)
        return Change(ref=ref, version=version, seen_at=at, fields=given, **about)

    return make


@pytest.fixture
def events() -> Iterator[list[dict[str, Any]]]:
    """Collect what is logged."""
    with log.capture() as told:
        yield told
