"""Mirror: comments cross between the case and its JIRA issue, public and internal kept apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hub.handbook import Handbook
from hub.handbook.scribe import Scribe
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    Change,
    Context,
    EditComment,
    Event,
    Fields,
    InternalText,
    Item,
    PublicText,
    Text,
    Want,
)

PLUGIN: Final = "rules.mirror"


class MirrorRules:
    """Copies comments to the other side, with the visibility that the handbook gives them."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer comments, and mails that come while R&D has the case."""
        change = event.change
        if change is None or change.text is None:
            return None
        if event.name == "comment_added" and not change.key:
            return self._copy(item, event, change, context)
        if event.name == "comment_changed":
            return self._edit(item, event, change, context)
        if event.name == "mail_received" and not change.fields.get("auto"):
            return self._mail(item, change, context)
        return None

    def _copy(self, item: Item, event: Event, change: Change, context: Context) -> list[Action]:
        settled = self._handbook.comments(change.ref.connector)
        if settled is None:
            return []
        row, other = settled
        if not self._stands(other, context):
            return []
        inputs: Fields = {"comment": str(change.ref), "public": _public(change)}
        text = self._text(item, change)
        if text is None:
            return [self._scribe.note(row, f"not copied to {other}: the map says never", inputs)]
        return [self._scribe.comment(other, event.part, text, row, inputs)]

    def _edit(self, item: Item, event: Event, change: Change, context: Context) -> list[Action]:
        settled = self._handbook.comments(change.ref.connector)
        if settled is None:
            return []
        row, other = settled
        inputs: Fields = {"comment": str(change.ref), "public": _public(change)}
        if event.part != f"comment:{change.ref}":
            said = f"a copy was edited in {change.ref.connector}; the original stands as it is"
            return [self._scribe.note("mirror_once", said, inputs)]
        link = context.link(other, event.part)
        text = self._text(item, change)
        if link is None or link.gone or text is None:
            return []
        return [
            Want(
                connector=other,
                part=event.part,
                effect=EditComment(text=self._scribe.fitting(other, text)),
                why=self._handbook.why(PLUGIN, row, inputs),
            )
        ]

    def _text(self, item: Item, change: Change) -> Text | None:
        """Write the copy; None if comments of this visibility do not cross."""
        settled = self._handbook.comments(change.ref.connector)
        if settled is None or change.text is None:
            return None
        visibility = settled[0].public if _public(change) else settled[0].internal
        if visibility == "never":
            return None
        text = change.text if visibility == "public" else InternalText(change.text.text)
        author = self._handbook.people.name(change.actor, self._handbook.about.language)
        details: dict[str, str | Text] = {"text": text, "author": author or change.ref.connector}
        return self._handbook.messages.for_record("mirrored_comment", item, details).text

    def _mail(self, item: Item, change: Change, context: Context) -> list[Action]:
        """Pass a customer's mail on to R&D while they work on the case, as internal text."""
        sender = str(change.fields.get("from_email") or "").lower()
        rnd = self._handbook.rnd
        if item.text("state") != "waiting_rnd" or self._handbook.is_staff(sender):
            return []
        if change.text is None or not self._stands(rnd, context):
            return []
        author = str(change.fields.get("from_name") or "") or sender
        details: dict[str, str | Text] = {"text": InternalText(change.text.text), "author": author}
        text = self._handbook.messages.for_record("customer_mail", item, details).text
        inputs: Fields = {"from_email": sender, "state": item.text("state")}
        part = f"comment:{change.ref}"
        return [self._scribe.comment(rnd, part, text, "mirror_mail", inputs)]

    def _stands(self, connector: str, context: Context) -> bool:
        part = "issue" if connector == self._handbook.rnd else "case"
        link = context.link(connector, part)
        return link is not None and not link.gone


def _public(change: Change) -> bool:
    return isinstance(change.text, PublicText)
