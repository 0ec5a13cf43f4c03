"""The handbooks between which a simulated hub is reloaded, and the bugs that their rules have."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from hub.core.plugins import PluginHost
from hub.core.process import Rulebook
from hub.models import Action, AddComment, InternalText, Policy, RecordMap, Want, Why
from hub.testing.simulator.rules import MAPS, SimulatedRules

UNSTORABLE: Final = Want(
    connector="rnd",
    part="comment:nonsense",
    parent_part="issue",
    effect=AddComment(InternalText("half a sign: \ud800")),
    why=Why(plugin="simulated", rule="nonsense"),
)
"""No database takes it: the whole batch is refused, and the row at fault has to be found."""


class BrokenRuleError(Exception):
    """What a plugin's bug raises."""


class Bugs:
    """Bugs that strike by chance, until they are mended."""

    def __init__(self, source: random.Random, rate: float) -> None:
        self._random = source
        self._rate = rate
        self.raised = 0
        self.nonsense = 0

    def strike(self) -> Sequence[Action]:
        """Raise, or give nonsense to want, or do nothing."""
        if not self._rate or self._random.random() >= self._rate:
            return ()
        if self._random.random() < 0.5:
            self.nonsense += 1
            return (UNSTORABLE,)
        self.raised += 1
        raise BrokenRuleError("a plugin's bug")

    def mend(self) -> None:
        """Strike no more."""
        self._rate = 0.0


def handbooks(bugs: Bugs) -> tuple[Rulebook, Rulebook]:
    """Give two handbooks of the same rules: they settle conflicts differently."""
    host = PluginHost.of(("simulated", SimulatedRules(bugs.strike)))
    other = tuple(_newest(record) for record in MAPS)
    return tuple(  # type: ignore[return-value]
        Rulebook(host, {(each.connector, each.kind): each for each in maps})
        for maps in (MAPS, other)
    )


def _newest(record: RecordMap) -> RecordMap:
    fields = (replace(each, policy=Policy.NEWEST) for each in record.fields)
    return replace(record, fields=tuple(fields))
