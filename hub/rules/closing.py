"""Closing: what is solved is closed by consent or silence, and closed is closed everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from hub.handbook import Handbook
from hub.handbook.scribe import Scribe
from hub.hookspecs import hookimpl
from hub.models import Action, CancelTimer, Context, Event, Fields, Item, StartTimer

PLUGIN: Final = "rules.closing"
SILENCE: Final = "close_silent"


class ClosingRules:
    """Waits for the customer's word on a solution, closes, and takes JIRA along."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._row = handbook.handoff.closing
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer changes of state, and the end of the silence."""
        if event.name == "fields_changed" and "state" in event.before:
            return self._moved(item, str(event.before["state"] or ""), context)
        if event.name == "item_opened" and item.text("state") == "resolved":
            return [self._start(context)]
        if event.name == "timer_due" and event.data.get("name") == SILENCE:
            return self._silent(item)
        return None

    def _moved(self, item: Item, before: str, context: Context) -> list[Action]:
        state = item.text("state")
        actions: list[Action] = []
        if state == "resolved":
            actions.append(self._start(context))
        elif before == "resolved":
            why = self._handbook.why(PLUGIN, self._row, {"state": state})
            actions.append(CancelTimer(name=SILENCE, why=why))
        if state == "closed":
            actions.append(self._closed(item, context))
        elif before == "closed":
            fields: Fields = {"closed_at": None, "close_reason": None}
            actions.append(self._scribe.set(self._row, fields, {"state": state}))
        return actions

    def _start(self, context: Context) -> StartTimer:
        days = self._row.silent_days
        why = self._handbook.why(PLUGIN, self._row, {"silent_days": days})
        due = context.now + timedelta(days=days)
        return StartTimer(name=SILENCE, due_at=due, why=why)

    def _closed(self, item: Item, context: Context) -> Action:
        issue = context.link(self._handbook.rnd, "issue")
        status = item.text("rnd_status")
        fields: Fields = {"closed_at": context.now.isoformat(), "hand_off_to": None}
        if not item.text("close_reason"):
            fields["close_reason"] = "agreed"
        if issue is not None and not issue.gone:
            fields["rnd_status"] = self._row.rnd_status
        return self._scribe.set(self._row, fields, {"rnd_status": status})

    def _silent(self, item: Item) -> list[Action]:
        state = item.text("state")
        inputs: Fields = {"state": state, "silent_days": self._row.silent_days}
        if state != "resolved":
            said = f"not closed for silence: the state is {state}"
            return [self._scribe.note(self._row, said, inputs)]
        fields: Fields = {"state": "closed", "close_reason": "silent"}
        return [self._scribe.set(self._row, fields, inputs)]
