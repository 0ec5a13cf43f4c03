"""Records of external systems as the hub sees them: addresses, changes, attachments, texts."""

from __future__ import annotations

from datetime import datetime
from typing import Self, TypeAlias

import msgspec

Value: TypeAlias = str | int | float | bool | list[str] | None
"""A field's value. Instants: ISO 8601 in UTC; money: a decimal string; people: e-mail addresses."""

Fields: TypeAlias = dict[str, Value]


class Ref(msgspec.Struct, gc=False, frozen=True, order=True):
    """Address of a record: the connector's configured name, a kind, the id that never changes.

    Its text form is `connector:kind:id`.
    """

    connector: str
    kind: str
    id: str

    def __str__(self) -> str:
        return f"{self.connector}:{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form; ValueError if it has not three parts."""
        connector, _, rest = text.partition(":")
        kind, _, record = rest.partition(":")
        if not (connector and kind and record):
            raise ValueError(f"not a record's address (connector:kind:id): {text!r}")
        return cls(connector, kind, record)


class PublicText(msgspec.Struct, gc=False, frozen=True, tag="public"):
    """Text that customers may read."""

    text: str


class InternalText(msgspec.Struct, gc=False, frozen=True, tag="internal"):
    """Text that must never reach a customer."""

    text: str


Text: TypeAlias = PublicText | InternalText
"""Visibility is a type. What has no known visibility is internal."""


class Attachment(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A file of a record: its id in the system, safe name, media type, size in bytes."""

    id: str
    name: str
    media_type: str = "application/octet-stream"
    size: int = 0


class Change(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """What a connector saw of a record at one version.

    Args:
        ref: the record.
        version: names this state of it; equal version means equal content. It must contain
            a hash of the content wherever the system's own stamp is coarser than its edits.
        seen_at: when the read that gave it began (UTC, the hub's clock).
        at: the system's own time of this version (UTC); older than one already seen = stale.
        parent: the record it belongs to (a comment's issue); it travels in the parent's order.
        gone: it was deleted, or can no longer be seen.
        reference: kept for looking up (contact, account, user); never opens an item.
        fields: its fields, in the hub's names (docs/reference), as the connector maps them.
        text: its text where it is a comment or a mail.
        aliases: keys under which it can be found: `email:li@pku.edu.cn`, `domain:pku.edu.cn`,
            `message-id:<…>`.
        mentions: keys of what it refers to, most telling first: aliases of others, `item:ID`,
            or `ref:connector:kind:id`.
        key: the idempotency key that it carries, if an effect of the hub made it.
        actor: e-mail address or id of who made this version, where the system says so.
    """

    ref: Ref
    version: str
    seen_at: datetime
    at: datetime | None = None
    parent: Ref | None = None
    gone: bool = False
    reference: bool = False
    fields: Fields = {}
    text: Text | None = None
    attachments: tuple[Attachment, ...] = ()
    aliases: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    key: str = ""
    actor: str = ""


class Record(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A reference record as last seen: a contact, an account, a user."""

    ref: Ref
    fields: Fields
    aliases: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()


class Unreadable(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A record that was seen but can not be understood: it becomes a dead letter, kept raw.

    `excerpt` is at most some kilobytes of it as text, without secrets; `cause` says what is wrong
    and `remedy` what a person can do.
    """

    ref: Ref
    version: str
    cause: str
    excerpt: str = ""
    remedy: str = ""
