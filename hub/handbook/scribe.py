"""Turns the handbook's messages into wanted effects, each citing its template.

Rules decide that somebody is told; who can be told, in which language, in which thread and with
which visibility follows from the handbook and the item, and is the same for all rules.
"""

from __future__ import annotations

from collections.abc import Iterable

from hub.handbook import lengths
from hub.handbook.handbook import Handbook, Provision
from hub.handbook.messages import NOTHING
from hub.handbook.templates import Details
from hub.models import (
    Action,
    AddComment,
    Fields,
    InternalText,
    Item,
    Note,
    SendNotice,
    SendReply,
    SetFields,
    Text,
    Value,
    Want,
)


def listed(value: Value) -> list[str]:
    """Give a field's value as a list of texts."""
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [str(value)]


class Scribe:
    """Writes for one plugin of rules."""

    def __init__(self, handbook: Handbook, plugin: str) -> None:
        self._handbook = handbook
        self._plugin = plugin

    def note(self, row: Provision | str, text: str, inputs: Fields | None = None) -> Note:
        """Journal a remark."""
        return Note(text=text, why=self._handbook.why(self._plugin, row, inputs))

    def set(self, row: Provision | str, fields: Fields, inputs: Fields | None = None) -> SetFields:
        """Change fields of the item."""
        return SetFields(fields=fields, why=self._handbook.why(self._plugin, row, inputs))

    def comment(
        self, system: str, part: str, text: Text, row: Provision | str, inputs: Fields | None = None
    ) -> Want:
        """Add a comment to the item's record in a system; `part` names the comment."""
        handbook = self._handbook
        return Want(
            connector=system,
            part=part,
            parent_part="issue" if system == handbook.rnd else "case",
            effect=AddComment(text=self.fitting(system, text)),
            why=handbook.why(self._plugin, row, inputs),
        )

    def fitting(self, system: str, text: Text) -> Text:
        """Give a comment as a system takes it: shortened if it is too long for it."""
        language = self._handbook.about.language
        if system == self._handbook.cases:
            return lengths.case_comment(text, language)
        return type(text)(lengths.shortened(text.text, lengths.ISSUE, language))

    def record(
        self, purpose: str, item: Item, part: str, details: Details = NOTHING, system: str = ""
    ) -> Want:
        """Write an internal message into the case's record, or another system's."""
        rendered = self._handbook.messages.for_record(purpose, item, details)
        text = InternalText(rendered.text.text)
        template = self._handbook.messages.templates[purpose]
        return self.comment(system or self._handbook.cases, part, text, template)

    def notice(
        self, purpose: str, item: Item, people: Iterable[str], details: Details = NOTHING
    ) -> list[Action]:
        """Mail colleagues, each on their own, so that one bad address harms no other."""
        handbook = self._handbook
        rendered = handbook.messages.for_staff(purpose, item, details)
        template = handbook.messages.templates[purpose]
        actions: list[Action] = []
        for person in dict.fromkeys(address.lower() for address in people if address):
            effect = SendNotice(
                to=(person,),
                subject=rendered.subject,
                text=rendered.text,
                language=handbook.about.language,
            )
            why = handbook.why(self._plugin, template, {"to": person})
            part = f"mail:{purpose}:{person}"
            want = Want(
                connector=handbook.mail, part=part, effect=effect, why=why, once=rendered.subject
            )
            actions.append(want)
        if not actions:
            actions.append(self.note(template, f"nobody to tell by {purpose}"))
        return actions

    def mail(
        self,
        purpose: str,
        item: Item,
        details: Details = NOTHING,
        *,
        part: str = "",
        automatic: bool = True,
    ) -> list[Action]:
        """Mail the customer in their thread; a note says why if that can not be."""
        handbook = self._handbook
        template = handbook.messages.templates[purpose]
        address = item.text("contact_email").lower()
        obstacle = self._obstacle(item, address)
        if obstacle:
            return [self.note(template, f"{purpose} is not mailed: {obstacle}")]
        rendered = handbook.messages.for_customer(purpose, item, details)
        effect = SendReply(
            to=(address,),
            subject=rendered.subject,
            text=rendered.public,
            thread=tuple(listed(item.fields.get("thread"))),
            automatic=automatic,
            language=handbook.messages.language(item),
        )
        why = handbook.why(self._plugin, template, {"to": address, "state": item.text("state")})
        part = part or f"mail:{purpose}"
        return [Want(connector=handbook.mail, part=part, effect=effect, why=why, once=purpose)]

    def _obstacle(self, item: Item, address: str) -> str:
        if not address:
            return "the customer has no mail address"
        if address == self._handbook.about.service_address.lower():
            return "the address is our own"
        if address in listed(item.fields.get("undeliverable")):
            return f"mail to {address} bounces"
        return ""
