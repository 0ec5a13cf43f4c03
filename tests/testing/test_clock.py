"""Time and identity in tests stand still until they are told to go on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.clock import ID_ALPHABET, ID_LENGTH, RandomIds
from hub.testing import FrozenClock, SeededIds


def test_a_frozen_clock_moves_only_when_it_is_advanced() -> None:
    """Two looks give one instant; an advance moves both of its times."""
    clock = FrozenClock()
    before = clock.now()
    assert before == clock.now()
    clock.advance(90)
    assert before + timedelta(seconds=90) == clock.now()
    assert clock.monotonic() == 90.0


def test_a_jump_of_the_wall_clock_leaves_monotonic_time_alone() -> None:
    """A clock set back is still no older."""
    clock = FrozenClock()
    start = clock.now()
    clock.advance(10)
    clock.jump(start - timedelta(hours=1))
    assert (start - timedelta(hours=1), 10.0) == (clock.now(), clock.monotonic())
    with pytest.raises(ValueError, match="jump"):
        clock.advance(-1)


def test_seeded_ids_repeat_with_their_seed() -> None:
    """The same seed gives the same ids, another seed others, all of the hub's form."""
    first, again, other = SeededIds(7), SeededIds(7), SeededIds(8)
    ids = [first.new() for _ in range(50)]
    assert ids == [again.new() for _ in range(50)]
    assert not set(ids) & {other.new() for _ in range(50)}
    assert all(len(one) == ID_LENGTH and set(one) <= set(ID_ALPHABET) for one in ids)


def test_ids_of_a_later_time_sort_behind_earlier_ones() -> None:
    """Rows made together then stand together in the store."""
    clock = FrozenClock()
    ids = RandomIds(clock)
    early = {ids.new() for _ in range(100)}
    clock.advance(0.125)

    late = {ids.new() for _ in range(100)}

    assert 200 == len(early | late)
    assert max(early) < min(late)
    assert all(len(one) == ID_LENGTH and set(one) <= set(ID_ALPHABET) for one in early)
