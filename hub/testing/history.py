"""Records a department's history: the whole hub over systems in memory, in virtual time.

What it leaves in the store is a record as a hub of the real world leaves it, for whatever goes
through records: replays, reports, explanations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from hub.connector import Environment
from hub.core.dispatch import Dispatcher
from hub.core.engine import Engine
from hub.core.health import Health
from hub.core.intake import Intake
from hub.core.plugins import PluginHost
from hub.core.process import Rulebook
from hub.core.store import Database, Locks, handbooks, timers
from hub.core.submissions import NewCase, Submissions
from hub.core.timekeeper import Timekeeper
from hub.handbook import Handbook
from hub.handbook.load import texts_of
from hub.models import Fields, InternalText, PublicText
from hub.rules import builtin_rules
from hub.testing.clock import EPOCH, FrozenClock, SeededIds, TickingClock
from hub.testing.memory import MemoryConnector, capabilities_of
from hub.testing.system import Kind, MemorySystem

BULK: Final = 200
_ROUNDS: Final = 40


def _category(fields: Fields) -> Fields:
    return {"status_category": "done" if fields.get("status") in ("Done", "Closed") else "new"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody at a customer's."""

    email: str = "chen@pku.example"
    customer: str = "北京大学"


class History:
    """A hub that keeps a store, and the people around it.

    Args:
        database: an empty store with its tables.
        handbook: what it decides by.
        start: when the history begins (UTC).
        seed: for the ids of items.
    """

    def __init__(
        self, database: Database, handbook: Handbook, start: datetime = EPOCH, seed: int = 1
    ) -> None:
        self.clock = FrozenClock(start)
        self.handbook = handbook
        self.session = database.session()
        with self.session.write("handbook") as connection:
            files = texts_of(handbook.folder)
            handbooks.keep(connection, handbook.fingerprint, handbook.version, files, start)
        names = handbook.cases, handbook.rnd, handbook.mail
        self.crm, self.rnd, self.mail = (MemorySystem(self.clock, kinds) for kinds in _kinds())
        self.systems = dict(zip(names, (self.crm, self.rnd, self.mail), strict=True))
        wall = TickingClock(self.clock)
        book = Rulebook(
            PluginHost.of(*builtin_rules(handbook)), handbook.record_maps, handbook.fingerprint
        )
        self._engine = Engine(database, book, wall, SeededIds(seed))
        self._timekeeper = Timekeeper(wall)
        self._intakes: dict[str, Intake] = {}
        self._dispatchers: list[Dispatcher] = []
        locks = Locks(database)
        for name, system in self.systems.items():
            able = replace(capabilities_of(system, bulk=BULK), references=frozenset())
            environment = Environment(name=name, clock=wall)
            connector = MemoryConnector(system, environment, capabilities=able, page_size=2000)
            self._intakes[name] = Intake(name, connector, wall)
            dispatcher = Dispatcher(
                name=name, connector=connector, database=database, locks=locks,
                health=Health(name, wall), clock=wall, rulebook=book,
            )  # fmt: skip
            self._dispatchers.append(dispatcher)

    # People.

    def writes(self, subject: str, text: str = "", person: Person | None = None) -> str:
        """Have a customer mail; give the mail's id."""
        who = person or Person()
        fields: Fields = {
            "from_email": who.email, "from_name": "陈老师", "subject": subject, "language": "zh",
            "message_id": f"<{len(self.mail.log)}@{who.email.partition('@')[2]}>",
        }  # fmt: skip
        return self.mail.create(
            "mail",
            fields,
            text=PublicText(text or subject),
            aliases=(f"message-id:{fields['message_id']}",),
            mentions=(f"email:{who.email}",),
        )

    def enters(self, subject: str, person: Person | None = None, **fields: str) -> str:
        """Have the desk enter a case in the CRM; give its id."""
        who = person or Person()
        given: Fields = {
            "subject": subject, "description": subject, "status": "New", "origin": "Phone",
            "contact": "c1", "contact_email": who.email, "customer_name": who.customer,
            "account_manager": "li.qiang@vendor.example", **fields,
        }  # fmt: skip
        return self.crm.create("case", given, actor="zhao.min@vendor.example")

    def submits(self, subject: str, text: str = "", person: Person | None = None) -> str:
        """Have a customer send the service form; give its reference."""
        who = person or Person()
        wish = NewCase(
            channel="platform",
            subject=subject,
            description=text or subject,
            customer_name=who.customer,
            contact_name="陈老师",
            contact_email=who.email,
            key=f"{self.clock.now()} {who.email} {subject}",
        )
        taken = Submissions(self.session, self.clock, SeededIds(0), self.handbook).take(wish)
        return taken.reference

    def edits(self, case: str, **fields: str) -> None:
        """Have an engineer edit a case in the CRM."""
        self.crm.edit("case", case, dict(fields), actor="wang.lei@vendor.example")

    def comments(self, case: str, text: str, *, public: bool = False) -> None:
        """Have an engineer comment a case in the CRM."""
        typed = (PublicText if public else InternalText)(text)
        self.crm.comment("case", case, typed, actor="wang.lei@vendor.example")

    # Time.

    def settle(self) -> None:
        """Let the hub work until nothing moves."""
        for _ in range(_ROUNDS):
            moved = self._timekeeper.step(self.session)
            for intake in self._intakes.values():
                moved += intake.fetch(self.session) + _all(lambda i=intake: i.poll(self.session)[0])  # type: ignore[misc]
            moved += _all(lambda: self._engine.step(self.session))
            for dispatcher in self._dispatchers:
                moved += _all(lambda d=dispatcher: d.step(self.session))  # type: ignore[misc]
            if not moved:
                return
        raise AssertionError("the hub does not come to rest")

    def until(self, moment: datetime, step: timedelta = timedelta(0)) -> None:
        """Let time pass; timers ring when they are due, or within `step` of that."""
        self.settle()
        while self.clock.now() < moment:
            with self.session.read() as connection:
                due = timers.next_due(connection)
            if due is None or due > moment:
                break
            self.clock.jump(min(moment, max(self.clock.now(), due) + step))
            self.settle()
        self.clock.jump(max(moment, self.clock.now()))

    def hours(self, count: float, step: timedelta = timedelta(0)) -> None:
        """Let hours pass."""
        self.until(self.clock.now() + timedelta(hours=count), step)

    def close(self) -> None:
        """Let go of the store."""
        self.session.close()


def _kinds() -> tuple[tuple[Kind, ...], ...]:
    case = Kind(
        name="case",
        comments="case_comment",
        number=("case_number", "{:08}"),
        aliases={"case_number": "case-number:"},
        derive=lambda fields: {"closed": fields.get("status") == "Closed"},
    )
    issue = Kind(
        name="issue",
        comments="comment",
        number=("key", "RND-{}"),
        defaults={"status": "To Do"},
        aliases={"key": "jira-key:"},
        derive=_category,
    )
    crm = (case, Kind(name="case_comment"), Kind(name="task"))
    return crm, (issue, Kind(name="comment")), (Kind(name="mail"),)


def _all(step: Callable[[], int]) -> int:
    """Repeat a step until it finds nothing more to do; give how much it did."""
    done = 0
    while moved := step():
        done += moved
    return done
