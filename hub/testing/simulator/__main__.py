"""Runs many seeds, or one with its trace: `python -m hub.testing.simulator --help`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor

from hub.testing.simulator.simulation import Plan, Report, simulate


def main(arguments: list[str] | None = None) -> int:
    """Run what is asked; give the exit code."""
    options = _parser().parse_args(arguments)
    plan = Plan(deeds=options.deeds, crash_at=options.crash_at)
    if options.seed is not None:
        return _one(options.seed, plan, trace=options.trace)
    return _many(range(options.start, options.start + options.seeds), plan, options.jobs)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m hub.testing.simulator",
        description="Live through seeded histories of the hub and draw the balance of each.",
    )
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds (100)")
    parser.add_argument("--start", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--seed", type=int, help="live through this one alone")
    parser.add_argument("--trace", action="store_true", help="print the history of --seed")
    parser.add_argument("--deeds", type=int, default=30, help="most deeds of people in one (30)")
    parser.add_argument("--crash-at", type=int, help="die at the boundary of this number alone")
    parser.add_argument("--jobs", type=int, default=1, help="processes (1)")
    return parser


def _one(seed: int, plan: Plan, *, trace: bool) -> int:
    report = simulate(seed, plan)
    if trace:
        _say(*report.trace)
    _say(_line(report), *(f"  - {problem}" for problem in report.problems))
    return 0 if report.ok else 1


def _many(seeds: Iterable[int], plan: Plan, jobs: int) -> int:
    began = time.monotonic()
    failed: list[int] = []
    crashes: Counter[str] = Counter()
    faults: Counter[str] = Counter()
    count = deeds = 0
    for report in _reports(seeds, plan, jobs):
        count, deeds = count + 1, deeds + report.deeds
        crashes.update(report.crashes)
        faults.update(report.faults)
        if not report.ok:
            failed.append(report.seed)
            _say(_line(report), *(f"  - {problem}" for problem in report.problems))
        elif count % 100 == 0:
            _say(f"{count} seeds, {len(failed)} failed, {time.monotonic() - began:.0f} s")
    _say(
        f"{count} histories, {deeds} deeds, {crashes.total()} crashes, {faults.total()} faults, "
        f"{time.monotonic() - began:.1f} s: {len(failed)} failed",
        *(f"  crashed {number:>6} × {boundary}" for boundary, number in crashes.most_common()),
        *(f"  played  {number:>6} × {fault}" for fault, number in faults.most_common()),
        *(f"  see it: python -m hub.testing.simulator --seed {s} --trace" for s in failed[:5]),
    )
    return 1 if failed else 0


def _reports(seeds: Iterable[int], plan: Plan, jobs: int) -> Iterator[Report]:
    if jobs < 2:
        yield from (simulate(seed, plan) for seed in seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        numbers = list(seeds)
        yield from pool.map(simulate, numbers, [plan] * len(numbers), chunksize=8)


def _line(report: Report) -> str:
    verdict = "ok" if report.ok else "FAILED"
    return (
        f"seed {report.seed}: {verdict}; {report.deeds} deeds, {report.crashes.total()} crashes, "
        f"{report.faults.total()} faults, {report.boundaries} boundaries, "
        f"fingerprint {report.fingerprint}"
    )


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
