"""What a connector's writing must hold: made once, found again, told as it was read back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from hub.connector import Connector
from hub.errors import ConnectorError, NotFoundError, RetryableError
from hub.models import (
    AddComment,
    Change,
    CreateRecord,
    EditComment,
    Fields,
    InternalText,
    PublicText,
    Receipt,
    Ref,
    Text,
)
from hub.models.fieldmaps import normal
from hub.testing.conformance.ground import Ground, must, wrong
from hub.testing.conformance.peer import Peer
from hub.testing.conformance.reading import foreign_text, must_equal_text

KEY = "k3y7q2m9x4t8w5b6"


class WritingTests(Ground):
    """Effects, receipts, idempotency keys."""

    def test_an_effect_is_made_and_found_by_its_key(self, peer: Peer) -> None:
        """What was made is found by its key, as the same thing; another key finds nothing."""
        effect = self.effect()
        connector = peer.connector()
        before = peer.things()
        receipt = self.done(connector, self.delivery(peer, effect, KEY))
        must(peer.things() == before + 1, f"one effect made {peer.things() - before} things")
        found = self.found(peer, connector, self.delivery(peer, effect, KEY))
        if found is None or not (found.found or found.uncertain):
            wrong(f"find did not find (as `found`) what had been made by key {KEY}: {found}")
        must(found.uncertain or found.ref == receipt.ref, f"found {found.ref}, made {receipt.ref}")
        other = self.found(peer, connector, self.delivery(peer, effect, "an0therk3y2222"))
        must(other is None or other.uncertain, f"find found {other} by a key never used")

    def test_a_restarted_connector_finds_by_key(self, peer: Peer) -> None:
        """A key is kept by the system, so that a new instance finds it too."""
        effect = self.effect()
        self.done(peer.connector(), self.delivery(peer, effect, KEY))
        found = self.found(peer, peer.connector(), self.delivery(peer, effect, KEY))
        must(found, "after a restart find knew nothing of the key: keep it in the system itself")

    def test_the_same_key_twice_makes_one_thing(self, peer: Peer) -> None:
        """Where the class says `idempotent`, applying twice makes no second thing."""
        if not self.idempotent:
            pytest.skip("the system has no idempotent create; `find` stands in for it")
        effect = self.effect()
        connector = peer.connector()
        before = peer.things()
        first = self.done(connector, self.delivery(peer, effect, KEY))
        second = self.done(connector, self.delivery(peer, effect, KEY))
        must(peer.things() == before + 1, f"the same key made {peer.things() - before} things")
        must(first.ref == second.ref, f"the same key gave {first.ref}, then {second.ref}")

    def test_a_lost_answer_is_found_by_key(self, peer: Peer) -> None:
        """If the line is cut after the effect, the error is retryable and `find` has the effect."""
        effect = self.effect()
        connector = peer.connector()
        before = peer.things()
        error = self.error_under(
            peer,
            "lost_after",
            lambda: connector.apply([self.delivery(peer, effect, KEY)]),
            writing=True,
        )
        must(isinstance(error, RetryableError), f"a lost answer must be retryable: {error!r}")
        must(
            peer.things() == before + 1,
            f"with its answer lost, one effect made {peer.things() - before} things: the client "
            "must not repeat a write by itself",
        )
        found = self.found(peer, connector, self.delivery(peer, effect, KEY))
        must(found, "the effect was made, its answer lost, and find says that it was not made")

    def test_an_effect_that_was_not_made_is_not_found(self, peer: Peer) -> None:
        """If the line is cut before the effect, `find` says no, and trying again makes it once."""
        effect = self.effect()
        connector = peer.connector()
        before = peer.things()
        error = self.error_under(
            peer,
            "lost_before",
            lambda: connector.apply([self.delivery(peer, effect, KEY)]),
            writing=True,
        )
        must(isinstance(error, RetryableError), f"a cut line must be retryable: {error!r}")
        must(peer.things() == before, "the line was cut before the effect, and it was made")
        found = self.found(peer, connector, self.delivery(peer, effect, KEY))
        must(found is None or found.uncertain, f"find found {found}, and nothing had been made")
        self.done(connector, self.delivery(peer, effect, KEY))
        must(peer.things() == before + 1, "the second try did not make exactly one thing")

    def test_what_is_made_carries_its_key(self, peer: Peer) -> None:
        """The record that the hub made comes by poll with the key: that is how echoes are known."""
        effect = self.made_record()
        connector = peer.connector()
        cursor = self.beginning(peer, connector)
        receipt = self.done(connector, self.delivery(peer, effect, KEY))
        peer.settle()
        change = self.last(self.rounds(connector, cursor)[0], _ref(receipt))
        must(change.key == KEY, f"Change.key must be {KEY!r}, is {change.key!r}")

    def test_the_receipt_of_a_create_equals_the_echo(self, peer: Peer) -> None:
        """A created record is polled as the receipt said: so the echo is no change."""
        effect = self.made_record()
        connector = peer.connector()
        cursor = self.beginning(peer, connector)
        receipt = self.done(connector, self.delivery(peer, effect, KEY))
        self.check_echo(peer, connector, cursor, receipt, effect.fields)

    def test_the_receipt_of_an_update_equals_the_echo(self, peer: Peer) -> None:
        """An updated record is polled as the receipt said: so the echo is no change."""
        connector = peer.connector()
        effect = self.change_of_record(connector)
        target = self.ref(peer.create("to be updated"))
        cursor = self.beginning(peer, connector)
        delivery = self.delivery(peer, effect, KEY, target)
        receipt = self.done(connector, delivery)
        must(receipt.ref == target, f"the receipt names {receipt.ref}, the target was {target}")
        self.check_echo(peer, connector, cursor, receipt, effect.fields)
        self.done(connector, delivery)

    def check_echo(
        self,
        peer: Peer,
        connector: Connector,
        cursor: str,
        receipt: Receipt,
        written: Fields,
    ) -> None:
        """Compare a receipt with the change that comes of it."""
        peer.settle()
        change = self.last(self.rounds(connector, cursor)[0], _ref(receipt))
        for name, value in receipt.fields.items():
            must(
                normal(value) == normal(change.fields.get(name)),
                f"{name}: the receipt says {value!r}, poll tells {change.fields.get(name)!r}: the "
                "hub would take its own echo for somebody's edit",
            )
        forgotten = sorted(set(written) & set(change.fields) - set(receipt.fields))
        must(not forgotten, f"the receipt does not read back what was written: {forgotten}")
        must(
            not receipt.version or receipt.version == change.version,
            f"the receipt's version {receipt.version!r} is not the polled {change.version!r}",
        )

    def test_long_and_foreign_text_survives_writing(self, peer: Peer) -> None:
        """Chinese, emoji and a text of the longest size are read back as they were written."""
        effect = self.made_record()
        if not self.text_field:
            pytest.skip("the class names no `text_field`")
        text = foreign_text(self.long_text_bytes)
        effect = CreateRecord(effect.kind, {**effect.fields, self.text_field: text})
        connector = peer.connector()
        cursor = self.beginning(peer, connector)
        receipt = self.done(connector, self.delivery(peer, effect, KEY))
        peer.settle()
        change = self.last(self.rounds(connector, cursor)[0], _ref(receipt))
        must_equal_text(text, self.words_of(change))

    def test_a_missing_record_is_not_found(self, peer: Peer) -> None:
        """An effect on a record that does not exist is a NotFoundError."""
        connector = peer.connector()
        effect = self.change_of_record(connector)
        delivery = self.delivery(peer, effect, KEY, self.ref(self.unknown_id))
        outcome = _attempt(connector, [delivery])[0]
        must(
            isinstance(outcome, NotFoundError),
            f"an update of a record that is not there must end in NotFoundError: {outcome!r}",
        )

    def test_one_bad_delivery_fails_alone(self, peer: Peer) -> None:
        """In a batch, the bad delivery has its error and its neighbours their receipts."""
        connector = peer.connector()
        effect = self.change_of_record(connector)
        if connector.capabilities.bulk < 3:
            pytest.skip("the connector takes no batches of three")
        refs = [
            self.ref(peer.create("left")),
            self.ref(self.unknown_id),
            self.ref(peer.create("right")),
        ]
        batch = [self.delivery(peer, effect, f"{KEY}{n}", r) for n, r in enumerate(refs)]
        outcomes = connector.apply(batch)
        must(
            [isinstance(outcome, Receipt) for outcome in outcomes] == [True, False, True],
            f"of three deliveries the second alone is bad; apply gave {outcomes}",
        )

    def test_a_comment_is_made_with_its_visibility(self, peer: Peer) -> None:
        """Comments are read back under their record, as internal or public as they were sent."""
        connector = peer.connector()
        self.needs("comment", connector)
        target = self.ref(peer.create("discussed"))
        for text in (InternalText("内部记录 🔧"), PublicText("对外答复 ✓")):
            comment = self.commented(peer, connector, target, text)
            told = comment.text
            must(comment.parent == target, f"the comment's parent is {comment.parent}")
            must(told and normal(told.text) == text.text, f"sent {text.text!r}, came {told}")
            if isinstance(text, InternalText):
                must(
                    isinstance(told, InternalText),
                    "an internal text became a public comment: it is shown to customers",
                )
            elif self.public_comments:
                must(isinstance(told, PublicText), "a public comment was made internal")

    def test_a_comment_is_found_by_its_key_and_edited(self, peer: Peer) -> None:
        """A comment is found by its key, carries it, and can be rewritten without a second one."""
        connector = peer.connector()
        self.needs("comment", connector)
        target = self.ref(peer.create("discussed"))
        comment = self.commented(peer, connector, target, InternalText("first words"))
        key = f"{KEY}InternalText"
        delivery = self.delivery(peer, AddComment(InternalText("first words")), key, target)
        found = self.found(peer, connector, delivery)
        must(found and found.ref == comment.ref, f"find gave {found}, made was {comment.ref}")
        must(comment.key == key, f"Change.key of the comment must be {key!r}, is {comment.key!r}")
        if "edit_comment" not in connector.capabilities.effects:
            return
        cursor = self.beginning(peer, connector)
        edit = EditComment(InternalText("second words"))
        before = peer.things()
        self.done(connector, self.delivery(peer, edit, f"{KEY}2", comment.ref))
        must(peer.things() == before, "editing a comment made a second one")
        peer.settle()
        changes, _ = self.rounds(connector, cursor)
        words = self.last(changes, comment.ref).text
        must(
            words is not None and normal(words.text) == "second words",
            f"the edited comment reads {words}",
        )
        must(isinstance(words, InternalText), "editing an internal comment made it public")

    def commented(self, peer: Peer, connector: Connector, target: Ref, text: Text) -> Change:
        """Add a comment; give it as polled."""
        peer.settle()
        cursor = self.rounds(connector, None)[1]
        key = f"{KEY}{type(text).__name__}"
        receipt = self.done(connector, self.delivery(peer, AddComment(text), key, target))
        peer.settle()
        return self.last(self.rounds(connector, cursor)[0], _ref(receipt))

    def test_effects_are_values_that_travel(self, peer: Peer) -> None:
        """A delivery that went through the store (as JSON) makes the same as one that did not."""
        delivery = self.delivery(peer, self.effect(), KEY)
        travelled = msgspec.json.decode(msgspec.json.encode(delivery), type=type(delivery))
        connector = peer.connector()
        self.done(connector, travelled)
        must(self.found(peer, connector, delivery), "a delivery read from the store made another")


def _attempt(connector: Connector, deliveries: Sequence[object]) -> Sequence[object]:
    try:
        return connector.apply(deliveries)  # type: ignore[arg-type]
    except ConnectorError as error:
        return [error]


def _ref(receipt: Receipt) -> Ref:
    if receipt.ref is None:
        wrong("the receipt names no record (`Receipt.ref`), although it can be read back")
    return receipt.ref
