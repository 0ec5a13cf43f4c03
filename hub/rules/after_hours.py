"""Out of hours: who is on duty is called, then the next, until somebody acknowledges.

The call stands on the item: `call` is the call and its present step, `called` who was called when.
A call goes on to its end also when the department opens meanwhile: nobody has taken the case yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from hub.calendar import parse_length
from hub.handbook import Handbook
from hub.handbook.night import Called, call_of, called_names, contacted, ruled, steps_after
from hub.handbook.rotashapes import CallShape
from hub.handbook.scribe import Scribe, listed
from hub.hookspecs import hookimpl
from hub.models import (
    ACKNOWLEDGE_HERE,
    CASE,
    SETTLED,
    Action,
    CancelTimer,
    Change,
    Context,
    Event,
    Fields,
    Item,
    StartTimer,
)

PLUGIN: Final = "rules.after_hours"
TIMER: Final = "call"
UNANSWERED: Final = "unanswered"
_WORKED_ON: Final = ("in_progress", "waiting_customer", "waiting_rnd")


class AfterHoursRules:
    """Marks what comes out of hours, calls by severity, and takes acknowledgements."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer new cases, changes of severity, the end of waiting, and acknowledgements."""
        now = context.now
        if item.kind != CASE:
            return None
        if event.name == "item_opened":
            return list(self._opened(item, event.change, now))
        if event.name == "fields_changed":
            return list(self._changed(item, event, now))
        return list(self._spoken(item, event, now))

    def _spoken(self, item: Item, event: Event, now: datetime) -> Iterator[Action]:
        if event.name == "timer_due" and event.data.get("name") == TIMER:
            yield from self._waited(item, now)
        elif event.name == "told" and event.data.get("what") == "acknowledged":
            yield from self._acknowledged(item, str(event.data.get("by") or ""), now)
        elif event.name == "mail_received" and event.change is not None:
            yield from self._answered(item, event.change, now)

    # Calling.

    def _opened(self, item: Item, change: Change | None, now: datetime) -> Iterator[Action]:
        if self._handbook.occasion(contacted(item, now))["working_time"]:
            return
        inputs: Fields = {"received_at": item.fields.get("received_at")}
        yield self._scribe.set("after_hours_taken", {"after_hours": True}, inputs)
        yield from self._decide(item, now, change)

    def _decide(self, item: Item, now: datetime, change: Change | None) -> Iterator[Action]:
        """Call whom the handbook names for this severity, if that is not being done already."""
        handbook = self._handbook
        if handbook.occasion(now)["working_time"]:
            return
        answer = ruled(handbook, item, now)
        call = call_of(handbook, answer.text("call")) if answer else None
        running = item.text("call").partition(" ")[0]
        if answer is None or call is None:
            inputs: Fields = answer.inputs if answer else {"severity": item.text("severity")}
            row = answer.rule if answer else "nobody_called"
            yield self._scribe.note(row, "nobody is called: it waits for working hours", inputs)
            if running:
                yield from self._quiet(item)
        elif call.id != running:
            said = f"{call.id} is made for {item.text('severity')}"
            yield self._scribe.note(answer.rule, said, answer.inputs)
            officer = self._on_duty(change.actor if change else "", now)
            if officer:
                yield from self._taken(item, officer, now, "entered it while on duty")
            else:
                yield from self._call(item, call, "", (), now)

    def _on_duty(self, person: str, now: datetime) -> str:
        """Give the person that a name means, if they have duty; empty if not."""
        roster, target = self._handbook.roster, self._handbook.people.resolve(person)
        on_duty = (roster.on_duty(line, now) for line in roster.lines)
        known = target.person if target else ""
        return next((d.person for d in on_duty if d and d.person == known), "")

    def _call(
        self, item: Item, call: CallShape, last: str, called: Sequence[str], now: datetime
    ) -> Iterator[Action]:
        """Call the next one who can be; say so if there is nobody left."""
        handbook = self._handbook
        before = [_person(mark) for mark in called]
        steps = list(steps_after(handbook, call, last, item, now, before))
        for number, one in enumerate(steps):
            if not one.person:
                said = f"{call.id}, {one.step.id}: nobody to call, or called already"
                yield self._scribe.note("nobody_on_duty", said, {"tell": one.step.tell})
                continue
            yield from self._ring(item, call, one, steps[number + 1 :], called, now)
            return
        fields: Fields = {"call": UNANSWERED}
        inputs: Fields = {"called": list(called)}
        yield self._scribe.set("call_unanswered", fields, inputs)
        part = f"comment:call:{call.id}:{now.isoformat()}"
        details = {"said": self._label("call_unanswered"), "called": self._names(called)}
        yield self._scribe.record("call_record", item, part, details)

    def _ring(
        self,
        item: Item,
        call: CallShape,
        one: Called,
        following: Sequence[Called],
        called: Sequence[str],
        now: datetime,
    ) -> Iterator[Action]:
        handbook, step, language = self._handbook, one.step, self._language
        following_one = next((other for other in following if other.person), None)
        following_name = "—"
        if following_one is not None:
            following_name = handbook.people.name(following_one.person, language)
        details = {
            "person": handbook.people.name(one.person, language),
            "step": step.label(language),
            "wait": step.wait,
            "following": following_name,
            "called": self._names(called) or "—",
            "acknowledge": ACKNOWLEDGE_HERE,
        }
        yield from self._scribe.notice("notice_call", item, [one.person], details)
        wait = parse_length(step.wait).on(handbook.calendars[handbook.working])
        inputs: Fields = {"tell": step.tell, "person": one.person, "wait": step.wait}
        why = handbook.why(PLUGIN, step, inputs)
        yield StartTimer(name=TIMER, due_at=now.replace(microsecond=0) + wait, why=why)
        mark = f"{now.isoformat(timespec='seconds')} {step.id} {one.person}"
        fields: Fields = {"call": f"{call.id} {step.id}", "called": [*called, mark]}
        if not called:
            fields |= {"acknowledged_by": None, "acknowledged_at": None}
        yield self._scribe.set(step, fields, inputs)

    def _waited(self, item: Item, now: datetime) -> Iterator[Action]:
        name, _, last = item.text("call").partition(" ")
        call = call_of(self._handbook, name)
        if call is None or item.text("state") in SETTLED:
            yield self._scribe.note("call_quiet", "nobody is being called any more")
            return
        ids = {step.id for step in call.steps}
        called = [m for m in listed(item.fields.get("called")) if m.split(" ")[1] in ids]
        yield from self._call(item, call, last, called, now)

    def _quiet(self, item: Item) -> Iterator[Action]:
        inputs: Fields = {"state": item.text("state"), "severity": item.text("severity")}
        yield self._scribe.note("call_quiet", "its cause has gone: nobody else is called", inputs)
        yield CancelTimer(name=TIMER, why=self._handbook.why(PLUGIN, "call_quiet", inputs))
        yield self._scribe.set("call_quiet", {"call": None}, inputs)

    # Acknowledging.

    def _acknowledged(self, item: Item, by: str, now: datetime) -> Iterator[Action]:
        """Take an acknowledgement that a link, a command or the API brings."""
        target = self._handbook.people.resolve(by)
        person = target.person if target else ""
        if not person:
            yield self._scribe.note("acknowledged", f"{by!r} is nobody known", {"by": by})
        elif item.text("call"):
            yield from self._taken(item, person, now, "acknowledged")
        elif item.text("state") in ("new", "routed"):
            yield from self._accepted(item, person, now)
        else:
            said = f"nothing is open that {person} could take"
            yield self._scribe.note("acknowledged", said, {"by": by, "state": item.text("state")})

    def _answered(self, item: Item, change: Change, now: datetime) -> Iterator[Action]:
        """An answer to the call takes it: of who was called, or of a colleague beyond doubt."""
        sender = str(change.fields.get("from_email") or "").lower()
        known = sender in self._handbook.people.persons
        if not item.text("call") or not known or change.fields.get("auto"):
            return
        asked = {_person(mark) for mark in listed(item.fields.get("called"))}
        if sender in asked or change.fields.get("authenticated") is True:
            yield from self._taken(item, sender, now, "answered the mail")

    def _changed(self, item: Item, event: Event, now: datetime) -> Iterator[Action]:
        calling, before = item.text("call"), event.before
        if calling and item.text("state") in SETTLED:
            yield from self._quiet(item)
        elif calling and self._is_worked_on(item, before):
            actor = event.change.actor.lower() if event.change else ""
            known = actor in self._handbook.people.persons
            person = actor if known else item.text("owner").lower()
            yield from self._taken(item, person, now, "works on it")
        elif "severity" in before and item.text("state") not in SETTLED:
            open_call = calling or not item.text("acknowledged_by")
            if open_call:
                yield from self._decide(item, now, None)

    @staticmethod
    def _is_worked_on(item: Item, before: Fields) -> bool:
        moved = "state" in before and item.text("state") in _WORKED_ON
        return moved or "answered" in before

    def _taken(self, item: Item, person: str, now: datetime, how: str) -> Iterator[Action]:
        """End the call: somebody has the case, and all who were called are told who."""
        called = listed(item.fields.get("called"))
        inputs: Fields = {"by": person, "how": how, "called": called}
        why = self._handbook.why(PLUGIN, "call_acknowledged", inputs)
        yield self._scribe.note(
            "call_acknowledged", f"{person} {how}: nobody else is called", inputs
        )
        yield CancelTimer(name=TIMER, why=why)
        yield self._scribe.set("call_acknowledged", self._takes(item, person, now), inputs)
        details = {
            "said": self._label("call_acknowledged"),
            "called": self._names(called),
            "person": self._handbook.people.name(person, self._language),
        }
        part = f"comment:call:{now.isoformat()}"
        yield self._scribe.record("call_record", item, part, details)
        others = [p for p in map(_person, called) if p != person]
        if others:
            yield from self._scribe.notice("notice_taken", item, others, details)

    def _accepted(self, item: Item, person: str, now: datetime) -> Iterator[Action]:
        """Take it that a handler accepts what was handed to them."""
        inputs: Fields = {"by": person, "state": item.text("state")}
        yield self._scribe.set("acknowledged", self._takes(item, person, now), inputs)

    def _takes(self, item: Item, person: str, now: datetime) -> Fields:
        """Give what the record says once a person has it: whoever holds its role owns it."""
        fields: Fields = {
            "acknowledged_by": person,
            "acknowledged_at": now.isoformat(timespec="seconds"),
            "call": None,
        }
        if item.text("state") in ("new", "routed"):
            fields["state"] = "in_progress"
        if self._handbook.people.holds(person, item.text("role")):
            fields["owner"] = person
        return fields

    # Words.

    @property
    def _language(self) -> str:
        return self._handbook.about.language

    def _label(self, provision: str) -> str:
        return self._handbook.provisions[provision].label(self._language)

    def _names(self, called: Sequence[str]) -> str:
        return called_names(self._handbook, called)


def _person(mark: str) -> str:
    return mark.rpartition(" ")[2]
