# ruff: noqa: D102 - each class says what it gets wrong
"""Connectors that read wrongly fail the kit's test of reading that is there for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta, timezone

import msgspec
import pytest

from hub.connector import Environment, Page
from hub.models import Change, InternalText, PublicText, Ref, Unreadable
from hub.testing.conformance.reading import ReadingTests
from hub.testing.memory import MemoryConnector, MemorySystem


class Retold(MemoryConnector):
    """Tells every change differently, as `retell` says."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return replace(page, changes=[self.retell(change) for change in page.changes])

    def retell(self, change: Change) -> Change:
        return change


class Forgetful(MemoryConnector):
    """Keeps its position in the instance, not in the cursor."""

    position: str | None = None

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(self.position)
        self.position = page.cursor
        return replace(page, cursor="somewhere")


class SkipsBetweenPages(MemoryConnector):
    """Loses the first record of each page but the first."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return replace(page, changes=page.changes[1:]) if cursor else page


class RepeatsBetweenPages(MemoryConnector):
    """Tells the last record of a page again on the next."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        if page.more:
            return replace(page, cursor=f"{int(page.cursor.rstrip('+')) - 1}+")
        return page


class EndlessPages(MemoryConnector):
    """Says `more` for ever."""

    def poll(self, cursor: str | None) -> Page:
        return replace(super().poll(cursor), more=True)


class BoundedAbove(MemoryConnector):
    """Reads a window that was fixed when the round began, and then believes to have read it."""

    def poll(self, cursor: str | None) -> Page:
        if cursor is None:
            page = super().poll(None)
            return replace(page, cursor=f"{len(self._system.log)}")
        return super().poll(cursor)


class UnstableVersions(Retold):
    """Counts its own reads into the version."""

    reads = 0

    def retell(self, change: Change) -> Change:
        type(self).reads += 1
        return msgspec.structs.replace(change, version=f"read-{self.reads}")


class Restless(UnstableVersions):
    """Reads all from the beginning, every time."""

    def poll(self, cursor: str | None) -> Page:
        return super().poll(cursor if cursor and cursor.endswith("+") else None)


class StartsNow(MemoryConnector):
    """Begins where the system is when it is started."""

    def __init__(self, system: MemorySystem, environment: Environment, **options: object) -> None:
        super().__init__(system, environment, **options)  # type: ignore[arg-type]
        self._start = len(system.log)

    def poll(self, cursor: str | None) -> Page:
        return super().poll(cursor and f"{max(self._start, int(cursor.rstrip('+')))}+")


class Frozen(Retold):
    """Reads the state of the moment at which it was started, and never another."""

    edge = 0

    def poll(self, cursor: str | None) -> Page:
        self.edge = self.edge or len(self._system.log)
        page = super().poll(cursor)
        return replace(page, changes=[c for c in page.changes if self._old(c)])

    def _old(self, change: Change | Unreadable) -> bool:
        snapshot = self._system.get(change.ref.kind, change.ref.id)
        return snapshot is not None and snapshot.position <= self.edge


class CoarseVersions(Retold):
    """Takes the system's stamp, to the minute, for a version."""

    def retell(self, change: Change) -> Change:
        assert change.at is not None
        return msgspec.structs.replace(change, version=f"{change.at:%Y-%m-%d %H}")


class LocalTime(Retold):
    """Tells the system's time in its own zone."""

    def retell(self, change: Change) -> Change:
        assert change.at is not None
        beijing = change.at.astimezone(timezone(timedelta(hours=8)))
        return msgspec.structs.replace(change, at=beijing)


class RichValues(Retold):
    """Tells values as the vendor's library has them."""

    def retell(self, change: Change) -> Change:
        return msgspec.structs.replace(change, fields={**change.fields, "status": {"id": "3"}})


class OtherName(Retold):
    """Writes its own name into the refs."""

    def retell(self, change: Change) -> Change:
        return msgspec.structs.replace(change, ref=Ref("acme", change.ref.kind, change.ref.id))


class Truncates(Retold):
    """Cuts long texts."""

    def retell(self, change: Change) -> Change:
        fields = {k: v[:255] if isinstance(v, str) else v for k, v in change.fields.items()}
        return msgspec.structs.replace(change, fields=fields)


class Latin(Retold):
    """Loses what its codec does not know."""

    def retell(self, change: Change) -> Change:
        text = str(change.fields.get("description", ""))
        mangled = text.encode("gb2312", errors="replace").decode("gb2312")
        return msgspec.structs.replace(change, fields={**change.fields, "description": mangled})


class EveryoneMayRead(Retold):
    """Takes every comment for a public one."""

    def retell(self, change: Change) -> Change:
        text = (
            PublicText(change.text.text) if isinstance(change.text, InternalText) else change.text
        )
        return msgspec.structs.replace(change, text=text)


class NeverGone(Retold):
    """Does not tell of deletions."""

    def retell(self, change: Change) -> Change:
        return msgspec.structs.replace(change, gone=False)


class FetchesWhatIsThere(MemoryConnector):
    """Leaves out what it does not find."""

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change]:
        return [change for change in super().fetch(refs) if not change.gone]


class FetchesOtherVersions(MemoryConnector):
    """Names the version of what is fetched otherwise."""

    def fetch(self, refs: Sequence[Ref]) -> Sequence[Change]:
        return [msgspec.structs.replace(c, version=f"f{c.version}") for c in super().fetch(refs)]


BROKEN = [
    (NeverGone, "a_deleted_record_is_gone", "does not say that it is gone"),
    (StartsNow, "a_restarted_connector_goes_on_from_the_cursor", "did not tell of"),
    (Restless, "a_restarted_connector_goes_on_from_the_cursor", "came as new versions"),
    (Forgetful, "a_page_that_was_lost_comes_again", "nothing in the instance"),
    (SkipsBetweenPages, "pages_have_no_gap_and_no_repeat", "left out between pages"),
    (RepeatsBetweenPages, "pages_have_no_gap_and_no_repeat", "told twice"),
    (EndlessPages, "a_poll_from_nothing_finds_what_is_there", "says `more` for ever"),
    (BoundedAbove, "pages_have_no_gap_and_no_repeat", "left out between pages"),
    (Restless, "the_cursor_stands_still_while_nothing_happens", "nothing happened, yet"),
    (UnstableVersions, "redelivery_is_harmless", "was not touched, yet its version became"),
    (CoarseVersions, "an_edit_makes_a_new_version", "hash of the content"),
    (LocalTime, "values_are_plain_and_times_are_in_utc", "is not in UTC"),
    (RichValues, "values_are_plain_and_times_are_in_utc", "status is no plain value"),
    (OtherName, "values_are_plain_and_times_are_in_utc", "must be `environment.name`"),
    (Truncates, "long_and_foreign_text_survives_reading", "changed on its way at sign 255"),
    (Latin, "long_and_foreign_text_survives_reading", "changed on its way"),
    (EveryoneMayRead, "a_comment_keeps_its_parent_and_its_visibility", "customers would read it"),
    (Frozen, "an_edit_while_pages_are_read_is_not_lost", "did not tell of"),
    (FetchesWhatIsThere, "fetch_gives_one_change_for_each_in_order", "fetch was asked for"),
    (FetchesOtherVersions, "poll_and_fetch_give_the_same_version", "poll and fetch differ"),
]
BEYOND: set[str] = set()


@pytest.mark.parametrize(("broken", "test", "words"), BROKEN)
def test_a_broken_connector_fails_the_matching_test(
    bites: Callable[..., None], broken: type[MemoryConnector], test: str, words: str
) -> None:
    """The defect fails the test that is there for it, in words that name it."""
    bites(broken, test, words)


def test_every_test_of_this_part_is_failed_by_some_connector() -> None:
    """No test of the kit is there in vain."""
    proven = {test for _, test, _ in BROKEN} | BEYOND
    assert proven == {name[5:] for name in vars(ReadingTests) if name.startswith("test_")}
