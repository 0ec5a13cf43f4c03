"""Bulk API 1.0: jobs of batches, as XML or JSON; a batch is worked off as soon as it is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from hub_crm.ids import make_id
from hub_crm.sandbox.bulk.dataload import (
    MEDIA_TYPES,
    document,
    read_document,
    read_records,
    write_records,
)
from hub_crm.sandbox.bulk.jobs import (
    QUERIES,
    Batch,
    Job,
    JobError,
    asked,
    check_ingest,
    new_job,
)
from hub_crm.sandbox.bulk.outcome import Outcome
from hub_crm.sandbox.bulk.searching import find
from hub_crm.sandbox.bulk.tables import Dialect
from hub_crm.sandbox.resources.queries import runner
from hub_crm.sandbox.resources.saving import save
from hub_crm.sandbox.site import Site
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import Answer, ApiError, Call

KIND: Final = "Classic"
MOST_RECORDS: Final = 10_000
_BATCH_PREFIX: Final = "751"
_RESULT_PREFIX: Final = "752"
_CODES: Final = {
    "INVALID_SESSION_ID": "InvalidSessionId",
    "INVALID_AUTH_HEADER": "InvalidSessionId",
    "REQUEST_LIMIT_EXCEEDED": "ExceededQuota",
    "NOT_FOUND": "InvalidJob",
}


def refusal(call: Call, error: ApiError) -> Answer:
    """Word an error as this API does: always 400, a code in words, XML unless JSON was sent."""
    code = getattr(error, "exception_code", None) or _CODES.get(error.code, "InvalidBatch")
    message = getattr(error, "plain_message", error.message)
    body = {"exceptionCode": code, "exceptionMessage": message}
    return _document(call, "error", body, 400)


def create(site: Site, call: Call) -> Answer:
    """Open a job: 201."""
    body = read_document(call.body, as_json=_json(call))
    operation, kind = asked(body, "operation"), (asked(body, "contentType") or "XML").upper()
    if kind not in MEDIA_TYPES:
        raise JobError("InvalidJob", f"Unsupported contentType: {kind}")
    if operation in QUERIES:
        name, key = site.org.object(asked(body, "object")).name, ""
    else:
        definition, key = check_ingest(site.org, body)
        name = definition.name
    job = new_job(site.org, call, KIND, operation, name)
    job.key, job.content_type = key, kind
    job.serial = asked(body, "concurrencyMode") == "Serial" or body.get("concurrencyMode") == 1
    job.rule = asked(body, "assignmentRuleId")
    site.jobs.add(job)
    return _document(call, "jobInfo", _told(job), 201)


def read(site: Site, call: Call) -> Answer:
    """Give the state of a job."""
    return _document(call, "jobInfo", _told(_job(site, call)))


def change(site: Site, call: Call) -> Answer:
    """Close a job, or abort it: it takes no more batches."""
    job = _job(site, call)
    state = asked(read_document(call.body, as_json=_json(call)), "state")
    if state not in {"Closed", "Aborted"}:
        raise JobError("InvalidJobState", f"Job state can not be changed to {state}")
    if job.state == "Aborted":
        raise JobError("InvalidJobState", "Closing already aborted Job not allowed")
    job.state, job.changed_at = state, site.org.now()
    return _document(call, "jobInfo", _told(job))


def add_batch(site: Site, call: Call) -> Answer:
    """Take a batch of records, or a query: 201."""
    job = _job(site, call)
    if job.state != "Open":
        raise JobError("InvalidJobState", f"Job {job.id} is {job.state}: it takes no batches")
    if not call.body.strip():
        raise JobError("ClientInputError", "Request body is empty")
    batch_id = make_id(_BATCH_PREFIX, site.org.next_number("batch"))
    batch = Batch(batch_id, site.org.now(), call.body)
    job.batches[batch.id] = batch
    told = _batch(job, batch)
    _work(site, call, job, batch)
    return _document(call, "batchInfo", told, 201)


def _work(site: Site, call: Call, job: Job, batch: Batch) -> None:
    batch.state = "Completed"
    try:
        if job.operation in QUERIES:
            running = runner(site, call, deleted=job.operation == "queryAll")
            text = batch.content.decode(errors="replace")
            batch.found = find(running, text, nested=job.content_type != "CSV")
            batch.result_id = make_id(_RESULT_PREFIX, site.org.next_number("result"))
        else:
            batch.outcomes = list(_saved(site, call, job, batch))
    except ApiError as error:
        code = getattr(error, "exception_code", "InvalidBatch")
        message = getattr(error, "plain_message", f"{error.code}: {error.message}")
        batch.state, batch.message = "Failed", f"{code} : {message}"


def _saved(site: Site, call: Call, job: Job, batch: Batch) -> Iterable[Outcome]:
    records = read_records(batch.content, job.content_type)
    if len(records) > MOST_RECORDS:
        message = f"Records exceed the batch limit of {MOST_RECORDS}"
        raise JobError("InvalidBatch", message)
    headers = {**call.headers, "sforce-auto-assign": job.rule or "FALSE"}
    saving = replace(call, headers=headers)
    return save(site, saving, job.operation, job.name, job.key, records)


def batches(site: Site, call: Call) -> Answer:
    """Give the states of all batches of a job."""
    job = _job(site, call)
    told = [_batch(job, batch) for batch in job.batches.values()]
    return _document(call, "batchInfoList", {"batchInfo": told})


def batch(site: Site, call: Call) -> Answer:
    """Give the state of a batch."""
    job, found = _found(site, call)
    told = _batch(job, found)
    if found.state == "Completed" and site.played.get("job_in_progress"):
        told["state"] = "InProgress"
    return _document(call, "batchInfo", told)


def request(site: Site, call: Call) -> Answer:
    """Give what was sent as a batch."""
    job, found = _found(site, call)
    text = found.content.decode(errors="replace")
    return _answer(text, job.content_type)


def result(site: Site, call: Call) -> Answer:
    """Give what became of the records of a batch, or the ids of what its query found."""
    job, found = _found(site, call)
    if job.operation in QUERIES:
        ids = [found.result_id] if found.result_id else []
        as_json = job.content_type == "JSON"
        body: Any = ids if as_json else {"result": ids}
        text = document("result-list", body, as_json=as_json)
        return _answer(text, "JSON" if as_json else "XML")
    return _answer(_results(job, found.outcomes), job.content_type)


def _results(job: Job, outcomes: list[Outcome]) -> str:
    if job.content_type == "CSV":
        rows = [(o.record_id, not o.errors, o.created, o.error) for o in outcomes]
        return Dialect().write(["Id", "Success", "Created", "Error"], rows)
    as_json = job.content_type == "JSON"
    entries = [
        {
            "success": not outcome.errors,
            "created": outcome.created,
            "id": outcome.record_id or None,
            "errors": [
                {**error, "extendedErrorDetails": None} if as_json else error
                for error in outcome.errors
            ],
        }
        for outcome in outcomes
    ]
    return document("results", entries if as_json else {"result": entries}, as_json=as_json)


def query_result(site: Site, call: Call) -> Answer:
    """Give what a batch's query found."""
    job, found = _found(site, call)
    if found.found is None or call.segments["result"] not in {
        found.result_id, found.result_id[:15],
    }:  # fmt: skip
        raise JobError("InvalidBatch", f"No result {call.segments['result']} in this batch")
    text = write_records(found.found, job.content_type)
    return _answer(text, job.content_type)


def _job(site: Site, call: Call) -> Job:
    try:
        return site.jobs.get(call.segments["job"], KIND)
    except ApiError:
        raise JobError("InvalidJob", f"Invalid job id: {call.segments['job']}") from None


def _found(site: Site, call: Call) -> tuple[Job, Batch]:
    job = _job(site, call)
    named = call.segments["batch"]
    found = next((b for b in job.batches.values() if named in {b.id, b.id[:15]}), None)
    if found is None:
        raise JobError("InvalidBatch", f"Invalid batch id: {named}")
    return job, found


def _json(call: Call) -> bool:
    kind = call.headers.get("content-type", "") + call.headers.get("accept", "")
    return "json" in kind.lower()


def _document(call: Call, tag: str, body: dict[str, Any], status: int = 200) -> Answer:
    as_json = _json(call)
    return _answer(document(tag, body, as_json=as_json), "JSON" if as_json else "XML", status)


def _answer(text: str, kind: str, status: int = 200) -> Answer:
    return Answer(status, text.encode(), media_type=MEDIA_TYPES[kind])


def _told(job: Job) -> dict[str, Any]:
    done = list(job.batches.values())
    failed = sum(batch.state == "Failed" for batch in done)
    body = {
        "id": job.id,
        "operation": job.operation,
        "object": job.name,
        "createdById": job.created_by,
        "createdDate": plain(job.created_at),
        "systemModstamp": plain(job.changed_at),
        "state": job.state,
        "externalIdFieldName": job.key or None,
        "concurrencyMode": "Serial" if job.serial else "Parallel",
        "contentType": job.content_type,
        "numberBatchesQueued": 0,
        "numberBatchesInProgress": 0,
        "numberBatchesCompleted": len(done) - failed,
        "numberBatchesFailed": failed,
        "numberBatchesTotal": len(done),
        "numberRecordsProcessed": sum(batch.processed for batch in done),
        "numberRetries": 0,
        "apiVersion": job.version,
        "numberRecordsFailed": sum(batch.failed for batch in done),
        "totalProcessingTime": 0,
        "apiActiveProcessingTime": 0,
        "apexProcessingTime": 0,
    }
    return {name: value for name, value in body.items() if value is not None}


def _batch(job: Job, batch: Batch) -> dict[str, Any]:
    body = {
        "id": batch.id,
        "jobId": job.id,
        "state": batch.state,
        "stateMessage": batch.message or None,
        "createdDate": plain(batch.created_at),
        "systemModstamp": plain(batch.created_at),
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        "totalProcessingTime": 0,
        "apiActiveProcessingTime": 0,
        "apexProcessingTime": 0,
    }
    return {name: value for name, value in body.items() if value is not None}
