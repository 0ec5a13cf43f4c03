"""The modelled system behaves as real ones do where that matters to the hub."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from hub.connector import Environment, FieldInfo
from hub.errors import DeadlineExceededError, InvalidPayloadError, NotFoundError, RetryableError
from hub.models import CreateRecord, Delivery, InternalText, Receipt, SendReply
from hub.models.records import PublicText
from hub.testing import FrozenClock
from hub.testing.memory import Faults, Kind, MemoryConnector, MemorySystem, Rates
from hub.testing.system import SECOND

KINDS = (
    Kind(
        name="case",
        fields=(
            FieldInfo(name="subject", type="text"),
            FieldInfo(name="status", type="text", values=("New", "Closed")),
            FieldInfo(name="contact", type="reference"),
            FieldInfo(name="closed", type="boolean", writable=False),
        ),
        comments="case_comment",
        mentions={"contact": "ref:{}:contact:"},
        derive=lambda fields: {"closed": fields.get("status") == "Closed"},
    ),
    Kind(name="case_comment"),
    Kind(name="mail"),
)


@pytest.fixture
def clock() -> FrozenClock:
    """Give a clock that stands still."""
    return FrozenClock()


@pytest.fixture
def system(clock: FrozenClock) -> MemorySystem:
    """Give a system that stamps by the second, as Salesforce does."""
    return MemorySystem(clock, KINDS, granularity=SECOND)


def connector(system: MemorySystem, clock: FrozenClock, **options: object) -> MemoryConnector:
    """Make a connector named crm."""
    return MemoryConnector(system, Environment(name="crm", clock=clock), **options)


def told(page: object) -> list[tuple[str, object]]:
    """Give id and subject of a page's changes."""
    return [(change.ref.id, change.fields.get("subject")) for change in page.changes]


def test_stamps_are_as_coarse_as_the_system_s(clock: FrozenClock, system: MemorySystem) -> None:
    """Two edits within a second share a stamp, and differ in their version by the content."""
    clock.advance(timedelta(milliseconds=400))
    case = system.create("case", {"subject": "a"})
    first = system.get("case", case)
    clock.advance(timedelta(milliseconds=300))
    second = system.edit("case", case, {"subject": "b"})
    assert first.stamp == second.stamp == clock.now().replace(microsecond=0)
    assert first.version != second.version


def test_a_system_s_clock_may_be_wrong(clock: FrozenClock) -> None:
    """Stamps are the system's own, not the hub's."""
    system = MemorySystem(clock, KINDS, skew=timedelta(minutes=3))
    snapshot = system.get("case", system.create("case", {}))
    assert clock.now() + timedelta(minutes=3) == snapshot.stamp


def test_a_write_never_changes_what_was_read(clock: FrozenClock, system: MemorySystem) -> None:
    """A change that was polled keeps its fields, whatever is written later."""
    case = system.create("case", {"subject": "old"})
    (change,) = connector(system, clock).poll(None).changes
    system.edit("case", case, {"subject": "new"})
    assert change.fields["subject"] == "old"


def test_values_are_checked_as_the_system_describes_them(system: MemorySystem) -> None:
    """An unknown field, a read-only one and a value not allowed are each named."""
    for fields in ({"colour": "red"}, {"closed": True}, {"status": "Shut"}):
        with pytest.raises(InvalidPayloadError) as refused:
            system.create("case", fields)
        assert refused.value.field == next(iter(fields))


def test_derived_fields_follow(system: MemorySystem) -> None:
    """A read-only field is computed at every write."""
    case = system.create("case", {"status": "New"})
    assert system.get("case", case).fields["closed"] is False
    assert system.edit("case", case, {"status": "Closed"}).fields["closed"] is True


def test_mentions_name_the_connector(clock: FrozenClock, system: MemorySystem) -> None:
    """A reference field becomes a mention with the connector's configured name."""
    system.create("case", {"contact": "77"})
    (change,) = connector(system, clock).poll(None).changes
    assert change.mentions == ("ref:crm:contact:77",)


def test_deleting_a_record_deletes_its_comments(clock: FrozenClock, system: MemorySystem) -> None:
    """Both vanish, and both are told as gone."""
    case = system.create("case", {})
    system.comment("case", case, InternalText("hm"))
    system.delete("case", case)
    assert [c.gone for c in connector(system, clock).poll(None).changes] == [True, True]
    with pytest.raises(NotFoundError):
        system.edit("case", case, {"subject": "x"})


def test_a_lagging_search_shows_writes_later(clock: FrozenClock) -> None:
    """Polls and look-ups by key wait for the search; reading by id does not."""
    system = MemorySystem(clock, KINDS, search_lag=timedelta(seconds=10))
    peer = connector(system, clock)
    delivery = Delivery(
        key="k1", item_id="i", effect=CreateRecord("case", {}), tried_at=clock.now()
    )
    (receipt,) = peer.apply([delivery])
    assert not peer.poll(None).changes
    assert [c.gone for c in peer.fetch([receipt.ref])] == [False]
    with pytest.raises(RetryableError):
        peer.find(delivery)
    clock.advance(11)
    assert receipt.ref == peer.find(delivery).ref
    assert len(peer.poll(None).changes) == 1


def test_a_stale_poll_shows_the_past_and_loses_nothing(
    clock: FrozenClock, system: MemorySystem
) -> None:
    """A poll behind by some writes tells older states; the next one tells the rest."""
    faults = Faults(random.Random(3), Rates(), stale_steps=1)
    peer = connector(system, clock, faults=faults)
    case = system.create("case", {"subject": "old"})
    system.edit("case", case, {"subject": "new"})
    faults.force("stale")
    page = peer.poll(None)
    assert told(page) == [(case, "old")]
    assert told(peer.poll(page.cursor)) == [(case, "new")]


def test_what_a_poll_withholds_the_overlap_brings(clock: FrozenClock, system: MemorySystem) -> None:
    """A record that a poll left out comes with a later one, whatever the faults."""
    faults = Faults(random.Random(5), Rates(withheld=0.5, doubled=0.3, reordered=0.3, stale=0.3))
    peer = connector(system, clock, faults=faults, overlap=4, page_size=3)
    seen: set[str] = set()
    cursor = None
    for number in range(200):
        system.create("case", {"subject": str(number)})
        page = peer.poll(cursor)
        cursor = page.cursor
        seen |= {change.ref.id for change in page.changes}
    faults.calm()
    more = True
    while more:
        page = peer.poll(cursor)
        cursor, more = page.cursor, page.more
        seen |= {change.ref.id for change in page.changes}
    assert {snapshot.id for snapshot in system.all("case")} == seen
    assert {"withheld", "doubled", "reordered", "stale"} == set(faults.played)


def test_a_batch_whose_answer_is_lost_may_be_made_in_part(
    clock: FrozenClock, system: MemorySystem
) -> None:
    """None of the outcomes is known; `find` tells each effect that was made."""
    faults = Faults(random.Random(1), Rates())
    peer = connector(system, clock, faults=faults)
    batch = [Delivery(key=f"k{n}", item_id="i", effect=CreateRecord("case", {})) for n in range(10)]
    faults.force("lost_after")
    with pytest.raises(DeadlineExceededError):
        peer.apply(batch)
    found = [peer.find(delivery) for delivery in batch]
    assert len(system.all("case")) == len([receipt for receipt in found if receipt])


def test_a_mail_is_sent_with_a_message_id_made_from_its_key(
    clock: FrozenClock, system: MemorySystem
) -> None:
    """So that an answer to it can be told, and a second sending be seen."""
    peer = connector(system, clock)
    reply = SendReply(to=("li@pku.edu.cn",), subject="Re: 登录", text=PublicText("好了"))
    (receipt,) = peer.apply([Delivery(key="k9", item_id="i", effect=reply)])
    assert isinstance(receipt, Receipt)
    assert receipt.aliases == ("message-id:k9@crm",)
    assert [mail.subject for mail in system.sent] == ["Re: 登录"]


def test_faults_are_the_same_for_the_same_seed(clock: FrozenClock) -> None:
    """Nothing but the random source decides."""

    def play(seed: int) -> list[str]:
        system = MemorySystem(clock, KINDS)
        faults = Faults(random.Random(seed), Rates(unavailable=0.3, rate_limited=0.3, stale=0.5))
        peer = connector(system, clock, faults=faults)
        results = []
        for number in range(40):
            system.create("case", {"subject": str(number)})
            try:
                results.append(str(len(peer.poll(None).changes)))
            except RetryableError as error:
                results.append(error.code)
        return results

    assert play(1) == play(1)
    assert play(1) != play(2)
