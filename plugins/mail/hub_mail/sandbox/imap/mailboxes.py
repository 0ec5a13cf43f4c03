"""Commands upon mailboxes: LIST, STATUS, SELECT, CREATE, APPEND and their kin."""

from __future__ import annotations

import re
from typing import Final

from hub_mail import folders
from hub_mail.sandbox.imap.grammar import Arguments, BadError, NoError
from hub_mail.sandbox.imap.session import MAX_LITERAL, Command, Session
from hub_mail.sandbox.imap.view import View
from hub_mail.sandbox.imap.wire import quoted
from hub_mail.sandbox.model import DELIMITER, Account, Mailbox, crlf

_ALL_FLAGS: Final = "\\Answered \\Flagged \\Deleted \\Seen \\Draft"


def list_(session: Session, arguments: Arguments) -> str:
    """Answer LIST, with the selection and return options of SPECIAL-USE."""
    arguments.space()
    special_only = False
    if arguments.peek() == b"(":
        special_only = "SPECIAL-USE" in _words(arguments)
        arguments.space()
    patterns = _patterns(arguments)
    if arguments.skip(b" RETURN ") or arguments.skip(b" return "):
        _words(arguments)
    account = session.user()
    if patterns == [""]:
        session.untagged(b'LIST (\\Noselect) "/" ""')
        return "LIST completed"
    for mailbox in _matching(account, patterns, set(account.mailboxes)):
        if mailbox.special or not special_only:
            session.untagged(b"LIST " + _listed(account, mailbox))
    return "LIST completed"


def lsub(session: Session, arguments: Arguments) -> str:
    """Answer LSUB."""
    arguments.space()
    patterns = _patterns(arguments)
    account = session.user()
    for mailbox in _matching(account, patterns, account.subscriptions):
        session.untagged(b"LSUB " + _listed(account, mailbox))
    return "LSUB completed"


def _patterns(arguments: Arguments) -> list[str]:
    reference = arguments.mailbox() if arguments.peek() != b" " else ""
    arguments.space()
    if arguments.peek() == b"(":
        return [reference + pattern for pattern in arguments.listed(arguments.pattern)]
    pattern = arguments.pattern()
    return [reference + pattern] if pattern else [""]


def _words(arguments: Arguments) -> list[str]:
    found = arguments.match(re.compile(rb"\([^()]*(?:\([^()]*\))?[^()]*\)"), "options")[0]
    return found.decode("latin-1").strip("()").upper().split()


def _matching(account: Account, patterns: list[str], among: set[str]) -> list[Mailbox]:
    regexes = [_regex(pattern) for pattern in patterns]
    chosen = sorted(name for name in among if any(r.fullmatch(name) for r in regexes))
    return [account.mailboxes[name] for name in chosen if name in account.mailboxes]


def _regex(pattern: str) -> re.Pattern[str]:
    pieces = [{"*": ".*", "%": "[^/]*"}.get(sign, re.escape(sign)) for sign in pattern]
    flag = re.IGNORECASE if pattern.upper() == "INBOX" else 0
    return re.compile("".join(pieces), flag | re.DOTALL)


def _listed(account: Account, mailbox: Mailbox) -> bytes:
    prefix = mailbox.name + DELIMITER
    has_children = any(name.startswith(prefix) for name in account.mailboxes)
    attributes = ["\\HasChildren" if has_children else "\\HasNoChildren"]
    if mailbox.special:
        attributes.append(mailbox.special)
    return f'({" ".join(attributes)}) "{DELIMITER}" '.encode() + _name(mailbox)


def _name(mailbox: Mailbox) -> bytes:
    return quoted(folders.encode(mailbox.name))


def status(session: Session, arguments: Arguments) -> str:
    """Answer STATUS."""
    arguments.space()
    mailbox = session.user().find(arguments.mailbox())
    arguments.space()
    wanted = [name.upper() for name in arguments.listed(arguments.atom)]
    messages = mailbox.messages
    values = {
        "MESSAGES": len(messages),
        "RECENT": sum(message.recent for message in messages),
        "UIDNEXT": mailbox.uid_next,
        "UIDVALIDITY": mailbox.uid_validity,
        "UNSEEN": sum("\\Seen" not in message.flags for message in messages),
        "HIGHESTMODSEQ": mailbox.modseq,
        "SIZE": sum(len(message.raw) for message in messages),
    }
    if unknown := [name for name in wanted if name not in values]:
        raise BadError(f"unknown status item {unknown[0]}")
    pairs = " ".join(f"{name} {values[name]}" for name in wanted)
    session.untagged(b"STATUS " + _name(mailbox) + f" ({pairs})".encode())
    return "STATUS completed"


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
        session.condstore |= "CONDSTORE" in _words(arguments)
    arguments.end()
    account = session.user()
    session.view = None
    mailbox = account.find(name)
    view = View(mailbox, read_only=read_only, condstore=session.condstore)
    session.view = view
    session.untagged(f"FLAGS ({_ALL_FLAGS})")
    permanent = "" if read_only else f"{_ALL_FLAGS} \\*"
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
    session.store.create(session.user(), arguments.mailbox())
    return "CREATE completed"


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
    account = session.user()
    account.subscriptions.add(account.find(arguments.mailbox()).name)
    return "SUBSCRIBE completed"


def unsubscribe(session: Session, arguments: Arguments) -> str:
    """Answer UNSUBSCRIBE."""
    arguments.space()
    session.user().subscriptions.discard(arguments.mailbox())
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
    "LIST": list_,
    "LSUB": lsub,
    "STATUS": status,
    "SELECT": select,
    "EXAMINE": examine,
    "CREATE": create,
    "DELETE": delete,
    "RENAME": rename,
    "SUBSCRIBE": subscribe,
    "UNSUBSCRIBE": unsubscribe,
    "APPEND": append,
    "NAMESPACE": namespace,
    "CLOSE": close,
    "UNSELECT": unselect,
}
