"""Why something was not decided: nobody told, nothing escalated or handed off, another deadline.

It looks at the item as it was then, by the handbook of then, with the very code that decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from hub.core.explain.books import Books
from hub.core.explain.causes import Cause
from hub.core.explain.climbing import Climbing
from hub.core.explain.past import Moment, Past
from hub.core.explain.reasons import counted, reason_of, row_of
from hub.core.explain.words import WORDS
from hub.handbook import Handbook
from hub.handbook.naming import Names
from hub.handbook.shapes import Language
from hub.handbook.timing import limits_of
from hub.models import Item


class Subject(StrEnum):
    """What did not happen."""

    NOTICE = "notice"
    ESCALATION = "escalation"
    HAND_OFF = "hand-off"
    ASSIGNMENT = "assignment"
    DEADLINE = "deadline"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question: what did not happen, from when to when, and to whom (a person or a role)."""

    subject: Subject
    start: datetime
    end: datetime
    who: str = ""


class WhyNot(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: the question, the handbook's version, and the causes in order of weight."""

    item: str
    asked: Asked
    handbook: str
    causes: list[Cause]


def why_not(past: Past, books: Books, asked: Asked, language: Language) -> WhyNot:
    """Say why something did not happen to an item."""
    fingerprint = past.handbook_at(asked.end)
    kept = books.get(fingerprint)
    causes = list(_Inquest(past, kept or books.present, asked, language).causes())
    if fingerprint and kept is None:
        causes.append(Cause(text=WORDS[language]["in force"]))
    version = (kept or books.present).version
    return WhyNot(item=past.item.id, asked=asked, handbook=version, causes=causes)


class _Inquest:
    """One question, looked into."""

    def __init__(self, past: Past, book: Handbook, asked: Asked, language: Language) -> None:
        self._past = past
        self._book = book
        self._asked = asked
        self._language: Language = language
        self._say = WORDS[language]
        self._named = Names(book, language)
        self._item = past.at(asked.end)
        self._during = past.during(asked.start, asked.end)

    def causes(self) -> Iterator[Cause]:
        """Give all causes."""
        opened = self._past.item.opened_at
        if opened > self._asked.end:
            yield Cause(text=self._say["unknown then"].format(self._moment(opened)))
            return
        ways = {
            Subject.NOTICE: self._notice,
            Subject.ESCALATION: self._escalation,
            Subject.HAND_OFF: self._hand_off,
            Subject.ASSIGNMENT: self._assignment,
            Subject.DEADLINE: self._deadline,
        }
        found = list(ways[self._asked.subject]())
        yield from found or [Cause(text=self._say["nothing"])]

    # Notices and escalations.

    def _notice(self) -> Iterator[Cause]:
        yield from self._did("Send")
        yield from self._calls()
        yield from self._said("rules.notices")
        yield from self._came("notice")
        yield from self._climbing().causes()
        yield from self._would_have_told()

    def _escalation(self) -> Iterator[Cause]:
        for moment in self._during:
            decision = moment.decision
            if decision.plugin == "rules.escalation" and decision.action == "note":
                yield self._cited("did", moment, what=decision.name)
        yield from self._came("escalation")
        yield from self._climbing().causes()

    def _climbing(self) -> Climbing:
        return Climbing(self._item, self._book, self._asked.start, self._asked.end, self._language)

    def _did(self, effect: str) -> Iterator[Cause]:
        for moment in self._during:
            decision = moment.decision
            person = str(decision.why.inputs.get("to") or "")
            wanted = decision.action == "want" and decision.name.startswith(effect)
            if wanted and (not self._asked.who or self._means(person)):
                told = f"{decision.why.rule} → {self._person(person)} {self._moment(moment.at)}"
                yield self._cited("did", moment, what=told)

    def _calls(self) -> Iterator[Cause]:
        """Say what became of the call of a night: who had it, or why nobody was called."""
        for moment in self._during:
            decision = moment.decision
            if decision.plugin == "rules.after_hours" and decision.action == "note":
                yield self._cited("did", moment, what=decision.name)

    def _said(self, plugin: str) -> Iterator[Cause]:
        """Give what a plugin itself noted of what it did not do."""
        for moment in self._during:
            decision = moment.decision
            if decision.plugin == plugin and decision.action == "note":
                yield self._cited("said", moment, what=decision.name)

    def _came(self, subject: str) -> Iterator[Cause]:
        """Say what came in, if anything did: without a change or a timer nothing is decided."""
        came = dict.fromkeys(
            f"{moment.entry.change} ({', '.join(moment.entry.events) or moment.entry.outcome})"
            for moment in self._during
        )
        if not came:
            yield Cause(text=self._say["nothing came"])
        elif not any(moment.decision.action == "want" for moment in self._during):
            told = self._say["came"].format(what="; ".join(came), subject=self._say[subject])
            yield Cause(text=told)

    def _would_have_told(self) -> Iterator[Cause]:
        """Say which rows of routing would have told the person asked about."""
        if not self._asked.who:
            return
        routed = self._routed()
        roles = self._roles()
        if not roles:
            yield Cause(text=self._say["not here"].format(who=self._person(self._asked.who)))
            return
        if routed is None:
            return
        table = self._book.tables["routing"]
        verdicts = table.explain({**routed.before, **routed.decision.why.inputs})
        told = [role for v in verdicts if v.chosen for role in _listed(v.rule.then.get("notify"))]
        text = self._say["roles of"].format(
            who=self._person(self._asked.who),
            roles=self._named.value("role", sorted(roles)),
            told=self._named.value("role", told) or "–",
        )
        yield Cause(text=text, rule="routing", source=routed.decision.why.source)
        rows = [
            row_of(v, self._named, self._language)
            for v in verdicts
            if not v.chosen and roles.intersection(_listed(v.rule.then.get("notify")))
        ]
        if rows:
            who = self._person(self._asked.who)
            yield Cause(text=self._say["row"].format(who=who), rule="routing", rows=rows)

    # Assignments.

    def _routed(self) -> Moment | None:
        found = [
            moment
            for moment in self._past.moments
            if moment.at <= self._asked.end
            and moment.decision.action == "set"
            and "owner" in moment.decision.fields
        ]
        return found[-1] if found else None

    def _assignment(self) -> Iterator[Cause]:
        routed = self._routed()
        if routed is None:
            return
        fields, inputs = {**routed.before, **routed.decision.fields}, routed.decision.why.inputs
        owner = self._person(str(fields.get("owner") or ""))
        role = self._named.value("role", str(fields.get("role") or ""))
        yield self._cited("assigned", routed, role=role, owner=owner, rows=True)
        if not self._asked.who:
            return
        mine, who = self._roles(), self._person(self._asked.who)
        if str(fields.get("role")) not in mine:
            yield Cause(text=self._say["no role"].format(who=who, role=role))
        elif any(self._means(person) for person in _listed(inputs.get("away"))):
            yield Cause(text=self._say["away"].format(who=who))
        else:
            there = ", ".join(_listed(inputs.get("there"))) or "–"
            text = self._say["other"].format(by=inputs.get("by") or "–", owner=owner, there=there)
            yield Cause(text=text, rule="assignment", source=routed.decision.why.source)

    # Hand-offs.

    def _hand_off(self) -> Iterator[Cause]:
        item, book, say = self._item, self._book, self._say
        wanted = self._asked.who or "rnd"
        target = book.people.resolve(wanted)
        to_role = target.role if target else wanted
        yield from self._said("rules.handoff")
        if item.text("role") == to_role:
            yield Cause(text=say["handed"].format(role=self._named.value("role", to_role)))
            return
        obstacles = [*self._unasked(item, to_role), *self._forbidden(item, to_role)]
        yield from obstacles or [Cause(text=say["made"])]

    def _unasked(self, item: Item, to_role: str) -> Iterator[Cause]:
        say, named = self._say, item.text("next_handler")
        target = self._book.next_handler(item)
        if not named:
            yield Cause(text=say["nobody named"])
        elif target is None:
            yield self._provision("unknown handler", "unknown_handler", named=named)
        elif target.role != to_role:
            yield Cause(text=say["not asked"].format(named=named))

    def _forbidden(self, item: Item, to_role: str) -> Iterator[Cause]:
        book, role = self._book, item.text("role")
        if item.text("state") == "closed":
            yield self._provision("is closed", "allowed_paths")
        if book.path(role, to_role) is None:
            paths = [path for path in book.handoff.paths if role in path.from_roles]
            reached = sorted({to for path in paths for to in path.to_roles})
            yield self._provision(
                "no path",
                "allowed_paths",
                from_role=self._named.value("role", role),
                to_role=self._named.value("role", to_role),
                allowed=self._named.value("role", reached) or "–",
            )
        absent = [name for name in book.handoff.demands if not item.text(name).strip()]
        if absent:
            yield self._provision("missing", "four_items", missing=self._named.columns(absent))

    # Deadlines.

    def _deadline(self) -> Iterator[Cause]:
        dues = {shape.due: shape for shape in self._book.targets.targets if shape.due}
        limits = limits_of(self._item)
        promised = [m for m in self._past.moments if "promises" in m.decision.fields]
        for moment in promised[-1:]:
            yield self._cited("limit", moment, length="…", calendar="…", rows=True)
        for due, shape in dues.items():
            set_then = [m for m in self._past.moments if due in m.decision.fields]
            limit = limits.get(shape.id)
            set_then = [m for m in set_then if m.at <= self._asked.end]
            value = set_then[-1].decision.fields[due] if set_then else None
            if limit is None or not value:
                continue
            at = datetime.fromisoformat(str(value))
            label = shape.label(self._language)
            yield self._cited("stands", set_then[-1], target=label, at=self._moment(at))
            start = datetime.fromisoformat(str(set_then[-1].decision.why.inputs.get("started")))
            days = counted(self._book.calendars[limit.calendar], start, at, (), self._language)
            row = self._book.calendar_rows[limit.calendar]
            text = self._say["counted"].format(days=" · ".join(days))
            yield Cause(text=text, rule=row.id, source=row.source, clause=row.clause)

    # Words.

    def _cited(self, words: str, moment: Moment, *, rows: bool = False, **named: str) -> Cause:
        why = moment.decision.why
        reasons = reason_of(moment, self._book, self._language) if rows else []
        found = [row for reason in reasons for row in reason.rows]
        if words == "limit":
            limits = limits_of(self._past.at(moment.at)).values()
            named = {
                "length": ", ".join(
                    f"{self._named.column(limit.target)} {limit.length}" for limit in limits
                ),
                "calendar": ", ".join(
                    dict.fromkeys(self._named.value("calendar", each.calendar) for each in limits)
                ),
            }
        text = self._say[words].format(**named)
        return Cause(text=text, rule=why.rule, source=why.source, clause=why.clause, rows=found)

    def _provision(self, words: str, provision: str, **named: str) -> Cause:
        row = self._book.provisions[provision]
        text = self._say[words].format(**named)
        return Cause(text=text, rule=row.id, source=row.source, clause=row.clause)

    def _roles(self) -> set[str]:
        """Give the roles of who is asked about; a role stands for itself."""
        who = self._asked.who
        person = self._book.people.persons.get(who.lower())
        if person is not None:
            return set(person.roles)
        target = self._book.people.resolve(who)
        if target is None:
            return set()
        known = self._book.people.persons.get(target.person)
        return set(known.roles) if known else {target.role}

    def _means(self, person: str) -> bool:
        who = self._asked.who.lower()
        target = self._book.people.resolve(who)
        if target is None or target.person:
            return person.lower() == (target.person if target else who)
        return self._book.people.holds(person, target.role)

    def _person(self, who: str) -> str:
        people = self._book.people
        if who.lower() in people.persons:
            return people.name(who, self._language)
        return self._named.value("role", who) if who in people.roles else who

    def _moment(self, at: datetime) -> str:
        return self._book.messages.local(at)


def day_of(at: datetime) -> tuple[datetime, datetime]:
    """Give the first and the last moment of a local day."""
    start = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + timedelta(days=1) - timedelta(microseconds=1)


def _listed(value: object) -> list[str]:
    if isinstance(value, list):
        return [str(each) for each in value]
    return [] if value in (None, "") else [str(value)]
