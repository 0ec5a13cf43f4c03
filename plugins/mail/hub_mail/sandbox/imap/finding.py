"""SEARCH with its result options (RFC 4731), and SORT (RFC 5256)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final

from hub.clock import as_utc
from hub_mail.sandbox.imap.grammar import Arguments, BadError
from hub_mail.sandbox.imap.search import Candidate, SearchProgram
from hub_mail.sandbox.imap.session import Session

_RESULTS: Final = ("MIN", "MAX", "ALL", "COUNT")
_BLOB: Final = r"\[[^\[\]]*\]\s*"
_LEADER: Final = re.compile(rf"\A(?:(?:{_BLOB})*(?:RE|FWD?)\s*(?:{_BLOB})?:|\s+)")
_PREFIX: Final = re.compile(rf"\A{_BLOB}(?=\S)")
_TRAILER: Final = re.compile(r"(?:\(FWD\)|\s)+\Z")
_FORWARDED: Final = re.compile(r"\A\[FWD:(.*)\]\Z")


def search(session: Session, arguments: Arguments, by_uid: bool) -> str:
    """Answer SEARCH."""
    arguments.space()
    results = _results(arguments)
    program = _program(session, arguments)
    found = _found(session, program)
    numbers = [one.message.uid if by_uid else one.number for one in found]
    modseq = _modseq(found, results) if program.uses_modseq else 0
    if results is None:
        told = f" (MODSEQ {modseq})" if modseq else ""
        session.untagged(" ".join(["SEARCH", *map(str, numbers)]) + told)
    else:
        session.untagged(_extended(session.tag, numbers, results, modseq, by_uid=by_uid))
    return "SEARCH completed"


def _modseq(found: list[Candidate], results: list[str] | None) -> int:
    """Give the highest MODSEQ of what is told of: the ends alone, or all (RFC 4731, 3.2)."""
    told = found
    if found and results is not None and not {"ALL", "COUNT"} & {*results}:
        told = [found[-1 if end == "MAX" else 0] for end in results]
    return max((one.message.modseq for one in told), default=0)


def _results(arguments: Arguments) -> list[str] | None:
    if not arguments.rest.upper().startswith(b"RETURN "):
        return None
    arguments.position += len(b"RETURN ")
    results = [word.upper() for word in arguments.listed(arguments.atom)]
    if unknown := [word for word in results if word not in _RESULTS]:
        raise BadError(f"unknown result option {unknown[0]}")
    arguments.space()
    return results or ["ALL"]


def _program(session: Session, arguments: Arguments) -> SearchProgram:
    view = session.selected()
    numbers = range(1, len(view.uids) + 1)
    return SearchProgram(arguments, numbers, view.uids, session.store.clock.now())


def _found(session: Session, program: SearchProgram, charset: str = "") -> list[Candidate]:
    view = session.selected()
    tests = program.read(charset)
    if program.uses_modseq:
        session.enable_condstore()
    horizon = session.store.clock.now() - session.stale if session.stale else None
    lost = session.missing
    candidates = (
        Candidate(number, message, recent=message.uid in view.recent)
        for number, message in view.numbered()
        if (horizon is None or message.date <= horizon)
        and (lost is None or lost.keeps(str(message.uid)))
    )
    return [one for one in candidates if all(test(one) for test in tests)]


def _extended(
    tag: bytes, numbers: Sequence[int], results: list[str], modseq: int, *, by_uid: bool
) -> bytes:
    values = {}
    if numbers:
        values = {"MIN": numbers[0], "MAX": numbers[-1], "ALL": compact(numbers)}
    told = {"COUNT": len(numbers), **values}
    pieces = [f"{name} {told[name]}" for name in results if name in told]
    pieces = (["UID"] if by_uid else []) + pieces + ([f"MODSEQ {modseq}"] if modseq else [])
    return b" ".join([b'ESEARCH (TAG "' + tag + b'")', *(piece.encode() for piece in pieces)])


def compact(numbers: Sequence[int]) -> str:
    """Give ascending numbers as a sequence set: `1:3,7`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in spans)


def sort(session: Session, arguments: Arguments, by_uid: bool) -> str:
    """Answer SORT."""
    arguments.space()
    order = _order([word.upper() for word in arguments.listed(arguments.atom)])
    arguments.space()
    charset = arguments.astring().decode("latin-1")
    arguments.space()
    found = _found(session, _program(session, arguments), charset)
    for key, reverse in reversed(order):
        found.sort(key=key, reverse=reverse)
    numbers = [one.message.uid if by_uid else one.number for one in found]
    session.untagged(" ".join(["SORT", *map(str, numbers)]))
    return "SORT completed"


Key = Callable[[Candidate], Any]


def _order(words: list[str]) -> list[tuple[Key, bool]]:
    order: list[tuple[Key, bool]] = []
    reverse = False
    for word in words:
        if word == "REVERSE" and not reverse:
            reverse = True
        elif word in _KEYS:
            order.append((_KEYS[word], reverse))
            reverse = False
        else:
            raise BadError(f"unknown sort key {word}")
    if not order or reverse:
        raise BadError("expected a sort key")
    return order


def _mailbox(name: str) -> Key:
    def key(one: Candidate) -> str:
        found = getaddresses([one.field(name)])
        return found[0][1].rpartition("@")[0].upper() if found else ""

    return key


def _sent(one: Candidate) -> datetime:
    try:
        sent = parsedate_to_datetime(one.field("date"))
        return as_utc(sent)
    except ValueError:
        return as_utc(one.message.date)


def _subject(one: Candidate) -> str:
    """Give the subject without what answers and forwards add to it (RFC 5256, 2.1).

    It is in capitals, as the collation has it: `_` and brackets come after letters.
    """
    subject, before = " ".join(one.field("subject").split()).upper(), ""
    while subject != before:
        before = subject
        for marks in (_TRAILER, _LEADER, _PREFIX):
            subject = marks.sub("", subject)
        if forwarded := _FORWARDED.fullmatch(subject):
            subject = forwarded[1]
    return subject


_KEYS: Final[dict[str, Key]] = {
    "ARRIVAL": lambda one: one.message.date,
    "CC": _mailbox("cc"),
    "DATE": _sent,
    "FROM": _mailbox("from"),
    "SIZE": lambda one: len(one.message.raw),
    "SUBJECT": _subject,
    "TO": _mailbox("to"),
}
