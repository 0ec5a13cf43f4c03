"""The shape of `targets.yaml`: what is promised, what stops the clock, who is told as it runs."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, Field

from hub.calendar import parse_length
from hub.handbook.cells import Words
from hub.handbook.shapes import NamedRow, TableShape
from hub.settings import Settings

Signal: TypeAlias = Literal[
    "opened", "reopened", "handed", "answered", "planned", "customer_wrote", "manager_asked",
    "updated", "rnd_moved",
]  # fmt: skip
"""What can start or end a clock:

`opened` the item was opened; `reopened` it was taken up again; `handed` it was given to a handler;
`answered` a person answered the customer; `planned` a handler recorded how it is handled;
`customer_wrote`; `manager_asked` the customer's words ask for a manager; `updated` a person changed
or commented the case or its issue; `rnd_moved` R&D changed or commented the issue.
"""

PauseKind: TypeAlias = Literal["waiting", "agreed"]
"""What can stop a clock: waiting for the customer, or a date agreed with them."""


HANDLER: Final = "handler"
"""Stands for who has the case, beside the roles."""


def _length(text: str) -> str:
    parse_length(text)
    return text


LengthText: TypeAlias = Annotated[str, AfterValidator(_length)]
"""A length of time: `30 min`, `4 bh`, `2 wd`."""


class TargetShape(NamedRow):
    """One kind of target, and when its clock runs.

    Args:
        starts: what starts the clock; with `restarts` also while it runs.
        resumes: what lets a clock that has ended go on, less the time between.
        ends, ended_in, runs_in: what ends it: a signal, a state, any other state than these.
        pauses: what stops it for a while.
        due: the item's field that shows when it is due.
        ladder: who is told as it runs out.
    """

    starts: tuple[Signal, ...] = Field(min_length=1)
    restarts: bool = False
    resumes: tuple[Signal, ...] = ()
    ends: tuple[Signal, ...] = ()
    ended_in: tuple[str, ...] = ()
    runs_in: tuple[str, ...] = ()
    pauses: tuple[PauseKind, ...] = ("waiting", "agreed")
    due: str = ""
    ladder: str = ""


class RungShape(NamedRow):
    """One rung of a ladder.

    `at` is the share of the limit in per cent (0: at once); `tell` are roles, or `handler` for who
    has the case; `severities` are those for which it counts, all if none is named; the last rung
    may be told again `every` so often, so many `times` in all (0: until the cause is gone).
    """

    at: int = Field(ge=0, le=1000)
    tell: tuple[str, ...] = Field(min_length=1)
    by: Literal["mail", "record"] = "mail"
    severities: tuple[str, ...] = ()
    every: LengthText | None = None
    times: int = Field(default=1, ge=0)


class LadderShape(NamedRow):
    """Who is told as a target's time runs out, from the lowest rung up.

    It is told in the hours of the working calendar, but at any hour for the severities of
    `any_hour`.
    """

    any_hour: tuple[str, ...] = ()
    rungs: tuple[RungShape, ...] = Field(min_length=1)


class PausesShape(NamedRow):
    """What stops clocks: the states in which we wait, and the field that holds an agreed date."""

    states: tuple[str, ...]
    until: str


class ManagerShape(NamedRow):
    """By which words a customer asks for a manager, or complains."""

    words: tuple[str, ...] = Field(min_length=1)

    def asked_in(self, text: str) -> str:
        """Give the first of the words that a text contains; empty if it has none."""
        return has_word(self.words, text)


def has_word(words: tuple[str, ...], text: str) -> str:
    """Give the first of some words that a text contains; empty if it has none."""
    return _words(words).first(text)


@lru_cache(maxsize=16)
def _words(words: tuple[str, ...]) -> Words:
    return Words(words)


class ReviewShape(NamedRow):
    """Who looks at an open case for which nothing else is due any more, and after how long."""

    after: LengthText
    tell: tuple[str, ...] = Field(min_length=1)


class TargetsShape(Settings):
    """`targets.yaml`: kinds of targets, their limits, pauses, ladders."""

    targets: tuple[TargetShape, ...] = Field(min_length=1)
    limits: TableShape
    pauses: PausesShape
    ladders: tuple[LadderShape, ...]
    review: ReviewShape
    manager: ManagerShape
    provisions: tuple[NamedRow, ...]
