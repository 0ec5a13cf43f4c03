"""What a service manager asks of a case's course: who had it, by when, who was told, and why."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Final

import msgspec

from hub.core.entries import Decision
from hub.core.replay.course import Decided
from hub.models import Command, CreateRecord, SendNotice, SendReply, Value, Why

ASSIGNED: Final = ("owner", "role")
CLASSIFIED: Final = ("issue_type", "subtype", "severity", "customer_status")
TOLD: Final = "escalations"

KINDS: Final = (
    "case", "classification", "assignment", "deadline", "state", "escalation", "notice", "answer",
    "record",
)  # fmt: skip
"""Whether there is a case; what it is; who has it; by when it is due; how it stands; the rungs of
ladders; mails to colleagues; mails to the customer; records made in other systems."""

HISTORIES: Final = frozenset({"classification", "assignment", "deadline", "state"})
"""Kinds whose facts follow one another as values of one thing; of the others each counts."""


class Fact(msgspec.Struct, gc=False, frozen=True):
    """One fact: its kind, what it is of, its value, when; `words` is a hash of what was written."""

    kind: str
    what: str
    value: str
    at: datetime
    why: Why
    words: str = ""


def facts_of(
    decided: Iterable[Decided],
    commands: Mapping[str, Command],
    deadlines: Collection[str],
) -> dict[str, list[Fact]]:
    """Give the facts of items by their ids, in order.

    Args:
        decided: what was decided, in order.
        commands: the effects that the decisions name by their keys.
        deadlines: the fields that hold due times.
    """
    kinds = _kinds(tuple(sorted(deadlines)))
    marks: dict[str, set[str]] = {}
    found: dict[str, list[Fact]] = {}
    for each in decided:
        facts = found.setdefault(each.item_id, [])
        entry = each.entry
        if entry.outcome == "opened":
            why = entry.decisions[0].why if entry.decisions else Why(plugin="hub.engine")
            facts.append(Fact("case", "opened", entry.change, each.at, why))
        for decision in entry.decisions:
            if decision.action == "set":
                facts += _of_fields(decision, kinds, marks.setdefault(each.item_id, set()), each.at)
            elif decision.action == "want" and decision.key in commands:
                facts += _of_effect(decision, commands[decision.key], each.at)
    return found


def _kinds(deadlines: tuple[str, ...]) -> dict[str, str]:
    kinds = dict.fromkeys(CLASSIFIED, "classification")
    kinds |= dict.fromkeys(ASSIGNED, "assignment")
    kinds |= dict.fromkeys(deadlines, "deadline")
    return {**kinds, "state": "state"}


def _of_fields(
    decision: Decision, kinds: Mapping[str, str], marks: set[str], at: datetime
) -> Iterator[Fact]:
    for name, value in decision.fields.items():
        kind = kinds.get(name)
        if kind is not None:
            yield Fact(kind, name, _text(value), at, decision.why)
        elif name == TOLD and isinstance(value, list):
            for mark in value:
                if mark not in marks:
                    marks.add(mark)
                    target, _, rung = mark.partition(" ")
                    yield Fact("escalation", target, rung.rpartition(" ")[2], at, decision.why)


def _of_effect(decision: Decision, command: Command, at: datetime) -> Iterator[Fact]:
    effect, why = command.effect, decision.why
    if isinstance(effect, SendNotice | SendReply):
        kind = "notice" if isinstance(effect, SendNotice) else "answer"
        purpose = command.part.partition("#")[0].split(":")[1:2]
        words = _hash(f"{effect.subject}\n{effect.text.text}")
        for person in effect.to:
            yield Fact(kind, purpose[0] if purpose else command.part, person, at, why, words)
    elif isinstance(effect, CreateRecord):
        yield Fact("record", command.connector, effect.kind, at, why)


def _text(value: Value) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return "" if value is None else str(value)


def _hash(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
