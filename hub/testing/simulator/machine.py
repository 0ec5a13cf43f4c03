"""One process of the hub, in one thread: the real parts, stepped one at a time, and rebuilt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hub.clock import Ids
from hub.connector import Environment
from hub.core.desk import Desk
from hub.core.dispatch import Dispatcher
from hub.core.engine import Engine
from hub.core.health import Health
from hub.core.intake import Intake
from hub.core.process import Rulebook
from hub.core.store import Database, Locks, Session, dead, outbox
from hub.core.timekeeper import Timekeeper
from hub.errors import ConnectorError
from hub.models import Ref
from hub.testing.memory import MemoryConnector
from hub.testing.simulator.crashes import Watched
from hub.testing.simulator.world import World

OVERLAPS = {"crm": 4, "rnd": 4, "mail": 0}
"""How many writes each connector reads again; a mailbox is read by its UIDs, without overlap."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The classes of which a simulated hub is made; a planted bug replaces one of them."""

    intake: type[Intake] = Intake
    engine: type[Engine] = Engine
    dispatcher: type[Dispatcher] = Dispatcher
    timekeeper: type[Timekeeper] = Timekeeper


class Machine:
    """A hub process. What it holds in memory dies with it; another is made from the store."""

    def __init__(
        self,
        database: Database,
        world: World,
        ids: Ids,
        parts: Parts,
        rulebook: Rulebook,
        watch: Callable[[str, MemoryConnector], Watched],
    ) -> None:
        clock = world.wall
        self._database = database
        self._mail = world.mail
        self._sessions: dict[str, Session] = {}
        self._engine = parts.engine(database, rulebook, clock, ids)
        self._timekeeper = parts.timekeeper(clock)
        self._desk = Desk(self.session("desk"), clock, ids)
        self._health = {name: Health(name, clock) for name in world.systems}
        self._polling: set[str] = set()
        self.more: set[str] = set()
        self._intakes: dict[str, Intake] = {}
        self._dispatchers: dict[str, Dispatcher] = {}
        locks = Locks(database)
        for name, system in world.systems.items():
            inner = MemoryConnector(
                system,
                Environment(name=name, clock=clock),
                page_size=4,
                overlap=OVERLAPS[name],
                faults=world.faults[name],
                upserts=name == "crm",
                sent_folder=world.sent_folder,
            )
            connector = watch(name, inner)
            self._intakes[name] = parts.intake(name, connector, clock)
            self._dispatchers[name] = parts.dispatcher(
                name=name,
                connector=connector,
                database=database,
                locks=locks,
                health=self._health[name],
                clock=clock,
                rulebook=rulebook,
            )

    def session(self, worker: str) -> Session:
        """Give the session of one worker."""
        if worker not in self._sessions:
            self._sessions[worker] = self._database.session()
        return self._sessions[worker]

    @property
    def steps(self) -> Mapping[str, Callable[[], int]]:
        """Give all that can be stepped, by name."""
        steps: dict[str, Callable[[], int]] = {"engine": self.engine, "timers": self.timers}
        for name in self._intakes:
            steps[f"poll {name}"] = lambda name=name: self.poll(name)  # type: ignore[misc]
            steps[f"fetch {name}"] = lambda name=name: self.fetch(name)  # type: ignore[misc]
            steps[f"dispatch {name}"] = lambda name=name: self.dispatch(name)  # type: ignore[misc]
        return steps

    def poll(self, name: str) -> int:
        """Read one page of a system, as its poller would."""
        return self._read(name, lambda: self._intakes[name].poll(self.session(f"poll {name}")))

    def fetch(self, name: str) -> int:
        """Read afresh what was asked for."""
        intake = self._intakes[name]
        return self._read(name, lambda: (intake.fetch(self.session(f"poll {name}")), False))

    def _read(self, name: str, read: Callable[[], tuple[int, bool]]) -> int:
        if name in self._polling or self._health[name].paused():
            return 0
        self._polling.add(name)
        try:
            added, more = read()
        except ConnectorError as error:
            self._health[name].failed(error)
            return 0
        finally:
            self._polling.discard(name)
        self._health[name].worked()
        (self.more.add if more else self.more.discard)(name)
        return added

    def engine(self, limit: int = 500) -> int:
        """Process what waits."""
        return self._engine.step(self.session("engine"), limit)

    def timers(self) -> int:
        """Let due timers ring."""
        return self._timekeeper.step(self.session("timers"))

    def dispatch(self, name: str) -> int:
        """Make effects of one system, as one of its workers would."""
        if self._health[name].paused():
            return 0
        return self._dispatchers[name].step(self.session(f"dispatch {name}"))

    def webhook(self, ref: Ref) -> None:
        """Have a record read afresh, as a webhook's door would."""
        self._intakes[ref.connector].want(self.session("web"), [ref])

    def letters(self) -> list[dead.DeadLetter]:
        """Give the open dead letters."""
        with self.session("desk").read() as connection:
            return dead.listing(connection)

    def settle(self, letter: dead.DeadLetter) -> None:
        """Try a dead letter again; a mail that was perhaps sent only if it was not."""
        if letter.code == "HUB-S-040" and self._was_sent(letter):
            self._desk.drop(letter.id)
        else:
            self._desk.retry(letter.id)

    def _was_sent(self, letter: dead.DeadLetter) -> bool:
        with self.session("desk").read() as connection:
            entry = outbox.entry(connection, letter.source_seq or 0)
        return self._mail.sent_by_key(entry.command.key) is not None

    def die(self) -> None:
        """Let go of the sessions: the process is no more."""
        for session in self._sessions.values():
            session.close()
        self._sessions.clear()
