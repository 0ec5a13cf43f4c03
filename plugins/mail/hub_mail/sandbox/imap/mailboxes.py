"""Commands upon mailboxes: SELECT, CREATE, APPEND and their kin."""

from __future__ import annotations

from typing import Final

from hub_mail import folders
from hub_mail.sandbox.imap import listing
from hub_mail.sandbox.imap.grammar import Arguments, BadError, NoError
from hub_mail.sandbox.imap.session import MAX_LITERAL, Command, Session
from hub_mail.sandbox.imap.view import View
from hub_mail.sandbox.imap.wire import quoted
from hub_mail.sandbox.model import DELIMITER, SPECIAL, Account, crlf, inbox_name

QUOTA_KIB: Final = 10 * 1024 * 1024
QUOTA_MESSAGES: Final = 1_000_000
_ALL_FLAGS: Final = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"


def select(session: Session, arguments: Arguments) -> str:
    """Answer SELECT."""
    return _open(session, arguments, read_only=False)


def examine(session: Session, arguments: Arguments) -> str:
    """Answer EXAMINE."""
    return _open(session, arguments, read_only=True)


def _open(session: Session, arguments: Arguments, *, read_only: bool) -> str:
    arguments.space()
    name = arguments.mailbox()
    if arguments.skip(b" "):
        options = [option.upper() for option in arguments.listed(arguments.atom)]
        if options != ["CONDSTORE"]:
            raise BadError(f"unknown option {' '.join(options)}")
        session.condstore = True
    arguments.end()
    account = session.user()
    session.view = None
    mailbox = account.find(name)
    view = View(mailbox, read_only=read_only, condstore=session.condstore)
    session.view = view
    used = {flag for message in mailbox.messages for flag in message.flags}
    keywords = sorted(flag for flag in used if not flag.startswith("\\"))
    flags = " ".join([_ALL_FLAGS, *keywords])
    session.untagged(f"FLAGS ({flags})")
    permanent = "" if read_only else f"{flags} \\*"
    session.untagged(f"OK [PERMANENTFLAGS ({permanent})] flags that last")
    session.untagged(f"{len(mailbox.messages)} EXISTS")
    session.untagged(f"{len(view.recent)} RECENT")
    for number, message in view.numbered():
        if "\\Seen" not in message.flags:
            session.untagged(f"OK [UNSEEN {number}] first unseen")
            break
    session.untagged(f"OK [UIDVALIDITY {mailbox.uid_validity}] UIDs valid")
    session.untagged(f"OK [UIDNEXT {mailbox.uid_next}] predicted next UID")
    session.untagged(f"OK [HIGHESTMODSEQ {mailbox.modseq}] highest")
    return "[READ-ONLY] EXAMINE completed" if read_only else "[READ-WRITE] SELECT completed"


def create(session: Session, arguments: Arguments) -> str:
    """Answer CREATE."""
    arguments.space()
    account, name = session.user(), arguments.mailbox()
    special = _special_use(account, arguments) if arguments.skip(b" (USE ") else ""
    arguments.end()
    mailbox = session.store.create(account, name)
    mailbox.special = special or mailbox.special
    return "CREATE completed"


def _special_use(account: Account, arguments: Arguments) -> str:
    uses = arguments.listed(arguments.flag)
    arguments.expect(b")")
    if len(uses) != 1 or uses[0] not in SPECIAL.values():
        raise NoError("a mailbox has one use, of those that are known", "USEATTR")
    if any(mailbox.special == uses[0] for mailbox in account.mailboxes.values()):
        raise NoError(f"{uses[0]} is taken", "USEATTR")
    return uses[0]


def delete(session: Session, arguments: Arguments) -> str:
    """Answer DELETE."""
    arguments.space()
    session.store.delete(session.user(), arguments.mailbox())
    return "DELETE completed"


def rename(session: Session, arguments: Arguments) -> str:
    """Answer RENAME."""
    arguments.space()
    old = arguments.mailbox()
    arguments.space()
    session.store.rename(session.user(), old, arguments.mailbox())
    return "RENAME completed"


def subscribe(session: Session, arguments: Arguments) -> str:
    """Answer SUBSCRIBE."""
    arguments.space()
    account, name = session.user(), arguments.mailbox()
    account.subscriptions.add(inbox_name(name))
    return "SUBSCRIBE completed"


def unsubscribe(session: Session, arguments: Arguments) -> str:
    """Answer UNSUBSCRIBE."""
    arguments.space()
    session.user().subscriptions.discard(inbox_name(arguments.mailbox()))
    return "UNSUBSCRIBE completed"


def append(session: Session, arguments: Arguments) -> str:
    """Answer APPEND."""
    arguments.space()
    name = arguments.mailbox()
    arguments.space()
    flags: list[str] = []
    date = session.store.clock.now()
    if arguments.peek() == b"(":
        flags = arguments.listed(arguments.flag)
        arguments.space()
    if arguments.peek() == b'"':
        date = arguments.date_time()
        arguments.space()
    raw = arguments.string()
    arguments.end()
    if len(raw) > MAX_LITERAL:
        raise NoError("the mail is too large", "TOOBIG")
    account = session.user()
    if name not in account.mailboxes and name.upper() != "INBOX":
        raise NoError(f"no mailbox {name}", "TRYCREATE")
    mailbox = account.find(name)
    message = mailbox.add(crlf(raw), date, flags)
    session.store.changed()
    return f"[APPENDUID {mailbox.uid_validity} {message.uid}] APPEND completed"


def namespace(session: Session, arguments: Arguments) -> str:
    """Answer NAMESPACE: one personal namespace."""
    arguments.end()
    session.user()
    session.untagged(f'NAMESPACE (("" "{DELIMITER}")) NIL NIL')
    return "NAMESPACE completed"


def get_quota_root(session: Session, arguments: Arguments) -> str:
    """Answer GETQUOTAROOT: one root for all mailboxes of an account (RFC 9208)."""
    arguments.space()
    mailbox = session.user().find(arguments.mailbox())
    arguments.end()
    session.untagged(b"QUOTAROOT " + quoted(folders.encode(mailbox.name)) + b' ""')
    _tell_quota(session)
    return "GETQUOTAROOT completed"


def get_quota(session: Session, arguments: Arguments) -> str:
    """Answer GETQUOTA."""
    arguments.space()
    if arguments.astring():
        raise NoError("no such quota root", "NONEXISTENT")
    arguments.end()
    _tell_quota(session)
    return "GETQUOTA completed"


def _tell_quota(session: Session) -> None:
    mails = [mail for box in session.user().mailboxes.values() for mail in box.mails.values()]
    used = sum(len(mail.raw) for mail in mails) // 1024
    session.untagged(f'QUOTA "" (STORAGE {used} {QUOTA_KIB} MESSAGE {len(mails)} {QUOTA_MESSAGES})')


def close(session: Session, arguments: Arguments) -> str:
    """Answer CLOSE: what is marked deleted goes without a word."""
    arguments.end()
    view = session.selected()
    if not view.read_only:
        doomed = [m.uid for m in view.mailbox.messages if "\\Deleted" in m.flags]
        view.mailbox.remove(doomed)
        session.store.changed()
    session.view = None
    return "CLOSE completed"


def unselect(session: Session, arguments: Arguments) -> str:
    """Answer UNSELECT."""
    arguments.end()
    session.selected()
    session.view = None
    return "UNSELECT completed"


COMMANDS: Final[dict[str, Command]] = {
    "LIST": listing.list_,
    "LSUB": listing.lsub,
    "STATUS": listing.status,
    "SELECT": select,
    "EXAMINE": examine,
    "CREATE": create,
    "DELETE": delete,
    "RENAME": rename,
    "SUBSCRIBE": subscribe,
    "UNSUBSCRIBE": unsubscribe,
    "APPEND": append,
    "NAMESPACE": namespace,
    "GETQUOTA": get_quota,
    "GETQUOTAROOT": get_quota_root,
    "CLOSE": close,
    "UNSELECT": unselect,
}
