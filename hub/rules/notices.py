"""Notices: what the customer and the colleagues are told, and when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.handbook import Handbook
from hub.handbook.night import answer_by, ruled
from hub.handbook.required import lack_of, question_lines
from hub.handbook.scribe import Scribe, listed
from hub.hookspecs import hookimpl
from hub.models import Action, Change, Context, Event, Fields, Item, PublicText, Text, Want

PLUGIN: Final = "rules.notices"
_KEPT: Final = 200


class NoticeRules:
    """Acknowledges new cases, tells who has to know, and carries answers to the customer."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(
        self,
        item: Item,
        event: Event,
        context: Context,
    ) -> Sequence[Action] | None:
        """Answer what somebody has to be told of."""
        change, now = event.change, context.now
        if event.name == "case_recorded" or (event.name == "item_opened" and event.part == "case"):
            return [*self._acknowledge(item, now), *self._announce(item, now)]
        if event.name in ("comment_added", "comment_changed") and change is not None:
            return self._answer(item, change)
        if event.name == "mail_received" and change is not None:
            return self._customer_wrote(item, change, now)
        if event.name == "conflict":
            return self._conflict(item, event, now)
        return None

    # A new case.

    def _acknowledge(self, item: Item, now: datetime) -> list[Action]:
        channel = next(
            (row for row in self._handbook.intake.channels if row.id == item.text("channel")), None
        )
        if channel is not None and not channel.acknowledge:
            said = f"no acknowledgement by mail for {channel.id}"
            return [self._scribe.note(channel, said, {"channel": channel.id})]
        asked = lack_of(self._handbook, item).ask
        questions = self._questions(item, asked) if asked and not item.text("asked") else ""
        actions = self._acknowledged(item, now, questions)
        if questions and any(isinstance(action, Want) for action in actions):
            done: Fields = {"asked": list(asked)}
            actions.append(self._scribe.set("ask_once", done, {"asks": list(asked)}))
        return actions

    def _acknowledged(self, item: Item, now: datetime, questions: str) -> list[Action]:
        details = {"questions": questions}
        answer = ruled(self._handbook, item, now) if item.fields.get("after_hours") else None
        if answer is None or self._handbook.occasion(now)["working_time"]:
            return self._scribe.mail("acknowledgement", item, details)
        by = self._handbook.messages.local(answer_by(self._handbook, answer, item, now))
        phone = self._handbook.after_hours.emergency_phone
        details |= {"emergency_phone": phone, "answer_by": by}
        return self._scribe.mail("after_hours_acknowledgement", item, details)

    def _questions(self, item: Item, names: Sequence[str]) -> str:
        messages = self._handbook.messages
        lines = question_lines(self._handbook, names, messages.language(item))
        return messages.for_customer("questions", item, {"lines": lines}).public.text

    def _announce(self, item: Item, now: datetime) -> list[Action]:
        """Tell the handler, and those whom the routing names; each person once."""
        handbook = self._handbook
        actions: list[Action] = []
        owner = handbook.handler(item, now)
        told = {owner}
        purpose = "notice_handler"
        if item.text("desk_reason") and item.text("role") == handbook.people.desk:
            purpose = "notice_desk"
        if owner in handbook.people.persons or handbook.is_staff(owner):
            actions += self._scribe.notice(purpose, item, [owner])
        for person, role in handbook.persons_for(
            listed(item.fields.get("notify")), item, now
        ).items():
            if person in told:
                continue
            told.add(person)
            manager = role == "account_manager" or person == item.text("account_manager").lower()
            purpose = "notice_account_manager" if manager else "notice_role"
            actions += self._scribe.notice(purpose, item, [person])
        return actions

    # Words of handlers and of customers.

    def _answer(self, item: Item, change: Change) -> list[Action]:
        """Mail a handler's public comment in the CRM to the customer, once."""
        ref = str(change.ref)
        answered = listed(item.fields.get("answered"))
        theirs = change.actor.lower() in self._customers(item)
        if change.ref.connector != self._handbook.cases or change.key or theirs:
            return []
        if not isinstance(change.text, PublicText) or not change.text.text.strip():
            return []
        inputs: Fields = {"comment": ref, "actor": change.actor}
        if ref in answered:
            said = "an answer that was mailed is not mailed again when it is edited"
            return [self._scribe.note("customer_answer", said, inputs)]
        language = self._handbook.messages.language(item)
        author = self._handbook.people.name(change.actor, language)
        details: dict[str, str | Text] = {"text": change.text, "author": author}
        part = f"mail:{ref}"
        mails = self._scribe.mail("reply_to_customer", item, details, part=part, automatic=False)
        done: Fields = {"answered": [*answered, ref][-_KEPT:]}
        return [*mails, self._scribe.set("customer_answer", done, inputs)]

    def _customers(self, item: Item) -> set[str]:
        addresses = {item.text("contact_email").lower(), *listed(item.fields.get("participants"))}
        return addresses - {""}

    def _customer_wrote(self, item: Item, change: Change, now: datetime) -> list[Action]:
        """Tell the handler and the account manager of a customer's further mail."""
        sender = str(change.fields.get("from_email") or "").lower()
        if change.fields.get("auto") or change.text is None or self._handbook.is_staff(sender):
            return []
        author = str(change.fields.get("from_name") or "") or sender
        details: dict[str, str | Text] = {"text": change.text, "author": author}
        manager = self._handbook.person_for("account_manager", item, now)
        told = [self._handbook.handler(item, now), manager]
        return self._scribe.notice("notice_customer_mail", item, told, details)

    # What no policy may settle.

    def _conflict(self, item: Item, event: Event, now: datetime) -> list[Action]:
        details = {name: str(event.data.get(name) or "") for name in ("field", "ours", "theirs")}
        desk = self._handbook.person_for(self._handbook.people.desk, item, now)
        return self._scribe.notice(
            "notice_conflict", item, [desk, self._handbook.handler(item, now)], details
        )
