"""`hub case`: what came by hotline, fax or front desk is recorded; duplicates are settled."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from hub.core.store import files, inbox
from hub.core.store.codec import decode_change
from hub.models import Change

SHIPPED = Path(__file__).parents[2] / "config" / "handbook"


@pytest.fixture
def kept(config: Path, store: Any) -> Any:
    """Put a handbook beside the configuration; give what the store then keeps of changes."""
    shutil.copytree(SHIPPED, config.parent / "handbook")

    def read() -> list[Change]:
        session = store.session()
        with session.read() as connection:
            found = [decode_change(row.payload) for row in inbox.take_waiting(connection, 9)]
        session.close()
        return [change for change in found if change.ref.connector == "hub"]

    return read


def test_a_call_is_recorded_with_its_file(hub: Any, config: Path, kept: Any, store: Any) -> None:
    """It enters the inbox; the running hub makes the case."""
    file = config.parent / "现场照片.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")

    ran = hub(
        "case", "new", "--channel", "hotline", "--customer", "北方大学", "--phone", "010-62001102",
        "--subject", "登录失败", "--attach", file, "--received-at", "2026-01-05T09:10+08:00",
        "--by", "zhang.min", "--key", "call-7", "--config", config, "--json",
    )  # fmt: skip

    assert ran.code == 0, ran.err
    (change,) = kept()
    assert change.ref.id == ran.json["reference"]
    assert (change.fields["channel"], change.fields["customer_name"]) == ("hotline", "北方大学")
    assert (change.actor, str(change.at)) == ("zhang.min", "2026-01-05 01:10:00+00:00")
    (attached,) = change.attachments
    session = store.session()
    with session.read() as connection:
        assert files.content(connection, attached.id) == file.read_bytes()
    session.close()


def test_the_same_call_recorded_twice_is_one(hub: Any, config: Path, kept: Any) -> None:
    """By its key."""
    line = ["case", "new", "--channel", "fax", "--subject", "a", "--key", "k", "-c", config]

    told = [hub(*line).code for _ in range(2)]

    assert told == [0, 0]
    assert len(kept()) == 1


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--channel", "pigeon", "--subject", "a"], 1, "channel"),
        (["--channel", "hotline"], 1, "Please describe the problem"),
        (["--channel", "fax", "--subject", "a", "--received-at", "yesterday"], 2, "no instant"),
        (["--channel", "fax", "--subject", "a", "--received-at", "2026-01-05T09:10"], 2, "zone"),
        (["--channel", "fax", "--subject", "a", "--attach", "/no/such"], 2, "does not exist"),
    ],
)
def test_what_can_not_be_recorded_is_told(
    hub: Any, config: Path, kept: Any, more: list[str], code: int, said: str
) -> None:
    """With what is wrong, and nothing is kept."""
    ran = hub("case", "new", *more, "-c", config)

    assert (ran.code, said in ran.err) == (code, True), ran.err
    assert kept() == []


def test_a_duplicate_needs_a_word_and_a_known_case(hub: Any, config: Path, store: Any) -> None:
    """Neither is guessed."""
    vague = hub("case", "duplicate", "00001042", "--of", "00001043", "-c", config)
    unknown = hub("case", "duplicate", "00001042", "--of", "9", "--accept", "-c", config)

    assert (vague.code, "--accept or --refuse" in vague.err) == (2, True)
    assert (unknown.code, "'9'" in unknown.err) == (1, True)
