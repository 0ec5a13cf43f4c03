"""What all tests of the kit stand on: the switches, and reading a connector to the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NoReturn

import pytest

from hub.connector import Connector
from hub.errors import RetryableError
from hub.models import (
    Change,
    CreateRecord,
    Delivery,
    Effect,
    Receipt,
    Ref,
    Unreadable,
    UpdateRecord,
)
from hub.testing.conformance.peer import Peer, Trouble

MOST_PAGES = 500
MOST_LOOKUPS = 50


def wrong(words: str) -> NoReturn:
    """Fail the test with words for the connector's author."""
    pytest.fail(words, pytrace=False)


def must(holds: object, words: str) -> None:
    """Fail the test with words for the connector's author unless something holds."""
    if not holds:
        wrong(words)


class Ground:
    """The switches of a subclass, with their defaults.

    Attributes:
        name: the connector's configured name (`Environment.name`).
        kind: the kind of the records that `Peer.create` makes.
        text_field: the field in which `Peer.create` puts its marker; empty: in `Change.text`.
        creation: an effect that makes something new, as the hub might want it; None: there is none.
        update: an update that the hub might make of a record of `kind`; None: there is none.
        edits, deletes: people can do that to a record.
        polls_deletions: a deletion shows in `poll`; if not, `fetch` alone knows.
        public_comments: a public comment stays public; if not, the system has internal ones alone.
        reads_what_it_makes: what `creation` makes comes back by poll.
        idempotent: making the same thing again under the same key makes no second one.
        long_text_bytes: the size of the longest text that must survive.
        unknown_id: a well-formed id that no record has.
        package: the package whose imports are looked at; by default that of the connector.
    """

    name: ClassVar[str] = "peer"
    kind: ClassVar[str] = ""
    text_field: ClassVar[str] = ""
    creation: ClassVar[Effect | None] = None
    update: ClassVar[UpdateRecord | None] = None
    edits: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    polls_deletions: ClassVar[bool] = True
    public_comments: ClassVar[bool] = True
    reads_what_it_makes: ClassVar[bool] = True
    idempotent: ClassVar[bool] = False
    long_text_bytes: ClassVar[int] = 64 * 1024
    unknown_id: ClassVar[str] = "999999"
    package: ClassVar[str] = ""

    # Reading to the end.

    def rounds(self, connector: Connector, cursor: str | None) -> tuple[list[Change], str]:
        """Poll until no page is left; give all changes and the cursor behind them."""
        changes: list[Change] = []
        for _ in range(MOST_PAGES):
            page = connector.poll(cursor)
            must(
                isinstance(page.cursor, str), f"poll gave a cursor that is no text: {page.cursor!r}"
            )
            changes.extend(self.readable(page.changes))
            cursor = page.cursor
            if not page.more:
                return changes, cursor
        wrong(f"poll says `more` for ever: {MOST_PAGES} pages were read and there is no end")

    def readable(self, told: Sequence[Change | Unreadable]) -> list[Change]:
        """Give the changes; an unreadable one among them fails the test."""
        for change in told:
            if isinstance(change, Unreadable):
                wrong(f"an ordinary record was called unreadable: {change.ref}: {change.cause}")
        return [change for change in told if isinstance(change, Change)]

    def beginning(self, peer: Peer, connector: Connector) -> str:
        """Give the cursor behind all that is there now."""
        peer.settle()
        return self.rounds(connector, None)[1]

    def ref(self, record: str) -> Ref:
        """Give the address of a record that `Peer.create` made."""
        return Ref(self.name, self.kind, record)

    def words_of(self, change: Change) -> str:
        """Give the text of a change in which the marker stands."""
        if not self.text_field:
            return change.text.text if change.text is not None else ""
        return str(change.fields.get(self.text_field) or "")

    def last(self, changes: Sequence[Change], ref: Ref) -> Change:
        """Give the newest change of one record; absent fails the test."""
        found = [change for change in changes if change.ref == ref]
        must(
            found,
            f"poll did not tell of {ref}; it told of "
            f"{sorted({str(c.ref) for c in changes}) or 'nothing'}",
        )
        return found[-1]

    # Writing.

    def effect(self) -> Effect:
        """Give the effect that makes something new, or skip the test."""
        if self.creation is None:
            pytest.skip("the class names no `creation`")
        return self.creation

    def change_of_record(self, connector: Connector) -> UpdateRecord:
        """Give the effect that updates a record, or skip the test."""
        self.needs("update", connector)
        if self.update is None:
            pytest.skip("the class names no `update`")
        return self.update

    def made_record(self) -> CreateRecord:
        """Give the effect that makes a record that is read back, or skip the test."""
        effect = self.effect()
        if not isinstance(effect, CreateRecord) or not self.reads_what_it_makes:
            pytest.skip("what the connector makes does not come back by poll")
        return effect

    def delivery(self, peer: Peer, effect: Effect, key: str, target: Ref | None = None) -> Delivery:
        """Make a delivery as the dispatcher does."""
        return Delivery(key=key, item_id=ITEM, effect=effect, target=target, tried_at=peer.now())

    def done(self, connector: Connector, delivery: Delivery) -> Receipt:
        """Apply one delivery that has to succeed; give its receipt."""
        outcomes = connector.apply([delivery])
        must(len(outcomes) == 1, f"apply got 1 delivery and gave {len(outcomes)} outcomes")
        outcome = outcomes[0]
        if not isinstance(outcome, Receipt):
            wrong(f"a good delivery failed: {type(outcome).__name__}: {outcome}")
        return outcome

    def found(self, peer: Peer, connector: Connector, delivery: Delivery) -> Receipt | None:
        """Look an effect up, as often as the connector says that it can not tell yet."""
        for _ in range(MOST_LOOKUPS):
            try:
                return connector.find(delivery)
            except RetryableError:
                peer.settle()
        wrong(f"find said {MOST_LOOKUPS} times that it can not tell yet; settle() did not help")

    def needs(self, effect: str, connector: Connector) -> None:
        """Skip the test unless the connector performs an effect."""
        if effect not in connector.capabilities.effects:
            pytest.skip(f"the connector does not perform `{effect}`")

    def error_under(
        self, peer: Peer, kind: Trouble, call: Callable[[], object], *, writing: bool = False
    ) -> Exception:
        """Give the error that a call ends with while there is trouble."""
        if not peer.trouble(kind, writing=writing):
            pytest.skip(f"the system can not play {kind!r}")
        try:
            outcome = call()
        except Exception as error:  # noqa: BLE001 - its type is what is judged
            return error
        finally:
            peer.heal()
        if (
            isinstance(outcome, Sequence)
            and len(outcome) == 1
            and isinstance(outcome[0], Exception)
        ):
            return outcome[0]
        wrong(f"under {kind!r} the call succeeded with {outcome!r:.200}")


ITEM = "K7M2Q9X4T3BDF5GH"
"""An item's id, as `hub.clock.Ids` makes them."""
