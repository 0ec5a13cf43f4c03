"""Effects that the hub wants made in external systems, and what the systems answer."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from hub.models.records import Attachment, Fields, PublicText, Ref, Text

ACKNOWLEDGE_HERE: Final = "\ue000acknowledge\ue000"
"""Stands in a notice where the link belongs by which its reader acknowledges.

Who sends the notice puts it there, so that it stands in no store, log or journal.
"""

_LINK_HERE: Final = "\ue000{purpose}/{round}\ue000"


def link_here(purpose: str, round_: str = "0") -> str:
    """Give what stands in a mail's text for a signed link; the hub puts it in when it sends.

    Where the hub has no address to be reached at, the line that holds it is left out.
    """
    return _LINK_HERE.format(purpose=purpose, round=round_)


class CreateRecord(msgspec.Struct, gc=False, frozen=True, tag="create"):
    """Make a record of `kind`; the engine adds the mapped fields of the item.

    Wanted with a parent part, it is made beneath that record (a case's task).
    """

    kind: str
    fields: Fields = {}


class UpdateRecord(msgspec.Struct, gc=False, frozen=True, tag="update"):
    """Set fields of the target record; a changed `status` is a transition where there are such."""

    fields: Fields


class AddComment(msgspec.Struct, gc=False, frozen=True, tag="comment"):
    """Add a comment under the target record; the connector guards its visibility."""

    text: Text


class EditComment(msgspec.Struct, gc=False, frozen=True, tag="edit_comment"):
    """Replace the text of a comment that was mirrored before."""

    text: Text


class AttachFile(msgspec.Struct, gc=False, frozen=True, tag="attach", kw_only=True):
    """Add a file to the target record; its bytes are read by `Environment.open_file`.

    `public` says whether customers may see it there; the connector guards that.
    """

    file: Attachment
    public: bool = False


class SendReply(msgspec.Struct, gc=False, frozen=True, tag="reply", kw_only=True):
    """Mail a customer: public text only. `thread` are Message-IDs to answer to, newest last."""

    to: tuple[str, ...]
    subject: str
    text: PublicText
    thread: tuple[str, ...] = ()
    automatic: bool = True
    language: str = "zh"


class Enclosure(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A file that goes with a mail: its name, media type and bytes."""

    name: str
    media_type: str
    content: bytes


class SendNotice(msgspec.Struct, gc=False, frozen=True, tag="notice", kw_only=True):
    """Mail colleagues: their addresses are of the handbook's people.

    `html` is the text once more, for readers who see it; `files` go with it.
    """

    to: tuple[str, ...]
    subject: str
    text: Text
    thread: tuple[str, ...] = ()
    language: str = "zh"
    html: str = ""
    files: tuple[Enclosure, ...] = ()


Effect: TypeAlias = (
    CreateRecord | UpdateRecord | AddComment | EditComment | AttachFile | SendReply | SendNotice
)


class Why(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """The cause of a decision: the plugin, the rule with file and line, the clause."""

    plugin: str
    rule: str = ""
    source: str = ""
    clause: str = ""
    inputs: Fields = {}
    note: str = ""


class Command(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A wanted effect, as the outbox keeps it.

    Args:
        key: idempotency key, made from the cause: the same cause gives the same key.
        item_id: the item it is for.
        connector: the configured connector that performs it.
        part: names the record within the item that the effect makes or changes (`case`,
            `issue`, `comment:…`, `mail:…`).
        parent_part: for a comment, a file or a task, the part under which it stands.
        effect: what to do.
        then: name of the event raised with the receipt; empty for none.
        mapped: names of the effect's fields that the engine took from the item by the map; a
            retry computes them anew.
        why: its cause.
    """

    key: str
    item_id: str
    connector: str
    part: str
    effect: Effect
    parent_part: str = ""
    then: str = ""
    mapped: tuple[str, ...] = ()
    why: Why


class Delivery(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A command on its way to the connector: addresses are resolved.

    `target` is the record to change, or the parent of what is to be added beneath one; None for
    what is new and stands alone.
    `tried_at` is when it was last sent (UTC): `find` waits out the search's lag since then.
    """

    key: str
    item_id: str
    effect: Effect
    target: Ref | None = None
    attempt: int = 1
    tried_at: datetime | None = None


class Receipt(msgspec.Struct, gc=False, frozen=True, kw_only=True):
    """A system's answer to one delivery.

    Args:
        ref: the record made or changed; None where the system keeps none that can be read.
        version, at: of the record after the write, where known (see `Change`).
        fields: the record's fields as read back; they become the link's shadow.
        aliases: keys under which the record can be found from now on.
        uncertain: whether it happened could not be learned (a mail's line cut after the dot).
        found: it had been made by an earlier try and was found by its key.
        note: a remark for the journal.
    """

    ref: Ref | None = None
    version: str = ""
    at: datetime | None = None
    fields: Fields = {}
    aliases: tuple[str, ...] = ()
    uncertain: bool = False
    found: bool = False
    note: str = ""
