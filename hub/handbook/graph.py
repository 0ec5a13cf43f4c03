"""Who receives what, who hands on to whom, who is told as time runs out: as nodes and edges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hub.handbook.handbook import Handbook
from hub.handbook.naming import WORDS, Names
from hub.handbook.shapes import Language
from hub.handbook.tables import Rule
from hub.handbook.targetshapes import HANDLER, LadderShape, RungShape


@dataclass(frozen=True, slots=True)
class Way:
    """One row of the routing: its name, when it fits, the role that receives, who else is told."""

    id: str
    label: str
    when: tuple[str, ...]
    to: str
    told: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """One hand-off that is allowed, from a role to a role."""

    id: str
    label: str
    from_role: str
    to_role: str
    source: str


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: at which share of the limit (per cent) who is told, and for whom it counts."""

    id: str
    label: str
    at: int
    tell: tuple[str, ...]
    only: tuple[str, ...]
    again: str
    source: str


@dataclass(frozen=True, slots=True)
class Climb:
    """One ladder with the targets that use it."""

    id: str
    label: str
    targets: tuple[str, ...]
    rungs: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """A handbook's routing, hand-offs and ladders, with names for people; `roles` are all met."""

    title: str
    version: str
    language: Language
    roles: dict[str, str]
    routing: tuple[Way, ...]
    handoffs: tuple[HandOver, ...]
    ladders: tuple[Climb, ...]


def graph_of(handbook: Handbook, language: Language) -> Graph:
    """Give a handbook's graph in a language."""
    maker = _Maker(handbook, language)
    routing = tuple(maker.way(rule) for rule in handbook.tables["routing"].rules)
    handoffs = tuple(maker.hand_overs())
    ends = {role for each in handoffs for role in (each.from_role, each.to_role)}
    met = {way.to for way in routing} | ends
    return Graph(
        title=handbook.about.name.label(language),
        version=handbook.version,
        language=language,
        roles={r: maker.role(r) for r in handbook.people.roles if r in met},
        routing=routing,
        handoffs=handoffs,
        ladders=tuple(maker.climb(ladder) for ladder in handbook.targets.ladders),
    )


class _Maker:
    def __init__(self, handbook: Handbook, language: Language) -> None:
        self._book = handbook
        self._language = language
        self._say = WORDS[language]
        self._names = Names(handbook, language)

    def role(self, role: str) -> str:
        return self._say[HANDLER] if role == HANDLER else self._names.value("role", role)

    def way(self, rule: Rule) -> Way:
        when = [
            f"{self._names.column(name)}: {self._names.cell(name, cell)}"
            for name, cell in rule.cells.items()
        ]
        when += [f"{self._say['if']}: {rule.condition}"] if rule.condition else []
        told = rule.then.get("notify")
        return Way(
            id=rule.id,
            label=rule.label(self._language),
            when=tuple(when),
            to=str(rule.then.get("role") or ""),
            told=tuple(self.role(r) for r in told) if isinstance(told, list) else (),
            source=rule.source,
        )

    def hand_overs(self) -> Iterator[HandOver]:
        for path in self._book.handoff.paths:
            for one in path.from_roles:
                for two in path.to_roles:
                    yield HandOver(path.id, path.label(self._language), one, two, path.source)

    def climb(self, ladder: LadderShape) -> Climb:
        targets = [t.label(self._language) for t in self._book.targets.targets
                   if t.ladder == ladder.id]  # fmt: skip
        rungs = tuple(self._rung(rung) for rung in ladder.rungs)
        return Climb(ladder.id, ladder.label(self._language), tuple(targets), rungs)

    def _rung(self, rung: RungShape) -> Rung:
        again = ""
        if rung.every:
            again = f"{rung.every} × {rung.times or self._say['until_gone']}"
        return Rung(
            id=rung.id,
            label=rung.label(self._language),
            at=rung.at,
            tell=tuple(self.role(role) for role in rung.tell),
            only=tuple(self._names.value("severity", each) for each in rung.severities),
            again=again,
            source=rung.source,
        )
