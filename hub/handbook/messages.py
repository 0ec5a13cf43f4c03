"""Writes the handbook's messages about an item, in its language, with names for ids."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from hub.errors import InvariantError
from hub.handbook.people import People
from hub.handbook.shapes import AboutShape, FieldShape, IntakeShape, Row
from hub.handbook.templates import Details, Rendered, Template
from hub.handbook.words import DERIVED
from hub.models import Item, Value, link_here

_DATE: Final = len("2026-03-02")
NOTHING: Final[Details] = MappingProxyType({})


def tag(item_id: str) -> str:
    """Give the sign in a subject by which an answer finds its item again."""
    return f"[#{item_id}]"


def round_of(item: Item) -> str:
    """Give the sign of the solution that a customer's word is about: a later one has another."""
    solved = item.text("solved_at")
    return str(int(datetime.fromisoformat(solved).timestamp())) if solved else "0"


class Messages:
    """All templates, and what they need to show an item's fields to people."""

    def __init__(
        self,
        templates: Mapping[str, Template],
        about: AboutShape,
        people: People,
        intake: IntakeShape,
        zone: ZoneInfo,
    ) -> None:
        self.templates = templates
        self._language = about.language
        self._zone = zone
        self._people = people
        self._fields = {field.id: field for field in intake.fields}
        self._names = vocabulary_rows(about, people, intake)

    def language(self, item: Item) -> str:
        """Give the language in which this item's customer is written to."""
        language = item.text("language")
        return language if language in {"zh", "en"} else self._language

    def for_customer(self, purpose: str, item: Item, details: Details = NOTHING) -> Rendered:
        """Write a mail to the customer; its subject carries the item's tag."""
        return _tagged(self._render(purpose, item, self.language(item), details), item)

    def for_staff(self, purpose: str, item: Item, details: Details = NOTHING) -> Rendered:
        """Write a mail to colleagues in the handbook's language; it carries the tag, too."""
        return _tagged(self._render(purpose, item, self._language, details), item)

    def for_record(self, purpose: str, item: Item, details: Details = NOTHING) -> Rendered:
        """Write what stands in a record of a system, in the handbook's language."""
        return self._render(purpose, item, self._language, details)

    def for_page(self, purpose: str, item: Item, language: str) -> Rendered:
        """Write what stands on a page behind a link."""
        return self._render(purpose, item, language, NOTHING)

    def _render(self, purpose: str, item: Item, language: str, details: Details) -> Rendered:
        template = self.templates[purpose]
        internal = template.visibility == "internal"
        values = {
            name: self.shown(name, item.fields.get(name), language)
            for name in template.asked(language)
            if name in self._fields and (internal or self.is_public(name))
        }
        return template.render(language, {**values, **self._derived(item, language)}, details)

    def is_public(self, name: str) -> bool:
        """Say whether customers may read a field."""
        field = self._fields.get(name)
        return name in DERIVED or (field is not None and field.visibility == "public")

    def shown(self, name: str, value: Value, language: str) -> str:
        """Give a field's value as people read it: names for ids, local time for instants."""
        if value is None:
            return ""
        field: FieldShape | None = self._fields.get(name)
        if isinstance(value, list):
            return ", ".join(self.shown(name, part, language) for part in value)
        if field is None or not isinstance(value, str):
            return str(value)
        if field.values == "people":
            return self._people.name(value, language)
        if field.values == "instants":
            return self._local(value)
        row = field.names.get(value) or self._names.get(field.values, {}).get(value)
        return row.label(language) if row else value

    def _local(self, value: str) -> str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        if len(value) == _DATE:
            return value
        if moment.tzinfo is None:
            raise InvariantError(f"an instant without a zone: {value}")
        return self.local(moment)

    def local(self, moment: datetime) -> str:
        """Give an instant as the department's clock shows it."""
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")

    def _derived(self, item: Item, language: str) -> dict[str, str]:
        role = self._people.roles.get(item.text("role"))
        step = role.next_step.label(language) if role and role.next_step else ""
        return {
            "tag": tag(item.id),
            "item_id": item.id,
            "next_step": step,
            "confirm_link": link_here("confirm", round_of(item)),
            "rating_link": link_here("rate"),
        }


def _tagged(rendered: Rendered, item: Item) -> Rendered:
    mark = tag(item.id)
    if mark in rendered.subject:
        return rendered
    return Rendered(subject=f"{rendered.subject} {mark}".strip(), text=rendered.text)


def vocabulary_rows(
    about: AboutShape, people: People, intake: IntakeShape
) -> dict[str, dict[str, Row]]:
    """Give the rows behind each vocabulary that a field's values can come from."""
    return {
        "types": {row.id: row for row in intake.types},
        "subtypes": {sub.id: sub for row in intake.types for sub in row.subtypes},
        "severities": {row.id: row for row in intake.severities},
        "channels": {row.id: row for row in intake.channels},
        "states": {row.id: row for row in about.states},
        "roles": dict(people.roles),
        "fields": {row.id: row for row in intake.fields},
    }
