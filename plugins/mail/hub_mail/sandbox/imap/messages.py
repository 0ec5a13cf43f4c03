"""Commands upon messages: FETCH, STORE, COPY, MOVE, EXPUNGE, with their UID forms."""

from __future__ import annotations

from typing import Final

from hub_mail.sandbox.imap import finding
from hub_mail.sandbox.imap.fetch import Answer, Item, marks_seen, read_items
from hub_mail.sandbox.imap.grammar import Arguments, BadError, NoError, SequenceSet
from hub_mail.sandbox.imap.session import Session, UidCommand
from hub_mail.sandbox.imap.view import View
from hub_mail.sandbox.model import Mailbox, MailboxError, Message

_HELD: Final = frozenset({"UID", "FLAGS", "MODSEQ"})
"""What a session knows of a mail even when another has removed it (RFC 2180, 4.1)."""


def fetch(session: Session, arguments: Arguments, by_uid: bool) -> str:
    """Answer FETCH."""
    arguments.space()
    wanted = arguments.sequence()
    arguments.space()
    items = read_items(arguments)
    since = _changed_since(session, arguments)
    arguments.end()
    view = session.selected()
    if any(item.name == "MODSEQ" for item in items):
        session.enable_condstore()
    marking = marks_seen(items) and not view.read_only
    items = _completed(items, by_uid=by_uid, modseq=view.condstore)
    held = {item.name for item in items} <= _HELD
    chosen = view.known if held else view.select
    for number, message in chosen(wanted, by_uid=by_uid):
        if since is not None and message.modseq <= since:
            continue
        wanted_items = items
        if marking and "\\Seen" not in message.flags:
            view.mailbox.flag(message, {*message.flags, "\\Seen"})
            view.told[message.uid] = message.modseq
            wanted_items = _with_flags(items)
            session.store.changed()
        answer = Answer(message, recent=message.uid in view.recent)
        session.out.append(answer.line(number, wanted_items))
    return "FETCH completed"


def _with_flags(items: list[Item]) -> list[Item]:
    """Tell of the flag that reading sets in the answer itself: some clients count lines."""
    names = {item.name for item in items}
    return items if "FLAGS" in names else [*items, Item("FLAGS")]


def _changed_since(session: Session, arguments: Arguments) -> int | None:
    if not arguments.skip(b" ("):
        return None
    if arguments.atom().upper() != "CHANGEDSINCE":
        raise BadError("unknown fetch modifier")
    arguments.space()
    since = arguments.number()
    arguments.expect(b")")
    session.enable_condstore()
    return since


def _completed(items: list[Item], *, by_uid: bool, modseq: bool) -> list[Item]:
    names = {item.name for item in items}
    extra = [Item("UID")] if by_uid and "UID" not in names else []
    if modseq and "FLAGS" in names and "MODSEQ" not in names:
        extra.append(Item("MODSEQ"))
    return extra + items


def store(session: Session, arguments: Arguments, by_uid: bool) -> str:
    """Answer STORE."""
    arguments.space()
    wanted = arguments.sequence()
    arguments.space()
    unchanged_since = _unchanged_since(session, arguments)
    operation = arguments.flag().upper() if arguments.peek() not in b"+-" else _signed(arguments)
    arguments.space()
    flags = set(arguments.many(arguments.flag))
    arguments.end()
    view = session.selected(writing=True)
    refused = []
    for number, message in view.select(wanted, by_uid=by_uid):
        if unchanged_since is not None and message.modseq > unchanged_since:
            refused.append(message.uid if by_uid else number)
            continue
        view.mailbox.flag(message, _new_flags(message, operation, flags))
        if operation.endswith(".SILENT") and not view.condstore:
            view.told[message.uid] = message.modseq
        else:
            session.out.append(view.flags_line(number, message))
    session.store.changed()
    modified = f"[MODIFIED {','.join(map(str, refused))}] " if refused else ""
    return modified + "STORE completed"


def _unchanged_since(session: Session, arguments: Arguments) -> int | None:
    if not arguments.skip(b"("):
        return None
    if arguments.atom().upper() != "UNCHANGEDSINCE":
        raise BadError("unknown store modifier")
    arguments.space()
    limit = arguments.number()
    arguments.expect(b")")
    arguments.space()
    session.enable_condstore()
    return limit


def _signed(arguments: Arguments) -> str:
    sign = arguments.peek().decode()
    arguments.position += 1
    return sign + arguments.atom().upper()


def _new_flags(message: Message, operation: str, flags: set[str]) -> set[str]:
    match operation.removesuffix(".SILENT"):
        case "FLAGS":
            return flags
        case "+FLAGS":
            return message.flags | flags
        case "-FLAGS":
            lowered = {flag.lower() for flag in flags}
            return {flag for flag in message.flags if flag.lower() not in lowered}
        case _:
            raise BadError(f"unknown operation {operation}")


def copy(session: Session, arguments: Arguments, by_uid: bool) -> str:
    """Answer COPY."""
    wanted, target = _target(session, arguments)
    view = session.selected()
    chosen = view.select(wanted, by_uid=by_uid)
    code = _copied(target, [message for _, message in chosen])
    session.store.changed()
    return f"{code}COPY completed"


def move(session: Session, arguments: Arguments, by_uid: bool) -> str:
    """Answer MOVE."""
    wanted, target = _target(session, arguments)
    view = session.selected(writing=True)
    chosen = [message for _, message in view.select(wanted, by_uid=by_uid)]
    if code := _copied(target, chosen):
        session.untagged(f"OK {code}moved")
    _remove(session, view, [message.uid for message in chosen])
    return "MOVE completed"


def _target(session: Session, arguments: Arguments) -> tuple[SequenceSet, Mailbox]:
    arguments.space()
    wanted = arguments.sequence()
    arguments.space()
    name = arguments.mailbox()
    arguments.end()
    try:
        return wanted, session.user().find(name)
    except MailboxError as error:
        raise NoError(str(error), "TRYCREATE") from None


def _copied(target: Mailbox, messages: list[Message]) -> str:
    pairs = [(m.uid, target.add(m.raw, m.date, m.flags).uid) for m in messages]
    if not pairs:
        return ""
    old, new = (",".join(map(str, uids)) for uids in zip(*pairs, strict=True))
    return f"[COPYUID {target.uid_validity} {old} {new}] "


def expunge(session: Session, arguments: Arguments, by_uid: bool) -> str:
    """Answer EXPUNGE, and UID EXPUNGE with its set."""
    view = session.selected(writing=True)
    doomed = {m.uid for m in view.mailbox.messages if "\\Deleted" in m.flags}
    if by_uid:
        arguments.space()
        doomed &= set(arguments.sequence().select(view.uids))
    arguments.end()
    _remove(session, view, sorted(doomed))
    return "EXPUNGE completed"


def _remove(session: Session, view: View, uids: list[int]) -> None:
    view.mailbox.remove(uids)
    session.tell_news(removals=True)
    session.store.changed()


COMMANDS: Final[dict[str, UidCommand]] = {
    "FETCH": fetch,
    "STORE": store,
    "SEARCH": finding.search,
    "SORT": finding.sort,
    "COPY": copy,
    "MOVE": move,
    "EXPUNGE": expunge,
}
