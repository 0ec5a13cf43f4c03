"""What connectors see comes in once, with the cursor; what is unreadable is kept and told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from hub.clock import RandomIds
from hub.connector import Page
from hub.core.desk import Desk
from hub.core.intake import Intake
from hub.core.store import inbox, overview
from hub.errors import (
    AuthenticationError,
    NotFoundError,
    StoreError,
    UnavailableError,
)
from hub.models import Change, Ref, Unreadable
from hub.testing.clock import EPOCH


class Told:
    """A connector that tells pages as it is told, and reads records afresh."""

    def __init__(self, *pages: Sequence[Any], **fresh: Any) -> None:
        self.pages = list(pages)
        self.fresh = fresh
        self.asked: list[Any] = []

    def poll(self, cursor: str | None) -> Page:
        """Give the page behind the cursor."""
        at = int(cursor or "0")
        changes = self.pages[at] if at < len(self.pages) else ()
        end = min(at + 1, len(self.pages))
        return Page(changes=changes, cursor=str(end), more=end < len(self.pages))

    def fetch(self, refs: Sequence[Ref]) -> list[Any]:
        """Give what was told of each record; an error is raised."""
        self.asked.append([ref.id for ref in refs])
        answers = [self.fresh[f"r{ref.id}"] for ref in refs]
        for answer in answers:
            if isinstance(answer, Exception):
                raise answer
        return answers


def change(record: str, version: str = "1", **given: Any) -> Change:
    """Make a change of a case."""
    fields = given.pop("fields", {"subject": record})
    ref = given.pop("ref", Ref("crm", "case", record))
    return Change(ref=ref, version=version, seen_at=EPOCH, fields=fields, **given)


def intake(hub: Any, *pages: Sequence[Any], **fresh: Any) -> Intake:
    """Make the intake of a connector that is told what to tell."""
    return Intake("crm", Told(*pages, **fresh), hub.clock)  # type: ignore[arg-type]


def waiting(hub: Any) -> int:
    """Give how many changes wait."""
    return int(hub.read(overview.inbox_waiting)[0])


def cursor(hub: Any) -> str | None:
    """Give how far the CRM was read."""
    found: str | None = hub.read(inbox.read_cursor, "crm")
    return found


def test_pages_come_in_one_after_the_other(hub: Any) -> None:
    """Each with its cursor; what was told before is no news."""
    reading = intake(hub, [change("1"), change("2")], [change("2"), change("3"), change("3")])
    assert reading.poll(hub.session) == (2, True)
    assert cursor(hub) == "1"
    assert reading.poll(hub.session) == (1, False)
    assert reading.poll(hub.session) == (0, False)
    assert (waiting(hub), cursor(hub)) == (3, "2")


class Crash(BaseException):
    """The process dies here."""


def test_changes_and_cursor_move_together_or_not_at_all(hub: Any) -> None:
    """A process that dies before the commit has read nothing."""
    told = [change("1"), Unreadable(ref=Ref("crm", "case", "2"), version="1", cause="?")]

    def crash(boundary: str) -> None:
        if boundary == "before commit of intake":
            raise Crash

    reading = intake(hub, told)
    hub.database.observer = crash
    with pytest.raises(Crash):
        reading.poll(hub.session)
    hub.database.observer = str
    assert (waiting(hub), cursor(hub), hub.letters()) == (0, None, [])
    assert hub.read(inbox.unread, ["crm"]) == ["crm"]
    assert reading.poll(hub.session) == (1, False)
    assert (waiting(hub), cursor(hub), len(hub.letters())) == (1, "1", 1)
    assert hub.read(inbox.unread, ["crm"]) == []


def test_a_full_disk_leaves_the_cursor_where_it_was(sqlite_hub: Any) -> None:
    """With space again the same page comes in."""
    hub = sqlite_hub
    reading = intake(hub, [change(str(n), fields={"x": "y" * 9000}) for n in range(50)])
    with hub.session.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(StoreError):
        reading.poll(hub.session)
    assert (waiting(hub), cursor(hub)) == (0, None)
    with hub.session.read() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert reading.poll(hub.session) == (50, False)


LONG = "".join(map(str, range(5000)))


@pytest.mark.parametrize(
    "bad",
    [
        change("bad", fields={"x": "\ud800"}),
        change("bad", aliases=("\udcff",)),
        change("ba\0d"),
        change("ba\ud800d"),
        change("bad", "1\0"),
        change("bad", "1\udc80"),
        change("bad", fields={"x": object()}),  # type: ignore[dict-item]
        change("bad" + LONG),
        change("bad", LONG),
        change("bad", ref=Ref("crm", "case", 7)),  # type: ignore[arg-type]
        change("bad", None),  # type: ignore[arg-type]
        Unreadable(ref=Ref("crm", "case", "bad"), version="1", cause="?", excerpt="\ud800 \0"),
        Unreadable(ref=Ref("crm", "case", "bad\0\ud800"), version="\ud800", cause="\0"),
        Unreadable(ref=Ref("crm", "case", LONG), version=LONG, cause="?", remedy="\udcff"),
    ],
)
def test_what_can_not_be_stored_is_a_dead_letter_and_others_of_its_page_go_on(
    hub: Any, bad: Any
) -> None:
    """Once, however often it is told."""
    reading = intake(hub, [change("1"), bad, change("2")], [bad])
    assert reading.poll(hub.session) == (2, True)
    assert reading.poll(hub.session) == (0, False)
    assert cursor(hub) == "2"
    (letter,) = hub.letters()
    assert ("record", "crm", "HUB-S-034") == (letter.kind, letter.connector, letter.code)
    assert letter.ref.startswith("crm:case:")
    assert letter.cause


def test_an_unreadable_record_is_read_again_on_request(hub: Any) -> None:
    """By its own address; mended over there, it comes in."""
    bad = change("5", fields={"subject": "\ud800"})
    reading = intake(hub, [bad], r5=change("5", fields={"subject": "mended"}))
    reading.poll(hub.session)
    (letter,) = hub.letters()
    assert letter.ref == "crm:case:5"
    Desk(hub.session, hub.clock, RandomIds(hub.clock)).retry(letter.id)
    assert reading.fetch(hub.session) == 1
    assert reading.fetch(hub.session) == 0
    hub.engine.step(hub.session)
    assert ["mended"] == [item.fields["subject"] for item in hub.items()]


def test_a_record_that_is_unreadable_still_is_told_of_again(hub: Any) -> None:
    """Retrying it in vain must not hide it."""
    bad = change("5", fields={"subject": "\ud800"})
    reading = intake(hub, [bad], r5=bad)
    reading.poll(hub.session)
    for _ in range(2):
        (letter,) = hub.letters()
        Desk(hub.session, hub.clock, RandomIds(hub.clock)).retry(letter.id)
        reading.fetch(hub.session)
    assert len(hub.letters()) == 1
    assert len(hub.letters("retried")) == 2


@pytest.mark.parametrize("error", [NotFoundError("never"), KeyError("a bug")])
def test_a_record_whose_fetch_fails_for_good_stops_no_other(hub: Any, error: Exception) -> None:
    """It is a dead letter; the others asked for with it are read."""
    reading = intake(hub, r1=change("1"), r2=error, r3=change("3"))
    reading.want(hub.session, [Ref("crm", "case", n) for n in "123"])
    assert reading.fetch(hub.session) == 2
    assert hub.read(inbox.wanted_fetches, "crm", 9) == []
    (letter,) = hub.letters()
    assert ("record", "crm:case:2") == (letter.kind, letter.ref)
    assert type(error).__name__ in letter.cause


@pytest.mark.parametrize("error", [UnavailableError("down"), AuthenticationError("expired")])
def test_records_that_can_not_be_fetched_now_stay_wanted(hub: Any, error: Exception) -> None:
    """Nothing is taken for unreadable while the system is away."""
    reading = intake(hub, r1=change("1"), r2=error)
    reading.want(hub.session, [Ref("crm", "case", n) for n in "12"])
    with pytest.raises(type(error)):
        reading.fetch(hub.session)
    assert len(hub.read(inbox.wanted_fetches, "crm", 9)) == 2
    assert hub.letters() == []


def test_a_page_that_promises_more_and_does_not_move_is_not_read_for_ever(hub: Any) -> None:
    """A connector's bug must not become a busy loop."""

    class Stuck(Told):
        """Always the same page."""

        def poll(self, cursor: str | None) -> Page:
            """Give it."""
            return Page(changes=[change("1")], cursor="x", more=True)

    reading = Intake("crm", Stuck(), hub.clock)  # type: ignore[arg-type]
    assert reading.poll(hub.session) == (1, True)
    assert reading.poll(hub.session) == (0, False)


def test_what_comes_in_wakes_the_engine_and_what_is_wanted_the_reader(hub: Any) -> None:
    """And what is no news wakes nobody."""
    signals = hub.database.signals
    reading = intake(hub, [change("1")], [change("1")])
    reading.poll(hub.session)
    reading.poll(hub.session)
    reading.want(hub.session, [Ref("crm", "case", "1")])
    assert (1, 1) == (signals.count("inbox"), signals.count("fetch:crm"))
