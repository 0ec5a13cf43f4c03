"""Bulk API 2.0: jobs that query, and give what they found as tables, page by page."""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

from hub_crm.sandbox.bulk.jobs import QUERIES, Job, JobError, asked, chosen_dialect, new_job
from hub_crm.sandbox.bulk.searching import find
from hub_crm.sandbox.bulk.tables import MEDIA_TYPE
from hub_crm.sandbox.resources.queries import runner
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call

KIND: Final = "V2Query"
PAGE: Final = 50_000


def create(site: Site, call: Call) -> Answer:
    """Run a query as a job; its answer is the one before it ran, since the real one runs later."""
    body = call.json_object()
    operation, text = asked(body, "operation"), asked(body, "query")
    if operation not in QUERIES:
        raise JobError("InvalidJob", f"Unsupported operation: {operation}")
    if not text.strip():
        raise JobError("InvalidJob", "A query is required")
    dialect = chosen_dialect(body)
    found = find(runner(site, call, deleted=operation == "queryAll"), text)
    job = new_job(site.org, call, KIND, operation, found.name)
    job.dialect, job.query, job.found, job.state = dialect, text, found, "UploadComplete"
    told = job.told()
    site.jobs.add(job).state = "JobComplete"
    return Answer(200, told)


def read(site: Site, call: Call) -> Answer:
    """Give the state of a job, with its counts."""
    job = _job(site, call)
    count = len(job.found.rows) if job.found else 0
    body = job.told() | {
        "jobType": KIND,
        "retries": 0,
        "totalProcessingTime": count,
        "numberRecordsProcessed": count,
    }
    if job.state == "JobComplete" and site.played.get("job_in_progress"):
        body |= {"state": "InProgress", "numberRecordsProcessed": 0}
    return Answer(200, body)


def change(site: Site, call: Call) -> Answer:
    """Abort a job; one that has ended can not be aborted."""
    job = _job(site, call)
    state = asked(call.json_object(), "state")
    if state != "Aborted":
        raise JobError("InvalidJobState", f"Job state can not be changed to {state}")
    if job.state == "JobComplete" and not site.played.get("job_in_progress"):
        raise JobError("InvalidJobState", f"Aborting already {job.state} Job not allowed")
    job.state, job.found = "Aborted", None
    return Answer(200, job.told())


def delete(site: Site, call: Call) -> Answer:
    """Forget a job: 204."""
    del site.jobs.kept[_job(site, call).id]
    return Answer(204)


def listing(site: Site, call: Call) -> Answer:
    """Give all jobs that query."""
    del call
    jobs = [job for job in site.jobs.kept.values() if job.kind == KIND]
    records = [{**job.told(), "jobType": KIND} for job in jobs]
    return Answer(200, {"done": True, "records": records, "nextRecordsUrl": None})


def results(site: Site, call: Call) -> Answer:
    """Give a page of what was found, as CSV; `Sforce-Locator` names the next, `null` at the end."""
    job = _job(site, call)
    if job.found is None or job.state != "JobComplete":
        raise JobError("InvalidJobState", f"Job {job.id} is {job.state}: it has no results")
    start, size = _start(call.query.get("locator", "")), _size(call.query.get("maxRecords", ""))
    if start and (start >= len(job.found.rows) or site.played.get("lost_locator")):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    end = min(start + size, len(job.found.rows))
    more = end < len(job.found.rows)
    headers: dict[str, Any] = {
        "Sforce-NumberOfRecords": str(end - start),
        "Sforce-Locator": _locator(end) if more else "null",
    }
    text = job.dialect.write(job.found.columns, job.found.cells(start, end))
    return Answer(200, text, headers, media_type=MEDIA_TYPE)


def _locator(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def _start(locator: str) -> int:
    if not locator or locator == "null":
        return 0
    try:
        text = base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)).decode()
        if text.isdecimal():
            return int(text)
    except (ValueError, binascii.Error):
        pass
    raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")


def _size(text: str) -> int:
    if not text:
        return PAGE
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise ApiError(400, "INVALID_ARGUMENT", f"maxRecords is not a number of records: {text}")
    return int(text)


def _job(site: Site, call: Call) -> Job:
    return site.jobs.get(call.segments["job"], KIND)
