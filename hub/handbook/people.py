"""The department: who holds a role, whom a name means, and who shares a role's work."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hub.handbook.shapes import PeopleShape, PersonShape, RoleShape, WordsShape


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a next handler's name means: a role, and a person if one was named."""

    role: str
    person: str = ""


class People:
    """Roles, persons and teams, looked up fast."""

    def __init__(self, shape: PeopleShape) -> None:
        self.roles: Mapping[str, RoleShape] = {role.id: role for role in shape.roles}
        self.persons: Mapping[str, PersonShape] = {p.email.lower(): p for p in shape.persons}
        self.teams = shape.teams
        self.desk = shape.desk
        self._members = {role: self._find_members(shape, role) for role in self.roles}
        self._words: dict[str, Target] = {}

    @staticmethod
    def _find_members(shape: PeopleShape, role: str) -> tuple[str, ...]:
        teams = [member for team in shape.teams if team.role == role for member in team.members]
        holders = [p.email for p in shape.persons if role in p.roles]
        return tuple(sorted({email.lower() for email in teams or holders}))

    def enlist(self, role: str, officers: Iterable[str]) -> None:
        """Have those who have duty share the role of who is on duty."""
        self._members[role] = tuple(sorted({*self.members(role), *officers}))

    def learn(self, words: Iterable[WordsShape]) -> None:
        """Add the words by which the handbook lets people name next handlers."""
        for role in self.roles.values():
            for word in (role.id, role.zh, role.en):
                self._words[_plain(word)] = Target(role.id)
        for person in self.persons.values():
            target = Target(person.roles[0], person.email.lower())
            for word in (person.email, person.zh, person.en, person.id):
                self._words[_plain(word)] = target
        for row in words:
            for word in row.words:
                self._words[_plain(word)] = Target(row.role)

    def resolve(self, name: str) -> Target | None:
        """Say whom a next handler's name means; None if it means nobody."""
        return self._words.get(_plain(name))

    def members(self, role: str) -> tuple[str, ...]:
        """Give the e-mail addresses of who shares a role's work."""
        return self._members.get(role, ())

    def holds(self, email: str, role: str) -> bool:
        """Say whether a person holds a role."""
        person = self.persons.get(email.lower())
        return person is not None and role in person.roles

    def share(self, role: str, item_id: str) -> str:
        """Give the member who takes an item: always the same one, and all take their share.

        When a member comes or goes, only the items that concern them change hands.
        """
        return self.sharer(self.members(role), item_id)

    @staticmethod
    def sharer(people: Iterable[str], item_id: str) -> str:
        """Give the one of several who takes an item (see `share`); empty if there is none."""
        return max(people, key=lambda email: _weight(email, item_id), default="")

    def skills(self, email: str) -> tuple[str, ...]:
        """Give what a person is skilled in."""
        person = self.persons.get(email.lower())
        return person.skills if person else ()

    def name(self, email: str, language: str) -> str:
        """Give a person's name, or the address itself of who is unknown."""
        person = self.persons.get(email.lower())
        return person.label(language) if person else email


def _plain(word: str) -> str:
    return "".join(word.casefold().split())


def _weight(email: str, item_id: str) -> bytes:
    return hashlib.blake2b(f"{email}\n{item_id}".encode(), digest_size=8).digest()
