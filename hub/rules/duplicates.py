"""Duplicates: open cases of the same customer that read alike are proposed; a person decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from hub.handbook import Handbook
from hub.handbook.scribe import Scribe, listed
from hub.hookspecs import hookimpl
from hub.models import (
    DUPLICATES,
    NOT_DUPLICATES,
    Action,
    Context,
    Event,
    Fields,
    Item,
    Proposal,
)
from hub.rules.likeness import likeness, shared_words

PLUGIN: Final = "rules.duplicates"
_LONGEST_REASON: Final = 1000


class DuplicateRules:
    """Proposes duplicates, and carries out what people decide about them."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._row = handbook.intake.duplicates
        self._common = frozenset(word.casefold() for word in self._row.common)
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer new cases, cases of another customer, and decisions of people."""
        if event.name == "item_opened":
            return self._propose(item, context.related, context)
        if event.name == "fields_changed":
            return self._changed(item, event, context)
        if event.name == "duplicate_accepted":
            return self._accepted(item, event.data)
        if event.name == "duplicate_refused":
            return self._refused(item, event.data)
        if event.name == "duplicate_joined":
            return self._joined(item, event)
        return None

    def _changed(self, item: Item, event: Event, context: Context) -> list[Action]:
        if event.before.get("state") == "closed" and item.text("duplicate_of"):
            # It was taken up again: somebody says that it is a matter of its own.
            return [self._scribe.set("duplicate_refused", {"duplicate_of": None})]
        return self._propose(item, (), context)

    def _propose(self, item: Item, cites: Sequence[Item], context: Context) -> list[Action]:
        known = {Proposal.parse(text).item for text in listed(item.fields.get(DUPLICATES))}
        known |= set(listed(item.fields.get(NOT_DUPLICATES)))
        cited = {each.id for each in cites}
        oldest = context.now - timedelta(days=self._row.days)
        candidates = {each.id: each for each in (*cites, *context.open_cases)}
        found = [
            self._proposal(item, other, cited=other.id in cited)
            for other in candidates.values()
            if other.id not in known | {item.id}
            and other.text("state") != "closed"
            and other.opened_at >= oldest
        ]
        likely = sorted(
            (each for each in found if each.score >= self._row.score),
            key=lambda each: (-each.score, each.item),
        )[: self._row.most]
        if not likely:
            return []
        told = [str(each) for each in likely]
        inputs: Fields = {"compared": len(found), "least": self._row.score, "likely": told}
        fields: Fields = {DUPLICATES: [*listed(item.fields.get(DUPLICATES)), *told]}
        cases = "\n".join(self._line(each, candidates[each.item]) for each in likely)
        part = f"comment:duplicates:{likely[0].item}"
        record = self._scribe.record("duplicates_proposed", item, part, {"cases": cases})
        return [self._scribe.set(self._row, fields, inputs), record]

    def _proposal(self, item: Item, other: Item, *, cited: bool) -> Proposal:
        subject = likeness(item.text("subject"), other.text("subject"), self._common)
        mine, theirs = self._whole(item), self._whole(other)
        text = likeness(mine, theirs, self._common)
        score = round(100 * max(text, (subject + text) / 2)) + (self._row.thread if cited else 0)
        return Proposal(
            item=other.id,
            number=other.text("case_number"),
            score=min(score, 100),
            thread=cited,
            words=shared_words(mine, theirs, self._common),
        )

    def _whole(self, item: Item) -> str:
        return f"{item.text('subject')}\n{item.text('description')}"

    def _line(self, each: Proposal, other: Item) -> str:
        zh = self._handbook.about.language == "zh"
        name = each.number or each.item
        words = ("、" if zh else ", ").join(each.words)
        cites = "，引用了该问题的往来邮件" if zh else ", and cites its mails"
        thread = cites if each.thread else ""
        if zh:
            return f"- {name}《{other.text('subject')}》：相似度 {each.score}（{words}）{thread}"
        return f"- {name} “{other.text('subject')}”: likeness {each.score} ({words}){thread}"

    # What people decide.

    def _rest(self, item: Item, other: str) -> list[str]:
        proposals = listed(item.fields.get(DUPLICATES))
        return [text for text in proposals if Proposal.parse(text).item != other]

    def _refused(self, item: Item, data: Fields) -> list[Action]:
        other = str(data.get("of") or "")
        refused = listed(item.fields.get(NOT_DUPLICATES))
        fields: Fields = {
            DUPLICATES: self._rest(item, other),
            NOT_DUPLICATES: list(dict.fromkeys([*refused, other])),
        }
        return [self._scribe.set("duplicate_refused", fields, dict(data))]

    def _accepted(self, item: Item, data: Fields) -> list[Action]:
        if item.text("state") == "closed":
            said = "it is closed already"
            return [self._scribe.note("duplicate_accepted", said, dict(data))]
        number = str(data.get("number") or data.get("of") or "")
        fields: Fields = {
            "duplicate_of": number,
            "close_reason": "duplicate",
            "state": "closed",
        }
        reason = str(data.get("reason") or "")[:_LONGEST_REASON]
        details = {"number": number, "by": str(data.get("by") or ""), "reason": reason}
        part = f"comment:duplicate:{data.get('of')}"
        record = self._scribe.record("duplicate_closed", item, part, details)
        return [self._scribe.set("duplicate_accepted", fields, dict(data)), record]

    def _joined(self, item: Item, event: Event) -> list[Action]:
        """Take in what the duplicate says, and its sender as one who may answer."""
        names = ("number", "subject", "description", "by")
        details = {name: str(event.data.get(name) or "") for name in names}
        part = f"comment:joined:{event.data.get('item')}"
        actions: list[Action] = [self._scribe.record("duplicate_joined", item, part, details)]
        address = str(event.data.get("contact_email") or "").lower()
        known = listed(item.fields.get("participants"))
        if address and address not in known and not self._handbook.is_staff(address):
            fields: Fields = {"participants": [*known, address]}
            inputs: Fields = {"number": details["number"], "contact_email": address}
            actions.append(self._scribe.set("duplicate_accepted", fields, inputs))
        return actions
