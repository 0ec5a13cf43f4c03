"""Answers: what a customer says of a solution, by mail, by link, or through a colleague.

Nothing is taken for a confirmation that could be something else: what is unclear is the handler's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.handbook import Handbook
from hub.handbook.messages import round_of
from hub.handbook.scribe import Scribe
from hub.hookspecs import hookimpl
from hub.models import Action, Change, Context, Event, Fields, Item, PublicText, Text
from hub.rules.closing import UNCLEAR
from hub.rules.signals import by_customer, said

PLUGIN: Final = "rules.answers"
_OPEN: Final = ("resolved", "closed")
_RATING: Final = re.compile(
    r"\W*(?:满意度|评分|打分|得分|rating|score|satisfaction)?\W*([1-5])\s*(?:分|星|points?|stars?|/\s*5)?",
    re.IGNORECASE,
)
_PARTS: Final = re.compile(r"[,，;；。.!！\n]")


class AnswerRules:
    """Closes what is confirmed, reopens what is objected to, keeps how content the customer is."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._table = handbook.tables["answers"]
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer a customer's mail, and what was told of their word."""
        change = event.change
        if event.name == "told" and change is not None:
            return self._told(item, event, change, context)
        if event.name != "mail_received" or change is None or item.text("state") not in _OPEN:
            return None
        return self._mail(item, change, context.now) if by_customer(self._handbook, event) else None

    # By mail.

    def _mail(self, item: Item, change: Change, now: datetime) -> list[Action]:
        text, state = said(change).strip(), item.text("state")
        rating, rest = rated(text) if state == "closed" else ("", text)
        inputs: Fields = {"state": state, "text": rest, "length": len(rest)}
        answer = self._table.decide(inputs)
        verdict = answer.text("verdict") if answer and rest else UNCLEAR
        row = answer.rule if answer else self._handbook.ending.closing
        sender = str(change.fields.get("from_email") or "").lower()
        seen: Fields = {**(answer.inputs if answer else {}), "verdict": verdict, "from": sender}
        if rating and (not rest or verdict != "objected"):
            return self._rated(item, rating, rest, str(change.ref), now)
        if state == "closed":
            if verdict == "confirmed":
                return [self._scribe.note(row, "thanks after the end reopen nothing", seen)]
            return [self._scribe.set("reopen_by_mail", {"state": "reopened"}, seen)]
        if verdict == "objected":
            back: Fields = {"state": "reopened", "customer_answer": "objected"}
            return [self._scribe.set(row, back, seen)]
        if verdict == "confirmed" and sender == item.text("contact_email").lower():
            return [self._scribe.set(row, _ended(), seen)]
        return [self._scribe.set(row, {"customer_answer": UNCLEAR}, seen)]

    # By link, command or API.

    def _told(
        self, item: Item, event: Event, change: Change, context: Context
    ) -> Sequence[Action] | None:
        data = {name: str(event.data.get(name) or "") for name in ("what", "value", "text", "by")}
        if data["what"] == "rated":
            return self._rated(item, data["value"], data["text"], str(change.ref), context.now)
        if data["what"] not in ("confirmed", "objected"):
            return None
        state, inputs = item.text("state"), dict[str, str](data)
        if data["value"] and data["value"] != round_of(item):
            said_ = "the word is about an earlier solution"
            return [self._scribe.note("nothing_to_confirm", said_, {**inputs})]
        if data["what"] == "objected" and state in _OPEN:
            fields: Fields = {"state": "reopened", "customer_answer": "objected"}
            back = self._scribe.set("reopen_by_mail", fields, {**inputs})
            return [back, *self._words(item, data["text"], str(change.ref), context.now)]
        if data["what"] == "confirmed" and state == "resolved":
            return [self._scribe.set("confirmed", _ended(), {**inputs})]
        said_ = f"there is nothing to confirm: the state is {state}"
        return [self._scribe.note("nothing_to_confirm", said_, {**inputs})]

    def _words(self, item: Item, text: str, cause: str, now: datetime) -> list[Action]:
        """Record what the customer wrote on the page, and tell handler and account manager."""
        if not text.strip():
            return []
        handbook = self._handbook
        author = item.text("contact_name") or item.text("contact_email")
        details: dict[str, str | Text] = {"text": PublicText(text.strip()), "author": author}
        rendered = handbook.messages.for_record("customer_mail", item, details)
        comment = self._scribe.comment(
            handbook.cases, f"comment:{cause}", rendered.text, "record_mail", {"by": author}
        )
        told = [handbook.handler(item, now), handbook.person_for("account_manager", item, now)]
        return [comment, *self._scribe.notice("notice_customer_mail", item, told, details)]

    # How content they are.

    def _rated(
        self, item: Item, rating: str, remark: str, cause: str, now: datetime
    ) -> list[Action]:
        row = self._handbook.ending.satisfaction
        inputs: Fields = {"rating": rating, "low": row.low}
        actions: list[Action] = [self._scribe.set("rated", {"satisfaction": rating}, inputs)]
        details = {"rating": rating, "remark": remark}
        actions.append(self._scribe.record("rating_record", item, f"comment:{cause}", details))
        if int(rating) <= row.low and row.tell:
            people = self._handbook.people_of(row.tell, item, now)
            actions += self._scribe.notice("notice_low_rating", item, people, details)
        return actions


def _ended() -> Fields:
    return {"state": "closed", "close_reason": "confirmed", "customer_answer": "confirmed"}


def rated(text: str) -> tuple[str, str]:
    """Give (rating, the rest) of a text whose first words are a rating of 1 to 5 and no more."""
    first = _PARTS.split(text, maxsplit=1)[0]
    found = _RATING.fullmatch(first.strip())
    if found is None:
        return "", text
    return found.group(1), text[len(first) :].strip(" \n,，;；。.!！")
