"""`python -m benchmarks.salesforce`: how fast the Salesforce emulator is, by itself in a process.

Calls come from this process over HTTP without TLS, one after the other on one connection.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.sandbox import running

CASES: Final = 10_000
REQUESTS: Final = 3_000
BASE: Final = "/services/data/v59.0"
BY_ID: Final = "SELECT Id, Subject FROM Case WHERE Id = '{case}'"
QUERIES: Final = (
    ("by an external id", "SELECT Id, Subject FROM Case WHERE Hub_Key__c = 'k5000'"),
    ("by a parent", "SELECT Id FROM CaseComment WHERE ParentId = '{case}'"),
    ("the newest 200, over no index", "SELECT Id FROM Case ORDER BY CreatedDate DESC LIMIT 200"),
    ("2,000 with their comments", "SELECT Id, (SELECT Id FROM CaseComments) FROM Case LIMIT 2000"),
    (
        "those of a semi-join",
        "SELECT COUNT() FROM Case WHERE Id IN (SELECT ParentId FROM CaseComment)",
    ),
    ("groups", "SELECT Priority, COUNT(Id) FROM Case GROUP BY Priority"),
    ("over a parent's field", "SELECT COUNT() FROM Case WHERE Owner.Name LIKE 'Hub%'"),
)
Row = tuple[str, str, str]


@contextmanager
def costing(process: psutil.Process) -> Iterator[list[float]]:
    """Give a list that holds, in the end, the seconds of a core that the process has spent."""
    spent: list[float] = []
    before = sum(process.cpu_times()[:2])
    yield spent
    spent.append(sum(process.cpu_times()[:2]) - before)


def rows() -> Iterator[Row]:
    """Measure one after the other; give (what, figure, to reach)."""
    with running("crm") as (facts, process), httpx.Client(trust_env=False, timeout=120) as client:
        yield from _loading(client, facts)
        at = facts["salesforce"]
        client.base_url = httpx.URL(at["http_url"])
        client.headers["Authorization"] = f"Bearer {at['access_token']}"
        cases = client.get(f"{BASE}/query", params={"q": "SELECT Id FROM Case"}).json()["records"]
        case = cases[-1]["Id"]
        before = process.memory_info().rss
        by_id = {"q": BY_ID.format(case=case)}
        for what, path, query in (
            ("GET one record", f"{BASE}/sobjects/Case/{case}", {}),
            ("query by id", f"{BASE}/query", by_id),
        ):
            with costing(process) as cost:
                rate = _rate(client, path, query)
            yield f"{what}, one after the other", f"{rate:,.0f}/s", ""
            yield "  as many as one core can", f"{REQUESTS / cost[0]:,.0f}/s", "500/s"
        yield "GET one record, from 4 threads", f"{_crowd(client, case):,.0f}/s", ""
        for what, text in QUERIES:
            began = time.perf_counter()
            answer = client.get(f"{BASE}/query", params={"q": text.format(case=case)})
            spent = (time.perf_counter() - began) * 1000
            yield f"query: {what}", f"{spent:.0f} ms ({answer.json()['totalSize']:,} found)", ""
        grown = (process.memory_info().rss - before) / 2**20
        yield "memory gained by all these calls", f"{grown:.1f} MB", "flat"


def _loading(client: httpx.Client, facts: Mapping[str, Any]) -> Iterator[Row]:
    records = [
        {
            "Subject": f"Case {number}",
            "Hub_Key__c": f"k{number}",
            "Priority": ("High", "Medium", "Low")[number % 3],
            "CaseComments": [{"CommentBody": "已收到", "IsPublished": True}],
        }
        for number in range(CASES)
    ]
    began = time.perf_counter()
    body = {"object": "Case", "records": records}
    client.post(f"{facts['control']['url']}/act/salesforce/load", json=body).raise_for_status()
    spent = time.perf_counter() - began
    yield f"{CASES:,} cases with a comment each, by the control API", f"{spent:.1f} s", "seconds"


def _rate(client: httpx.Client, path: str, query: dict[str, str], count: int = REQUESTS) -> float:
    began = time.perf_counter()
    for _ in range(count):
        client.get(path, params=query).raise_for_status()
    return count / (time.perf_counter() - began)


def _crowd(client: httpx.Client, case: str, size: int = 4) -> float:
    path = f"{BASE}/sobjects/Case/{case}"
    threads = [
        threading.Thread(target=_rate, args=(client, path, {}, REQUESTS // size))
        for _ in range(size)
    ]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return REQUESTS / (time.perf_counter() - began)


def main() -> None:
    """Print the table."""
    table = Table("what", "measured", "to reach", title="The Salesforce emulator")
    for what, figure, goal in rows():
        table.add_row(what, figure, goal)
    Console().print(table)


if __name__ == "__main__":
    main()
