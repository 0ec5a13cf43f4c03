"""The hub's own record of one matter, its links to external records, and the events upon it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from hub.models.effects import Effect, Why
from hub.models.records import Change, Fields, Record, Ref, Value

CASE: Final = "case"
SETTLED: Final = ("resolved", "closed")
"""States in which nobody has to do anything about a case."""


class Item(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One matter. `fields` carry the glossary's names (state, severity, owner, …)."""

    id: str
    kind: str
    fields: Fields
    opened_at: datetime
    updated_at: datetime | None = None
    revision: int = 0

    def text(self, name: str) -> str:
        """Give a field as text; empty if unset."""
        value = self.fields.get(name)
        return "" if value is None else str(value)

    @property
    def worker(self) -> str:
        """Give who has to do something about it: an open case's owner; empty if nobody."""
        if self.kind != CASE or self.text("state") in SETTLED:
            return ""
        return self.text("owner").lower()


class Link(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """That a record belongs to an item, as one of its parts.

    `shadow` is what both sides last agreed on; `pending` what was commanded and not yet
    acknowledged, `overtaken` what was commanded before that and may still be seen;
    `record_id` is empty until the record exists.
    """

    item_id: str
    connector: str
    part: str
    kind: str
    record_id: str = ""
    shadow: Fields = {}
    pending: Fields = {}
    overtaken: dict[str, list[Value]] = {}
    at: datetime | None = None
    written_at: datetime | None = None
    gone: bool = False

    @property
    def ref(self) -> Ref | None:
        """Give the record's address; None while it is not yet made."""
        return Ref(self.connector, self.kind, self.record_id) if self.record_id else None


class Event(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """What happened to an item, as reactions see it.

    Args:
        name: one of `item_opened`, `fields_changed`, `mail_received`, `comment_added`,
            `comment_changed`, `record_gone`, `timer_due`, `conflict`, `hand_off_requested`,
            or the `then` of a command.
        change: the change that caused it, if any.
        part: the part of the item that the change belongs to.
        before: old values of the fields that changed (`fields_changed`).
        data: details: a timer's name, a receipt's fields, a conflict's sides.
    """

    name: str
    change: Change | None = None
    part: str = ""
    before: Fields = {}
    data: Fields = {}


class Workload(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """What every person has to do, by e-mail address.

    `open` counts the open cases that they own. `turns` numbers cases in the order in which they
    were given to somebody: who was given one last has the highest.
    """

    open: dict[str, int] = {}
    turns: dict[str, int] = {}


class Context(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """What a hook may know besides item and event.

    `records` are the reference records that the change mentions, reached over up to three steps,
    nearest first; `links` are the item's own; `related` are items that the change mentions;
    `workload` is what everybody has to do at this moment.
    `open_cases` are earlier open items of the same customer, the latest first: given when the item
    is opened, and when another customer is found to be its own.
    """

    now: datetime
    records: tuple[Record, ...] = ()
    links: tuple[Link, ...] = ()
    related: tuple[Item, ...] = ()
    workload: Workload = Workload()
    open_cases: tuple[Item, ...] = ()

    def link(self, connector: str, part: str) -> Link | None:
        """Give the link of one part in one system."""
        return next((x for x in self.links if x.connector == connector and x.part == part), None)

    def find(self, kind: str, key: str = "") -> list[Record]:
        """Give the reference records of a kind, all or those found under a key."""
        return [r for r in self.records if r.ref.kind == kind and (not key or key in r.aliases)]


class Opening(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """Answer of `hub_open_item`: this change opens a new item, or joins the one named."""

    kind: str = "case"
    part: str = ""
    fields: Fields = {}
    join: str = ""
    why: Why


class Ignored(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """Answer of `hub_open_item`: this change is kept, nothing follows from it, and why."""

    why: Why


class SetFields(msgspec.Struct, gc=False, frozen=True, tag="set"):
    """Change fields of the item."""

    fields: Fields
    why: Why


class Want(msgspec.Struct, gc=False, frozen=True, tag="want", kw_only=True):
    """Want an effect. `once` distinguishes several of one cause; it becomes part of the key."""

    connector: str
    part: str
    effect: Effect
    why: Why
    parent_part: str = ""
    then: str = ""
    once: str = ""


class StartTimer(msgspec.Struct, gc=False, frozen=True, tag="timer", kw_only=True):
    """Have `timer_due` raised at an instant (UTC); a timer of the same name is replaced."""

    name: str
    due_at: datetime
    why: Why


class CancelTimer(msgspec.Struct, gc=False, frozen=True, tag="cancel"):
    """Take a timer back."""

    name: str
    why: Why


class Reroute(msgspec.Struct, gc=False, frozen=True, tag="reroute"):
    """Have `hub_route_case` asked again."""

    why: Why


class Note(msgspec.Struct, gc=False, frozen=True, tag="note"):
    """Journal a remark, also of what was not done and why."""

    text: str
    why: Why


Action: TypeAlias = SetFields | Want | StartTimer | CancelTimer | Reroute | Note


class Classification(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """Answer of `hub_classify_case`: the fields it settles (issue_type, severity, …)."""

    fields: Fields
    why: Why


class Route(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """Answer of `hub_route_case`: the role and the person (e-mail) who handles the case next."""

    role: str
    owner: str
    notify: tuple[str, ...] = ()
    fields: Fields = {}
    why: Why


class Conflict(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """One field, changed on two sides since the shadow, that no policy may settle."""

    field: str
    shadow: Value
    ours: Value
    theirs: Value
