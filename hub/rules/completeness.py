"""Completeness: what a record lacks is a task for the desk, and what the customer adds is noted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from hub.handbook import Handbook
from hub.handbook.required import Lack, answers_in, labels, lack_of
from hub.handbook.scribe import Scribe, listed
from hub.hookspecs import hookimpl
from hub.models import (
    Action,
    Change,
    Context,
    CreateRecord,
    Event,
    Fields,
    Item,
    UpdateRecord,
    Want,
)

PLUGIN: Final = "rules.completeness"
TASK: Final = "task:missing"
"""The part of an item that is the desk's task."""


class CompletenessRules:
    """Watches over what the handbook's table `required` demands of a case."""

    def __init__(self, handbook: Handbook) -> None:
        self._handbook = handbook
        self._scribe = Scribe(handbook, PLUGIN)

    @hookimpl
    def hub_react(self, item: Item, event: Event, context: Context) -> Sequence[Action] | None:
        """Answer the recording of a case, changes of its fields, and the customer's mails."""
        if event.name == "case_recorded" or (event.name == "item_opened" and event.part == "case"):
            return self._look(item, context)
        if event.name == "fields_changed" and context.link(self._handbook.cases, "case"):
            return self._look(item, context)
        if event.name == "mail_received" and event.change is not None:
            return self._answered(item, event.change)
        return None

    def _look(self, item: Item, context: Context) -> list[Action]:
        """Keep the list of what is missing, and the desk's task, as they should be.

        Who the customer is, the desk has to find out first where that is not known.
        """
        known = listed(item.fields.get("missing"))
        task = context.link(self._handbook.cases, TASK)
        if not known and (item.text("desk_reason") or item.text("state") == "closed"):
            return []
        lack = lack_of(self._handbook, item)
        if list(lack.missing) == known:
            return []
        fields: Fields = {"missing": list(lack.missing)}
        if not lack.missing:
            done = self._scribe.set("completed", fields, {"were": known})
            return [done, self._task_update(item, lack, closed=True)] if task else [done]
        noted = self._scribe.set("missing_fields", fields, lack.inputs)
        if task is not None and not task.gone:
            return [noted, self._task_update(item, lack)]
        desk = self._desk(item, context.now)
        return [noted, self._task(item, lack, desk), *self._notice(item, lack, desk)]

    def _words(self, lack: Lack) -> dict[str, str]:
        names = labels(self._handbook, lack.missing, self._handbook.about.language)
        mark = "、" if self._handbook.about.language == "zh" else ", "
        return {"missing": mark.join(names)}

    def _desk(self, item: Item, now: datetime) -> str:
        return self._handbook.person_for(self._handbook.people.desk, item, now)

    def _task(self, item: Item, lack: Lack, desk: str) -> Want:
        handbook = self._handbook
        told = handbook.messages.for_record("task_missing_fields", item, self._words(lack))
        fields: Fields = {
            "subject": told.subject,
            "description": told.text.text,
            "owner": desk,
            "closed": False,
        }
        why = handbook.why(PLUGIN, lack.row or "missing_fields", lack.inputs)
        return Want(
            connector=handbook.cases,
            part=TASK,
            parent_part="case",
            effect=CreateRecord(kind="task", fields=fields),
            why=why,
        )

    def _task_update(self, item: Item, lack: Lack, *, closed: bool = False) -> Want:
        handbook = self._handbook
        fields: Fields = {"closed": closed}
        if not closed:
            words = self._words(lack)
            told = handbook.messages.for_record("task_missing_fields", item, words)
            fields["description"] = told.text.text
        row = "completed" if closed else "missing_fields"
        return Want(
            connector=handbook.cases,
            part=TASK,
            effect=UpdateRecord(fields=fields),
            why=handbook.why(PLUGIN, row, lack.inputs),
            once=f"{closed} {', '.join(lack.missing)}",
        )

    def _notice(self, item: Item, lack: Lack, desk: str) -> list[Action]:
        words = self._words(lack)
        return self._scribe.notice("notice_missing_fields", item, [desk], words)

    def _answered(self, item: Item, change: Change) -> list[Action]:
        """Take what the customer wrote behind the names that they were asked for."""
        asked = listed(item.fields.get("asked"))
        sender = str(change.fields.get("from_email") or "").lower()
        if not asked or change.text is None or change.fields.get("auto"):
            return []
        if self._handbook.is_staff(sender):
            return []
        empty = [name for name in asked if not item.text(name).strip()]
        found = answers_in(self._handbook, change.text.text, empty)
        if not empty or not found:
            return []
        fields: Fields = dict(found)
        return [self._scribe.set("answer_completes", fields, {"from_email": sender})]
