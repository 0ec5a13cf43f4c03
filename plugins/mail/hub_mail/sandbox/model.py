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
SPECIAL: Final = {"Sent": "\\Sent", "Drafts": "\\Drafts", "Trash": "\\Trash", "Junk": "\\Junk"}
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
    """A folder: its messages stand in the order of their UIDs."""

    name: str
    uid_validity: int
    messages: list[Message] = field(default_factory=list)
    uid_next: int = 1
    modseq: int = 1
    removed: int = 0
    special: str = ""
    subscribed: bool = True

    def get(self, uid: int) -> Message | None:
        """Give the message of a UID."""
        return next((message for message in self.messages if message.uid == uid), None)

    def next_modseq(self) -> int:
        """Count one change."""
        self.modseq += 1
        return self.modseq

    def add(self, raw: bytes, date: datetime, flags: Iterable[str] = ()) -> Message:
        """Put a mail at the end."""
        message = Message(self.uid_next, raw, date, self.next_modseq(), {*map(canonical, flags)})
        self.uid_next += 1
        self.messages.append(message)
        return message

    def flag(self, message: Message, flags: Iterable[str]) -> bool:
        """Set the flags of a message; True if they changed."""
        wanted = {*map(canonical, flags)}
        if wanted == message.flags:
            return False
        message.flags = wanted
        message.modseq = self.next_modseq()
        return True

    def remove(self, uids: Iterable[int]) -> list[int]:
        """Remove messages for good; give the UIDs that were there."""
        doomed = set(uids)
        gone = [message.uid for message in self.messages if message.uid in doomed]
        if gone:
            self.messages = [m for m in self.messages if m.uid not in doomed]
            self.removed += len(gone)
            self.next_modseq()
        return gone


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
            return self.accounts[key]

    def create(self, account: Account, name: str) -> Mailbox:
        """Make a mailbox, with the parents that it lacks."""
        name = inbox_name(name.rstrip(DELIMITER))
        if not name or name in account.mailboxes:
            raise MailboxError(f"mailbox {name} exists already", "ALREADYEXISTS")
        parent, slash, _ = name.rpartition(DELIMITER)
        if slash and parent not in account.mailboxes:
            self.create(account, parent)
        mailbox = Mailbox(name, self.new_validity(), special=SPECIAL.get(name, ""))
        account.mailboxes[name] = mailbox
        account.subscriptions.add(name)
        return mailbox

    def delete(self, account: Account, name: str) -> None:
        """Delete a mailbox that has no children; the INBOX stays."""
        mailbox = account.find(name)
        if mailbox.name == "INBOX":
            raise MailboxError("INBOX can not be deleted", "CANNOT")
        if any(other.startswith(mailbox.name + DELIMITER) for other in account.mailboxes):
            raise MailboxError(f"{name} has mailboxes beneath it", "HASCHILDREN")
        del account.mailboxes[mailbox.name]

    def rename(self, account: Account, old: str, new: str) -> None:
        """Rename a mailbox and all beneath it; of the INBOX only the content moves."""
        mailbox = account.find(old)
        new = inbox_name(new.rstrip(DELIMITER))
        if new in account.mailboxes:
            raise MailboxError(f"mailbox {new} exists already", "ALREADYEXISTS")
        if mailbox.name == "INBOX":
            target = self.create(account, new)
            for message in list(mailbox.messages):
                target.add(message.raw, message.date, message.flags)
            mailbox.remove([message.uid for message in mailbox.messages])
            return
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
            mailbox.uid_validity = self.new_validity()
            mailbox.uid_next = 1
            for message in mailbox.messages:
                message.uid = mailbox.uid_next
                message.modseq = mailbox.next_modseq()
                mailbox.uid_next += 1
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
