# ruff: noqa: D102 - each class says what it gets wrong
"""Connectors that write wrongly fail the kit's test of writing that is there for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import msgspec
import pytest

from hub.connector import Outcome, Page
from hub.errors import InvalidPayloadError, RejectedError, RetryableError
from hub.models import Change, Delivery, InternalText, PublicText, Receipt, Ref
from hub.testing.conformance.writing import WritingTests
from hub.testing.memory import MemoryConnector


def _published(delivery: Delivery) -> Delivery:
    text = getattr(delivery.effect, "text", None)
    if not isinstance(text, InternalText):
        return delivery
    effect = msgspec.structs.replace(delivery.effect, text=PublicText(text.text))
    return msgspec.structs.replace(delivery, effect=effect)


class Retold(MemoryConnector):
    """Tells every change differently, as `retell` says."""

    def poll(self, cursor: str | None) -> Page:
        page = super().poll(cursor)
        return replace(page, changes=[self.retell(change) for change in page.changes])

    def retell(self, change: Change) -> Change:
        return change


class Answered(MemoryConnector):
    """Gives other receipts, as `answer` says."""

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return [self.answer(outcome) for outcome in super().apply(deliveries)]

    def answer(self, outcome: Outcome) -> Outcome:
        return outcome


class FindsNothing(MemoryConnector):
    """Never looks anything up."""

    def find(self, delivery: Delivery) -> Receipt | None:
        return None


class FindsAnything(MemoryConnector):
    """Takes the first record for what is looked for."""

    def find(self, delivery: Delivery) -> Receipt | None:
        return Receipt(ref=Ref("peer", "ticket", "10001"), found=True)


class KeepsKeysInMemory(MemoryConnector):
    """Remembers what it made, as long as it lives."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self._made: dict[str, Receipt] = {}

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        outcomes = super().apply(deliveries)
        for delivery, outcome in zip(deliveries, outcomes, strict=True):
            if isinstance(outcome, Receipt):
                self._made[delivery.key] = msgspec.structs.replace(outcome, found=True)
        return outcomes

    def find(self, delivery: Delivery) -> Receipt | None:
        return self._made.get(delivery.key)


class RepeatsWrites(MemoryConnector):
    """Tries a write again by itself, as a vendor's library may do."""

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        try:
            return super().apply(deliveries)
        except RetryableError:
            super().apply(deliveries)
            raise


class SwallowsLostAnswers(MemoryConnector):
    """Takes no answer for a refusal."""

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        try:
            return super().apply(deliveries)
        except RetryableError as error:
            raise RejectedError(str(error)) from error


class MakesTwo(MemoryConnector):
    """Has no idempotent create, whatever its author says."""


class KeylessEcho(Retold):
    """Does not tell the key of what the hub made."""

    def retell(self, change: Change) -> Change:
        return msgspec.structs.replace(change, key="")


class Truncates(Retold):
    """Cuts long texts."""

    def retell(self, change: Change) -> Change:
        fields = {k: v[:255] if isinstance(v, str) else v for k, v in change.fields.items()}
        return msgspec.structs.replace(change, fields=fields)


class EmptyReceipts(Answered):
    """Reads nothing back."""

    def answer(self, outcome: Outcome) -> Outcome:
        return (
            msgspec.structs.replace(outcome, fields={}) if isinstance(outcome, Receipt) else outcome
        )


class BelievedReceipts(Answered):
    """Tells what was sent, not what the system made of it."""

    def answer(self, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, Receipt):
            return outcome
        return msgspec.structs.replace(outcome, fields={**outcome.fields, "status": "Sent"})


class NamelessReceipts(Answered):
    """Does not say what was made."""

    def answer(self, outcome: Outcome) -> Outcome:
        return (
            msgspec.structs.replace(outcome, ref=None) if isinstance(outcome, Receipt) else outcome
        )


class UntypedNotFound(Answered):
    """Takes a missing record for a bad value."""

    def answer(self, outcome: Outcome) -> Outcome:
        return outcome if isinstance(outcome, Receipt) else InvalidPayloadError("no such record")


class AllOrNothing(MemoryConnector):
    """Lets one bad delivery spoil its batch."""

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        outcomes = super().apply(deliveries)
        broken = [outcome for outcome in outcomes if not isinstance(outcome, Receipt)]
        return [broken[0]] * len(outcomes) if broken else outcomes


class Publishes(MemoryConnector):
    """Leaves visibility to the system's default, which is public."""

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        return super().apply([_published(delivery) for delivery in deliveries])


class CommentsAnew(MemoryConnector):
    """Adds a comment where one is to be edited."""

    def apply(self, deliveries: Sequence[Delivery]) -> Sequence[Outcome]:
        if deliveries[0].target and deliveries[0].target.kind == "note":
            self._system.comment("ticket", "10001", InternalText("second words"))
        return super().apply(deliveries)


BROKEN = [
    (FindsNothing, "an_effect_is_made_and_found_by_its_key", "find did not find"),
    (FindsNothing, "a_lost_answer_is_found_by_key", "find says that it was not made"),
    (FindsAnything, "an_effect_is_made_and_found_by_its_key", "by a key never used"),
    (FindsAnything, "an_effect_that_was_not_made_is_not_found", "nothing had been made"),
    (KeepsKeysInMemory, "a_restarted_connector_finds_by_key", "keep it in the system"),
    (RepeatsWrites, "a_lost_answer_is_found_by_key", "must not repeat a write by itself"),
    (SwallowsLostAnswers, "a_lost_answer_is_found_by_key", "must be retryable"),
    (MakesTwo, "the_same_key_twice_makes_one_thing", "the same key made 2 things"),
    (KeylessEcho, "what_is_made_carries_its_key", "Change.key must be"),
    (EmptyReceipts, "the_receipt_of_a_create_equals_the_echo", "does not read back"),
    (BelievedReceipts, "the_receipt_of_an_update_equals_the_echo", "its own echo"),
    (NamelessReceipts, "the_receipt_of_a_create_equals_the_echo", "names no record"),
    (Truncates, "long_and_foreign_text_survives_writing", "changed on its way at sign 255"),
    (UntypedNotFound, "a_missing_record_is_not_found", "must end in NotFoundError"),
    (AllOrNothing, "one_bad_delivery_fails_alone", "the second alone is bad"),
    (Publishes, "a_comment_is_made_with_its_visibility", "shown to customers"),
    (CommentsAnew, "a_comment_is_found_by_its_key_and_edited", "made a second one"),
]
BEYOND = {
    # It guards against connectors that compare by identity; none here does.
    "effects_are_values_that_travel",
}


@pytest.mark.parametrize(("broken", "test", "words"), BROKEN)
def test_a_broken_connector_fails_the_matching_test(
    bites: Callable[..., None], broken: type[MemoryConnector], test: str, words: str
) -> None:
    """The defect fails the test that is there for it, in words that name it."""
    bites(broken, test, words)


def test_every_test_of_this_part_is_failed_by_some_connector() -> None:
    """No test of the kit is there in vain."""
    proven = {test for _, test, _ in BROKEN} | BEYOND
    assert proven == {name[5:] for name in vars(WritingTests) if name.startswith("test_")}
