"""Reach: a customer whom nobody reaches after several tries; the case rests until they answer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.handbook import Handbook
from hub.handbook.scribe import Scribe, listed
from hub.hookspecs import hookimpl
from hub.models import Action, Change, Context, Event, Fields, InternalText, Item
from hub.rules.signals import by_customer

PLUGIN: Final = "rules.reach"
_REST: Final = ("resolved", "closed")
_LONGEST: Final = 200
"""A longer comment tells of more than a try."""


class ReachRules:
    """Counts the tries, suspends the case, and forgets them when the customer answers."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._row = handbook.ending.unreachable
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer a try, and the customer's mail."""
        change = event.change
        if event.name == "mail_received" and item.fields.get("unreached"):
            if by_customer(self._handbook, event):
                return [
                    self._scribe.set(self._row, {"unreached": None}, {"mail": str(change)[:80]})
                ]
            return None
        if event.name == "told" and event.data.get("what") == "unreached":
            return self._tried(item, str(event.data.get("by") or ""), context.now)
        if event.name == "comment_added" and change is not None and self._tells(change):
            return self._tried(item, change.actor, context.now)
        return None

    def _tells(self, change: Change) -> bool:
        ours = change.ref.connector == self._handbook.cases and not change.key
        text = change.text
        if not ours or not isinstance(text, InternalText) or len(text.text) > _LONGEST:
            return False
        return self._handbook.is_staff(change.actor) and self._row.told_in(text.text)

    def _tried(self, item: Item, by: str, now: datetime) -> list[Action]:
        row, handbook = self._row, self._handbook
        now = now.replace(microsecond=0)
        known = [datetime.fromisoformat(text) for text in listed(item.fields.get("unreached"))]
        recent = [at for at in known if handbook.working_time(at, row.within) >= now]
        tries = [*recent, now]
        inputs: Fields = {"tries": len(tries), "within": row.within, "by": by}
        kept: Fields = {"unreached": [at.isoformat() for at in tries]}
        if len(tries) < row.tries or item.text("state") in (*_REST, row.state):
            return [self._scribe.set(row, kept, inputs)]
        rests = self._scribe.set(row, {**kept, "state": row.state}, inputs)
        people = handbook.people_of(row.tell, item, now)
        told = self._scribe.notice("notice_unreachable", item, people, {"tries": str(len(tries))})
        return [rests, *self._scribe.mail("suspended", item), *told]
