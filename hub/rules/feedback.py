"""Feedback: what the account manager has to say of a case, asked for and taken as it comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.handbook import Handbook
from hub.handbook.scribe import Scribe, listed
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    Change,
    Context,
    Event,
    Fields,
    InternalText,
    Item,
    Text,
    link_here,
)
from hub.rules.signals import said

PLUGIN: Final = "rules.feedback"
_KEPT: Final = 50


class FeedbackRules:
    """Asks the account manager when a case is closed, and keeps what they say on the case."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._row = handbook.ending.feedback
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer the end of a case, and words of the account manager."""
        change = event.change
        if event.name == "fields_changed" and "state" in event.before:
            return self._ask(item, context.now) if item.text("state") == "closed" else None
        if event.name == "told" and event.data.get("what") == "feedback":
            text, by = (str(event.data.get(name) or "") for name in ("text", "by"))
            return self._keep(item, text, by, str(change.ref) if change else by, context.now)
        if event.name in ("mail_received", "comment_added") and change is not None:
            return self._heard(item, change, context.now)
        return None

    def _ask(self, item: Item, now: datetime) -> list[Action]:
        severity = item.text("severity")
        if severity not in self._row.severities or item.fields.get("manager_feedback"):
            return []
        people = self._handbook.people_of([self._row.role], item, now)
        details = {"feedback_link": link_here("feedback")}
        return self._scribe.notice("notice_feedback", item, people, details)

    def _heard(self, item: Item, change: Change, now: datetime) -> list[Action] | None:
        """Take a mail or comment of theirs, if it begins so, or the case is closed (a mail)."""
        mail = change.ref.connector == self._handbook.mail
        author = str(change.fields.get("from_email") or "") if mail else change.actor
        if change.key or change.fields.get("auto") or not self._gives(author.lower(), item):
            return None
        text = said(change).strip()
        body = self._without_word(text)
        if body is None and mail and item.text("state") == "closed":
            body = text
        return self._keep(item, body, author.lower(), str(change.ref), now) if body else None

    def _gives(self, author: str, item: Item) -> bool:
        role, person = self._row.role, self._handbook.people.persons.get(author)
        theirs = role == "account_manager" and author == item.text("account_manager").lower()
        return bool(author) and (theirs or (person is not None and role in person.roles))

    def _without_word(self, text: str) -> str | None:
        for word in sorted(self._row.words, key=len, reverse=True):
            rest = text[len(word) :].lstrip()
            if text.casefold().startswith(word.casefold()) and rest[:1] in (":", "："):
                return rest[1:].strip()
        return None

    def _keep(self, item: Item, text: str, by: str, cause: str, now: datetime) -> list[Action]:
        moment = now.replace(microsecond=0).isoformat()
        given = [*listed(item.fields.get("manager_feedback")), f"{moment} {by}: {text}"]
        fields: Fields = {"manager_feedback": given[-_KEPT:]}
        details: dict[str, str | Text] = {"text": InternalText(text), "author": by}
        record = self._scribe.record("feedback_record", item, f"comment:feedback:{cause}", details)
        return [self._scribe.set(self._row, fields, {"by": by}), record]
