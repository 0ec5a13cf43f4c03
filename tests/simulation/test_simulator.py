"""The simulated hub loses nothing, doubles nothing, and every history can be replayed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from hub.testing.memory import Rates
from hub.testing.simulator import Plan, Report, simulate

TENS = 42
BLOCKS = 6
BOUNDARIES = {
    *(
        f"{when} commit of {what}"
        for when in ("before", "after")
        for what in ("intake", "engine", "trying", "receipt", "timers")
    ),
    *(f"{when} effects in {system}" for when in ("before", "after") for system in ("crm", "rnd")),
    "race lost at commit of engine",
    "race lost at commit of receipt",
}

TROUBLES = set(Rates.__slots__) | {
    "a rule raised",
    "nonsense wanted",
    "webhook",
    "reload",
    "clock set",
    "record deleted",
    "record restored",
    "letter settled",
}


def told(report: Report) -> str:
    """Give what is wrong with a history and how to see it."""
    see = f"python -m hub.testing.simulator --seed {report.seed} --trace"
    return "\n".join([f"seed {report.seed} ({see})", *report.problems])


@pytest.mark.parametrize("block", range(BLOCKS))
def test_nothing_is_lost_doubled_or_looping(block: int) -> None:
    """After some tens of histories, every mail, hand-off, comment and field is where it belongs."""
    size = TENS // BLOCKS
    reports = [simulate(seed) for seed in range(block * size + 1, (block + 1) * size + 1)]
    assert "\n".join(told(report) for report in reports if not report.ok) == ""


def test_a_seed_replays_to_the_letter() -> None:
    """The same seed gives the same trace twice; another gives another."""
    wild = Plan(faults=2.0, crashes=0.04)
    first, again, other = simulate(5, wild), simulate(5, wild), simulate(6, wild)
    assert first.crashes.total() > 0
    assert first.trace == again.trace
    assert first.trace != other.trace


def test_a_seed_replays_in_another_process() -> None:
    """Nothing depends on the order of sets, so that a seed from a report can be seen by anybody."""
    command = [sys.executable, "-m", "hub.testing.simulator", "--seed", "5"]
    prints = set()
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        run = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        prints.add(run.stdout.partition("fingerprint ")[2].split()[0])
    assert prints == {simulate(5).fingerprint}


def test_crashes_and_faults_strike_everywhere() -> None:
    """Over some histories the process dies at every boundary, and every fault is played."""
    crashes: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    for seed in range(1, 60):
        report = simulate(seed, Plan(faults=2.0, crashes=0.06, bugs=0.1, jumps=True))
        crashes.update(report.crashes)
        faults.update(+report.faults)
        if set(crashes) >= BOUNDARIES and set(faults) >= TROUBLES:
            return
    assert (BOUNDARIES - set(crashes), TROUBLES - set(faults)) == (set(), set())


@pytest.mark.parametrize("part", range(4))
def test_a_crash_at_every_boundary_of_one_history_loses_nothing(part: int) -> None:
    """One short history, lived through once for each of its boundaries, dying there."""
    plan = Plan(deeds=6, faults=0.5, crashes=0.0)
    count = simulate(4, plan).boundaries
    bad = []
    for boundary in range(part + 1, count + 1, 4):
        report = simulate(4, Plan(deeds=6, faults=0.5, crash_at=boundary))
        if not report.ok:
            bad.append(f"--crash-at {boundary}: {report.problems}")
    assert bad == []


def test_the_command_tells_what_it_did() -> None:
    """One command runs seeds and prints the crashes and faults that struck."""
    command = [sys.executable, "-m", "hub.testing.simulator", "--seeds", "2"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("2 histories, ")
