"""`hub targets` and `hub tell`: what is due, what moved, what people tell."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from hub.core.entries import ChangeEntry, Decision
from hub.core.store import inbox, journal, timers
from hub.core.store.codec import decode_change, encode
from hub.models import Why
from tests.cli.conftest import ITEM, NOW

DUE = NOW + timedelta(hours=2)


@pytest.fixture
def timed(store: Any) -> None:
    """One deadline, and one that moved."""
    row = Why(plugin="rules.targets", rule="limits_urgent", source="targets.yaml:140")
    inputs = {"target": "response", "before": NOW.isoformat(), "after": "", "cause": "severity"}
    moved = Why(plugin="rules.targets", rule="reckoned", inputs=dict(inputs))
    note = Decision(plugin="rules.targets", action="note", why=moved, name="response: due …")
    entry = ChangeEntry(change="crm:case:5", version="2", outcome="merged", decisions=[note])
    session = store.session()
    with session.write("test") as connection:
        timer = timers.Timer(ITEM, "target:response", DUE, row)
        timers.start(connection, [timer, timers.Timer(ITEM, "ladder:response", NOW, row)])
        written = journal.Writing("3", ITEM, "change", encode(entry))
        journal.append(connection, [written], NOW)
    session.close()


def test_what_is_due_next_is_listed_with_its_row(hub: Any, config: Path, timed: None) -> None:
    """For people, and for programs."""
    shown = hub("targets", "--config", config).out
    (due,) = hub("targets", "--config", config, "--json").json

    assert "response" in shown
    assert "targets.yaml:140" in shown
    assert (ITEM, "response", DUE.isoformat()) == (
        due["item"], due["target"], due["due_at"].replace("Z", "+00:00"),
    )  # fmt: skip


def test_what_moved_is_listed_with_its_cause(hub: Any, config: Path, timed: None) -> None:
    """And nothing from before the date that is named."""
    shown = hub("targets", "--moved", "--config", config).out
    (moved,) = hub("targets", "--moved", "--config", config, "--json").json
    later = hub("targets", "--moved", "--since", "2026-01-06", "--config", config)

    assert ("response", NOW.isoformat(), "", "severity") == tuple(
        moved[name] for name in ("target", "before", "after", "cause")
    )
    assert "open" in shown
    assert "no due time moved" in later.out


def test_what_is_told_enters_the_inbox(hub: Any, config: Path, store: Any) -> None:
    """The running hub takes it from there."""
    ran = hub("tell", "00001042", "agreed", "2026-03-09", "--by", "li@x.cn", "-c", config, "--json")

    session = store.session()
    with session.read() as connection:
        change = decode_change(inbox.take_waiting(connection, 9)[-1].payload)
    session.close()
    assert {"ok": True, "item": ITEM, "what": "agreed"} == ran.json
    told = {"hub.event": "told", "what": "agreed", "value": "2026-03-09", "by": "li@x.cn"}
    assert told.items() <= change.fields.items()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("sold",), "'sold' is not one of"),
        (("rated", "9"), "one of 1, 2, 3, 4, 5"),
        (("agreed", "soon"), "a date or an instant"),
        (("feedback",), "it is the feedback"),
    ],
)
def test_what_makes_no_sense_is_wrong_usage(
    hub: Any, config: Path, store: Any, arguments: tuple[str, ...], said: str
) -> None:
    """With what would be right."""
    ran = hub("tell", "00001042", *arguments, "-c", config)

    assert 2 == ran.code
    assert said in " ".join(ran.err.replace("│", " ").split())
