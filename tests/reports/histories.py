"""Cases made up by chance, with a tally of what happened to them in one week."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from hub.handbook import Handbook
from hub.models import Item
from hub.reports import Move, period_of

WEEK = period_of("week", "2026-W10")
TYPES = ("technical", "application", "requirement")
SEVERITIES = ("normal", "urgent", "critical")
CUSTOMERS = ("北京大学", "North University", "=HYPERLINK(1)")


@dataclass
class History:
    """Cases, their moves, and the tally kept while they were made."""

    items: list[Item] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    tally: dict[str, int] = field(default_factory=dict)

    def count(self, name: str, number: int = 1) -> None:
        """Count something that happened."""
        self.tally[name] = self.tally.get(name, 0) + number


def made_up(handbook: Handbook, seed: int, cases: int) -> History:
    """Make cases up, day by day from two weeks before the week to a week after it."""
    chance, history = random.Random(seed), History()
    start, end = WEEK.bounds(handbook.zone)
    for number in range(cases):
        _case(chance, history, f"ITEM{number:04}", start, end)
    history.moves.sort(key=lambda move: move.at)
    return history


def _case(
    chance: random.Random, history: History, name: str, start: datetime, end: datetime
) -> None:
    opened = start + timedelta(hours=chance.uniform(-14 * 24, 10 * 24))
    at, state, handed, breaches = opened, "new", 0, list[str]()
    kind, severity = chance.choice(TYPES), chance.choice(SEVERITIES)
    history.moves.append(Move(name, at, "state", state))
    within = {"resolved": False, "closed": False}
    at_end = state if opened < end else None
    for _ in range(chance.randrange(6)):
        at += timedelta(hours=chance.uniform(1, 80))
        here = start <= at < end
        step = chance.choice(["state", "hand_off", "breach"])
        if step == "state":
            ways = {"resolved": ["closed", "reopened"], "closed": ["reopened"]}
            state = chance.choice(ways.get(state, ["resolved", "in_progress"]))
            history.moves.append(Move(name, at, "state", state))
            if here and state in within:
                within[state] = True
            history.count("reopened", here and state == "reopened")
            at_end = state if at < end else at_end
        elif step == "hand_off":
            handed += 1
            role = chance.choice(["trainer", "consultant"])
            history.moves += [Move(name, at, "hand_offs", handed), Move(name, at, "role", role)]
            history.count("hand_offs", here)
            history.count(f"to {role}", here)
        else:
            breaches.append(f"resolution {at.isoformat()}")
            history.count("missed", here and opened < end)
    history.count("opened", start <= opened < end)
    history.count("resolved", within["resolved"])
    history.count("closed", within["closed"])
    if at_end is not None and at_end not in ("resolved", "closed"):
        history.count("open")
        history.count(f"open {severity}")
        history.count(f"open of {kind}")
    history.items.append(
        Item(
            id=name,
            kind="case",
            opened_at=opened,
            fields={
                "subject": f"{name} 打印",
                "issue_type": kind,
                "severity": severity,
                "customer_name": chance.choice(CUSTOMERS),
                "breaches": breaches,
            },
        )
    )
