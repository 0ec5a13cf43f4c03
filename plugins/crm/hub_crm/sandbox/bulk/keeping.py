"""Jobs as they are kept over a restart: what a query found is kept as records, and bound anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from hub_crm.sandbox.bulk.jobs import Batch, Job, Jobs
from hub_crm.sandbox.bulk.outcome import Outcome
from hub_crm.sandbox.bulk.searching import Found, found_before
from hub_crm.sandbox.bulk.tables import Dialect, Table
from hub_crm.sandbox.soql import Runner
from hub_crm.sandbox.wire import ApiError

Row = dict[str, Any]
Rows = list[Row] | None


class KeptBatch(msgspec.Struct, frozen=True, kw_only=True):
    """A batch of a job of API 1.0; `rows` are what its query found."""

    id: str
    created_at: datetime
    content: bytes
    state: str
    message: str
    outcomes: list[Outcome]
    result_id: str
    rows: Rows


class KeptJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job; `rows` are what its query found."""

    id: str
    operation: str
    name: str
    version: float
    created_by: str
    created_at: datetime
    changed_at: datetime
    kind: str
    dialect: Dialect
    key: str
    rule: str
    query: str
    state: str
    error: str
    content: bytes | None
    table: Table
    outcomes: list[Outcome]
    content_type: str
    serial: bool
    rows: Rows
    batches: list[KeptBatch]


_OWN_JOB = frozenset(KeptJob.__struct_fields__) - {"rows", "batches"}
_OWN_BATCH = frozenset(KeptBatch.__struct_fields__) - {"rows"}


def kept(jobs: Jobs, plain: Callable[[Row], Row]) -> list[KeptJob]:
    """Give the jobs as they are kept; `plain` gives a record as it is kept."""

    def rows(found: Found | None) -> Rows:
        return [plain(row) for row in found.rows] if found else None

    return [
        KeptJob(
            **_values(job, _OWN_JOB),
            rows=rows(job.found),
            batches=[
                KeptBatch(**_values(batch, _OWN_BATCH), rows=rows(batch.found))
                for batch in job.batches.values()
            ],
        )
        for job in jobs.kept.values()
    ]


def _values(of: object, names: frozenset[str]) -> dict[str, Any]:
    return {name: getattr(of, name) for name in names}


def restored(
    jobs: list[KeptJob],
    runner: Callable[[Job], Runner],
    read: Callable[[str, Mapping[str, Any]], Row],
) -> Jobs:
    """Give the jobs again; `read` gives a record of an object as it was kept."""
    return Jobs({told.id: _job(told, runner, read) for told in jobs})


def _job(
    told: KeptJob,
    runner: Callable[[Job], Runner],
    read: Callable[[str, Mapping[str, Any]], Row],
) -> Job:
    job = Job(**_values(told, _OWN_JOB))

    def found(text: str, rows: Rows) -> Found | None:
        if rows is None:
            return None
        try:
            return found_before(runner(job), text, lambda name: [read(name, row) for row in rows])
        except ApiError:  # the object, or a field of it, has gone since
            return None

    job.found = found(told.query, told.rows)
    for each in told.batches:
        batch = Batch(**_values(each, _OWN_BATCH))
        batch.found = found(each.content.decode(errors="replace"), each.rows)
        job.batches[batch.id] = batch
    return job
