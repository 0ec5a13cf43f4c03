"""What a connector's reading must hold: nothing left out, nothing twice, everything as it was."""

from __future__ import annotations

import pytest

from hub.models import Change, InternalText, PublicText
from hub.models.fieldmaps import normal
from hub.testing.conformance.ground import Ground, must
from hub.testing.conformance.peer import Peer

SIGNS = "服务部门工作手册 — naïve ✓ 用户问题单 🧑‍🔧🚀 ０１２ é \u00a0끝"
MANY = 12


class ReadingTests(Ground):
    """Polling, cursors, pages, fetching."""

    def test_a_poll_from_nothing_finds_what_is_there(self, peer: Peer) -> None:
        """The first poll, without a cursor, tells of a record that existed before."""
        record = peer.create("first")
        peer.settle()
        changes, _ = self.rounds(peer.connector(), None)
        change = self.last(changes, self.ref(record))
        must("first" in self.words_of(change), f"the text is not where it should be: {change}")

    def test_pages_have_no_gap_and_no_repeat(self, peer: Peer) -> None:
        """Reading to the end tells each of a dozen records exactly once."""
        wanted = {peer.create(f"page {number}") for number in range(MANY)}
        peer.settle()
        connector = peer.connector()
        page = connector.poll(None)
        must(page.more, f"make the page smaller than {MANY} records in Peer.connector()")
        changes, _ = self.rounds(connector, None)
        told = [change.ref.id for change in changes if change.ref.kind == self.kind]
        must(wanted <= set(told), f"left out between pages: {sorted(wanted - set(told))}")
        twice = sorted({record for record in told if told.count(record) > 1})
        must(not twice, f"told twice within one round of pages: {twice}")

    def test_an_edit_while_pages_are_read_is_not_lost(self, peer: Peer) -> None:
        """A record edited between two pages shows its new text at the end."""
        if not self.edits:
            pytest.skip("people can not edit records of this kind")
        records = [peer.create(f"page {number}") for number in range(MANY)]
        peer.settle()
        connector = peer.connector()
        page = connector.poll(None)
        peer.edit(records[0], "edited meanwhile")
        peer.settle()
        changes, cursor = self.rounds(connector, page.cursor)
        changes += self.rounds(connector, cursor)[0]
        change = self.last(changes, self.ref(records[0]))
        must(
            "edited meanwhile" in self.words_of(change),
            "an edit made between two pages never came: order by the system's stamp, with a lower "
            "bound only",
        )

    def test_the_cursor_stands_still_while_nothing_happens(self, peer: Peer) -> None:
        """Polling again with nothing new tells nothing that was not told before."""
        peer.create("alone")
        connector = peer.connector()
        peer.settle()
        changes, cursor = self.rounds(connector, None)
        known = {(change.ref, change.version) for change in changes}
        for _ in range(3):
            again, cursor = self.rounds(connector, cursor)
            new = [c for c in again if (c.ref, c.version) not in known]
            must(not new, f"nothing happened, yet poll told of a new version: {new[:1]}")

    def test_a_restarted_connector_goes_on_from_the_cursor(self, peer: Peer) -> None:
        """A new instance with the old cursor tells what came since, and no older record anew."""
        peer.create("before")
        cursor = self.beginning(peer, peer.connector())
        before = {(c.ref, c.version) for c in self.rounds(peer.connector(), None)[0]}
        record = peer.create("after")
        peer.settle()
        changes, _ = self.rounds(peer.connector(), cursor)
        self.last(changes, self.ref(record))
        told = {c.ref: c.version for c in changes if c.ref.kind == self.kind}
        anew = {ref for ref, version in told.items() if (ref, version) not in before}
        strangers = sorted(str(ref) for ref in anew - {self.ref(record)})
        must(not strangers, f"after a restart older records came as new versions: {strangers}")

    def test_a_page_that_was_lost_comes_again(self, peer: Peer) -> None:
        """Polling an old cursor again tells the same again: the hub may die before it commits."""
        connector = peer.connector()
        cursor = self.beginning(peer, connector)
        record = peer.create("told, then lost")
        peer.settle()
        self.last(self.rounds(connector, cursor)[0], self.ref(record))
        told = {change.ref for change in self.rounds(connector, cursor)[0]}
        must(
            self.ref(record) in told,
            "polling the same cursor again told less: keep the position in the cursor alone, "
            "nothing in the instance or in the system (no read-flags)",
        )

    def test_redelivery_is_harmless(self, peer: Peer) -> None:
        """One state of a record has one version whenever it is told, and one content."""
        peer.create("told twice")
        peer.settle()
        first, _ = self.rounds(peer.connector(), None)
        second, _ = self.rounds(peer.connector(), None)
        told = {(change.ref, change.version): change for change in first}
        for change in second:
            twin = told.get((change.ref, change.version))
            must(twin, f"{change.ref} was not touched, yet its version became {change.version!r}")
            must(
                twin is not None and _content(twin) == _content(change),
                f"{change.ref}: one version, two contents: {twin} and {change}",
            )

    def test_an_edit_makes_a_new_version(self, peer: Peer) -> None:
        """After an edit, however quick, the version differs, and no other record's does."""
        if not self.edits:
            pytest.skip("people can not edit records of this kind")
        record = peer.create("once")
        connector = peer.connector()
        peer.settle()
        changes, cursor = self.rounds(connector, None)
        before = self.last(changes, self.ref(record))
        peer.edit(record, "changed")
        peer.settle()
        after = self.last(self.rounds(connector, cursor)[0], before.ref)
        must("changed" in self.words_of(after), f"the edit is not in what poll told: {after}")
        must(
            after.version != before.version,
            "an edited record kept its version: the system's stamp is coarser than two edits, "
            "so put a short hash of the content into the version",
        )

    def test_values_are_plain_and_times_are_in_utc(self, peer: Peer) -> None:
        """Fields hold only the hub's plain values; instants know their zone; names are ours."""
        peer.create("plain")
        peer.settle()
        changes, _ = self.rounds(peer.connector(), None)
        for change in changes:
            must(
                change.ref.connector == self.name,
                f"{change.ref}: the connector's name must be `environment.name`, {self.name!r}",
            )
            for label, moment in (("seen_at", change.seen_at), ("at", change.at)):
                offset = moment.utcoffset() if moment is not None else None
                must(moment is None or offset is not None, f"{change.ref}: {label} has no zone")
                must(not offset, f"{change.ref}: {label} is not in UTC: {moment}")
            for name, value in change.fields.items():
                must(_plain(value), f"{change.ref}: {name} is no plain value: {value!r:.80}")

    def test_long_and_foreign_text_survives_reading(self, peer: Peer) -> None:
        """Chinese, emoji and a text of the longest size come as they were written."""
        text = foreign_text(self.long_text_bytes)
        record = peer.create(text)
        peer.settle()
        change = self.last(self.rounds(peer.connector(), None)[0], self.ref(record))
        must_equal_text(text, self.words_of(change))

    def test_fetch_gives_one_change_for_each_in_order(self, peer: Peer) -> None:
        """Fetching gives each record asked for as it is now; one that never was is `gone`."""
        refs = [
            self.ref(peer.create("one")),
            self.ref(self.unknown_id),
            self.ref(peer.create("two")),
        ]
        connector = peer.connector()
        fetched = self.readable(connector.fetch(refs))
        must(
            [change.ref for change in fetched] == refs,
            f"fetch was asked for {list(map(str, refs))} and gave "
            f"{[str(change.ref) for change in fetched]}",
        )
        must(
            [change.gone for change in fetched] == [False, True, False],
            "fetch must mark exactly the record that does not exist as `gone`",
        )
        must("two" in self.words_of(fetched[2]), f"fetch gave other content: {fetched[2]}")
        must(not connector.fetch([]), "fetch of nothing must give nothing")

    def test_poll_and_fetch_give_the_same_version(self, peer: Peer) -> None:
        """What was polled and what is fetched of the same state are one version."""
        record = peer.create("same")
        peer.settle()
        connector = peer.connector()
        polled = self.last(self.rounds(connector, None)[0], self.ref(record))
        fetched = self.readable(connector.fetch([polled.ref]))[0]
        must(
            _content(polled) == _content(fetched) and polled.version == fetched.version,
            f"poll and fetch differ on an untouched record: {polled} and {fetched}",
        )

    def test_a_deleted_record_is_gone(self, peer: Peer) -> None:
        """A deletion shows as a change that is gone, under a version of its own."""
        if not self.deletes:
            pytest.skip("people can not delete records of this kind")
        record = peer.create("doomed")
        peer.settle()
        connector = peer.connector()
        changes, cursor = self.rounds(connector, None)
        before = self.last(changes, self.ref(record))
        peer.delete(record)
        peer.settle()
        fetched = self.readable(connector.fetch([before.ref]))
        must(fetched and fetched[0].gone, f"fetch does not say that it is gone: {fetched}")
        must(fetched[0].version != before.version, "a deletion must be a new version")
        if self.polls_deletions:
            polled = self.last(self.rounds(connector, cursor)[0], before.ref)
            must(polled.gone, f"poll does not say that it is gone: {polled}")

    def test_a_comment_keeps_its_parent_and_its_visibility(self, peer: Peer) -> None:
        """A comment comes with its record as parent; internal is internal, public is public."""
        connector = peer.connector()
        if "comment" not in connector.capabilities.effects:
            pytest.skip("the connector has no comments")
        record = peer.create("discussed")
        internal = peer.comment(record, "内部: root cause", public=False)
        public = peer.comment(record, "公开: please wait", public=True)
        peer.settle()
        changes, _ = self.rounds(connector, None)
        comments = {c.ref.id: c for c in changes if c.parent == self.ref(record)}
        must({internal, public} <= set(comments), f"comments missing: {sorted(comments)}")
        hidden, shown = comments[internal].text, comments[public].text
        must(
            isinstance(hidden, InternalText),
            f"an internal comment was told as {type(hidden).__name__}: customers would read it",
        )
        right = PublicText if self.public_comments else InternalText
        must(isinstance(shown, right), f"a public comment was told as {type(shown).__name__}")
        must(hidden is not None and "root cause" in hidden.text, f"the text is lost: {hidden}")


def foreign_text(size: int) -> str:
    """Give a text of about `size` bytes in UTF-8, Chinese and emoji within, its ends marked."""
    line = SIGNS + "\n"
    body = line * (size // len(line.encode()) + 1)
    core = body.encode()[: max(size - 16, 32)].decode(errors="ignore").strip()
    return f"始{core.strip()}终"


def must_equal_text(expected: str, actual: str) -> None:
    """Fail with the first place where two texts differ; line ends and outer space are free."""
    left, right = str(normal(expected) or ""), str(normal(actual) or "")
    if left == right:
        return
    at = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), -1)
    at = min(len(left), len(right)) if at < 0 else at
    must(
        holds=False,
        words=f"the text changed on its way at sign {at} of {len(left)} (now {len(right)}): "
        f"{left[at : at + 20]!r} became {right[at : at + 20]!r}",
    )


def _content(change: Change) -> tuple[object, ...]:
    return (change.fields, change.text, change.gone, change.parent, change.attachments)


def _plain(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(part, str) for part in value)
    return value is None or isinstance(value, str | int | float | bool)
