"""Bulk API 2.0: jobs that save the records of an uploaded table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

from hub_crm.sandbox.bulk.jobs import (
    Job,
    JobError,
    asked,
    check_ingest,
    chosen_dialect,
    new_job,
    unknown_column,
)
from hub_crm.sandbox.bulk.outcome import Outcome
from hub_crm.sandbox.bulk.tables import MEDIA_TYPE, record
from hub_crm.sandbox.resources.saving import save
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.wire import Answer, ApiError, Call, read_json

KIND: Final = "V2Ingest"
LARGEST: Final = 150_000_000


def create(site: Site, call: Call) -> Answer:
    """Open a job; as a form it may bring its table along."""
    if call.parts:
        body, content = _form(call)
        job = _open(site, call, body)
        job.content = content
        return Answer(200, _closed(site, call, job))
    return Answer(200, _told(call, _open(site, call, call.json_object())))


def _open(site: Site, call: Call, body: dict[str, Any]) -> Job:
    definition, key = check_ingest(site.org, body)
    if (asked(body, "contentType") or "CSV") != "CSV":
        raise JobError("InvalidJob", f"Unsupported contentType: {body['contentType']}")
    job = new_job(site.org, call, KIND, asked(body, "operation"), definition.name)
    job.key, job.dialect = key, chosen_dialect(body)
    job.rule = asked(body, "assignmentRuleId")
    return site.jobs.add(job)


def _form(call: Call) -> tuple[dict[str, Any], bytes]:
    parts = {part.name: part.data for part in call.parts}
    if not parts.keys() >= {"job", "content"}:
        raise JobError("InvalidJob", "A form must have the parts job and content")
    body = read_json(parts["job"])
    if not isinstance(body, dict):
        raise JobError("InvalidJob", "The part job must be an object")
    return body, parts["content"]


def upload(site: Site, call: Call) -> Answer:
    """Take the table of a job: 201. There is one for each job."""
    job = _job(site, call)
    if job.state != "Open" or job.content is not None:
        raise JobError("InvalidJobState", f"Job {job.id} does not take data in this state")
    if not call.headers.get("content-type", "").lower().startswith("text/csv"):
        raise ApiError(400, "INVALID_CONTENT_TYPE", "Content-Type must be text/csv")
    if len(call.body) > LARGEST:
        raise ApiError(413, "EXCEEDED_MAX_SIZE_REQUEST", "The data is larger than 150 MB")
    job.content, job.changed_at = call.body, site.org.now()
    return Answer(201)


def change(site: Site, call: Call) -> Answer:
    """Close a job, whose records are then saved, or abort it."""
    job = _job(site, call)
    state = asked(call.json_object(), "state")
    if state not in {"UploadComplete", "Aborted"}:
        raise JobError("InvalidJobState", f"Job state can not be changed to {state}")
    if state == "Aborted" and job.state in {"Open", "UploadComplete", "InProgress"}:
        job.state, job.changed_at = "Aborted", site.org.now()
        return Answer(200, _told(call, job))
    if job.state != "Open":
        doing = "Aborting" if state == "Aborted" else "Closing"
        message = f"{doing} already {job.state} Job not allowed"
        raise JobError("InvalidJobState", message)
    return Answer(200, _closed(site, call, job))


def _closed(site: Site, call: Call, job: Job) -> dict[str, Any]:
    """Save the records; the answer is the one before that, since the real one works later."""
    job.state, job.changed_at = "UploadComplete", site.org.now()
    told = _told(call, job)
    _work(site, call, job)
    return told


def _work(site: Site, call: Call, job: Job) -> None:
    definition = site.org.object(job.name)
    try:
        job.table = job.dialect.read(job.content or b"")
    except ValueError as error:
        job.state, job.error = "Failed", f"ClientInputError : {error}"
        return
    job.content = b""
    unknown = unknown_column(definition, job.table.columns)
    if unknown and job.table.rows:
        job.state, job.error = "Failed", f"InvalidBatch : Field name not found : {unknown}"
        return
    records = [record(job.table.columns, row) for row in job.table.rows]
    headers = {**call.headers, "sforce-auto-assign": job.rule or "FALSE"}
    saving = replace(call, headers=headers)
    job.outcomes = list(save(site, saving, job.operation, job.name, job.key, records))
    job.state, job.changed_at = "JobComplete", site.org.now()


def read(site: Site, call: Call) -> Answer:
    """Give the state of a job, with its counts."""
    return Answer(200, _counted(site, call, _job(site, call)))


def listing(site: Site, call: Call) -> Answer:
    """Give all jobs of both kinds."""
    kinds = {KIND, "V2Query", "Classic"}
    wanted = call.query.get("jobType")
    jobs = [job for job in site.jobs.kept.values() if job.kind in ({wanted} if wanted else kinds)]
    records = [{**_told(call, job), "jobType": job.kind} for job in jobs]
    return Answer(200, {"done": True, "records": records, "nextRecordsUrl": None})


def delete(site: Site, call: Call) -> Answer:
    """Forget a job that is at its end: 204."""
    job = _job(site, call)
    if job.state == "InProgress":
        raise JobError("InvalidJobState", f"Job {job.id} can not be deleted in this state")
    del site.jobs.kept[job.id]
    return Answer(204)


def successful(site: Site, call: Call) -> Answer:
    """Give the records that were saved, as CSV, with their ids."""
    job = _done(site, call)
    rows = [
        (outcome.record_id, outcome.created, *row)
        for outcome, row in zip(job.outcomes, job.table.rows, strict=False)
        if not outcome.errors
    ]
    return _table(job, ["sf__Id", "sf__Created", *job.table.columns], rows)


def failed(site: Site, call: Call) -> Answer:
    """Give the records that were refused, as CSV, with why."""
    job = _done(site, call)
    given = next((n for n, c in enumerate(job.table.columns) if c.lower() == "id"), None)

    def entry(outcome: Outcome, row: list[str]) -> tuple[str, ...]:
        return (row[given] if given is not None else "", outcome.error, *row)

    rows = [
        entry(outcome, row)
        for outcome, row in zip(job.outcomes, job.table.rows, strict=False)
        if outcome.errors
    ]
    return _table(job, ["sf__Id", "sf__Error", *job.table.columns], rows)


def unprocessed(site: Site, call: Call) -> Answer:
    """Give the records that the job did not come to, as CSV."""
    job = _done(site, call)
    if job.state == "Aborted" and job.content:
        return Answer(200, job.content.decode(errors="replace"), media_type=MEDIA_TYPE)
    return _table(job, job.table.columns, job.table.rows[len(job.outcomes) :])


def _done(site: Site, call: Call) -> Job:
    job = _job(site, call)
    if job.state not in {"JobComplete", "Failed", "Aborted"}:
        raise JobError("InvalidJobState", f"Job {job.id} is {job.state}: it has no results yet")
    return job


def _table(job: Job, columns: list[str], rows: Sequence[Sequence[Any]]) -> Answer:
    return Answer(200, job.dialect.write(columns, rows), media_type=MEDIA_TYPE)


def _job(site: Site, call: Call) -> Job:
    return site.jobs.get(call.segments["job"], KIND)


def _told(call: Call, job: Job) -> dict[str, Any]:
    body = job.told()
    if job.kind == KIND and job.state == "Open":
        body["contentUrl"] = f"{call.base.removeprefix('/')}/jobs/ingest/{job.id}/batches"
    if job.key:
        body["externalIdFieldName"] = job.key
    if job.rule:
        body["assignmentRuleId"] = job.rule
    return body


def _counted(site: Site, call: Call, job: Job) -> dict[str, Any]:
    body = _told(call, job) | {
        "jobType": job.kind,
        "retries": 0,
        "totalProcessingTime": len(job.outcomes),
        "apiActiveProcessingTime": len(job.outcomes),
        "apexProcessingTime": 0,
        "numberRecordsProcessed": len(job.outcomes),
        "numberRecordsFailed": job.failed,
    }
    if job.error:
        body["errorMessage"] = job.error
    if job.state == "JobComplete" and site.played.get("job_in_progress"):
        body["state"] = "InProgress"
    return body


Handler = Callable[[Site, Call], Answer]
RESULTS: Final[dict[str, Handler]] = {
    "successfulresults": successful,
    "failedresults": failed,
    "unprocessedrecords": unprocessed,
}


def results(site: Site, call: Call) -> Answer:
    """Give one of the three lists of a job's records."""
    handler = RESULTS.get(call.segments["list"].lower())
    if handler is None:
        raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
    return handler(site, call)
