"""Puts the hub together and runs it: the one place that knows every concrete class."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final

from apscheduler.schedulers.background import BackgroundScheduler

from hub.clock import Clock, Ids, RandomIds, SystemClock
from hub.connector import Connector, Environment
from hub.core import log
from hub.core.dispatch import Dispatcher
from hub.core.engine import Engine
from hub.core.health import Health
from hub.core.intake import Intake
from hub.core.links import Links
from hub.core.metrics import Backlog, Metrics
from hub.core.morning import MorningList
from hub.core.pages import Pages
from hub.core.plan import Plan
from hub.core.reader import Reader, watch
from hub.core.reception import Reception
from hub.core.reckoning import Reckoning
from hub.core.reporting import Reporter
from hub.core.rounds import Rounds
from hub.core.store import Database, Locks, handbooks, upgrade
from hub.core.supervisor import Supervisor
from hub.core.timekeeper import Timekeeper
from hub.core.web.app import build_app
from hub.core.web.doors import ConnectorState, Doors, Readiness
from hub.core.web.server import WebServer
from hub.handbook.load import texts_of

TIMER_SECONDS: Final = 1.0
ROUND_STEP_SECONDS: Final = 60.0
STALLED_SECONDS: Final = 60.0
STOP_SECONDS: Final = 7.0
DAY_SECONDS: Final = 86_400.0
NEW_OBJECTS: Final = 20_000


def settle_memory() -> None:
    """Have the process look for garbage seldom: what is loaded stays, what passes has no cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 20, 20)


class App:
    """A running hub.

    Args:
        plan: what was read and checked.
        clock, ids: where time and new items' ids come from.
    """

    def __init__(self, plan: Plan, clock: Clock | None = None, ids: Ids | None = None) -> None:
        self.plan = plan
        self.clock = clock or SystemClock()
        self.database = Database(plan.config.store.url.reveal())
        self.supervisor = Supervisor(self.database)
        self.health = {name: Health(name, self.clock) for name in plan.settings}
        self.web: WebServer | None = None
        self._ids = ids or RandomIds(self.clock)
        self._locks = Locks(self.database)
        self._links = Links(plan.config.web.public_url, plan.config.web.token)
        self._connectors: dict[str, tuple[Connector, Intake]] = {}
        self._reception = Reception(
            self.database, self.clock, self._ids, plan.handbook, self._connectors,
            plan.host.expression_functions(),
        )  # fmt: skip
        self._metrics = Metrics(self._reception.backlog)
        self._counting: AbstractContextManager[None] = log.listening(self._metrics.observe)
        self._rulebook = plan.rulebook()
        self._scheduler = BackgroundScheduler(timezone="UTC")

    def start(self) -> None:
        """Start everything. ConfigError or StoreError if the port or the store can not be had."""
        self.database.only_process()
        upgrade(self.database)
        for warning in self.database.warnings():
            log.event("store.warned", warning=warning)
        self._keep_handbook()
        settings = self.plan.config.web
        self.web = WebServer(build_app(self._doors()), settings.host, settings.port)
        self._counting.__enter__()
        self._start_engine()
        self._build_connectors()
        for name in self.plan.settings:
            self._start_connector(name)
        self._look_ahead()
        self._every(DAY_SECONDS, "look ahead", self._look_ahead)
        self._scheduler.start()
        self.web.start()

    def _keep_handbook(self) -> None:
        """Keep the handbook's texts, so that decisions by it can be explained when it is gone."""
        book, session = self.plan.handbook, self.database.session()
        try:
            with session.write("handbook") as connection:
                files = texts_of(book.folder)
                handbooks.keep(connection, book.fingerprint, book.version, files, self.clock.now())
        finally:
            session.close()

    def _start_engine(self) -> None:
        engine = Engine(self.database, self._rulebook, self.clock, self._ids)
        self.supervisor.loop("engine", "inbox", engine.step)
        self.supervisor.thread("signals", self._listen)
        self.supervisor.loop("timers", "timers", Timekeeper(self.clock).step)
        reckoning = Reckoning(self.plan.handbook.timed_by, self.clock)
        self.supervisor.loop("reckoning", "reckoning", reckoning.step)
        self.supervisor.loop("morning", "timers", MorningList(self.plan.handbook, self.clock).step)
        self.supervisor.loop("reports", "timers", Reporter(self.plan.handbook, self.clock).step)
        self._every(TIMER_SECONDS, "timers", lambda: self.database.signals.raise_all(["timers"]))

    def _build_connectors(self) -> None:
        stopping = self.supervisor.stopping
        for name in self.plan.settings:
            environment = Environment(
                name=name,
                clock=self.clock,
                stopping=stopping,
                open_file=self._reception.open_file,
            )
            connector = self.plan.build_connector(name, environment)
            self._connectors[name] = (connector, Intake(name, connector, self.clock))

    def _start_connector(self, name: str) -> None:
        stopping = self.supervisor.stopping
        connector, intake = self._connectors[name]
        health, signals = self.health[name], self.database.signals
        reader = Reader(intake, health, self._locks, signals, self._read_before(name))
        if vanish := connector.capabilities.reread:
            reader.rounds = Rounds(intake, vanish, self.clock)
            self._every(ROUND_STEP_SECONDS, f"round {name}", reader.want_round)
        self.supervisor.loop(
            f"read {name}", f"fetch:{name}", lambda session: reader.step(session, stopping)
        )
        section, able = self.plan.config.connectors[name], connector.capabilities
        self._every(section.poll_seconds or able.poll_seconds, f"poll {name}", reader.want)
        if able.watch:
            self.supervisor.thread(f"watch {name}", lambda: watch(reader, connector, stopping))
        self._start_writers(name, connector, section.workers or able.workers)

    def _read_before(self, name: str) -> tuple[str, ...]:
        """Give the connectors whose reference records this one's changes may mention."""
        if self._connectors[name][0].capabilities.references:
            return ()
        return tuple(n for n, (c, _) in self._connectors.items() if c.capabilities.references)

    def _start_writers(self, name: str, connector: Connector, workers: int) -> None:
        health = self.health[name]
        dispatcher = Dispatcher(
            name=name,
            connector=connector,
            database=self.database,
            locks=self._locks,
            health=health,
            clock=self.clock,
            rulebook=self._rulebook,
            sharers=workers if self.database.is_sqlite else workers * 2,
            links=self._links,
        )
        for number in range(1, workers + 1):
            label = f"write {name} {number}"
            self.supervisor.loop(label, f"outbox:{name}", dispatcher.step, health.paused)

    def _look_ahead(self) -> None:
        for each in self.plan.handbook.unknown_years(self.clock.now()):
            log.event(
                "calendar.unknown", calendar=each.calendar, year=each.year, remedy=each.remedy
            )

        for end in self.plan.handbook.rota_ends(self.clock.now()):
            log.event("rota.ending", line=end.line, night=str(end.night), remedy=end.remedy)

    def _every(self, seconds: float, name: str, job: Callable[[], object]) -> None:
        self._scheduler.add_job(
            job, "interval", seconds=seconds, id=name, coalesce=True, misfire_grace_time=None
        )

    def _listen(self) -> None:
        if self.database.is_sqlite:
            self.supervisor.stopping.wait()
        else:
            self.database.listen(self.supervisor.stopping.is_set)

    def stop(self) -> list[str]:
        """Stop within ten seconds; give the loops that had to be left in a call.

        What such a loop was trying is looked up by its key at the next start.
        """
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        if self.web is not None:
            self.web.end()
        held = self.supervisor.stop(STOP_SECONDS)
        closing = threading.Thread(target=self._close_connectors, daemon=True)
        closing.start()
        closing.join(1.0)
        if self.web is not None:
            self.web.stop()
            self._counting.__exit__(None, None, None)
        self.database.close()
        return held

    def _close_connectors(self) -> None:
        for connector, _ in self._connectors.values():
            connector.close()

    def alive(self) -> bool:
        """Say whether all loops still turn."""
        return self.supervisor.failure is None and self.supervisor.alive(STALLED_SECONDS)

    def backlog(self) -> Backlog:
        """Give what waits in the store."""
        return self._reception.backlog()

    def readiness(self) -> Readiness:
        """Give how the hub is."""
        states = {
            name: ConnectorState(
                state=health.state,
                detail=health.cause,
                since=health.since.isoformat() if health.since else "",
            )
            for name, health in self.health.items()
        }
        store = self.supervisor.failure is None
        return Readiness(store=store, workers=self.alive(), connectors=states)

    def _doors(self) -> Doors:
        reception = self._reception
        pages = Pages(self.plan.handbook, self._links, reception.item, reception.tell)
        return Doors(
            readiness=self.readiness,
            alive=self.alive,
            metrics=self._metrics.exposition,
            receive=reception.receive,
            item=reception.item,
            why=reception.why,
            why_not=reception.why_not,
            dead=reception.dead,
            hand_off=reception.hand_off,
            tell=reception.tell,
            link=self._links.read,
            duplicate=reception.duplicate,
            new_case=reception.new_case,
            faults=reception.faults,
            submission=reception.submission,
            handbook=self.plan.handbook,
            monotonic=self.clock.monotonic,
            form_per_hour=self.plan.config.web.form_per_hour,
            show=pages.show,
            answer=pages.answer,
            token=self.plan.config.web.token,
        )
