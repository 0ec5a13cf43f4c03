"""Recording: every case and every mail stands in the CRM; what vanishes is noticed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.handbook import Handbook
from hub.handbook.required import labels
from hub.handbook.scribe import Scribe, listed
from hub.handbook.submissions import FORM_FIELDS
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    AttachFile,
    Change,
    Context,
    CreateRecord,
    Direction,
    Event,
    Fields,
    Item,
    Text,
    Want,
)

PLUGIN: Final = "rules.recording"


class RecordingRules:
    """Creates the CRM's case, adds later mails to it, and looks after bounces and losses."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer openings, mails and lost records."""
        change = event.change
        if event.name == "item_opened" and event.part != "case":
            return [self._create(item), *self._attach(change), *self._entry(item, change)]
        if event.name == "mail_received" and change is not None:
            if change.fields.get("auto") == "bounce":
                return self._bounced(item, change, context.now)
            return self._mail(item, change)
        if event.name == "record_gone":
            return self._gone(item, event, context)
        return None

    def _create(self, item: Item) -> Want:
        handbook = self._handbook
        return Want(
            connector=handbook.cases,
            part="case",
            effect=CreateRecord(kind="case"),
            then="case_recorded",
            why=handbook.why(PLUGIN, "record_case", {"channel": item.text("channel")}),
        )

    def _attach(self, change: Change | None) -> list[Want]:
        """Attach the files that came with a form; what a colleague hands in stays internal."""
        if change is None or change.ref.kind != "submission":
            return []
        return [
            Want(
                connector=self._handbook.cases,
                part=f"file:{file.id}",
                parent_part="case",
                effect=AttachFile(file=file, public=not change.actor),
                why=self._handbook.why(PLUGIN, "attach_files", {"file": file.name}),
                once=file.id,
            )
            for file in change.attachments
        ]

    def _entry(self, item: Item, change: Change | None) -> list[Action]:
        """Note on the case what was handed in besides, and has no field there; and by whom."""
        if change is None or change.ref.kind != "submission":
            return []
        handbook = self._handbook
        record = handbook.record_map(handbook.cases, "case")
        maps = record.fields if record else ()
        written = {each.item for each in maps if each.direction is not Direction.IN}
        names = [x for x in FORM_FIELDS if change.fields.get(x) and x not in written]
        language = handbook.about.language
        colon = "：" if language == "zh" else ": "
        lines = [
            f"{label}{colon}{change.fields[name]}"
            for name, label in zip(names, labels(handbook, names, language), strict=True)
        ]
        if not lines and not change.actor:
            return []
        details = {"lines": "\n".join(lines), "by": change.actor}
        return [self._scribe.record("submission_record", item, "comment:submission", details)]

    def _mail(self, item: Item, change: Change) -> list[Action]:
        sender = str(change.fields.get("from_email") or "").lower()
        if change.text is None:
            return []
        staff = self._handbook.is_staff(sender)
        purpose = "staff_mail" if staff else "customer_mail"
        author = str(change.fields.get("from_name") or "") or sender
        details: dict[str, str | Text] = {"text": change.text, "author": author}
        rendered = self._handbook.messages.for_record(purpose, item, details)
        comment = self._scribe.comment(
            self._handbook.cases,
            f"comment:{change.ref}",
            rendered.text,
            "record_mail",
            {"from_email": sender},
        )
        return [comment] if staff else [comment, *self._revived(item, sender)]

    def _revived(self, item: Item, sender: str) -> list[Action]:
        """A customer's answer ends the waiting for it."""
        state = item.text("state")
        inputs: Fields = {"state": state, "from_email": sender}
        if state not in ("waiting_customer", self._handbook.ending.unreachable.state):
            return []
        return [self._scribe.set("waiting_ends", {"state": "in_progress"}, inputs)]

    def _bounced(self, item: Item, change: Change, now: datetime) -> list[Action]:
        recipient = str(change.fields.get("bounce_recipient") or "").lower()
        status = str(change.fields.get("bounce_status") or "")
        inputs: Fields = {"recipient": recipient, "status": status}
        said = f"a mail to {recipient or 'somebody'} came back ({status or 'no status'})"
        actions: list[Action] = [self._scribe.note("bounce_marks", said, inputs)]
        if status.startswith("4"):
            return actions
        known = listed(item.fields.get("undeliverable"))
        if recipient and recipient not in known:
            lost: Fields = {"undeliverable": [*known, recipient]}
            actions.append(self._scribe.set("bounce_marks", lost, inputs))
        told = [self._handbook.person_for(self._handbook.people.desk, item, now)]
        # Whoever can not be reached is not told so by mail: that mail would come back as well.
        told = [person for person in told if person not in (recipient, *known)]
        if told:
            details = {"recipient": recipient, "status": status}
            actions += self._scribe.notice("notice_bounced", item, told, details)
        return actions

    def _gone(self, item: Item, event: Event, context: Context) -> list[Action]:
        change = event.change
        record = str(change.ref) if change else event.part
        if event.part == "issue" and item.text("jira_key"):
            record = f"JIRA {item.text('jira_key')}"
        elif event.part == "case" and item.text("case_number"):
            record = f"CRM {item.text('case_number')}"
        inputs: Fields = {"part": event.part, "record": record}
        said = f"{record} was deleted or can no longer be seen"
        actions: list[Action] = [self._scribe.note("record_gone", said, inputs)]
        if event.part not in ("case", "issue"):
            return actions
        case = context.link(self._handbook.cases, "case")
        details = {"record": record}
        if case is not None and not case.gone and event.part != "case":
            part = f"comment:gone:{item.revision}"
            actions.append(self._scribe.record("record_gone", item, part, details))
        desk = self._handbook.person_for(self._handbook.people.desk, item, context.now)
        told = [desk, self._handbook.handler(item, context.now)]
        return actions + self._scribe.notice("notice_record_gone", item, told, details)
