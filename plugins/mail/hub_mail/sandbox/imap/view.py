"""A session's view of its selected mailbox: the numbering it was told, until it is told anew."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

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
        self._mails = dict(mailbox.mails)
        self._order = list(self.told)
        self.recent = {message.uid for message in mailbox.messages if message.recent}
        self._stamp = (mailbox.modseq, mailbox.removed)
        if not read_only:
            for message in mailbox.messages:
                message.recent = False

    @property
    def uids(self) -> list[int]:
        """Give the UIDs in the order of their sequence numbers."""
        return self._order

    def select(self, wanted: SequenceSet, *, by_uid: bool) -> list[tuple[int, Message]]:
        """Give numbers and messages of a set; what another session removed is left out."""
        mails = self.mailbox.mails
        return [pair for pair in self.known(wanted, by_uid=by_uid) if pair[1].uid in mails]

    def known(self, wanted: SequenceSet, *, by_uid: bool) -> list[tuple[int, Message]]:
        """Give those of a set that this session was not told are gone (RFC 2180, 4.1.1)."""
        order = self._order
        numbers: Sequence[int] = order if by_uid else range(1, len(order) + 1)
        return [(index + 1, self._mails[order[index]]) for index in wanted.indices(numbers)]

    def numbered(self) -> list[tuple[int, Message]]:
        """Give all messages with their numbers."""
        mails = self.mailbox.mails
        return [(n, mails[uid]) for n, uid in enumerate(self._order, 1) if uid in mails]

    def news(self, *, removals: bool) -> bytes:
        """Tell what changed: removals (if they may be told now), arrivals, flags."""
        stamp = (self.mailbox.modseq, self.mailbox.removed)
        if stamp == self._stamp:
            return b""
        changed = self.mailbox.since(self._stamp[0])
        may_be_gone = stamp[1] != self._stamp[1]
        lines = self._removed() if removals and may_be_gone else []
        if arrived := [uid for uid in changed if uid not in self.told]:
            self._take_in(arrived)
            lines.append(b"* %d EXISTS\r\n" % len(self.told))
            lines.append(b"* %d RECENT\r\n" % len(self.recent))
        lines += self._changed(changed)
        # While a removal is untold, the look at it must be repeated.
        self._stamp = stamp if removals else (stamp[0], self._stamp[1])
        return b"".join(lines)

    def _take_in(self, arrived: list[int]) -> None:
        for uid in arrived:
            message = self.mailbox.mails[uid]
            self.told[uid] = message.modseq
            self._mails[uid] = message
            self._order.append(uid)
            if message.recent:
                self.recent.add(uid)
                message.recent = self.read_only

    def _removed(self) -> list[bytes]:
        mails = self.mailbox.mails
        gone = [n for n, uid in enumerate(self._order, 1) if uid not in mails]
        self.forget([self._order[number - 1] for number in gone])
        return [b"* %d EXPUNGE\r\n" % number for number in reversed(gone)]

    def _changed(self, uids: list[int]) -> list[bytes]:
        mails = self.mailbox.mails
        return [
            self.flags_line(bisect_left(self._order, uid) + 1, mails[uid])
            for uid in uids
            if mails[uid].modseq != self.told[uid]
        ]

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
            self._mails.pop(uid, None)
            self.recent.discard(uid)
        self._order = list(self.told)
