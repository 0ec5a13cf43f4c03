"""What every check needs: where a row stands, and whether what it names exists."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from hub.errors import Problem
from hub.handbook.handbook import Handbook, Provision


class Placed(Protocol):
    """Whatever stands somewhere in the handbook."""

    @property
    def source(self) -> str:
        """Give its file and line."""
        ...


class Checker:
    """A handbook under check."""

    def __init__(self, handbook: Handbook) -> None:
        self.handbook = handbook
        self.fields = {row.id: row for row in handbook.intake.fields}
        self.states = {row.id for row in handbook.about.states}

    def problem(self, file: str, what: str, remedy: str = "") -> Problem:
        """Make a problem of a whole file."""
        return Problem(str(self.handbook.folder / file), 0, what, remedy)

    def at(self, row: Placed, what: str, remedy: str = "") -> Problem:
        """Make a problem of a row."""
        file, _, line = row.source.rpartition(":")
        return Problem(str(self.handbook.folder / file), int(line), what, remedy)

    def known(
        self,
        kind: str,
        vocabulary: Collection[str],
        where: Placed | str,
        place: str,
        names: Iterable[str],
    ) -> Iterator[Problem]:
        """Give a problem for each name that is not in a vocabulary."""
        for name in dict.fromkeys(names):
            if name in vocabulary:
                continue
            close = difflib.get_close_matches(name, list(vocabulary), 1)
            remedy = (
                f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(vocabulary))}"
            )
            what = f"{place}: unknown {kind} {name!r}"
            if isinstance(where, str):
                yield self.problem(where, what, remedy)
            else:
                yield self.at(where, what, remedy)

    def held(self, role: str, row: Provision, what: str) -> Iterator[Problem]:
        """Give a problem if a role is known, and yet nobody can be found in it."""
        people = self.handbook.people
        reached = people.members(role) or self.handbook.received_by_system(role)
        if role in people.roles and not reached:
            yield self.at(row, f"{what}, but nobody holds that role", _HOLD)

    def not_told(self, row: Provision, place: str, roles: Iterable[str]) -> Iterator[Problem]:
        """Give a problem for each role that no notice can reach."""
        for role in roles:
            if self.handbook.received_by_system(role):
                what = f"{place}: {role} can not be told by mail"
                yield self.at(row, what, "it is reached through its system only")


_HOLD = "give the role to a person in people.yaml, or name another"
