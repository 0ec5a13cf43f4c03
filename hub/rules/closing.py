"""Closing: a solution waits for the customer's word or silence; closed is closed everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec.structs import replace

from hub.calendar import parse_length
from hub.handbook import Handbook
from hub.handbook.scribe import Scribe
from hub.handbook.timing import instant_of
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    CancelTimer,
    Context,
    Event,
    Fields,
    Item,
    SetFields,
    StartTimer,
)

PLUGIN: Final = "rules.closing"
SILENCE: Final = "close_silent"
UNCLEAR: Final = "unclear"


class ClosingRules:
    """Tells the customer of a solution, waits for their word, closes, and takes JIRA along."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._row = handbook.ending.closing
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer changes of state, and the end of the silence."""
        now = context.now.replace(microsecond=0)
        rang = event.name == "timer_due" and event.data.get("name") == SILENCE
        if event.name == "fields_changed" and "state" in event.before:
            return self._moved(item, str(event.before["state"] or ""), context)
        if item.text("state") != "resolved":
            return [self._not_closed(item)] if rang else None
        return self._silent(item, now) if rang else self._waiting(item, event, now)

    def _waiting(self, item: Item, event: Event, now: datetime) -> Sequence[Action] | None:
        """Answer what happens while we wait for the customer's word."""
        if event.name == "item_opened":
            return [self._solved(item, now), self._wait(now)]
        if event.name == "handbook_changed":
            return [self._wait(instant_of(item.text("solved_at")) or now)]
        if event.name != "fields_changed":
            return None
        if "customer_answer" in event.before:
            return [self._wait(now)]
        return self._settled(item) if "answered" in event.before else None

    def _moved(self, item: Item, before: str, context: Context) -> list[Action]:
        state, now = item.text("state"), context.now.replace(microsecond=0)
        actions: list[Action] = []
        if state == "resolved":
            solved = self._solved(item, now)
            told = replace(item, fields={**item.fields, **solved.fields})
            actions += [solved, self._wait(now), *self._mail("resolved", told)]
        elif before == "resolved":
            why = self._handbook.why(PLUGIN, self._row, {"state": state})
            actions.append(CancelTimer(name=SILENCE, why=why))
        if state == "closed":
            actions += [self._closed(item, context), *self._goodbye(item)]
        elif before == "closed":
            fields: Fields = {"closed_at": None, "close_reason": None}
            actions.append(self._scribe.set(self._row, fields, {"state": state}))
        return actions

    def _solved(self, item: Item, now: datetime) -> SetFields:
        fields: Fields = {"solved_at": now.isoformat(), "customer_answer": None}
        return self._scribe.set(self._row, fields, {"state": item.text("state")})

    def _wait(self, since: datetime) -> StartTimer:
        silent = self._row.silent
        due = self._handbook.working_time(since, silent)
        why = self._handbook.why(PLUGIN, self._row, {"silent": silent, "since": since.isoformat()})
        return StartTimer(name=SILENCE, due_at=due, why=why)

    def _settled(self, item: Item) -> list[Action]:
        """What was unclear has been answered by a person: the silence begins anew."""
        if item.text("customer_answer") != UNCLEAR:
            return []
        return [self._scribe.set(self._row, {"customer_answer": None}, {"answered": "a person"})]

    def _closed(self, item: Item, context: Context) -> Action:
        issue = context.link(self._handbook.rnd, "issue")
        status = item.text("rnd_status")
        fields: Fields = {"closed_at": context.now.isoformat(), "hand_off_to": None}
        if not item.text("close_reason"):
            fields["close_reason"] = "agreed"
        if issue is not None and not issue.gone:
            fields["rnd_status"] = self._row.rnd_status
        return self._scribe.set(self._row, fields, {"rnd_status": status})

    def _goodbye(self, item: Item) -> list[Action]:
        """Mail the end, in the words for its reason where the handbook has such."""
        purpose = f"closed_{item.text('close_reason')}"
        known = self._handbook.messages.templates
        return self._mail(purpose if purpose in known else "closed", item)

    def _mail(self, purpose: str, item: Item) -> list[Action]:
        language = self._handbook.messages.language(item)
        periods = {"silent": self._row.silent, "reopen": self._row.reopen}
        details = {name: parse_length(text).words(language) for name, text in periods.items()}
        return self._scribe.mail(purpose, item, details)

    def _not_closed(self, item: Item) -> Action:
        state = item.text("state")
        said = f"not closed for silence: the state is {state}"
        return self._scribe.note(self._row, said, {"state": state, "silent": self._row.silent})

    def _silent(self, item: Item, now: datetime) -> list[Action]:
        inputs: Fields = {"state": item.text("state"), "silent": self._row.silent}
        if item.text("customer_answer") == UNCLEAR:
            said = "not closed for silence: the customer's answer is not settled"
            people = self._handbook.people_of(self._row.unsettled, item, now)
            told = self._scribe.notice("notice_unsettled", item, people)
            return [self._scribe.note(self._row, said, inputs), *told, self._wait(now)]
        fields: Fields = {"state": "closed", "close_reason": "silent"}
        return [self._scribe.set(self._row, fields, inputs)]
