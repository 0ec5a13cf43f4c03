"""The modelled systems around the hub: a CRM, a tracker, a mail server, each with its quirks."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from hub.connector import FieldInfo
from hub.models import Fields
from hub.testing.clock import FrozenClock, JumpingClock
from hub.testing.schedule import Faults, Rates
from hub.testing.system import MILLISECOND, SECOND, Kind, MemorySystem, Snapshot

CASE_STATES: Final = ("New", "Working", "Solved", "Closed")
ISSUE_STATES: Final = ("To Do", "In Progress", "Done")
PRIORITIES: Final = ("Low", "Medium", "High")


def _fields(*names: str, fixed: tuple[str, ...] = ()) -> tuple[FieldInfo, ...]:
    return (
        *(FieldInfo(name=name, type="text") for name in names),
        *(FieldInfo(name=name, type="text", writable=False) for name in fixed),
    )


def _closed(fields: Fields) -> Fields:
    return {"closed": fields.get("status") == "Closed"}


CRM_KINDS: Final = (
    Kind(
        name="case",
        fields=_fields(
            "subject",
            "description",
            "status",
            "priority",
            "contact_email",
            "next_handler",
            "jira_key",
            "token",
            fixed=("case_number", "closed"),
        ),
        defaults={"status": "New", "priority": "Medium"},
        comments="case_comment",
        number=("case_number", "{:08}"),
        aliases={"case_number": "case-number:"},
        derive=_closed,
    ),
    Kind(name="case_comment"),
)

RND_KINDS: Final = (
    Kind(
        name="issue",
        fields=_fields("summary", "description", "status", "priority", "token", fixed=("key",)),
        defaults={"status": "To Do", "priority": "Medium"},
        comments="comment",
        number=("key", "RND-{}"),
        aliases={"key": "jira-key:"},
    ),
    Kind(name="comment"),
)

MAIL_KINDS: Final = (Kind(name="mail"),)


@dataclass
class World:
    """All systems of one simulation, with the faults that each plays.

    The CRM stamps by the second and its long transactions show late; the tracker stamps by the
    millisecond and its search lags and answers from the past; the mail server may keep what it
    sent, or not. All live in the true time; the hub goes by `wall`.
    """

    clock: FrozenClock
    source: random.Random
    level: float
    wall: JumpingClock = field(init=False)
    sent_folder: bool = field(init=False)
    crm: MemorySystem = field(init=False)
    rnd: MemorySystem = field(init=False)
    mail: MemorySystem = field(init=False)
    faults: dict[str, Faults] = field(init=False)

    def __post_init__(self) -> None:
        """Make the systems, empty."""
        skew = timedelta(seconds=self.source.choice((-40, 0, 0, 25)))
        self.crm = MemorySystem(self.clock, CRM_KINDS, granularity=SECOND, skew=skew)
        lag = timedelta(seconds=self.source.choice((0, 0, 3)))
        self.rnd = MemorySystem(self.clock, RND_KINDS, granularity=MILLISECOND, search_lag=lag)
        self.mail = MemorySystem(self.clock, MAIL_KINDS)
        self.wall = JumpingClock(self.clock)
        self.sent_folder = self.source.random() < 0.75
        self.faults = {
            "crm": self._faults(withheld=0.1),
            "rnd": self._faults(stale=0.15, withheld=0.1),
            "mail": self._faults(),
        }

    @property
    def systems(self) -> dict[str, MemorySystem]:
        """Give the systems by their connectors' names."""
        return {"crm": self.crm, "rnd": self.rnd, "mail": self.mail}

    def ever(self, system: str, kind: str) -> list[Snapshot]:
        """Give all records of a kind, deleted ones among them."""
        return [*self.systems[system].all(kind), *self.systems[system].gone(kind)]

    def jump(self) -> str:
        """Set the hub's clock right or wrong; give by how much it is ahead.

        Where the search lags it is only set back: how long ago an effect was tried can not be
        known after a jump ahead, and a look-up that comes too early finds nothing.
        """
        before = self.wall.ahead.total_seconds()
        highest = before if self.rnd.search_lag else 1800.0
        seconds = min(highest, self.source.choice((0.0, self.source.uniform(-1800, 1800))))
        self.wall.jump(timedelta(seconds=seconds))
        return f"the hub's clock is {seconds:+.3f} s ahead"

    def calm(self) -> None:
        """Let all systems be well from now on."""
        for faults in self.faults.values():
            faults.calm()
        if not self.rnd.search_lag:
            self.wall.jump(timedelta(0))

    def _faults(self, **more: float) -> Faults:
        level = self.level
        rates = Rates(
            lost_before=0.08 * level,
            lost_after=0.12 * level,
            unavailable=0.05 * level,
            rate_limited=0.02 * level,
            unauthorised=0.005 * level,
            rejected=0.02 * level,
            stuttered=0.04 * level,
            doubled=0.2 * level,
            reordered=0.3 * level,
            **{name: rate * level for name, rate in more.items()},
        )
        return Faults(self.source, rates)
