"""The emulator's mail store: accounts, mailboxes with UIDVALIDITY, messages with UIDs and flags.

Plain state under one lock; IMAP, SMTP and the acts are thin over it. It knows no protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock
from typing import Final

import msgspec

from hub.clock import Clock

DELIMITER: Final = "/"
SPECIAL: Final = {
    "Sent": "\\Sent",
    "Drafts": "\\Drafts",
    "Trash": "\\Trash",
    "Junk": "\\Junk",
    "Archive": "\\Archive",
}
SYSTEM_FLAGS: Final = {
    name.lower(): name for name in ("\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft")
}


class MailboxError(Exception):
    """A mailbox can not be made, found or removed; `code` is IMAP's response code."""

    def __init__(self, text: str, code: str) -> None:
        self.code = code
        super().__init__(f"[{code}] {text}")


@dataclass(slots=True)
class Message:
    """One mail in one mailbox."""

    uid: int
    raw: bytes
    date: datetime
    modseq: int
    flags: set[str] = field(default_factory=set)
    recent: bool = True


@dataclass(slots=True)
class Mailbox:
    """A folder.

    `mails` stand by their UIDs, in ascending order. `touched` has the UID of each mail with the
    MODSEQ of its last change, in the order of those: what is new is read from its end.
    """

    name: str
    uid_validity: int
    mails: dict[int, Message] = field(default_factory=dict)
    touched: dict[int, int] = field(default_factory=dict)
    uid_next: int = 1
    modseq: int = 1
    removed: int = 0
    special: str = ""
    deleted: bool = False

    @property
    def messages(self) -> list[Message]:
        """Give all mails in the order of their UIDs."""
        return list(self.mails.values())

    def since(self, modseq: int) -> list[int]:
        """Give the UIDs, ascending, of mails that came or changed after a MODSEQ."""
        found = []
        for uid, changed in reversed(self.touched.items()):
            if changed <= modseq:
                break
            found.append(uid)
        return sorted(found)

    def next_modseq(self) -> int:
        """Count one change."""
        self.modseq += 1
        return self.modseq

    def _touch(self, message: Message) -> None:
        message.modseq = self.next_modseq()
        self.touched.pop(message.uid, None)
        self.touched[message.uid] = message.modseq

    def add(self, raw: bytes, date: datetime, flags: Iterable[str] = ()) -> Message:
        """Put a mail at the end."""
        message = Message(self.uid_next, raw, date, 0, {*map(canonical, flags)})
        self.uid_next += 1
        self.mails[message.uid] = message
        self._touch(message)
        return message

    def flag(self, message: Message, flags: Iterable[str]) -> bool:
        """Set the flags of a message; True if they changed."""
        wanted = {*map(canonical, flags)}
        if wanted == message.flags:
            return False
        message.flags = wanted
        self._touch(message)
        return True

    def remove(self, uids: Iterable[int]) -> list[int]:
        """Remove messages for good; give the UIDs that were there."""
        gone = [uid for uid in uids if self.mails.pop(uid, None) is not None]
        for uid in gone:
            self.touched.pop(uid, None)
        if gone:
            self.removed += len(gone)
            self.next_modseq()
        return gone

    def renumber(self, uid_validity: int) -> None:
        """Give the mails new UIDs under a new UIDVALIDITY."""
        messages = self.messages
        self.uid_validity, self.uid_next = uid_validity, 1
        self.mails.clear()
        self.touched.clear()
        for message in messages:
            message.uid = self.uid_next
            self.uid_next += 1
            self.mails[message.uid] = message
            self._touch(message)


@dataclass(slots=True)
class Account:
    """One user: an address, a password, mailboxes by name."""

    address: str
    password: str
    mailboxes: dict[str, Mailbox] = field(default_factory=dict)
    subscriptions: set[str] = field(default_factory=set)

    def find(self, name: str) -> Mailbox:
        """Give a mailbox by name (`INBOX` in any case)."""
        mailbox = self.mailboxes.get(inbox_name(name))
        if mailbox is None:
            raise MailboxError(f"no mailbox {name}", "NONEXISTENT")
        return mailbox


class _Kept(msgspec.Struct):
    """What is kept of a store."""

    accounts: dict[str, Account]
    validity: int


class MailStore:
    """All accounts. Hold `lock` while reading or changing what it gives."""

    def __init__(self, clock: Clock, password: str, domain: str) -> None:
        self.lock = RLock()
        self.clock = clock
        self.password = password
        self.domain = domain
        self.accounts: dict[str, Account] = {}
        self._listeners: list[Callable[[], None]] = []
        self._validity = int(clock.now().timestamp())

    def dump(self) -> bytes:
        """Give all that it holds."""
        with self.lock:
            return msgspec.msgpack.encode(_Kept(self.accounts, self._validity))

    def load(self, dumped: bytes) -> None:
        """Hold what was dumped and nothing else; ValueError if it is no dump."""
        kept = msgspec.msgpack.decode(dumped, type=_Kept)
        with self.lock:
            self.accounts = kept.accounts
            self._validity = max(kept.validity, self._validity)
        self.changed()

    def listen(self, listener: Callable[[], None]) -> None:
        """Have a listener called after each change, from whatever thread made it."""
        self._listeners.append(listener)

    def changed(self) -> None:
        """Tell all listeners that something changed."""
        for listener in list(self._listeners):
            listener()

    def account(self, address: str) -> Account:
        """Give the account of an address; it is made if there is none."""
        key = address.strip().lower()
        with self.lock:
            if key not in self.accounts:
                account = self.accounts[key] = Account(key, self.password)
                for name in ("INBOX", *SPECIAL):
                    self.create(account, name)
                    account.subscriptions.add(name)
            return self.accounts[key]

    def create(self, account: Account, name: str) -> Mailbox:
        """Make a mailbox, with the parents that it lacks."""
        if name.startswith(DELIMITER) or DELIMITER * 2 in name:
            raise MailboxError(f"a level of {name} has no name", "CANNOT")
        name = inbox_name(name.rstrip(DELIMITER))
        if not name or name in account.mailboxes:
            raise MailboxError(f"mailbox {name} exists already", "ALREADYEXISTS")
        parent, slash, _ = name.rpartition(DELIMITER)
        if slash and parent not in account.mailboxes:
            self.create(account, parent)
        mailbox = Mailbox(name, self.new_validity(), special=SPECIAL.get(name, ""))
        account.mailboxes[name] = mailbox
        return mailbox

    def delete(self, account: Account, name: str) -> None:
        """Delete a mailbox that has no children; the INBOX stays."""
        mailbox = account.find(name)
        if mailbox.name == "INBOX":
            raise MailboxError("INBOX can not be deleted", "CANNOT")
        if any(other.startswith(mailbox.name + DELIMITER) for other in account.mailboxes):
            raise MailboxError(f"{name} has mailboxes beneath it", "HASCHILDREN")
        del account.mailboxes[mailbox.name]
        mailbox.deleted = True

    def rename(self, account: Account, old: str, new: str) -> None:
        """Rename a mailbox and all beneath it; of the INBOX only the content moves."""
        mailbox = account.find(old)
        if new.startswith(DELIMITER) or DELIMITER * 2 in new:
            raise MailboxError(f"a level of {new} has no name", "CANNOT")
        new = inbox_name(new.rstrip(DELIMITER))
        if new in account.mailboxes:
            raise MailboxError(f"mailbox {new} exists already", "ALREADYEXISTS")
        if mailbox.name == "INBOX":
            target = self.create(account, new)
            for message in mailbox.messages:
                target.add(message.raw, message.date, message.flags)
            mailbox.remove(list(mailbox.mails))
            return
        if new.startswith(mailbox.name + DELIMITER):
            raise MailboxError(f"{new} would lie beneath itself", "CANNOT")
        parent, slash, _ = new.rpartition(DELIMITER)
        if slash and parent not in account.mailboxes:
            self.create(account, parent)
        prefix = mailbox.name + DELIMITER
        for name in sorted(account.mailboxes):
            if name == mailbox.name or name.startswith(prefix):
                moved = account.mailboxes.pop(name)
                moved.name = new + name[len(mailbox.name) :]
                account.mailboxes[moved.name] = moved

    def deliver(
        self, address: str, raw: bytes, folder: str = "INBOX", flags: Iterable[str] = ()
    ) -> Message:
        """Put a mail into an account's folder as it arrives now."""
        with self.lock:
            mailbox = self.account(address).find(folder)
            message = mailbox.add(raw, self.clock.now(), flags)
        self.changed()
        return message

    def renumber(self, mailbox: Mailbox) -> int:
        """Give a mailbox a new UIDVALIDITY and its messages new UIDs, as a restored server does."""
        with self.lock:
            mailbox.renumber(self.new_validity())
        self.changed()
        return mailbox.uid_validity

    def new_validity(self) -> int:
        """Give a UIDVALIDITY that was never used here."""
        self._validity += 1
        return self._validity


def inbox_name(name: str) -> str:
    """Give a mailbox's name with INBOX, which knows no case, in capitals."""
    return "INBOX" if name.upper() == "INBOX" else name


def canonical(flag: str) -> str:
    """Give a flag in its usual spelling: system flags know no case."""
    return SYSTEM_FLAGS.get(flag.lower(), flag)


def crlf(raw: bytes) -> bytes:
    """Give a mail with the line ends that travel: CR LF."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
