"""LIST with its options (RFC 5258, 5819, 6154), LSUB and STATUS."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from hub_mail import folders
from hub_mail.sandbox.imap.grammar import Arguments, BadError
from hub_mail.sandbox.imap.session import Session
from hub_mail.sandbox.imap.wire import quoted
from hub_mail.sandbox.model import DELIMITER, Account, Mailbox

_SELECTIONS: Final = frozenset({"SUBSCRIBED", "SPECIAL-USE", "REMOTE", "RECURSIVEMATCH"})
_BASES: Final = frozenset({"SUBSCRIBED", "SPECIAL-USE"})
_RETURNS: Final = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE"})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a LIST asks for."""

    patterns: list[str]
    selections: frozenset[str] = frozenset()
    returns: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()


def list_(session: Session, arguments: Arguments) -> str:
    """Answer LIST."""
    arguments.space()
    selections: frozenset[str] = frozenset()
    if arguments.peek() == b"(":
        selections = _known(arguments.listed(arguments.atom), _SELECTIONS)
        if "RECURSIVEMATCH" in selections and not selections & _BASES:
            raise BadError("RECURSIVEMATCH needs another selection")
        arguments.space()
    patterns = _patterns(arguments)
    returns, status = _returns(arguments) if arguments.skip(b" ") else (frozenset(), ())
    arguments.end()
    account = session.user()
    if patterns == [""]:
        session.untagged(f'LIST (\\Noselect) "{DELIMITER}" ""')
        return "LIST completed"
    _tell(session, account, _Wanted(patterns, selections, frozenset(returns), status))
    return "LIST completed"


def _tell(session: Session, account: Account, wanted: _Wanted) -> None:
    subscribed = "SUBSCRIBED" in wanted.selections
    names = _matching(wanted.patterns, account.subscriptions if subscribed else account.mailboxes)
    above: set[str] = set()
    if "RECURSIVEMATCH" in wanted.selections:
        above = _above(wanted.patterns, account.subscriptions)
    for name in sorted({*names, *above}):
        mailbox = account.mailboxes.get(name)
        if "SPECIAL-USE" in wanted.selections and (mailbox is None or not mailbox.special):
            continue
        marks = _attributes(account, name)
        if (subscribed or "SUBSCRIBED" in wanted.returns) and name in account.subscriptions:
            marks.append("\\Subscribed")
        child_info = b' ("CHILDINFO" ("SUBSCRIBED"))' if name in above else b""
        session.untagged(b"LIST " + _line(marks, name) + child_info)
        if wanted.status and mailbox is not None:
            session.untagged(_status_line(mailbox, wanted.status))


def _above(patterns: list[str], names: Iterable[str]) -> set[str]:
    """Give the names that match, above those that do not (RFC 5258, 3.5)."""
    unmatched = set(names) - {*_matching(patterns, names)}
    parents = {
        DELIMITER.join(levels[:depth])
        for levels in (name.split(DELIMITER) for name in unmatched)
        for depth in range(1, len(levels))
    }
    return {*_matching(patterns, parents)}


def _known(words: list[str], known: frozenset[str]) -> frozenset[str]:
    found = frozenset(word.upper() for word in words)
    if unknown := sorted(found - known):
        raise BadError(f"unknown option {unknown[0]}")
    return found


def _returns(arguments: Arguments) -> tuple[frozenset[str], tuple[str, ...]]:
    if arguments.atom().upper() != "RETURN":
        raise BadError("expected RETURN")
    arguments.space()
    status: tuple[str, ...] = ()

    def option() -> str:
        nonlocal status
        word = arguments.atom().upper()
        if word != "STATUS":
            return word
        arguments.space()
        status = _items(arguments)
        return "CHILDREN"

    return _known(arguments.listed(option), _RETURNS), status


def lsub(session: Session, arguments: Arguments) -> str:
    """Answer LSUB."""
    arguments.space()
    patterns = _patterns(arguments)
    arguments.end()
    account = session.user()
    names = {*_matching(patterns, account.subscriptions)}
    for name in sorted(names | _above(patterns, account.subscriptions)):
        marks = _attributes(account, name) if name in names else ["\\Noselect"]
        session.untagged(b"LSUB " + _line(marks, name))
    return "LSUB completed"


def _patterns(arguments: Arguments) -> list[str]:
    reference = arguments.mailbox() if arguments.peek() != b" " else ""
    arguments.space()
    if arguments.peek() == b"(":
        return [reference + pattern for pattern in arguments.listed(arguments.pattern)]
    pattern = arguments.pattern()
    return [reference + pattern] if pattern else [""]


def _matching(patterns: list[str], names: Iterable[str]) -> list[str]:
    regexes = [_regex(pattern) for pattern in patterns]
    return sorted(name for name in names if any(regex.fullmatch(name) for regex in regexes))


def _regex(pattern: str) -> re.Pattern[str]:
    pieces = [{"*": ".*", "%": "[^/]*"}.get(sign, re.escape(sign)) for sign in pattern]
    flag = re.IGNORECASE if pattern.upper() == "INBOX" else 0
    return re.compile("".join(pieces), flag | re.DOTALL)


def _attributes(account: Account, name: str) -> list[str]:
    mailbox = account.mailboxes.get(name)
    if mailbox is None:
        return ["\\NonExistent"]
    prefix = name + DELIMITER
    has_children = any(other.startswith(prefix) for other in account.mailboxes)
    marks = ["\\HasChildren" if has_children else "\\HasNoChildren"]
    return [*marks, mailbox.special] if mailbox.special else marks


def _line(marks: list[str], name: str) -> bytes:
    return f'({" ".join(marks)}) "{DELIMITER}" '.encode() + quoted(folders.encode(name))


def status(session: Session, arguments: Arguments) -> str:
    """Answer STATUS."""
    arguments.space()
    mailbox = session.user().find(arguments.mailbox())
    arguments.space()
    wanted = _items(arguments)
    arguments.end()
    if "HIGHESTMODSEQ" in wanted:
        session.enable_condstore()
    session.untagged(_status_line(mailbox, wanted))
    return "STATUS completed"


def _items(arguments: Arguments) -> tuple[str, ...]:
    return tuple(name.upper() for name in arguments.listed(arguments.atom))


def _status_line(mailbox: Mailbox, wanted: tuple[str, ...]) -> bytes:
    messages = mailbox.messages
    values = {
        "MESSAGES": len(messages),
        "RECENT": sum(message.recent for message in messages),
        "UIDNEXT": mailbox.uid_next,
        "UIDVALIDITY": mailbox.uid_validity,
        "UNSEEN": sum("\\Seen" not in message.flags for message in messages),
        "DELETED": sum("\\Deleted" in message.flags for message in messages),
        "HIGHESTMODSEQ": mailbox.modseq,
        "SIZE": sum(len(message.raw) for message in messages),
    }
    if unknown := [name for name in wanted if name not in values]:
        raise BadError(f"unknown status item {unknown[0]}")
    pairs = " ".join(f"{name} {values[name]}" for name in wanted)
    return b"STATUS " + quoted(folders.encode(mailbox.name)) + f" ({pairs})".encode()
