"""Questions as people ask them, answered from the store: the command line's and the API's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import Connection

from hub.core import inquiry
from hub.core.explain.books import Books
from hub.core.explain.past import Moment, Past, read_past
from hub.core.explain.reasons import Reason, reason_of
from hub.core.explain.whynot import Asked, Subject, WhyNot, day_of, why_not
from hub.core.store import items
from hub.errors import UnknownError
from hub.handbook.shapes import Language

_DATE: Final = len("2026-11-28")
_HOUR: Final = timedelta(hours=1)


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """Why a decision was made: `step` and `decision` say which one of the chain it is."""

    step: int
    decision: int
    reasons: list[Reason]


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """The chain of cause and effect, with the rows behind its decisions."""

    chain: inquiry.Explanation
    because: list[Because]


def explained(connection: Connection, ref: str, books: Books, language: Language) -> Explained:
    """Explain an item or a record; UnknownError if the hub never saw it."""
    chain = inquiry.explain(connection, ref)
    if chain is None:
        raise UnknownError(f"the hub has never seen anything called {ref!r}")
    because = []
    if chain.item:
        because = list(_because(chain, read_past(connection, chain.item), books, language))
    return Explained(chain=chain, because=because)


def _because(
    chain: inquiry.Explanation, past: Past, books: Books, language: Language
) -> Iterator[Because]:
    # Both come from the same entries in the same order.
    moments = enumerate(past.moments)
    for number, step in enumerate(chain.steps):
        for place, _ in enumerate(step.decisions):
            index, moment = next(moments)
            book = books.get(moment.entry.handbook) if moment.entry.handbook else None
            behind = [moment, *_behind(moment, past.moments[:index])]
            reasons = [reason for each in behind for reason in reason_of(each, book, language)]
            if reasons:
                yield Because(step=number, decision=place, reasons=reasons)


def _behind(notice: Moment, before: Sequence[Moment]) -> Iterator[Moment]:
    """Give the decision that a notice follows from: the rung that is told, or the last routing."""
    decision = notice.decision
    if decision.action != "want" or not decision.name.startswith("SendNotice"):
        return
    for moment in reversed(before):
        rung = moment.entry is notice.entry and moment.decision.action == "note"
        if decision.plugin == "rules.escalation":
            found = rung and moment.decision.plugin == decision.plugin
        else:
            found = moment.decision.plugin == "rules.routing" and "owner" in moment.decision.fields
        if found:
            yield moment
            return


def answered(
    connection: Connection,
    ref: str,
    subject: str,
    books: Books,
    language: Language,
    *,
    at: str = "",
    who: str = "",
) -> WhyNot:
    """Say why something did not happen to an item.

    Args:
        connection: a reading transaction.
        ref: the item, by any of its names.
        subject: what did not happen (`Subject`).
        books: the handbooks.
        language: of the answer.
        at: a date (that day), or a date and time (that hour), by the handbook's clock; by default
            all the time until the last that was decided.
        who: the person or role that was not told or not chosen.

    Raises:
        UnknownError: there is no such item.
        ValueError: the subject or the time is not understood.
    """
    if subject not in set(Subject):
        known = ", ".join(Subject)
        raise ValueError(f"{subject!r} is nothing that can be asked about; known: {known}")
    item_id = items.find_item_id(connection, ref)
    if item_id is None:
        raise UnknownError(f"no item is known as {ref!r}")
    past = read_past(connection, item_id)
    start, end = _span(past, at, ZoneInfo(books.present.about.zone))
    asked = Asked(subject=Subject(subject), start=start, end=end, who=who)
    return why_not(past, books, asked, language)


def _span(past: Past, at: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    if not at:
        last = past.moments[-1].at if past.moments else past.item.opened_at
        return past.item.opened_at, last
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise ValueError(f"{at!r} is no date such as 2026-11-28, nor a date and time") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return day_of(moment) if len(at) == _DATE else (moment, moment + _HOUR)
