"""Reads the mailbox by UID: pages behind a cursor, single mails, mails too large to fetch whole."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Self

import msgspec

from hub.clock import Clock
from hub.connector import Page
from hub.errors import ConnectorError
from hub.models import Attachment, Change, Ref, Unreadable
from hub_mail import bodystructure, mapping
from hub_mail.answers import Listed
from hub_mail.client import ImapClient
from hub_mail.mapping import KIND, Profile, Source
from hub_mail.settings import MailSettings, Start

BATCH_BYTES: Final = 4 * 1024 * 1024
WINDOW: Final = 1000
MAX_STUMBLES: Final = 6
_MAX_HEADER: Final = 512 * 1024
_MAX_TEXT: Final = 1024 * 1024
_REMEMBERED: Final = 20_000
_CONTENT_FIELD: Final = re.compile(
    rb"(?im)^(?:content-[^:\r\n]*|mime-version):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n"
)


class Cursor(msgspec.Struct, frozen=True):
    """How far a folder was read.

    `since` is when the hub began. When a new UIDVALIDITY makes it read the folder again, up to
    the UID `again`, mail from before that instant is not taken in.
    """

    folder: str
    uidvalidity: int
    uid: int
    since: str = ""
    again: int = 0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the text form."""
        return msgspec.json.decode(text, type=cls)

    def text(self) -> str:
        """Give the text form."""
        return msgspec.json.encode(self).decode()


class Reader:
    """Turns a folder into pages of changes; remembers where mails lie to find them again."""

    def __init__(self, settings: MailSettings, profile: Profile, clock: Clock) -> None:
        self._settings = settings
        self._profile = profile
        self._clock = clock
        self._places: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._stumbles: dict[tuple[int, int], int] = {}
        self.known: tuple[int, int] | None = None

    def page(self, client: ImapClient, cursor: str | None) -> Page:
        """Read the mails behind a cursor.

        Under a new UIDVALIDITY the folder is read again from its start: the mails have the same
        ids as before, whatever their UIDs are.
        """
        seen_at = self._clock.now()
        folder = self._settings.imap.folder
        box = client.examine(folder)
        at = Cursor.parse(cursor) if cursor is not None else None
        if at is None and self._settings.start is Start.NOW:
            began = seen_at.replace(microsecond=0).isoformat()
            at = Cursor(folder, box.uid_validity, self._last_uid(client, box.uid_next), began)
        elif at is None or (at.folder, at.uidvalidity) != (folder, box.uid_validity):
            since = at.since if at else ""
            at = Cursor(folder, box.uid_validity, 0, since, self._last_uid(client, box.uid_next))
        top = box.uid_next - 1 if box.uid_next else None
        listed, high = self._listed(client, at.uid + 1, top)
        taken = self._share(at.uidvalidity, listed)
        changes = self._read(client, at, taken, seen_at)
        last = taken[-1].uid if len(taken) < len(listed) else high
        following = msgspec.structs.replace(at, uid=max(at.uid, last))
        self.known = (box.uid_validity, following.uid)
        more = len(taken) < len(listed) or (top is not None and following.uid < top)
        return Page(changes=changes, cursor=following.text(), more=more)

    def _last_uid(self, client: ImapClient, uid_next: int) -> int:
        if uid_next:
            return uid_next - 1
        return max((one.uid for one in client.listing(1, None)), default=0)

    def _listed(self, client: ImapClient, low: int, top: int | None) -> tuple[list[Listed], int]:
        """List mails from `low` on, in widening windows, so that no answer is too long."""
        if top is None:
            found = client.listing(low, None)
            return found, found[-1].uid if found else low - 1
        width = WINDOW
        while low <= top:
            high = min(low + width - 1, top)
            if found := client.listing(low, high):
                return found, high
            low, width = high + 1, width * 4
        return [], top

    def _share(self, validity: int, listed: list[Listed]) -> list[Listed]:
        """Take as many as fit one page; one alone where the line broke before."""
        if listed and self._stumbles.get((validity, listed[0].uid)):
            return listed[:1]
        taken: list[Listed] = []
        weight = 0
        for one in listed[: self._settings.page_size]:
            weight += one.size if one.size <= self._settings.max_mail_bytes else _MAX_TEXT
            if taken and weight > 4 * BATCH_BYTES:
                break
            taken.append(one)
        return taken

    def _read(
        self, client: ImapClient, at: Cursor, taken: Sequence[Listed], seen_at: datetime
    ) -> list[Change | Unreadable]:
        result: list[Change | Unreadable] = []
        wanted = [one for one in taken if one.uid > at.again or not _older(one, at.since)]
        for batch in _batches(wanted, self._settings.max_mail_bytes):
            result += self._batch(client, at.uidvalidity, batch, seen_at)
        return result

    def _batch(
        self, client: ImapClient, validity: int, batch: Sequence[Listed], seen_at: datetime
    ) -> list[Change | Unreadable]:
        """Read some mails; one that always breaks the line is left as unreadable in the end."""
        first = (validity, batch[0].uid)
        if self._stumbles.get(first, 0) >= MAX_STUMBLES:
            cause = "the server breaks the connection whenever it is fetched"
            source = self._source(validity, batch[0], seen_at)
            return [mapping.unreadable(b"", source, self._profile, cause)]
        try:
            if batch[0].size > self._settings.max_mail_bytes:
                return self._large(client, validity, batch[0], seen_at)
            raw = client.contents([one.uid for one in batch])
        except ConnectorError:
            self._stumbles[first] = self._stumbles.get(first, 0) + 1
            raise
        self._stumbles.pop(first, None)
        return [
            self._change(raw[one.uid], validity, one, self._source(validity, one, seen_at))
            for one in batch
            if one.uid in raw
        ]

    def _source(self, validity: int, one: Listed, seen_at: datetime) -> Source:
        received = one.received_at or seen_at
        return Source(place=f"uid-{validity}-{one.uid}", received_at=received, seen_at=seen_at)

    def _change(
        self, raw: bytes, validity: int, one: Listed, source: Source
    ) -> Change | Unreadable:
        change = mapping.to_change(raw, source, self._profile)
        self._places[change.ref.id] = (validity, one.uid)
        while len(self._places) > _REMEMBERED:
            self._places.popitem(last=False)
        return change

    def _large(
        self, client: ImapClient, validity: int, one: Listed, seen_at: datetime
    ) -> list[Change | Unreadable]:
        """Read header and text of a mail whose files are too large to fetch; they stay behind."""
        raw, left = large_mail(client, one.uid)
        if not raw:
            return []
        mebi = 1024 * 1024
        names = ", ".join(f"{file.name} ({file.size / mebi:.1f} MB)" for file in left[:10])
        note = (
            f"附件过大，留在邮件服务器上 / attachments left on the mail server: "
            f"{one.size / mebi:.1f} MB > {self._settings.max_mail_bytes / mebi:.1f} MB: {names}"
        )
        plain = self._source(validity, one, seen_at)
        source = Source(
            place=plain.place,
            received_at=plain.received_at,
            seen_at=seen_at,
            left=left,
            note=note,
        )
        return [self._change(raw, validity, one, source)]

    def fetch(self, client: ImapClient, refs: Sequence[Ref]) -> list[Change | Unreadable]:
        """Read mails again by their ids; one that is not in the folder any more is gone."""
        seen_at = self._clock.now()
        box = client.examine(self._settings.imap.folder)
        return [self._one(client, ref, box.uid_validity, seen_at) for ref in refs]

    def _one(
        self, client: ImapClient, ref: Ref, validity: int, seen_at: datetime
    ) -> Change | Unreadable:
        for uid in self._candidates(client, ref, validity):
            for one in client.listing(uid, uid):
                for change in self._batch(client, validity, [one], seen_at):
                    if ref.id in {change.ref.id, f"uid-{validity}-{uid}"}:
                        return change
        return Change(ref=ref, version="gone", seen_at=seen_at, gone=True)

    def _candidates(self, client: ImapClient, ref: Ref, validity: int) -> list[int]:
        if ref.kind != KIND:
            return []
        place = re.fullmatch(r"uid-(\d+)-(\d+)", ref.id)
        if place:
            return [int(place[2])] if int(place[1]) == validity else []
        known = self._places.get(ref.id)
        if known and known[0] == validity:
            return [known[1]]
        return _by_id_hash(client, ref.id.partition("-")[0])


def _older(one: Listed, since: str) -> bool:
    """Say whether a mail came before the hub began."""
    if not since or one.received_at is None:
        return False
    return one.received_at < datetime.fromisoformat(since).astimezone(UTC)


def _batches(wanted: Sequence[Listed], max_bytes: int) -> list[list[Listed]]:
    batches: list[list[Listed]] = []
    weight = 0
    for one in wanted:
        alone = one.size > max_bytes
        if not batches or alone or weight + one.size > BATCH_BYTES:
            batches.append([])
            weight = 0
        batches[-1].append(one)
        weight += BATCH_BYTES if alone else one.size
    return batches


def _by_id_hash(client: ImapClient, wanted: str) -> list[int]:
    """Look through all Message-IDs of the selected folder, newest first."""
    found: list[int] = []
    for window in _windows([one.uid for one in client.listing(1, None)]):
        heads = client.contents(window, "HEADER.FIELDS (MESSAGE-ID)")
        found += [uid for uid, head in heads.items() if _id_hash_of(head) == wanted]
    return sorted(found, reverse=True)


def _windows(uids: list[int]) -> list[list[int]]:
    return [uids[max(0, end - 200) : end] for end in range(len(uids), 0, -200)]


def _id_hash_of(head: bytes) -> str:
    return mapping.id_hash(mapping.own_id(head))


def large_mail(client: ImapClient, uid: int) -> tuple[bytes, list[Attachment]]:
    """Put together a small mail of a large one: its header and its text; and what is left."""
    header = client.part(uid, "HEADER", _MAX_HEADER)
    if not header:
        return b"", []
    try:
        leaves = bodystructure.leaves(client.structure(uid))
    except ValueError:
        return header, []
    text = bodystructure.text_of(leaves)
    left = bodystructure.attachments(leaves, text)
    if text is None:
        return _CONTENT_FIELD.sub(b"", header), left
    if len(leaves) == 1:
        return header + client.part(uid, "TEXT", _MAX_TEXT), left
    described = client.part(uid, f"{text.path}.MIME", _MAX_HEADER)
    body = client.part(uid, text.path, _MAX_TEXT)
    head = _CONTENT_FIELD.sub(b"", header).rstrip(b"\r\n") + b"\r\n"
    return head + (described.strip(b"\r\n") + b"\r\n\r\n") + body, left
