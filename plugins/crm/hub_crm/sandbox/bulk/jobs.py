"""Jobs of both Bulk APIs: what they are told, what they hold, in which state they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from hub_crm.ids import make_id
from hub_crm.sandbox.bulk.outcome import Outcome
from hub_crm.sandbox.bulk.searching import Found
from hub_crm.sandbox.bulk.tables import DELIMITERS, ENDINGS, Dialect, Table
from hub_crm.sandbox.org import Org
from hub_crm.sandbox.schema import ObjectDef
from hub_crm.sandbox.soql.shape import plain
from hub_crm.sandbox.wire import ApiError, Call

MOST_JOBS: Final = 200
MOST_RECORDS: Final = 250_000
OPERATIONS: Final = frozenset({"insert", "update", "upsert", "delete", "hardDelete"})
QUERIES: Final = frozenset({"query", "queryAll"})
_JOB_PREFIX: Final = "750"


class JobError(ApiError):
    """A refusal by the Bulk APIs: their own code in words, `InvalidJob`, is part of the message."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(status, code.upper(), f"{code} : {message}")
        self.exception_code = code
        self.plain_message = message


@dataclass
class Batch:
    """A part of a job of API 1.0; it is worked off for itself."""

    id: str
    created_at: datetime
    content: bytes
    state: str = "Queued"
    message: str = ""
    outcomes: list[Outcome] = field(default_factory=list)
    found: Found | None = None
    result_id: str = ""

    @property
    def processed(self) -> int:
        """Give how many records were come to."""
        return len(self.found.rows) if self.found else len(self.outcomes)

    @property
    def failed(self) -> int:
        """Give how many records were refused."""
        return sum(1 for outcome in self.outcomes if outcome.errors)


@dataclass
class Job:
    """One job; `table` and `outcomes` belong to those that save, `found` to those that query.

    `batches`, `serial` and `content_type` are those of API 1.0.
    """

    id: str
    operation: str
    name: str
    version: float
    created_by: str
    created_at: datetime
    changed_at: datetime
    kind: str
    dialect: Dialect = field(default_factory=Dialect)
    key: str = ""
    rule: str = ""
    query: str = ""
    state: str = "Open"
    error: str = ""
    content: bytes | None = None
    table: Table = field(default_factory=lambda: Table([], []))
    outcomes: list[Outcome] = field(default_factory=list)
    found: Found | None = None
    batches: dict[str, Batch] = field(default_factory=dict)
    content_type: str = "CSV"
    serial: bool = False

    @property
    def failed(self) -> int:
        """Give how many records were refused."""
        return sum(1 for outcome in self.outcomes if outcome.errors)

    @property
    def size(self) -> int:
        """Give how many records are kept for it."""
        found = len(self.found.rows) if self.found else 0
        return len(self.table.rows) + found + sum(b.processed for b in self.batches.values())

    def told(self) -> dict[str, Any]:
        """Give what both kinds of jobs of API 2.0 say of themselves."""
        return {
            "id": self.id,
            "operation": self.operation,
            "object": self.name,
            "createdById": self.created_by,
            "createdDate": plain(self.created_at),
            "systemModstamp": plain(self.changed_at),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": self.version,
            "lineEnding": self.dialect.ending,
            "columnDelimiter": self.dialect.delimiter,
        }


@dataclass
class Jobs:
    """The jobs of an organisation, the oldest forgotten when there are too many."""

    kept: dict[str, Job] = field(default_factory=dict)

    def add(self, job: Job) -> Job:
        """Keep a job."""
        while len(self.kept) >= MOST_JOBS or self._size() > MOST_RECORDS:
            self.kept.pop(next(iter(self.kept)))
        self.kept[job.id] = job
        return job

    def _size(self) -> int:
        return sum(job.size for job in self.kept.values())

    def get(self, job_id: str, *kinds: str) -> Job:
        """Give a job by its id of 15 or 18 signs; NOT_FOUND if there is none of these kinds."""
        job = self.kept.get(job_id) or next(
            (job for known, job in self.kept.items() if known[:15] == job_id), None
        )
        if job is None or job.kind not in kinds:
            raise ApiError(404, "NOT_FOUND", "The requested resource does not exist")
        return job


def new_job(org: Org, call: Call, kind: str, operation: str, name: str) -> Job:
    """Make a job of a kind: `V2Ingest`, `V2Query` or `Classic`."""
    job_id = make_id(_JOB_PREFIX, org.next_number("job"))
    now = org.now()
    return Job(job_id, operation, name, call.version, call.user_id, now, now, kind)


def asked(body: Mapping[str, Any], name: str) -> str:
    """Give what a job asks for by a name; empty if that is nothing, or no text."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def chosen_dialect(body: dict[str, Any]) -> Dialect:
    """Give the dialect that a job asks for."""
    delimiter = asked(body, "columnDelimiter") or "COMMA"
    ending = asked(body, "lineEnding") or "LF"
    if delimiter not in DELIMITERS:
        raise JobError("InvalidJob", f"Unknown columnDelimiter: {delimiter}")
    if ending not in ENDINGS:
        raise JobError("InvalidJob", f"Unknown lineEnding: {ending}")
    return Dialect(delimiter, ending)


def check_ingest(org: Org, body: Mapping[str, Any]) -> tuple[ObjectDef, str]:
    """Give the object and the external id field of a job that saves; JobError if they are none."""
    operation, name = asked(body, "operation"), asked(body, "object")
    key = asked(body, "externalIdFieldName")
    if operation not in OPERATIONS:
        raise JobError("InvalidJob", f"Unsupported operation: {operation}")
    try:
        definition = org.object(name)
    except ApiError:
        raise JobError("InvalidJob", f"Unable to find object: {name}") from None
    if operation != "upsert":
        return definition, ""
    if not key:
        message = (
            f"External ID was blank for {definition.name}. An External ID must be specified for "
            "upsert."
        )
        raise JobError("InvalidJob", message)
    field_ = definition.field(key)
    if field_ is None or not (field_.external_id or field_.unique or field_.name == "Id"):
        message = (
            f"Field name provided, {key} does not match an External ID, Salesforce Id, or indexed "
            f"field for {definition.name}"
        )
        raise JobError("InvalidJob", message)
    return definition, field_.name


def unknown_column(definition: ObjectDef, columns: list[str]) -> str:
    """Give the first column that names no field; empty if there is none."""
    for column in columns:
        way, _, rest = column.partition(".")
        known = definition.way(way.partition(":")[0]) if rest else definition.field(column)
        if known is None:
            return column
    return ""
