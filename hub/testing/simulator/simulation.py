"""One history from one seed: a stormy part, a calm one, and then the balance is drawn."""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta

from hub.core import log
from hub.core.store import Database, TryAgainError, upgrade
from hub.models import Ref
from hub.testing.clock import FrozenClock, SeededIds
from hub.testing.memory import MemoryConnector
from hub.testing.simulator.checks import balance
from hub.testing.simulator.crashes import Crash, Fuse, Watched
from hub.testing.simulator.handbooks import Bugs, handbooks
from hub.testing.simulator.machine import Machine, Parts
from hub.testing.simulator.people import People
from hub.testing.simulator.trace import Trace
from hub.testing.simulator.world import World

CALM_ROUNDS = 150
DEEPEST = 2
MOST_PAGES = 20
WEIGHTS = {"engine": 4, "timers": 1, "poll": 2, "fetch": 1, "dispatch": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How wild a history is.

    Args:
        deeds: most things that people do.
        faults: factor on all rates of faults; None draws it from the seed.
        crashes: how often a boundary is deadly; None draws it from the seed.
        crash_at: die at the boundary of this number alone.
        bugs: how often a plugin's hook fails; None draws it from the seed.
        jumps: whether the hub's clock may be wrong; None draws it from the seed.
        interleaving: how often something else happens while a system is asked.
    """

    deeds: int = 30
    faults: float | None = None
    crashes: float | None = None
    crash_at: int | None = None
    bugs: float | None = None
    jumps: bool | None = None
    interleaving: float = 0.35


@dataclass(slots=True)
class Report:
    """What came of one seed."""

    seed: int
    problems: list[str]
    trace: list[str]
    fingerprint: str
    deeds: int = 0
    effects: int = 0
    boundaries: int = 0
    crashes: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        """Say whether nothing was lost, doubled or left undone."""
        return not self.problems


class Simulation:
    """One history. `run` may be called once."""

    def __init__(self, seed: int, plan: Plan | None = None, parts: Parts | None = None) -> None:
        self._seed = seed
        self._plan = plan or Plan()
        self._parts = parts or Parts()
        self._random = random.Random(seed)
        self.clock = FrozenClock()
        self.trace = Trace(self.clock)
        level = self._plan.faults
        level = self._random.choice((0.0, 0.5, 1.0, 2.0)) if level is None else level
        rate = self._plan.crashes
        rate = self._random.choice((0.0, 0.01, 0.04)) if rate is None else rate
        self.fuse = Fuse(self._random, rate, self._plan.crash_at, self.trace)
        self.world = World(self.clock, self._random, level)
        self.people = People(self.world, self._random, self.trace)
        rate = self._plan.bugs
        self.bugs = Bugs(self._random, self._drawn((0.0, 0.0, 0.08)) if rate is None else rate)
        jumps = self._plan.jumps
        self._jumps = self._drawn((0.0, 0.0, 1.0)) > 0 if jumps is None else jumps
        self._handbooks = handbooks(self.bugs)
        self._ids = SeededIds(seed)
        self._depth = 0
        self._deeds = 0
        self._stormy = True
        self._broken: Counter[str] = Counter()
        self._troubles: Counter[str] = Counter()

    def _drawn(self, values: tuple[float, ...]) -> float:
        return self._random.choice(values)

    def run(self) -> Report:
        """Live through the history; give what came of it."""
        self._database = Database("sqlite://", observer=self._observe, durable=False)
        try:
            with _seeded(self._seed), log.listening(self.trace.hear):
                self._quietly(lambda: upgrade(self._database))
                self._machine = self._start()
                self._storm()
                problems = self._calm()
            return self._report(problems)
        finally:
            self._machine.die()
            self._database.close()

    def _report(self, problems: list[str]) -> Report:
        faults: Counter[str] = Counter()
        for each in self.world.faults.values():
            faults.update(each.played)
        faults.update({"a rule raised": self.bugs.raised, "nonsense wanted": self.bugs.nonsense})
        faults.update(self._troubles)
        logs = [one for system in self.world.systems.values() for one in system.log]
        gone = {(one.kind, one.id, one.superseded) for one in logs if one.gone}
        faults["record deleted"] = len(gone)
        faults["record restored"] = sum(1 for _, _, following in gone if following)
        return Report(
            seed=self._seed,
            problems=problems,
            trace=self.trace.lines,
            fingerprint=self.trace.fingerprint(),
            deeds=self._deeds,
            effects=sum(" → " in x and "poll" not in x for x in self.trace.lines),
            boundaries=self.fuse.passed,
            crashes=self.fuse.blown,
            faults=faults,
        )

    # The process and its ends.

    def _start(self) -> Machine:
        book = self._handbooks[0]
        return Machine(self._database, self.world, self._ids, self._parts, book, self._watched)

    def _watched(self, name: str, inner: MemoryConnector) -> Watched:
        return Watched(name, inner, self.fuse, self._meanwhile, self.trace)

    def _observe(self, boundary: str) -> None:
        if self._silent:
            return
        self.fuse.pass_by(boundary)
        if boundary.startswith("after"):
            self._meanwhile(boundary)

    _silent = False

    def _quietly(self, work: object) -> None:
        self._silent = True
        try:
            work()  # type: ignore[operator]
        finally:
            self._silent = False

    def _step(self, name: str) -> int:
        """Step one part of the hub; if the process dies of it, start another."""
        try:
            if name == "engine" and self._stormy:
                return self._machine.engine(self._random.choice((1, 2, 5, 500)))
            return self._machine.steps[name]()
        except TryAgainError:
            return 1
        except Crash:
            self._restart()
            return 1
        except Exception as error:  # noqa: BLE001 - the supervisor would begin the loop anew
            self._depth = 0
            self._broken[f"{name} broke: {type(error).__name__}: {error}"] += 1
            self.trace.add("hub", "".join(traceback.format_exception(error)))
            return 1

    def _restart(self) -> None:
        self._machine.die()
        self._depth = 0
        self._machine = self._start()

    # The stormy part.

    def _storm(self) -> None:
        wanted = self._random.randint(min(6, self._plan.deeds), self._plan.deeds)
        while self._deeds < wanted:
            self._something()
        for _ in range(self._random.randint(0, 120)):
            self._something(deeds=0.0)

    def _something(self, deeds: float = 0.04) -> None:
        draw = self._random.random()
        if draw < deeds:
            self._deed()
        elif draw < 0.2:
            self._pass_time()
        elif draw < 0.24:
            self._aside()
        else:
            self._step(self._any_step())

    def _aside(self) -> None:
        """Let happen what is neither a deed nor the hub's daily work."""
        draw = self._random.random()
        try:
            if draw < 0.6:
                self._webhook()
            elif draw < 0.8:
                self._operate()
            elif draw < 0.9:
                self._reload()
            elif self._jumps:
                self._troubles["clock set"] += 1
                self.trace.add("clock", self.world.jump())
        except TryAgainError:
            return
        except Crash:
            self._restart()

    def _webhook(self) -> None:
        """Tell of some late write, perhaps again: webhooks come twice, late, reversed, or never."""
        name = self._random.choice(sorted(self.world.systems))
        if log := self.world.systems[name].log[-6:]:
            told = self._random.choice(log)
            self._troubles["webhook"] += 1
            self.trace.add(name, f"webhook: {told.kind} {told.id}")
            self._machine.webhook(Ref(name, told.kind, told.id))

    def _operate(self) -> None:
        """Have somebody settle a dead letter while the trouble goes on."""
        if letters := self._machine.letters():
            self._troubles["letter settled"] += 1
            self._machine.settle(self._random.choice(letters))

    def _reload(self) -> None:
        """Go on by the other handbook, as after SIGHUP: what is under way has ended."""
        self._handbooks = self._handbooks[::-1]
        self._troubles["reload"] += 1
        self.trace.add("hub", "the handbook is reloaded")
        self._restart()

    def _any_step(self) -> str:
        names = list(self._machine.steps)
        weights = [WEIGHTS[name.partition(" ")[0]] for name in names]
        return self._random.choices(names, weights)[0]

    def _deed(self) -> None:
        self._deeds += 1
        self._tick()
        self.people.act()
        self._tick()

    def _tick(self) -> None:
        self.clock.advance(timedelta(milliseconds=self._random.randint(1, 9)))

    def _pass_time(self) -> None:
        draw = self._random.random()
        if draw < 0.6:
            self._tick()
        elif draw < 0.95:
            self.clock.advance(self._random.uniform(0.05, 3.0))
        else:
            self.clock.advance(self._random.uniform(5.0, 90.0))

    def _meanwhile(self, where: str) -> None:
        """Let something else happen while a part of the hub is between two of its steps."""
        del where
        if not self._stormy or self._depth >= DEEPEST:
            return
        self._depth += 1
        try:
            while self._random.random() < self._plan.interleaving:
                draw = self._random.random()
                if draw < 0.1 and self._deeds < self._plan.deeds:
                    self._deed()
                elif draw < 0.4:
                    self._tick()
                else:
                    # No crash is caught here: it is the end of the outer steps, too.
                    with suppress(TryAgainError):
                        self._machine.steps[self._any_step()]()
        finally:
            self._depth -= 1

    # The calm one.

    def _calm(self) -> list[str]:
        self.trace.add("", "calm: no more faults, deeds or crashes")
        self._stormy = False
        self.world.calm()
        self.fuse.calm()
        self.bugs.mend()
        problems: list[str] = []
        for phase in ("after the storm", "after the dead letters", "after the timers"):
            if phase == "after the timers":
                self.clock.advance(timedelta(hours=2))
            if not self._rest(settle=phase != "after the storm"):
                problems.append(f"it does not come to rest {phase}: is there a loop?")
                break
        session = self._machine.session("balance")
        return [*self._broken, *problems, *balance(session, self.world, self.people)]

    def _rounds(self) -> int:
        """Step every part once, and poll on where there are more pages."""
        moved = sum(self._step(name) for name in self._machine.steps)
        for _ in range(MOST_PAGES):
            moved += sum(self._step(f"poll {name}") for name in sorted(self._machine.more))
        return moved

    def _rest(self, *, settle: bool) -> bool:
        """Step everything until nothing has moved for a minute; settle dead letters meanwhile."""
        still = 0
        for _ in range(CALM_ROUNDS):
            letters = self._machine.letters() if settle else []
            for letter in letters:
                self._machine.settle(letter)
            moved = self._rounds() + len(letters)
            still = 0 if moved else still + 1
            if still > 3:
                return True
            self.clock.advance(30 if still else 0.5)
        return False


def simulate(seed: int, plan: Plan | None = None, parts: Parts | None = None) -> Report:
    """Live through the history of one seed."""
    return Simulation(seed, plan, parts).run()


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Have the library's own dice (jitter of back-off, order of lanes) fall by the seed too."""
    before = random.getstate()
    random.seed(seed)
    try:
        yield
    finally:
        random.setstate(before)
