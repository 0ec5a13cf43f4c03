"""`python -m benchmarks`: the table of figures, with the machine's own floors beside it."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from rich.console import Console
from rich.table import Table

from benchmarks import cases, floors, measures, process, replay, sandbox, shared

P = ParamSpec("P")
T = TypeVar("T")
Row = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured: changes (run, backlog), seconds of a feed, links, issues, cases."""

    count: int
    backlog: int
    seconds: int
    links: int
    issues: int
    cases: int


FULL: Final = Scale(
    count=20_000, backlog=50_000, seconds=20, links=100_000, issues=10_000, cases=50_000
)
QUICK: Final = Scale(count=300, backlog=600, seconds=1, links=300, issues=300, cases=40)


def fresh(measure: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Measure in a process of its own, so that nothing of another measure is left in it."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(measure, *args, **named).result()


def _on_disk(folder: Path, scale: Scale) -> Iterator[Row]:
    yield "floor: 4 KB made durable", f"{floors.fsyncs(folder):,.0f}/s", ""
    yield from _on_sqlite(folder, scale)
    rate = fresh(measures.huey_rate, scale.count)
    yield "huey on SQLite, one job a change, same work", f"{rate:,.0f} changes/s", ""


def _on_servers(folder: Path, scale: Scale) -> Iterator[Row]:
    with shared.server(folder) as address:
        yield from _on_postgres(address, scale)


def _of_the_process(folder: Path, scale: Scale) -> Iterator[Row]:
    yield "hub run until ready", f"{process.ready_seconds(folder):.2f} s", "1.5 s"
    known, megabytes = fresh(process.resident_megabytes, folder, scale.links)
    yield f"memory of hub run with {known:,} links", f"{megabytes:.0f} MB", "200 MB"


def _of_time(folder: Path, scale: Scale) -> Iterator[Row]:
    place = folder / "time"
    place.mkdir()
    took = fresh(cases.decision_microseconds, place, scale.count)
    yield f"a decision of a table with {cases.ROWS} rows", f"{took:.1f} µs", "100 µs"
    ready, megabytes = fresh(cases.open_cases, place, scale.links)
    what = f"hub run with {scale.links:,} open cases of {len(cases.TIMERS)} timers each"
    yield f"{what} until ready", f"{ready:.2f} s", "seconds"
    yield "  memory", f"{megabytes:.0f} MB", "200 MB"


def _of_the_past(folder: Path, scale: Scale) -> Iterator[Row]:
    config, changes = fresh(replay.record, folder, scale.cases)
    passed, differing = fresh(replay.seconds, folder, config)
    what = f"{scale.cases:,} recorded cases ({changes:.1f} changes each) replay"
    yield what, f"{passed:.1f} s", "50,000 in 60 s"
    yield "  of which differ under one changed row", f"{differing:,}", ""


def _on_sandbox(folder: Path, scale: Scale) -> Iterator[Row]:
    del folder
    for name, thing, measure in (
        ("Jira", "issue", sandbox.jira),
        ("Salesforce", "case", sandbox.salesforce),
    ):
        loaded, rate, grown = measure(scale.issues, scale.issues)
        what = f"{scale.issues:,} {thing}s with {sandbox.COMMENTS * scale.issues:,} comments"
        yield f"hub sandbox: {name} loads {what}", f"{loaded:.1f} s", "5 s"
        yield f"  GET of one {thing}, on one core", f"{rate:,.0f} requests/s", "500"
        yield f"  memory grown by {scale.issues // 2:,} of them", f"{grown:.1f} MB", "flat"
    loaded, posted, rate, grown = sandbox.mail(scale.issues)
    yield f"hub sandbox: mail loads {scale.issues:,} mails", f"{loaded:.1f} s", "5 s"
    yield "  as many sent by SMTP, one line", f"{posted:.1f} s", ""
    yield "  fetched one by one by IMAP", f"{rate:,.0f} mails/s", ""
    yield f"  memory grown by {scale.issues // 2:,} of them", f"{grown:.1f} MB", "flat"


def _on_sqlite(folder: Path, scale: Scale) -> Iterator[Row]:
    def url(name: str) -> str:
        return f"sqlite:///{folder}/{name}.db"

    bare = fresh(floors.bare_driver, url("recorded"), url("replayed"), "small", scale.count)
    yield "floor: SQLite's driver alone, the same rows", f"{bare:,.0f} changes/s", ""
    small = fresh(measures.throughput, url("small"), "small", scale.count)
    yield "SQLite, small rules", f"{small:,.0f} changes/s", "5,000"
    yield "  share of the driver alone", f"{small / bare:.0%}", "25 %"
    many = fresh(measures.throughput, url("backlog"), "small", scale.backlog)
    yield f"  with a backlog of {scale.backlog:,}", f"{many:,.0f} changes/s", "no fall"
    book = fresh(measures.throughput, url("book"), "handbook", scale.count // 4)
    yield "SQLite, the whole default handbook", f"{book:,.0f} changes/s", ""
    decided, written = fresh(measures.latency, url("latency"), "small", scale.seconds)
    spans = (
        ("inbox to outbox", decided, "10 ms"),
        ("webhook to the other side's write", written, "250 ms"),
    )
    for name, values, goal in spans:
        p50, p99 = (measures.percentile(values, share) for share in (0.5, 0.99))
        yield f"{name} at 50/s, p50 / p99", f"{p50:.1f} / {p99:.1f} ms", f"p99 {goal}"


def _on_postgres(address: str, scale: Scale) -> Iterator[Row]:
    stores = (shared.fresh_store(address), shared.fresh_store(address))
    bare = fresh(floors.bare_driver, *stores, "small", scale.count)
    yield "floor: PostgreSQL's driver alone, the same rows", f"{bare:,.0f} changes/s", ""
    for processes, goal in ((1, ""), (2, "4,000"), (4, "")):
        store = shared.fresh_store(address)
        rate = fresh(shared.shared_throughput, store, "small", scale.count, processes)
        yield f"PostgreSQL, small rules, {processes} process(es)", f"{rate:,.0f} changes/s", goal
    store = shared.fresh_store(address)
    first, all_ = fresh(shared.seconds_after_a_kill, store, "small", scale.count)
    figure = f"{first:.2f} / {all_:.2f} s"
    yield "  one of two killed: going on / all taken over", figure, "1 s"


SECTIONS: Final[Mapping[str, Callable[[Path, Scale], Iterator[Row]]]] = {
    "sqlite": _on_disk,
    "postgresql": _on_servers,
    "process": _of_the_process,
    "time": _of_time,
    "replay": _of_the_past,
    "sandbox": _on_sandbox,
}


def rows(folder: Path, scale: Scale, sections: Iterable[str] = SECTIONS) -> Iterator[Row]:
    """Measure one after the other; give (what, figure, to reach)."""
    for name in sections:
        yield from SECTIONS[name](folder, scale)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke run of some seconds")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=", ".join(SECTIONS))
    arguments = parser.parse_args()
    if unknown := set(arguments.sections) - set(SECTIONS):
        parser.error(f"no section {', '.join(unknown)}; there are: {', '.join(SECTIONS)}")
    console = Console(width=100)
    table = Table(title="Handbook Hub on this machine")
    for column in ("what", "figure", "to reach"):
        table.add_column(column)
    with tempfile.TemporaryDirectory(prefix="hub-bench-", dir=".") as folder:
        scale, sections = QUICK if arguments.quick else FULL, arguments.sections or SECTIONS
        for row in rows(Path(folder).resolve(), scale, sections):
            table.add_row(*row)
            console.print("  ".join(row))
    console.print(table)


if __name__ == "__main__":
    main()
