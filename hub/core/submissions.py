"""What people hand in by form, API or command: into the store at once, and then like any change.

A submission is kept with its files in one transaction before its sender hears of it. Its key is
the record's id, so that the same one handed in twice is one case.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Annotated, Final, Literal

import msgspec

from hub.clock import Clock, Ids
from hub.core import log
from hub.core.process import HUB, SUBMISSION
from hub.core.store import Session, files, inbox, items
from hub.errors import InvalidPayloadError
from hub.filenames import safe_name
from hub.handbook import Handbook
from hub.handbook.submissions import LONGEST, Fault, Upload, faults_of
from hub.handbook.uploads import media_type
from hub.models import Attachment, Change, Fields, PublicText, Ref

_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_AHEAD: Final = timedelta(minutes=5)
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")

_Line = Annotated[str, msgspec.Meta(max_length=320)]


class FileIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a new case: its name, and its content in base64."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    content: bytes


class NewCase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A case to be opened: what was said, by whom, and how it came in.

    `by` names the colleague who records it; empty if the customer does so themselves. `received_at`
    is when it came, if that was earlier. `key` makes asking again harmless.
    """

    channel: _Line
    subject: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    description: Annotated[str, msgspec.Meta(max_length=32_000)] = ""
    customer_name: _Line = ""
    contact_name: _Line = ""
    contact_email: _Line = ""
    contact_phone: _Line = ""
    contact_fax: _Line = ""
    product_version: _Line = ""
    issue_type: _Line = ""
    severity: _Line = ""
    language: Literal["", "zh", "en"] = ""
    by: _Line = ""
    received_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    attachments: list[FileIn] = []
    key: str = ""

    def said(self) -> dict[str, str]:
        """Give what was filled in, without what no text should hold."""
        found = {name: clean(getattr(self, name)) for name in LONGEST}
        return {name: value for name, value in found.items() if value}

    def uploads(self) -> list[Upload]:
        """Give the files, with names that are safe."""
        return [
            Upload(safe_name(file.name, f"file-{number}"), file.content)
            for number, file in enumerate(self.attachments, 1)
        ]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A submission that is in the store: its reference, and its case's number once it has one."""

    reference: str
    item: str = ""
    case_number: str = ""


def clean(text: str) -> str:
    """Give a text without control characters, half a pair of surrogates, and outer space."""
    whole = text.encode("utf-8", "replace").decode()
    return _CONTROLS.sub("", whole.replace("\r\n", "\n").replace("\r", "\n")).strip()


def reference_of(key: str) -> str:
    """Give the reference that people are told: it can not be guessed without the key."""
    digest = blake2b(key.encode("utf-8", "replace"), digest_size=10).hexdigest().upper()
    return "-".join(digest[start : start + 5] for start in range(0, len(digest), 5))


class Submissions:
    """Takes submissions into the store; any process may, also beside a running hub."""

    def __init__(self, session: Session, clock: Clock, ids: Ids, handbook: Handbook) -> None:
        self._session = session
        self._clock = clock
        self._ids = ids
        self._handbook = handbook

    def faults(self, wish: NewCase) -> list[Fault]:
        """Give what makes a submission unusable, for the person who made it."""
        return faults_of(self._handbook, wish.channel, wish.said(), wish.uploads())

    def take(self, wish: NewCase) -> Taken:
        """Keep a submission; InvalidPayloadError names the first field at fault.

        The same key once more changes nothing and gives the same reference.
        """
        for fault in self.faults(wish):
            message = f"{fault.field}: {fault.what.en}"
            raise InvalidPayloadError(message, field=fault.field, operation="new case")
        now = self._clock.now()
        if wish.received_at is not None and wish.received_at > now + _AHEAD:
            message = "received_at lies in the future"
            raise InvalidPayloadError(message, field="received_at", operation="new case")
        reference = reference_of(wish.key or self._ids.new())
        uploads = wish.uploads()
        kept = [(self._attachment(upload), upload.content) for upload in uploads]
        change = self._change(wish, reference, now, [file for file, _ in kept])
        with self._session.write("submission") as connection:
            shards = inbox.shards_of_changes(connection, [change])
            row = inbox.inbox_row(change, shards[0], now)
            if inbox.add_changes(connection, [row]):
                files.add(connection, kept, now)
                self._session.wake("inbox")
        log.event("submission.taken", ref=str(change.ref), channel=wish.channel, files=len(kept))
        return Taken(reference=reference)

    def _attachment(self, upload: Upload) -> Attachment:
        return Attachment(
            id=self._ids.new(),
            name=upload.name,
            media_type=media_type(upload.name),
            size=len(upload.content),
        )

    def _change(
        self, wish: NewCase, reference: str, now: datetime, kept: Sequence[Attachment]
    ) -> Change:
        said = wish.said()
        text = said.pop("description", "")
        email = said.get("contact_email", "").lower()
        words = f"{said.get('subject', '')} {text}"
        language = wish.language or ("zh" if _CHINESE.search(words) else "en")
        fields: Fields = {**said, "channel": wish.channel, "language": language}
        mentions = [f"email:{email}", f"domain:{email.rpartition('@')[2]}"] if email else []
        if name := said.get("customer_name"):
            mentions.append(f"name:{name}".casefold())
        return Change(
            ref=Ref(HUB, SUBMISSION, reference),
            version="1",
            seen_at=now,
            at=wish.received_at.astimezone(UTC) if wish.received_at else None,
            fields=fields,
            text=PublicText(text),
            attachments=tuple(kept),
            mentions=tuple(mentions),
            actor=clean(wish.by),
        )


def standing(session: Session, reference: str) -> Taken | None:
    """Give how a submission stands, by its reference; None if there is none."""
    ref = Ref(HUB, SUBMISSION, reference)
    with session.read() as connection:
        item_id = items.load_links_of_refs(connection, [ref]).get(ref)
        if item_id is None:
            known = inbox.is_known(connection, ref)
            return Taken(reference=reference) if known else None
        item, _ = items.load_items(connection, [item_id])[item_id]
        return Taken(reference=reference, item=item_id, case_number=item.text("case_number"))
