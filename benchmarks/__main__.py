"""`python -m benchmarks`: the table of figures, with the machine's own floors beside it."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import measures
from benchmarks.work import HANDBOOK, SMALL
from hub.testing.crash.processes import HubProcess
from hub.testing.stage import Stage

Row = tuple[str, str, str]


def rows(folder: Path, count: int, seconds: int) -> Iterator[Row]:
    """Measure one after the other; give (what, figure, to reach)."""
    yield "floor: 4 KB made durable", f"{measures.fsyncs(folder):,.0f}/s", ""
    bare = measures.bare_rows(folder)
    yield "floor: bare driver, the same rows", f"{bare:,.0f} changes/s", ""
    small = measures.throughput(f"sqlite:///{folder}/small.db", SMALL, count)
    yield "SQLite, small rules", f"{small:,.0f} changes/s", "5,000"
    yield "  share of the bare driver", f"{small / bare:.0%}", "25 %"
    book = measures.throughput(f"sqlite:///{folder}/book.db", HANDBOOK, count)
    yield "SQLite, the whole default handbook", f"{book:,.0f} changes/s", ""
    url = f"sqlite:///{folder}/latency.db"
    decided, written = measures.latency(url, SMALL, seconds)
    for name, values, goal in (("outbox", decided, "10 ms"), ("the other side", written, "250 ms")):
        p50, p99 = (measures.percentile(values, share) for share in (0.5, 0.99))
        yield f"inbox to {name} at 50/s, p50 / p99", f"{p50:.1f} / {p99:.1f} ms", goal
    yield "huey, one job a change, same work", f"{measures.huey_rate(count):,.0f} changes/s", ""
    yield "hub run until ready", f"{_ready_seconds(folder):.2f} s", "1.5 s"
    known, megabytes = measures.resident_megabytes(f"sqlite:///{folder}/open.db", SMALL, count)
    yield f"memory with {known:,} links", f"{megabytes:.0f} MB", "200 MB (100,000 links)"


def _ready_seconds(folder: Path) -> float:
    with Stage.of(["crm", "jira", "mail"]) as stage:
        hub = HubProcess(stage.write_config(folder), folder / "hub.log")
        began = time.perf_counter()
        hub.start()
        hub.wait_until_ready()
        took = time.perf_counter() - began
        hub.stop()
        return took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of some seconds")
    arguments = parser.parse_args()
    count, seconds = (300, 1) if arguments.quick else (20_000, 20)
    console = Console()
    table = Table(title="Handbook Hub on this machine")
    for column in ("what", "figure", "to reach"):
        table.add_column(column)
    with tempfile.TemporaryDirectory(prefix="hub-bench-", dir=".") as folder:
        for row in rows(Path(folder).resolve(), count, seconds):
            table.add_row(*row)
            console.print("  ".join(row))
    console.print(table)


if __name__ == "__main__":
    main()
