"""A session's view of its selected mailbox: the numbering it was told, until it is told anew."""

from __future__ import annotations

from collections.abc import Iterable

from hub_mail.sandbox.imap.grammar import SequenceSet
from hub_mail.sandbox.imap.wire import flags, listing
from hub_mail.sandbox.model import Mailbox, Message


class View:
    """What one session knows of the mailbox: UIDs in order, with the MODSEQ last told.

    Other sessions change the mailbox at any time; sequence numbers of this one hold until
    `news` has told it of what went and came (RFC 3501, 5.2 and 7.4.1).
    """

    def __init__(self, mailbox: Mailbox, *, read_only: bool, condstore: bool) -> None:
        self.mailbox = mailbox
        self.read_only = read_only
        self.condstore = condstore
        self.validity = mailbox.uid_validity
        self.told = {message.uid: message.modseq for message in mailbox.messages}
        self.recent = {message.uid for message in mailbox.messages if message.recent}
        self._stamp = (mailbox.modseq, mailbox.removed)
        if not read_only:
            for message in mailbox.messages:
                message.recent = False

    @property
    def uids(self) -> list[int]:
        """Give the UIDs in the order of their sequence numbers."""
        return list(self.told)

    def select(self, wanted: SequenceSet, *, by_uid: bool) -> list[tuple[int, Message]]:
        """Give numbers and messages of a set; what another session removed is left out."""
        order = self.uids
        present = {message.uid: message for message in self.mailbox.messages}
        if by_uid:
            chosen = set(wanted.select(order))
            pairs = [(n, uid) for n, uid in enumerate(order, 1) if uid in chosen]
        else:
            pairs = [(n, order[n - 1]) for n in wanted.select(list(range(1, len(order) + 1)))]
        return [(n, present[uid]) for n, uid in pairs if uid in present]

    def numbered(self) -> list[tuple[int, Message]]:
        """Give all messages with their numbers."""
        present = {message.uid: message for message in self.mailbox.messages}
        return [(n, present[uid]) for n, uid in enumerate(self.uids, 1) if uid in present]

    def news(self, *, removals: bool) -> bytes:
        """Tell what changed: removals (if they may be told now), arrivals, flags."""
        stamp = (self.mailbox.modseq, self.mailbox.removed)
        if stamp == self._stamp:
            return b""
        present = {message.uid: message for message in self.mailbox.messages}
        lines = self._removed(present) if removals else []
        arrived = [message for uid, message in present.items() if uid not in self.told]
        if arrived:
            self._take_in(arrived)
            lines.append(b"* %d EXISTS\r\n" % len(self.told))
            lines.append(b"* %d RECENT\r\n" % len(self.recent))
        lines += self._changed(present)
        if removals or self.mailbox.removed == self._stamp[1]:
            self._stamp = stamp
        return b"".join(lines)

    def _take_in(self, arrived: list[Message]) -> None:
        for message in arrived:
            self.told[message.uid] = message.modseq
            if message.recent:
                self.recent.add(message.uid)
                message.recent = self.read_only

    def _removed(self, present: dict[int, Message]) -> list[bytes]:
        lines = []
        for number, uid in reversed(list(enumerate(self.uids, 1))):
            if uid not in present:
                lines.append(b"* %d EXPUNGE\r\n" % number)
                self.forget([uid])
        return lines

    def _changed(self, present: dict[int, Message]) -> list[bytes]:
        lines = []
        for number, (uid, known) in enumerate(list(self.told.items()), 1):
            message = present.get(uid)
            if message is not None and message.modseq != known:
                lines.append(self.flags_line(number, message))
        return lines

    def flags_line(self, number: int, message: Message) -> bytes:
        """Give the untagged answer that tells a message's flags; it counts as told."""
        self.told[message.uid] = message.modseq
        values = [
            b"UID %d" % message.uid,
            b"FLAGS " + flags(message.flags, recent=message.uid in self.recent),
        ]
        if self.condstore:
            values.append(b"MODSEQ (%d)" % message.modseq)
        return b"* %d FETCH " % number + listing(values) + b"\r\n"

    def forget(self, uids: Iterable[int]) -> None:
        """Drop UIDs whose removal was told."""
        for uid in uids:
            self.told.pop(uid, None)
            self.recent.discard(uid)
