"""One IMAP session's state, and how a command is dispatched to the code that answers it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, TypeAlias

from hub.sandbox import Fault
from hub_mail.sandbox.imap.grammar import Arguments, NoError
from hub_mail.sandbox.imap.view import View
from hub_mail.sandbox.model import Account, MailStore

CAPABILITIES: Final = (
    "IMAP4rev1 LITERAL+ SASL-IR ID NAMESPACE CHILDREN SPECIAL-USE CREATE-SPECIAL-USE UIDPLUS MOVE"
    " UNSELECT ENABLE CONDSTORE IDLE LIST-EXTENDED LIST-STATUS STATUS=SIZE ESEARCH SORT WITHIN"
    " QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE"
)
LOGINS: Final = " AUTH=PLAIN AUTH=LOGIN AUTH=CRAM-MD5 AUTH=XOAUTH2 AUTH=OAUTHBEARER"
MAX_LITERAL: Final = 100 * 1024 * 1024


@dataclass(slots=True)
class Session:
    """Who is logged in, what is selected, and what is to be written next.

    `tag` is that of the command under way; with `stale` it finds nothing that arrived so lately,
    with `missing` it misses a share of the mails.
    """

    store: MailStore
    tls: bool
    starttls: bool
    account: Account | None = None
    view: View | None = None
    identified: bool = False
    condstore: bool = False
    closing: bool = False
    tag: bytes = b""
    stale: timedelta | None = None
    missing: Fault | None = None
    out: list[bytes] = field(default_factory=list)

    @property
    def capabilities(self) -> str:
        """Give the capabilities in this state."""
        if self.account is not None:
            return f"{CAPABILITIES} APPENDLIMIT={MAX_LITERAL}"
        return CAPABILITIES + LOGINS + (" STARTTLS" if self.starttls else "")

    def untagged(self, text: bytes | str) -> None:
        """Write an untagged line."""
        line = text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text
        self.out.append(b"* " + line + b"\r\n")

    def user(self) -> Account:
        """Give the account; NO if nobody is logged in."""
        if self.account is None:
            raise NoError("log in first")
        return self.account

    def selected(self, *, writing: bool = False) -> View:
        """Give the selected mailbox; NO if there is none, or it may not be written."""
        if self.view is None:
            raise NoError("no mailbox is selected")
        if writing and self.view.read_only:
            raise NoError("the mailbox is selected read-only", "READ-ONLY")
        return self.view

    def enable_condstore(self) -> None:
        """Tell MODSEQs from now on, beginning with the selected mailbox's (RFC 7162, 3.1.2)."""
        self.condstore = True
        if self.view is not None and not self.view.condstore:
            self.view.condstore = True
            self.untagged(f"OK [HIGHESTMODSEQ {self.view.mailbox.modseq}] highest")

    def log_in(self, user: str, password: str) -> str:
        """Check a user's password."""
        account = self.store.accounts.get(user.strip().lower())
        if account is None or account.password != password:
            raise NoError("wrong user or password", "AUTHENTICATIONFAILED")
        self.account = account
        return f"[CAPABILITY {self.capabilities}] logged in"

    def tell_news(self, *, removals: bool) -> None:
        """Write what other sessions changed."""
        if self.view is not None and (lines := self.view.news(removals=removals)):
            self.out.append(lines)

    def take(self) -> bytes:
        """Give what is to be written, once."""
        data = b"".join(self.out)
        self.out.clear()
        return data


Command: TypeAlias = Callable[[Session, Arguments], str]
"""Answers a command: writes untagged lines, gives the text of the tagged OK."""

UidCommand: TypeAlias = Callable[[Session, Arguments, bool], str]
"""The same for a command that also has a UID form; True for that."""

Commands: TypeAlias = Mapping[str, Command]
