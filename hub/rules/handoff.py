"""Hand-off: passing a case on, to R&D through JIRA included, and taking it back.

A hand-off is asked for by naming the next handler on the record, or by command. It is made when
the handbook allows it and the items that every handler records are there; otherwise the record
says what is missing, once for each time it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from hub.handbook import Answer, Handbook, Target
from hub.handbook.lengths import ISSUE, shortened
from hub.handbook.scribe import Scribe, listed
from hub.handbook.shapes import PathShape
from hub.hookspecs import hookimpl
from hub.models import Action, Context, CreateRecord, Event, Fields, Item, Text, Want
from hub.models.fieldmaps import normal

PLUGIN: Final = "rules.handoff"
HANDED: Final = "handed_to_rnd"
_SUMMARY: Final = 240
_KEPT: Final = 20
_SETTLED: Final = ("resolved", "closed")


@dataclass(frozen=True, slots=True)
class _Move:
    """One hand-off that is allowed and complete."""

    path: PathShape
    from_role: str
    to_role: str
    person: str = ""


class HandOffRules:
    """Checks and makes hand-offs, and brings back what R&D has finished."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer requests, records that name a next handler, and what comes from R&D."""
        if event.name == "hand_off_requested":
            return self._requested(item, event, context)
        if event.name == HANDED:
            return self._handed(item, context)
        if event.name == "fields_changed":
            if {"rnd_status_category", "rnd_status"} & set(event.before):
                returned = self._returned(item, context)
                if returned:
                    return returned
            asked = "next_handler" in event.before
            if asked or set(self._handbook.handoff.demands) & set(event.before):
                return self._check(item, context, asked=asked)
        if event.name in ("comment_added", "comment_changed"):
            return self._advised(event)
        return None

    # Asking.

    def _requested(self, item: Item, event: Event, context: Context) -> list[Action]:
        """Put what was asked for by command on the record; the hand-off follows from that."""
        wanted = str(event.data.get("to") or "")
        target = self._handbook.people.resolve(wanted)
        inputs: Fields = {"to": wanted, "by": event.data.get("by")}
        if target is None:
            return self._unknown(item, wanted)
        given = {
            "handling_method": event.data.get("method"),
            "handling_result": event.data.get("result"),
            "open_items": event.data.get("open_items"),
            "next_handler": target.person or target.role,
        }
        changed: Fields = {
            name: value
            for name, value in given.items()
            if normal(value) is not None and normal(value) != normal(item.fields.get(name))
        }
        if changed:
            return [self._scribe.set("requested", changed, inputs)]
        return self._check(item, context, asked=True)

    def _check(self, item: Item, context: Context, *, asked: bool) -> list[Action]:
        """Make the hand-off that the record asks for, or say why not."""
        named = item.text("next_handler")
        target = self._handbook.next_handler(item)
        if target is None:
            return self._unknown(item, named) if named and asked else []
        if self._is_there(item, target):
            return []
        answer = self._examine(item, target, asked=asked)
        if not isinstance(answer, _Move):
            return answer
        if self._handbook.received_by_system(target.role):
            return self._to_system(item, answer, context)
        return self._to_person(item, answer, context)

    def _examine(self, item: Item, target: Target, *, asked: bool) -> _Move | list[Action]:
        """Give the hand-off if it is allowed and complete, else what to say instead."""
        inputs: Fields = {"from": item.text("role"), "to": target.role, "asked": asked}
        if item.text("hand_off_to") == target.role:
            said = f"the hand-off to {target.role} is under way"
            return [self._scribe.note("hand_off_pending", said, inputs)]
        if item.text("state") == "closed":
            said = f"no hand-off to {target.role}: the case is closed"
            return [self._scribe.note("allowed_paths", said, inputs)]
        path = self._handbook.path(item.text("role"), target.role)
        if path is None:
            return self._refuse(item, target, "allowed_paths", self._allowed(item)) if asked else []
        missing = [name for name in self._handbook.handoff.demands if not item.text(name).strip()]
        if missing and asked:
            return self._refuse(item, target, "four_items", self._labels(missing))
        if missing:
            said = f"no hand-off to {target.role} yet: {', '.join(missing)} missing"
            return [self._scribe.note("four_items", said, inputs)]
        return _Move(path, item.text("role"), target.role, target.person)

    def _is_there(self, item: Item, target: Target) -> bool:
        same = target.role == item.text("role")
        return same and target.person in ("", item.text("owner").lower())

    def _unknown(self, item: Item, named: str) -> list[Action]:
        reason = f"{self._handbook.provisions['unknown_handler'].label(self._language)}（{named}）"
        return self._refused(item, named, "unknown_handler", reason)

    def _refuse(self, item: Item, target: Target, provision: str, detail: str) -> list[Action]:
        label = self._handbook.provisions[provision].label(self._language)
        return self._refused(item, self._role_name(target.role), provision, f"{label}（{detail}）")

    def _refused(self, item: Item, to: str, provision: str, reason: str) -> list[Action]:
        inputs: Fields = {
            name: item.fields.get(name) for name in ("role", *self._handbook.handoff.demands)
        }
        details = {"to_role": to, "reason": reason}
        part = f"comment:hand_off_refused:{item.revision}"
        return [
            self._scribe.note(provision, f"no hand-off to {to}: {reason}", inputs),
            self._scribe.record("hand_off_refused", item, part, details),
        ]

    # Making.

    def _to_system(self, item: Item, move: _Move, context: Context) -> list[Action]:
        """Hand over through the system of the role: a new issue, or the one there is."""
        handbook = self._handbook
        inputs: Fields = {"from": move.from_role, "to": move.to_role}
        issue = context.link(handbook.rnd, "issue")
        if issue is not None and not issue.gone and issue.record_id:
            part = f"comment:hand_off:{self._count(item)}"
            again = self._scribe.record("issue_again", item, part, system=handbook.rnd)
            # What JIRA said when it gave the case back no longer counts.
            extra: Fields = {"rnd_status_category": None}
            if item.text("rnd_status_category") == "done" and handbook.ending.closing.rnd_reopened:
                extra["rnd_status"] = handbook.ending.closing.rnd_reopened
            return [again, *self._arrived(item, move, extra, context)]
        rendered = handbook.messages.for_record("issue", item)
        fields: Fields = {
            "summary": rendered.subject[:_SUMMARY],
            "description": shortened(rendered.text.text, ISSUE, self._language),
        }
        create = Want(
            connector=handbook.rnd,
            part="issue",
            effect=CreateRecord(kind="issue", fields=fields),
            then=HANDED,
            why=handbook.why(PLUGIN, move.path, inputs),
        )
        return [create, self._scribe.set(move.path, {"hand_off_to": move.to_role}, inputs)]

    def _handed(self, item: Item, context: Context) -> list[Action]:
        """The issue stands in JIRA: the case waits for R&D, and all are told."""
        role = item.text("hand_off_to")
        path = self._handbook.path(item.text("role"), role)
        if not role or path is None:
            said = "the issue was made, but its hand-off is no longer wanted"
            return [self._scribe.note("rnd_reached", said, {"jira_key": item.text("jira_key")})]
        return self._arrived(item, _Move(path, item.text("role"), role), {}, context)

    def _to_person(self, item: Item, move: _Move, context: Context) -> list[Action]:
        """Hand over to the person named, to who had it in that role before, or to who is picked."""
        person, role, inputs = move.person, move.to_role, Fields()
        if not person:
            person = self._had_it(item, role, context.now)
        if not person:
            picked = self._handbook.pick(role, item, context)
            person, role, inputs = picked.person, picked.role, picked.inputs
        moved = _Move(move.path, move.from_role, role, person)
        actions = self._arrived(item, moved, {"owner": person}, context, inputs)
        after = _with(item, {"role": role, "owner": person})
        return actions + self._scribe.notice("notice_handler", after, [person])

    def _had_it(self, item: Item, role: str, now: datetime) -> str:
        """Give who had the case in a role before, the last one first: it goes back to them."""
        for mark in reversed(listed(item.fields.get("handlers"))):
            held, _, person = mark.partition(" ")
            if held == role and self._handbook.people.holds(person, role):
                return self._handbook.roster.reached(person, now)
        return ""

    def _arrived(
        self,
        item: Item,
        move: _Move,
        extra: Fields,
        context: Context,
        picked: Fields | None = None,
    ) -> list[Action]:
        """Put the hand-off on the record with its items, and tell who has to know."""
        handbook = self._handbook
        fields: Fields = {
            "role": move.to_role,
            "hand_off_to": None,
            "hand_offs": self._count(item),
            "handlers": self._handlers(item),
            **extra,
        }
        if item.text("state") not in _SETTLED or handbook.received_by_system(move.to_role):
            fields["state"] = move.path.state
        inputs: Fields = {"from": move.from_role, "to": move.to_role, "person": move.person}
        inputs |= picked or {}
        details: dict[str, str | Text] = {
            "from_role": self._role_name(move.from_role),
            "to_role": self._role_name(move.to_role),
            "to_person": handbook.people.name(move.person, self._language) if move.person else "",
        }
        part = f"comment:hand_off:{self._count(item)}"
        told = handbook.persons_for(move.path.notify, item, context.now)
        others = [p for p in told if p not in (item.text("owner").lower(), move.person)]
        actions: list[Action] = [
            self._scribe.set(move.path, fields, inputs),
            self._scribe.record("hand_off_record", item, part, details),
        ]
        if others:
            actions += self._scribe.notice("notice_hand_off", item, others, details)
        return actions

    # Taking back.

    def _returned(self, item: Item, context: Context) -> list[Action]:
        """Give the case back to the engineer when R&D has finished with it."""
        if item.text("state") != "waiting_rnd":
            return []
        answer = self._handbook.tables["returns"].decide({
            "category": item.fields.get("rnd_status_category"),
            "status": item.fields.get("rnd_status"),
            "resolution": item.fields.get("rnd_resolution"),
        })  # fmt: skip
        return [] if answer is None else self._back(item, answer, context)

    def _back(self, item: Item, answer: Answer, context: Context) -> list[Action]:
        handbook = self._handbook
        engineer = handbook.handoff.engineer
        owner, role = item.text("owner").lower(), engineer
        if not handbook.people.holds(owner, engineer):
            owner = self._had_it(item, engineer, context.now)
        elif handbook.roster.away(owner, context.now):
            owner = handbook.roster.reached(owner, context.now)
        if not owner:
            picked = handbook.pick(engineer, item, context)
            owner, role = picked.person, picked.role
        outcome = answer.rule.label(self._language)
        fields: Fields = {
            "state": "in_progress",
            "role": role,
            "owner": owner,
            "next_handler": role,
            "handling_result": f"{outcome} {item.text('rnd_resolution')}".strip(),
            "hand_offs": self._count(item),
        }
        if item.text("rnd_advice") and not self._advice_is_mapped():
            fields["handling_advice"] = item.fields["rnd_advice"]
        after = _with(item, fields)
        details = {"outcome": outcome}
        part = f"comment:hand_off:{self._count(item)}"
        manager = handbook.person_for("account_manager", item, context.now)
        return [
            self._scribe.set(answer.rule, fields, answer.inputs),
            self._scribe.record("returned_from_rnd", after, part, details),
            *self._scribe.notice("notice_returned", after, [owner, manager], details),
        ]

    def _advice_is_mapped(self) -> bool:
        """Say whether R&D has a field of its own for its advice."""
        record = self._handbook.record_map(self._handbook.rnd, "issue")
        return record is not None and any(f.item == "handling_advice" for f in record.fields)

    def _advised(self, event: Event) -> list[Action]:
        """Keep what R&D wrote last: it is their advice when they give the case back."""
        change = event.change
        if change is None or change.text is None or change.key:
            return []
        if change.ref.connector != self._handbook.rnd or event.part != f"comment:{change.ref}":
            return []
        inputs: Fields = {"comment": str(change.ref), "actor": change.actor}
        return [self._scribe.set("rnd_advice", {"rnd_advice": change.text.text}, inputs)]

    # Words.

    @property
    def _language(self) -> str:
        return self._handbook.about.language

    def _role_name(self, role: str) -> str:
        row = self._handbook.people.roles.get(role)
        return row.label(self._language) if row else role

    def _labels(self, fields: Iterable[str]) -> str:
        names = {row.id: row.label(self._language) for row in self._handbook.intake.fields}
        return "、".join(names.get(name, name) for name in fields)

    def _allowed(self, item: Item) -> str:
        """Give the roles that this case's handler can hand to."""
        role = item.text("role")
        found = [
            to for p in self._handbook.handoff.paths if role in p.from_roles for to in p.to_roles
        ]
        names = "、".join(self._role_name(name) for name in dict.fromkeys(found))
        return f"{self._role_name(role)} → {names}"

    @staticmethod
    def _handlers(item: Item) -> list[str]:
        """Give who has had the case in which role, who hands it over included, newest last."""
        mark = f"{item.text('role')} {item.text('owner').lower()}"
        known = [m for m in listed(item.fields.get("handlers")) if m != mark]
        return [*known, mark][-_KEPT:]

    @staticmethod
    def _count(item: Item) -> int:
        value = item.fields.get("hand_offs")
        return (value if isinstance(value, int) else 0) + 1


def _with(item: Item, fields: Fields) -> Item:
    return replace(item, fields={**item.fields, **fields})
